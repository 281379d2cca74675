// `catenet run LAB`: runs a lab to its end, writes its capture and reports, and says whether
// everything held.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <unistd.h>

#include "catenet/base/types.hpp"
#include "catenet/lab/report.hpp"

#include "lab_input.hpp"
#include "lab_run.hpp"
#include "options.hpp"
#include "output.hpp"
#include "run_folder.hpp"
#include "signals.hpp"
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
  bool no_capture = false;
};

bool colourful() { return isatty(STDOUT_FILENO) != 0 && !std::getenv("NO_COLOR"); }

// A run's way from its plan to its files; every mishap makes `code` worse, and none hides another.
class Run {
 public:
  Run(const RunVerb& verb, lab::Plan plan) : verb_(verb), plan_(std::move(plan)) {}

  int go() {
    note_interrupts();
    if (!verb_.no_files && !prepare_files()) return code_;
    LabRunOptions options;
    options.offload = !verb_.no_offload;
    options.watch_traffic = folder_.has_value();
    options.capture = capture_ ? &capture_->bytes() : nullptr;
    auto ran = run_plan(plan_, options);
    if (!ran) {
      capture_.reset();
      if (folder_) folder_->take_back();
      return complain_of(
          machine_cannot,
          fmt::format("this machine cannot run {}: {}. `catenet doctor` tells what it "
                      "allows",
                      plan_.name, ran.error().text()));
    }
    result_ = *std::move(ran);
    finish_capture();
    if (verb_.verify && result_.broken_off.empty()) verify();
    // Before anything is printed: whoever reads that may go away.
    if (folder_) write_reports();
    print();
    judge();
    return code_;
  }

 private:
  void worsen(int code) { code_ = std::max(code_, code); }

  bool prepare_files() {
    auto folder = RunFolder::open(verb_.out + "/" + plan_.name);
    if (!folder) {
      worsen(complain_of(machine_cannot, folder.error()));
      return false;
    }
    folder_ = *std::move(folder);
    if (verb_.no_capture || plan_.capture.nothing()) return true;
    const std::string path = folder_->file(RunFolder::capture);
    auto file = RunFile::create(path);
    if (!file) {
      worsen(complain_of(machine_cannot, cannot_write(path, file.error())));
      return false;
    }
    capture_ = *std::move(file);
    return true;
  }

  void finish_capture() {
    if (!capture_) return;
    const std::string path = folder_->file(RunFolder::capture);
    if (auto finished = capture_->finish(); !finished) {
      worsen(complain_of(machine_cannot, cannot_write(path, finished.error())));
    } else {
      result_.capture_path = path;
    }
    capture_.reset();  // what could not be finished makes room for the reports
  }

  void verify() {
    std::string difference = verify_plan(plan_, !verb_.no_offload, result_.event_hash);
    if (interrupted_by() == 0) result_.verification = {std::move(difference)};
  }

  void write_reports() {
    write_report(RunFolder::json, lab::json_report(result_));
    write_report(RunFolder::text, lab::text_report(result_));
    write_report(RunFolder::junit, lab::junit_report(result_));
    write_report(RunFolder::page, lab::html_report(result_));
  }

  void write_report(std::string_view name, std::string_view text) {
    const std::string path = folder_->file(name);
    if (auto written = write(path, text); !written) {
      worsen(complain_of(machine_cannot, cannot_write(path, written.error())));
    }
  }

  static Result<void> write(const std::string& path, std::string_view text) {
    auto file = RunFile::create(path);
    if (!file) return Unexpected(file.error());
    (*file)->bytes().write(as_bytes(text));
    return (*file)->finish();
  }

  void print() const {
    if (verb_.json) {
      print_out(lab::json_report(result_));
    } else if (!verb_.quiet) {
      print_out(lab::text_report(result_, {.colour = colourful()}));
    } else if (result_.verification && !result_.verification->difference.empty()) {
      complain_of(0, fmt::format("verify: NOT the same: {}", result_.verification->difference));
    }
  }

  void judge() {
    if (!result_.broken_off.empty() && !result_.interrupted) {
      worsen(complain_of(result_.machine_failed ? machine_cannot : bad_input,
                         fmt::format("{} was broken off: {}", plan_.name, result_.broken_off)));
    }
    if (result_.passed()) return;
    if (code_ == machine_cannot || !flush_out())
      complain_of(0, fmt::format("besides, {} FAILED", plan_.name));
    worsen(one_did_not_hold);
  }

  const RunVerb& verb_;
  lab::Plan plan_;
  std::optional<RunFolder> folder_;
  std::unique_ptr<RunFile> capture_;
  lab::RunResult result_;
  int code_ = all_held;
};

int run(const RunVerb& verb) {
  if (verb.out.empty()) {
    return complain_of(bad_input, "--out has no name; give a folder, or --no-files for none");
  }
  auto plan = read_plan(verb.lab, verb.seed);
  if (!plan) return bad_input;
  if (verb.verify && plan->time == lab::TimeMode::wall) {
    return complain_of(
        bad_input, fmt::format("{} follows the clock, so no two runs are alike; leave out --verify",
                               verb.lab));
  }
  const int code = Run(verb, *std::move(plan)).go();
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
  sub->add_option("--out", verb->out, "Folder for the capture and the reports")
      ->capture_default_str();
  sub->add_flag("--verify", verb->verify, "Run it again, watched and unwatched, and compare");
  sub->add_flag("--json", verb->json, "Print the report as JSON");
  sub->add_flag("-q,--quiet", verb->quiet, "Print nothing but errors");
  sub->add_flag("--no-offload", verb->no_offload, "Wire segments and checksums everywhere");
  sub->add_flag("--no-files", verb->no_files, "Write neither capture nor reports");
  sub->add_flag("--no-capture", verb->no_capture, "Write reports alone");
  sub->callback([&action, verb] { action = [verb] { return run(*verb); }; });
}

}  // namespace catenet::tools
