// What every bench needs: wall time, resident memory, a lab from text, and one line of JSON as its
// result.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <fstream>
#include <string>

#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/network.hpp"

namespace bench {

// Seconds since the first call.
inline double wall_s() {
  static const auto start = std::chrono::steady_clock::now();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Bytes resident now.
inline long resident_bytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtol(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

// The plan of a lab that this program wrote itself.
inline catenet::lab::Plan plan_of(const std::string& text) {
  catenet::lab::MemoryFileSource none;
  auto plan = catenet::lab::read_lab_text(text, "bench", none);
  if (!plan) {
    std::fputs(catenet::lab::to_string(plan.error()).c_str(), stderr);
    std::exit(4);
  }
  return *std::move(plan);
}

inline catenet::lab::NodeIndex index_of(const catenet::lab::Plan& plan, std::string_view name) {
  return static_cast<catenet::lab::NodeIndex>(plan.find_node(name) - plan.nodes.data());
}

inline catenet::IpAddress address_of(const catenet::lab::PlanNode& node,
                                     catenet::Family family = catenet::Family::ipv4) {
  for (const auto& own : node.interfaces.front().addresses) {
    if (own.address.family() == family) return own.address;
  }
  std::abort();
}

inline catenet::IpAddress address_of(const catenet::lab::Plan& plan, std::string_view name,
                                     catenet::Family family = catenet::Family::ipv4) {
  return address_of(*plan.find_node(name), family);
}

}  // namespace bench
