#include "catenet/lab/shape.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <optional>

#include "catenet/lab/pattern.hpp"
#include "catenet/lab/report_printable.hpp"
#include "catenet/lab/units.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::lab {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest || !is_letter_or_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

}  // namespace

bool is_lab_name(std::string_view text) {
  constexpr std::size_t longest = 100;
  return text.find_first_of("/\t") == text.npos && !text.empty() && text.size() <= longest &&
         text != "." && text != ".." && text.front() != ' ' && text.back() != ' ' &&
         printable(text) == text;
}

bool is_node_name(std::string_view text) {
  return is_label(text, 63) && text.back() != '-' && text.find("--") == text.npos;
}

bool is_interface_name(std::string_view text) { return is_label(text, 15); }

bool is_host_name(std::string_view text) {
  if (text.size() > 253) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot), 63)) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string describe(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::text: return "text";
    case ShapeKind::pattern: return "a regular expression";
    case ShapeKind::word: return list_words(shape.words, "or");
    case ShapeKind::lab_name: return "a lab's name";
    case ShapeKind::node_name: return "a node's name";
    case ShapeKind::interface_name: return "an interface's name";
    case ShapeKind::host_name: return "a host's name";
    case ShapeKind::boolean: return "true or false";
    case ShapeKind::count: return "a whole number";
    case ShapeKind::duration: return "a duration such as '20 ms'";
    case ShapeKind::rate: return "a rate such as '10 Mbit'";
    case ShapeKind::size: return "a size such as '64 KiB'";
    case ShapeKind::percentage: return "a percentage such as '1 %'";
    case ShapeKind::bit_error_rate: return "a bit error rate such as 1e-9";
    case ShapeKind::weight: return "a weight such as 0.002 or 2^-9";
    case ShapeKind::address: return "an address such as 10.0.1.7";
    case ShapeKind::interface_address: return "an address such as 10.0.1.7/24";
    case ShapeKind::prefix: return "a prefix such as 10.0.0.0/8";
    case ShapeKind::mac: return "a MAC address such as 02:00:00:00:00:01";
    case ShapeKind::list: return "a list";
    case ShapeKind::map:
    case ShapeKind::object: return "a mapping";
    case ShapeKind::choice: break;
  }
  std::vector<std::string> parts;
  for (const Shape* choice : shape.choices) {
    std::string part = describe(*choice);
    if (std::find(parts.begin(), parts.end(), part) == parts.end())
      parts.push_back(std::move(part));
  }
  const std::vector<std::string_view> views(parts.begin(), parts.end());
  return list_words(views, "or");
}

namespace {

// Words of other tools and older habits, and ours for them.
constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"latency", "delay"},
    {"bandwidth", "rate"},
    {"bw", "rate"},
    {"packet_loss", "loss"},
    {"dup", "duplicate"},
    {"corrupt", "bit_errors"},
    {"duration", "stop_time"},
    {"limit", "queue"},
    {"limit", "frames"},
    {"qdisc", "discipline"},
    {"algorithm", "discipline"},
    {"maxp", "probability"},
    {"max_p", "probability"},
    {"command", "run"},
    {"exec", "run"},
    {"cmd", "run"},
    {"host", "on"},
    {"node", "on"},
    {"time", "at"},
    {"addresses", "address"},
    {"address", "addresses"},
    {"ip", "address"},
    {"ipv4", "address"},
    {"ipv6", "address"},
    {"ports", "endpoints"},
    {"ends", "endpoints"},
    {"steps", "script"},
    {"events", "script"},
    {"expectations", "expect"},
    {"asserts", "expect"},
    {"type", "kind"},
    {"default_gateway", "gateway"},
    {"ifaces", "interfaces"},
    {"prefix", "subnet"},
    {"exit_code", "exit"},
    {"status", "exit"},
    {"hop_limit", "ttl"},
    {"regex", "matches"},
    {"match", "matches"},
    {"equal", "equals"},
    {"devices", "nodes"},
    {"edges", "links"},
    {"edge", "links"},
};

// Keys that there were once, and what to say instead.
constexpr std::pair<std::string_view, std::string_view> retired[] = {
    {"background", "say start: instead of run:, for what runs until it is stopped or the lab ends"},
};

class Checker {
 public:
  explicit Checker(Report& report) : report_(report) {}

  void check(const Tree& tree, const Shape& shape, std::string_view what) {
    switch (shape.kind) {
      case ShapeKind::list: return check_list(tree, shape, what);
      case ShapeKind::map: return check_map(tree, shape, what);
      case ShapeKind::object: return check_object(tree, shape, what);
      case ShapeKind::choice: return check_choice(tree, shape, what);
      default: return check_scalar(tree, shape, what);
    }
  }

 private:
  void wrong_type(const Tree& tree, const Shape& shape, std::string_view what) {
    report_.error(tree.at, fmt::format("{}: found {}", what, found(tree)),
                  fmt::format("it should be {}", describe(shape)), tree.width());
  }

  void check_list(const Tree& tree, const Shape& shape, std::string_view what) {
    if (!tree.is_list()) return wrong_type(tree, shape, what);
    if (tree.items.size() < shape.min || tree.items.size() > shape.max) {
      const std::string wanted = shape.min == shape.max ? fmt::format("exactly {}", shape.min)
                                 : tree.items.size() < shape.min
                                     ? fmt::format("at least {}", shape.min)
                                     : fmt::format("at most {}", shape.max);
      report_.error(tree.at,
                    fmt::format("{}: found {} items, {} wanted", what, tree.items.size(), wanted));
    }
    for (const Tree& item : tree.items) check(item, *shape.item, what);
  }

  void check_map(const Tree& tree, const Shape& shape, std::string_view what) {
    if (tree.is_null() && shape.may_be_null) return;
    if (!tree.is_map()) return wrong_type(tree, shape, what);
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      Tree key;
      key.kind = Tree::Kind::scalar;
      key.at = tree.keys[i].at;
      key.text = tree.keys[i].text;
      check(key, *shape.key, what);
      check(tree.items[i], *shape.item, key.text);
    }
  }

  void check_object(const Tree& tree, const Shape& shape, std::string_view what) {
    if (tree.is_null() && shape.may_be_null) return;
    if (!tree.is_map()) return wrong_type(tree, shape, what);
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const Tree::Key& key = tree.keys[i];
      if (is_extension(key.text)) continue;
      const auto field = std::find_if(shape.fields.begin(), shape.fields.end(),
                                      [&](const Field& f) { return f.key == key.text; });
      if (field == shape.fields.end())
        unknown_key(key, shape, what);
      else
        check(tree.items[i], *field->shape, key.text);
    }
    for (const Field& field : shape.fields) {
      if (!field.required || tree.find(field.key)) continue;
      report_.error(tree.at, fmt::format("{} has no '{}'", title(shape, what), field.key),
                    fmt::format("{}: {}", field.key, describe(*field.shape)));
    }
    if (shape.exactly_one) check_only_key(tree, shape, what);
  }

  void check_only_key(const Tree& tree, const Shape& shape, std::string_view what) {
    const auto count = std::count_if(tree.keys.begin(), tree.keys.end(),
                                     [](const Tree::Key& key) { return !is_extension(key.text); });
    if (count == 1) return;
    std::vector<std::string_view> known;
    for (const Field& field : shape.fields) known.push_back(field.key);
    report_.error(
        tree.at, fmt::format("{}: found {} keys, exactly 1 wanted", what, count),
        count == 0 ? fmt::format("say {}", list_words(known, "or")) : "one item of the list each");
  }

  // Whether `key` is one of the object that stands there.
  static bool holds(const Shape& shape, std::string_view key) {
    const auto is_key = [&](const Field& field) { return field.key == key; };
    if (std::any_of(shape.fields.begin(), shape.fields.end(), is_key)) return true;
    return std::any_of(shape.choices.begin(), shape.choices.end(),
                       [&](const Shape* choice) { return holds(*choice, key); });
  }

  static std::string_view title(const Shape& shape, std::string_view what) {
    return shape.name.empty() ? what : shape.name;
  }

  void unknown_key(const Tree::Key& key, const Shape& shape, std::string_view what) {
    std::vector<std::string_view> known;
    for (const Field& field : shape.fields) known.push_back(field.key);
    std::string hint = suggestion(key.text, known);
    const auto below = std::find_if(shape.fields.begin(), shape.fields.end(),
                                    [&](const Field& f) { return holds(*f.shape, key.text); });
    if (below != shape.fields.end()) hint = fmt::format("it goes into '{}'", below->key);
    for (const auto& [theirs, ours] : synonyms) {
      const bool ours_here = std::find(known.begin(), known.end(), ours) != known.end();
      if (theirs == key.text && ours_here) hint = fmt::format("here it is called '{}'", ours);
    }
    for (const auto& [gone, instead] : retired) {
      if (gone == key.text && holds(shape, "start")) hint = instead;
    }
    report_.error(key.at, fmt::format("unknown key '{}' in {}", key.text, title(shape, what)),
                  std::move(hint), static_cast<u32>(key.text.size()));
  }

  // The choice that takes this kind of value; of several scalars, any that accepts it.
  void check_choice(const Tree& tree, const Shape& shape, std::string_view what) {
    const Shape* last = nullptr;
    u32 candidates = 0;
    for (const Shape* choice : shape.choices) {
      if (!takes(*choice, tree)) continue;
      if (tree.is_scalar() && !scalar_error(tree, *choice)) return;
      last = choice;
      ++candidates;
    }
    if (candidates == 0) return wrong_type(tree, shape, what);
    if (candidates == 1) return check(tree, *last, what);
    // A number is likely the quantity, a word the word: tell what is wrong with the likelier.
    for (const Shape* choice : shape.choices) {
      const bool word = choice->kind == ShapeKind::word;
      if (takes(*choice, tree) && word == looks_like_word(tree.text))
        return check(tree, *choice, what);
    }
    wrong_type(tree, shape, what);
  }

  static bool looks_like_word(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    });
  }

  static bool takes(const Shape& shape, const Tree& tree) {
    switch (shape.kind) {
      case ShapeKind::list: return tree.is_list();
      case ShapeKind::map:
      case ShapeKind::object: return tree.is_map() || (tree.is_null() && shape.may_be_null);
      default: return tree.is_scalar();
    }
  }

  void check_scalar(const Tree& tree, const Shape& shape, std::string_view what) {
    if (!tree.is_scalar()) return wrong_type(tree, shape, what);
    if (std::optional<UnitError> error = scalar_error(tree, shape)) {
      report_.error(tree.at, fmt::format("{}: {}", what, error->message), std::move(error->hint),
                    tree.width());
    }
  }

  template <typename T>
  static std::optional<UnitError> error_of(const Unit<T>& value) {
    return value ? std::nullopt : std::optional(value.error());
  }

  static std::optional<UnitError> wanted(bool right, const Tree& tree, const Shape& shape,
                                         std::string_view hint = {}) {
    if (right) return std::nullopt;
    return UnitError{fmt::format("{} is not {}", found(tree), describe(shape)), std::string(hint)};
  }

  static std::optional<UnitError> scalar_error(const Tree& tree, const Shape& shape) {
    const std::string& text = tree.text;
    constexpr std::string_view name_rule = "letters, digits, '_' and single '-' inside; at most 63";
    switch (shape.kind) {
      case ShapeKind::pattern: return pattern_error(tree);
      case ShapeKind::word: return word_error(text, shape);
      case ShapeKind::lab_name: return wanted(is_lab_name(text), tree, shape, lab_name_rule);
      case ShapeKind::node_name: return wanted(is_node_name(text), tree, shape, name_rule);
      case ShapeKind::interface_name:
        return wanted(is_interface_name(text), tree, shape,
                      "letters, digits, '-' and '_'; at most 15");
      case ShapeKind::host_name:
        return wanted(is_host_name(text), tree, shape,
                      "letters, digits, '-' and '_', dots between; such as www.example");
      case ShapeKind::boolean: return wanted(text == "true" || text == "false", tree, shape);
      case ShapeKind::count: return error_of(parse_count(text, shape.min, shape.max));
      case ShapeKind::duration: return error_of(parse_duration(text));
      case ShapeKind::rate: return error_of(parse_rate(text));
      case ShapeKind::size: return size_error(text, shape);
      case ShapeKind::percentage: return error_of(parse_percentage(text));
      case ShapeKind::bit_error_rate: return error_of(parse_bit_error_rate(text));
      case ShapeKind::weight: return error_of(parse_weight(text));
      case ShapeKind::address: return wanted(IpAddress::parse(text).has_value(), tree, shape);
      case ShapeKind::interface_address:
        return wanted(InterfacePrefix::parse(text).has_value(), tree, shape);
      case ShapeKind::prefix: return prefix_error(tree, shape);
      case ShapeKind::mac: return wanted(MacAddress::parse(text).has_value(), tree, shape);
      default: return std::nullopt;
    }
  }

  static std::optional<UnitError> word_error(const std::string& text, const Shape& shape) {
    if (std::find(shape.words.begin(), shape.words.end(), text) != shape.words.end())
      return std::nullopt;
    return UnitError{fmt::format("unknown word '{}'", text), suggestion(text, shape.words)};
  }

  static std::optional<UnitError> size_error(const std::string& text, const Shape& shape) {
    const Unit<u64> size = parse_size(text);
    if (!size) return size.error();
    if (*size >= shape.min && *size <= shape.max) return std::nullopt;
    return UnitError{fmt::format("'{}' is out of range", text),
                     fmt::format("from {} B to {} B", shape.min, shape.max)};
  }

  static std::optional<UnitError> prefix_error(const Tree& tree, const Shape& shape) {
    const std::optional<InterfacePrefix> given = InterfacePrefix::parse(tree.text);
    if (!given || tree.text.find('/') == std::string::npos) return wanted(false, tree, shape);
    if (given->prefix().network() == given->address) return std::nullopt;
    return UnitError{fmt::format("{} has bits set behind its /{}", found(tree), given->length),
                     fmt::format("the prefix is {}", given->prefix().to_string())};
  }

  static std::optional<UnitError> pattern_error(const Tree& tree) {
    const auto compiled = Pattern::compile(tree.text);
    if (compiled) return std::nullopt;
    return UnitError{
        fmt::format("{} is not a regular expression: {}", found(tree), compiled.error()),
        "the syntax is that of RE2"};
  }

  Report& report_;
};

}  // namespace

void check_shape(const Tree& tree, const Shape& shape, std::string_view what, Report& report) {
  Checker(report).check(tree, shape, what);
}

}  // namespace catenet::lab
