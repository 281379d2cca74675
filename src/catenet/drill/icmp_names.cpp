#include "catenet/drill/icmp_names.hpp"

#include <array>
#include <fmt/core.h>
#include <span>
#include <vector>

#include "catenet/drill/problem.hpp"

namespace catenet::drill {
namespace {

struct Type {
  std::string_view name;
  u8 type;
};
struct Code {
  u8 type;
  std::string_view name;
  u8 code;
};

constexpr std::array<Type, 7> types4 = {{{"echo_reply", 0},
                                         {"unreachable", 3},
                                         {"source_quench", 4},
                                         {"redirect", 5},
                                         {"echo_request", 8},
                                         {"time_exceeded", 11},
                                         {"parameter_problem", 12}}};
constexpr std::array<Type, 6> types6 = {{{"unreachable", 1},
                                         {"packet_too_big", 2},
                                         {"time_exceeded", 3},
                                         {"parameter_problem", 4},
                                         {"echo_request", 128},
                                         {"echo_reply", 129}}};

constexpr std::array<Code, 23> codes4 = {{{3, "net_unreachable", 0},
                                          {3, "host_unreachable", 1},
                                          {3, "protocol_unreachable", 2},
                                          {3, "port_unreachable", 3},
                                          {3, "frag_needed", 4},
                                          {3, "source_route_failed", 5},
                                          {3, "net_unknown", 6},
                                          {3, "host_unknown", 7},
                                          {3, "source_host_isolated", 8},
                                          {3, "net_prohibited", 9},
                                          {3, "host_prohibited", 10},
                                          {3, "net_unreachable_for_tos", 11},
                                          {3, "host_unreachable_for_tos", 12},
                                          {3, "packet_filtered", 13},
                                          {3, "precedence_violation", 14},
                                          {3, "precedence_cutoff", 15},
                                          {5, "net", 0},
                                          {5, "host", 1},
                                          {11, "in_transit", 0},
                                          {11, "reassembly", 1},
                                          {12, "pointer", 0},
                                          {12, "missing_option", 1},
                                          {12, "bad_length", 2}}};
constexpr std::array<Code, 13> codes6 = {{{1, "no_route", 0},
                                          {1, "admin_prohibited", 1},
                                          {1, "not_neighbour", 2},
                                          {1, "addr_unreachable", 3},
                                          {1, "port_unreachable", 4},
                                          {1, "net_unreachable", 0},
                                          {1, "host_unreachable", 3},
                                          {1, "source_policy", 5},
                                          {3, "in_transit", 0},
                                          {3, "reassembly", 1},
                                          {4, "bad_header", 0},
                                          {4, "unknown_next_header", 1},
                                          {4, "unknown_option", 2}}};

std::span<const Type> types_of(Family family) {
  if (family == Family::ipv4) return types4;
  return types6;
}
std::span<const Code> codes_of(Family family) {
  if (family == Family::ipv4) return codes4;
  return codes6;
}

}  // namespace

std::optional<u8> icmp_type(Family family, std::string_view name) {
  for (const Type& each : types_of(family)) {
    if (each.name == name) return each.type;
  }
  return std::nullopt;
}

std::optional<u8> icmp_code(Family family, u8 type, std::string_view name) {
  if (name.empty()) return u8{0};
  for (const Code& each : codes_of(family)) {
    if (each.type == type && each.name == name) return each.code;
  }
  return std::nullopt;
}

std::string icmp_type_name(Family family, u8 type) {
  for (const Type& each : types_of(family)) {
    if (each.type == type) return std::string(each.name);
  }
  return fmt::format("type-{}", type);
}

std::string icmp_code_name(Family family, u8 type, u8 code) {
  for (const Code& each : codes_of(family)) {
    if (each.type == type && each.code == code) return std::string(each.name);
  }
  return code == 0 ? std::string() : fmt::format("code-{}", code);
}

std::string icmp_hint(Family family, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Type& each : types_of(family)) names.push_back(each.name);
  for (const Code& each : codes_of(family)) names.push_back(each.name);
  return did_you_mean(name, names);
}

}  // namespace catenet::drill
