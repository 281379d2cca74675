// Web sites by the request's Host: as one tree of files, and as a lab says them.
#include "catenet/lab/hosted_files.hpp"

#include <gtest/gtest.h>

#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

std::string read(Files& files, const std::string& path) {
  std::vector<u8> buffer(100);
  const Result<u32> n = files.read(path, 0, buffer);
  if (!n) return std::string(errno_name(n.error()));
  return std::string(buffer.begin(), buffer.begin() + *n);
}

TEST(HostedFiles, each_site_is_a_folder_and_nothing_else_is_there) {
  InlineFile page;
  page.path = "/index.html";
  page.text = "one";
  ServiceFiles one({page}, 1, 0, nullptr);
  page.text = "two";
  ServiceFiles two({page}, 1, 0, nullptr);
  HostedFiles files;
  EXPECT_EQ(files.add(one), "/0");
  EXPECT_EQ(files.add(two), "/1");
  EXPECT_EQ(read(files, "/0/index.html"), "one");
  EXPECT_EQ(read(files, "/1/index.html"), "two");
  EXPECT_EQ(files.status("/1")->kind, Files::Kind::directory);
  EXPECT_EQ(files.list("/0")->size(), 1u);
  for (const char* path : {"/", "", "/2/index.html", "/index.html", "/01x/index.html", "/-1"})
    EXPECT_EQ(read(files, path), "ENOENT") << path;
  EXPECT_EQ(files.write("/0/a", {}).error(), Errno::access_denied);
}

constexpr const char* hosted_lab =
    "nodes:\n"
    "  a: {hosts: {www.example: 10.0.1.11, shop.example: 10.0.1.11}}\n"
    "  web:\n"
    "    services:\n"
    "      - http:\n"
    "          files: {/index.html: 'the others'}\n"
    "          hosts:\n"
    "            www.example: {files: {/index.html: 'www', /only: 'here'}}\n"
    "            shop.example: {files: {/index.html: 'shop'}}\n"
    "links: [{endpoints: [a, web]}]\n"
    "script:\n"
    "  - {at: 0 s, on: a, run: fetch -O - http://www.example/, expect: {stdout: {equals: www}}}\n"
    "  - {at: 1 s, on: a, run: fetch -O - http://SHOP.example/, expect: {stdout: {equals: shop}}}\n"
    "  - {at: 2 s, on: a, run: fetch -O - http://web/, expect: {stdout: {equals: the others}}}\n"
    "  - {at: 3 s, on: a, run: fetch -O - http://web/only, expect: {exit: 8}}\n"
    "  - {at: 4 s, on: a, run: fetch -O - http://web/1/index.html, expect: {exit: 8}}\n"
    "  - {at: 5 s, on: a, run: fetch -O - http://web/../1/only, expect: {exit: 8}}\n";

TEST(WebHosts, request_gets_the_pages_of_its_host) {
  const RunResult result = run_of(hosted_lab);
  for (const StepResult& step : result.steps)
    EXPECT_EQ(faults(step), "") << step.text << step.output << step.error_output;
}

TEST(WebHosts, host_does_not_show_the_files_of_the_node) {
  const RunResult result = run_of(
      "nodes:\n"
      "  a: {}\n"
      "  web:\n"
      "    files: {/secret: x}\n"
      "    services: [{http: {hosts: {web: {files: {/index.html: page}}}}}]\n"
      "links: [{endpoints: [a, web]}]\n"
      "script:\n"
      "  - {at: 0 s, on: a, run: fetch -O - http://10.0.1.11/secret, expect: {stdout: {equals: "
      "x}}}\n"
      "  - {at: 1 s, on: a, run: fetch -O - http://web/secret, expect: {exit: 8}}\n");
  for (const StepResult& step : result.steps) EXPECT_EQ(faults(step), "") << step.text;
}

}  // namespace
}  // namespace catenet::lab
