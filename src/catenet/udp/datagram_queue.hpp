// DatagramQueue: what has arrived for a datagram or raw socket and was not read: whole packets with
// what IP knew of them, bounded by the memory they hold.
#pragma once

#include "catenet/base/ring.hpp"
#include "catenet/ip/ip_types.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

struct Datagram {
  Packet payload;
  Endpoint source;
  IpAddress destination;
  Instant arrival;
  u8 ttl = 0;
  u8 traffic_class = 0;
  u32 interface = 0;  // index of the one it came by
};

class DatagramQueue {
 public:
  // Bytes of memory the queue may hold; one datagram always fits.
  explicit DatagramQueue(u32 limit) : limit_(limit) {}

  void set_limit(u32 limit) { limit_ = limit; }
  u32 limit() const { return limit_; }
  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  u64 memory() const { return memory_; }
  bool fits(const Packet& packet) const {
    return memory_ == 0 || memory_ + packet.footprint() <= limit_;
  }

  void push(Datagram datagram) {
    memory_ += datagram.payload.footprint();
    queue_.push_back(std::move(datagram));
  }
  Datagram& front() { return queue_.front(); }
  Datagram pop() {
    Datagram datagram = queue_.pop_front();
    memory_ -= datagram.payload.footprint();
    return datagram;
  }

 private:
  Ring<Datagram> queue_;
  u64 memory_ = 0;
  u32 limit_;
};

}  // namespace catenet
