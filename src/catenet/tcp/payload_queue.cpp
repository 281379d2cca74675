#include "catenet/tcp/payload_queue.hpp"

#include <algorithm>

namespace catenet::tcp {
namespace {

// A payload is small where its packet counts for four times as much.
constexpr u32 small_payload = Packet::overhead / 3;
constexpr u32 gather_room = 2'048;

}  // namespace

void PayloadQueue::gather(const Packet& payload) {
  const u32 n = payload.size();
  if ((tail_.meta().delivery_order & gathers) == 0 || tail_.tailroom() < n) {
    append(payload.pool().allocate(gather_room, 0), (gather_room + Packet::overhead) | gathers);
  }
  payload.copy_out(0, {tail_.append(n), n});
}

void PayloadQueue::append(Packet payload, u64 cost) {
  payload.meta().delivery_order = cost;
  footprint_ += static_cast<u32>(cost);
  if (tail_) middle_.push_back(std::move(tail_));
  tail_ = std::move(payload);
}

void PayloadQueue::push(Packet payload) {
  CATENET_ASSERT(payload && payload.size() > 0);
  bytes_ += payload.size();
  if (tail_ && payload.size() <= small_payload) return gather(payload);
  const u32 cost = payload.footprint();
  append(std::move(payload), cost);
}

bool PayloadQueue::next() {
  if (front_) {
    if (front_.size() > 0) return true;
    front_ = Packet();
  }
  front_ = middle_.empty() ? std::move(tail_) : middle_.pop_front();
  if (front_) footprint_ -= cost_of(front_);
  return static_cast<bool>(front_);
}

u32 PayloadQueue::read(MutableBytes out) {
  u32 done = 0;
  while (done < out.size() && next()) {
    const u32 n = static_cast<u32>(std::min<std::size_t>(out.size() - done, front_.size()));
    front_.copy_out(0, out.subspan(done, n));
    done += n;
    if (n < front_.size()) {
      front_.trim_front(n);
    } else {
      front_ = Packet();
    }
  }
  bytes_ -= done;
  return done;
}

u32 PayloadQueue::peek(MutableBytes out, u32 offset) {
  u32 done = 0;
  const auto copy = [&](const Packet& packet) {
    if (!packet) return;
    const u32 skipped = std::min(offset, packet.size());
    offset -= skipped;
    const u32 n =
        static_cast<u32>(std::min<std::size_t>(out.size() - done, packet.size() - skipped));
    if (n > 0) packet.copy_out(skipped, out.subspan(done, n));
    done += n;
  };
  copy(front_);
  for (u32 left = middle_.size(); left > 0; --left) {
    Packet packet = middle_.pop_front();
    copy(packet);
    middle_.push_back(std::move(packet));
  }
  copy(tail_);
  return done;
}

std::size_t PayloadQueue::look(std::span<ByteView> pieces, u32 limit) {
  std::size_t count = 0;
  const auto list = [&](const Packet& packet) {
    packet.for_each_run(0, [&](ByteView run) {
      if (count == pieces.size() || limit == 0) return;
      pieces[count] = run.first(std::min<std::size_t>(run.size(), limit));
      limit -= static_cast<u32>(pieces[count++].size());
    });
    return count < pieces.size() && limit > 0;
  };
  if (!next() || !list(front_)) return count;
  bool more = true;
  middle_.walk([&](const Packet& packet) { return more = list(packet); });
  if (more && tail_) list(tail_);
  return count;
}

void PayloadQueue::skip(u32 n) {
  CATENET_ASSERT(n <= bytes_);
  bytes_ -= n;
  while (n > 0 && next()) {
    const u32 cut = std::min(n, front_.size());
    front_.trim_front(cut);
    n -= cut;
    if (front_.size() == 0) front_ = Packet();
  }
}

void PayloadQueue::splice(PayloadQueue&& other) {
  if (other.empty()) return;
  bytes_ += std::exchange(other.bytes_, 0);
  footprint_ += std::exchange(other.footprint_, 0);
  if (other.front_) footprint_ += cost_of(other.front_);
  if (tail_) middle_.push_back(std::move(tail_));
  if (other.front_) middle_.push_back(std::move(other.front_));
  middle_.append(std::move(other.middle_));
  tail_ = std::move(other.tail_);
}

void PayloadQueue::clear() {
  front_ = Packet();
  tail_ = Packet();
  middle_.clear();
  bytes_ = footprint_ = 0;
}

}  // namespace catenet::tcp
