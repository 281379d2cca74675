#include "catenet/lab/network.hpp"

#include <algorithm>

#include "catenet/lab/sets.hpp"

namespace catenet::lab {
namespace {

IpOptions ip_options(const PlanNode& plan) {
  const IpSettings& said = plan.options.ip;
  IpOptions options;
  options.forwarding = plan.forwarding;
  options.cold_boot = plan.cold_boot;
  options.default_ttl = said.ttl.value_or(options.default_ttl);
  options.strong_host = said.strong_host.value_or(options.strong_host);
  options.path_mtu_discovery = said.path_mtu_discovery.value_or(options.path_mtu_discovery);
  options.broadcast_echo_reply = said.broadcast_echo.value_or(options.broadcast_echo_reply);
  options.address_mask_reply = said.address_mask.value_or(options.address_mask_reply);
  options.router_discovery = said.router_discovery.value_or(options.router_discovery);
  return options;
}

void set_interface_options(InterfaceOptions& options, const PlanNode& plan) {
  const IpSettings& said = plan.options.ip;
  options.accept_router_advertisements = plan.slaac;
  options.autoconfigure = plan.slaac;
  options.accept_redirects = said.redirects.value_or(options.accept_redirects);
  options.send_redirects = said.redirects.value_or(options.send_redirects);
  options.proxy_arp = said.proxy_arp.value_or(options.proxy_arp);
  options.forward_directed_broadcast =
      said.directed_broadcast.value_or(options.forward_directed_broadcast);
}

// What a plan's settings make of the defaults.
tcp::MtuProbing kind_of(MtuProbing probing) {
  switch (probing) {
    case MtuProbing::off: return tcp::MtuProbing::off;
    case MtuProbing::black_hole: return tcp::MtuProbing::black_hole;
    case MtuProbing::on: return tcp::MtuProbing::on;
  }
  std::unreachable();
}

CongestionKind kind_of(CongestionControl control) {
  switch (control) {
    case CongestionControl::newreno: return CongestionKind::newreno;
    case CongestionControl::cubic: return CongestionKind::cubic;
    case CongestionControl::bbr: return CongestionKind::bbr;
    case CongestionControl::dctcp: return CongestionKind::dctcp;
  }
  std::unreachable();
}

HostOptions host_options(const PlanNode& plan) {
  HostOptions options;
  options.ip = ip_options(plan);
  options.ports = plan.options.ip.ports.value_or(options.ports);
  const TcpSettings& tcp = plan.options.tcp;
  if (tcp.congestion) options.tcp.congestion = kind_of(*tcp.congestion);
  if (tcp.pacing) options.tcp.pacing = *tcp.pacing;
  if (tcp.window_validation) options.tcp.window_validation = *tcp.window_validation;
  options.tcp.unreachable_ends_opening = tcp.unreachable_ends_opening.value_or(plan.real_programs);
  if (tcp.mtu_probing) options.tcp.mtu_probing = kind_of(*tcp.mtu_probing);
  if (tcp.loss_detection) {
    options.tcp.loss_detection = *tcp.loss_detection == LossDetection::sack
                                     ? tcp::LossDetection::sack
                                     : tcp::LossDetection::rack;
  }
  if (tcp.ecn) {
    options.tcp.ecn = *tcp.ecn == Ecn::on    ? tcp::Ecn::on
                      : *tcp.ecn == Ecn::off ? tcp::Ecn::off
                                             : tcp::Ecn::passive;
  }
  if (tcp.fast_open) {
    switch (*tcp.fast_open) {
      case FastOpen::off: options.tcp.fast_open = tcp::FastOpen::off; break;
      case FastOpen::client: options.tcp.fast_open = tcp::FastOpen::client; break;
      case FastOpen::server: options.tcp.fast_open = tcp::FastOpen::server; break;
      case FastOpen::both: options.tcp.fast_open = tcp::FastOpen::both; break;
    }
  }
  if (tcp.sack) options.tcp.sack = *tcp.sack;
  if (tcp.timestamps) options.tcp.timestamps = *tcp.timestamps;
  if (tcp.window_scaling) options.tcp.window_scaling = *tcp.window_scaling;
  if (tcp.send_buffer) options.tcp.send_buffer = *tcp.send_buffer;
  if (tcp.receive_buffer) {
    options.tcp.receive_buffer = options.tcp.receive_buffer_most = *tcp.receive_buffer;
  }
  if (tcp.delayed_ack) options.tcp.delayed_ack = *tcp.delayed_ack;
  if (tcp.min_rto) options.tcp.rto.min = *tcp.min_rto;
  return options;
}

// What a router says on one interface: the prefixes that were asked for, else its own.
RouterAdvertising advertising(const AdvertiseSettings& said, const PlanInterface& interface) {
  RouterAdvertising made;
  if (said.interval) {
    made.max_interval = *said.interval;
    made.min_interval = std::max(Duration::seconds(3), *said.interval / 3);
    made.default_lifetime = *said.interval * 3;
  }
  if (said.lifetime) made.default_lifetime = *said.lifetime;
  for (const Located<Prefix>& prefix : said.prefixes) made.prefixes.push_back({prefix.value});
  if (!said.prefixes.empty()) return made;
  for (const InterfacePrefix& own : interface.addresses) {
    if (own.address.is_v4() || own.address.is_link_local()) continue;
    const auto same = [&](const AdvertisedPrefix& p) { return p.prefix == own.prefix(); };
    if (std::ranges::none_of(made.prefixes, same)) made.prefixes.push_back({own.prefix()});
  }
  return made;
}

void add_names(HostNames& names, const std::vector<HostsEntry>& entries) {
  std::size_t count = 0;
  for (const HostsEntry& entry : entries) count += entry.addresses.size();
  std::vector<HostNames::Entry> made;
  made.reserve(count);
  for (const HostsEntry& entry : entries) {
    for (const IpAddress& address : entry.addresses) made.push_back({entry.name, address});
  }
  names.add(std::move(made));
}

}  // namespace

Network::Network(const Plan& plan, const NetworkOptions& options)
    : plan_(plan),
      shards_(std::max(options.shards, 1u), plan.starts_at()),
      nodes_(plan.nodes.size()) {
  for (u32 i = 0; i < shards_.size(); ++i) pools_.push_back(std::make_unique<ShardPools>());
  const Ranks ranks = rank_names();
  place_nodes(options);
  for (NodeIndex i = 0; i < nodes_.size(); ++i) build_node(i, ranks, options);
  for (LinkIndex i = 0; i < plan_.links.size(); ++i) build_link(i, ranks);
  number_ports();
  add_names(names_, plan_.hosts);
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].host) address_host(nodes_[i], plan_.nodes[i]);
  }
}

Network::~Network() {
  set_recorder(nullptr);
  links_.clear();
}

std::string Network::direction_name(PlanEnd from, PlanEnd to) const {
  return plan_.port_name(from) + ">" + plan_.port_name(to);
}

Network::Ranks Network::rank_names() const {
  Ranks ranks{std::vector<u32>(plan_.nodes.size()), std::vector<u32>(plan_.links.size()),
              std::vector<u32>(plan_.links.size())};
  std::vector<std::pair<std::string, u32*>> names;
  names.reserve(plan_.nodes.size() + 2 * plan_.links.size());
  for (NodeIndex i = 0; i < plan_.nodes.size(); ++i)
    names.emplace_back(plan_.nodes[i].name, &ranks.node[i]);
  for (LinkIndex i = 0; i < plan_.links.size(); ++i) {
    const PlanLink& link = plan_.links[i];
    names.emplace_back(direction_name(link.a, link.b), &ranks.forward[i]);
    names.emplace_back(direction_name(link.b, link.a), &ranks.back[i]);
  }
  std::ranges::sort(names, {}, &std::pair<std::string, u32*>::first);
  for (u32 rank = 0; rank < names.size(); ++rank) *names[rank].second = rank;
  return ranks;
}

void Network::place_nodes(const NetworkOptions& options) {
  if (shards_.size() == 1) return;
  // Nodes that no delay separates must lie in one shard.
  Sets groups(nodes_.size());
  for (const PlanLink& link : plan_.links) {
    const Duration least = std::min(link.forward.least_delay(), link.back.least_delay());
    if (least <= Duration::zero()) groups.join(link.a.node, link.b.node);
  }
  std::vector<u32> heads;
  for (u32 i = 0; i < nodes_.size(); ++i) {
    if (groups.find(i) == i) heads.push_back(i);
  }
  for (u32 i = 0; i < nodes_.size(); ++i) {
    const auto at = std::lower_bound(heads.begin(), heads.end(), groups.find(i)) - heads.begin();
    const auto place = static_cast<u64>(at);
    nodes_[i].shard = static_cast<u32>(options.interleave ? place % shards_.size()
                                                          : place * shards_.size() / heads.size());
  }
}

void Network::build_node(NodeIndex index, const Ranks& ranks, const NetworkOptions& options) {
  Node& node = nodes_[index];
  const PlanNode& plan = plan_.nodes[index];
  node.origin = std::make_unique<Origin>(plan.name, ranks.node[index], plan_.seed);
  Engine& engine = shards_.engine(node.shard);
  PacketPool& pool = pools_[node.shard]->packets;
  if (plan.kind == NodeKind::switch_) {
    node.bridge = std::make_unique<Switch>(engine, pool, *node.origin);
    if (plan.ageing) node.bridge->set_ageing(*plan.ageing);
    for (const PlanInterface& port : plan.interfaces) {
      node.bridge->add_port(port.name, port.mac, port.mtu);
    }
    return;
  }
  for (u32 i = 0; i < plan.interfaces.size(); ++i) {
    const PlanInterface& interface = plan.interfaces[i];
    node.nics.push_back(std::make_unique<Nic>(plan_.port_name({index, i}), interface.mac,
                                              interface.mtu, engine, pool, *node.origin));
  }
  if (plan.is_lab_host()) build_host(node, plan, options.offload);
}

void Network::build_host(Node& node, const PlanNode& plan, bool offload) {
  ShardPools& pools = *pools_[node.shard];
  node.host = std::make_unique<Host>(shards_.engine(node.shard), *node.origin, pools.packets,
                                     host_options(plan));
  node.host->tcp().set_offload(offload);
  node.system = std::make_unique<LabSystem>(*node.host, pools.frames);
  for (std::size_t i = 0; i < plan.interfaces.size(); ++i) {
    node.host->ip().add_interface(plan.interfaces[i].name, *node.nics[i]);
  }
}

void Network::build_link(LinkIndex index, const Ranks& ranks) {
  const PlanLink& plan = plan_.links[index];
  const auto origin = [&](PlanEnd from, PlanEnd to, u32 rank) -> Origin& {
    direction_origins_.push_back(
        std::make_unique<Origin>(direction_name(from, to), rank, plan_.seed));
    return *direction_origins_.back();
  };
  Origin& forward = origin(plan.a, plan.b, ranks.forward[index]);
  Origin& back = origin(plan.b, plan.a, ranks.back[index]);
  const bool crosses = nodes_[plan.a.node].shard != nodes_[plan.b.node].shard;
  const bool forward_is_sooner = plan.forward.least_delay() < plan.back.least_delay();
  auto link = std::make_unique<Link>(nic(plan.a), nic(plan.b), forward, back,
                                     forward_is_sooner ? plan.forward : plan.back,
                                     crosses ? &shards_ : nullptr);
  const auto a_set = link->set(Way::a_to_b, plan.forward);
  const auto b_set = link->set(Way::b_to_a, plan.back);
  CATENET_ASSERT(a_set && b_set);
  if (!plan.up) link->set_up(false);
  links_.push_back(std::move(link));
}

void Network::address_host(Node& node, const PlanNode& plan) {
  IpLayer& ip = node.host->ip();
  // The loopback interface stands before the plan's.
  const auto interface_at = [&](u32 i) { return ip.interfaces()[i + 1].get(); };
  for (u32 i = 0; i < plan.interfaces.size(); ++i) {
    Interface& interface = *interface_at(i);
    set_interface_options(interface.options(), plan);
    for (const InterfacePrefix& address : plan.interfaces[i].addresses) {
      const AddressUse use = plan.cold_boot ? AddressUse::probed : AddressUse::established;
      const auto added = ip.add_address(interface, address, use);
      CATENET_ASSERT(added.has_value());
    }
  }
  for (const PlanRoute& route : plan.routes) {
    Route entry;
    entry.prefix = route.to;
    entry.gateway = route.via;
    entry.kind = route.kind;
    if (route.kind == RouteKind::unicast) entry.interface = interface_at(route.interface)->index();
    entry.metric = route.metric;
    const auto added = ip.add_route(entry);
    CATENET_ASSERT(added.has_value() || added.error() == Errno::exists);
  }
  add_names(node.host->names(), plan.hosts);
  node.host->names().set_shared(&names_);
  ip.start();
  for (u32 i = 0; plan.options.ip.router_discovery.value_or(false) && i < plan.interfaces.size();
       ++i) {
    plan.forwarding ? ip.router_discovery().advertise(*interface_at(i), {})
                    : ip.router_discovery().solicit(*interface_at(i));
  }
  for (u32 i = 0; plan.advertise && i < plan.interfaces.size(); ++i) {
    const auto begun =
        ip.advertise(*interface_at(i), advertising(*plan.advertise, plan.interfaces[i]));
    CATENET_ASSERT(begun.has_value());
  }
}

Nic& Network::nic(PlanEnd end) {
  Node& node = nodes_[end.node];
  return node.bridge ? node.bridge->port(end.interface) : *node.nics[end.interface];
}

void Network::number_ports() {
  std::vector<std::pair<std::string, PlanEnd>> ports;
  for (NodeIndex n = 0; n < plan_.nodes.size(); ++n) {
    for (u32 i = 0; i < plan_.nodes[n].interfaces.size(); ++i)
      ports.emplace_back(plan_.port_name({n, i}), PlanEnd{n, i});
  }
  std::ranges::sort(ports, {}, &std::pair<std::string, PlanEnd>::first);
  for (const auto& [name, port] : ports) ports_.push_back(port);
}

void Network::set_recorder(Recorder* recorder) {
  for (PortId port = 0; port < ports_.size(); ++port)
    nic(ports_[port]).set_recorder(recorder, port);
}

Books Network::books() const {
  Books books;
  for (const auto& link : links_) {
    for (const Way way : {Way::a_to_b, Way::b_to_a}) {
      const DirectionCounters counters = link->direction(way).counters();
      books.offered += counters.offered;
      books.delivered += counters.delivered;
      books.in_flight += counters.in_flight;
      for (std::size_t reason = 0; reason < counters.dropped.size(); ++reason) {
        if (counters.dropped[reason] > 0) {
          books.dropped[static_cast<Drop>(reason)] += counters.dropped[reason];
        }
      }
    }
    books.balance = books.balance && link->books_balance();
  }
  return books;
}

std::vector<const Origin*> Network::origins_by_rank() const {
  std::vector<const Origin*> origins;
  for (const Node& node : nodes_) origins.push_back(node.origin.get());
  for (const auto& origin : direction_origins_) origins.push_back(origin.get());
  std::sort(origins.begin(), origins.end(),
            [](const Origin* a, const Origin* b) { return a->rank() < b->rank(); });
  return origins;
}

u64 Network::event_hash() const {
  RunningHash hash;
  for (const Origin* origin : origins_by_rank()) {
    hash.add(hash_name(origin->name()));
    hash.add(origin->history().value());
  }
  return hash.value();
}

std::vector<std::pair<std::string, u64>> Network::origin_hashes() const {
  std::vector<std::pair<std::string, u64>> hashes;
  for (const Origin* origin : origins_by_rank()) {
    hashes.emplace_back(origin->name(), origin->history().value());
  }
  return hashes;
}

}  // namespace catenet::lab
