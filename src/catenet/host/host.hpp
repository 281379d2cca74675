// Host: one host's stack, wired on one page; a router is a host that forwards.
//
//   Nic::input → IpLayer → Host::on_datagram ─┬→ RawLayer (a copy for each raw socket)
//                                             ├→ TcpLayer::input → Connection::on_segment
//                                             └→ UdpLayer::input → a socket's queue
//   socket calls → TcpLayer, UdpLayer → IpLayer::output → Nic::output
#pragma once

#include <memory>

#include "catenet/host/host_options.hpp"
#include "catenet/host/names.hpp"
#include "catenet/host/raw_layer.hpp"
#include "catenet/host/tcp_layer.hpp"
#include "catenet/host/udp_layer.hpp"
#include "catenet/ip/ip_layer.hpp"

namespace catenet {

class Host final : public TransportDemux {
 public:
  // `node` orders this host's events and draws its luck; its name is the host's. Engine, node and
  // pool outlive the host.
  Host(Engine& engine, Origin& node, PacketPool& pool, const HostOptions& options = {});
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const std::string& name() const { return node_.name(); }
  const HostOptions& options() const { return options_; }
  Engine& engine() { return ip_.engine(); }
  Instant now() const { return ip_.now(); }
  Origin& node() { return node_; }
  PacketPool& pool() { return ip_.pool(); }
  RandomStream& random() { return random_; }

  IpLayer& ip() { return ip_; }
  const IpLayer& ip() const { return ip_; }
  UdpLayer& udp() { return udp_; }
  TcpLayer& tcp() { return tcp_; }
  RawLayer& raw() { return raw_; }
  HostNames& names() { return names_; }

 private:
  void on_datagram(const IpInfo& info, Packet&& transport) override;
  void on_error(const IcmpError& error) override;
  bool plausible(const IcmpError& error) const override;

  Origin& node_;
  HostOptions options_;
  RandomStream random_;
  IpLayer ip_;
  RawLayer raw_;
  UdpLayer udp_;
  TcpLayer tcp_;
  HostNames names_;
};

}  // namespace catenet
