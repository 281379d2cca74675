// ProgramStream: a TCP socket of a program.
//
//   fresh      the program's Unix socket is not connected; we hold a duplicate of it
//   connecting the program's socket is connected to our end and full, so that nobody can write
//   connected  bytes are carried between our end and the host's socket
//   listening  for each connection that waits, one of ours waits at the program's socket
#pragma once

#include <deque>
#include <optional>

#include "catenet/program/notify/kernel_settings.hpp"
#include "catenet/program/notify/program_socket.hpp"
#include "catenet/program/notify/relay.hpp"

namespace catenet::program::notify {

class ProgramStream final : public ProgramSocket, private os::FdHandler {
 public:
  // A fresh one; `program_end` is a duplicate of what the program has.
  ProgramStream(Switchboard& board, std::unique_ptr<Socket> socket, Family family,
                os::Descriptor program_end);
  // One that was accepted: the program has the socket of inode `inode`, and `end` is connected to
  // it.
  ProgramStream(Switchboard& board, std::unique_ptr<Socket> socket, Family family, u64 inode,
                os::Descriptor end);
  ~ProgramStream() override;

  // One that was accepted, once it is in the switchboard's table.
  void begin();

  void connect(const TrappedCall& call) override;
  void listen(const TrappedCall& call) override;
  void accept(const TrappedCall& call) override;
  void shut(const TrappedCall& call) override;
  void transfer(const TrappedCall& call) override;
  void control(const TrappedCall& call) override;
  void on_socket() override;
  void on_abandoned() override;
  bool sees_its_end() const override {
    return relay_.has_value() && relay_->end() >= 0 && !program_end_;
  }

 private:
  enum class State : u8 { fresh, connecting, connected, listening, ended };
  // A connection that waits to be accepted: our end of it, and the host's socket.
  struct Offered {
    os::Descriptor end;
    std::unique_ptr<Socket> socket;
  };

  void on_ready(bool readable, bool writable) override;
  Errno take_error() override;
  bool listens() const override { return state_ == State::listening; }

  void before_giving_up() override;
  void begin_to_connect(WaitingCall call, const Endpoint& remote);
  void wait_to_connect(WaitingCall call);
  bool become_fresh(const TrappedCall& call);
  void stop_listening();
  void reset_offered();
  Result<void> join();
  void fill();
  void drain();
  void on_connected(Errno error);
  void on_not_connected(Errno error);
  void carry();
  void end_by_reset(Errno error);
  void abandon(int linger_s);
  void offer();
  void offer_more();
  void offer_waiting();
  u32 left_to_host() const;
  // Takes it, unless there is no room: EAGAIN, EMFILE.
  Result<void> offer(std::unique_ptr<Socket>& connection);
  bool blocks() const;
  Result<os::Descriptor> accept_ours(int flags);
  bool serve_one(const TrappedCall& call);

  State state_ = State::fresh;
  os::Descriptor program_end_;
  std::optional<Relay> relay_;
  std::size_t filler_ = 0;  // bytes of ours in the program's socket while it is being connected
  std::optional<KernelSettings> failed_;  // ended, because a connection could not be opened
  bool failure_untold_ = false;           // and no connect() said so
  bool connected_untold_ = false;         // nor that it could
  std::size_t backlog_ = 0;
  std::deque<Offered> offered_;
  std::unique_ptr<Socket> unoffered_;  // taken from the host, and there was no room for it
  Errno error_ = Errno::ok;
};

}  // namespace catenet::program::notify
