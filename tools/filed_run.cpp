#include "filed_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <unistd.h>

#include "catenet/lab/report.hpp"

#include "lab_run.hpp"
#include "output.hpp"
#include "run_folder.hpp"
#include "signals.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

bool colourful() { return isatty(STDOUT_FILENO) != 0 && !std::getenv("NO_COLOR"); }

// A run's way from its plan to its files; every mishap makes `code` worse, and none hides another.
class Run {
 public:
  Run(const RunWishes& wishes, const lab::Plan& plan) : wishes_(wishes), plan_(plan) {}

  int go() {
    note_interrupts();
    if (!wishes_.no_files && !prepare_files()) return code_;
    LabRunOptions options;
    options.offload = !wishes_.no_offload;
    options.watch_traffic = folder_.has_value() && !wishes_.live;
    options.live = wishes_.live;
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
    if (wishes_.verify && result_.broken_off.empty()) verify();
    // Before anything is printed: whoever reads that may go away.
    if (folder_) write_reports();
    print();
    judge();
    return code_;
  }

 private:
  void worsen(int code) { code_ = std::max(code_, code); }

  bool prepare_files() {
    auto folder = RunFolder::open(wishes_.out + "/" + plan_.name);
    if (!folder) {
      worsen(complain_of(machine_cannot, folder.error()));
      return false;
    }
    folder_ = *std::move(folder);
    if (wishes_.no_capture || plan_.capture.nothing()) return true;
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
    std::string difference = verify_plan(plan_, !wishes_.no_offload, result_.event_hash);
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
    if (wishes_.json) {
      print_out(lab::json_report(result_));
    } else if (!wishes_.quiet) {
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

  const RunWishes& wishes_;
  const lab::Plan& plan_;
  std::optional<RunFolder> folder_;
  std::unique_ptr<RunFile> capture_;
  lab::RunResult result_;
  int code_ = all_held;
};

}  // namespace

int end_without_run(const RunWishes& wishes, const std::string& lab, int code) {
  if (!wishes.no_files && !lab.empty()) RunFolder::clear(wishes.out + "/" + lab);
  return code;
}

int run_with_files(const RunWishes& wishes, const lab::Plan& plan) {
  return Run(wishes, plan).go();
}

}  // namespace catenet::tools
