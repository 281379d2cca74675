// `catenet ping` and the other tools: what a lab's script runs, on this machine's own network.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catenet/service/tool.hpp"

#include "machine_run.hpp"
#include "output.hpp"
#include "signals.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

constexpr std::string_view no_raw_sockets =
    "this machine lets only root, or who has CAP_NET_RAW, open raw sockets. Echoes can be allowed "
    "for others: sysctl -w net.ipv4.ping_group_range='0 2147483647'";

// What a tool prints comes out at once; that nobody reads it any more ends the tool.
class Printed final : public Output {
 public:
  explicit Printed(TaskGroup& tasks) : tasks_(tasks) {}
  void write(std::string_view text) override {
    print_out(text);
    if (!flush_out()) tasks_.cancel();
  }

 private:
  TaskGroup& tasks_;
};

class Complaints final : public Output {
 public:
  void write(std::string_view text) override { print_error(text); }
};

Task<void> run(Invocation& invocation, Tool tool, int& code) { code = co_await tool(invocation); }

}  // namespace

std::unique_ptr<os::MachineSystem> open_machine() {
  auto system = os::MachineSystem::create();
  if (system) return *std::move(system);
  complain_of(machine_cannot,
              fmt::format("cannot begin on this machine: {}", errno_text(system.error())));
  return nullptr;
}

std::unique_ptr<os::Interrupts> watch_signals(os::MachineSystem& system, TaskGroup& tasks) {
  auto interrupts =
      os::Interrupts::create(system.loop().poller(), [&tasks](int) { tasks.cancel(); });
  if (interrupts) return *std::move(interrupts);
  complain_of(machine_cannot,
              fmt::format("cannot watch for signals: {}", errno_text(interrupts.error())));
  return nullptr;
}

void run_to_end(os::MachineSystem& system, TaskGroup& tasks) {
  system.loop().run_until([&tasks] { return tasks.empty(); });
}

int run_tool(const std::vector<std::string>& words) {
  const auto system = open_machine();
  if (!system) return machine_cannot;
  int code = machine_cannot;
  TaskGroup tasks(system->scheduler());
  const auto interrupts = watch_signals(*system, tasks);
  if (!interrupts) return machine_cannot;
  Printed out(tasks);
  Complaints error;
  Invocation invocation{*system, words, out, error};
  tasks.spawn(run(invocation, find_tool(words.front()), code));
  run_to_end(*system, tasks);
  const int signal = interrupts->came();
  if (code != 0 && system->lacks_raw_sockets()) code = complain_of(machine_cannot, no_raw_sockets);
  if (!flush_out()) code = machine_cannot;
  // ping was asked to end and to tell what it has seen; the others were broken off. Nobody waits
  // for a name that is still being asked for.
  const bool broken_off = signal != 0 && words.front() != "ping";
  if (!broken_off && !(signal != 0 && system->resolving())) return code;
  static_cast<void>(finish_output(code));
  end_by(signal);
}

void add_tools(CLI::App& app, Action& action) {
  for (const std::string_view name : tool_names()) {
    const std::string tool(name);
    CLI::App* verb = app.add_subcommand(
        tool, fmt::format("Runs {0} on this machine's own network; `catenet {0} -h`", tool));
    verb->prefix_command();
    verb->set_help_flag();
    // The words are the tool's: nothing of them is an option here.
    verb->callback([verb, &action, tool] {
      std::vector<std::string> words = verb->remaining();
      words.insert(words.begin(), tool);
      action = [words] { return run_tool(words); };
    });
  }
}

}  // namespace catenet::tools
