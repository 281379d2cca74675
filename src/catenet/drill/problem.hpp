// What is wrong with a script, told with its place: what was found, what would be right, the line
// with a caret under it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/drill/script.hpp"

namespace catenet::drill {

enum class Gravity : u8 {
  error,        // no script
  unsupported,  // packetdrill's language, beyond what is done here: the script cannot run
  ignored,      // the same, and the script runs without
};

struct Problem {
  Gravity gravity = Gravity::error;
  Place place{};
  std::string message{};
  std::string hint{};  // what would be right; may be empty

  // "close.pkt:3:5: error: …", then the line of `text` with a caret, then the hint; each line ends
  // with '\n'.
  std::string to_string(std::string_view file, std::string_view text) const;
};

class Problems {
 public:
  void error(Place place, std::string message, std::string hint = {}) {
    add(Gravity::error, place, std::move(message), std::move(hint));
  }
  void unsupported(Place place, std::string message, std::string hint = {}) {
    add(Gravity::unsupported, place, std::move(message), std::move(hint));
  }
  void ignored(Place place, std::string message, std::string hint = {}) {
    add(Gravity::ignored, place, std::move(message), std::move(hint));
  }

  // Whether the script cannot run; whether that is its own mistake.
  bool fatal() const;
  bool wrong() const;
  std::span<const Problem> all() const { return problems_; }
  // In the order of the script.
  void sort();
  std::string to_string(std::string_view file, std::string_view text) const;

 private:
  void add(Gravity gravity, Place place, std::string message, std::string hint);
  std::vector<Problem> problems_;
};

// "did you mean 'bind'?" for the nearest of `known`, where one is near; else empty.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace catenet::drill
