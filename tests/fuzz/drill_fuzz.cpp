// Any bytes as a packet script: a run that ends, or problems that point into the text; the same
// each time; never a crash.
#include <cstdlib>
#include <string>

#include "catenet/drill/drill.hpp"

#include "fuzz.hpp"

namespace catenet::drill_fuzz {
namespace {

using namespace drill;

using fuzz::check;

void check_problems(const DrillReport& report, std::string_view text) {
  for (const Problem& problem : report.problems.all()) {
    check(!problem.message.empty());
    check(problem.place.line <= text.size() + 1);
    check(problem.place.column <= text.size() + 1);
  }
  check(!report.problems.to_string("fuzz", text).empty() || report.problems.all().empty());
  const bool ran = report.verdict == Verdict::passed || report.verdict == Verdict::failed;
  check(ran != report.problems.fatal());
  check((report.verdict == Verdict::failed) == !report.failure.empty());
}

}  // namespace

int run(const u8* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data),
                              std::min<std::size_t>(size, 8'192));
  DrillOptions options;
  options.strict = true;
  const DrillReport first = drill::drill("fuzz", text, options);
  check_problems(first, text);
  const DrillReport second = drill::drill("fuzz", text, options);
  check(first.failure == second.failure && first.verdict == second.verdict);
  return 0;
}

}  // namespace catenet::drill_fuzz

FUZZ_TARGET(drill_fuzz)
