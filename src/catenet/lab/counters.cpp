#include "catenet/lab/counters.hpp"

#include <algorithm>

#include "catenet/trace/counters.hpp"

namespace catenet::lab {
namespace {

template <typename Counters>
struct Entry {
  std::string_view name;
  u64 Counters::* value;
};

constexpr Entry<NicCounters> port_entries[] = {
    {"sent_frames", &NicCounters::sent_frames},
    {"sent_bytes", &NicCounters::sent_bytes},
    {"received_frames", &NicCounters::received_frames},
    {"received_bytes", &NicCounters::received_bytes},
};
constexpr Entry<DirectionCounters> link_entries[] = {
    {"offered", &DirectionCounters::offered},
    {"offered_bytes", &DirectionCounters::offered_bytes},
    {"delivered", &DirectionCounters::delivered},
    {"delivered_bytes", &DirectionCounters::delivered_bytes},
    {"delivered_corrupted", &DirectionCounters::delivered_corrupted},
    {"duplicated", &DirectionCounters::duplicated},
    {"held_back", &DirectionCounters::held_back},
    {"marked", &DirectionCounters::marked},
    {"in_flight", &DirectionCounters::in_flight},
};
constexpr Entry<tcp::Counters> tcp_entries[] = {
    {"tcp.active_opens", &tcp::Counters::active_opens},
    {"tcp.passive_opens", &tcp::Counters::passive_opens},
    {"tcp.attempt_fails", &tcp::Counters::attempt_fails},
    {"tcp.estab_resets", &tcp::Counters::estab_resets},
    {"tcp.curr_estab", &tcp::Counters::curr_estab},
    {"tcp.in_segs", &tcp::Counters::in_segs},
    {"tcp.out_segs", &tcp::Counters::out_segs},
    {"tcp.retrans_segs", &tcp::Counters::retrans_segs},
    {"tcp.out_rsts", &tcp::Counters::out_rsts},
    {"tcp.challenge_acks", &tcp::Counters::challenge_acks},
    {"tcp.syn_cookies_sent", &tcp::Counters::syn_cookies_sent},
    {"tcp.listen_overflows", &tcp::Counters::listen_overflows},
    {"tcp.timeouts", &tcp::Counters::timeouts},
    {"tcp.fast_retransmits", &tcp::Counters::fast_retransmits},
    {"tcp.zero_window_probes", &tcp::Counters::zero_window_probes},
};
constexpr Entry<UdpCounters> udp_entries[] = {
    {"udp.in_datagrams", &UdpCounters::in_datagrams},
    {"udp.no_ports", &UdpCounters::no_ports},
    {"udp.in_errors", &UdpCounters::in_errors},
    {"udp.rcvbuf_errors", &UdpCounters::rcvbuf_errors},
    {"udp.out_datagrams", &UdpCounters::out_datagrams},
};
constexpr Entry<IpCounters> ip_entries[] = {
    {"ip.in_receives", &IpCounters::in_receives},
    {"ip.in_hdr_errors", &IpCounters::in_hdr_errors},
    {"ip.in_no_routes", &IpCounters::in_no_routes},
    {"ip.in_addr_errors", &IpCounters::in_addr_errors},
    {"ip.in_delivers", &IpCounters::in_delivers},
    {"ip.forw_datagrams", &IpCounters::forw_datagrams},
    {"ip.out_requests", &IpCounters::out_requests},
    {"ip.reasm_oks", &IpCounters::reasm_oks},
    {"ip.reasm_fails", &IpCounters::reasm_fails},
    {"ip.frag_oks", &IpCounters::frag_oks},
    {"ip.frag_fails", &IpCounters::frag_fails},
    {"ip.frag_creates", &IpCounters::frag_creates},
};

template <typename Counters, std::size_t N>
std::optional<u64> find(const Entry<Counters> (&entries)[N], const Counters& counters,
                        std::string_view name) {
  const auto* at = std::ranges::find(entries, name, &Entry<Counters>::name);
  if (at == std::end(entries)) return std::nullopt;
  return counters.*(at->value);
}

// "dropped" or "dropped.queue_full".
std::optional<u64> find_drop(const DropCounters& drops, std::string_view name) {
  constexpr std::string_view word = "dropped";
  if (name == word) return total_drops(losses_among(drops));
  if (!name.starts_with(word) || name.size() <= word.size() + 1) return std::nullopt;
  const Drop reason = drop_by_name(name.substr(word.size() + 1));
  if (reason == Drop::count) return std::nullopt;
  return drops[static_cast<std::size_t>(reason)];
}

std::optional<u64> sum(std::optional<u64> a, std::optional<u64> b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

std::optional<u64> port_counter(const Nic& nic, std::string_view name) {
  if (const auto value = find(port_entries, nic.counters(), name)) return value;
  return find_drop(nic.dropped(), name);
}

std::optional<u64> link_counter(const Link& link, std::string_view name) {
  const auto of = [&](Way way) -> std::optional<u64> {
    const DirectionCounters counters = link.direction(way).counters();
    if (const auto value = find(link_entries, counters, name)) return value;
    return find_drop(counters.dropped, name);
  };
  return sum(of(Way::a_to_b), of(Way::b_to_a));
}

std::optional<u64> host_counter(Host& host, std::string_view name) {
  if (const auto value = find(tcp_entries, host.tcp().counters(), name)) return value;
  if (const auto value = find(udp_entries, host.udp().counters(), name)) return value;
  const auto of = [&](Family family) { return find(ip_entries, host.ip().counters(family), name); };
  return sum(of(Family::ipv4), of(Family::ipv6));
}

template <typename Counters, std::size_t N>
void add_names(std::vector<std::string_view>& names, const Entry<Counters> (&entries)[N]) {
  for (const auto& entry : entries) names.push_back(entry.name);
}

}  // namespace

std::optional<u64> read_counter(Network& network, const PlanTarget& target, std::string_view name) {
  if (target.link != no_index) return link_counter(network.link(target.link), name);
  if (target.interface != no_index) {
    return port_counter(network.nic({target.node, target.interface}), name);
  }
  if (Host* host = network.host(target.node)) {
    if (const auto value = host_counter(*host, name)) return value;
  }
  std::optional<u64> total = 0;
  const auto ports = network.plan().nodes[target.node].interfaces.size();
  for (u32 i = 0; i < ports; ++i)
    total = sum(total, port_counter(network.nic({target.node, i}), name));
  return total;
}

std::vector<std::string_view> counter_names(const Plan& plan, const PlanTarget& target) {
  std::vector<std::string_view> names = {"dropped"};
  if (target.link != no_index) {
    add_names(names, link_entries);
    return names;
  }
  add_names(names, port_entries);
  if (target.interface == no_index && plan.nodes[target.node].is_lab_host()) {
    add_names(names, tcp_entries);
    add_names(names, udp_entries);
    add_names(names, ip_entries);
  }
  return names;
}

std::vector<std::pair<std::string_view, u64>> moved_counters(Network& network, NodeIndex node) {
  PlanTarget target;
  target.node = node;
  std::vector<std::pair<std::string_view, u64>> moved;
  for (const std::string_view name : counter_names(network.plan(), target)) {
    const u64 value = read_counter(network, target, name).value_or(0);
    if (value > 0) moved.emplace_back(name, value);
  }
  return moved;
}

}  // namespace catenet::lab
