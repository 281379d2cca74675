// `catenet run LAB`: runs a lab to its end, writes its capture and reports, and says whether
// everything held.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <memory>
#include <optional>

#include "filed_run.hpp"
#include "lab_input.hpp"
#include "options.hpp"
#include "output.hpp"
#include "signals.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct RunVerb {
  std::string lab;
  std::optional<u64> seed;
  RunWishes wishes;
};

int run(const RunVerb& verb) {
  if (verb.wishes.out.empty()) {
    return complain_of(bad_input, "--out has no name; give a folder, or --no-files for none");
  }
  auto plan = read_plan(verb.lab, verb.seed);
  if (!plan) return end_without_run(verb.wishes, plan.error().name, bad_input);
  if (verb.wishes.verify && plan->time == lab::TimeMode::wall) {
    complain_of(bad_input,
                fmt::format("{} follows the clock, so no two runs are alike; leave out --verify",
                            verb.lab));
    return end_without_run(verb.wishes, plan->name, bad_input);
  }
  const int code = run_with_files(verb.wishes, *plan);
  if (interrupted_by() == 0) return code;
  static_cast<void>(finish_output(code));
  end_by(interrupted_by());
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("run", "Runs a lab to its end; 0 if everything held");
  auto verb = std::make_shared<RunVerb>();
  sub->add_option("LAB", verb->lab, "The lab file; - is standard input")->required();
  add_number(
      *sub, "--seed", [verb](u64 seed) { verb->seed = seed; },
      "Where all luck comes from, instead of the file's");
  sub->add_option("--out", verb->wishes.out, "Folder for the capture and the reports")
      ->capture_default_str();
  sub->add_flag("--verify", verb->wishes.verify,
                "Run it again, watched and unwatched, and compare");
  sub->add_flag("--json", verb->wishes.json, "Print the report as JSON");
  sub->add_flag("-q,--quiet", verb->wishes.quiet, "Print nothing but errors");
  sub->add_flag("--no-offload", verb->wishes.no_offload, "Wire segments and checksums everywhere");
  sub->add_flag("--no-files", verb->wishes.no_files, "Write neither capture nor reports");
  sub->add_flag("--no-capture", verb->wishes.no_capture, "Write reports alone");
  sub->callback([&action, verb] { action = [verb] { return run(*verb); }; });
}

}  // namespace catenet::tools
