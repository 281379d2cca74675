// Real namespaces: set up as asked, programs in them, a Catenet host and the kernel on one link,
// and nothing left behind.
#include "catenet/program/netns.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/host/host.hpp"
#include "catenet/link/link.hpp"
#include "catenet/os/kernel_port.hpp"
#include "catenet/os/wall_clock.hpp"
#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/event_log.hpp"

#include "capture_check_test.hpp"
#include "netns_test.hpp"

namespace catenet::program {
namespace {

const MacAddress our_mac(0x02, 0, 0, 0, 0, 2);

// A descriptor that there is no room for is a problem with its reason, never a broken invariant.
TEST_F(Netns, too_few_descriptors_are_said_so) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP()
      << "the sanitizers' check of types opens a pipe, and takes a failure for a wrong type";
#endif
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  int refused = 0;
  for (rlim_t limit = 3; limit < 24; ++limit) {
    const rlimit few{limit, usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const auto made = Namespace::create(spec(), *poller);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    if (made) break;
    ++refused;
    EXPECT_NE(made.error().text().find("Too many open files"), std::string::npos)
        << made.error().text() << " with " << limit;
  }
  EXPECT_GE(refused, 2);
}

TEST_F(Netns, interface_is_up_with_mac_mtu_and_addresses) {
  make();
  EXPECT_EQ(output("cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu"),
            "02:00:00:00:00:01\n1400\n");
  const std::string addresses = output("ip -o address");
  for (const char* expected :
       {"inet 127.0.0.1/8", "inet6 ::1/128", "inet 10.1.0.1/24", "brd 10.1.0.255",
        "inet6 fd00:1::1/64", "inet6 fe80::ff:fe00:1/64"}) {
    EXPECT_NE(addresses.find(expected), std::string::npos) << expected << " not in\n" << addresses;
  }
  EXPECT_EQ(addresses.find("tentative"), std::string::npos) << addresses;
  EXPECT_EQ(output("ls /sys/class/net"), "eth0\nlo\n");
}

TEST_F(Netns, routes_names_and_host_name_are_those_asked_for) {
  make();
  const std::string routes = output("ip route; ip -6 route");
  for (const char* expected : {"default via 10.1.0.2 dev eth0 proto static", "10.1.0.0/24 dev eth0",
                               "fd00:9::/32 via fd00:1::2 dev eth0 proto static metric 7"}) {
    EXPECT_NE(routes.find(expected), std::string::npos) << expected << " not in\n" << routes;
  }
  EXPECT_EQ(output("hostname"), "alice\n");
  EXPECT_NE(output("getent ahostsv4 bob").find("10.1.0.2"), std::string::npos);
  EXPECT_NE(output("getent ahostsv6 bob").find("fd00:1::2"), std::string::npos);
  EXPECT_NE(output("getent hosts localhost").find("localhost"), std::string::npos);
  EXPECT_EQ(output("cat /proc/sys/net/ipv4/ip_forward"), "0\n");
}

TEST_F(Netns, machine_itself_is_unchanged) {
  const auto text = [](const char* path) {
    std::ifstream file(path);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  };
  const std::string hosts = text("/etc/hosts");
  const std::string name = text("/proc/sys/kernel/hostname");
  const std::string mounts = text("/proc/self/mounts");
  make();
  EXPECT_EQ(text("/etc/hosts"), hosts);
  EXPECT_EQ(text("/proc/sys/kernel/hostname"), name);
  EXPECT_EQ(text("/proc/self/mounts"), mounts);
}

TEST_F(Netns, interface_without_ipv6_address_has_no_ipv6) {
  NamespaceSpec wanted = spec();
  wanted.interfaces[0].addresses = {prefix("10.1.0.1/24")};
  wanted.routes.clear();
  wanted.forwarding = true;
  make(wanted);
  EXPECT_EQ(output("ip -6 -o address show dev eth0"), "");
  EXPECT_EQ(output("cat /proc/sys/net/ipv4/ip_forward"), "1\n");
}

TEST_F(Netns, user_namespace_of_an_ordinary_user_does_the_same) {
  NamespaceSpec wanted = spec();
  wanted.privilege = Privilege::user_namespace;
  make(wanted);
  EXPECT_EQ(output("id -u"), "0\n");
  EXPECT_EQ(output("awk '{print $1, $3}' /proc/self/uid_map"), "0 1\n");
  EXPECT_NE(output("ip -o address show dev eth0").find("10.1.0.1/24"), std::string::npos);
  EXPECT_EQ(output("hostname"), "alice\n");
}

TEST_F(Netns, program_tells_its_output_exit_and_resources) {
  make();
  const ProcessOutcome said = run("echo out; echo err >&2; exit 7");
  EXPECT_EQ(said.exit, 7);
  EXPECT_EQ(said.signal, 0);
  EXPECT_EQ(said.output, "out\n");
  EXPECT_EQ(said.error_output, "err\n");
  EXPECT_GT(said.max_resident_bytes, 0u);
  const ProcessOutcome killed = run("kill -TERM $$");
  EXPECT_EQ(killed.exit, 128 + SIGTERM);
  EXPECT_EQ(killed.signal, SIGTERM);
  EXPECT_EQ(run("no-such-program").exit, 127);
  EXPECT_EQ(output("seq 1 200000 | wc -l"), "200000\n");
  EXPECT_EQ(output("seq 1 100000 | sha256sum"), output("seq 1 100000 > /dev/null; seq 1 100000 | "
                                                       "sha256sum"));
}

TEST_F(Netns, program_finds_a_sane_environment) {
  setenv("http_proxy", "http://proxy.example:3128", 1);
  make();
  unsetenv("http_proxy");
  EXPECT_EQ(output("cat; echo ended"), "ended\n") << "standard input is empty";
  EXPECT_EQ(output("echo $USER $LANG $http_proxy"), "root C.UTF-8\n");
  EXPECT_EQ(output("ls /proc/self/fd | wc -l"), "4\n") << "0, 1, 2 and that of ls";
  EXPECT_EQ(output("grep -E 'SigBlk|SigIgn' /proc/self/status | awk '{print $2}'"),
            "0000000000000000\n0000000000000000\n");
  EXPECT_EQ(output("pwd; echo $HOME"), "/tmp/home\n/tmp/home\n");
  EXPECT_EQ(output("command -v ip > /dev/null && echo found"), "found\n");
}

TEST_F(Netns, programs_run_beside_each_other_and_are_killed_as_a_group) {
  make();
  std::optional<ProcessOutcome> slow;
  const auto id = space->start({"sleep 1000 | sleep 1000"},
                               [&](ProcessOutcome ended) { slow = std::move(ended); });
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(output("echo meanwhile"), "meanwhile\n");
  EXPECT_FALSE(slow.has_value());
  space->kill(*id, SIGKILL);
  wait_for(slow);
  EXPECT_EQ(slow->signal, SIGKILL);
  EXPECT_EQ(output("ps -e -o comm= | grep -c sleep"), "0\n") << "the rest of the pipeline too";
  space->kill(*id, SIGKILL);  // has ended: nothing happens
}

TEST_F(Netns, daemon_does_not_hold_its_shell_up) {
  make();
  const ProcessOutcome started = run("sleep 1000 & echo started");
  EXPECT_EQ(started.exit, 0);
  EXPECT_EQ(started.output, "started\n");
}

TEST_F(Netns, orphan_is_reaped) {
  make();
  EXPECT_EQ(run("(sh -c 'sleep 0.1' &)").exit, 0);
  EXPECT_EQ(output("sleep 0.5; ps -e -o stat= | grep -c Z"), "0\n");
}

TEST_F(Netns, what_cannot_be_is_refused_with_a_reason) {
  NamespaceSpec wanted = spec();
  wanted.interfaces[0].name = "much-too-long-for-a-name";
  auto made = Namespace::create(wanted, *poller);
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().text().find("much-too-long-for-a-name: Invalid argument"),
            std::string::npos)
      << made.error().text();
  wanted = spec();
  wanted.routes[0].via = *IpAddress::parse("10.99.0.1");
  made = Namespace::create(wanted, *poller);
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().text().find("route to 0.0.0.0/0"), std::string::npos);
  make();
  EXPECT_EQ(space->start({std::string(1 << 20, 'x')}, [](ProcessOutcome) { FAIL(); }).error(),
            Errno::message_size);
}

// --- Nothing is left ---

bool alive(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

// Processes of the machine, and network namespaces they are in.
std::string network_namespace_of(pid_t pid) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/net", error).string();
}

int users_of(const std::string& network) {
  int users = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && network_namespace_of(pid) == network) ++users;
  }
  return users;
}

TEST_F(Netns, destruction_leaves_no_process) {
  make();
  run("setsid sleep 1000 & sh -c 'trap \"\" TERM HUP; sleep 1000' &");
  const pid_t first = space->pid();
  const std::string network = network_namespace_of(first);
  ASSERT_NE(network, network_namespace_of(getpid()));
  EXPECT_GE(users_of(network), 3);
  space.reset();
  EXPECT_FALSE(alive(first));
  EXPECT_EQ(users_of(network), 0);
  EXPECT_LT(::waitpid(-1, nullptr, WNOHANG), 0) << "a child was left unreaped";
}

TEST_F(Netns, first_process_killed_from_outside_ends_the_programs) {
  make();
  std::optional<ProcessOutcome> slow;
  ASSERT_TRUE(space->start({"sleep 1000"}, [&](ProcessOutcome e) { slow = std::move(e); }));
  EXPECT_EQ(output("echo ready"), "ready\n");
  ::kill(space->pid(), SIGKILL);
  wait_for(slow);
  EXPECT_EQ(space->why_ended(), "its namespace was ended from outside");
  EXPECT_EQ(slow->exit, 128 + SIGKILL);
  EXPECT_FALSE(slow->error_output.empty());
  EXPECT_EQ(space->start({"true"}, [](ProcessOutcome) { FAIL(); }).error(), Errno::broken_pipe);
}

TEST_F(Netns, first_process_that_was_stopped_is_killed_and_told) {
  make();
  std::optional<ProcessOutcome> slow;
  ASSERT_TRUE(space->start({"sleep 1000"}, [&](ProcessOutcome e) { slow = std::move(e); }));
  EXPECT_EQ(output("echo ready"), "ready\n");
  ::kill(space->pid(), SIGSTOP);
  space->kill(1, SIGKILL);
  std::optional<ProcessOutcome> later;
  ASSERT_TRUE(space->start({"true"}, [&](ProcessOutcome e) { later = std::move(e); }));
  wait_for(slow);
  wait_for(later);
  EXPECT_NE(space->why_ended().find("did not answer"), std::string::npos) << space->why_ended();
  EXPECT_EQ(slow->fault, space->why_ended());
  EXPECT_EQ(later->fault, space->why_ended());
}

TEST_F(Netns, first_process_that_was_stopped_before_the_end_is_told) {
  make();
  EXPECT_EQ(output("echo ready"), "ready\n");
  ::kill(space->pid(), SIGSTOP);
  Programs* const all[] = {space.get()};
  Programs::finish(all, *poller);
  ASSERT_EQ(space->left_over().size(), 1u);
  EXPECT_NE(space->left_over()[0].find("did not answer"), std::string::npos);
}

// In a process of its own, as Catenet would be: makes a namespace, says its first process, and
// waits to be killed.
[[noreturn]] void live_until_killed(int tell) {
  auto poller = *os::Poller::create();
  auto made = Namespace::create(spec(), *poller);
  pid_t first = -1;
  if (made && (*made)->start({"setsid sleep 1000 & sleep 1000"}, [](ProcessOutcome) {})) {
    first = (*made)->pid();
  }
  static_cast<void>(!::write(tell, &first, sizeof first));
  for (;;) ::pause();
}

TEST_F(Netns, kill_9_of_catenet_leaves_nothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t catenet = ::fork();
  if (catenet == 0) live_until_killed(ends[1]);
  pid_t first = -1;
  ASSERT_EQ(::read(ends[0], &first, sizeof first), static_cast<ssize_t>(sizeof first));
  ASSERT_GT(first, 0);
  const std::string network = network_namespace_of(first);
  while (users_of(network) < 3) ::usleep(10'000);
  ::kill(catenet, SIGKILL);
  ::waitpid(catenet, nullptr, 0);
  for (int i = 0; i < 500 && users_of(network) > 0; ++i) ::usleep(10'000);
  EXPECT_EQ(users_of(network), 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

// --- A Catenet host beside the kernel ---

class NetnsLink : public Netns, public testing::WithParamInterface<Attachment> {
 protected:
  void SetUp() override {
    Netns::SetUp();
    if (IsSkipped()) return;
    if (GetParam() == Attachment::tap && ::access("/dev/net/tun", R_OK | W_OK) != 0) {
      GTEST_SKIP() << "/dev/net/tun may not be opened";
    }
    NamespaceSpec wanted = spec();
    wanted.attachment = GetParam();
    make(wanted);
    clock = std::make_unique<os::WallClock>(shards, *poller);
    port = std::make_unique<os::KernelPort>(outer, space->take_wire(0), *poller);
    IpLayer& ip = bob.ip();
    Interface& interface = ip.add_interface("eth0", inner);
    for (const char* address : {"10.1.0.2/24", "fd00:1::2/64"}) {
      ASSERT_TRUE(ip.add_address(interface, prefix(address), AddressUse::established));
    }
    ip.start();
    interop::record_both(outer, inner, capture, recorders);
  }
  void TearDown() override {
    if (!port) return;
    capture.finish(clock->now());
    EXPECT_EQ(interop::faults_of_capture(sink.bytes()), "");
  }
  // Runs `command` while the network moves along the clock.
  ProcessOutcome run_connected(const std::string& command) {
    std::optional<ProcessOutcome> outcome;
    EXPECT_TRUE(space->start({command}, [&](ProcessOutcome e) { outcome = std::move(e); }));
    clock->run_until(clock->now() + 30_s, [&] { return outcome.has_value(); });
    return outcome.value_or(ProcessOutcome{.exit = -1});
  }

  ShardSet shards;
  PacketPool pool;
  MemorySink sink;
  CaptureRecorder capture{sink, CaptureSection{}};
  TeeRecorder recorders;
  Origin alice_origin{"alice", 0, 1}, there{"alice:eth0>bob:eth0", 1, 1};
  Origin bob_origin{"bob", 2, 1}, back{"bob:eth0>alice:eth0", 3, 1};
  Nic outer{"alice:eth0", kernel_mac, 1'400, shards.engine(0), pool, alice_origin};
  Nic inner{"bob:eth0", our_mac, 1'400, shards.engine(0), pool, bob_origin};
  Host bob{shards.engine(0), bob_origin, pool};
  Link link{outer, inner, there, back};
  std::unique_ptr<os::WallClock> clock;
  std::unique_ptr<os::KernelPort> port;
};

TEST_P(NetnsLink, ping_is_answered) {
  if (run("command -v ping").exit != 0) GTEST_SKIP() << "ping (iputils-ping) is not installed";
  for (const char* target : {"10.1.0.2", "fd00:1::2", "bob"}) {
    const ProcessOutcome ping = run_connected(std::string("ping -i 0.05 -c 3 -W 5 ") + target);
    EXPECT_EQ(ping.exit, 0) << ping.output << ping.error_output;
    EXPECT_NE(ping.output.find("3 packets transmitted, 3 received, 0% packet loss"),
              std::string::npos)
        << ping.output;
  }
  EXPECT_TRUE(link.books_balance());
}

TEST_P(NetnsLink, ping_of_the_longest_packet_and_of_fragments_is_answered) {
  if (run("command -v ping").exit != 0) GTEST_SKIP() << "ping (iputils-ping) is not installed";
  for (const char* ping : {"ping -c 1 -W 5 -M do -s 1372 10.1.0.2", "ping -c 1 -W 5 -s 9000 bob",
                           "ping -c 1 -W 5 -s 9000 fd00:1::2"}) {
    const ProcessOutcome ended = run_connected(ping);
    EXPECT_EQ(ended.exit, 0) << ping << "\n" << ended.output << ended.error_output;
  }
}

TEST_P(NetnsLink, link_impairments_are_felt) {
  if (run("command -v ping").exit != 0) GTEST_SKIP() << "ping (iputils-ping) is not installed";
  Impairment slow;
  slow.delay = 30_ms;
  ASSERT_TRUE(link.set_both(slow).has_value());
  const ProcessOutcome ping = run_connected("ping -q -c 3 -i 0.1 -W 5 10.1.0.2");
  // rtt min/avg/max/mdev = 60.1/61.0/…
  const std::size_t at = ping.output.find("mdev = ");
  ASSERT_NE(at, std::string::npos) << ping.output;
  const double least_ms = std::stod(ping.output.substr(at + 7));
  EXPECT_GE(least_ms, 60.0);
  EXPECT_LT(least_ms, 100.0);
}

TEST_P(NetnsLink, carrier_of_the_link_is_the_carrier_of_the_kernel) {
  EXPECT_EQ(output("cat /sys/class/net/eth0/carrier"), "1\n");
  link.set_up(false);
  EXPECT_EQ(output("cat /sys/class/net/eth0/carrier"), "0\n");
  link.set_up(true);
  EXPECT_EQ(output("cat /sys/class/net/eth0/carrier"), "1\n");
}

TEST_P(NetnsLink, frame_the_kernel_cannot_take_is_dropped_by_name) {
  ASSERT_EQ(run("ip link set eth0 down").exit, 0);
  const u64 before = outer.counters().drops[static_cast<std::size_t>(Drop::interface_down)];
  Packet frame = pool.copy_of(std::vector<u8>(60));
  port->on_frame(outer, std::move(frame));
  EXPECT_EQ(outer.counters().drops[static_cast<std::size_t>(Drop::interface_down)], before + 1);
}

TEST_P(NetnsLink, interface_that_goes_is_told_once_and_one_that_is_down_is_not) {
  int told = 0;
  port->when_gone([&told] { ++told; });
  ASSERT_EQ(run("ip link set eth0 down; ip link set eth0 up").exit, 0);
  ASSERT_EQ(run_connected("ping -c 1 -W 5 10.1.0.2").exit, 0);
  EXPECT_EQ(told, 0);
  ASSERT_EQ(run_connected("ip link del eth0").exit, 0);
  clock->run_until(clock->now() + 5_s, [&told] { return told > 0; });
  EXPECT_EQ(told, 1);
  port->on_frame(outer, pool.copy_of(std::vector<u8>(60)));
  EXPECT_EQ(outer.counters().drops[static_cast<std::size_t>(Drop::interface_down)], 1u);
  EXPECT_EQ(run_connected("ip link show eth0").exit, 1);
  EXPECT_EQ(told, 1);
}

TEST_P(NetnsLink, frame_longer_than_the_link_is_dropped_by_name) {
  if (run("command -v ping").exit != 0) GTEST_SKIP() << "ping (iputils-ping) is not installed";
  ASSERT_EQ(run("ip link set eth0 mtu 3000").exit, 0);
  const ProcessOutcome ping = run_connected("ping -c 1 -W 1 -M do -s 2000 10.1.0.2");
  EXPECT_EQ(ping.exit, 1) << ping.output;
  EXPECT_GE(outer.counters().drops[static_cast<std::size_t>(Drop::frame_too_long)], 1u);
}

// The kernel answers us: Catenet asks for its address and gets a neighbour.
TEST_P(NetnsLink, kernel_answers_arp_and_echo_of_ours) {
  struct Catch final : Recorder {
    std::vector<std::vector<u8>> frames;
    void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                  std::optional<Drop>) override {
      if (event != FrameEvent::received) return;
      std::vector<u8> bytes(frame.size());
      frame.copy_out(0, bytes);
      frames.push_back(std::move(bytes));
    }
    void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  } seen;
  recorders.add(seen);
  // Who has 10.1.0.1? Tell 10.1.0.2.
  std::vector<u8> who_has(42, 0);
  MacAddress::broadcast().store(who_has.data());
  our_mac.store(who_has.data() + 6);
  const std::vector<u8> request = {0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0,  0, 0, 0,
                                   2,    10,   1, 0, 2, 0, 0, 0, 0, 0, 0, 10, 1, 0, 1};
  std::copy(request.begin(), request.end(), who_has.begin() + 12);
  inner.output(pool.copy_of(who_has));
  const auto reply = [&] {
    return std::any_of(seen.frames.begin(), seen.frames.end(), [](const std::vector<u8>& frame) {
      return frame.size() >= 42 && frame[12] == 0x08 && frame[13] == 0x06 && frame[21] == 2 &&
             MacAddress::load(frame.data() + 22) == kernel_mac;
    });
  };
  clock->run_until(clock->now() + 5_s, reply);
  EXPECT_TRUE(reply());
  recorders.remove(seen);
}

INSTANTIATE_TEST_SUITE_P(Through, NetnsLink, testing::Values(Attachment::tap, Attachment::veth),
                         [](const auto& one) {
                           return one.param == Attachment::tap ? "tap" : "veth";
                         });

}  // namespace
}  // namespace catenet::program
