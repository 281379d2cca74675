// Programs as Debian has them, in namespaces, on every kind of machine: their bytes cross Catenet's
// switches, routers and lossy links, and arrive.
#include "catenet/lab/service_files.hpp"

#include "catenet_process_test.hpp"

namespace catenet {
namespace {

class RealPrograms : public CatenetProcess {
 protected:
  // As it is on one machine. On the others its line is faster, and as lossy: the bytes are the
  // same, and the losses mended, but nobody waits for half a minute.
  static Ran run_example(const std::string& name) {
    const std::string path = CATENET_SOURCE_DIR "/examples/" + name;
    if (GetParam().root && GetParam().tun) return run(path);
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::string line = "rate: 20 Mbit, delay: 20 ms";
    const std::size_t at = text.find(line);
    EXPECT_NE(at, text.npos) << line << " is no longer in " << name;
    if (at != text.npos) text.replace(at, line.size(), "rate: 200 Mbit, delay: 1 ms");
    return run_text(text);
  }
};

TEST_P(RealPrograms, curl_fetches_10_mb_from_catenet) {
  SKIP_WITHOUT("curl");
  expect_passed(run_example("real-curl.yaml"));
}

TEST(RealCurl, sum_that_the_lab_expects_is_that_of_its_seeded_bytes) {
  const std::string path = testing::TempDir() + fmt::format("catenet-page-{}", ::getpid());
  std::string page(10'000'000, '\0');
  for (std::size_t i = 0; i < page.size(); ++i) {
    page[i] = static_cast<char>(lab::seeded_byte(1, "/big", i));
  }
  std::ofstream(path, std::ios::binary) << page;
  const std::string sum = output_of("sha256sum < " + path).substr(0, 64);
  std::filesystem::remove(path);
  std::ifstream file(CATENET_SOURCE_DIR "/examples/real-curl.yaml");
  const std::string lab((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(lab.find("-4 -sS http://web/big | sha256sum"), std::string::npos);
  EXPECT_NE(lab.find(sum), std::string::npos) << sum;
}

TEST_P(RealPrograms, nginx_serves_10_mb_to_catenet) {
  SKIP_WITHOUT("nginx");
  expect_passed(run_example("real-nginx.yaml"));
}

TEST_P(RealPrograms, nginx_that_went_into_the_background_serves_and_ends_with_the_lab) {
  SKIP_WITHOUT("nginx");
  const Ran ran = run_text(R"lab(name: daemon
nodes:
  www:
    kind: namespace
    private: [/var/lib/nginx, /var/www/html]
    files:
      /var/www/html/page: Hello
      /etc/nginx/nginx.conf: |
        user root;
        pid /run/nginx.pid;
        events {}
        http { include /etc/nginx/sites-enabled/*; }
  h: {}
links: [{endpoints: [www, h]}]
script:
  - {name: nginx, at: 0 s, on: www, run: nginx}
  - {name: page, after: nginx, on: h, run: fetch http://www/page,
     expect: {stdout: {equals: Hello}}}
)lab");
  expect_passed(ran);
  const std::string notes = ran.notes();
  EXPECT_NE(notes.find("www: at the end: nginx (process "), std::string::npos) << notes;
  EXPECT_NE(notes.find(" had gone into the background"), std::string::npos) << notes;
  EXPECT_EQ(notes.find("had to be killed"), std::string::npos) << notes;
}

TEST_P(RealPrograms, iperf3_measures_through_a_router_of_ours) {
  SKIP_WITHOUT("iperf3");
  expect_passed(run_text(R"lab(name: iperf3
nodes: {a: {kind: namespace}, r: {kind: router}, b: {kind: namespace}}
links: [{endpoints: [a, r]}, {endpoints: [r, b], impair: {delay: 2 ms}}]
script:
  - {name: server, at: 0 s, on: b, start: iperf3 -s}
  - {name: ready, at: 0 s, wait: {on: b, port: 5201}}
  - {name: there, after: ready, on: a, run: iperf3 -4 -c b -n 20M, timeout: 60 s,
     expect: {stdout: {contains: receiver}}}
  - {name: back, after: there, on: a, run: iperf3 -6 -R -c b -n 20M, timeout: 60 s,
     expect: {stdout: {contains: receiver}}}
  - {name: datagrams, after: back, on: a, run: iperf3 -u -b 5M -t 1 -c b, timeout: 60 s,
     expect: {stdout: {contains: "(0%)"}}}
  - {name: end, after: datagrams, stop: server}
)lab"));
}

TEST_P(RealPrograms, python_serves_files_to_catenet_and_wget) {
  SKIP_WITHOUT("python3");
  SKIP_WITHOUT("wget");
  expect_passed(run_text(R"lab(name: python
nodes:
  web: {kind: namespace, files: {/tmp/site/page: {size: 1 MB}}}
  real: {kind: namespace}
  ours: {}
  switch: {kind: switch}
links: [{endpoints: [web, switch]}, {endpoints: [real, switch]}, {endpoints: [ours, switch]}]
script:
  - {name: server, at: 0 s, on: web, start: python3 -m http.server -d /tmp/site 8000}
  - {name: ready, at: 0 s, wait: {on: web, port: 8000}}
  - {name: fetch, after: ready, on: ours, run: "fetch http://web:8000/page -o /page",
     timeout: 60 s, expect: {stderr: {contains: 1000000 bytes}}}
  - {name: wget, after: ready, on: real, timeout: 60 s,
     run: "wget -q http://web:8000/page && wc -c < page", expect: {stdout: {equals: "1000000"}}}
  - {name: both, after: fetch, wait: wget}
  - {name: end, after: both, stop: server, signal: INT, expect: {within: 2 s}}
)lab"));
}

INSTANTIATE_TEST_SUITE_P(On, RealPrograms, all_machines, machine_name);

}  // namespace
}  // namespace catenet
