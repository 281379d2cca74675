// What stands in %{ … }%: assertions and prints over what a connection tells of itself, in the part
// of Python that scripts use. "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd"; statements are apart by
// line or ";".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "catenet/base/types.hpp"
#include "catenet/drill/script.hpp"

namespace catenet::drill {

using Value = std::variant<i64, double, std::string>;

// As Python's print has it.
std::string to_text(const Value& value);

struct FormulaResult {
  enum class Kind : u8 {
    held,
    failed,       // an assertion; `message` shows its two sides
    unsupported,  // beyond this part of Python; `message` says what
  };
  Kind kind = Kind::held;
  std::string message{};
  std::string printed{};  // lines
  std::size_t at = 0;     // where in the code, if it is beyond
};

class Formula {
 public:
  // What a name stands for; nothing: it is none.
  using Names = std::function<std::optional<Value>(std::string_view)>;

  // Variables that statements set are kept for the next.
  FormulaResult run(std::string_view code, const Names& names);
  // Finds what is beyond this part of Python, holding nothing.
  struct Beyond {
    std::string what;
    std::size_t at;  // in the code
  };
  std::optional<Beyond> check(std::string_view code, const Names& names);

 private:
  std::map<std::string, Value, std::less<>> variables_;
};

// Where in the script the byte `at` of its code is.
inline Place place_in(const CodeEvent& code, std::size_t at) {
  return advance(advance(code.place, "%{"), std::string_view(code.text).substr(0, at));
}

}  // namespace catenet::drill
