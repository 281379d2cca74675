// Relay: carries a connection's bytes both ways between a host's socket and our end of the Unix
// socket that a program has, and the ends of both.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "catenet/os/descriptor.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet::program::notify {

class Relay {
 public:
  enum class State : u8 {
    open,
    rested,   // there may be more to carry, after others had their turn
    closed,   // by the program, in order: the host's socket was closed
    aborted,  // by the program, with bytes it had not read
    reset,    // by the network: error() says how
    starved,  // open; the kernel has no memory to go on with just now
  };

  // `end` does not block.
  Relay(Socket& socket, os::Descriptor end);

  int end() const { return end_.get(); }
  // Carries what can be carried now, by way of `scratch`. Not after another state than open,
  // rested or starved.
  State carry(MutableBytes scratch);
  Errno error() const { return error_; }
  // Lets go of our end. With bytes in it that were not read the program finds its own reset.
  void close_end() { end_.reset(); }

 private:
  // Bytes that one side gave and the other has not taken yet.
  struct Held {
    std::vector<u8> bytes;
    std::size_t from = 0;

    bool empty() const { return from == bytes.size(); }
    ByteView view() const { return ByteView(bytes).subspan(from); }
    void take(std::size_t size) { from += size; }
    void keep(ByteView rest) {
      bytes.assign(rest.begin(), rest.end());
      from = 0;
    }
  };
  enum class Step : u8 { moved, stuck, ended };

  Step bring_in(MutableBytes scratch);
  Result<u32> receive(MutableBytes scratch);
  Step take_out(MutableBytes scratch);
  // Bytes that were taken; nothing: the other side is stuck, or the state says what befell it.
  std::optional<std::size_t> give_pieces(std::span<const ByteView> pieces, int flags);
  std::optional<std::size_t> give_to_network(ByteView bytes);
  Step end_of_program();
  State notice_error();
  bool at_mark() const;
  bool hung_up() const;

  Socket& socket_;
  os::Descriptor end_;
  Held in_;   // for the program
  Held out_;  // from it
  bool in_ended_ = false;
  bool out_ended_ = false;
  // What is held is one urgent byte.
  bool in_urgent_ = false;
  bool out_urgent_ = false;
  bool out_of_memory_ = false;
  State state_ = State::open;
  Errno error_ = Errno::ok;
};

}  // namespace catenet::program::notify
