// The verbs of `catenet`: each adds its options to the command line and says what to do when it is
// chosen.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace catenet::tools {

// Exit codes: what scripts and CI look at.
enum ExitCode : int {
  all_held = 0,
  one_did_not_hold = 1,
  bad_input = 2,       // the file or the command line is wrong
  machine_cannot = 3,  // the reason was printed
  internal_error = 4,
};

using Action = std::function<int()>;

// Each sets `action` when its verb is chosen.
void add_run(CLI::App& app, Action& action);
// A lab that stays up, and what its user does to it meanwhile.
void add_up(CLI::App& app, Action& action);
void add_exec(CLI::App& app, Action& action);  // and sh
void add_capture(CLI::App& app, Action& action);
void add_live(CLI::App& app, Action& action);  // ps, set, cut, heal and down
void add_validate(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_storm(CLI::App& app, Action& action);
void add_drill(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
// Every tool is a verb.
void add_tools(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);

}  // namespace catenet::tools
