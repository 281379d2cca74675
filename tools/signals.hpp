// What the program does about signals.
#pragma once

namespace catenet::tools {

// Writing where nobody reads, or more than a limit allows, is an error of that write and no death;
// abort() ends with internal_error, and leaves no core behind. Programs that are started have the
// defaults.
void tame_signals();

// From now on SIGINT, SIGTERM and SIGHUP are noted instead of ending the program; the second time
// they end it. Those that were ignored stay so.
void note_interrupts();
// The signal that was noted; 0: none.
int interrupted_by();
// Ends the program as `signal` would have, so that a shell sees it.
[[noreturn]] void end_by(int signal);

}  // namespace catenet::tools
