#include "catenet/engine/shards.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "catenet/engine/origin.hpp"

namespace catenet {
namespace {

Instant after_ms(i64 ms) { return Instant::at(Duration::milliseconds(ms)); }

Instant at_ms(i64 ms) { return Instant::at(Duration::milliseconds(ms)); }

// A toy network: nodes that pass tokens along channels with delays, each choosing with its own
// random stream.
struct Token {
  u32 hops = 0;
  u64 value = 0;
};

class Node;

// One direction between two nodes, in one shard or across two.
class Channel {
 public:
  Channel(ShardSet& shards, Node& from, Node& to, Duration delay);
  void send(Token token);

 private:
  void arrive_at(Instant when, u64 key, Token token);
  struct Arrival : Event {
    Arrival(Channel& owner, Token t) : Event(&Arrival::run), channel(owner), token(t) {}
    static void run(Event& event);
    Channel& channel;
    Token token;
  };
  Node& from_;
  Node& to_;
  Duration delay_;
  std::vector<std::unique_ptr<Arrival>> arrivals_;
  std::unique_ptr<Mailbox<Token, Channel, &Channel::arrive_at>> crossed_;
};

class Node {
 public:
  Node(ShardSet& shards, u32 shard, u32 rank)
      : shard_(shard),
        engine_(shards.engine(shard)),
        origin_(fmt::format("n{}", rank), rank, 99),
        random_(origin_.random("choice")) {}

  u32 shard() const { return shard_; }
  Engine& engine() { return engine_; }
  Origin& origin() { return origin_; }
  void join(Channel& channel) { out_.push_back(&channel); }
  void set_bias(u64 bias) { bias_ = bias; }

  void on_token(Token token) {
    origin_.history().add(static_cast<u64>(engine_.now().ns()));
    origin_.history().add(token.value);
    if (token.hops == 0) return;
    const u64 copies = 1 + (random_.below(16) < 1);
    for (u64 i = 0; i < copies; ++i) {
      Channel& next = *out_[random_.below(out_.size())];
      next.send({token.hops - 1, token.value + bias_ + random_.below(1000)});
    }
  }

 private:
  u32 shard_;
  Engine& engine_;
  Origin origin_;
  RandomStream random_;
  std::vector<Channel*> out_;
  u64 bias_ = 0;
};

Channel::Channel(ShardSet& shards, Node& from, Node& to, Duration delay)
    : from_(from), to_(to), delay_(delay) {
  from.join(*this);
  if (from.shard() == to.shard()) return;
  shards.note_lookahead(delay);
  crossed_ =
      std::make_unique<Mailbox<Token, Channel, &Channel::arrive_at>>(shards, from.shard(), *this);
}

void Channel::send(Token token) {
  const Instant when = from_.engine().now() + delay_;
  const u64 key = from_.origin().next_key();
  if (crossed_) {
    crossed_->push(when, key, token);
  } else {
    arrive_at(when, key, token);
  }
}

void Channel::arrive_at(Instant when, u64 key, Token token) {
  arrivals_.push_back(std::make_unique<Arrival>(*this, token));
  to_.engine().schedule_at(when, key, *arrivals_.back());
}

void Channel::Arrival::run(Event& event) {
  auto& arrival = static_cast<Arrival&>(event);
  arrival.channel.to_.on_token(arrival.token);
}

struct Outcome {
  std::vector<u64> histories;
  u64 events = 0;
  Instant end;
  std::vector<i64> steps;
  bool operator==(const Outcome&) const = default;
};

class Network {
 public:
  static constexpr u32 nodes = 10;

  Network(u32 shards, u64 seed) : shards_(shards) {
    RandomStream random(seed);  // the topology, and which shard a node is in
    for (u32 i = 0; i < nodes; ++i) {
      nodes_.push_back(
          std::make_unique<Node>(shards_, static_cast<u32>(random.below(1'000'000)) % shards, i));
    }
    for (u32 i = 0; i < nodes; ++i) {
      connect(i, (i + 1) % nodes, random);
      connect(i, static_cast<u32>(random.below(nodes)), random);
    }
  }

  Outcome run(bool in_pieces) {
    for (u32 i = 0; i < nodes; ++i) nodes_[i]->on_token({60, i});
    // Equal times on purpose: whole milliseconds, as the delays are.
    for (i64 ms : {7, 20, 20, 31}) {
      shards_.at_barrier(after_ms(ms), [this, ms] { step(ms); });
    }
    if (in_pieces) {
      for (i64 ms = 0; ms <= 60; ms += 3) shards_.run_until(after_ms(ms));
    }
    shards_.run_until_idle();
    outcome_.events = shards_.events_run();
    outcome_.end = shards_.now();
    for (auto& node : nodes_) outcome_.histories.push_back(node->origin().history().value());
    return outcome_;
  }

 private:
  void connect(u32 from, u32 to, RandomStream& random) {
    if (from == to) return;
    const Duration delay = Duration::milliseconds(random.between(1, 4));
    channels_.push_back(std::make_unique<Channel>(shards_, *nodes_[from], *nodes_[to], delay));
  }
  void step(i64 ms) {
    for (u32 i = 0; i < shards_.size(); ++i) EXPECT_EQ(shards_.engine(i).now(), after_ms(ms));
    outcome_.steps.push_back(ms);
    for (auto& node : nodes_) node->set_bias(static_cast<u64>(ms));
    nodes_[static_cast<std::size_t>(ms) % nodes]->on_token({30, 1});  // sends at a barrier
  }
  ShardSet shards_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Channel>> channels_;
  Outcome outcome_;
};

TEST(ShardSet, random_program_has_the_same_histories_for_any_number_of_shards) {
  for (u64 seed = 1; seed <= 25; ++seed) {
    const Outcome one = Network(1, seed).run(false);
    EXPECT_GT(one.events, 500u);
    for (u32 shards : {1u, 2u, 5u}) {
      EXPECT_EQ(Network(shards, seed).run(false), one) << seed << " with " << shards;
    }
  }
}

TEST(ShardSet, running_in_pieces_changes_no_history) {
  for (u64 seed = 1; seed <= 10; ++seed) {
    const Outcome whole = Network(1, seed).run(false);
    for (u32 shards : {1u, 3u}) {
      const Outcome pieces = Network(shards, seed).run(true);
      EXPECT_EQ(pieces.histories, whole.histories) << seed << " with " << shards;
      EXPECT_EQ(pieces.events, whole.events);
      EXPECT_EQ(pieces.steps, whole.steps);
    }
  }
}

class Note : public Event {
 public:
  Note(std::vector<std::string>& story, std::string text)
      : Event(&Note::run), story_(story), text_(std::move(text)) {}

 private:
  static void run(Event& event) {
    auto& note = static_cast<Note&>(event);
    note.story_.push_back(note.text_);
  }
  std::vector<std::string>& story_;
  std::string text_;
};

using Story = std::vector<std::string>;

TEST(ShardSet, step_runs_after_everything_before_and_before_everything_at_its_time) {
  ShardSet shards(2);
  shards.note_lookahead(1_ms);
  Story story;
  Note before(story, "before"), same(story, "same"), other(story, "same, other shard");
  shards.engine(0).schedule_at(at_ms(5) - 1_ns, 1, before);
  shards.engine(0).schedule_at(at_ms(5), 0, same);
  shards.engine(1).schedule_at(at_ms(5), 1, other);
  shards.at_barrier(at_ms(5), [&] {
    story.push_back("step");
    EXPECT_EQ(shards.now(), at_ms(5));
    shards.at_barrier(at_ms(5), [&] { story.push_back("added"); });
  });
  shards.at_barrier(at_ms(5), [&] { story.push_back("second step"); });
  EXPECT_EQ(shards.next_time(), at_ms(5) - 1_ns);
  shards.run_until_idle();
  EXPECT_EQ(story, (Story{"before", "step", "second step", "added", "same", "same, other shard"}));
}

TEST(ShardSet, run_until_sets_every_clock_and_leaves_what_is_later) {
  ShardSet shards(3);
  shards.note_lookahead(10_ms);
  Story story;
  Note now(story, "now"), later(story, "later");
  shards.engine(1).schedule_at(at_ms(7), 1, now);
  shards.engine(2).schedule_at(Instant::at(7'000'001_ns), 1, later);
  shards.run_until(at_ms(7));
  EXPECT_EQ(story, (Story{"now"}));
  for (u32 i = 0; i < 3; ++i) EXPECT_EQ(shards.engine(i).now(), at_ms(7));
  EXPECT_EQ(shards.now(), at_ms(7));
  shards.run_until_idle();
  EXPECT_EQ(story, (Story{"now", "later"}));
  EXPECT_EQ(shards.next_time(), Instant::never());
}

TEST(ShardSet, idle_run_leaves_every_clock_at_the_last_event) {
  ShardSet shards(2);
  shards.note_lookahead(1_ms);
  Story story;
  Note first(story, "first"), last(story, "last");
  shards.engine(1).schedule_at(at_ms(1), 1, first);
  shards.engine(0).schedule_at(at_ms(9), 1, last);
  shards.run_until_idle();
  EXPECT_EQ(shards.engine(0).now(), at_ms(9));
  EXPECT_EQ(shards.engine(1).now(), at_ms(9));
  EXPECT_EQ(shards.events_run(), 2u);
}

TEST(ShardSet, stop_from_a_step_or_an_event_returns_and_can_go_on) {
  ShardSet shards(1);
  Story story;
  Note later(story, "later");
  shards.engine(0).schedule_at(at_ms(9), 1, later);
  shards.at_barrier(at_ms(3), [&] { shards.stop(); });
  shards.at_barrier(at_ms(3), [&] { story.push_back("second step"); });
  shards.run_until(at_ms(20));
  EXPECT_TRUE(story.empty());
  EXPECT_EQ(shards.now(), at_ms(3));
  shards.run_until(at_ms(5));
  EXPECT_EQ(story, (Story{"second step"}));
  struct Stopper : Event {
    explicit Stopper(Engine& e)
        : Event([](Event& s) { static_cast<Stopper&>(s).engine.stop(); }), engine(e) {}
    Engine& engine;
  } stopper(shards.engine(0));
  shards.engine(0).schedule_at(at_ms(6), 0, stopper);
  shards.run_until_idle();
  EXPECT_EQ(shards.now(), at_ms(6));
  EXPECT_EQ(story.size(), 1u);
  shards.run_until_idle();
  EXPECT_EQ(story, (Story{"second step", "later"}));
}

TEST(ShardSetDeathTest, misuse_is_a_broken_invariant) {
  EXPECT_DEATH(ShardSet(0), "broken invariant");
  ShardSet shards(2);
  EXPECT_DEATH(shards.note_lookahead(0_s), "broken invariant");
  shards.run_until(at_ms(5));
  EXPECT_DEATH(shards.at_barrier(at_ms(4), [] {}), "broken invariant");
}

}  // namespace
}  // namespace catenet
