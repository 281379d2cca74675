// ProgramDatagram: a UDP, ping or raw socket of a program. Its descriptor is one end of a pair of
// Unix sockets: what a program reads or writes without naming an address goes through the kernel,
// each datagram with a note of where it came from that only we can read.
#pragma once

#include <deque>
#include <optional>

#include "catenet/program/notify/message_calls.hpp"
#include "catenet/program/notify/program_socket.hpp"

namespace catenet::program::notify {

class ProgramDatagram final : public ProgramSocket, private MessageSocket, private os::FdHandler {
 public:
  // `program_end` is a duplicate of what the program has, `end` its other end.
  ProgramDatagram(Switchboard& board, std::unique_ptr<Socket> socket, Family family,
                  SocketType type, int protocol, os::Descriptor program_end, os::Descriptor end);
  ~ProgramDatagram() override;

  // Before the program has it. EMFILE.
  Result<void> begin();

  void connect(const TrappedCall& call) override;
  void shut(const TrappedCall& call) override;
  void transfer(const TrappedCall& call) override;
  void on_socket() override;
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

  // How one is sent; `remote` none: to the peer.
  struct Outgoing {
    std::optional<ScopedEndpoint> remote;
    std::size_t segment = 0;  // UDP_SEGMENT; 0: none
    SendControl control{};
  };
  struct Datagram {
    std::vector<u8> bytes;
    Note note;
  };

  void on_ready(bool readable, bool writable) override;
  void bring_in() override;
  void take_out() override;
  bool push(Datagram& datagram);
  os::Descriptor note_file(const Note& note) const;
  Note note_of(const catenet::Message& message) const;
  void raise_error();
  void mirror_error();
  void forget_told();
  bool has_error() const;
  void clear_error() const;
  Errno take_error() override;
  std::optional<int> remembered(int level, int name) const override;
  bool remember(int level, int name, int value) override;
  int protocol() const override { return protocol_; }

  Result<u32> send_one(const TrappedCall& call, const MessageMemory& memory) override;
  Result<void> read_control(const TrappedCall& call, const MessageMemory& memory,
                            Outgoing& message) const;
  Result<u32> transmit(ByteView bytes, const Outgoing& message);
  Result<u32> transmit_one(ByteView bytes, const Outgoing& message);

  // UDP_SEGMENT; 0: none.
  std::size_t segment_size() const;

  Result<u32> receive_one(const TrappedCall& call, const MessageMemory& memory, int flags) override;
  void keep_error(Errno error) override;
  void let_wait_to_receive(WaitingCall call) override;
  Result<u32> receive_error(const TrappedCall& call, const MessageMemory& memory);
  ControlWriter control_of(const Note& note) const;

  os::Descriptor program_end_;
  os::Descriptor end_;
  MessageCalls calls_{*this, program_end_.get(), board_};
  int protocol_;
  bool connected_ = false;
  bool reads_no_more_ = false;  // shutdown() was told so
  bool writes_no_more_ = false;
  std::deque<Datagram> kept_;  // that did not fit into the program's queue yet
  Errno error_ = Errno::ok;    // that no call has told yet
  bool raised_ = false;        // and is shown at the program's descriptor
  // What a program wants to be told with each datagram, IP_PKTINFO and the like, in the kernel's
  // order.
  std::map<std::pair<int, int>, int> wishes_;
};

}  // namespace catenet::program::notify
