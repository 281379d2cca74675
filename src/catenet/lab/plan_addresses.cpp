// Hardware addresses, and addresses and prefixes where none are given. docs/lab-file.md,
// "Addresses", is this file in words.
#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <set>
#include <unordered_map>

#include "catenet/base/hash.hpp"
#include "catenet/lab/draft.hpp"
#include "catenet/lab/interface_finder.hpp"
#include "catenet/lab/subnet_pool.hpp"
#include "catenet/service/http_fields.hpp"

namespace catenet::lab {

namespace {

// A locally administered address that hangs on the names alone.
MacAddress derived_mac(std::string_view node, std::string_view interface, u32 attempt) {
  const u64 mixed = mix64(hash_name(node) ^ mix64(hash_name(interface) + attempt));
  return MacAddress::from_u64(u64{0x02} << 40 | (mixed & 0xff'ffff'ffffull));
}

std::string name_of(const Draft& draft, PlanEnd end) { return draft.plan.port_name(end); }

}  // namespace

void plan_macs(Draft& draft) {
  std::unordered_map<MacAddress, PlanEnd> taken;
  const auto all_ends = [&](auto&& visit) {
    for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
      for (u32 i = 0; i < draft.plan.nodes[n].interfaces.size(); ++i) visit(PlanEnd{n, i});
    }
  };
  all_ends([&](PlanEnd end) {
    const auto& given = draft.said(end).mac;
    if (!given) return;
    draft.interface(end).mac = given->value;
    const auto [first, fresh] = taken.emplace(given->value, end);
    if (fresh) return;
    draft.report.error(given->at,
                       fmt::format("{} is the MAC address of {} already", given->value.to_string(),
                                   name_of(draft, first->second)),
                       "give another, or none: it is then made of the names");
  });
  all_ends([&](PlanEnd end) {
    if (draft.said(end).mac) return;
    PlanInterface& interface = draft.interface(end);
    for (u32 attempt = 0;; ++attempt) {
      interface.mac = derived_mac(draft.plan.nodes[end.node].name, interface.name, attempt);
      if (taken.emplace(interface.mac, end).second) return;
    }
  });
}

namespace {

struct Given {
  PlanEnd end;
  Located<AddressSetting> address;
};

// Whether nothing of it lies in a block without unicast addresses (RFC 6890).
bool is_unicast(const Prefix& prefix) {
  static constexpr std::string_view others[] = {"0.0.0.0/8", "127.0.0.0/8",   "224.0.0.0/3",
                                                "::/127",    "::ffff:0:0/96", "ff00::/8"};
  return std::none_of(std::begin(others), std::end(others), [&](std::string_view text) {
    const Prefix other = *Prefix::parse(text);
    return other.contains(prefix) || prefix.contains(other);
  });
}

class Addresser {
 public:
  explicit Addresser(Draft& draft)
      : draft_(draft), plan_(draft.plan), given_(draft.plan.segments.size()) {}

  void run() {
    for (SegmentIndex s = 0; s < plan_.segments.size(); ++s) given_subnets(s);
    for (NodeIndex n = 0; n < plan_.nodes.size(); ++n) gather(n);
    for (SegmentIndex s = 0; s < plan_.segments.size(); ++s) inferred_subnets(s);
    check_overlaps();
    if (draft_.report.failed()) return;
    for (SegmentIndex s = 0; s < plan_.segments.size(); ++s) filled_subnets(s);
    for (SegmentIndex s = 0; s < plan_.segments.size(); ++s) given_addresses(s);
    if (draft_.report.failed()) return;
    for (SegmentIndex s = 0; s < plan_.segments.size(); ++s) filled_addresses(s);
    for (NodeIndex n = 0; n < plan_.nodes.size(); ++n) {
      sort_addresses(plan_.nodes[n]);
      check_advertised(plan_.nodes[n]);
      if (plan_.nodes[n].kind == NodeKind::namespace_) check_namespace(n);
    }
  }

 private:
  void add_prefix(SegmentIndex s, const Prefix& prefix, Mark at) {
    std::vector<Prefix>& prefixes = plan_.segments[s].prefixes;
    if (std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end()) return;
    prefixes.push_back(prefix);
    claims_.push_back({prefix, s, at});
    pool_.exclude(prefix);
  }

  void given_subnets(SegmentIndex s) {
    for (LinkIndex link : plan_.segments[s].links) {
      for (const Located<Prefix>& subnet : draft_.model.links[link].subnets) {
        if (!usable(subnet.value, subnet.at)) continue;
        add_prefix(s, subnet.value, subnet.at);
      }
    }
  }

  // The addresses the file gives, interface by interface; then the node's shorthand, each where it
  // fits.
  void gather(NodeIndex n) {
    const PlanNode& node = plan_.nodes[n];
    for (u32 i = 0; i < node.interfaces.size(); ++i) {
      for (const auto& address : draft_.said({n, i}).addresses) {
        given_[node.interfaces[i].segment].push_back({{n, i}, address});
      }
    }
    if (node.device && !node.interfaces.empty()) {
      for (const auto& address : node.device->addresses)
        given_[node.interfaces[0].segment].push_back({{n, 0}, address});
    }
    if (!node.has_stack() || draft_.settings[n].addresses.empty()) return;
    const InterfaceFinder finder = subnets_of(node);
    for (const auto& address : draft_.settings[n].addresses) {
      const std::optional<u32> i =
          node.interfaces.size() == 1 ? std::optional(0u) : finder.find(address.value.address);
      if (i) {
        given_[node.interfaces[*i].segment].push_back({{n, *i}, address});
      } else {
        draft_.report.error(
            address.at,
            fmt::format("which interface of '{}' gets {}?", node.name,
                        address.value.address.to_string()),
            node.interfaces.empty() ? "it has none" : "say it in the node's 'interfaces'");
      }
    }
  }

  InterfaceFinder subnets_of(const PlanNode& node) const {
    InterfaceFinder finder;
    for (u32 i = 0; i < node.interfaces.size(); ++i) {
      for (const Prefix& prefix : plan_.segments[node.interfaces[i].segment].prefixes)
        finder.add(prefix, i);
    }
    return finder;
  }

  bool has_family(SegmentIndex s, Family family) const {
    const std::vector<Prefix>& prefixes = plan_.segments[s].prefixes;
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const Prefix& p) { return p.family() == family; });
  }

  bool usable(const Prefix& prefix, Mark at) {
    if (is_unicast(prefix) && prefix.host_count() >= 2) return true;
    draft_.report.error(at, fmt::format("{} is no subnet for a link", prefix.to_string()),
                        "give a unicast prefix with room for two, such as 10.0.1.0/24");
    return false;
  }

  // Without a `subnet`, the lengths of given addresses make one.
  void inferred_subnets(SegmentIndex s) {
    for (const Given& given : given_[s]) {
      const AddressSetting& address = given.address.value;
      if (!address.length || covered(s, address.address)) continue;
      if (has_subnet(s, address.address.family()))
        continue;  // given_addresses tells that it lies outside
      const Prefix prefix(address.address, *address.length);
      if (usable(prefix, given.address.at)) add_prefix(s, prefix, given.address.at);
    }
  }

  // Whether a link of the segment says what its subnet of that family is.
  bool has_subnet(SegmentIndex s, Family family) const {
    for (LinkIndex link : plan_.segments[s].links) {
      for (const Located<Prefix>& subnet : draft_.model.links[link].subnets) {
        if (subnet.value.family() == family) return true;
      }
    }
    return false;
  }

  bool covered(SegmentIndex s, const IpAddress& address) const {
    return prefix_of(s, address) != nullptr;
  }

  const Prefix* prefix_of(SegmentIndex s, const IpAddress& address) const {
    for (const Prefix& prefix : plan_.segments[s].prefixes) {
      if (prefix.contains(address)) return &prefix;
    }
    return nullptr;
  }

  void check_overlaps() {
    std::stable_sort(claims_.begin(), claims_.end(),
                     [](const Claim& a, const Claim& b) { return a.prefix < b.prefix; });
    const Claim* widest = nullptr;  // sorted so, what lies inside another comes behind it
    for (const Claim& claim : claims_) {
      if (!widest || !widest->prefix.contains(claim.prefix)) {
        widest = &claim;
        continue;
      }
      const Claim& later = claim.at > widest->at ? claim : *widest;
      const Claim& earlier = &later == &claim ? *widest : claim;
      const std::string where = draft_.report.place(earlier.at, later.at);
      draft_.report.error(
          later.at,
          fmt::format("{} overlaps {}", later.prefix.to_string(), earlier.prefix.to_string()),
          later.segment == earlier.segment
              ? fmt::format("the prefix of the same segment on {}", where)
              : fmt::format("the prefix of another segment on {}", where));
    }
  }

  bool wants(Family family) const {
    return family == Family::ipv4 ? draft_.model.ipv4.value_or(true)
                                  : draft_.model.ipv6.value_or(true);
  }

  void filled_subnets(SegmentIndex s) {
    PlanSegment& segment = plan_.segments[s];
    for (Family family : {Family::ipv4, Family::ipv6}) {
      if (segment.stations.empty() || has_family(s, family) || !wants(family)) continue;
      if (const std::optional<Prefix> prefix =
              pool_.take(segment.number, segment.stations.size(), family)) {
        segment.prefixes.push_back(*prefix);
      } else {
        draft_.report.error(draft_.plan.links[segment.links[0]].at,
                            "no prefix is left for this segment", "give it a subnet");
      }
    }
    std::stable_sort(segment.prefixes.begin(), segment.prefixes.end(),
                     [](const Prefix& a, const Prefix& b) { return a.family() < b.family(); });
  }

  void given_addresses(SegmentIndex s) {
    for (const Given& given : given_[s]) {
      const AddressSetting& said = given.address.value;
      const Mark at = given.address.at;
      const Prefix* prefix = prefix_of(s, said.address);
      if (!prefix) {
        report_outside(s, given);
      } else if (said.length && *said.length != prefix->length()) {
        draft_.report.error(at,
                            fmt::format("{}/{} on a segment of {}", said.address.to_string(),
                                        *said.length, prefix->to_string()),
                            fmt::format("say {}/{}", said.address.to_string(), prefix->length()));
      } else if (is_reserved(*prefix, said.address)) {
        draft_.report.error(at,
                            fmt::format("{} is the {} address of {}", said.address.to_string(),
                                        said.address == prefix->network() ? "network" : "broadcast",
                                        prefix->to_string()),
                            "no interface can have it");
      } else {
        assign(given.end, said.address, *prefix, at);
      }
    }
  }

  static bool is_reserved(const Prefix& prefix, const IpAddress& address) {
    return prefix.broadcast() &&
           (address == prefix.network() || address == IpAddress(*prefix.broadcast()));
  }

  void report_outside(SegmentIndex s, const Given& given) {
    std::vector<std::string> names;
    for (const Prefix& prefix : plan_.segments[s].prefixes) {
      if (prefix.family() == given.address.value.address.family())
        names.push_back(prefix.to_string());
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string text = given.address.value.address.to_string();
    draft_.report.error(given.address.at, fmt::format("{} is outside its segment's prefix", text),
                        names.empty() ? fmt::format("say a prefix length, such as {}/{}", text,
                                                    given.address.value.address.is_v4() ? 24 : 64)
                                      : fmt::format("the prefix is {}", list_words(views, "and")),
                        static_cast<u32>(text.size()));
  }

  void assign(PlanEnd end, const IpAddress& address, const Prefix& prefix, Mark at) {
    const auto [first, fresh] = owners_.emplace(address, end);
    if (!fresh) {
      draft_.report.error(
          at, fmt::format("{} is taken by {}", address.to_string(), name_of(draft_, first->second)),
          "addresses are unique in a lab");
      return;
    }
    draft_.interface(end).addresses.push_back({address, static_cast<u8>(prefix.length())});
  }

  void filled_addresses(SegmentIndex s) {
    PlanSegment& segment = plan_.segments[s];
    for (Family family : {Family::ipv4, Family::ipv6}) {
      const auto prefix = std::find_if(segment.prefixes.begin(), segment.prefixes.end(),
                                       [&](const Prefix& p) { return p.family() == family; });
      if (prefix == segment.prefixes.end() || !wants(family)) continue;
      HostNumbers numbers(*prefix);
      for (PlanEnd end : segment.stations) {
        if (wants_filling(end, family)) fill(end, *prefix, numbers);
      }
    }
  }

  static void sort_addresses(PlanNode& node) {
    for (PlanInterface& interface : node.interfaces) {
      std::ranges::stable_sort(interface.addresses, {},
                               [](const InterfacePrefix& own) { return own.address.family(); });
    }
  }

  bool wants_filling(PlanEnd end, Family family) const {
    if (draft_.said(end).no_address) return false;
    if (family == Family::ipv6 && plan_.nodes[end.node].slaac) return false;
    const std::vector<InterfacePrefix>& addresses = draft_.interface(end).addresses;
    return std::none_of(addresses.begin(), addresses.end(),
                        [&](const InterfacePrefix& a) { return a.address.family() == family; });
  }

  void fill(PlanEnd end, const Prefix& prefix, HostNumbers& numbers) {
    const bool router = plan_.nodes[end.node].forwarding;
    while (const std::optional<u64> number = numbers.next(router)) {
      const IpAddress address = *prefix.at(*number);
      if (owners_.contains(address)) continue;  // given by the file
      assign(end, address, prefix, {});
      return;
    }
    draft_.report.error(
        draft_.interfaces[end.node][end.interface].at,
        fmt::format("no address is left in {} for {}", prefix.to_string(), name_of(draft_, end)),
        "give the segment a wider subnet");
  }

  // A router that names no prefixes advertises those of each interface.
  void check_advertised(const PlanNode& node) {
    if (!node.advertise || !node.advertise->prefixes.empty()) return;
    for (const PlanInterface& interface : node.interfaces) {
      std::set<Prefix> prefixes;
      for (const InterfacePrefix& own : interface.addresses) {
        if (own.address.is_v6() && !own.address.is_link_local()) prefixes.insert(own.prefix());
      }
      if (prefixes.size() <= most_advertised) continue;
      draft_.report.error(
          node.at,
          fmt::format("'{}' has {} prefixes to advertise on {}", node.name, prefixes.size(),
                      interface.name),
          fmt::format("at most {} fit; name some in advertise: {{prefixes}}", most_advertised));
    }
  }

  // What the kernel would refuse.
  void check_namespace(NodeIndex n) {
    constexpr u32 longest_mtu = 65'521;  // with its header a TAP's frame has 65535 bytes
    for (u32 i = 0; i < plan_.nodes[n].interfaces.size(); ++i) {
      const PlanInterface& interface = plan_.nodes[n].interfaces[i];
      const auto is_v6 = [](const InterfacePrefix& own) { return own.address.is_v6(); };
      const bool has_v6 =
          std::any_of(interface.addresses.begin(), interface.addresses.end(), is_v6);
      const auto& said = draft_.said({n, i}).mtu;
      const Mark at = said ? said->at : plan_.nodes[n].at;
      if (interface.mtu > longest_mtu) {
        draft_.report.error(at,
                            fmt::format("mtu {} is more than a namespace can have", interface.mtu),
                            fmt::format("at most {}", longest_mtu));
      } else if (interface.mtu < 1'280 && has_v6) {
        draft_.report.error(at, fmt::format("mtu {} is below what IPv6 needs", interface.mtu),
                            "make it 1280 (RFC 8200, 5), or say families: [ipv4]");
      }
    }
  }

  struct Claim {
    Prefix prefix;
    SegmentIndex segment;
    Mark at;
  };
  Draft& draft_;
  Plan& plan_;
  std::vector<std::vector<Given>> given_;  // by segment
  std::vector<Claim> claims_;
  SubnetPool pool_;
  std::unordered_map<IpAddress, PlanEnd> owners_;
};

}  // namespace

void plan_addresses(Draft& draft) { Addresser(draft).run(); }

namespace {

// The addresses that our stack forms of what the segment's routers advertise (RFC 4862, 5.5.3).
void add_formed(const Plan& plan, const PlanInterface& interface,
                std::vector<IpAddress>& addresses) {
  const auto add = [&](const Prefix& prefix) {
    if (prefix.family() != Family::ipv6 || prefix.length() != 64) return;
    const IpAddress formed = Ipv6Address::eui64(prefix.network().v6(), interface.mac);
    if (std::ranges::find(addresses, formed) == addresses.end()) addresses.push_back(formed);
  };
  for (const PlanEnd station : plan.segments[interface.segment].stations) {
    const PlanNode& router = plan.nodes[station.node];
    if (!router.advertise) continue;
    for (const Located<Prefix>& prefix : router.advertise->prefixes) add(prefix.value);
    if (!router.advertise->prefixes.empty()) continue;
    for (const InterfacePrefix& own : router.interfaces[station.interface].addresses) {
      if (!own.address.is_link_local()) add(own.prefix());
    }
  }
}

// A name of its own that is a node's, too, comes before that.
void warn_of_other_addresses(Draft& draft, NodeIndex n) {
  for (const auto& [name, addresses] : draft.settings[n].hosts) {
    const auto node = draft.node_by_folded_name.find(http::lower_case(name.value));
    if (node == draft.node_by_folded_name.end()) continue;
    const PlanNode& named = draft.plan.nodes[node->second];
    for (const IpAddress& address : addresses) {
      const bool its_own = std::ranges::any_of(named.interfaces, [&](const PlanInterface& i) {
        return std::ranges::find(i.addresses, address, &InterfacePrefix::address) !=
               i.addresses.end();
      });
      if (its_own) continue;
      draft.report.warn(name.at,
                        fmt::format("hosts: '{}' is a node's name, and {} is no address of it",
                                    name.value, address.to_string()),
                        "the node is then not reached by its name",
                        static_cast<u32>(name.value.size()));
    }
  }
}

}  // namespace

void plan_names(Draft& draft) {
  for (const PlanNode& node : draft.plan.nodes) {
    HostsEntry entry{node.name, {}};
    for (const PlanInterface& interface : node.interfaces) {
      for (const InterfacePrefix& address : interface.addresses)
        entry.addresses.push_back(address.address);
      if (node.slaac && node.is_lab_host()) add_formed(draft.plan, interface, entry.addresses);
    }
    if (!entry.addresses.empty()) draft.plan.hosts.push_back(std::move(entry));
  }
  for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
    if (draft.plan.nodes[n].has_stack()) warn_of_other_addresses(draft, n);
  }
}

}  // namespace catenet::lab
