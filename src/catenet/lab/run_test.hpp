// What the tests of whole runs share: a lab's text in, what came of it out.
#pragma once

#include "catenet/lab/read_test.hpp"
#include "catenet/lab/runner.hpp"

namespace catenet::lab {

inline RunResult run_of(const std::string& text, const RunnerOptions& options = {}) {
  const Plan plan = plan_of(text);
  Runner runner(plan, options);
  runner.run();
  return runner.collect();
}

// Two hosts on a cable of 10 ms each way, and the rest of a file.
inline std::string pair_and(const std::string& rest, const std::string& impair = "") {
  return "name: pair\nnodes: {a: , b: }\nlinks: [{name: line, endpoints: [a, b], impair: {delay: "
         "10 ms" +
         impair + "}}]\n" + rest;
}

// All faults of a step in one line.
inline std::string faults(const StepResult& step) {
  std::string text;
  for (const std::string& fault : step.faults) text += (text.empty() ? "" : "; ") + fault;
  return text;
}

}  // namespace catenet::lab
