#include <algorithm>
#include <fmt/core.h>
#include <map>

#include "catenet/lab/reader.hpp"
#include "catenet/service/http_fields.hpp"
#include "catenet/socket/memory_files.hpp"

namespace catenet::lab {

NodeKind node_kind(std::string_view word) {
  if (word == "router") return NodeKind::router;
  if (word == "switch") return NodeKind::switch_;
  if (word == "namespace") return NodeKind::namespace_;
  if (word == "outside") return NodeKind::outside;
  return NodeKind::host;
}

namespace {

// RFC 6890's blocks that are no unicast address of a station.
bool may_be_a_station(const IpAddress& address) {
  if (address.is_multicast() || address.is_unspecified() || address.is_loopback()) return false;
  if (address.is_v6()) return !address.v6().is_v4_mapped();
  const Ipv4Address v4 = address.v4();
  return !v4.is_limited_broadcast() && !v4.is_reserved_class_e() && !v4.is_this_network();
}

Located<AddressSetting> interface_address(const Tree& tree, ReadContext& context) {
  const InterfacePrefix given = InterfacePrefix::parse(tree.text).value_or(InterfacePrefix());
  const IpAddress& address = given.address;
  if (!may_be_a_station(address)) {
    context.report.error(
        tree.at, fmt::format("{} is no address that an interface can have", address.to_string()),
        "give a unicast address", tree.width());
  }
  AddressSetting setting{address, std::nullopt};
  if (tree.text.find('/') != std::string::npos) setting.length = given.length;
  return {setting, tree.at};
}

Located<MacAddress> station_address(const Tree& tree, ReadContext& context) {
  const MacAddress mac = MacAddress::parse(tree.text).value_or(MacAddress());
  if (mac.is_multicast() || mac.is_zero()) {
    context.report.error(tree.at, fmt::format("{} is no station's address", mac.to_string()),
                         "the first byte must be even, as in 02:00:00:00:00:01", tree.width());
  }
  return {mac, tree.at};
}

RouteKind route_kind(std::string_view word) {
  if (word == "unreachable") return RouteKind::unreachable;
  if (word == "prohibit") return RouteKind::prohibit;
  if (word == "blackhole") return RouteKind::blackhole;
  return RouteKind::unicast;
}

// A route that refuses leads nowhere.
void check_refusing(const Tree& tree, ReadContext& context) {
  for (const std::string_view key : {"via", "interface"}) {
    with(tree, key, [&](const Tree& t) {
      context.report.error(
          t.at, fmt::format("a route of type {} has no '{}'", tree.find("type")->text, key),
          "leave one of them out: nothing is sent on", t.width());
    });
  }
}

RouteSetting read_route(const Tree& tree, Family family, ReadContext& context) {
  RouteSetting route;
  route.at = tree.at;
  const Tree& to = *tree.find("to");
  route.to = to.text == "default" ? Located<Prefix>{Prefix::any(family), to.at} : prefix_of(to);
  with(tree, "via", [&](const Tree& t) { route.via = address_of(t); });
  with(tree, "interface", [&](const Tree& t) { route.interface = text_of(t); });
  with(tree, "metric", [&](const Tree& t) { route.metric = count32_of(t); });
  with(tree, "type", [&](const Tree& t) { route.kind = route_kind(t.text); });
  if (route.kind != RouteKind::unicast) {
    check_refusing(tree, context);
  } else if (!route.via && !route.interface) {
    context.report.error(tree.at, "a route has neither 'via' nor 'interface'",
                         "say via: the next hop, or type: blackhole");
  }
  if (route.via && route.via->value.family() != route.to.value.family()) {
    context.report.error(route.via->at, "a next hop of the other family",
                         fmt::format("{} wants an {} address", route.to.value.to_string(),
                                     family_name(route.to.value.family())));
  }
  return route;
}

void read_routes(const Tree& tree, NodeSettings& settings, ReadContext& context) {
  for (const Tree& item : tree.items) {
    // `default` is of the family of its next hop; without one it means both.
    const Tree* via = item.find("via");
    const Family family = via ? address_of(*via).value.family() : Family::ipv4;
    settings.routes.push_back(read_route(item, family, context));
    if (!via && (item.find("interface") || item.find("type")) &&
        item.find("to")->text == "default") {
      settings.routes.push_back(read_route(item, Family::ipv6, context));
    }
  }
}

void read_gateways(const Tree& tree, NodeSettings& settings, ReadContext& context) {
  each(tree, [&](const Tree& item) {
    const Located<IpAddress> gateway = address_of(item);
    for (const Located<IpAddress>& other : settings.gateways) {
      if (other.value.family() != gateway.value.family()) continue;
      context.report.error(gateway.at,
                           fmt::format("a second {} gateway", family_name(gateway.value.family())),
                           "one a family; give others as routes with a metric", item.width());
    }
    settings.gateways.push_back(gateway);
  });
}

void read_advertised(const Tree& tree, std::vector<Located<Prefix>>& prefixes,
                     ReadContext& context) {
  const Located<Prefix> prefix = prefix_of(tree);
  const auto wrong = [&](const std::string& message,
                         const std::string& hint = "such as fd00:0:0:1::/64") {
    context.report.error(tree.at, message, hint, tree.width());
  };
  const IpAddress& network = prefix.value.network();
  const bool unicast = !network.is_multicast() && !network.is_unspecified() &&
                       !network.is_loopback() && !network.unmapped().is_v4();
  if (prefix.value.family() != Family::ipv6) {
    wrong("routers advertise IPv6 prefixes");
  } else if (network.is_link_local()) {
    wrong(fmt::format("{} is link-local", tree.text), "hosts ignore it (RFC 4862, 5.5.3)");
  } else if (!unicast) {
    wrong(fmt::format("{} is no prefix that hosts can have addresses of", tree.text));
  }
  const auto same = [&](const Located<Prefix>& other) { return other.value == prefix.value; };
  if (std::any_of(prefixes.begin(), prefixes.end(), same))
    wrong(fmt::format("{} is advertised twice", prefix.value.to_string()), "once is enough");
  prefixes.push_back(prefix);
}

AdvertiseSettings read_advertise(const Tree& tree, ReadContext& context) {
  AdvertiseSettings advertise;
  const auto within = [&](const Tree& t, Duration least, Duration most) {
    const Duration value = duration_of(t);
    if (value < least || value > most) {
      context.report.error(t.at, fmt::format("{} is out of range", t.text),
                           fmt::format("from {} to {}", to_string(least), to_string(most)),
                           t.width());
    }
    return value;
  };
  with(tree, "prefixes", [&](const Tree& t) {
    each(t, [&](const Tree& item) { read_advertised(item, advertise.prefixes, context); });
    if (advertise.prefixes.size() > most_advertised) {
      context.report.error(t.at,
                           fmt::format("prefixes: found {}, at most {} wanted",
                                       advertise.prefixes.size(), most_advertised),
                           "an advertisement is one packet of 1280 bytes");
    }
  });
  // RFC 4861 6.2.1: MaxRtrAdvInterval and AdvDefaultLifetime.
  with(tree, "interval", [&](const Tree& t) {
    advertise.interval = within(t, Duration::seconds(4), Duration::seconds(1'800));
  });
  with(tree, "lifetime", [&](const Tree& t) {
    advertise.lifetime = within(t, Duration::zero(), Duration::seconds(9'000));
  });
  return advertise;
}

TcpSettings read_tcp(const Tree& tree, ReadContext& context) {
  TcpSettings tcp;
  with(tree, "congestion", [&](const Tree& t) {
    using enum CongestionControl;
    tcp.congestion = t.text == "newreno" ? newreno
                     : t.text == "bbr"   ? bbr
                     : t.text == "dctcp" ? dctcp
                                         : cubic;
  });
  with(tree, "mtu_probing", [&](const Tree& t) {
    tcp.mtu_probing = t.text == "on"    ? MtuProbing::on
                      : t.text == "off" ? MtuProbing::off
                                        : MtuProbing::black_hole;
  });
  with(tree, "pacing", [&](const Tree& t) { tcp.pacing = boolean_of(t); });
  with(tree, "window_validation", [&](const Tree& t) { tcp.window_validation = boolean_of(t); });
  with(tree, "unreachable_ends_opening",
       [&](const Tree& t) { tcp.unreachable_ends_opening = boolean_of(t); });
  with(tree, "loss_detection", [&](const Tree& t) {
    tcp.loss_detection = t.text == "sack" ? LossDetection::sack : LossDetection::rack;
  });
  with(tree, "ecn", [&](const Tree& t) {
    tcp.ecn = t.text == "on" ? Ecn::on : t.text == "off" ? Ecn::off : Ecn::passive;
  });
  with(tree, "fast_open", [&](const Tree& t) {
    tcp.fast_open = t.text == "off"      ? FastOpen::off
                    : t.text == "client" ? FastOpen::client
                    : t.text == "server" ? FastOpen::server
                                         : FastOpen::both;
  });
  with(tree, "sack", [&](const Tree& t) { tcp.sack = boolean_of(t); });
  with(tree, "timestamps", [&](const Tree& t) { tcp.timestamps = boolean_of(t); });
  with(tree, "window_scaling", [&](const Tree& t) { tcp.window_scaling = boolean_of(t); });
  with(tree, "send_buffer", [&](const Tree& t) { tcp.send_buffer = static_cast<u32>(size_of(t)); });
  with(tree, "receive_buffer",
       [&](const Tree& t) { tcp.receive_buffer = static_cast<u32>(size_of(t)); });
  with(tree, "min_rto", [&](const Tree& t) { tcp.min_rto = duration_of(t); });
  with(tree, "delayed_ack", [&](const Tree& t) {
    tcp.delayed_ack = duration_of(t);
    if (*tcp.delayed_ack > Duration::milliseconds(500)) {
      context.report.error(t.at, fmt::format("{} is out of range", t.text), "at most 500 ms",
                           t.width());
    }
  });
  return tcp;
}

IpSettings read_ip(const Tree& tree, ReadContext& context) {
  IpSettings ip;
  const auto flag = [&](const char* name, std::optional<bool>& target) {
    with(tree, name, [&](const Tree& t) { target = boolean_of(t); });
  };
  with(tree, "ttl", [&](const Tree& t) { ip.ttl = static_cast<u8>(count_of(t)); });
  with(tree, "ports", [&](const Tree& t) {
    ip.ports = {static_cast<u16>(count_of(t.items[0])), static_cast<u16>(count_of(t.items[1]))};
    if (ip.ports->first > ip.ports->last) {
      context.report.error(t.at, "ports: the first is above the last", "say [first, last]");
    }
  });
  flag("strong_host", ip.strong_host);
  flag("path_mtu_discovery", ip.path_mtu_discovery);
  flag("redirects", ip.redirects);
  flag("broadcast_echo", ip.broadcast_echo);
  flag("directed_broadcast", ip.directed_broadcast);
  flag("address_mask", ip.address_mask);
  flag("proxy_arp", ip.proxy_arp);
  flag("router_discovery", ip.router_discovery);
  return ip;
}

HostSettings read_options(const Tree& tree, ReadContext& context) {
  HostSettings options;
  with(tree, "tcp", [&](const Tree& t) { options.tcp = read_tcp(t, context); });
  with(tree, "ip", [&](const Tree& t) { options.ip = read_ip(t, context); });
  return options;
}

// Names that no table is asked for.
void check_own_name(const Tree::Key& name, ReadContext& context) {
  const auto refuse = [&](const std::string& hint) {
    context.report.error(name.at, fmt::format("hosts: '{}' can be no host's name", name.text), hint,
                         static_cast<u32>(name.text.size()));
  };
  const auto address = parse_ipv4_shorthand(name.text);
  if (http::equal_without_case(name.text, "localhost")) {
    refuse("every host calls itself so (RFC 6761, 6.3); say another");
  } else if (address) {
    refuse(fmt::format("tools take it for the address {}; begin it with a letter",
                       address->to_string()));
  }
}

void read_addressing(const Tree& tree, NodeSettings& settings, ReadContext& context) {
  with(tree, "interfaces", [&](const Tree& t) {
    for (std::size_t i = 0; i < t.items.size(); ++i) {
      settings.interfaces.emplace_back(Located<std::string>{t.keys[i].text, t.keys[i].at},
                                       read_interface(t.items[i], context));
    }
  });
  with(tree, "addresses", [&](const Tree& t) {
    each(t,
         [&](const Tree& item) { settings.addresses.push_back(interface_address(item, context)); });
  });
  with(tree, "gateway", [&](const Tree& t) { read_gateways(t, settings, context); });
  with(tree, "routes", [&](const Tree& t) { read_routes(t, settings, context); });
  with(tree, "forwarding", [&](const Tree& t) { settings.forwarding = boolean_of(t); });
  with(tree, "slaac", [&](const Tree& t) { settings.slaac = boolean_of(t); });
  with(tree, "advertise", [&](const Tree& t) {
    if (t.is_map() || boolean_of(t)) settings.advertise = read_advertise(t, context);
  });
  with(tree, "hosts", [&](const Tree& t) {
    for (std::size_t i = 0; i < t.items.size(); ++i) {
      std::vector<IpAddress> addresses;
      each(t.items[i], [&](const Tree& item) { addresses.push_back(address_of(item).value); });
      check_own_name(t.keys[i], context);
      settings.hosts.emplace_back(Located<std::string>{t.keys[i].text, t.keys[i].at},
                                  std::move(addresses));
    }
  });
}

void check_file_path(const Tree::Key& key, const std::string& path,
                     std::map<std::string, Mark>& places, ReadContext& context) {
  const auto wrong = [&](const std::string& message, const std::string& hint) {
    context.report.error(key.at, message, hint, static_cast<u32>(key.text.size()));
  };
  if (path == "/" || key.text.ends_with('/')) {
    wrong(fmt::format("files: '{}' is a folder's name", key.text), "say a file's: /index.html");
    return;
  }
  if (path.find('\0') != path.npos) {
    wrong(fmt::format("files: '{}' holds a NUL", path), "no file can be called so");
    return;
  }
  const auto [first, fresh] = places.emplace(path, key.at);
  if (fresh) return;
  wrong(fmt::format("files: '{}' is given twice", path),
        fmt::format("first on {}", context.report.place(first->second, key.at)));
}

}  // namespace

InterfaceSettings read_interface(const Tree& tree, ReadContext& context) {
  InterfaceSettings settings;
  with(tree, "address", [&](const Tree& t) {
    if (t.is_scalar() && t.text == "none") {
      settings.no_address = true;
      return;
    }
    each(t,
         [&](const Tree& item) { settings.addresses.push_back(interface_address(item, context)); });
  });
  with(tree, "mac", [&](const Tree& t) { settings.mac = station_address(t, context); });
  with(tree, "mtu", [&](const Tree& t) { settings.mtu = {count32_of(t), t.at}; });
  return settings;
}

std::vector<InlineFile> read_files(const Tree& tree, ReadContext& context) {
  std::vector<InlineFile> files;
  std::map<std::string, Mark> places;  // by normal path
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    const Tree::Key& key = tree.keys[i];
    InlineFile file;
    file.at = key.at;
    file.path = normal_path(key.text);
    check_file_path(key, file.path, places, context);
    const Tree& content = tree.items[i];
    if (content.is_map())
      file.seeded_bytes = size_of(*content.find("size"));
    else
      file.text = content.text;
    files.push_back(std::move(file));
  }
  for (const auto& [path, at] : places) {
    const auto below = places.upper_bound(path + "/");
    if (below == places.end() || !below->first.starts_with(path + "/")) continue;
    context.report.error(
        below->second, fmt::format("files: '{}' lies below '{}'", below->first, path),
        fmt::format("which is a file, on {}", context.report.place(at, below->second)));
  }
  return files;
}

namespace {

DeviceSetting read_device(const Tree& tree, ReadContext& context) {
  DeviceSetting device;
  device.at = tree.at;
  const Tree* const tap = tree.find("tap");
  const Tree* const interface = tree.find("interface");
  if ((tap != nullptr) == (interface != nullptr)) {
    context.report.error(tree.at, "a device is a TAP or an interface",
                         "say {tap: lab0} or {interface: eth1}");
    return device;
  }
  device.existing = interface != nullptr;
  device.name = text_of(tap ? *tap : *interface);
  if (tap && device.name.value == "lo") {
    context.report.error(tap->at, "a TAP cannot have the name 'lo'",
                         "it is the loopback interface's; say another", tap->width());
  }
  with(tree, "address", [&](const Tree& list) {
    if (device.existing) {
      context.report.error(list.at, "an interface that is there keeps its own addresses",
                           "leave address out");
    }
    each(list, [&](const Tree& item) {
      const auto address = interface_address(item, context);
      if (!address.value.length) {
        context.report.error(address.at, "this address lacks its prefix length", "say 10.0.0.1/24",
                             item.width());
        return;
      }
      device.addresses.push_back(address);
    });
  });
  return device;
}

Duration read_ageing(const Tree& tree, ReadContext& context) {
  const Duration ageing = duration_of(tree);
  if (ageing <= Duration::zero() || ageing > Duration::seconds(1'000'000)) {
    context.report.error(tree.at, fmt::format("ageing: {} is out of range", tree.text),
                         "more than 0 s, at most 1000000 s (IEEE 802.1D, 7.9.2)", tree.width());
  }
  return ageing;
}

std::vector<Located<std::string>> read_private_places(const Tree& tree, ReadContext& context) {
  std::vector<Located<std::string>> places;
  each(tree, [&](const Tree& item) {
    const auto wrong = [&](const std::string& hint) {
      context.report.error(item.at, fmt::format("private: '{}' cannot be private", item.text), hint,
                           item.width());
    };
    const std::string path = normal_path(item.text);
    const auto lies_in = [&](std::string_view folder) {
      return (path + "/").starts_with(std::string(folder) + "/");
    };
    if (path.find('\0') != path.npos) {
      wrong("it holds a NUL; no folder can be called so");
    } else if (!item.text.starts_with('/') || path == "/") {
      wrong("say a folder's whole path: /var/lib/nginx");
    } else if (lies_in("/proc") || lies_in("/sys") || path == "/dev" || path == "/etc") {
      const std::string_view folder = path == "/dev" || path == "/etc" ? "it" : "what lies there";
      wrong(fmt::format("{}{} is the machine's; name a folder further in",
                        path == item.text ? "" : fmt::format("that is {}: ", path), folder));
    } else {
      places.push_back({path, item.at});
    }
  });
  return places;
}

}  // namespace

NodeSettings read_node_settings(const Tree& tree, ReadContext& context) {
  NodeSettings settings;
  with(tree, "kind", [&](const Tree& t) { settings.kind = {node_kind(t.text), t.at}; });
  with(tree, "group", [&](const Tree& t) { settings.group = text_of(t); });
  read_addressing(tree, settings, context);
  with(tree, "ageing", [&](const Tree& t) { settings.ageing = read_ageing(t, context); });
  with(tree, "programs", [&](const Tree& t) {
    settings.programs = {t.text == "real" ? ProgramsOf::machine : ProgramsOf::catenet, t.at};
  });
  with(tree, "boot", [&](const Tree& t) { settings.cold_boot = t.text == "cold"; });
  with(tree, "device", [&](const Tree& t) { settings.device = read_device(t, context); });
  with(tree, "services", [&](const Tree& t) { settings.services = read_services(t, context); });
  with(tree, "files", [&](const Tree& t) { settings.files = read_files(t, context); });
  with(tree, "private",
       [&](const Tree& t) { settings.private_places = read_private_places(t, context); });
  with(tree, "options", [&](const Tree& t) { settings.options = read_options(t, context); });
  return settings;
}

}  // namespace catenet::lab
