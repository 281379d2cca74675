// Two hosts and as many connections between them as are asked for, opened and used call by call:
// no task waits on them.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "catenet/socket/async.hpp"

#include "measure.hpp"

namespace bench {

using namespace catenet;

class Connections {
 public:
  // Room for `most` connections, 60,000 to a listening port.
  explicit Connections(u32 most)
      : plan_(plan_of("name: connections\nnodes:\n"
                      "  a: {options: {ip: {ports: [1025, 65535]}}}\n"
                      "  b: {}\n"
                      "links:\n  - endpoints: [a, b]\n    impair: {delay: 1 us}\n")),
        network_(plan_) {
    a_ = network_.system(index_of(plan_, "a"));
    b_ = network_.system(index_of(plan_, "b"));
    address_ = address_of(plan_, "b");
    for (u32 i = 0; i * per_port < most; ++i) {
      listeners_.push_back(*listen_stream(*b_, {address_, port(i)}, 4'096));
    }
  }

  struct Pair {
    std::unique_ptr<Socket> client, server;
  };
  Pair open() {
    const u32 which = opened_++ / per_port;
    Pair pair;
    pair.client = *a_->open(Family::ipv4, SocketType::stream, 0);
    static_cast<void>(pair.client->connect({address_, port(which)}));
    until([&] { return listeners_[which]->readiness().readable; });
    pair.server = *listeners_[which]->accept();
    return pair;
  }
  // One byte there and one back.
  void speak(Pair& pair) {
    say(*pair.client, *pair.server);
    say(*pair.server, *pair.client);
  }
  // In order, from the client; its TIME-WAIT stays.
  void close(Pair& pair) {
    pair.client->close();
    until([&] { return pair.server->readiness().readable; });
    pair.server->close();
    settle(Duration::milliseconds(1));
  }
  void settle(Duration time) { engine().run_until(engine().now() + time); }
  Host& client() { return *network_.host(index_of(plan_, "a")); }

 private:
  static constexpr u32 per_port = 60'000;
  static u16 port(u32 i) { return static_cast<u16>(1'000 + i); }
  Engine& engine() { return network_.shards().engine(0); }
  template <typename Done>
  void until(Done done) {
    while (!done()) {
      if (!engine().run_next()) std::abort();
    }
  }
  void say(Socket& from, Socket& to) {
    std::array<u8, 1> byte{1};
    if (!from.send(byte)) std::abort();
    until([&] { return to.readiness().readable; });
    if (to.receive(byte) != 1u) std::abort();
  }

  lab::Plan plan_;
  lab::Network network_;
  System* a_;
  System* b_;
  IpAddress address_;
  std::vector<std::unique_ptr<Socket>> listeners_;
  u32 opened_ = 0;
};

}  // namespace bench
