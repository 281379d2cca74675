#include "catenet/trace/drop.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "catenet/trace/counters.hpp"

namespace catenet {
namespace {

TEST(Drop, every_reason_has_its_own_name_and_text) {
  std::set<std::string_view> names;
  std::set<std::string_view> texts;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Drop::count); ++i) {
    const auto reason = static_cast<Drop>(i);
    names.insert(drop_name(reason));
    texts.insert(drop_text(reason));
    EXPECT_EQ(drop_by_name(drop_name(reason)), reason);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Drop::count));
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(Drop::count));
  EXPECT_EQ(drop_name(Drop::queue_full), "queue_full");
  EXPECT_EQ(drop_text(Drop::queue_full), "the queue was full");
}

// The page has each reason once, in this order, in the words of captures.
TEST(Drop, manual_lists_every_reason) {
  std::ifstream page(CATENET_SOURCE_DIR "/docs/drops.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(Drop::count));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto reason = static_cast<Drop>(i);
    EXPECT_EQ(rows[i], "| `" + std::string(drop_name(reason)) + "` | " +
                           std::string(drop_text(reason)) + " |");
  }
}

TEST(Drop, unknown_name_finds_nothing) {
  EXPECT_EQ(drop_by_name("queue full"), Drop::count);
  EXPECT_EQ(drop_name(Drop::count), "unknown");
}

TEST(DropCounters, printing_names_only_what_occurred) {
  DropCounters counters{};
  EXPECT_EQ(drops_to_string(counters), "none");
  counters[static_cast<std::size_t>(Drop::queue_full)] = 12;
  counters[static_cast<std::size_t>(Drop::random_loss)] = 3;
  EXPECT_EQ(drops_to_string(counters), "queue_full 12, random_loss 3");
  DropCounters sum = counters;
  add_drops(sum, counters);
  EXPECT_EQ(total_drops(sum), 30u);
}

// A lab has a table for each port and each way of each link, and most stay empty.
TEST(DropCounters, looking_makes_no_table_and_copies_are_apart) {
  const DropCounters untouched;
  EXPECT_EQ(sizeof untouched, sizeof(void*));
  EXPECT_EQ(untouched[static_cast<std::size_t>(Drop::no_route)], 0u);
  EXPECT_EQ(std::count(untouched.begin(), untouched.end(), 0u),
            static_cast<std::ptrdiff_t>(DropCounters::reasons));
  DropCounters counters = untouched;
  ++counters[0];
  DropCounters copy = counters;
  ++copy[0];
  EXPECT_EQ(counters[0], 1u);
  EXPECT_EQ(copy[0], 2u);
  counters = copy;
  EXPECT_EQ(counters[0], 2u);
  EXPECT_EQ(total_drops(untouched), 0u);
}

}  // namespace
}  // namespace catenet
