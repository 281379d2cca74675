// Run: one script's events in order on its stage. Of this folder only; drill.hpp is the door.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/drill/calls.hpp"
#include "catenet/drill/conversation.hpp"
#include "catenet/drill/drill.hpp"
#include "catenet/drill/formula.hpp"
#include "catenet/drill/stage.hpp"

namespace catenet::drill {

class Run {
 public:
  Run(std::string_view file, const Script& script, const Scene& setup, const DrillOptions& options);
  // Fills verdict, failure and the counts.
  void run(DrillReport& report);

 private:
  // A call that waits.
  struct Pending {
    const Event* event = nullptr;
    Prepared prepared;
    Instant expected;  // its end
    std::optional<Outcome> outcome{};
    Instant finished;
  };

  // Each false where the script failed.
  bool happen(const Event& event);
  bool send_packet(const Event& event, const PacketEvent& packet);
  bool expect_packet(const Event& event, const PacketEvent& packet);
  bool call(const Event& event, const CallEvent& call);
  bool code(const Event& event, const CodeEvent& code);
  bool command(const Event& event, const CommandEvent& command);

  // When `event` is to happen; of a range its end is added in `until`.
  Instant time_of(const Event& event, Instant& until) const;
  void wait_until(Instant when);
  // Lets the host's next event happen; false: there is none by `deadline`.
  bool step(Instant deadline);
  bool exhausted() const;
  // The next packet sent, by `deadline`; nothing: there is none.
  std::optional<Sent> next_sent(Instant deadline);
  void join_segments(const PacketEvent& wanted, Instant at, PacketEvent& came);
  bool check_packet(const Event& event, const PacketEvent& wanted, const Sent& sent, Instant from,
                    Instant until);
  bool check_outcome(const Event& event, const Outcome& outcome);
  // The call that waits must have ended, or end as it should.
  bool finish_pending();
  bool check_pending();
  bool check_rest();
  static Task<void> wait(Scheduler& scheduler, Pending& pending);

  void tell(Instant at, std::string_view line);
  bool fail(const Event& event, const std::string& what, std::string_view details);
  std::string beside(std::string_view expected, std::string_view actual) const;

  std::string file_;
  const Script& script_;
  Scene setup_;
  const DrillOptions& options_;
  Stage stage_;
  Conversation conversation_;
  Calls calls_;
  Formula formula_;
  TaskGroup tasks_;
  std::optional<Pending> pending_;
  u64 steps_ = 0;  // events of the host
  Instant last_;   // of the event before, in the script's time
  std::string story_;
  DrillReport* report_ = nullptr;
};

}  // namespace catenet::drill
