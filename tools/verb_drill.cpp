// `catenet drill`: packet scripts, run against a host in virtual time.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/drill/drill.hpp"
#include "catenet/os/byte_file.hpp"

#include "options.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_script = 4u << 20;

struct DrillVerb {
  std::vector<std::string> paths;
  std::optional<u64> seed;
  std::vector<std::string> definitions;
  bool strict = false;
  bool linux_defaults = false;
  bool verbose = false;
  bool json = false;
};

// One script's end.
struct Drilled {
  std::string path;
  drill::DrillReport report;
  std::string printed;  // problems and failure
};

int exit_code(const std::vector<Drilled>& all) {
  int code = all_held;
  for (const Drilled& each : all) {
    if (each.report.verdict == drill::Verdict::failed) {
      code = one_did_not_hold;
    } else if (each.report.verdict != drill::Verdict::passed) {
      return bad_input;
    }
  }
  return code;
}

// The scripts of a folder, all that lie below it, in the order of their names. False: there is
// nothing to run at `path`.
bool add_scripts(const std::string& path, std::vector<std::string>& scripts) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    scripts.push_back(path);
    return true;
  }
  std::vector<std::string> found;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".pkt") found.push_back(at->path().string());
  }
  std::ranges::sort(found);
  scripts.insert(scripts.end(), found.begin(), found.end());
  if (!found.empty() && !error) return true;
  const std::string why = error ? error.message() : "no script lies below it (*.pkt)";
  std::fputs(fmt::format("{}: {}\n", path, why).c_str(), stderr);
  return false;
}

Drilled run_script(const DrillVerb& verb, const std::string& path) {
  Drilled drilled;
  drilled.path = path;
  const auto text = os::read_file(path, largest_script);
  if (!text) {
    drilled.report.verdict = drill::Verdict::bad;
    drilled.printed = fmt::format("{}: error: {}\n", path, errno_text(text.error()));
    return drilled;
  }
  drill::DrillOptions options;
  options.seed = verb.seed;
  options.definitions = verb.definitions;
  options.strict = verb.strict;
  options.linux_defaults = verb.linux_defaults;
  if (verb.verbose && !verb.json) options.tell = print_out;
  drilled.report = drill::drill(path, *text, options);
  drilled.printed = drilled.report.problems.to_string(path, *text) + drilled.report.failure;
  return drilled;
}

std::string line_of(const Drilled& drilled) {
  const drill::DrillReport& report = drilled.report;
  return fmt::format("{:11} {}  {} events, {} packets, {}\n", verdict_name(report.verdict),
                     drilled.path, report.events, report.packets, to_string(report.lasted));
}

std::size_t count(const std::vector<Drilled>& all, drill::Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count_if(
      all, [verdict](const Drilled& each) { return each.report.verdict == verdict; }));
}

std::string json_of(const std::vector<Drilled>& all) {
  nlohmann::ordered_json scripts = nlohmann::ordered_json::array();
  for (const Drilled& each : all) {
    nlohmann::ordered_json script = {{"script", each.path},
                                     {"verdict", verdict_name(each.report.verdict)},
                                     {"events", each.report.events},
                                     {"packets", each.report.packets},
                                     {"lasted_ns", each.report.lasted.ns()}};
    if (each.report.line != 0) script["line"] = each.report.line;
    if (!each.printed.empty()) script["text"] = each.printed;
    scripts.push_back(std::move(script));
  }
  const nlohmann::ordered_json whole = {{"passed", count(all, drill::Verdict::passed)},
                                        {"failed", count(all, drill::Verdict::failed)},
                                        {"unsupported", count(all, drill::Verdict::unsupported)},
                                        {"bad", count(all, drill::Verdict::bad)},
                                        {"scripts", std::move(scripts)}};
  // Bytes of a script that are no text come out as question marks.
  return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int drill_all(const DrillVerb& verb) {
  std::vector<std::string> scripts;
  bool found = true;
  for (const std::string& path : verb.paths) found = add_scripts(path, scripts) && found;
  std::vector<Drilled> all;
  for (const std::string& path : scripts) {
    all.push_back(run_script(verb, path));
    if (verb.json) continue;
    print_out(line_of(all.back()));
    flush_out();
    std::fputs(all.back().printed.c_str(), stderr);
  }
  if (verb.json) {
    print_out(json_of(all));
  } else if (all.size() > 1) {
    print_out(fmt::format("{} passed, {} failed, {} unsupported, {} bad\n",
                          count(all, drill::Verdict::passed), count(all, drill::Verdict::failed),
                          count(all, drill::Verdict::unsupported),
                          count(all, drill::Verdict::bad)));
  }
  return found ? exit_code(all) : bad_input;
}

}  // namespace

void add_drill(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "drill", "Runs packet scripts (packetdrill's language) against a host, in virtual time");
  auto wanted = std::make_shared<DrillVerb>();
  verb->add_option("FILE", wanted->paths, "Scripts, or folders of them (*.pkt)")->required();
  add_number(
      *verb, "--seed", [wanted](u64 seed) { wanted->seed = seed; },
      "Other initial sequence numbers, ports and timestamps");
  verb->add_option("-D,--define", wanted->definitions,
                   "NAME=VALUE: the word NAME is VALUE in scripts")
      ->expected(1)
      ->take_all();
  verb->add_flag("--strict", wanted->strict,
                 "What is sent by the end and no line expects is a failure");
  verb->add_flag("--linux", wanted->linux_defaults,
                 "Begins with the settings that scripts written for Linux expect");
  verb->add_flag("-v,--verbose", wanted->verbose, "Prints every event as it happens");
  verb->add_flag("--json", wanted->json, "Prints one JSON document");
  verb->callback([&action, wanted] { action = [wanted] { return drill_all(*wanted); }; });
}

}  // namespace catenet::tools
