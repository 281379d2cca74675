// MessageCalls: the calls of a program that send and receive whole messages, for a socket whose
// descriptor is one end of a pair of Unix sockets. Read send(2), recv(2), sendmmsg(2), recvmmsg(2).
#pragma once

#include "catenet/program/notify/message_memory.hpp"
#include "catenet/program/notify/waiting_calls.hpp"

namespace catenet::program::notify {

class Switchboard;

// What such a socket does with a message.
class MessageSocket {
 public:
  // Sends what the program wrote without a call that is trapped.
  virtual void take_out() = 0;
  // Fills the program's queue.
  virtual void bring_in() = 0;
  // The result is the number of bytes.
  virtual Result<u32> send_one(const TrappedCall& call, const MessageMemory& memory) = 0;
  // EAGAIN: there is none.
  virtual Result<u32> receive_one(const TrappedCall& call, const MessageMemory& memory,
                                  int flags) = 0;
  // The error of a message behind others of a call: it is for the next.
  virtual void keep_error(Errno error) = 0;
  // One that is to be served when there is a message, within the socket's limit.
  virtual void let_wait_to_receive(WaitingCall call) = 0;

 protected:
  ~MessageSocket() = default;
};

class MessageCalls {
 public:
  // `program_end` is a duplicate of the program's descriptor; both outlive it.
  MessageCalls(MessageSocket& socket, int program_end, Switchboard& board)
      : socket_(socket), program_end_(program_end), board_(board) {}

  // sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg.
  void answer(const TrappedCall& call);
  // Gives to those that wait what is there by now.
  void serve(WaitingCalls& waiting) {
    waiting.serve([this](WaitingCall& each) { return serve_one(each); });
  }

 private:
  void send(const TrappedCall& call);
  void send_many(const TrappedCall& call);
  void receive(const TrappedCall& call);
  bool serve_one(WaitingCall& waiting);
  bool receive_many(WaitingCall& waiting);
  bool blocks(const TrappedCall& call) const;

  MessageSocket& socket_;
  int program_end_;
  Switchboard& board_;
};

// The flags of such a call for one message.
int flags_of(const TrappedCall& call);

}  // namespace catenet::program::notify
