// ShardSet: several engines that make one run. Each advances through a window as long as the
// smallest delay of any link between shards; what crosses waits in mailboxes that are emptied
// between windows. The order of events is (time, key) with keys from the sender's Origin, so a run
// is the same for any number of shards. Shards share nothing but the mailboxes. They run one after
// another here; a thread each would change no result.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "catenet/base/intrusive_list.hpp"
#include "catenet/base/ring.hpp"
#include "catenet/engine/engine.hpp"

namespace catenet {

class ShardSet;

// One direction of a link whose ends lie in different shards. Written by the sender's shard while
// it runs.
class CrossShardInbox : public ListHook<CrossShardInbox> {
 public:
  CrossShardInbox(ShardSet& shards, u32 from) : shards_(shards), from_(from) {}
  CrossShardInbox(const CrossShardInbox&) = delete;
  CrossShardInbox& operator=(const CrossShardInbox&) = delete;

 protected:
  virtual ~CrossShardInbox() = default;
  // Call after each push; asks for drain() before the next window.
  void mark_pending();

 private:
  friend class ShardSet;
  // Between windows: hand everything to the receiver, which schedules each message at its own
  // (when, key).
  virtual void drain() = 0;
  ShardSet& shards_;
  u32 from_;
};

// The inbox for messages of one type; its owner takes them with a member function, called between
// windows in the order of pushing:
//   Mailbox<Packet, Link, &Link::on_crossed> crossed_{shards, from, *this};
template <typename Message, typename Owner, void (Owner::*Accept)(Instant, u64, Message)>
class Mailbox final : public CrossShardInbox {
 public:
  Mailbox(ShardSet& shards, u32 from, Owner& owner)
      : CrossShardInbox(shards, from), owner_(&owner) {}

  // `when` is not before the sender's now plus the lookahead; `key` from the sender's Origin.
  void push(Instant when, u64 key, Message message) {
    pending_.push_back({when, key, std::move(message)});
    mark_pending();
  }
  bool empty() const { return pending_.empty(); }

 private:
  struct Entry {
    Instant when;
    u64 key = 0;
    Message message;
  };
  void drain() override {
    while (!pending_.empty()) {
      Entry entry = pending_.pop_front();
      (owner_->*Accept)(entry.when, entry.key, std::move(entry.message));
    }
  }
  Owner* owner_;
  Ring<Entry> pending_;
};

class ShardSet {
 public:
  using Step = std::function<void()>;

  // All clocks begin at `start`.
  explicit ShardSet(u32 shards = 1, Instant start = Instant());
  ShardSet(const ShardSet&) = delete;
  ShardSet& operator=(const ShardSet&) = delete;

  u32 size() const { return static_cast<u32>(shards_.size()); }
  Engine& engine(u32 shard) { return shards_[shard]->engine; }

  // A link between shards never delivers sooner than `delay` (> 0) after sending. The smallest
  // counts. Not while an event runs.
  void note_lookahead(Duration delay);
  // Infinite while nothing crosses.
  Duration lookahead() const { return lookahead_; }

  // Runs `step` at `when`: every event before has run, none at `when` has, and every shard's clock
  // stands at it. What is scripted this way is the same for any number of shards. Steps of one
  // instant run in the order of the calls. Not while an event runs; a step may add steps, also for
  // its own instant.
  void at_barrier(Instant when, Step step);

  // Run every event and step up to and including `end`, then set all clocks to it.
  void run_until(Instant end);
  // Runs until there is neither event nor step; all clocks then show when the last of them was.
  void run_until_idle();
  // Makes run_until and run_until_idle return before the next window or step; Engine::stop of any
  // shard does so too. How far the shards are then depends on their number.
  void stop() { stopped_ = true; }

  // The clock that all shards have reached. Within an event ask that shard's engine.
  Instant now() const { return now_; }
  // When the next event or step is due; never() when there is none. Not while an event runs.
  Instant next_time();
  u64 events_run() const;

 private:
  friend class CrossShardInbox;
  // A cache line of its own: what a shard writes while it runs is written by nobody else.
  struct alignas(64) Shard {
    explicit Shard(Instant start) : engine(start) {}
    Engine engine;
    IntrusiveList<CrossShardInbox> outgoing;
  };
  struct PlannedStep {
    Instant when;
    Step step;
  };

  // One window or one instant's steps; false when nothing is due up to `end`.
  bool advance(Instant end);
  void run_window(Instant end);
  void run_steps(Instant when);
  void drain();
  void set_clocks(Instant when);
  Instant next_event_time() const;

  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<PlannedStep> steps_;  // sorted by time, last one first
  Duration lookahead_ = Duration::infinite();
  Instant now_;
  bool in_window_ = false;
  bool stopped_ = false;
};

}  // namespace catenet
