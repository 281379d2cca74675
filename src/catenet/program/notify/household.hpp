// Household: the programs of a lab host. They are processes of this machine without rights or
// namespaces of their own; their network is the host's, whose stack is ours.
//
//   Catenet ──control socket── guard (parent of all, of those that lost theirs too)
//     │ listener of each tree          └─ sh -c "curl …", each in a process group of its own
//     └ Switchboard, which answers their calls
//
// The guard ends them all when Catenet dies, whatever kills it.
#pragma once

#include <expected>
#include <memory>

#include "catenet/program/notify/listener.hpp"
#include "catenet/program/notify/switchboard.hpp"
#include "catenet/program/programs.hpp"

namespace catenet::program::notify {

class Household final : public Programs {
 public:
  // `poller` outlives it. An error: this machine cannot.
  static std::expected<std::unique_ptr<Household>, Problem> create(const std::string& host_name,
                                                                   os::Poller& poller);
  ~Household() override;

  // From here on its programs live on `system`, which outlives it.
  void move_to(System& system, Surroundings surroundings);

  Result<u32> start(const ProcessSpec& spec, ProcessDone done) override;
  // Its guard is gone, whom somebody has killed, and so are its programs: takes away what they had.
  void clear_away();
  Switchboard& switchboard() { return *board_; }

 private:
  class Tree;

  explicit Household(os::Poller& poller);
  std::optional<Problem> launch(const std::string& host_name);
  void await_guard();
  void on_lost() override;
  void end_orphans();
  void on_seconds();
  void look_for_signals();
  void forget(Tree& tree);

  std::string home_;
  std::unique_ptr<Switchboard> board_;
  std::vector<std::unique_ptr<Tree>> trees_;
  std::vector<std::unique_ptr<Tree>> ended_;
  Timer seconds_;
  Timer looks_;  // for signals
};

}  // namespace catenet::program::notify
