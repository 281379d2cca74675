// yaml_reader: YAML text to a Tree through yaml-cpp's event parser, with what its own node tree
// leaves out: marks on every key, duplicate keys found, merge keys followed. Bounded: neither
// nesting nor aliases can make a small file big.
#pragma once

#include <optional>

#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/tree.hpp"

namespace catenet::lab {

inline constexpr u32 deepest_nesting = 64;
inline constexpr u32 most_copied_values = 200'000;  // by aliases and merge keys, in one file

// The one document in `report`'s file number `file`. Nothing when it cannot be read; duplicate keys
// and such are reported and read past. An empty file is a null tree.
std::optional<Tree> read_yaml(u32 file, Report& report);

}  // namespace catenet::lab
