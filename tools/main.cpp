// catenet: runs and checks labs, and its tools and services on the machine itself. `catenet --help`
// lists the verbs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/core.h>
#include <iostream>
#include <new>
#include <sstream>
#include <vector>

#include "catenet/lab/diagnostic.hpp"

#include "output.hpp"
#include "signals.hpp"
#include "verbs.hpp"

namespace {

constexpr const char* about =
    "A whole internet in one process: hosts, links, routers and services from one file.\n"
    "Exit codes: 0 all expectations held, 1 one did not, 2 bad file or command line,\n"
    "3 this machine cannot, 4 internal error.";

using namespace catenet::tools;

int refuse(const std::string& sentence) {
  complain_of(bad_input, sentence);
  print_error("Run with --help for more information.\n");
  return bad_input;
}

// A first word that is no verb, told with what may have been meant; empty: it is one, or an option.
std::string unknown_verb(CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words[0].starts_with('-')) return {};
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  if (std::ranges::find(names, words[0]) != names.end()) return {};
  const std::string meant =
      catenet::lab::suggestion(words[0], std::vector<std::string_view>(names.begin(), names.end()));
  return fmt::format("there is no verb '{}'{}{}", words[0], meant.empty() ? "" : "; ", meant);
}

// CLI11 does not name the option that was given too often.
std::string repeated_option(CLI::App& app) {
  for (const CLI::App* verb : app.get_subcommands()) {
    for (const CLI::Option* option : verb->get_options()) {
      const auto most = static_cast<std::size_t>(option->get_items_expected_max());
      if (most == 1 && option->count() > most) {
        return fmt::format("{} is given {} times; once is right", option->get_name(),
                           option->count());
      }
    }
  }
  return {};
}

int parse(CLI::App& app, int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (const std::string unknown = unknown_verb(app, words); !unknown.empty()) {
    return refuse(unknown);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::string repeated = repeated_option(app);
    if (!repeated.empty()) return refuse(repeated);
    std::ostringstream out;
    std::ostringstream wrong;
    const int exit = app.exit(error, out, wrong);
    print_out(out.str());
    print_error(wrong.str());
    return exit == 0 ? all_held : bad_input;
  }
  return all_held;
}

constexpr const char* no_memory =
    "catenet: the machine has not the memory for this; a smaller lab, --no-capture or --no-files "
    "may fit\n";

// A task that runs out of memory has nobody above it to catch that.
[[noreturn]] void on_terminate() {
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
      std::fputs(no_memory, stderr);
      std::_Exit(machine_cannot);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "catenet: internal error: %s\n", error.what());
    } catch (...) {
    }
  }
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(on_terminate);
  hold_standard_streams();
  tame_signals();
  CLI::App app{about, "catenet"};
  app.set_version_flag("--version", "catenet " CATENET_VERSION);
  app.require_subcommand(1);
  Action action;
  add_run(app, action);
  add_up(app, action);
  add_exec(app, action);
  add_capture(app, action);
  add_live(app, action);
  add_validate(app, action);
  add_schema(app, action);
  add_storm(app, action);
  add_drill(app, action);
  add_doctor(app, action);
  add_tools(app, action);
  add_serve(app, action);
  const int parsed = parse(app, argc, argv);
  if (parsed != all_held || !action) return finish_output(parsed);
  try {
    return finish_output(action());
  } catch (const std::bad_alloc&) {
    std::fputs(no_memory, stderr);
    return machine_cannot;
  } catch (const std::exception& error) {
    return complain_of(internal_error, fmt::format("internal error: {}", error.what()));
  }
}
