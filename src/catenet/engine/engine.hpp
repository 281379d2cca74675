// Engine: the event queue of one shard. Events run in the order (time, key); a key is (origin, the
// origin's counter), so the order is the same however nodes are spread over shards.
#pragma once

#include "catenet/base/assert.hpp"
#include "catenet/base/types.hpp"
#include "catenet/engine/event_queue.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

class Engine;

// An event lives in its owner (a link direction, a connection, an awaiter); scheduling allocates
// nothing. An event that is destroyed is cancelled.
class Event : QueuedEvent {
 public:
  using Action = void (*)(Event&);

  explicit Event(Action action) : action_(action) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cancel(); }

  bool scheduled() const { return engine_ != nullptr; }
  // When it runs; only while scheduled.
  Instant when() const { return QueuedEvent::when; }
  void cancel();

 private:
  friend class Engine;
  Action action_;
  Engine* engine_ = nullptr;
};

// An event that calls a member function of its owner: `MemberEvent<Link, &Link::on_arrival>
// arrival_{*this};`
template <typename Owner, void (Owner::*Method)()>
class MemberEvent : public Event {
 public:
  explicit MemberEvent(Owner& owner) : Event(&MemberEvent::run), owner_(&owner) {}

 private:
  static void run(Event& event) { (static_cast<MemberEvent&>(event).owner_->*Method)(); }
  Owner* owner_;
};

class Engine {
 public:
  // The clock begins at `start`.
  explicit Engine(Instant start = Instant()) : queue_(start), now_(start) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  Instant now() const { return now_; }

  // Runs `event` at `when` (not before now()); an event already scheduled moves. `key` from
  // Origin::next_key().
  void schedule_at(Instant when, u64 key, Event& event);
  void cancel(Event& event);

  bool idle() const { return queue_.empty(); }
  // When the next event runs; never() when none is scheduled.
  Instant next_time() { return queue_.first_time(); }

  // Runs the next event; false when there is none.
  bool run_next();
  // Runs every event up to and including `end`, then sets the clock to it.
  void run_until(Instant end);
  // Runs every event before `end`; the clock stays at the last one.
  void run_before(Instant end);
  // Runs until nothing is scheduled.
  void run_until_idle();
  // Moves the clock without running anything; no event may be due before `to`.
  void advance_to(Instant to);
  // Events run since the start.
  u64 events_run() const { return events_run_; }
  // Makes run_until, run_before and run_until_idle return after the event that is running, or after
  // so many more.
  void stop() { stopped_ = true; }
  void stop_after(u64 events) { stop_at_ = events_run_ + events; }
  // Whether the last of these calls was stopped.
  bool stopped() const { return stopped_; }

 private:
  friend class Event;
  EventQueue queue_;
  Instant now_;
  u64 events_run_ = 0;
  u64 stop_at_ = 0;  // events_run_ then; 0: never
  bool stopped_ = false;
};

inline void Event::cancel() {
  if (engine_) engine_->cancel(*this);
}

}  // namespace catenet
