// MessageCalls: the calls of a program that send and receive whole messages, for a socket whose
// descriptor is one end of a pair of Unix sockets. Read send(2), recv(2), sendmmsg(2), recvmmsg(2).
#pragma once

#include <deque>

#include "catenet/program/notify/message_memory.hpp"
#include "catenet/time/time.hpp"

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
  // The message last received was not heard of: it is to be received again.
  virtual void put_back() = 0;
  // The error of a message behind others of a call: it is for the next.
  virtual void keep_error(Errno error) = 0;
  // Until when one that begins to wait for a message now waits.
  virtual Instant patience_to_receive() = 0;
  // on_socket() is to be told then.
  virtual void come_back_at(Instant when) = 0;

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
  // Whether a thread waits in one.
  bool any_waits() const;
  // Gives to those that wait what is there by now, and EAGAIN to those whose time is over.
  void serve_waiting();

 private:
  struct Waiting {
    TrappedCall call;
    Instant until = Instant::never();
    u32 got = 0;                        // messages of recvmmsg
    Instant enough = Instant::never();  // after that it asks for no more of them
  };
  void send(const TrappedCall& call);
  void send_many(const TrappedCall& call);
  void receive(const TrappedCall& call);
  bool serve(Waiting& waiting);
  bool receive_many(Waiting& waiting);
  bool blocks(const TrappedCall& call) const;
  bool was_interrupted(const TrappedCall& call);
  void settle(const TrappedCall& call, i64 value);

  MessageSocket& socket_;
  int program_end_;
  Switchboard& board_;
  std::deque<Waiting> waiting_;
};

// The flags of such a call for one message.
int flags_of(const TrappedCall& call);

}  // namespace catenet::program::notify
