// Tree: a YAML document as written, every value and key with its place. Aliases and merge keys are
// resolved, keys are unique and are text; a scalar is the text as it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catenet/lab/diagnostic.hpp"

namespace catenet::lab {

struct Tree {
  enum class Kind : u8 { null, scalar, list, map };
  struct Key {
    std::string text;
    Mark at;
  };

  Kind kind = Kind::null;
  bool quoted = false;  // a scalar in quotes or a block: text whatever it looks like
  Mark at;
  std::string text;         // scalar
  std::vector<Tree> items;  // list, and a map's values
  std::vector<Key> keys;    // a map's keys, one an item

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  // The value of `key`; nullptr when there is none or it is not a map.
  const Tree* find(std::string_view key) const;
  const Key* find_key(std::string_view key) const;
  u32 width() const { return is_scalar() ? static_cast<u32>(text.size()) : 1; }
};

// "a list", "a mapping", "'text'", "nothing": what was found, for messages.
std::string found(const Tree& tree);

}  // namespace catenet::lab
