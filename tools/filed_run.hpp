// A run of a lab from its plan to its files: what `catenet run` and `catenet up` share.
#pragma once

#include <string>

#include "catenet/lab/live_lab.hpp"
#include "catenet/lab/plan.hpp"

namespace catenet::tools {

struct RunWishes {
  std::string out = "out";
  bool verify = false;
  bool json = false;
  bool quiet = false;
  bool no_offload = false;
  bool no_files = false;
  bool no_capture = false;
  lab::LiveLab* live = nullptr;  // it is up until somebody wants its end
};

// A run ends before it has begun: nobody is to take an earlier one's reports for its own. The exit
// code again. `lab`: its name; empty where it cannot be told.
int end_without_run(const RunWishes& wishes, const std::string& lab, int code);

// Runs it, writes what it leaves and prints its report. The exit code.
int run_with_files(const RunWishes& wishes, const lab::Plan& plan);

}  // namespace catenet::tools
