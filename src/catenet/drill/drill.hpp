// A drill: a script, run against a host in virtual time. docs/drill.md is about writing them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "catenet/drill/problem.hpp"

namespace catenet::drill {

enum class Verdict : u8 {
  passed,
  failed,       // something else happened than the script says
  unsupported,  // a script that asks for what there is not here
  bad,          // no script
};
// "passed", "failed", "unsupported", "bad".
std::string_view verdict_name(Verdict verdict);

struct DrillOptions {
  std::optional<u64> seed;
  // Packets that the script does not expect, sent by its last event, are a failure too.
  bool strict = false;
  // "NAME=VALUE" each, as --define in a script.
  std::vector<std::string> definitions;
  // Begins with Scene::take_linux_defaults().
  bool linux_defaults = false;
  // Told each line of the conversation as it happens.
  std::function<void(std::string_view line)> tell;
};

struct DrillReport {
  Verdict verdict = Verdict::passed;
  Problems problems;  // of the script; with `passed` and `failed` only what was ignored
  // Of a failure: the conversation so far, what was expected beside what came. Lines that end in
  // '\n'.
  std::string failure;
  u32 line = 0;     // of the event that failed
  u32 events = 0;   // that happened
  u32 packets = 0;  // both ways
  Duration lasted;  // in virtual time
};

// `file` is the script's name in messages, `text` what is in it.
DrillReport drill(std::string_view file, std::string_view text, const DrillOptions& options = {});

}  // namespace catenet::drill
