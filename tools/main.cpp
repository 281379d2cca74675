// catenet: runs and checks labs. `catenet --help` lists the verbs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "verbs.hpp"

namespace {

constexpr const char* about =
    "A whole internet in one process: hosts, links, routers and services from one file.\n"
    "Exit codes: 0 all expectations held, 1 one did not, 2 bad file or command line,\n"
    "3 this machine cannot, 4 internal error.";

}  // namespace

int main(int argc, char** argv) {
  using namespace catenet::tools;
  CLI::App app{about, "catenet"};
  app.set_version_flag("--version", "catenet " CATENET_VERSION);
  app.require_subcommand(1);
  Action action;
  add_run(app, action);
  add_validate(app, action);
  add_schema(app, action);
  add_storm(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? all_held : bad_input;
  }
  try {
    return action();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "catenet: internal error: %s\n", error.what());
    return internal_error;
  }
}
