// A row of the tests that say where and how a bad lab file is told.
#pragma once

#include "catenet/lab/read_test.hpp"

namespace catenet::lab {

struct BadLab {
  const char* name;
  const char* text;
  u32 line;
  u32 column;
  const char* message;  // part of the one-line form
};

inline void PrintTo(const BadLab& row, std::ostream* out) { *out << row.name; }

inline std::string row_name(const testing::TestParamInfo<BadLab>& info) { return info.param.name; }

// `found` is one mistake, and the row's.
inline void expect_told(const BadLab& row, const Diagnostics& found) {
  ASSERT_FALSE(found.empty()) << "taken for a good lab";
  EXPECT_EQ(found[0].line, row.line) << to_string(found);
  EXPECT_EQ(found[0].column, row.column) << to_string(found);
  EXPECT_NE(found[0].one_line().find(row.message), std::string::npos) << to_string(found);
  EXPECT_EQ(found.size(), 1u) << to_string(found);
}

}  // namespace catenet::lab
