// `catenet validate` and `catenet schema`.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <memory>
#include <vector>

#include "lab_input.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {

void add_validate(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("validate", "Checks lab files without running them");
  auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("LAB", *paths, "Lab files; - is standard input")->required();
  verb->callback([&action, paths] {
    action = [paths] {
      int code = all_held;
      for (const std::string& path : *paths) {
        if (const auto plan = read_plan(path)) {
          print_out(fmt::format("{}: {} nodes, {} links, {} steps: fine\n", path,
                                plan->nodes.size(), plan->links.size(), plan->script.size()));
        } else {
          code = bad_input;
        }
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
