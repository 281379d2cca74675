// What tests of a host stand on: alice and bob with a router between them, both families, on one
// engine, and users of TCP that stream without an end.
//
//   alice 10.0.0.2, 2001:db8::2    router 10.0.0.1, 10.0.1.1, …::1    bob 10.0.1.2, 2001:db8:1::2
#pragma once

#include <array>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "catenet/host/host.hpp"
#include "catenet/link/link.hpp"

namespace catenet::host_test {

inline IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

class Trio {
 public:
  explicit Trio(const Impairment& impairment = {.delay = 10_us}, const HostOptions& options = {})
      : alice_(add_host("alice", 0, options)),
        router_(add_host("router", 1, forwarding(options))),
        bob_(add_host("bob", 2, options)) {
    join(alice_, router_, 0, impairment);
    join(bob_, router_, 1, impairment);
    for (auto& host : hosts_) host->ip().start();
    engine.run_until(Instant::at(0_s));
  }

  Host& alice() { return alice_; }
  Host& router() { return router_; }
  Host& bob() { return bob_; }
  Link& link(u32 subnet) { return *links_[subnet]; }
  static IpAddress bob_address(Family family) {
    return ip(family == Family::ipv4 ? "10.0.1.2" : "2001:db8:1::2");
  }
  static IpAddress alice_address(Family family) {
    return ip(family == Family::ipv4 ? "10.0.0.2" : "2001:db8::2");
  }
  void set_offload(bool on) {
    for (auto& host : hosts_) host->tcp().set_offload(on);
  }
  void pass(Duration time) { engine.run_until(engine.now() + time); }

  Engine engine;
  PacketPool pool;

 private:
  static HostOptions forwarding(HostOptions options) {
    options.ip.forwarding = true;
    return options;
  }
  Origin& add_origin(const std::string& name, u32 rank) {
    return *origins_.emplace_back(std::make_unique<Origin>(name, rank, 1));
  }
  Host& add_host(const std::string& name, u32 rank, const HostOptions& options) {
    Origin& node = add_origin(name, rank);
    return *hosts_.emplace_back(std::make_unique<Host>(engine, node, pool, options));
  }
  Nic& plug(Host& host, u32 subnet, u8 number) {
    const std::string name = fmt::format("eth{}", &host == &router_ ? subnet : 0);
    Nic& nic = *nics_.emplace_back(std::make_unique<Nic>(
        host.name() + ":" + name, MacAddress(2, 0, 0, 0, static_cast<u8>(subnet), number), 1'500,
        engine, pool, host.node()));
    Interface& interface = host.ip().add_interface(name, nic);
    for (const std::string& own : {fmt::format("10.0.{}.{}/24", subnet, number),
                                   fmt::format("2001:db8:{}::{}/64", subnet, number)}) {
      EXPECT_TRUE(host.ip().add_address(interface, *InterfacePrefix::parse(own)));
    }
    return nic;
  }
  void join(Host& host, Host& router, u32 subnet, const Impairment& impairment) {
    Nic& near = plug(host, subnet, 2);
    Nic& far = plug(router, subnet, 1);
    links_.push_back(
        std::make_unique<Link>(near, far, add_origin(fmt::format("up{}", subnet), 10 + subnet),
                               add_origin(fmt::format("down{}", subnet), 20 + subnet), impairment));
    for (const auto& [prefix, gateway] :
         {std::pair{"0.0.0.0/0", fmt::format("10.0.{}.1", subnet)},
          std::pair{"::/0", fmt::format("2001:db8:{}::1", subnet)}}) {
      Route route;
      route.prefix = *Prefix::parse(prefix);
      route.gateway = ip(gateway);
      EXPECT_TRUE(host.ip().add_route(route));
    }
  }

  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::unique_ptr<Nic>> nics_;
  std::vector<std::unique_ptr<Host>> hosts_;
  Host& alice_;
  Host& router_;
  Host& bob_;
  std::vector<std::unique_ptr<Link>> links_;
};

// Writes whenever there is room and reads whatever comes; counts both.
class Streamer final : public TcpUser {
 public:
  explicit Streamer(Host& host) : host_(host) {}
  ~Streamer() {
    if (!flow_) return;
    flow_->connection().abort(host_.now());
    host_.tcp().pump(*flow_);
    host_.tcp().release(*flow_);
  }

  void listen(u16 port, Family family = Family::ipv6) {
    binding_.local = {IpAddress::any(family), port};
    ASSERT_TRUE(host_.tcp().bind(binding_));
    listener_ = host_.tcp().listen(binding_, 16, *this);
  }
  Result<void> open(const Endpoint& remote) {
    const auto flow = host_.tcp().create({}, remote, *this, nullptr);
    if (!flow) return Unexpected(flow.error());
    flow_ = *flow;
    host_.tcp().open(*flow_);
    return {};
  }
  void on_tcp_events(u32 events) override {
    seen |= events;
    if (!flow_ && listener_) {
      flow_ = host_.tcp().accept(*listener_, *this);
      if (!flow_) return;
      use();
      return host_.tcp().pump(*flow_);
    }
    if (flow_) use();
  }
  // What the user does with its connection at every event, and may be asked to do at any time.
  void use() {
    for (;;) {
      const auto n = flow_->connection().receive(host_.now(), buffer_);
      if (!n && n.error() != Errno::again) error = n.error();
      if (!n || *n == 0) break;
      received += *n;
    }
    while (writes && flow_->connection().send(host_.now(), buffer_)) continue;
  }
  void pump() { host_.tcp().pump(*flow_); }
  // Gives up the connection, which must have been closed.
  void let_go() { host_.tcp().release(*std::exchange(flow_, nullptr)); }
  TcpFlow* flow() { return flow_; }
  tcp::Connection& connection() { return flow_->connection(); }
  TcpListener* listener() { return listener_.get(); }
  void stop_listening() {
    host_.tcp().close(*listener_);
    host_.tcp().unbind(binding_);
    listener_.reset();
  }

  bool writes = false;
  u64 received = 0;
  u32 seen = 0;             // bits of tcp::Event, ever
  Errno error = Errno::ok;  // the last that reading gave

 private:
  Host& host_;
  PortBinding binding_;
  std::unique_ptr<TcpListener> listener_;
  TcpFlow* flow_ = nullptr;
  std::array<u8, 32'768> buffer_{};
};

// A test of both families: alice's client of bob's web, connected once it is told to.
class Families : public testing::TestWithParam<Family> {
 public:
  static std::string name(const testing::TestParamInfo<Family>& info) {
    return std::string(family_name(info.param));
  }

 protected:
  static constexpr u16 port = 80;
  Endpoint server() const { return {Trio::bob_address(GetParam()), port}; }
  void connect() {
    web.listen(port);
    ASSERT_TRUE(client.open(server()));
    net.pass(1_s);
    ASSERT_TRUE(web.flow());
  }

  Trio net;
  Streamer client{net.alice()};
  Streamer web{net.bob()};
};

}  // namespace catenet::host_test
