// `catenet run LAB`: runs a lab to its end, writes its capture and reports, and says whether
// everything held.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <unistd.h>

#include "catenet/lab/report.hpp"
#include "catenet/os/byte_file.hpp"

#include "lab_input.hpp"
#include "lab_run.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct RunVerb {
  std::string lab;
  std::optional<u64> seed;
  std::string out = "out";
  bool verify = false;
  bool json = false;
  bool quiet = false;
  bool no_offload = false;
  bool no_files = false;
};

bool colourful() { return isatty(STDOUT_FILENO) != 0 && !std::getenv("NO_COLOR"); }

int cannot_write(const std::string& path, Errno error) {
  fmt::print(stderr, "catenet: cannot write {}: {}; choose another folder with --out\n", path,
             errno_text(error));
  return machine_cannot;
}

int write_reports(const std::string& folder, const lab::RunResult& result) {
  for (const auto& [name, text] : {std::pair{"/run.json", lab::json_report(result)},
                                   std::pair{"/report.txt", lab::text_report(result)}}) {
    if (auto written = os::write_file(folder + name, text); !written) {
      return cannot_write(folder + name, written.error());
    }
  }
  return all_held;
}

int verify(const RunVerb& verb, const lab::Plan& plan, const lab::RunResult& result) {
  if (const auto difference = verify_plan(plan, !verb.no_offload, result.event_hash)) {
    fmt::print("verify: NOT the same: {}\n", *difference);
    return one_did_not_hold;
  }
  if (!verb.quiet) {
    fmt::print("verify: four runs, watched and unwatched, came out the same, byte for byte\n");
  }
  return all_held;
}

int run(const RunVerb& verb) {
  const auto plan = read_plan(verb.lab, verb.seed);
  if (!plan) return bad_input;
  if (verb.verify && plan->time == lab::TimeMode::wall) {
    fmt::print(stderr,
               "catenet: {} follows the clock, so no two runs are alike; leave out --verify\n",
               verb.lab);
    return bad_input;
  }
  const std::string folder = verb.out + "/" + plan->name;
  LabRunOptions options;
  options.offload = !verb.no_offload;
  std::unique_ptr<os::ByteFile> capture;
  if (!verb.no_files) {
    if (auto made = os::make_folders(folder); !made) return cannot_write(folder, made.error());
    if (!plan->capture.nothing()) {
      auto file = os::ByteFile::create(folder + "/lab.pcapng");
      if (!file) return cannot_write(folder + "/lab.pcapng", file.error());
      capture = *std::move(file);
      options.capture = capture.get();
    }
  }
  auto ran = run_plan(*plan, options);
  if (!ran) {
    fmt::print(stderr, "catenet: this machine cannot run {}: {}\n", plan->name, ran.error().text());
    return machine_cannot;
  }
  lab::RunResult& result = *ran;
  if (capture) {
    result.capture_path = folder + "/lab.pcapng";
    if (auto closed = capture->close(); !closed) {
      return cannot_write(result.capture_path, closed.error());
    }
  }
  if (verb.json) {
    fmt::print("{}", lab::json_report(result));
  } else if (!verb.quiet) {
    fmt::print("{}", lab::text_report(result, {.colour = colourful()}));
  }
  int code = verb.no_files ? static_cast<int>(all_held) : write_reports(folder, result);
  if (verb.verify && code == all_held) code = verify(verb, *plan, result);
  return result.passed() ? code : static_cast<int>(one_did_not_hold);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("run", "Runs a lab to its end; 0 if everything held");
  auto verb = std::make_shared<RunVerb>();
  sub->add_option("LAB", verb->lab, "The lab file; - is standard input")->required();
  sub->add_option("--seed", verb->seed, "Where all luck comes from, instead of the file's");
  sub->add_option("--out", verb->out, "Folder for the capture and the reports")
      ->capture_default_str();
  sub->add_flag("--verify", verb->verify, "Run it again, watched and unwatched, and compare");
  sub->add_flag("--json", verb->json, "Print the report as JSON");
  sub->add_flag("-q,--quiet", verb->quiet, "Print nothing but errors");
  sub->add_flag("--no-offload", verb->no_offload, "Wire segments and checksums everywhere");
  sub->add_flag("--no-files", verb->no_files, "Write neither capture nor reports");
  sub->callback([&action, verb] { action = [verb] { return run(*verb); }; });
}

}  // namespace catenet::tools
