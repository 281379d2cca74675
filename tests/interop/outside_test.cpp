// Nodes outside: a lab whose links end at interfaces of the machine. "The machine" is a network
// namespace that each test makes for itself in a child process.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/lab/read_test.hpp"
#include "catenet/lab/wall_run.hpp"
#include "catenet/program/device.hpp"
#include "catenet/program/doctor.hpp"

#include "captured_run_test.hpp"

namespace catenet::lab {
namespace {

constexpr int machine_cannot = 77;

// Runs `command` and gives its exit code.
int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

using Notes = std::vector<std::string>;

// `lab` in a machine that `commands` set up: 0 it passed, machine_cannot, else not. In a child.
int run_in_own_network(const std::string& commands, const std::string& lab, const Notes& notes) {
  if (::unshare(CLONE_NEWNET) != 0) return machine_cannot;
  if (shell("command -v ip > /dev/null") != 0) return machine_cannot;
  if (!commands.empty() && shell(commands) != 0) return 2;
  const Plan plan = plan_of(lab);
  const auto [result, faults] = interop::run_captured(plan);
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().text().c_str());
    return 3;
  }
  std::fputs(faults.c_str(), stderr);
  for (const ExpectationResult& judged : result->expectations) {
    if (!judged.held) std::fprintf(stderr, "%s\n", judged.name.c_str());
  }
  if (result->notes != notes) {
    for (const std::string& note : result->notes) std::fprintf(stderr, "%s\n", note.c_str());
    return 4;
  }
  for (const StepResult& step : result->steps) {
    if (step.status == StepStatus::passed) continue;
    std::fprintf(stderr, "%s\n%s%s", step.text.c_str(), step.output.c_str(),
                 step.error_output.c_str());
  }
  return result->passed() && result->books.balance && faults.empty() ? 0 : 1;
}

void expect_in_child(const std::function<int()>& run) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(run());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == machine_cannot) GTEST_SKIP() << "no network namespace, or no iproute2";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

void expect_pass(const std::string& commands, const std::string& lab, const Notes& notes = {}) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has a network of its own to try this in";
  expect_in_child([&] { return run_in_own_network(commands, lab, notes); });
}

std::string lab_with(const std::string& device) {
  return "nodes:\n"
         "  machine: {kind: outside, device: " +
         device +
         "}\n"
         "  office: {kind: switch}\n"
         "  alice: {addresses: [10.9.0.2/24, 'fd00:9::2/64']}\n"
         "links: [{endpoints: [alice, office]}, {endpoints: [office, machine]}]\n"
         "script:\n"
         "  - {at: 100 ms, on: alice, run: ping -i 0.1 -c 2 10.9.0.1}\n"
         "  - {at: 100 ms, on: alice, run: ping -i 0.1 -c 2 -s 8000 10.9.0.1}\n"
         "  - {at: 100 ms, on: alice, run: 'ping -i 0.1 -c 2 fd00:9::1'}\n";
}

TEST(Outside, tap_is_made_with_its_addresses_and_answers) {
  expect_pass("", lab_with("{tap: lab0, address: [10.9.0.1/24, 'fd00:9::1/64']}"));
}

TEST(Outside, persistent_tap_is_taken_as_it_is) {
  expect_pass(
      "ip tuntap add dev lab0 mode tap && ip addr add 10.9.0.1/24 dev lab0 && "
      "ip addr add fd00:9::1/64 dev lab0 nodad && ip link set lab0 up",
      lab_with("{tap: lab0}"));
}

TEST(Outside, interface_that_is_there_is_spoken_through) {
  expect_pass(
      "ip link add near type veth peer name far && ip addr add 10.9.0.1/24 dev far && "
      "ip addr add fd00:9::1/64 dev far nodad && ip link set near up && ip link set far up",
      lab_with("{interface: near}"));
}

// Both times the kernel was there first: its addresses stay its own, and the host does with the
// others.
TEST(Outside, cold_host_leaves_the_kernel_the_addresses_that_it_has) {
  expect_pass(
      "ip tuntap add dev lab0 mode tap && ip addr add 10.9.0.2/24 dev lab0 && "
      "ip addr add fd00:9::2/64 dev lab0 nodad && ip link set lab0 up",
      "nodes:\n"
      "  machine: {kind: outside, device: {tap: lab0}}\n"
      "  alice: {boot: cold, interfaces: {eth0: {mac: '02:00:00:00:00:0a',\n"
      "          address: [10.9.0.2/24, 'fd00:9::2/64', 10.9.0.3/24, 'fd00:9::3/64']}}}\n"
      "links: [{endpoints: [alice, machine]}]\n"
      "script:\n"
      "  - {name: four, at: 0 s, on: alice, run: ping -c 1 10.9.0.2}\n"
      "  - {after: four, on: alice, run: 'ping -c 1 fd00:9::2'}\n"
      "expect:\n"
      "  - packets: {where: alice, filter: icmp and src 10.9.0.3, count: 1}\n"
      "  - packets: {where: alice, count: 1,\n"
      "              filter: 'icmp6[0] == 128 and src fd00:9::3 and dst fd00:9::2'}\n"
      "  - packets: {where: alice, count: 0,\n"
      "              filter: 'ether src 02:00:00:00:00:0a and arp src host 10.9.0.2'}\n",
      {"alice: 10.9.0.2 at eth0 is another's too, and was given up",
       "alice: fd00:9::2 at eth0 is another's too, and was given up"});
}

// As soon as the network stands, the interface goes.
int run_and_delete(const std::string& device) {
  if (::unshare(CLONE_NEWNET) != 0) return machine_cannot;
  if (shell("ip link add near type veth peer name far && ip link set near up") != 0) {
    return machine_cannot;
  }
  const Plan plan = plan_of(lab_with("{" + device + "}"));
  const auto result =
      run_on_wall_clock(plan, {}, [](Runner&) { shell("ip link del near; ip link del lab0"); });
  if (!result || result->passed() || !result->machine_failed) return 1;
  const std::string name = device.substr(device.find(' ') + 1);
  const std::string wanted = "machine: the machine's interface " + name + " is gone";
  std::fputs(result->broken_off.c_str(), stderr);
  return result->broken_off == wanted && result->end < Instant::at(5_s) ? 0 : 2;
}

TEST(Outside, interface_that_goes_breaks_the_run_off) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has a network of its own to try this in";
  for (const char* device : {"interface: near", "tap: lab0"}) {
    expect_in_child([device] { return run_and_delete(device); });
  }
}

// An ordinary user, with a /dev/net/tun that it may open, beside a TAP that an administrator made.
int run_as_user(const std::string& commands, const std::string& told) {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return machine_cannot;
  if (shell("mount --make-rprivate / && mount -t tmpfs none /dev/net && "
            "mknod /dev/net/tun c 10 200 && chmod 666 /dev/net/tun && ip link set lo up") != 0 ||
      shell(commands) != 0 || ::setresuid(65'534, 65'534, 65'534) != 0) {
    return machine_cannot;
  }
  const Plan plan = plan_of(
      "nodes:\n"
      "  machine: {kind: outside, device: {tap: lab0, address: 10.9.0.1/24}}\n"
      "  alice: {addresses: [10.9.0.2/24]}\n"
      "links: [{endpoints: [alice, machine]}]\n"
      "script: [{at: 0 s, on: alice, run: ping -c 1 10.9.0.1}]\n");
  const auto result = run_on_wall_clock(plan, {});
  const std::string said =
      result ? (result->passed() ? "passed" : "failed") : result.error().text();
  if (said.find(told) != said.npos) return 0;
  std::fprintf(stderr, "%s\n", said.c_str());
  return 1;
}

TEST(Outside, users_tap_is_taken_as_an_administrator_left_it_or_advice_is_given) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const std::string made = "ip tuntap add dev lab0 mode tap user 65534";
  const std::string addressed = made + " && ip addr add 10.9.0.1/24 dev lab0";
  const std::array<std::pair<std::string, const char*>, 6> cases{
      {{addressed + " && ip link set lab0 up && chmod 600 /dev/net/tun",
        "(chmod 0666 /dev/net/tun) and make the TAP for this user: ip tuntap add lab0 mode tap "
        "user 65534"},
       {"true", "administrator make it for this user: ip tuntap add lab0 mode tap user 65534"},
       {made, "administrator do it: ip address add 10.9.0.1/24 dev lab0"},
       {addressed, "administrator do it: ip link set lab0 up"},
       {addressed + " && ip link set lab0 up", "passed"},
       {"ip tuntap add dev lab0 mode tap multi_queue user 65534", "one with several queues"}}};
  for (const auto& [commands, told] : cases) {
    expect_in_child([&] { return run_as_user(commands, told); });
  }
}

// What the doctor advises an ordinary user, whose /dev/net/tun has that mode, is what a run does.
int compare_advice(const std::string& mode) {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
      shell("mount --make-rprivate / && mount -t tmpfs none /dev/net && "
            "mknod /dev/net/tun c 10 200 && chmod " +
            mode + " /dev/net/tun") != 0 ||
      ::setresuid(65'534, 65'534, 65'534) != 0) {
    return machine_cannot;
  }
  const auto tap = program::open_machine_tap("NAME", {}, false);
  std::string advice = tap ? "none" : tap.error().advice;
  if (const auto uid = advice.find("65534"); uid != advice.npos) advice.replace(uid, 5, "USER");
  for (const program::Finding& finding : program::examine_machine().machine) {
    if (finding.name == "a TAP on the machine" && finding.advice == advice) return 0;
  }
  std::fprintf(stderr, "%s\n", advice.c_str());
  return 1;
}

TEST(Outside, doctor_gives_the_advice_of_the_run) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  for (const char* mode : {"600", "666"}) expect_in_child([&] { return compare_advice(mode); });
}

// The page's example, with steps in place of a second terminal: the lab asks the machine by its
// node's name, and what it answers comes back by the way that `ip route add` gives it.
TEST(Outside, example_of_the_page_is_asked_and_asks) {
  std::ifstream file(CATENET_SOURCE_DIR "/examples/outside.yaml");
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t stop = text.find("stop_time: 10 min");
  ASSERT_NE(stop, std::string::npos);
  text.replace(stop, std::string::npos,
               "script:\n"
               "  - {at: 100 ms, on: r1, run: ping -i 0.1 -c 2 me}\n"
               "  - {at: 100 ms, on: web, run: ping -4 -W 3 -i 0.1 -c 3 me}\n"
               "  - {at: 100 ms, on: r1, run: ping -c 2 -i 0.1 --timestamp me,\n"
               "     expect: {stdout: {contains: ' receive='}}}\n"
               "stop_time: 20 s\n");
  // The TAP comes with the lab; a persistent one of its name has the route before.
  expect_pass(
      "ip tuntap add dev lab0 mode tap && ip addr add 10.55.0.1/24 dev lab0 && "
      "ip link set lab0 up && ip route add 10.0.2.0/24 via 10.55.0.2",
      text);
}

TEST(Outside, what_is_not_there_is_told_of_its_node) {
  const Plan plan = plan_of(lab_with("{interface: no-such-thing}"));
  const auto result = run_on_wall_clock(plan, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().what.starts_with("machine: cannot find the interface no-such-thing"))
      << result.error().text();
}

}  // namespace
}  // namespace catenet::lab
