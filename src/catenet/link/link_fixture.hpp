// What the tests of this room are written with: stations that log what they hear, origins ranked by
// name, a recorder.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catenet/base/endian.hpp"
#include "catenet/engine/shards.hpp"
#include "catenet/link/link.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ip_address.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet::link_test {

// The origins of a run, ranked by name as a lab ranks them.
class Origins {
 public:
  explicit Origins(std::vector<std::string> names, u64 seed = 1) {
    std::sort(names.begin(), names.end());
    for (u32 rank = 0; rank < names.size(); ++rank) {
      all_.emplace(names[rank], std::make_unique<Origin>(names[rank], rank, seed));
    }
  }
  Origin& operator[](const std::string& name) { return *all_.at(name); }
  // One value for all that happened, and each origin's own.
  std::map<std::string, u64> histories() const {
    std::map<std::string, u64> values;
    for (const auto& [name, origin] : all_) values[name] = origin->history().value();
    return values;
  }

 private:
  std::map<std::string, std::unique_ptr<Origin>> all_;
};

struct Heard {
  i64 at_ns = 0;
  u32 tag = 0;  // what make_frame was given
  u32 size = 0;
  bool operator==(const Heard&) const = default;
};

inline constexpr u32 tag_offset = wire::ethernet::header_size;

// `size` bytes (at least 18) of the local experimental type 0x88b5; `tag` behind the header.
inline Packet make_frame(PacketPool& pool, MacAddress to, MacAddress from, u32 size, u32 tag) {
  Packet frame = pool.allocate(size);
  u8* bytes = frame.append(size);
  std::memset(bytes, 0, size);
  to.store(bytes);
  from.store(bytes + 6);
  store16(bytes + 12, 0x88b5);
  store32(bytes + tag_offset, tag);
  return frame;
}

// `size` bytes with an IP header of DSCP 10 behind the Ethernet header, and nothing else.
inline Packet make_ip_frame(PacketPool& pool, Family family, wire::Ecn ecn, u32 size) {
  Packet frame = make_frame(pool, MacAddress::broadcast(), MacAddress::from_u64(1), size, 0);
  const auto type = family == Family::ipv4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  store16(frame.data() + 12, static_cast<u16>(type));
  u8* ip = frame.data() + wire::ethernet::header_size;
  const u32 length = size - wire::ethernet::header_size;
  if (family == Family::ipv4) {
    ip[0] = 0x45;
    ip[1] = static_cast<u8>(10 << 2 | static_cast<u8>(ecn));
    store16(ip + 2, static_cast<u16>(length));
    ip[8] = 64;
    wire::ipv4_edit::store_checksum(ip);
  } else {
    store32(ip, 0x60000000u | (10u << 2 | static_cast<u8>(ecn)) << 20);
    store16(ip + 4, static_cast<u16>(length - 40));
  }
  return frame;
}

class Station final : public FrameHandler {
 public:
  Station(const std::string& name, u64 mac, Engine& engine, PacketPool& pool, Origin& node)
      : nic(name + ":eth0", MacAddress::from_u64(mac), 1'500, engine, pool, node) {
    nic.attach(*this);
  }

  void on_frame(Nic&, Packet&& frame) override {
    if (keep) {
      frames.push_back(std::move(frame));
      return;
    }
    ++count;
    if (log)
      heard.push_back({nic.engine().now().ns(), load32(frame.data() + tag_offset), frame.size()});
    if (bounces == 0) return;
    --bounces;
    const MacAddress peer = MacAddress::load(frame.data() + 6);
    nic.mac().store(frame.data() + 6);
    peer.store(frame.data());
    nic.output(std::move(frame));
  }
  void on_carrier(Nic&, bool up) override { carrier.push_back(up); }

  void send(MacAddress to, u32 size, u32 tag) {
    nic.output(make_frame(nic.pool(), to, nic.mac(), size, tag));
  }
  std::vector<u32> tags() const {
    std::vector<u32> all;
    for (const Heard& one : heard) all.push_back(one.tag);
    return all;
  }

  Nic nic;
  bool log = true;
  bool keep = false;  // whole frames instead of a line each
  u64 count = 0;
  std::vector<Heard> heard;
  std::vector<Packet> frames;
  std::vector<bool> carrier;
  u64 bounces = 0;  // frames to send back to where they came from
};

// Counts by (port, event, reason); changes nothing.
class CountingRecorder final : public Recorder {
 public:
  void on_frame(Instant, PortId port, FrameEvent event, const Packet&,
                std::optional<Drop> reason) override {
    ++events[{port, event}];
    if (reason) ++drops[{port, *reason}];
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  std::map<std::pair<PortId, FrameEvent>, u64> events;
  std::map<std::pair<PortId, Drop>, u64> drops;
};

// alice and bob on one cable.
struct Pair {
  explicit Pair(const Impairment& impairment = {}, u64 seed = 1)
      : origins({"alice", "bob", "alice:eth0>bob:eth0", "bob:eth0>alice:eth0"}, seed),
        alice("alice", 0x02'00'00'00'00'0a, engine, pool, origins["alice"]),
        bob("bob", 0x02'00'00'00'00'0b, engine, pool, origins["bob"]),
        link(alice.nic, bob.nic, origins["alice:eth0>bob:eth0"], origins["bob:eth0>alice:eth0"],
             impairment) {}

  // alice sends to bob, now.
  void send(u32 size, u32 tag) { alice.send(bob.nic.mac(), size, tag); }
  // alice sends `count` frames, tags from 0, `gap` apart, and everything arrives.
  void send_many(u32 count, u32 size, Duration gap) {
    for (u32 tag = 0; tag < count; ++tag) {
      send(size, tag);
      engine.run_until(engine.now() + gap);
    }
    engine.run_until_idle();
  }
  // Both ports tell `recorder`: alice's is 0, bob's 1.
  void watch(Recorder& recorder) {
    alice.nic.set_recorder(&recorder, 0);
    bob.nic.set_recorder(&recorder, 1);
  }
  Direction& there() { return link.direction(Way::a_to_b); }
  Direction& back() { return link.direction(Way::b_to_a); }
  u64 dropped(Drop reason) { return there().counters().dropped[static_cast<std::size_t>(reason)]; }

  Engine engine;
  PacketPool pool;
  Origins origins;
  Station alice;
  Station bob;
  Link link;
};

inline Instant at(Duration since_start) { return Instant::at(since_start); }

}  // namespace catenet::link_test
