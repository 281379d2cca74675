#include "catenet/os/wall_clock.hpp"

#include <array>
#include <ctime>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>

#include "catenet/engine/origin.hpp"

namespace catenet::os {
namespace {

Duration machine_time() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return Duration::seconds(time.tv_sec) + Duration::nanoseconds(time.tv_nsec);
}

struct SocketPair {
  Descriptor a, b;
  SocketPair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    a = Descriptor(ends[0]);
    b = Descriptor(ends[1]);
  }
  void say(const std::string& text) const {
    EXPECT_EQ(::send(b.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
};

// Reads what comes, and tells how it was called.
class Listener final : public FdHandler {
 public:
  explicit Listener(int fd) : fd_(fd) {}
  void on_ready(bool readable, bool writable) override {
    ++calls;
    was_readable = readable;
    was_writable = writable;
    std::array<char, 16> buffer{};
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size > 0) heard.append(buffer.data(), static_cast<std::size_t>(size));
    if (size == 0) heard += "<end>";
    if (then) then();
  }
  int calls = 0;
  bool was_readable = false;
  bool was_writable = false;
  std::string heard;
  std::function<void()> then;

 private:
  int fd_;
};

class PollerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = Poller::create();
    ASSERT_TRUE(made.has_value());
    poller = *std::move(made);
  }
  std::unique_ptr<Poller> poller;
  SocketPair first, second;
};

TEST_F(PollerTest, ready_descriptor_is_told_once_a_dispatch) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, listener).has_value());
  EXPECT_FALSE(poller->wait(Duration::zero()));
  poller->dispatch();
  EXPECT_EQ(listener.calls, 0);
  first.say("hello");
  ASSERT_TRUE(poller->wait(10_s));
  EXPECT_EQ(listener.calls, 0) << "wait tells nobody";
  poller->dispatch();
  poller->dispatch();
  EXPECT_EQ(listener.calls, 1);
  EXPECT_EQ(listener.heard, "hello");
  EXPECT_TRUE(listener.was_readable);
  EXPECT_FALSE(listener.was_writable);
  EXPECT_FALSE(poller->wait(Duration::zero()));
}

TEST_F(PollerTest, what_is_left_is_told_again) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, listener).has_value());
  first.say("seventeen letters");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(poller->wait(10_s));
    poller->dispatch();
  }
  EXPECT_EQ(listener.heard, "seventeen letters");
  EXPECT_EQ(listener.calls, 2);
}

TEST_F(PollerTest, interest_changes_and_hang_up_is_told) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::writable, listener).has_value());
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_TRUE(listener.was_writable);
  EXPECT_FALSE(listener.was_readable);
  poller->change(first.a.get(), Interest::nothing);
  first.say("x");
  EXPECT_FALSE(poller->wait(Duration::zero()));
  first.b.reset();
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_TRUE(listener.was_readable && listener.was_writable);
}

TEST_F(PollerTest, change_is_told_once_whatever_is_left) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::changes, listener).has_value());
  ASSERT_TRUE(poller->wait(10_s)) << "how it is at first is told as a change";
  poller->dispatch();
  EXPECT_TRUE(listener.was_writable);
  first.say("seventeen letters");
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_EQ(listener.heard, "seventeen letter");
  EXPECT_FALSE(poller->wait(Duration::zero())) << "a letter is left, but nothing has changed";
  first.say("!");
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_EQ(listener.heard, "seventeen letters!");
  first.b.reset();
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_TRUE(listener.heard.ends_with("<end>"));
}

// Who is told of changes alone would never hear of it otherwise.
TEST_F(PollerTest, change_that_was_not_dispatched_is_not_lost) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::changes, listener).has_value());
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();  // it can be written to
  first.say("hello");
  ASSERT_TRUE(poller->wait(10_s));
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_EQ(listener.heard, "hello");
  EXPECT_FALSE(poller->wait(Duration::zero()));
}

TEST_F(PollerTest, forgotten_within_a_dispatch_is_told_nothing) {
  Listener one(first.a.get());
  Listener two(second.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, one).has_value());
  ASSERT_TRUE(poller->watch(second.a.get(), Interest::readable, two).has_value());
  // Whichever comes first forgets both.
  one.then = two.then = [&] {
    poller->forget(first.a.get());
    poller->forget(second.a.get());
  };
  first.say("x");
  second.say("x");
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_EQ(one.calls + two.calls, 1);
  EXPECT_FALSE(poller->wait(Duration::zero()));
}

TEST_F(PollerTest, number_used_again_does_not_inherit_readiness) {
  Listener old(first.a.get());
  Listener killer(second.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, old).has_value());
  first.say("x");
  ASSERT_TRUE(poller->wait(10_s));
  // Between wait and dispatch the descriptor is given up and its number watched anew.
  poller->forget(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, killer).has_value());
  poller->dispatch();
  EXPECT_EQ(old.calls + killer.calls, 0);
}

TEST_F(PollerTest, plain_file_and_second_handler_are_refused) {
  Listener listener(first.a.get());
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  ASSERT_TRUE(file);
  EXPECT_EQ(poller->watch(fileno(file.get()), Interest::readable, listener).error(),
            Errno::not_permitted);
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, listener).has_value());
  EXPECT_EQ(poller->watch(first.a.get(), Interest::readable, listener).error(), Errno::exists);
  poller->forget(-1);
  poller->forget(1'000'000);
}

TEST_F(PollerTest, timeout_is_kept_to_well_under_a_millisecond_too_early) {
  const Duration before = machine_time();
  EXPECT_FALSE(poller->wait(300_us));
  EXPECT_GE(machine_time() - before, 300_us);
}

TEST(LagMeter, numbers_are_those_of_its_measurements) {
  LagMeter lag;
  EXPECT_EQ(lag.mean(), Duration::zero());
  EXPECT_EQ(lag.percentile(99), Duration::zero());
  for (int i = 1; i <= 100; ++i) lag.add(Duration::microseconds(i));
  lag.add(Duration::nanoseconds(-5));  // early is not late
  EXPECT_EQ(lag.count(), 101u);
  EXPECT_EQ(lag.max(), 100_us);
  EXPECT_EQ(lag.mean(), Duration::nanoseconds(5'050'000 / 101));
  for (const u32 percent : {50u, 90u, 99u}) {
    EXPECT_GE(lag.percentile(percent), Duration::microseconds(percent));
    EXPECT_LE(lag.percentile(percent), Duration::microseconds(percent * 9 / 8 + 2));
  }
  EXPECT_EQ(lag.percentile(100), 100_us);
}

TEST(LagMeter, text_has_three_digits) {
  LagMeter lag;
  lag.add(Duration::nanoseconds(1'234'567));
  EXPECT_EQ(lag.to_string(),
            "events were late by 1.23 ms (mean), 1.23 ms (99 %), 1.23 ms (most); 1 wake-ups");
}

class WallClockTest : public PollerTest {
 protected:
  Instant at(Duration duration) { return Instant::at(duration); }
  ShardSet shards;
  Origin origin{"lab", 0, 1};
};

TEST_F(WallClockTest, steps_run_when_due_and_not_before) {
  const Duration before = machine_time();
  std::vector<Duration> ran;
  WallClock clock(shards, *poller);
  for (const Duration when : {20_ms, 5_ms}) {
    shards.at_barrier(at(when), [&] { ran.push_back(machine_time() - before); });
  }
  clock.run_until(at(30_ms), [] { return false; });
  ASSERT_EQ(ran.size(), 2u);
  EXPECT_GE(ran[0], 5_ms);
  EXPECT_GE(ran[1], 20_ms);
  EXPECT_GE(machine_time() - before, 30_ms);
  EXPECT_EQ(shards.now(), at(30_ms));
  // On a busy machine both may be due by the first wake-up.
  EXPECT_GE(clock.lag().count(), 1u);
  EXPECT_LE(clock.lag().count(), 2u);
}

TEST_F(WallClockTest, stop_ends_the_run_at_once) {
  bool over = false;
  WallClock clock(shards, *poller);
  shards.at_barrier(at(2_ms), [&] { over = true; });
  clock.run_until(Instant::at(Duration::infinite()), [&] { return over; });
  EXPECT_GE(shards.now(), at(2_ms));
  EXPECT_LT(shards.now(), at(10_s));
}

TEST_F(WallClockTest, descriptors_are_handled_with_the_clock_at_the_moment) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, listener).has_value());
  WallClock clock(shards, *poller);
  shards.at_barrier(at(3_ms), [&] { first.say("late"); });
  Instant heard_at;
  Instant wall;
  listener.then = [&] {
    heard_at = shards.engine(0).now();
    wall = clock.now();
  };
  clock.run_until(at(10_s), [&] { return listener.calls > 0; });
  EXPECT_EQ(listener.heard, "late");
  EXPECT_GE(heard_at, at(3_ms));
  EXPECT_LE(heard_at, wall);
}

// An event that is always due again must not keep descriptors waiting.
struct Busy {
  explicit Busy(Engine& engine, Origin& origin) : engine_(engine), origin_(origin) { again(); }
  void again() { engine_.schedule_at(engine_.now() + 1_us, origin_.next_key(), event_); }
  void on_event() {
    const Duration until = machine_time() + 20_us;
    while (machine_time() < until) {
    }
    again();
  }
  Engine& engine_;
  Origin& origin_;
  MemberEvent<Busy, &Busy::on_event> event_{*this};
};

TEST_F(WallClockTest, overload_is_measured_and_starves_no_descriptor) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, listener).has_value());
  first.say("x");
  WallClock clock(shards, *poller);
  Busy busy(shards.engine(0), origin);
  clock.run_until(at(1_ms), [&] { return listener.calls > 0; });
  EXPECT_EQ(listener.heard, "x");
  EXPECT_GT(clock.lag().max(), Duration::zero());
}

// Two hosts that answer each other over a link without delay: their instant does not end.
struct Endless {
  Endless(Engine& engine, Origin& origin) : engine_(engine), origin_(origin) { again(); }
  void again() { engine_.schedule_at(engine_.now(), origin_.next_key(), event_); }
  void on_event() {
    ++events;
    if (!over && events < 10'000'000) again();
  }
  u64 events = 0;
  bool over = false;
  Engine& engine_;
  Origin& origin_;
  MemberEvent<Endless, &Endless::on_event> event_{*this};
};

TEST_F(WallClockTest, an_instant_without_end_starves_no_descriptor) {
  Listener listener(first.a.get());
  ASSERT_TRUE(poller->watch(first.a.get(), Interest::readable, listener).has_value());
  first.say("stop it");
  WallClock clock(shards, *poller);
  Engine& engine = shards.engine(0);
  Endless endless(engine, origin);
  listener.then = [&] { endless.over = true; };
  engine.stop_after(1'000);
  // Asked whenever the shards were stopped, so that they can be told when to stop the next time.
  clock.run_until(at(5_ms), [&] {
    engine.stop_after(1'000);
    return false;
  });
  EXPECT_EQ(listener.heard, "stop it");
  EXPECT_LT(endless.events, 10'000'000u);
}

TEST_F(WallClockTest, clock_goes_on_from_where_the_shards_stand) {
  shards.run_until(at(5_s));
  WallClock clock(shards, *poller);
  EXPECT_GE(clock.now(), at(5_s));
  EXPECT_LT(clock.now(), at(6_s));
}

}  // namespace
}  // namespace catenet::os
