// The parts by themselves: buffers, the reassembler, the scoreboard.
#include "catenet/tcp/limit_clock.hpp"
#include "catenet/tcp/loss/recovery.hpp"
#include "catenet/tcp/reassembler.hpp"
#include "catenet/tcp/send_buffer.hpp"
#include "catenet/tcp/test_conversation.hpp"
#include "catenet/tcp/window_tuning.hpp"

namespace catenet::tcp::testing {
namespace {

std::vector<u8> drain(PayloadQueue& queue) {
  std::vector<u8> bytes(queue.bytes());
  EXPECT_EQ(queue.read(bytes), bytes.size());
  return bytes;
}

TEST(Reassembler, random_overlapping_pieces_give_the_stream) {
  PacketPool pool;
  for (u64 seed = 1; seed <= 50; ++seed) {
    Reassembler later;
    PayloadQueue queue;
    Position next = 1;
    constexpr Position end = 5'001;
    for (u64 draw = 0; next < end && draw < 20'000; ++draw) {
      const u64 dice = mix64(seed << 32 | draw);
      const Position first =
          dice % 50 == 0 ? next : 1 + static_cast<Position>((dice >> 8) % (end - 1));
      const Position last =
          std::min<Position>(end, first + 1 + static_cast<Position>(dice >> 40) % 300);
      if (last <= next) continue;
      const Position from = std::max(first, next);
      Packet piece = pool.copy_of(pattern_bytes(from, static_cast<std::size_t>(last - from)));
      if (from == next) {
        next += piece.size();
        queue.push(std::move(piece));
        next = later.take(next, queue);
      } else {
        EXPECT_TRUE(later.insert(from, std::move(piece)));
      }
    }
    EXPECT_EQ(next, end);
    EXPECT_TRUE(later.empty());
    EXPECT_EQ(later.footprint(), 0u);
    EXPECT_EQ(drain(queue), pattern_bytes(1, 5'000));
  }
  EXPECT_EQ(pool.live(), 0u);
}

TEST(Reassembler, reverse_order_joins_into_one_run) {
  PacketPool pool;
  Reassembler later;
  for (Position at = 10'000; at > 10; at -= 10) {
    EXPECT_TRUE(later.insert(at, pool.copy_of(pattern_bytes(at, 10))));
  }
  EXPECT_EQ(later.runs(), 1u);
}

TEST(Reassembler, too_many_gaps_are_refused_and_the_payload_stays) {
  PacketPool pool;
  Reassembler later;
  for (std::size_t i = 0; i < Reassembler::max_runs; ++i) {
    EXPECT_TRUE(
        later.insert(static_cast<Position>(10 * i + 10), pool.copy_of(pattern_bytes(1, 1))));
  }
  Packet extra = pool.copy_of(pattern_bytes(1, 1));
  EXPECT_FALSE(later.insert(1'000'000, std::move(extra)));
  EXPECT_TRUE(extra);
  EXPECT_TRUE(later.insert(11, std::move(extra)));  // one that extends a run is welcome
}

TEST(Scoreboard, agrees_with_a_byte_map) {
  for (u64 seed = 1; seed <= 50; ++seed) {
    Scoreboard board;
    std::vector<bool> map(2'000);
    Position una = 0;
    for (u64 draw = 0; draw < 200; ++draw) {
      const u64 dice = mix64(seed << 32 | draw);
      if (dice % 10 == 0) {
        una = std::min<Position>(una + static_cast<Position>(dice >> 50) % 50, 1'999);
        board.advance(una);
        std::fill(map.begin(), map.begin() + una, false);
        continue;
      }
      const Position first = std::max<Position>(una, static_cast<Position>(dice >> 8) % 1'900);
      const Position last = first + 1 + static_cast<Position>(dice >> 48) % 60;
      const auto before = std::count(map.begin(), map.end(), true);
      std::fill(map.begin() + first, map.begin() + std::min<Position>(last, 2'000), true);
      const auto after = std::count(map.begin(), map.end(), true);
      EXPECT_EQ(board.add({first, std::min<Position>(last, 2'000)}), after - before);
    }
    EXPECT_EQ(board.sacked(), std::count(map.begin(), map.end(), true));
    for (Position p = una; p < 2'000; p += 7) {
      EXPECT_EQ(board.contains(p), map[static_cast<std::size_t>(p)]);
      EXPECT_EQ(board.sacked_below(p), std::count(map.begin(), map.begin() + p, true));
      const auto hole = board.hole(p);
      if (!hole) continue;
      EXPECT_FALSE(map[static_cast<std::size_t>(hole->first)]);
      EXPECT_TRUE(map[static_cast<std::size_t>(hole->last)]);
    }
  }
}

TEST(Rfc6675, s4_is_lost_by_three_ranges_or_by_bytes) {
  Scoreboard board;
  board.add({2'000, 2'100});
  board.add({3'000, 3'100});
  EXPECT_FALSE(board.is_lost(1'000, 1'000));
  board.add({4'000, 4'100});
  EXPECT_TRUE(board.is_lost(1'000, 1'000));
  EXPECT_FALSE(board.is_lost(2'500, 1'000));
  EXPECT_FALSE(board.is_lost(2'000, 1'000));
  Scoreboard bytes;
  bytes.add({2'000, 4'000});
  EXPECT_FALSE(bytes.is_lost(1'000, 1'000));  // not more than two segments
  bytes.add({4'000, 4'001});
  EXPECT_TRUE(bytes.is_lost(1'000, 1'000));
}

TEST(Rfc6675, s4_pipe_counts_what_is_neither_sacked_nor_lost_and_what_was_sent_again) {
  LossRecovery recovery;
  const Flight flight{1, 10'001, 10'001, 1'000};
  recovery.board().add({4'001, 8'001});
  EXPECT_EQ(recovery.pipe(flight), 2'000);  // 1..4001 is lost, 8001..10001 is not
  recovery.begin(flight, true);
  EXPECT_EQ(recovery.next_retransmission(flight, false).range, (Range{1, 1'001}));
  recovery.on_retransmitted({1, 1'001}, false);
  EXPECT_EQ(recovery.pipe(flight), 3'000);
  EXPECT_EQ(recovery.next_retransmission(flight, false).range, (Range{1'001, 2'001}));
  EXPECT_EQ(recovery.lost(flight), 3'000u);
}

TEST(Scoreboard, flood_of_ranges_is_bounded) {
  Scoreboard board;
  for (Position at = 0; at < 100'000; at += 2) board.add({at, at + 1});
  EXPECT_EQ(board.sacked(), static_cast<i64>(Scoreboard::max_ranges));
}

TEST(SendBuffer, slices_cover_the_bytes_across_blocks) {
  PacketPool pool;
  ChunkPool chunks;
  {
    SendBuffer buffer(chunks);
    const auto bytes = pattern_bytes(1, 300'000);
    buffer.write(std::span(bytes).first(100));
    buffer.write(std::span(bytes).subspan(100));
    for (Position at = 1; at < 290'000; at += 4'321) {
      const u32 length = buffer.fit(at, 8'000);
      Packet packet = pool.allocate(8'000);
      buffer.attach(packet, at, 8'000, length < 8'000);
      std::vector<u8> got(8'000);
      packet.copy_out(0, got);
      EXPECT_EQ(got, pattern_bytes(at, 8'000)) << at;
    }
    buffer.release(250'000);
    EXPECT_EQ(buffer.size(), 50'001u);
  }
  EXPECT_EQ(pool.live(), 0u);
}

TEST(ChunkPool, hands_back_a_block_only_when_nobody_reads_it) {
  ChunkPool chunks;
  SharedBytes held = chunks.take(true);
  const u8* first = held.data();
  chunks.retire(held);
  EXPECT_NE(chunks.take(true).data(), first);
  held = SharedBytes();
  EXPECT_EQ(chunks.take(true).data(), first);
}

TEST(WindowTuning, grows_while_each_round_trip_reads_more) {
  WindowTuning tuning;
  constexpr u32 mss = 1'000;
  Instant now;
  Position read = 40'000;
  const auto round = [&](u32 bytes) {
    now += Duration::milliseconds(10);
    read += bytes;
    tuning.on_text(now, read, 65'535, Duration::milliseconds(10));
    return tuning.on_read(now, read, mss);
  };
  EXPECT_EQ(round(20'000), 0u);  // the first round trip is where counting begins
  EXPECT_EQ(round(10'000), 0u);  // no more than slow start's first window
  const u64 wanted = round(20'000);
  EXPECT_EQ(wanted, 3 * (2 * 20'000u + 16 * mss));  // twice the last: room for twice again
  EXPECT_EQ(round(20'000), 0u);
  EXPECT_EQ(tuning.rtt(), Duration::milliseconds(10));
  EXPECT_EQ(tuning.space(), 20'000u);
}

TEST(WindowTuning, without_timestamps_a_window_stands_for_a_round_trip) {
  WindowTuning tuning;
  Instant now;
  tuning.on_text(now, 50'000, 10'000, {});
  now += Duration::milliseconds(30);
  tuning.on_text(now, 59'999, 10'000, {});
  EXPECT_EQ(tuning.rtt(), Duration::zero());
  tuning.on_text(now, 60'000, 10'000, {});
  EXPECT_EQ(tuning.rtt(), Duration::milliseconds(30));
}

TEST(LimitClock, tells_what_held_a_sender_back) {
  using Kind = LimitClock::Kind;
  LimitClock clock;
  const auto at = [](i64 ms) { return Instant::at(Duration::milliseconds(ms)); };
  clock.set(at(10), Kind::busy);
  clock.set(at(15), Kind::peer_window);
  clock.set(at(22), Kind::send_buffer);
  clock.set(at(25), Kind::idle);
  clock.set(at(99), Kind::busy);
  EXPECT_EQ(clock.spent(Kind::peer_window), Duration::milliseconds(7));
  EXPECT_EQ(clock.spent(Kind::send_buffer), Duration::milliseconds(3));
  EXPECT_EQ(clock.busy(), Duration::milliseconds(15));
}

}  // namespace
}  // namespace catenet::tcp::testing
