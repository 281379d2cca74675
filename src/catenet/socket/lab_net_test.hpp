// What tests of sockets and services stand on: alice — r1 — web, 10 ms a link each way, both
// families, on one engine.
//
//   alice 10.0.0.2, 2001:db8:0::2    r1 10.0.0.1, 10.0.1.1, …::1    web 10.0.1.2, 2001:db8:1::2
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/link/link.hpp"
#include "catenet/socket/async.hpp"
#include "catenet/socket/lab_system.hpp"
#include "catenet/trace/dissect.hpp"

namespace catenet::lab_net {

inline IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }
inline Endpoint at(std::string_view address, u16 port) { return {ip(address), port}; }

// A host with its own origin; its interfaces are eth0, eth1, …
struct Node {
  Node(Engine& engine, PacketPool& packets, FramePool& frames, const std::string& name, u32 rank,
       const HostOptions& options)
      : origin(name, rank, 1), host(engine, origin, packets, options), system(host, frames) {}

  Result<std::unique_ptr<Socket>> open(Family family, SocketType type, u8 protocol = 0) {
    return system.open(family, type, protocol);
  }
  Interface& plug(Engine& engine, PacketPool& packets, MacAddress mac) {
    const std::string name = fmt::format("eth{}", nics.size());
    nics.push_back(
        std::make_unique<Nic>(origin.name() + ":" + name, mac, 1'500, engine, packets, origin));
    return host.ip().add_interface(name, *nics.back());
  }

  Origin origin;
  std::vector<std::unique_ptr<Nic>> nics;
  Host host;
  LabSystem system;
};

// Keeps a line, as tcpdump prints it, of every frame that web's port sends and receives.
class Listener final : public Recorder {
 public:
  void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    if (event == FrameEvent::dropped) return;
    lines.push_back(dissect_line(frame));
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  std::size_t count(std::string_view part) const {
    std::size_t n = 0;
    for (const std::string& line : lines) n += line.find(part) != std::string::npos ? 1u : 0u;
    return n;
  }

  std::vector<std::string> lines;
};

class Net {
 public:
  explicit Net(const HostOptions& options = {}) : options_(options) {
    HostOptions router = options;
    router.ip.forwarding = true;
    r1_ = std::make_unique<Node>(engine, packets, frames, "r1", 2, router);
    near_ = join(alice, *r1_, 0);
    far_ = join(*r1_, web, 1);
    route_via(alice, 0);
    route_via(web, 1);
    for (Node* node : {&alice, r1_.get(), &web}) {
      node->host.names().add("alice", ip("10.0.0.2"));
      node->host.names().add("r1", ip("10.0.0.1"));
      node->host.names().add("web", ip("10.0.1.2"));
      node->host.names().add("web6", ip("2001:db8:1::2"));
      node->host.names().add("both", ip("10.0.1.2"));
      node->host.names().add("both", ip("2001:db8:1::2"));
      node->host.ip().start();
    }
    engine.run_until(Instant::at(0_s));
  }

  Node& r1() { return *r1_; }
  Link& near_link() { return *near_; }  // alice — r1
  Link& far_link() { return *far_; }    // r1 — web
  void pass(Duration time) { engine.run_until(engine.now() + time); }

  // Runs `task` on alice, and everything else, until it ends or `limit` is over.
  template <typename T>
  std::optional<T> run(Task<T> task, Duration limit = 600_s) {
    std::optional<T> result;
    bool done = false;
    TaskGroup group(alice.system.scheduler());
    group.spawn(keep(std::move(task), result, done));
    const Instant end = engine.now() + limit;
    while (!done && engine.next_time() <= end && engine.run_next()) continue;
    return result;
  }
  // Runs `attempt` over and over, an event between each, until it is true.
  template <typename Attempt>
  bool until(Attempt attempt, Duration limit = 600_s) {
    const Instant end = engine.now() + limit;
    while (!attempt()) {
      if (engine.next_time() > end || !engine.run_next()) return attempt();
    }
    return true;
  }

  Engine engine;
  PacketPool packets;
  FramePool frames;

 private:
  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>& result, bool& done) {
    result = co_await std::move(task);
    done = true;
  }
  std::unique_ptr<Link> join(Node& a, Node& b, u32 subnet) {
    Impairment impairment;
    impairment.delay = 10_ms;
    const auto mac = [&](u8 side) { return MacAddress(2, 0, 0, 0, static_cast<u8>(subnet), side); };
    Interface& left = a.plug(engine, packets, mac(1));
    Interface& right = b.plug(engine, packets, mac(2));
    const bool router_is_left = &a == r1_.get();
    give(a, left, subnet, router_is_left ? 1 : 2);
    give(b, right, subnet, router_is_left ? 2 : 1);
    for (u32 way = 0; way < 2; ++way) {
      origins_.push_back(std::make_unique<Origin>(fmt::format("link{}.{}", subnet, way),
                                                  10 + subnet * 2 + way, 1));
    }
    return std::make_unique<Link>(*a.nics.back(), *b.nics.back(), *origins_[subnet * 2],
                                  *origins_[subnet * 2 + 1], impairment);
  }
  static void give(Node& node, Interface& interface, u32 subnet, u32 host) {
    const auto four = InterfacePrefix::parse(fmt::format("10.0.{}.{}/24", subnet, host));
    const auto six = InterfacePrefix::parse(fmt::format("2001:db8:{}::{}/64", subnet, host));
    ASSERT_TRUE(node.host.ip().add_address(interface, *four));
    ASSERT_TRUE(node.host.ip().add_address(interface, *six));
  }
  static void route_via(Node& node, u32 subnet) {
    for (const auto& [prefix, gateway] :
         {std::pair<std::string, std::string>{"0.0.0.0/0", fmt::format("10.0.{}.1", subnet)},
          {"::/0", fmt::format("2001:db8:{}::1", subnet)}}) {
      Route route;
      route.prefix = *Prefix::parse(prefix);
      route.gateway = ip(gateway);
      ASSERT_TRUE(node.host.ip().add_route(route));
    }
  }

  HostOptions options_;
  std::vector<std::unique_ptr<Origin>> origins_;

 public:
  Node alice{engine, packets, frames, "alice", 0, options_};
  Node web{engine, packets, frames, "web", 1, options_};

 private:
  std::unique_ptr<Node> r1_;
  std::unique_ptr<Link> near_;
  std::unique_ptr<Link> far_;
};

using SocketPtr = std::unique_ptr<Socket>;

// For tests of sockets: a Net, and calls whose outcome is one word.
class Sockets : public ::testing::Test {
 protected:
  // What is there to be read now, or the error's name.
  static std::string read(Socket& socket, ReceiveFlags flags = {}) {
    std::vector<u8> buffer(65'536);
    const auto n = socket.receive(buffer, flags);
    return n ? std::string(as_text(ByteView(buffer).first(*n)))
             : std::string(errno_name(n.error()));
  }
  static Errno write(Socket& socket, std::string_view text, std::optional<Endpoint> to = {}) {
    const auto n = to ? socket.send_to(as_bytes(text), *to) : socket.send(as_bytes(text));
    return n ? Errno::ok : n.error();
  }

  Net net;
};

}  // namespace catenet::lab_net
