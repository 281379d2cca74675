// A terminal between the user's own and a program: a pty whose far end the program has. Read
// pty(7), termios(3).
#pragma once

#include <optional>
#include <termios.h>

#include "catenet/base/errno.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::tools {

class Terminal {
 public:
  // As large as the user's own, if he has one.
  static Result<Terminal> open();
  Terminal(Terminal&&) = default;
  Terminal& operator=(Terminal&&) = delete;
  // The user's terminal is as it was.
  ~Terminal();

  // The program's end; close it when the program has it.
  os::Descriptor& program_end() { return program_end_; }
  int own_end() const { return own_end_.get(); }

  // From now on every key goes to the program as it is pressed.
  void take_keys();
  // The user's terminal is as it was, and his keys mean again what they did.
  void give_back();
  // The user's terminal has another size.
  void resize();
  // Standard input has something. False: it is at its end.
  bool forward_input();
  // The program has printed something. False: nobody has its end any more, or nobody reads.
  bool forward_output();
  // What it had printed when it ended.
  void drain();

 private:
  Terminal() = default;

  os::Descriptor own_end_;
  os::Descriptor program_end_;
  std::optional<termios> before_;
};

}  // namespace catenet::tools
