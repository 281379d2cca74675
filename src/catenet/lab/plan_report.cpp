#include "catenet/lab/plan_report.hpp"

#include <array>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "catenet/base/text.hpp"
#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {
namespace {

std::string_view route_kind_name(RouteKind kind) {
  switch (kind) {
    case RouteKind::unicast: return "unicast";
    case RouteKind::unreachable: return "unreachable";
    case RouteKind::prohibit: return "prohibit";
    case RouteKind::blackhole: return "blackhole";
  }
  return "";
}

// Columns as wide as what stands in them; the last is left as it is.
template <std::size_t N>
class PlanTable {
 public:
  using Row = std::array<std::string, N>;

  explicit PlanTable(Row head) { add(std::move(head)); }
  void add(Row row) {
    for (std::size_t i = 0; i < N; ++i) widths_[i] = std::max(widths_[i], row[i].size());
    rows_.push_back(std::move(row));
  }
  bool empty() const { return rows_.size() == 1; }
  std::string text() const {
    std::string text;
    for (const Row& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < N; ++i) append_format(line, "{:<{}}  ", row[i], widths_[i]);
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
  }

 private:
  std::vector<Row> rows_;
  std::array<std::size_t, N> widths_{};
};

std::string addresses_of(const PlanInterface& interface, Family family) {
  std::string text;
  for (const InterfacePrefix& own : interface.addresses) {
    if (own.address.family() != family) continue;
    text += (text.empty() ? "" : ", ") + own.to_string();
  }
  return text.empty() ? "-" : text;
}

// What a node forms in the run is not of the plan.
std::string with_formed(const PlanNode& node, const std::string& addresses) {
  if (!node.slaac) return addresses;
  return addresses == "-" ? "slaac" : addresses + ", slaac";
}

// As ip-route(8) writes it.
std::string way_of(const PlanNode& node, const PlanRoute& route) {
  if (route.kind != RouteKind::unicast) return std::string(route_kind_name(route.kind));
  const std::string& interface = node.interfaces[route.interface].name;
  return route.via ? fmt::format("via {} dev {}", route.via->to_string(), interface)
                   : fmt::format("dev {}", interface);
}

std::string prefix_text(const Prefix& prefix) {
  return prefix.length() == 0 ? fmt::format("default ({})", family_name(prefix.family()))
                              : prefix.to_string();
}

std::string interface_table(const Plan& plan) {
  PlanTable<7> table({"node", "interface", "IPv4", "IPv6", "MAC", "MTU", "link"});
  for (const PlanNode& node : plan.nodes) {
    for (const PlanInterface& interface : node.interfaces) {
      table.add({node.name, interface.name, addresses_of(interface, Family::ipv4),
                 with_formed(node, addresses_of(interface, Family::ipv6)),
                 node.kind == NodeKind::outside ? "-" : interface.mac.to_string(),
                 std::to_string(interface.mtu), printable(plan.links[interface.link].name)});
    }
    if (node.interfaces.empty()) table.add({node.name, "-", "-", "-", "-", "-", "-"});
  }
  return table.text();
}

std::string route_table(const Plan& plan) {
  PlanTable<5> table({"node", "to", "way", "metric", ""});
  for (const PlanNode& node : plan.nodes) {
    for (const PlanRoute& route : node.routes) {
      table.add({node.name, prefix_text(route.to), way_of(node, route),
                 std::to_string(route.metric), route.given ? "given" : ""});
    }
  }
  return table.empty() ? std::string() : fmt::format("\n{}", table.text());
}

using PlanJson = nlohmann::ordered_json;

PlanJson interface_json(const Plan& plan, const PlanNode& node, const PlanInterface& interface) {
  PlanJson addresses = PlanJson::array();
  for (const InterfacePrefix& own : interface.addresses) addresses.push_back(own.to_string());
  PlanJson json{{"name", interface.name}, {"addresses", std::move(addresses)}};
  // The machine's end has what the machine gives it.
  if (node.kind != NodeKind::outside) json["mac"] = interface.mac.to_string();
  json["mtu"] = interface.mtu;
  json["link"] = printable(plan.links[interface.link].name);
  return json;
}

PlanJson route_json(const PlanNode& node, const PlanRoute& route) {
  PlanJson json{{"to", route.to.to_string()}, {"type", route_kind_name(route.kind)}};
  if (route.kind == RouteKind::unicast) {
    if (route.via) json["via"] = route.via->to_string();
    json["interface"] = node.interfaces[route.interface].name;
  }
  json["metric"] = route.metric;
  json["given"] = route.given;
  return json;
}

PlanJson node_json(const Plan& plan, const PlanNode& node) {
  PlanJson json{{"name", node.name}, {"kind", kind_name(node.kind)}};
  if (node.device) json["device"] = node.device->name.value;
  json["interfaces"] = PlanJson::array();
  for (const PlanInterface& interface : node.interfaces)
    json["interfaces"].push_back(interface_json(plan, node, interface));
  json["routes"] = PlanJson::array();
  for (const PlanRoute& route : node.routes) json["routes"].push_back(route_json(node, route));
  return json;
}

}  // namespace

std::string plan_text(const Plan& plan) { return interface_table(plan) + route_table(plan); }

std::string plan_json(const Plan& plan) {
  PlanJson json{{"lab", printable(plan.name)},
                {"seed", plan.seed},
                {"time", plan.time == TimeMode::wall ? "wall" : "virtual"},
                {"nodes", PlanJson::array()},
                {"links", PlanJson::array()}};
  for (const PlanNode& node : plan.nodes) json["nodes"].push_back(node_json(plan, node));
  for (const PlanLink& link : plan.links) {
    PlanJson prefixes = PlanJson::array();
    for (const Prefix& prefix : plan.segments[link.segment].prefixes)
      prefixes.push_back(prefix.to_string());
    json["links"].push_back({{"name", printable(link.name)},
                             {"ends", {plan.port_name(link.a), plan.port_name(link.b)}},
                             {"segment", plan.segments[link.segment].number},
                             {"prefixes", std::move(prefixes)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace catenet::lab
