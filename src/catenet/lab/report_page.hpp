// The parts of the HTML report; html_report() puts them together. Each appends to the page, and
// nothing where there is nothing to say.
#pragma once

#include <string>

#include "catenet/lab/result.hpp"

namespace catenet::lab {

inline bool good(const StepResult& step) {
  return step.status == StepStatus::passed || step.status == StepStatus::running;
}

// Places in `steps`, as they began; those that never did come last.
std::vector<std::size_t> by_start(const std::vector<StepResult>& steps);
// Those of them that the page shows: all, or the first ones and the first that failed.
std::vector<std::size_t> shown_steps(const RunResult& result, std::size_t most);

std::string page_style();
// Steps along the lab's time.
void append_timeline(std::string& page, const RunResult& result);
// Steps with what they printed.
void append_steps(std::string& page, const RunResult& result);
// Time-sequence graphs of the biggest TCP connections, and a table of all.
void append_connections(std::string& page, const RunResult& result);
// What each direction carried and lost over time.
void append_load(std::string& page, const RunResult& result);
// Directions, ports, nodes, reasons of drops, books.
void append_network(std::string& page, const RunResult& result);

// "<section>" with a heading that its name can be linked to, and the table's frame.
void begin_section(std::string& page, std::string_view name, std::string_view heading);
// A table that may be scrolled sideways; "#" before a heading: numbers.
void begin_table(std::string& page, std::string_view caption,
                 std::initializer_list<std::string_view> headings);
void end_table(std::string& page);
// "… and 12 more, in run.json", where there are more than were shown.
void tell_more(std::string& page, std::size_t all, std::size_t shown);

}  // namespace catenet::lab
