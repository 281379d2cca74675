// Files of a node: there from the start, served by its web server, written to by its tools.
#include "catenet/lab/run_test.hpp"
#include "catenet/lab/service_files.hpp"

namespace catenet::lab {
namespace {

RunResult run_pair(const std::string& b, const std::string& script) {
  return run_of("nodes: {a: {services: [http]}, b: " + b +
                "}\nlinks: [{endpoints: [a, b]}]\nscript:\n" + script);
}

TEST(NodeFiles, are_served_where_the_server_has_no_folder) {
  const RunResult result =
      run_pair("{services: [http], files: {page.html: Hello, /deep/er: {size: 70 kB}}}",
               "  - {at: 1 s, on: a, run: fetch http://b/page.html}\n"
               "  - {at: 2 s, on: a, run: fetch http://b/deep/er}\n");
  EXPECT_EQ(result.steps[0].output, "Hello");
  ASSERT_EQ(result.steps[1].output.size(), 70'000u) << faults(result.steps[1]);
  for (const u64 i : {0u, 1'234u, 69'999u})
    EXPECT_EQ(static_cast<u8>(result.steps[1].output[i]), seeded_byte(1, "/deep/er", i));
}

TEST(NodeFiles, pages_of_the_server_come_before_them) {
  const RunResult result =
      run_pair("{services: [{http: {files: {/x: page}}}], files: {/x: file, /y: other}}",
               "  - {at: 1 s, on: a, run: fetch http://b/x}\n"
               "  - {at: 2 s, on: a, run: fetch http://b/y}\n");
  EXPECT_EQ(result.steps[0].output, "page");
  EXPECT_EQ(result.steps[1].output, "other");
}

TEST(NodeFiles, are_written_by_tools) {
  const RunResult result = run_pair("{services: [http], files: {/x: Hello}}",
                                    "  - {at: 1 s, on: a, run: fetch -o /copy http://b/x}\n"
                                    "  - {at: 2 s, on: b, run: fetch http://a/copy}\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << faults(result.steps[1]);
  EXPECT_EQ(result.steps[1].output, "Hello");
}

TEST(NodeFiles, of_seeded_bytes_cost_nothing_until_they_are_read) {
  // 64 GiB in all.
  std::string nodes = "a: ";
  for (int i = 0; i < 1'000; ++i) nodes += ", h" + std::to_string(i) + ": ";
  const RunResult result = run_of("defaults: {files: {/a: {size: 64 MiB}}}\nnodes: {" + nodes +
                                  ", b: {services: [http]}}\nlinks: [{endpoints: [a, b]}]\n"
                                  "script: [{at: 0 s, on: a, run: fetch --range 9-11 b/a}]\n");
  ASSERT_EQ(result.steps[0].output.size(), 3u) << faults(result.steps[0]);
  for (u64 i = 0; i < 3; ++i)
    EXPECT_EQ(static_cast<u8>(result.steps[0].output[i]), seeded_byte(1, "/a", 9 + i));
}

// --- Of a namespace ---

std::string lab_with(const std::string& node) {
  return "nodes: {n: " + node + ", h: }\nlinks: [{endpoints: [n, h]}]\n";
}

TEST(NamespaceFiles, and_private_places_are_planned_and_inherited) {
  const Plan plan =
      plan_of("kinds: {namespace: {private: /var/lib/nginx/, files: {/etc/motd: Hi}}}\n" +
              lab_with("{kind: namespace, files: {/tmp/x: Hello}}"));
  const PlanNode& node = plan.nodes[0];
  ASSERT_EQ(node.files.size(), 2u);
  EXPECT_EQ(node.files[0].path, "/tmp/x");
  EXPECT_EQ(node.files[1].text, "Hi");
  EXPECT_EQ(node.private_places, std::vector<std::string>{"/var/lib/nginx"});
}

TEST(NamespaceFiles, private_places_that_cannot_be_are_refused_where_they_stand) {
  const std::pair<const char*, const char*> wrong[] = {
      {"{kind: namespace, private: /}", "lab.yaml:1:39: error: private: '/' cannot be private"},
      {"{kind: namespace, private: [/a, b/c]}", "lab.yaml:1:44: error: private: 'b/c'"},
      {"{kind: namespace, private: /proc/sys}", "what lies there is the machine's"},
      {"{kind: namespace, private: /etc}", "name a folder further in"},
      {"{private: /a}", "'n' is a host and has no 'private'"}};
  for (const auto& [node, error] : wrong) {
    const Diagnostics found = errors_of(lab_with(node));
    ASSERT_EQ(found.size(), 1u) << node;
    EXPECT_NE(found[0].one_line().find(error), std::string::npos) << found[0].one_line();
  }
}

}  // namespace
}  // namespace catenet::lab
