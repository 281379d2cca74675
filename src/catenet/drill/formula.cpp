#include "catenet/drill/formula.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/core.h>
#include <span>
#include <vector>

#include "catenet/drill/characters.hpp"

namespace catenet::drill {
namespace {

bool truth(const Value& value) {
  return std::visit([](const auto& v) { return v != std::decay_t<decltype(v)>(); }, value);
}

double real(const Value& value) {
  if (const auto* whole = std::get_if<i64>(&value)) return static_cast<double>(*whole);
  const auto* number = std::get_if<double>(&value);
  return number ? *number : 0;
}

// One run over the code. `dry`: nothing is held, everything is read.
class Reader {
 public:
  using Variables = std::map<std::string, Value, std::less<>>;

  Reader(std::string_view code, const Formula::Names& names, Variables& variables, bool dry)
      : code_(code), names_(names), variables_(variables), dry_(dry) {}

  FormulaResult run() {
    while (!stopped()) {
      skip(true);
      if (at_ == code_.size()) break;
      statement();
      skip(false);
      if (!stopped() && at_ < code_.size() && peek() != '\n' && peek() != ';') {
        unsupported(fmt::format("'{}' behind a statement", rest_of_line()));
      }
    }
    return std::move(result_);
  }

 private:
  // --- Characters ---

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < code_.size() ? code_[at_ + ahead] : '\0';
  }
  // Blanks and comments; with `lines`, the ends of lines too, which mean nothing inside brackets.
  void skip(bool lines) {
    for (; at_ < code_.size(); ++at_) {
      const char c = peek();
      if (c == '#') {
        at_ = std::min(code_.find('\n', at_), code_.size());
        if (at_ == code_.size() || !lines) return;
      } else if (c == '\\' && peek(1) == '\n') {
        ++at_;
      } else if (c != ' ' && c != '\t' && c != '\r' && !(lines && (c == '\n' || c == ';'))) {
        return;
      }
    }
  }
  void skip() { skip(depth_ > 0); }
  bool take(std::string_view symbol) {
    skip();
    if (!code_.substr(at_).starts_with(symbol)) return false;
    if (is_letter(symbol[0]) && (is_letter(peek(symbol.size())) || is_digit(peek(symbol.size())))) {
      return false;
    }
    taken_ = at_;
    at_ += symbol.size();
    return true;
  }
  // The first of `symbols` that comes next; empty: none does.
  std::string_view take_one(std::span<const std::string_view> symbols) {
    for (const std::string_view each : symbols) {
      if (take(each)) return each;
    }
    return {};
  }
  std::string word() {
    skip();
    const std::size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    return std::string(code_.substr(begin, at_ - begin));
  }
  std::string rest_of_line() const {
    return std::string(code_.substr(at_, std::min(code_.find('\n', at_), code_.size()) - at_));
  }

  bool stopped() const { return result_.kind != FormulaResult::Kind::held; }
  Value unsupported(std::string what) { return unsupported(std::move(what), at_); }
  Value unsupported(std::string what, std::size_t at) {
    if (!stopped()) {
      result_ = {FormulaResult::Kind::unsupported, std::move(what), result_.printed, at};
    }
    at_ = code_.size();
    return i64{0};
  }

  // --- Statements ---

  void statement() {
    if (take("assert")) return assertion();
    if (take("print")) return print();
    if (take("pass")) return;
    skip();
    const std::size_t begin = at_;
    const std::string name = word();
    static constexpr std::array<std::string_view, 9> python = {
        "import", "from", "for", "while", "if", "def", "class", "try", "with"};
    if (std::ranges::find(python, name) != python.end()) {
      unsupported("Python's '" + name + "'; known are assert, print and name = value", begin);
      return;
    }
    if (!name.empty() && assignment(name, begin)) return;
    at_ = begin;
    expression();
  }

  // "name = value", "name += value"; false: it is neither.
  bool assignment(const std::string& name, std::size_t begin) {
    static constexpr std::array<std::string_view, 3> steps = {"+=", "-=", "*="};
    if (const std::string_view step = take_one(steps); !step.empty()) {
      const std::size_t at = taken_;
      const auto kept = variables_.find(name);
      if (kept == variables_.end()) return unsupported("the name '" + name + "'", begin), true;
      const Value by = expression();
      Value value = calculate(kept->second, step[0], by, at);
      if (!stopped()) kept->second = std::move(value);
      return true;
    }
    if (!take("=") || peek() == '=') return false;
    Value value = expression();
    if (!stopped()) variables_[name] = std::move(value);
    return true;
  }

  void assertion() {
    skip();
    const std::size_t begin = at_;
    sides_.clear();
    const Value holds = expression();
    const std::string text(code_.substr(begin, at_ - begin));
    std::string message;
    const std::string sides = sides_;
    if (take(",")) message = to_text(expression());
    if (stopped() || dry_ || truth(holds)) return;
    result_.kind = FormulaResult::Kind::failed;
    result_.message = "assert " + text;
    if (!sides.empty()) result_.message += ": " + sides;
    if (!message.empty()) result_.message += " (" + message + ")";
  }

  // print(a, b), and print a, b as it once was.
  void print() {
    const bool brackets = take("(");
    if (brackets) ++depth_;
    std::string line;
    skip();
    while (!stopped() && peek() != ')' && peek() != '\n' && at_ < code_.size()) {
      if (!line.empty()) line += ' ';
      line += to_text(expression());
      if (!take(",")) break;
    }
    if (brackets && !take(")")) unsupported("a print that does not end");
    if (brackets) --depth_;
    if (!dry_ && !stopped()) result_.printed += line + "\n";
  }

  // --- Expressions, the loosest binding first ---

  Value expression() {
    Value left = conjunction();
    while (!stopped() && take("or")) {
      Value right = conjunction();
      if (!truth(left)) left = std::move(right);
    }
    return left;
  }
  Value conjunction() {
    Value left = negation();
    while (!stopped() && take("and")) {
      Value right = negation();
      if (truth(left)) left = std::move(right);
    }
    return left;
  }
  Value negation() {
    u64 times = 0;
    while (take("not")) ++times;
    Value value = comparison();
    return times == 0 ? value : Value(i64{truth(value) == (times % 2 == 0) ? 1 : 0});
  }

  // a < b <= c, as Python chains it.
  Value comparison() {
    static constexpr std::array<std::string_view, 6> operators = {"==", "!=", "<=", ">=", "<", ">"};
    Value left = bits();
    bool all = true;
    bool any = false;
    while (!stopped()) {
      const std::string_view found = take_one(operators);
      if (found.empty()) break;
      Value right = bits();
      const bool holds = compare(left, found, right);
      if (!holds && all) sides_ = fmt::format("{} {} {}", to_text(left), found, to_text(right));
      all = all && holds;
      any = true;
      left = std::move(right);
    }
    return any ? Value(i64{all ? 1 : 0}) : left;
  }
  bool compare(const Value& a, std::string_view by, const Value& b) {
    const auto decide = [by](const auto& x, const auto& y) {
      if (by == "==") return x == y;
      if (by == "!=") return x != y;
      if (by == "<=") return x <= y;
      if (by == ">=") return x >= y;
      return by == "<" ? x < y : x > y;
    };
    const auto* text_a = std::get_if<std::string>(&a);
    const auto* text_b = std::get_if<std::string>(&b);
    if (text_a && text_b) return decide(*text_a, *text_b);
    if (text_a || text_b) return by == "!=";
    const auto* whole_a = std::get_if<i64>(&a);
    const auto* whole_b = std::get_if<i64>(&b);
    return whole_a && whole_b ? decide(*whole_a, *whole_b) : decide(real(a), real(b));
  }

  Value bits() {
    static constexpr std::array<std::string_view, 4> operators = {"|", "&", "<<", ">>"};
    Value left = sum();
    while (!stopped()) {
      const std::string_view found = take_one(operators);
      if (found.empty()) break;
      const std::size_t at = taken_;
      const Value right = sum();
      left = whole(left, found[0], right, at);
    }
    return left;
  }
  Value whole(const Value& a, char by, const Value& b, std::size_t at) {
    const auto* x = std::get_if<i64>(&a);
    const auto* y = std::get_if<i64>(&b);
    if (!x || !y) return unsupported("bits of what is no whole number", at);
    if (by == '|') return *x | *y;
    if (by == '&') return *x & *y;
    if (*y < 0) return nothing_if_dry("a shift by less than nothing", at);
    if (by == '>') return *x >> std::min<i64>(*y, 63);
    if (*x == 0) return i64{0};
    const i64 shifted = *y < 64 ? static_cast<i64>(static_cast<u64>(*x) << *y) : 0;
    if (*y >= 64 || shifted >> *y != *x) return too_large(*x, "<<", *y, at);
    return shifted;
  }

  Value sum() {
    static constexpr std::array<std::string_view, 2> operators = {"+", "-"};
    Value left = product();
    while (!stopped()) {
      const std::string_view found = take_one(operators);
      if (found.empty()) break;
      const std::size_t at = taken_;
      const Value right = product();
      left = calculate(left, found[0], right, at);
    }
    return left;
  }
  Value product() {
    static constexpr std::array<std::string_view, 4> operators = {"//", "*", "/", "%"};
    Value left = unary();
    while (!stopped()) {
      const std::string_view found = take_one(operators);
      if (found.empty()) break;
      const std::size_t at = taken_;
      const Value right = unary();
      left = calculate(left, found == "//" ? 'd' : found[0], right, at);
    }
    return left;
  }
  // `at`: of the operator.
  Value calculate(const Value& a, char by, const Value& b, std::size_t at) {
    const auto* x = std::get_if<i64>(&a);
    const auto* y = std::get_if<i64>(&b);
    if (std::holds_alternative<std::string>(a) || std::holds_alternative<std::string>(b)) {
      const bool texts = by == '+' && a.index() == b.index();
      return texts ? Value(std::get<std::string>(a) + std::get<std::string>(b))
                   : unsupported("calculating with text", at);
    }
    const bool division = by == '/' || by == 'd' || by == '%';
    if (division && real(b) == 0) return nothing_if_dry("a division by zero", at);
    if (x && y && by != '/') return calculate_whole(*x, by, *y, at);
    switch (by) {
      case '+': return real(a) + real(b);
      case '-': return real(a) - real(b);
      case '*': return real(a) * real(b);
      case '/': return real(a) / real(b);
      default: return unsupported("whole division of what is no whole number", at);
    }
  }

  // Python's division rounds down; its numbers have no end, and these have 64 bits.
  Value calculate_whole(i64 x, char by, i64 y, std::size_t at) {
    i64 result = 0;
    const bool lone = y == -1;  // the one division that may overflow
    switch (by) {
      case '+':
        return __builtin_add_overflow(x, y, &result) ? too_large(x, "+", y, at) : Value(result);
      case '-':
        return __builtin_sub_overflow(x, y, &result) ? too_large(x, "-", y, at) : Value(result);
      case '*':
        return __builtin_mul_overflow(x, y, &result) ? too_large(x, "*", y, at) : Value(result);
      case 'd':
        if (lone) return x == INT64_MIN ? too_large(x, "//", y, at) : Value(-x);
        return x / y - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0);
      default: return lone ? i64{0} : x % y + (x % y != 0 && (x < 0) != (y < 0) ? y : 0);
    }
  }
  Value too_large(i64 x, std::string_view by, i64 y, std::size_t at) {
    return nothing_if_dry(fmt::format("{} {} {} is beyond 64 bits", x, by, y), at);
  }
  // What numbers decide that are known only in the run.
  Value nothing_if_dry(std::string what, std::size_t at) {
    return dry_ ? Value(i64{0}) : unsupported(std::move(what), at);
  }

  Value unary() {
    static constexpr std::array<std::string_view, 2> signs = {"-", "+"};
    bool negative = false;
    std::size_t at = at_;
    for (auto sign = take_one(signs); !sign.empty(); sign = take_one(signs)) {
      negative = negative != (sign == "-");
      at = taken_;
    }
    const Value value = single();
    return negative ? calculate(i64{0}, '-', value, at) : value;
  }

  Value single() {
    skip();
    if (++nested_ > deepest) return unsupported("brackets in too many brackets");
    Value value = read_single();
    --nested_;
    return value;
  }
  Value read_single() {
    if (take("(")) {
      ++depth_;
      Value inside = expression();
      while (!stopped() && take(",")) {
        inside = fmt::format("{} {}", to_text(inside), to_text(expression()));
      }
      if (!take(")") && !stopped()) return unsupported("a bracket that is not closed");
      --depth_;
      return inside;
    }
    if (peek() == '"' || peek() == '\'') return text();
    if (is_digit(peek())) return number();
    if (is_letter(peek())) return name();
    const std::string rest = rest_of_line();
    return unsupported((rest.empty() ? "nothing" : "'" + rest + "'") + " where a value should be");
  }

  Value text() {
    const char quote = code_[at_++];
    std::string inside;
    while (at_ < code_.size() && peek() != quote) {
      if (peek() == '\\' && at_ + 1 < code_.size()) ++at_;
      inside += code_[at_++];
    }
    if (at_ == code_.size()) return unsupported("text that does not end");
    ++at_;
    return inside;
  }

  Value number() {
    const char* begin = code_.data() + at_;
    const char* end = code_.data() + code_.size();
    const std::size_t at = at_;
    const bool hex = peek() == '0' && peek(1) == 'x';
    i64 value = 0;
    const auto [stop, error] = std::from_chars(hex ? begin + 2 : begin, end, value, hex ? 16 : 10);
    if (error != std::errc()) {
      return unsupported(fmt::format("{} is beyond 64 bits", word()), at);
    }
    at_ += static_cast<std::size_t>(stop - begin);
    if (hex || peek() != '.' || !is_digit(peek(1))) return value;
    double scale = 1;
    double fraction = 0;
    for (++at_; is_digit(peek()); ++at_) fraction += (peek() - '0') * (scale /= 10);
    return static_cast<double>(value) + fraction;
  }

  Value name() {
    const std::size_t at = at_;
    std::string found = word();
    if (found == "True") return i64{1};
    if (found == "False" || found == "None") return i64{0};
    if (take("(")) return call(found, at);
    if (const auto kept = variables_.find(found); kept != variables_.end()) return kept->second;
    if (auto value = names_(found)) return *value;
    return unsupported("the name '" + found + "'", at);
  }

  Value call(const std::string& function, std::size_t at) {
    ++depth_;
    std::vector<Value> arguments;
    while (!stopped() && !take(")")) {
      arguments.push_back(expression());
      if (!take(",") && !stopped() && peek() != ')') return unsupported("a call that does not end");
    }
    --depth_;
    if (stopped()) return i64{0};
    if (function == "str" && arguments.size() == 1) return to_text(arguments[0]);
    if (function == "int" && arguments.size() == 1) {
      if (std::holds_alternative<i64>(arguments[0])) return arguments[0];
      const auto* number = std::get_if<double>(&arguments[0]);
      constexpr double limit = 9.2e18;
      if (number && *number > -limit && *number < limit) return static_cast<i64>(*number);
    }
    if (function == "abs" && arguments.size() == 1) {
      return real(arguments[0]) < 0 ? calculate(i64{0}, '-', arguments[0], at) : arguments[0];
    }
    if ((function == "min" || function == "max") && !arguments.empty()) {
      const bool least = function == "min";
      Value best = arguments[0];
      for (const Value& each : arguments) {
        if (compare(each, least ? "<" : ">", best)) best = each;
      }
      return best;
    }
    return unsupported("the function '" + function + "'; known are abs, int, max, min and str", at);
  }

  static constexpr u32 deepest = 100;
  std::string_view code_;
  const Formula::Names& names_;
  Variables& variables_;
  bool dry_;
  FormulaResult result_;
  std::size_t at_ = 0;
  std::size_t taken_ = 0;  // where the last symbol that was taken stood
  u32 depth_ = 0;          // brackets that are open
  u32 nested_ = 0;         // values inside values
  std::string sides_;      // of the comparison that did not hold
};

}  // namespace

std::string to_text(const Value& value) {
  if (const auto* whole = std::get_if<i64>(&value)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return std::get<std::string>(value);
}

FormulaResult Formula::run(std::string_view code, const Names& names) {
  return Reader(code, names, variables_, false).run();
}

std::optional<Formula::Beyond> Formula::check(std::string_view code, const Names& names) {
  FormulaResult result = Reader(code, names, variables_, true).run();
  if (result.kind != FormulaResult::Kind::unsupported) return std::nullopt;
  return Beyond{std::move(result.message), result.at};
}

}  // namespace catenet::drill
