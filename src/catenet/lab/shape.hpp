// Shape: what a value of a lab file may look like. One table of shapes (grammar_*.cpp) is what the
// reader checks a file against, what messages suggest from and what the JSON Schema is printed
// from, so that the three cannot disagree.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/tree.hpp"

namespace catenet::lab {

enum class ShapeKind : u8 {
  // Scalars.
  text,
  pattern,  // a regular expression (RE2)
  word,     // one of `words`
  lab_name,
  node_name,
  interface_name,
  host_name,
  boolean,
  count,  // from `min` to `max`
  duration,
  rate,
  size,
  percentage,
  bit_error_rate,
  weight,             // 0.002, 2^-9
  address,            // 10.0.0.1, fd00::1
  interface_address,  // the same, a prefix length may follow
  prefix,             // 10.0.0.0/8
  mac,
  // The others.
  list,    // of `item`, from `min` to `max` of them
  map,     // of `item` by keys of shape `key`
  object,  // of `fields`
  choice,  // of `choices`, told apart by what kind of value is found
};

struct Field;

struct Shape {
  ShapeKind kind = ShapeKind::text;
  u64 min = 0;
  u64 max = ~u64{0};
  std::span<const std::string_view> words{};
  const Shape* item = nullptr;
  const Shape* key = nullptr;
  std::span<const Field> fields{};
  std::span<const Shape* const> choices{};
  bool may_be_null = false;  // nothing stands for the empty object
  bool exactly_one = false;  // an object with one key
  std::string_view name{};   // of an object, for messages: "a link"; for the schema: its definition
};

struct Field {
  std::string_view key;
  const Shape* shape = nullptr;
  std::string_view doc;  // one or two sentences, for editors and docs/lab-file.md
  bool required = false;
};

// The whole lab file.
extern const Shape lab_shape;

// Parts that lie in files of their own.
extern const Shape node_settings_shape;
extern const Shape nodes_shape;
extern const Shape kinds_shape;
extern const Shape groups_shape;
extern const Shape links_shape;
extern const Shape impair_shape;
extern const Shape script_shape;
extern const Shape expect_shape;
extern const Shape capture_shape;

// Plain scalars that several share.
extern const Shape text_shape;
extern const Shape boolean_shape;
extern const Shape duration_shape;
extern const Shape percentage_shape;
extern const Shape size_shape;
extern const Shape address_shape;
extern const Shape prefix_shape;
extern const Shape mac_shape;
extern const Shape node_name_shape;
extern const Shape interface_name_shape;
extern const Shape texts_shape;  // one or a list
extern const Shape prefixes_shape;
extern const Shape interface_addresses_shape;
extern const Shape interface_mtu_shape;
extern const Shape any_count_shape;
extern const Shape inline_files_shape;

// "a duration such as '20 ms'".
std::string describe(const Shape& shape);

// Reports everything in `tree` that is not as `shape` says. `what` names the value in messages.
void check_shape(const Tree& tree, const Shape& shape, std::string_view what, Report& report);

// Whether a key is the user's own business: x-anything.
inline bool is_extension(std::string_view key) { return key.starts_with("x-"); }

// A lab's name is that of a folder too.
inline constexpr std::string_view lab_name_rule =
    "a folder is called so: at most 100 bytes of UTF-8, no '/', no control characters and none "
    "that "
    "turn the direction of writing";
bool is_lab_name(std::string_view text);
bool is_node_name(std::string_view text);
bool is_interface_name(std::string_view text);
bool is_host_name(std::string_view text);

}  // namespace catenet::lab
