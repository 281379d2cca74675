// Random storms: nodes that talk and pass frames on at random, links whose impairments change, go
// down and are cut at random. What must hold for every seed: the books balance, and the history is
// the same with and without captures and for any number of shards.
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::CountingRecorder;
using link_test::Origins;

constexpr u32 node_count = 6;

std::string node_name(u32 node) { return "n" + std::to_string(node); }

// Sends frames at random times and passes half of what it hears on by a random port.
class Node final : public FrameHandler {
 public:
  Node(Engine& engine, PacketPool& pool, Origin& origin)
      : engine_(engine), pool_(pool), origin_(origin), random_(origin.random("storm")) {}

  Nic& add_port() {
    ports.push_back(std::make_unique<Nic>(origin_.name() + ":e" + std::to_string(ports.size()),
                                          MacAddress::from_u64(0x020000000000 + origin_.rank()),
                                          1'500, engine_, pool_, origin_));
    ports.back()->attach(*this);
    return *ports.back();
  }
  void start(Instant until) {
    until_ = until;
    on_tick();
  }
  void on_frame(Nic&, Packet&& frame) override {
    ++heard;
    if (random_.below(2) == 0) send(std::move(frame));
  }
  void on_carrier(Nic& nic, bool up) override {
    if (up) nic.output(make());
  }

  std::vector<std::unique_ptr<Nic>> ports;
  u64 heard = 0;

 private:
  void on_tick() {
    for (u64 burst = random_.below(4); burst > 0; --burst) send(make());
    const Instant next = engine_.now() + Duration::nanoseconds(random_.between(1, 2'000'000));
    if (next < until_) engine_.schedule_at(next, origin_.next_key(), tick_);
  }
  Packet make() {
    const u32 size = static_cast<u32>(random_.between(18, 1'514));
    return link_test::make_frame(pool_, MacAddress::broadcast(), ports[0]->mac(), size,
                                 static_cast<u32>(random_.next()));
  }
  void send(Packet&& frame) { ports[random_.below(ports.size())]->output(std::move(frame)); }

  Engine& engine_;
  PacketPool& pool_;
  Origin& origin_;
  RandomStream random_;
  Instant until_;
  MemberEvent<Node, &Node::on_tick> tick_{*this};
};

// Valid, with a delay of at least a millisecond after jitter, so that a cut between shards may go
// anywhere.
Impairment random_impairment(RandomStream& random) {
  const auto sometimes = [&](u32 most) {
    return random.below(3) == 0 ? static_cast<u32>(random.below(most)) : 0u;
  };
  Impairment impairment;
  impairment.delay = 5_ms + Duration::nanoseconds(random.between(0, 5'000'000));
  impairment.rate_bps =
      random.below(3) == 0 ? 0 : static_cast<u64>(random.between(1'000'000, 50'000'000));
  if (random.below(2) == 0) {
    impairment.jitter = {static_cast<Jitter::Distribution>(random.below(4)),
                         Duration::nanoseconds(random.between(1, 1'000'000)), 0,
                         random.below(2) == 0};
  }
  impairment.loss.independent_ppb = sometimes(200'000'000);
  if (random.below(3) == 0)
    impairment.loss.burst = {50'000'000, 300'000'000, 10'000'000, 900'000'000};
  impairment.loss.every_nth = sometimes(20);
  if (random.below(3) == 0) impairment.reorder = {100'000'000, 3_ms, sometimes(5)};
  impairment.duplicate_ppb = sometimes(300'000'000);
  impairment.bit_errors_per_1e15 = u64{sometimes(1'000)} * 100'000'000;
  impairment.queue.frames = static_cast<u32>(random.below(30));
  impairment.queue.discipline = static_cast<Discipline>(random.below(3));
  impairment.queue.codel = {200_us, 2_ms};
  impairment.queue.red = {.min = 1, .max = 4, .weight_per_1e15 = 250'000'000'000'000};
  if (impairment.queue.discipline == Discipline::red) impairment.queue.frames += 4;
  impairment.mtu = random.below(4) == 0 ? 1'200 : 0;
  return impairment;
}

class Storm {
 public:
  Storm(u64 seed, u32 shards, Recorder* recorder = nullptr)
      : shards_(shards), origins_(names(), seed), script_(seed) {
    for (u32 i = 0; i < shards; ++i) pools_.push_back(std::make_unique<PacketPool>());
    for (u32 i = 0; i < node_count; ++i) {
      const u32 shard = i % shards;
      nodes_.push_back(
          std::make_unique<Node>(shards_.engine(shard), *pools_[shard], origins_[node_name(i)]));
    }
    for (const auto& [a, b] : cables) {
      links_.push_back(std::make_unique<Link>(nodes_[a]->add_port(), nodes_[b]->add_port(),
                                              origins_[direction(a, b)], origins_[direction(b, a)],
                                              random_impairment(script_), &shards_));
    }
    if (recorder) record(recorder);
  }
  ~Storm() { links_.clear(); }

  void run() {
    const Instant end = link_test::at(400_ms);
    for (auto& node : nodes_) node->start(end);
    for (i64 ms = 10; ms < 400; ms += 10) {
      shards_.at_barrier(link_test::at(Duration::milliseconds(ms)), [this] { step(); });
    }
    shards_.run_until_idle();
  }
  std::map<std::string, u64> histories() const { return origins_.histories(); }
  std::vector<u64> results() const {
    std::vector<u64> all;
    for (const auto& node : nodes_) all.push_back(node->heard);
    for (const auto& link : links_) {
      for (const Way way : {Way::a_to_b, Way::b_to_a}) {
        const DirectionCounters counters = link->direction(way).counters();
        all.insert(all.end(),
                   {counters.offered, counters.delivered, counters.delivered_bytes,
                    counters.duplicated, counters.held_back, counters.in_flight, counters.marked});
        all.insert(all.end(), counters.dropped.begin(), counters.dropped.end());
      }
    }
    return all;
  }
  bool books_balance() const {
    return std::all_of(links_.begin(), links_.end(),
                       [](auto& link) { return link->books_balance(); });
  }
  u64 in_flight() const {
    u64 sum = 0;
    for (const auto& link : links_) {
      sum += link->direction(Way::a_to_b).counters().in_flight;
      sum += link->direction(Way::b_to_a).counters().in_flight;
    }
    return sum;
  }
  void add_drops_to(DropCounters& sum) const {
    for (const auto& link : links_) {
      add_drops(sum, link->direction(Way::a_to_b).counters().dropped);
      add_drops(sum, link->direction(Way::b_to_a).counters().dropped);
    }
  }
  bool balanced_at_every_step() const { return balanced_; }

 private:
  static constexpr u32 cables[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 4},
                                      {4, 5}, {5, 0}, {0, 3}, {1, 4}};

  static std::string direction(u32 a, u32 b) { return node_name(a) + ">" + node_name(b); }
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (u32 i = 0; i < node_count; ++i) all.push_back(node_name(i));
    for (const auto& [a, b] : cables) all.insert(all.end(), {direction(a, b), direction(b, a)});
    return all;
  }
  void record(Recorder* recorder) {
    PortId port = 0;
    for (auto& node : nodes_) {
      for (auto& nic : node->ports) nic->set_recorder(recorder, port++);
    }
  }
  void step() {
    balanced_ = balanced_ && books_balance();
    Link& link = *links_[script_.below(links_.size())];
    const Way way = static_cast<Way>(script_.below(2));
    switch (script_.below(5)) {
      case 0: link.set_up(!link.up()); break;
      case 1: link.set_partitioned(way, !link.direction(way).partitioned()); break;
      default:
        if (!link.set(way, random_impairment(script_))) ADD_FAILURE();
    }
    balanced_ = balanced_ && books_balance();
  }

  ShardSet shards_;
  std::vector<std::unique_ptr<PacketPool>> pools_;
  Origins origins_;
  RandomStream script_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Link>> links_;
  bool balanced_ = true;
};

TEST(Storm, books_balance_at_every_step_and_at_the_end) {
  for (u64 seed = 0; seed < 40; ++seed) {
    Storm storm(seed, 1);
    storm.run();
    EXPECT_TRUE(storm.balanced_at_every_step()) << seed;
    EXPECT_TRUE(storm.books_balance()) << seed;
    EXPECT_EQ(storm.in_flight(), 0u) << seed;
  }
}

TEST(Storm, every_discipline_drops) {
  DropCounters sum;
  for (u64 seed = 0; seed < 10; ++seed) {
    Storm storm(seed, 1);
    storm.run();
    storm.add_drops_to(sum);
  }
  for (const Drop reason : {Drop::queue_full, Drop::codel, Drop::red_early, Drop::red_forced}) {
    EXPECT_GT(sum[static_cast<std::size_t>(reason)], 0u) << drop_name(reason);
  }
}

TEST(Storm, same_seed_gives_the_same_history_and_another_seed_another) {
  Storm first(3, 1), second(3, 1), third(4, 1);
  for (Storm* storm : {&first, &second, &third}) storm->run();
  EXPECT_EQ(first.histories(), second.histories());
  EXPECT_NE(first.histories(), third.histories());
}

TEST(Storm, capture_on_and_off_give_the_same_history) {
  CountingRecorder recorder;
  Storm off(5, 1), on(5, 1, &recorder);
  off.run();
  on.run();
  EXPECT_GT(recorder.events.size(), 10u);
  EXPECT_EQ(off.histories(), on.histories());
  EXPECT_EQ(off.results(), on.results());
}

TEST(Storm, any_number_of_shards_gives_the_same_history) {
  for (u64 seed = 0; seed < 12; ++seed) {
    Storm one(seed, 1);
    one.run();
    for (const u32 shards : {2u, 3u, 6u}) {
      Storm many(seed, shards);
      many.run();
      EXPECT_TRUE(many.balanced_at_every_step() && many.books_balance());
      EXPECT_EQ(one.results(), many.results()) << seed << " in " << shards;
      for (const auto& [name, history] : one.histories()) {
        EXPECT_EQ(many.histories().at(name), history) << name << ' ' << seed << " in " << shards;
      }
    }
  }
}

TEST(Shards, link_between_shards_needs_a_delay) {
  ShardSet shards(2);
  PacketPool first, second;
  Origins origins({"a", "b", "a>b", "b>a"});
  Nic a("a:e0", MacAddress(), 1'500, shards.engine(0), first, origins["a"]);
  Nic b("b:e0", MacAddress(), 1'500, shards.engine(1), second, origins["b"]);
  Link link(a, b, origins["a>b"], origins["b>a"], {.delay = 2_ms}, &shards);
  EXPECT_EQ(shards.lookahead(), 2_ms);
  const auto refused = link.set(Way::a_to_b, {.delay = 1_ms, .jitter = {.amount = 1_ms}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "delay");
  EXPECT_TRUE(link.set(Way::a_to_b, {.delay = 1_ms, .jitter = {.amount = 900_us}}));
  EXPECT_EQ(shards.lookahead(), 100_us);
}

// Two stations in two shards, 2 ms apart.
struct Apart {
  ShardSet shards{2};
  PacketPool first;
  PacketPool second;
  Origins origins{{"a", "b", "a>b", "b>a"}};
  link_test::Station a{"a", 1, shards.engine(0), first, origins["a"]};
  link_test::Station b{"b", 2, shards.engine(1), second, origins["b"]};
  Link link{a.nic, b.nic, origins["a>b"], origins["b>a"], {.delay = 2_ms}, &shards};
};

TEST(Shards, frame_that_crosses_lies_in_the_receiver_s_pool) {
  Apart net;
  net.b.keep = true;
  net.a.send(net.b.nic.mac(), 60, 7);
  EXPECT_EQ(net.link.direction(Way::a_to_b).counters().in_flight, 1u);
  net.shards.run_until_idle();
  ASSERT_EQ(net.b.frames.size(), 1u);
  EXPECT_EQ(&net.b.frames[0].pool(), &net.second);
  EXPECT_EQ(net.first.live(), 0u);
  EXPECT_EQ(net.b.frames[0].meta().id.origin, net.origins["a"].rank());
  EXPECT_EQ(net.shards.now(), link_test::at(2_ms));
  net.b.frames.clear();
}

TEST(Shards, down_drops_what_waits_between_two_shards) {
  Apart net;
  net.a.send(net.b.nic.mac(), 60, 7);
  net.link.set_up(false);
  net.shards.run_until_idle();
  EXPECT_EQ(net.b.count, 0u);
  EXPECT_EQ(net.link.direction(Way::a_to_b).counters().dropped_total(), 1u);
  EXPECT_TRUE(net.link.books_balance());
}

}  // namespace
}  // namespace catenet
