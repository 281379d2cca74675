// `catenet doctor`: what this machine allows, and what to do about what it does not.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "catenet/program/doctor.hpp"

#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

using Json = nlohmann::ordered_json;
using program::Examination;
using program::Finding;

Json list_of(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    const auto text = [](const std::string& said) {
      return said.empty() ? Json(nullptr) : Json(said);
    };
    list.push_back({{"name", finding.name},
                    {"ok", finding.ok},
                    {"says", text(finding.says)},
                    {"advice", text(finding.advice)}});
  }
  return list;
}

std::string json_of(const Examination& all) {
  const Json json = {{"namespaces", all.namespaces},
                     {"modes", list_of(all.modes)},
                     {"machine", list_of(all.machine)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string text_of(const char* title, const std::vector<Finding>& findings) {
  std::string text = fmt::format("{}\n", title);
  for (const Finding& finding : findings) {
    text += fmt::format("  {}  {}{}{}\n", finding.ok ? "yes" : "NO ", finding.name,
                        finding.says.empty() ? "" : ": ", finding.says);
    if (!finding.advice.empty()) text += fmt::format("       {}\n", finding.advice);
  }
  return text;
}

int examine(bool json) {
  const Examination all = program::examine_machine();
  if (json) {
    print_out(json_of(all));
  } else {
    print_out(text_of("This machine", all.machine) + "\n" +
              text_of("What Catenet can do here", all.modes));
  }
  return all.namespaces ? all_held : machine_cannot;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand(
      "doctor", "Tells what this machine allows; 0 if real programs can run in namespaces, else 3");
  auto json = std::make_shared<bool>(false);
  sub->add_flag("--json", *json, "Print it as JSON");
  sub->callback([&action, json] { action = [json] { return examine(*json); }; });
}

}  // namespace catenet::tools
