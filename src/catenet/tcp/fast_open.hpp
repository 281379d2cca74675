// Fast Open: text in the SYN, for whoever shows a cookie that proves it was here before. Read RFC
// 7413. What both ends keep: a client the cookies it was given, a server who has not proved itself.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "catenet/base/hash.hpp"
#include "catenet/base/ring.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"
#include "catenet/wire/tcp_options.hpp"

namespace catenet::tcp {

// Eight bytes that only this server makes, and only for this client's address (RFC 7413 §4.1.2);
// computed as Linux does, so that servers with one key take each other's.
wire::FastOpenCookie fast_open_cookie(SipKey key, const IpAddress& server, const IpAddress& client);

// What a client remembers of servers, each by the pair of addresses (§4.1.3). Bounded: beyond, the
// one that was not used for longest goes.
class FastOpenCache {
 public:
  static constexpr std::size_t max_servers = 256;

  struct Server {
    wire::FastOpenCookie cookie;  // a request: none known
    u16 mss = 0;                  // of its last SYN,ACK; 0: not known
    u8 losses = 0;                // SYNs in a row that were lost with the option and not without
    Instant lost_at;              // the last of them
    u64 used = 0;
  };
  // nullptr: nothing is known.
  const Server* find(const IpAddress& local, const IpAddress& server);
  void learn(const IpAddress& local, const IpAddress& server, u16 mss,
             const wire::FastOpenCookie& cookie);
  // A SYN with the option was lost and its plain repetition answered: perhaps a box on the path
  // drops such SYNs (§7.1).
  void note_loss(Instant now, const IpAddress& local, const IpAddress& server);
  void note_success(const IpAddress& local, const IpAddress& server);
  // Whether the option is left out for a while: after the second loss in a row, longer with each.
  static bool blocked(const Server& server, Instant now);
  std::size_t size() const { return servers_.size(); }

 private:
  using Key = std::pair<IpAddress, IpAddress>;
  Server& entry(const Key& key);
  std::map<Key, Server> servers_;
  u64 uses_ = 0;
};

// How many connections of one listener carry text of a SYN whose sender has not yet acknowledged
// (§5.1, PendingFastOpenRequests). One that was reset keeps its place for a minute: spoofed SYNs
// would else cost their sender nothing.
class FastOpenQueue {
 public:
  explicit FastOpenQueue(u32 limit) : limit_(limit) {}
  void set_limit(u32 limit) { limit_ = limit; }
  u32 limit() const { return limit_; }
  u32 pending() const { return pending_; }
  bool has_room(Instant now);

 private:
  friend class FastOpenPlace;
  u32 limit_;
  u32 pending_ = 0;
  Ring<Instant> resets_;  // until when each counts
};

// A place in the queue, given back when this goes.
class FastOpenPlace {
 public:
  FastOpenPlace() = default;
  explicit FastOpenPlace(std::shared_ptr<FastOpenQueue> queue) : queue_(std::move(queue)) {
    ++queue_->pending_;
  }
  FastOpenPlace(FastOpenPlace&&) = default;
  FastOpenPlace& operator=(FastOpenPlace&&) = delete;
  ~FastOpenPlace() {
    if (queue_) --queue_->pending_;
  }
  // The connection was reset: its place counts on for a while.
  void keep_after_reset(Instant now);

 private:
  std::shared_ptr<FastOpenQueue> queue_;
};

// What one connection needs of Fast Open until its handshake is over.
struct FastOpening {
  std::optional<wire::FastOpenCookie> option;  // in our SYN, or in our SYN,ACK
  bool with_text = false;                      // the SYN may carry what was written
  FastOpenPlace place;                         // of a server
};

}  // namespace catenet::tcp
