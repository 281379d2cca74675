// ProgramDatagram: a UDP, ping or raw socket of a program. Its descriptor is one end of a pair of
// Unix sockets: what a program reads or writes without naming an address goes through the kernel,
// each datagram with a note of where it came from that only we can read.
#pragma once

#include <deque>
#include <optional>

#include "catenet/program/notify/message_memory.hpp"
#include "catenet/program/notify/program_socket.hpp"

namespace catenet::program::notify {

class ProgramDatagram final : public ProgramSocket, private os::FdHandler {
 public:
  // `program_end` is a duplicate of what the program has, `end` its other end.
  ProgramDatagram(Switchboard& board, std::unique_ptr<Socket> socket, Family family,
                  SocketType type, int protocol, os::Descriptor program_end, os::Descriptor end);
  ~ProgramDatagram() override;

  // Once it is in the switchboard's table. EMFILE.
  Result<void> begin();

  void connect(const TrappedCall& call) override;
  void transfer(const TrappedCall& call) override;
  void on_socket() override;
  void on_tick() override;
  void on_abandoned() override;
  bool sees_its_end() const override { return false; }

 private:
  // What came beside a datagram.
  struct Note {
    sockaddr_storage source{};
    u32 source_size = 0;
    in6_addr destination{};
    u32 interface = 0;
    u8 destination_is_v4 = 0;
    u8 ttl = 0;
    u8 traffic_class = 0;
  };
  struct Waiting {
    TrappedCall call;
    Instant until;
  };

  void on_ready(bool readable, bool writable) override;
  void bring_in();
  void take_out();
  bool push(ByteView bytes, const Note& note);
  os::Descriptor note_file(const Note& note) const;
  Note note_of(const catenet::Message& message) const;
  void raise_error();
  void mirror_error();
  bool has_error() const;
  void clear_error() const;
  Errno take_error() override;
  std::optional<int> remembered(int level, int name) const override;
  bool remember(int level, int name, int value) override;
  int protocol() const override { return protocol_; }

  void send(const TrappedCall& call);
  Result<u32> send_one(const TrappedCall& call, const MessageMemory& memory);
  void send_many(const TrappedCall& call);
  Result<u32> send_segments(ByteView bytes, std::size_t segment,
                            const std::optional<ScopedEndpoint>& remote);

  // UDP_SEGMENT; 0: none.
  std::size_t segment_size() const;

  void receive(const TrappedCall& call);
  bool serve(const TrappedCall& call);
  Result<u32> receive_one(const TrappedCall& call, const MessageMemory& memory, int flags);
  Result<u32> receive_error(const TrappedCall& call, const MessageMemory& memory);
  bool receive_many(const TrappedCall& call);
  ControlWriter control_of(const Note& note) const;
  int flags_of(const TrappedCall& call) const;
  void serve_waiting();
  Instant patience();

  os::Descriptor program_end_;
  os::Descriptor end_;
  int protocol_;
  bool connected_ = false;
  std::vector<u8> push_;  // a datagram that did not fit into the program's queue yet
  Note pushed_note_;
  Errno error_ = Errno::ok;  // that no call has told yet
  bool raised_ = false;      // and is shown at the program's descriptor
  std::deque<Waiting> waiting_;
  // What a program wants to be told with each datagram: IP_PKTINFO and the like.
  std::vector<std::pair<std::pair<int, int>, int>> wishes_;
};

}  // namespace catenet::program::notify
