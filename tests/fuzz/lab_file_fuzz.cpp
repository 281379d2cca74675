// Any bytes as a lab file: a plan that holds together, or diagnostics that point into the text;
// never a crash, never more than a bounded amount of work. A byte 0xff ends one file and begins the
// next, which the first may include.
#include <cstdlib>
#include <set>
#include <string>

#include "catenet/lab/lab_file.hpp"

#include "fuzz.hpp"

namespace catenet::lab_file_fuzz {
namespace {

using namespace lab;

using fuzz::check;

MemoryFileSource files_of(std::string_view input) {
  MemoryFileSource files;
  files.add("site/index.html", "Hello");
  for (char name = 'a'; name < 'e'; ++name) {
    const std::size_t end = std::min(input.find('\xff'), input.size());
    files.add(std::string(1, name), std::string(input.substr(0, end)));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return files;
}

void check_diagnostics(const Diagnostics& diagnostics, std::size_t size) {
  check(!diagnostics.empty());
  check(diagnostics.size() <= 4 * Report::most_errors);
  for (const Diagnostic& d : diagnostics) {
    check(!d.message.empty());
    check(d.line <= size + 1);
    check(d.to_string().size() <= 2'000 + 8 * size);
  }
}

void check_plan(const Plan& plan) {
  std::set<IpAddress> addresses;
  std::set<MacAddress> macs;
  for (const PlanNode& node : plan.nodes) {
    std::set<std::string> names;
    for (const PlanInterface& interface : node.interfaces) {
      check(names.insert(interface.name).second);
      check(macs.insert(interface.mac).second);
      check(interface.link < plan.links.size() && interface.segment < plan.segments.size());
      check(interface.mtu >= 68 && interface.mtu <= 65'535);
      for (const InterfacePrefix& a : interface.addresses)
        check(addresses.insert(a.address).second);
    }
    for (const PlanRoute& route : node.routes) check(route.interface < node.interfaces.size());
  }
  for (const PlanLink& link : plan.links) {
    check(link.a.node < plan.nodes.size() && link.b.node < plan.nodes.size());
    check(!validate(link.forward) && !validate(link.back));
  }
  for (std::size_t i = 0; i < plan.script.size(); ++i) {
    const PlanStep& step = plan.script[i];
    check(step.after == no_index || step.after < i);
    if (step.runs()) check(step.run.node < plan.nodes.size());
    if (step.kind == ActionKind::impair) check(step.impair.link < plan.links.size());
  }
}

}  // namespace

int run(const u8* data, std::size_t size) {
  if (size > 16'384) return 0;
  MemoryFileSource files = files_of({reinterpret_cast<const char*>(data), size});
  const std::expected<Plan, Diagnostics> plan = read_lab("a", files);
  if (plan)
    check_plan(*plan);
  else
    check_diagnostics(plan.error(), size);
  return 0;
}

}  // namespace catenet::lab_file_fuzz

FUZZ_TARGET(lab_file_fuzz)
