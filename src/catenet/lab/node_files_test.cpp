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

}  // namespace
}  // namespace catenet::lab
