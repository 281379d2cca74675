// TcpLayer: one host's TCP around the machines of tcp/: finds the connection of a segment, sends
// what connections want sent, runs their one timer each, and keeps TIME-WAIT in a small form. Read
// RFC 9293 section 3.10.7 for the order of the search: connection, TIME-WAIT, listener, reset.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "catenet/engine/engine.hpp"
#include "catenet/host/flow_table.hpp"
#include "catenet/host/time_wait_table.hpp"
#include "catenet/ip/ip_layer.hpp"
#include "catenet/tcp/connection.hpp"
#include "catenet/tcp/listener.hpp"
#include "catenet/tcp/time_wait.hpp"
#include "catenet/udp/port_space.hpp"

namespace catenet {

class TcpLayer;
class TcpListener;

// Who uses a connection or listens: a stream socket.
class TcpUser {
 public:
  // What happened since the last call, as bits of tcp::Event. May call the connection, but not
  // release it.
  virtual void on_tcp_events(u32 events) = 0;
  // An ICMP error about what is in flight, of any kind but a packet's size. The connection knows;
  // the same holds.
  virtual void on_tcp_error(const IcmpError&) {}

 protected:
  ~TcpUser() = default;
};

// A connection in its host: what the table holds, with its timer and its way out.
class TcpFlow {
 public:
  TcpFlow(TcpLayer& layer, std::unique_ptr<tcp::Connection> connection)
      : layer_(layer), connection_(std::move(connection)) {}

  const Endpoint& local() const { return connection_->local(); }
  const Endpoint& remote() const { return connection_->remote(); }
  tcp::Connection& connection() { return *connection_; }
  const tcp::Connection& connection() const { return *connection_; }
  // Index of the interface that what it sends leaves by; 0: any.
  u32 bound() const { return bound_; }

 private:
  friend class TcpLayer;
  template <typename>
  friend class FlowTable;
  void on_timer();
  using Timer = MemberEvent<TcpFlow, &TcpFlow::on_timer>;
  TcpListener* listener() const;  // until it is accepted

  TcpLayer& layer_;
  std::unique_ptr<tcp::Connection> connection_;
  TcpFlow* next_in_table = nullptr;
  TcpUser* user_ = nullptr;
  // While segments come and go, or a deadline is ahead.
  std::unique_ptr<Timer> timer_;
  RouteCache* route_ = nullptr;
  u16 bound_ = 0;
  bool pumping_ = false;
  bool in_table_ = false;
  bool active_ = false;  // since its timer rang
  u8 ttl_ = 0;
  u8 traffic_class_ = 0;
};

static_assert(sizeof(TcpFlow) <= 56);

// A listening port: its claim and its machine.
class TcpListener : private tcp::Listener {
 public:
  TcpListener(tcp::Environment& environment, u32 backlog, TcpUser& user)
      : Listener(environment, backlog), user_(user) {}

  using Listener::acceptable;
  tcp::Listener& machine() { return *this; }
  // As TcpLayer::set_ip_options, of what goes out before a connection is accepted.
  void set_ip_options(u8 ttl, u8 traffic_class) {
    ttl_ = ttl;
    traffic_class_ = traffic_class;
  }

 private:
  friend class TcpLayer;
  friend class TcpFlow;
  TcpUser& user_;
  PortBinding* binding_ = nullptr;
  u8 ttl_ = 0;
  u8 traffic_class_ = 0;
};

inline TcpListener* TcpFlow::listener() const {
  return static_cast<TcpListener*>(connection_->listener());
}

class TcpLayer {
 public:
  TcpLayer(IpLayer& ip, RandomStream& random, SipKey secret, const tcp::Secrets& secrets,
           const tcp::Options& options);
  TcpLayer(const TcpLayer&) = delete;
  TcpLayer& operator=(const TcpLayer&) = delete;
  ~TcpLayer();

  // --- Ports ---
  // As PortSpace::bind.
  Result<void> bind(PortBinding& binding) { return ports_.bind(binding, random_); }
  void unbind(PortBinding& binding) { ports_.unbind(binding); }
  PortSpace& ports() { return ports_; }

  // --- Opening ---
  // A flow from `local` (unspecified address or port 0: chosen) to `remote`; its SYN is sent by
  // open(). Errors: those of IpLayer::route; network_unreachable (two families); address_in_use
  // (the pair exists); address_not_available (no port left).
  Result<TcpFlow*> create(Endpoint local, const Endpoint& remote, TcpUser& user, Interface* bound);
  void open(TcpFlow& flow);
  // Makes `binding`, already bound, listen.
  std::unique_ptr<TcpListener> listen(PortBinding& binding, u32 backlog, TcpUser& user);
  // The next connection for `user`; nullptr when none waits.
  TcpFlow* accept(TcpListener& listener, TcpUser& user);
  // Connections that nobody accepted are reset.
  void close(TcpListener& listener);

  // --- Using ---
  // Sends what the connection wants sent, re-arms its timer and tells its user: call it after every
  // call on a connection that may have changed it.
  void pump(TcpFlow& flow);
  // The user lets go: the flow lives on by itself until its connection is closed. It must have been
  // closed or aborted.
  void release(TcpFlow& flow);
  // Hop limit (0: the default) and traffic class of what the flow sends.
  void set_ip_options(TcpFlow& flow, u8 ttl, u8 traffic_class);
  // What the flow sends leaves by `interface`; nullptr: by any.
  void bind_to(TcpFlow& flow, Interface* interface);

  // --- From below ---
  void input(const IpInfo& info, Packet&& segment);
  [[gnu::cold]] void on_error(const IcmpError& error);
  // As TransportDemux::plausible: a flow has the segment in flight (RFC 5927 section 4.1).
  bool plausible(const IcmpError& error) const;

  // --- Looking ---
  const tcp::Counters& counters() const { return environment_.counters; }
  tcp::Environment& environment() { return environment_; }
  std::size_t flow_count() const { return flows_.size(); }
  std::size_t time_wait_count() const { return time_waits_.size(); }
  // Every connection, by local then remote endpoint: what netstat lists.
  std::vector<const tcp::Connection*> connections() const;
  // Super-segments and deferred checksums are handed down where what is below takes them; off: wire
  // segments only, each summed here.
  void set_offload(bool on) { offload_ = on; }

 private:
  friend class TcpFlow;
  // A segment on its way up, parsed.
  struct Arriving {
    const IpInfo& info;
    Endpoint local;
    Endpoint remote;
    wire::TcpHeader header;
    u32 header_size;  // as it came, options that are not known included
  };
  // Flows between the same two addresses share what is known of the way.
  struct RouteKey {
    IpAddress local;
    IpAddress remote;
    u16 bound;
    auto operator<=>(const RouteKey&) const = default;
  };
  struct SharedRoute {
    RouteCache cache;
    u32 users = 0;
  };
  static RouteKey route_key(const TcpFlow& flow) {
    return {flow.local().address, flow.remote().address, flow.bound_};
  }
  void input_flow(TcpFlow& flow, const Arriving& arriving, Packet&& payload);
  // A SYN for a connection in TIME-WAIT whose user holds it still (RFC 6191). False: nothing new.
  bool input_reuse(TcpFlow& flow, const Arriving& arriving, Packet& payload);
  void input_time_wait(TimeWaitTable::Index index, const Arriving& arriving, Packet payload);
  // False when nobody listens there; `payload` is then still the caller's.
  bool input_listener(const Arriving& arriving, Packet& payload, const tcp::TimeWait* predecessor);
  [[gnu::cold]] void refuse(const Arriving& arriving, Packet payload);
  [[gnu::cold]] void drop(const Arriving& arriving, Packet payload, Drop reason);

  // Whose segment `error` quotes; nullptr: no flow's.
  TcpFlow* sender(const IcmpError& error) const;
  TcpFlow& adopt(std::unique_ptr<tcp::Connection> connection);
  void transmit(TcpFlow& flow);
  [[gnu::cold]] void on_refusal(TcpFlow& flow, Errno error);
  void send_loose(Packet segment, const Arriving& in_answer_to, u8 ttl = 0, u8 traffic_class = 0);
  // False: nothing had happened.
  bool handle_events(TcpFlow& flow);
  void arm(TcpFlow& flow);
  // What a quiet flow can do without goes, until it is needed again.
  void rest(TcpFlow& flow);
  void take_route(TcpFlow& flow);
  void give_route_back(TcpFlow& flow);
  Interface* bound(const TcpFlow& flow) const;
  void leave_table(TcpFlow& flow);
  // Lets go of a flow that is done and has no user.
  void settle(TcpFlow& flow);
  void retire_to_time_wait(TcpFlow& flow);
  void destroy(TcpFlow& flow);
  void on_time_wait_expiry();
  void arm_time_wait();
  bool taken(const Endpoint& local, const Endpoint& remote);

  IpLayer& ip_;
  RandomStream& random_;
  tcp::Environment environment_;
  PortSpace ports_;
  FlowTable<TcpFlow> flows_;
  std::map<RouteKey, SharedRoute> routes_;
  TimeWaitTable time_waits_;
  MemberEvent<TcpLayer, &TcpLayer::on_time_wait_expiry> time_wait_timer_{*this};
  bool offload_ = true;
};

}  // namespace catenet
