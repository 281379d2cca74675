#include "catenet/lab/yaml_reader.hpp"

#include <gtest/gtest.h>

#include "catenet/lab/lab_file.hpp"

namespace catenet::lab {
namespace {

struct Reading {
  Report report;
  std::optional<Tree> tree;
};

Reading read(std::string text) {
  Reading reading;
  const u32 file = reading.report.add_file("t.yaml", std::move(text));
  reading.tree = read_yaml(file, reading.report);
  return reading;
}

TEST(YamlReader, every_key_and_scalar_has_its_place) {
  const Reading r = read("a: 1\nb:\n  - x\n  - {c: 'two words'}\n");
  ASSERT_TRUE(r.tree);
  EXPECT_EQ(r.tree->find_key("b")->at, (Mark{0, 2, 1}));
  EXPECT_EQ(r.tree->find("a")->at, (Mark{0, 1, 4}));
  const Tree& list = *r.tree->find("b");
  EXPECT_EQ(list.items[0].at, (Mark{0, 3, 5}));
  EXPECT_EQ(list.items[1].find_key("c")->at, (Mark{0, 4, 6}));
  EXPECT_EQ(list.items[1].find("c")->at, (Mark{0, 4, 9}));
  EXPECT_TRUE(list.items[1].find("c")->quoted);
  EXPECT_FALSE(list.items[0].quoted);
}

TEST(YamlReader, plain_null_is_nothing_and_quoted_null_is_text) {
  const Reading r = read("a:\nb: ~\nc: null\nd: 'null'\ne: ''\n");
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(r.tree->find(key)->is_null()) << key;
  for (const char* key : {"d", "e"}) EXPECT_TRUE(r.tree->find(key)->is_scalar()) << key;
}

TEST(YamlReader, alias_copies_the_anchored_value) {
  const Reading r = read("x-a: &a {rate: 1 Mbit}\nb: *a\nc: [*a]\n");
  EXPECT_EQ(r.tree->find("b")->find("rate")->text, "1 Mbit");
  EXPECT_EQ(r.tree->find("c")->items[0].find("rate")->text, "1 Mbit");
}

TEST(YamlReader, merge_key_gives_way_to_own_keys_and_earlier_merges) {
  const Reading r = read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 0}\n");
  ASSERT_FALSE(r.report.failed());
  const Tree& c = *r.tree->find("c");
  EXPECT_EQ(c.find("x")->text, "0");
  EXPECT_EQ(c.find("y")->text, "1");
  EXPECT_EQ(c.find("z")->text, "2");
  EXPECT_EQ(c.keys.size(), 3u);
}

TEST(YamlReader, quoted_merge_key_is_a_key) {
  const Reading r = read("c: {\"<<\": text}\n");
  EXPECT_EQ(r.tree->find("c")->find("<<")->text, "text");
}

TEST(YamlReader, billion_laughs_are_refused_before_they_are_told) {
  std::string text = "l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = std::to_string(i - 1);
    text += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j ? ", *l" : "*l") + last;
    text += "]\n";
  }
  Reading r = read(text);
  EXPECT_FALSE(r.tree);
  const Diagnostics found = r.report.take();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].message.find("aliases stand for more than"), std::string::npos);
}

TEST(YamlReader, quote_that_is_never_closed_is_told_where_it_opens) {
  for (const char* text : {"a: 1\nname: 'it''s\nnodes: {b: }\n", "a: 1\nname: \"x\\\"\nb: 2\n",
                           "a: \"1\"\nname: '\n", "a: {\nname: 'x}\n"}) {
    Reading r = read(text);
    EXPECT_FALSE(r.tree) << text;
    const Diagnostics found = r.report.take();
    ASSERT_EQ(found.size(), 1u) << text;
    EXPECT_NE(found[0].one_line().find(":2:7: error: not YAML: this quote is never closed; put "),
              std::string::npos)
        << found[0].one_line();
  }
  for (const char* text : {"a: 'it''s'\nb: c'd\n", "a: \"\\\"'\"\n", "a: |\n  'x\n", "a: ''\n",
                           "x: ['\u00e9\u00e9',\"b\"]\n", "\ufeffa: ['x', \"'\"]\n"}) {
    EXPECT_TRUE(read(text).tree) << text;
  }
}

TEST(YamlReader, nesting_is_bounded_in_the_text_and_through_aliases) {
  const auto flow = [](u32 depth) {
    return std::string(depth, '[') + "x" + std::string(depth, ']');
  };
  EXPECT_TRUE(read(flow(deepest_nesting)).tree);
  EXPECT_FALSE(read(flow(deepest_nesting + 1)).tree);
  EXPECT_FALSE(read(std::string(100'000, '[')).tree);
  std::string chain = "a0: &a0 [x]\n";
  for (u32 i = 1; i < 2 * deepest_nesting; ++i) {
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
             "]\n";
  }
  EXPECT_FALSE(read(chain).tree);
}

TEST(LabIncludes, nodes_and_links_of_all_files_come_together) {
  MemoryFileSource files({{"labs/parts/core.yaml", "nodes: {r1: {kind: router}}\nseed: 5\n"},
                          {"labs/parts/edge.yaml",
                           "include: core.yaml\nnodes: {a: }\nlinks: [{endpoints: [a, r1]}]\n"},
                          {"labs/lab.yaml",
                           "include: [parts/core.yaml, parts/edge.yaml]\nnodes: {b: }\n"
                           "links: [{endpoints: [b, r1]}]\nname: whole\n"}});
  const auto plan = read_lab("labs/lab.yaml", files);
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(plan->nodes.size(), 3u);
  ASSERT_EQ(plan->links.size(), 2u);
  EXPECT_EQ(plan->links[0].name, "a--r1");
  EXPECT_EQ(plan->seed, 5u);
  EXPECT_EQ(plan->name, "whole");
  EXPECT_EQ(plan->files, (std::vector<std::string>{"labs/lab.yaml", "labs/parts/core.yaml",
                                                   "labs/parts/edge.yaml"}));
}

TEST(LabIncludes, includer_has_the_last_word) {
  MemoryFileSource files(
      {{"base.yaml", "seed: 5\ndefaults: {options: {ip: {ttl: 9}, tcp: {sack: false}}}\n"},
       {"lab.yaml",
        "include: base.yaml\nseed: 6\ndefaults: {options: {ip: {ttl: 8}}}\nnodes: {a: }\n"}});
  const auto plan = read_lab("lab.yaml", files);
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(plan->seed, 6u);
  EXPECT_EQ(plan->nodes[0].options.ip.ttl, u8{8});
  EXPECT_EQ(plan->nodes[0].options.tcp.sack, false);
}

TEST(LabIncludes, loop_is_told_with_its_chain) {
  MemoryFileSource files(
      {{"a.yaml", "include: b.yaml\nnodes: {x: }\n"}, {"b.yaml", "include: a.yaml\n"}});
  const auto plan = read_lab("a.yaml", files);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error()[0].one_line(),
            "b.yaml:1:10: error: include: a loop: a.yaml includes b.yaml includes a.yaml; leave "
            "one of them out");
}

TEST(LabIncludes, file_is_the_same_by_every_path_that_leads_to_it) {
  class Linked final : public FileSource {
   public:
    std::expected<std::string, Errno> read(const std::string& path) override {
      return path == "a.yaml" ? "include: [b.yaml, /here/b.yaml]\n" : "nodes: {x: }\n";
    }
    FileKind kind(const std::string&) override { return FileKind::file; }
    std::string identity(const std::string& path) override {
      return path.substr(path.rfind('/') + 1);
    }
  };
  Linked files;
  const auto plan = read_lab("a.yaml", files);
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(plan->files, (std::vector<std::string>{"a.yaml", "b.yaml"}));
}

TEST(LabIncludes, missing_file_and_node_of_two_files_are_told) {
  MemoryFileSource files({{"a.yaml", "include: no.yaml\nnodes: {x: }\n"},
                          {"b.yaml", "include: c.yaml\nnodes: {x: }\n"},
                          {"c.yaml", "nodes:\n  x: {}\n"}});
  const auto missing = read_lab("a.yaml", files);
  ASSERT_FALSE(missing);
  EXPECT_NE(
      missing.error()[0].one_line().find("a.yaml:1:10: error: include: cannot read 'no.yaml'"),
      std::string::npos);
  const auto twice = read_lab("b.yaml", files);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error()[0].one_line(),
            "b.yaml:2:9: error: node 'x' is given twice; first in c.yaml:2");
}

TEST(FileSource, paths_are_taken_from_the_file_that_names_them) {
  EXPECT_EQ(path_beside("lab.yaml", "site"), "site");
  EXPECT_EQ(path_beside("labs/lab.yaml", "site"), "labs/site");
  EXPECT_EQ(path_beside("labs/a/lab.yaml", "../site/./x"), "labs/site/x");
  EXPECT_EQ(path_beside("/labs/lab.yaml", "../../site"), "/site");
  EXPECT_EQ(path_beside("labs/lab.yaml", "../../site"), "../site");
  EXPECT_EQ(path_beside("labs/lab.yaml", "/etc/site"), "/etc/site");
}

}  // namespace
}  // namespace catenet::lab
