// ProgramNetlink: a NETLINK_ROUTE socket of a program. Its descriptor is one end of a pair of Unix
// sockets, and the answers wait there, so that poll and a plain read find them. Read netlink(7).
#pragma once

#include <deque>
#include <linux/netlink.h>
#include <map>

#include "catenet/os/poller.hpp"
#include "catenet/program/notify/message_calls.hpp"
#include "catenet/program/notify/program_descriptor.hpp"
#include "catenet/program/notify/route_netlink.hpp"

namespace catenet::program::notify {

class ProgramNetlink final : public ProgramDescriptor,
                             private MessageSocket,
                             private os::FdHandler {
 public:
  // `type` as the program gave it; `program_end` is a duplicate of what the program has, `end` its
  // other end.
  ProgramNetlink(Switchboard& board, int type, os::Descriptor program_end, os::Descriptor end);
  ~ProgramNetlink() override;

  // Before the program has it. EMFILE.
  Result<void> begin();

  void bind(const TrappedCall& call) override;
  void connect(const TrappedCall& call) override;
  void get_name(const TrappedCall& call) const override;
  void get_peer(const TrappedCall& call) const override;
  void get_option(const TrappedCall& call) override;
  void set_option(const TrappedCall& call) override;
  void transfer(const TrappedCall& call) override;
  void on_socket() override;
  void on_abandoned() override;
  bool sees_its_end() const override { return false; }

 private:
  void on_ready(bool readable, bool writable) override;
  void take_out() override;
  void bring_in() override;
  void answer(ByteView request);
  // Gives it a number where it has none.
  void name_it();
  Result<u32> send_one(const TrappedCall& call, const MessageMemory& memory) override;
  Result<u32> receive_one(const TrappedCall& call, const MessageMemory& memory, int flags) override;
  void keep_error(Errno error) override;
  void let_wait_to_receive(WaitingCall call) override;

  int type_;
  os::Descriptor program_end_;
  os::Descriptor end_;
  MessageCalls calls_{*this, program_end_.get(), board_};
  RouteNetlink netlink_;
  u32 port_ = 0;    // nl_pid; 0: none yet
  u32 groups_ = 0;  // it is in; nothing is said in them
  std::map<int, int> options_;
  std::deque<std::vector<u8>> answers_;  // that did not fit into the program's queue yet
};

}  // namespace catenet::program::notify
