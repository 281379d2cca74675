#include "catenet/tcp/fast_open.hpp"

#include <algorithm>

namespace catenet::tcp {
namespace {

constexpr Duration reset_counts_for = Duration::seconds(60);
constexpr u8 losses_until_blocked = 2;
constexpr Duration first_block = Duration::seconds(60);
constexpr u32 most_doublings = 10;

}  // namespace

wire::FastOpenCookie fast_open_cookie(SipKey key, const IpAddress& server,
                                      const IpAddress& client) {
  std::array<u8, 32> text{};
  const ByteView from = client.bytes();
  const ByteView to = server.bytes();
  std::ranges::copy(from, text.begin());
  std::ranges::copy(to, text.begin() + static_cast<std::ptrdiff_t>(from.size()));
  const u64 hash = siphash(key, ByteView(text).first(from.size() + to.size()));
  wire::FastOpenCookie cookie;
  cookie.size = 8;
  for (u32 i = 0; i < 8; ++i) cookie.bytes[i] = static_cast<u8>(hash >> (8 * i));
  return cookie;
}

// --- Clients ---

const FastOpenCache::Server* FastOpenCache::find(const IpAddress& local, const IpAddress& server) {
  const auto found = servers_.find({local, server});
  if (found == servers_.end()) return nullptr;
  found->second.used = ++uses_;
  return &found->second;
}

FastOpenCache::Server& FastOpenCache::entry(const Key& key) {
  if (servers_.size() >= max_servers && !servers_.contains(key)) {
    servers_.erase(std::ranges::min_element(servers_, {},
                                            [](const auto& known) { return known.second.used; }));
  }
  Server& server = servers_[key];
  server.used = ++uses_;
  return server;
}

void FastOpenCache::learn(const IpAddress& local, const IpAddress& server, u16 mss,
                          const wire::FastOpenCookie& cookie) {
  Server& known = entry({local, server});
  known.cookie = cookie;
  known.mss = mss;
  known.losses = 0;
}

void FastOpenCache::note_loss(Instant now, const IpAddress& local, const IpAddress& server) {
  Server& known = entry({local, server});
  known.losses = static_cast<u8>(std::min(known.losses + 1, 255));
  known.lost_at = now;
}

void FastOpenCache::note_success(const IpAddress& local, const IpAddress& server) {
  const auto found = servers_.find({local, server});
  if (found != servers_.end()) found->second.losses = 0;
}

bool FastOpenCache::blocked(const Server& server, Instant now) {
  if (server.losses < losses_until_blocked) return false;
  const u32 doublings = std::min<u32>(server.losses - losses_until_blocked, most_doublings);
  return now - server.lost_at < first_block * (i64{1} << doublings);
}

// --- Servers ---

bool FastOpenQueue::has_room(Instant now) {
  while (!resets_.empty() && resets_.front() <= now) resets_.pop_front();
  return pending_ + resets_.size() < limit_;
}

void FastOpenPlace::keep_after_reset(Instant now) {
  if (queue_) queue_->resets_.push_back(now + reset_counts_for);
}

}  // namespace catenet::tcp
