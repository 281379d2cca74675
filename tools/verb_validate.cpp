// `catenet validate` and `catenet schema`.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <memory>
#include <vector>

#include "catenet/lab/plan_report.hpp"
#include "catenet/lab/report_printable.hpp"

#include "lab_input.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {

namespace {

struct Shown {
  bool plan = false;
  bool json = false;
};

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void show(const std::string& path, const lab::Plan& plan, const Shown& shown) {
  if (shown.json) return print_out(lab::plan_json(plan));
  print_out(fmt::format("{}: {}, {}, {}: fine\n", lab::printable(path),
                        counted(plan.nodes.size(), "node"), counted(plan.links.size(), "link"),
                        counted(plan.script.size(), "step")));
  if (shown.plan) print_out(fmt::format("\n{}\n", lab::plan_text(plan)));
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("validate", "Checks lab files without running them");
  auto paths = std::make_shared<std::vector<std::string>>();
  auto shown = std::make_shared<Shown>();
  verb->add_option("LAB", *paths, "Lab files; - is standard input")->required();
  CLI::Option* plan_flag = verb->add_flag(
      "--plan", shown->plan, "Prints what is filled in: addresses, MAC addresses and routes");
  verb->add_flag("--json", shown->json, "With --plan: as JSON, a document a file")
      ->needs(plan_flag);
  verb->callback([&action, paths, shown] {
    action = [paths, shown] {
      int code = all_held;
      for (const std::string& path : *paths) {
        const auto plan = read_plan(path);
        if (plan)
          show(path, *plan, *shown);
        else
          code = bad_input;
      }
      return code;
    };
  });
}

void add_schema(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("schema", "Prints the JSON Schema of lab files, for editors");
  verb->callback([&action] {
    action = [] {
      print_out(lab::lab_schema());
      return static_cast<int>(all_held);
    };
  });
}

}  // namespace catenet::tools
