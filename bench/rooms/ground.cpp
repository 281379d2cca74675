// wire, packet, engine: headers and checksums, the pool, the queue of events.
#include <array>
#include <memory>

#include "catenet/engine/engine.hpp"
#include "catenet/engine/origin.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/tcp.hpp"

#include "cost.hpp"

namespace bench {
namespace {

constexpr u32 ip_size = wire::ipv4::min_header_size;

wire::Ipv4Header ip_header() {
  wire::Ipv4Header header;
  header.total_length = 1'500;
  header.dont_fragment = true;
  header.protocol = wire::IpProtocol::tcp;
  header.source = Ipv4Address(10, 0, 0, 1);
  header.destination = Ipv4Address(10, 0, 0, 2);
  return header;
}

wire::TcpHeader tcp_header() {
  wire::TcpHeader header;
  header.source_port = 49'152;
  header.destination_port = 80;
  header.seq = wire::Seq(1'000'000);
  header.ack = wire::Seq(2'000'000);
  header.flags = wire::TcpFlag::ack;
  header.window = 4'096;
  header.options.timestamps = {.value = 1'234, .echo_reply = 5'678};
  return header;
}

// As a host does on the way up: the IPv4 header where it lies, the TCP header as a value.
double parse_headers() {
  std::array<u8, 1'500> packet{};
  ip_header().emit(packet);
  tcp_header().emit(MutableBytes(packet).subspan(ip_size));
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      touch_memory();
      const auto ip = wire::Ipv4View::over(packet);
      const bool right = ip->checksum_ok() && ip->length_fits(packet.size());
      const auto tcp = wire::TcpHeader::parse(ByteView(packet).subspan(ip->header_size()));
      keep(right);
      keep(*tcp);
    }
  });
}

double emit_headers() {
  std::array<u8, 1'500> packet{};
  wire::Ipv4Header ip = ip_header();
  wire::TcpHeader tcp = tcp_header();
  keep(ip);
  keep(tcp);
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      ip.emit(packet);
      tcp.emit(MutableBytes(packet).subspan(ip_size));
      keep(packet);
    }
  });
}

double checksum() {
  std::array<u8, 1'460> payload{};
  payload.fill(0x5a);
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      touch_memory();
      const u16 sum = wire::internet_checksum(payload);
      keep(sum);
    }
  });
}

double packet() {
  PacketPool pool;
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      Packet packet = pool.allocate(1'460);
      u8* headers = packet.prepend(54);
      keep(headers);
    }
  });
}

// An event that puts itself back into the queue, up to 1 ms ahead.
class Ticker {
 public:
  using Steps = std::array<Duration, 1'024>;
  Ticker(Engine& engine, Origin& origin, const Steps& steps, u32 place)
      : engine_(engine), origin_(origin), steps_(steps), place_(place) {
    tick();
  }

 private:
  void tick() {
    const Duration step = steps_[place_++ % steps_.size()];
    engine_.schedule_at(engine_.now() + step, origin_.next_key(), event_);
  }
  Engine& engine_;
  Origin& origin_;
  const Steps& steps_;
  u32 place_;
  MemberEvent<Ticker, &Ticker::tick> event_{*this};
};

double event(u32 pending) {
  Engine engine;
  Origin origin("host", 0, 1);
  RandomStream random = origin.random("steps");
  Ticker::Steps steps;
  for (Duration& step : steps) step = random.uniform(Duration(), Duration::milliseconds(1));
  std::vector<std::unique_ptr<Ticker>> tickers;
  for (u32 i = 0; i < pending; ++i) {
    tickers.push_back(std::make_unique<Ticker>(engine, origin, steps, i * 7));
  }
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) engine.run_next();
  });
}

}  // namespace

Costs ground() {
  return {
      {"wire", "IPv4 header checked, TCP header with timestamps parsed", parse_headers()},
      {"wire", "IPv4 header with its checksum and TCP header emitted", emit_headers()},
      {"wire", "checksum of 1,460 bytes", checksum()},
      {"packet", "allocate, prepend, free", packet()},
      {"engine", "an event scheduled and run, 100 pending", event(100)},
      {"engine", "an event scheduled and run, 10,000 pending", event(10'000)},
  };
}

}  // namespace bench
