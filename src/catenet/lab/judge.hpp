// Judging what a command did by what the lab file promised.
#pragma once

#include "catenet/lab/model.hpp"
#include "catenet/lab/result.hpp"

namespace catenet::lab {

// Adds to `result.faults` whatever does not hold. A command without a word about its exit code must
// end with 0.
void judge_run(const RunExpectation& expect, StepResult& result);
// Of a command that was to run until it was stopped and was not: what it says of its exit code must
// hold, and without a word nothing is right.
void judge_early_end(const RunExpectation& expect, StepResult& result);
// The same of a command that still runs: what it has printed, and for how long; not how it ends.
void judge_running(const RunExpectation& expect, Instant now, StepResult& result);

}  // namespace catenet::lab
