// Services, and how settings are inherited.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/reader.hpp"
#include "catenet/service/http_fields.hpp"

namespace catenet::lab {

namespace {

std::string read_root(const Tree& tree, ReadContext& context) {
  std::string root = path_beside(context.path, tree.text);
  switch (context.files.kind(root)) {
    case FileKind::folder: break;
    case FileKind::file:
    case FileKind::other:
      context.report.error(tree.at, fmt::format("root: '{}' is a file", tree.text),
                           "it should be a folder", tree.width());
      break;
    case FileKind::none:
      context.report.error(tree.at, fmt::format("root: no folder '{}'", tree.text),
                           fmt::format("looked for {}", root), tree.width());
      break;
  }
  return root;
}

HttpPages read_pages(const Tree& tree, ReadContext& context) {
  HttpPages pages;
  with(tree, "root", [&](const Tree& t) { pages.root = read_root(t, context); });
  with(tree, "files", [&](const Tree& t) { pages.files = read_files(t, context); });
  return pages;
}

void read_http_host(const Tree::Key& key, const Tree& tree, HttpService& http,
                    ReadContext& context) {
  const auto wrong = [&](const std::string& message, const std::string& hint) {
    context.report.error(key.at, message, hint, static_cast<u32>(key.text.size()));
  };
  HttpPages pages;
  if (tree.is_scalar()) {
    pages.root = read_root(tree, context);
  } else {
    pages = read_pages(tree, context);
    if (!tree.find("root") && !tree.find("files"))
      wrong(fmt::format("host '{}' has neither root nor files", key.text),
            "say a folder, or files: {/index.html: Hello}");
  }
  for (const auto& [other, ignored] : http.hosts) {
    if (!http::equal_without_case(other.value, key.text)) continue;
    wrong(fmt::format("host '{}' is given twice", key.text),
          fmt::format("names of hosts are compared without case; the other is on {}",
                      context.report.place(other.at, key.at)));
  }
  http.hosts.emplace_back(Located<std::string>{key.text, key.at}, std::move(pages));
}

HttpService read_http(const Tree& tree, ReadContext& context) {
  HttpService http;
  http.pages = read_pages(tree, context);
  with(tree, "hosts", [&](const Tree& t) {
    for (std::size_t i = 0; i < t.items.size(); ++i)
      read_http_host(t.keys[i], t.items[i], http, context);
  });
  with(tree, "port", [&](const Tree& t) { http.port = static_cast<u16>(count_of(t)); });
  return http;
}

template <typename T>
void take(std::optional<T>& mine, const std::optional<T>& theirs) {
  if (!mine) mine = theirs;
}

template <typename T>
void take(std::vector<T>& mine, const std::vector<T>& theirs) {
  if (mine.empty()) mine = theirs;
}

void inherit_interfaces(NodeSettings& settings, const NodeSettings& from) {
  for (const auto& [name, theirs] : from.interfaces) {
    const auto same = [&](const auto& entry) { return entry.first.value == name.value; };
    const auto mine = std::find_if(settings.interfaces.begin(), settings.interfaces.end(), same);
    if (mine == settings.interfaces.end()) {
      settings.interfaces.emplace_back(name, theirs);
      continue;
    }
    InterfaceSettings& interface = mine->second;
    if (interface.addresses.empty() && !interface.no_address) {
      interface.addresses = theirs.addresses;
      interface.no_address = theirs.no_address;
    }
    take(interface.mac, theirs.mac);
    take(interface.mtu, theirs.mtu);
  }
}

void inherit_ip(IpSettings& ip, const IpSettings& from) {
  take(ip.ttl, from.ttl);
  take(ip.ports, from.ports);
  take(ip.strong_host, from.strong_host);
  take(ip.path_mtu_discovery, from.path_mtu_discovery);
  take(ip.redirects, from.redirects);
  take(ip.broadcast_echo, from.broadcast_echo);
  take(ip.directed_broadcast, from.directed_broadcast);
  take(ip.address_mask, from.address_mask);
  take(ip.proxy_arp, from.proxy_arp);
  take(ip.router_discovery, from.router_discovery);
}

void inherit_options(HostSettings& options, const HostSettings& from) {
  take(options.tcp.congestion, from.tcp.congestion);
  take(options.tcp.loss_detection, from.tcp.loss_detection);
  take(options.tcp.ecn, from.tcp.ecn);
  take(options.tcp.pacing, from.tcp.pacing);
  take(options.tcp.window_validation, from.tcp.window_validation);
  take(options.tcp.unreachable_ends_opening, from.tcp.unreachable_ends_opening);
  take(options.tcp.mtu_probing, from.tcp.mtu_probing);
  take(options.tcp.fast_open, from.tcp.fast_open);
  take(options.tcp.sack, from.tcp.sack);
  take(options.tcp.timestamps, from.tcp.timestamps);
  take(options.tcp.window_scaling, from.tcp.window_scaling);
  take(options.tcp.send_buffer, from.tcp.send_buffer);
  take(options.tcp.receive_buffer, from.tcp.receive_buffer);
  take(options.tcp.delayed_ack, from.tcp.delayed_ack);
  take(options.tcp.min_rto, from.tcp.min_rto);
  inherit_ip(options.ip, from.ip);
}

template <typename T>
void inherit_named(Named<T>& mine, const Named<T>& theirs) {
  for (const auto& [name, value] : theirs) {
    const auto same = [&](const auto& entry) { return entry.first.value == name.value; };
    if (std::none_of(mine.begin(), mine.end(), same)) mine.emplace_back(name, value);
  }
}

}  // namespace

std::vector<Service> read_services(const Tree& tree, ReadContext& context) {
  std::vector<Service> services;
  for (const Tree& item : tree.items) {
    Service service;
    service.at = item.at;
    const Tree empty;
    std::string_view word = item.text;
    const Tree* settings = &empty;
    for (std::size_t i = 0; i < item.keys.size(); ++i) {
      if (item.keys[i].text.starts_with("x-")) continue;
      word = item.keys[i].text;
      settings = &item.items[i];
    }
    if (word == "http") {
      service.kind = ServiceKind::http;
      service.http = read_http(*settings, context);
    } else {
      const bool echo = word == "echo";
      service.kind = echo ? ServiceKind::echo : ServiceKind::iperf3;
      u16& port = echo ? service.echo.port : service.iperf3.port;
      with(*settings, "port", [&](const Tree& t) { port = static_cast<u16>(count_of(t)); });
    }
    services.push_back(std::move(service));
  }
  return services;
}

void inherit(NodeSettings& settings, const NodeSettings& from) {
  take(settings.kind, from.kind);
  take(settings.group, from.group);
  inherit_interfaces(settings, from);
  take(settings.addresses, from.addresses);
  take(settings.routes, from.routes);
  take(settings.gateways, from.gateways);
  take(settings.forwarding, from.forwarding);
  take(settings.programs, from.programs);
  take(settings.cold_boot, from.cold_boot);
  take(settings.slaac, from.slaac);
  take(settings.ageing, from.ageing);
  take(settings.advertise, from.advertise);
  take(settings.device, from.device);
  inherit_named(settings.hosts, from.hosts);
  take(settings.services, from.services);
  for (const InlineFile& theirs : from.files) {
    const auto same = [&](const InlineFile& mine) { return mine.path == theirs.path; };
    if (std::none_of(settings.files.begin(), settings.files.end(), same))
      settings.files.push_back(theirs);
  }
  take(settings.private_places, from.private_places);
  inherit_options(settings.options, from.options);
}

}  // namespace catenet::lab
