// What the tests of lab files share: reading text, and files of the machine for the examples.
#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "catenet/lab/lab_file.hpp"

namespace catenet::lab {

class DiskFiles final : public FileSource {
 public:
  std::expected<std::string, Errno> read(const std::string& path) override {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected(Errno::no_entry);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  FileKind kind(const std::string& path) override {
    if (std::filesystem::is_directory(path)) return FileKind::folder;
    return std::filesystem::exists(path) ? FileKind::file : FileKind::none;
  }
};

// The plan of a good file; a bad one fails the test with its diagnostics and gives an empty plan.
inline Plan plan_of(std::string text, FileSource& files) {
  std::expected<Plan, Diagnostics> plan = read_lab_text(std::move(text), "lab.yaml", files);
  if (plan) return std::move(*plan);
  ADD_FAILURE() << to_string(plan.error());
  return {};
}
inline Plan plan_of(std::string text) {
  MemoryFileSource files;
  return plan_of(std::move(text), files);
}

inline Diagnostics errors_of(std::string text, FileSource& files) {
  std::expected<Plan, Diagnostics> plan = read_lab_text(std::move(text), "lab.yaml", files);
  return plan ? Diagnostics{} : std::move(plan.error());
}
inline Diagnostics errors_of(std::string text) {
  MemoryFileSource files;
  return errors_of(std::move(text), files);
}

// "10.0.1.10/24 fd00:0:0:1::a/64"
inline std::string addresses(const Plan& plan, std::string_view node, std::size_t interface = 0) {
  const PlanNode* found = plan.find_node(node);
  if (!found || interface >= found->interfaces.size()) return "none such";
  std::string text;
  for (const InterfacePrefix& address : found->interfaces[interface].addresses) {
    text += (text.empty() ? "" : " ") + address.to_string();
  }
  return text;
}

// One line a route: "0.0.0.0/0 via 10.0.1.1 eth0".
inline std::string routes(const Plan& plan, std::string_view node, Family family = Family::ipv4) {
  const PlanNode* found = plan.find_node(node);
  if (!found) return "none such";
  std::string text;
  for (const PlanRoute& route : found->routes) {
    if (route.to.family() != family) continue;
    text += route.to.to_string() + (route.via ? " via " + route.via->to_string() : std::string());
    text += " " + found->interfaces[route.interface].name + "\n";
  }
  return text;
}

}  // namespace catenet::lab
