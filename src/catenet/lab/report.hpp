// Reports: what came of a run, for people and for programs.
#pragma once

#include <string>

#include "catenet/lab/result.hpp"

namespace catenet::lab {

struct TextOptions {
  bool colour = false;  // ANSI, for terminals
  bool outputs = true;  // what commands printed
};

// Steps, expectations, links with what they lost and why, the books, seed and hash; ends with the
// verdict.
std::string text_report(const RunResult& result, const TextOptions& options = {});

// The same as JSON, indented by two; times in seconds with nine decimals, as text, so that nothing
// is rounded.
std::string json_report(const RunResult& result);

// The same for what reads tests' results, as JUnit's XML: a test case for each command, each
// expectation, and the run itself. Times are the lab's, in seconds.
std::string junit_report(const RunResult& result);

// The same as one page that needs nothing else, with a timeline, graphs of the biggest TCP
// connections and of each link's load, and all tables; bounded however long the run was. Of a run
// in virtual time it holds nothing but what the run repeats.
std::string html_report(const RunResult& result);

}  // namespace catenet::lab
