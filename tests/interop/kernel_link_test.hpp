// A Catenet host and the kernel's stack on one link, and sockets of both behind one interface, so
// that a conversation is written once and held with the roles either way round.
//
//   kernel 10.1.0.1, fd00:1::1 —— link —— Catenet 10.1.0.2, fd00:1::2
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catenet/link/link.hpp"
#include "catenet/os/kernel_port.hpp"
#include "catenet/os/machine_socket.hpp"
#include "catenet/os/wall_clock.hpp"
#include "catenet/program/doctor.hpp"
#include "catenet/program/netns.hpp"
#include "catenet/socket/lab_system.hpp"
#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/dissect.hpp"
#include "catenet/trace/event_log.hpp"

#include "capture_check_test.hpp"

namespace catenet::interop {

using SocketPtr = std::unique_ptr<Socket>;

// Who acts first in a conversation, and over which family it is held.
struct Roles {
  Family family;
  bool kernel_first;
};
inline std::string roles_name(const testing::TestParamInfo<Roles>& info) {
  return std::string(info.param.family == Family::ipv4 ? "v4" : "v6") +
         (info.param.kernel_first ? "_kernel_first" : "_ours_first");
}
inline const Roles all_roles[] = {
    {Family::ipv4, true}, {Family::ipv4, false}, {Family::ipv6, true}, {Family::ipv6, false}};

// A line, as tcpdump prints it, of every frame at Catenet's port.
class Lines final : public Recorder {
 public:
  void on_frame(Instant, PortId where, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override {
    if (where != 1) return;
    if (reason) {
      text.push_back("dropped " + std::string(drop_name(*reason)));
    } else {
      text.push_back((event == FrameEvent::sent ? "ours   " : "kernel ") + dissect_line(frame));
    }
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  // Lines from `who` ("ours", "kernel") that contain `part`.
  std::size_t count(std::string_view who, std::string_view part) const {
    std::size_t n = 0;
    for (const std::string& line : text) {
      n += line.starts_with(who) && line.find(part) != std::string::npos ? 1u : 0u;
    }
    return n;
  }
  std::string all() const {
    std::string joined;
    for (const std::string& line : text) joined += line + "\n";
    return joined;
  }

  std::vector<std::string> text;
};

class KernelLink : public testing::Test {
 protected:
  static constexpr Duration long_enough = Duration::seconds(20);

  void SetUp() override {
    if (const auto why = program::why_not_netns()) GTEST_SKIP() << *why;
    poller = *os::Poller::create();
    machine = *os::MachineLoop::create("kernel", 1);
    auto made = program::Namespace::create(spec(), *poller);
    ASSERT_TRUE(made.has_value()) << made.error().text();
    space = *std::move(made);
    if (!enter()) GTEST_SKIP() << "only root may open sockets in another network namespace";
    leave();
    record_both(outer, inner, capture, recorders);
    recorders.add(lines);
    clock = std::make_unique<os::WallClock>(shards, *poller);
    port = std::make_unique<os::KernelPort>(outer, space->take_wire(0), *poller);
    start_host();
  }
  void TearDown() override {
    if (!port) return;
    EXPECT_TRUE(link.books_balance());
    capture.finish(clock->now());
    const std::string faults = faults_of_capture(sink.bytes(), judged_with);
    EXPECT_EQ(faults, "");
    if (HasFailure()) ADD_FAILURE() << "the story:\n" << lines.all();
    port.reset();
  }

  virtual program::NamespaceSpec spec() {
    program::NamespaceSpec wanted;
    wanted.host_name = "kernel";
    wanted.interfaces.push_back({"eth0", outer.mac(), 1'500, {prefix(1, 4), prefix(1, 6)}});
    return wanted;
  }
  static InterfacePrefix prefix(u32 host, int version) {
    return *InterfacePrefix::parse(version == 4 ? fmt::format("10.1.0.{}/24", host)
                                                : fmt::format("fd00:1::{}/64", host));
  }
  static IpAddress address(bool kernel, Family family) {
    return prefix(kernel ? 1 : 2, family == Family::ipv4 ? 4 : 6).address;
  }

  // A socket of the kernel's in the namespace, or of Catenet's host.
  SocketPtr open(bool kernel, Family family, SocketType type) {
    if (!kernel) return *ours.open(family, type, 0);
    const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
    const int kind = type == SocketType::stream ? SOCK_STREAM : SOCK_DGRAM;
    auto made = os::MachineSocket::adopt(*machine, kernel_descriptor(domain, kind), family, type);
    EXPECT_TRUE(made.has_value());
    return *std::move(made);
  }
  os::Descriptor kernel_descriptor(int domain, int kind) {
    EXPECT_TRUE(enter());
    os::Descriptor made(::socket(domain, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    leave();
    EXPECT_TRUE(static_cast<bool>(made));
    return made;
  }

  // Moves the network along the clock until `condition` holds; false: not within `limit`.
  bool until(const std::function<bool()>& condition, Duration limit = long_enough) {
    const Instant end = clock->now() + limit;
    while (!condition()) {
      if (clock->now() >= end) return false;
      machine->run_until([] { return true; });
      // What happens in the kernel alone wakes nobody here. Nor is the condition asked in there: it
      // may move the network itself.
      clock->run_until(clock->now() + Duration::milliseconds(1), [] { return false; });
    }
    return true;
  }
  void pass(Duration time) {
    const Instant end = clock->now() + time;
    until([&] { return clock->now() >= end; }, time + long_enough);
  }
  // Runs `command` in the namespace to its end.
  program::ProcessOutcome run(const std::string& command) {
    std::optional<program::ProcessOutcome> outcome;
    EXPECT_TRUE(
        space->start({command}, [&](program::ProcessOutcome e) { outcome = std::move(e); }));
    until([&] { return outcome.has_value(); });
    return outcome.value_or(program::ProcessOutcome{.exit = -1});
  }

  ShardSet shards;
  PacketPool pool;
  FramePool frames;
  MemorySink sink;
  CaptureRecorder capture{sink, CaptureSection{}};
  std::string judged_with;  // options of capture_faults.py
  Lines lines;
  TeeRecorder recorders;
  Origin kernel_origin{"kernel", 0, 1}, there{"kernel:eth0>ours:eth0", 1, 1};
  Origin our_origin{"ours", 2, 1}, back{"ours:eth0>kernel:eth0", 3, 1};
  Nic outer{"kernel:eth0", MacAddress(2, 0, 0, 0, 0, 1), 1'500, shards.engine(0), pool,
            kernel_origin};
  Nic inner{"ours:eth0", MacAddress(2, 0, 0, 0, 0, 2), 1'500, shards.engine(0), pool, our_origin};
  Host host{shards.engine(0), our_origin, pool};
  Link link{outer, inner, there, back};
  LabSystem ours{host, frames};
  std::unique_ptr<os::Poller> poller;
  std::unique_ptr<os::MachineLoop> machine;
  std::unique_ptr<program::Namespace> space;
  std::unique_ptr<os::WallClock> clock;
  std::unique_ptr<os::KernelPort> port;

 private:
  void start_host() {
    Interface& interface = host.ip().add_interface("eth0", inner);
    for (int version : {4, 6}) {
      ASSERT_TRUE(host.ip().add_address(interface, prefix(2, version), AddressUse::established));
    }
    host.ip().start();
  }
  // This thread's network namespace is the kernel's, until leave().
  bool enter() {
    home_ = os::Descriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    const std::string path = fmt::format("/proc/{}/ns/net", space->pid());
    const os::Descriptor there_now(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return home_ && there_now && ::setns(there_now.get(), CLONE_NEWNET) == 0;
  }
  void leave() {
    if (::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();  // nothing after it would be true
  }
  os::Descriptor home_;
};

}  // namespace catenet::interop
