// What goes on in the namespaces of the caller, as /proc tells it. Read proc(5).
#pragma once

#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::program {

struct LivingProcess {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  std::string name;
  bool stopped = false;  // by SIGSTOP, or traced
  i64 started = 0;       // in clock ticks since the machine's start
};

// Every process but the first and those that are dead and not yet reaped, by pid.
std::vector<LivingProcess> living_processes();

// Those of them that came from `root`, without itself.
std::vector<LivingProcess> descendants_of(pid_t root);

// Kills the caller's children, and theirs, but those of `known`: he is their subreaper, and no one
// else is left who knows them.
void end_children_but(std::span<const pid_t> known);

// When it began, and now: since the machine's start.
i64 started_ms(const LivingProcess& process);
i64 since_boot_ms();
// Its words; "[name]" where it has none.
std::string command_line_of(const LivingProcess& process);

// Whether anything listens on that TCP port, of either family.
bool listens_on(u16 port);

// Of the machine's monotonic clock.
i64 monotonic_ms();
i64 monotonic_ns();
// How long processes have after SIGTERM, and how long their end may take after SIGKILL.
inline constexpr i64 grace_ms = 2'000;
inline constexpr i64 kill_ms = 1'000;

}  // namespace catenet::program
