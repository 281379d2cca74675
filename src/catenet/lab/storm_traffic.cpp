#include "catenet/lab/storm_traffic.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/coro/combine.hpp"
#include "catenet/coro/task_group.hpp"
#include "catenet/socket/async.hpp"

namespace catenet::lab {
namespace {

enum class StreamWay : u8 { up, down };

u16 port_of(const StormFlow& flow) { return static_cast<u16>(10'000 + flow.number); }

// Byte `offset` of a stream.
u8 pattern(const StormFlow& flow, StreamWay way, u64 offset) {
  const u64 block =
      mix64(offset / 8 + (u64{flow.number} << 40) + (way == StreamWay::up ? 0 : 1ull << 60));
  return static_cast<u8>(block >> (offset % 8 * 8));
}

void note_fault(StormFlow& flow, std::string text) {
  if (flow.fault.empty()) flow.fault = std::move(text);
}

std::string_view way_name(StreamWay way) { return way == StreamWay::up ? "up" : "down"; }

// Writes the stream of one way, then shuts that way.
Task<void> write_stream(System& system, Socket& socket, StormFlow& flow, StreamWay way) {
  const u64 total = way == StreamWay::up ? flow.up_bytes : flow.down_bytes;
  std::vector<u8> buffer(flow.write_size);
  for (u64 offset = 0; offset < total;) {
    const u64 n = std::min<u64>(buffer.size(), total - offset);
    for (u64 i = 0; i < n; ++i) buffer[i] = pattern(flow, way, offset + i);
    const auto sent = co_await send_all(system, socket, ByteView(buffer).first(n));
    if (!sent) {
      note_fault(flow, fmt::format("{}: send failed after {} bytes: {}", way_name(way), offset,
                                   errno_name(sent.error())));
      co_return;
    }
    offset += n;
    if (flow.pause > Duration::zero()) {
      const auto slept = co_await system.scheduler().sleep_for(flow.pause);
      if (!slept) co_return;
    }
  }
  static_cast<void>(socket.shutdown(Shutdown::write));
}

// Reads the stream of one way to its end: every byte as it was sent, none too many, none missing.
Task<void> read_stream(System& system, Socket& socket, StormFlow& flow, StreamWay way) {
  static_cast<void>(system);
  const u64 total = way == StreamWay::up ? flow.up_bytes : flow.down_bytes;
  u64& received = way == StreamWay::up ? flow.up_received : flow.down_received;
  std::vector<u8> buffer(flow.read_size);
  for (;;) {
    const Result<u32> n = co_await receive(socket, buffer);
    if (!n) {
      note_fault(flow, fmt::format("{}: receive failed after {} of {} bytes: {}", way_name(way),
                                   received, total, errno_name(n.error())));
      co_return;
    }
    if (*n == 0) break;
    for (u32 i = 0; i < *n; ++i) {
      if (buffer[i] == pattern(flow, way, received + i)) continue;
      note_fault(flow, fmt::format("{}: byte {} is wrong", way_name(way), received + i));
      co_return;
    }
    received += *n;
  }
  if (received != total) {
    note_fault(flow, fmt::format("{}: the stream ended after {} of {} bytes", way_name(way),
                                 received, total));
  }
  (way == StreamWay::up ? flow.up_done : flow.down_done) = received == total;
}

Task<void> serve_stream(System& system, StormFlow& flow) {
  auto listener = system.open(flow.family, SocketType::stream);
  if (!listener || !(*listener)->bind({IpAddress::any(flow.family), port_of(flow)}) ||
      !(*listener)->listen(4)) {
    note_fault(flow, "the server could not listen");
    co_return;
  }
  auto socket = co_await accept(**listener);
  if (!socket) co_return;
  TaskGroup both(system.scheduler());
  both.spawn(write_stream(system, **socket, flow, StreamWay::down));
  both.spawn(read_stream(system, **socket, flow, StreamWay::up));
  static_cast<void>(co_await both.join());
}

Task<void> open_stream(System& system, StormFlow& flow, IpAddress server) {
  const auto waited = co_await system.scheduler().sleep_until(Instant::at(flow.start));
  if (!waited) co_return;
  for (;;) {
    auto socket = co_await connect_stream(system, {server, port_of(flow)});
    if (socket) {
      TaskGroup both(system.scheduler());
      both.spawn(write_stream(system, **socket, flow, StreamWay::up));
      both.spawn(read_stream(system, **socket, flow, StreamWay::down));
      static_cast<void>(co_await both.join());
      co_return;
    }
    if (socket.error() == Errno::canceled) co_return;
    // The network is broken just now: again in a second, as a patient user would.
    const auto slept = co_await system.scheduler().sleep_for(1_s);
    if (!slept) co_return;
  }
}

// A request is its exchange's number and a pattern; the answer is the same bytes again.
std::vector<u8> make_request(const StormFlow& flow, u64 exchange) {
  std::vector<u8> request(std::max<u64>(flow.up_bytes, 8));
  store64(request.data(), exchange);
  for (u64 i = 8; i < request.size(); ++i)
    request[i] = pattern(flow, StreamWay::up, exchange * 65'536 + i);
  return request;
}

Task<void> serve_datagrams(System& system, StormFlow& flow) {
  auto socket = system.open(flow.family, SocketType::datagram);
  if (!socket || !(*socket)->bind({IpAddress::any(flow.family), port_of(flow)})) {
    note_fault(flow, "the datagram server could not bind");
    co_return;
  }
  std::vector<u8> buffer(65'536);
  for (;;) {
    const auto message = co_await receive_message(**socket, buffer);
    if (!message && message.error() == Errno::canceled) co_return;
    if (!message) continue;
    const ByteView request = ByteView(buffer).first(message->size);
    if (request.size() < 8 ||
        !std::ranges::equal(request, make_request(flow, load64(buffer.data())))) {
      note_fault(flow, fmt::format("a datagram of {} bytes is not as it was sent", request.size()));
    }
    ++flow.up_received;
    static_cast<void>((*socket)->send_to(request, message->source));
  }
}

Task<void> exchange_datagrams(System& system, StormFlow& flow, IpAddress server) {
  const auto waited = co_await system.scheduler().sleep_until(Instant::at(flow.start));
  if (!waited) co_return;
  auto socket = system.open(flow.family, SocketType::datagram);
  if (!socket) co_return;
  std::vector<u8> buffer(65'536);
  for (u64 exchange = 0; exchange < flow.down_bytes; ++exchange) {
    const std::vector<u8> request = make_request(flow, exchange);
    for (bool answered = false; !answered;) {
      static_cast<void>((*socket)->send_to(request, {server, port_of(flow)}));
      const auto message =
          co_await receive_message(**socket, buffer, system.now() + Duration::seconds(5));
      if (!message && message.error() == Errno::canceled) co_return;
      if (!message || message->size < 8 || load64(buffer.data()) != exchange) continue;
      answered = true;
      if (!std::ranges::equal(ByteView(buffer).first(message->size), request)) {
        note_fault(flow, fmt::format("answer {} is not as it was sent", exchange));
      }
      ++flow.down_received;
    }
    if (flow.pause > Duration::zero()) {
      const auto slept = co_await system.scheduler().sleep_for(flow.pause);
      if (!slept) co_return;
    }
  }
  flow.up_done = flow.down_done = true;
}

// The address that `family` finds on a node's first interface.
std::optional<IpAddress> address_of(const PlanNode& node, Family family) {
  for (const PlanInterface& interface : node.interfaces) {
    for (const InterfacePrefix& own : interface.addresses) {
      if (own.address.family() == family) return own.address;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string StormFlow::to_string() const {
  return fmt::format("flow {} ({} {}, node {} to {}): {} of {} up, {} of {} down{}{}", number,
                     datagrams ? "UDP" : "TCP", family_name(family), client, server, up_received,
                     up_bytes, down_received, down_bytes, fault.empty() ? "" : "; ", fault);
}

StormTraffic::StormTraffic(Network& network) : network_(network) {
  RandomStream random(mix64(network.plan().seed) ^ hash_name("traffic"));
  std::vector<NodeIndex> hosts;
  for (NodeIndex i = 0; i < network.plan().nodes.size(); ++i) {
    LabSystem* system = network.system(i);
    groups_.push_back(system ? std::make_unique<TaskGroup>(system->scheduler()) : nullptr);
    if (network.plan().nodes[i].kind == NodeKind::host) hosts.push_back(i);
  }
  if (hosts.size() < 2) return;
  const u64 count = 1 + random.below(5);
  for (u32 i = 0; i < count; ++i) draw_flow(random, hosts, i);
}

StormTraffic::~StormTraffic() = default;

void StormTraffic::draw_flow(RandomStream& random, const std::vector<NodeIndex>& hosts,
                             u32 number) {
  auto flow = std::make_unique<StormFlow>();
  flow->number = number;
  const u64 client = random.below(hosts.size());
  flow->client = hosts[client];
  flow->server = hosts[(client + 1 + random.below(hosts.size() - 1)) % hosts.size()];
  flow->family = random.below(2) == 0 ? Family::ipv4 : Family::ipv6;
  flow->datagrams = random.below(3) == 0;
  flow->start = random.uniform(0_s, 8_s);
  if (flow->datagrams) {
    flow->up_bytes = 8 + random.below(9'000);
    flow->down_bytes = 1 + random.below(30);
    flow->pause = random.uniform(1_ms, 900_ms);
  } else {
    flow->up_bytes = random.below(2) == 0 ? 0 : random.below(1u << (8 + random.below(11)));
    flow->down_bytes = random.below(1u << (8 + random.below(11)));
    flow->write_size = static_cast<u32>(1 + random.below(1u << (4 + random.below(12))));
    flow->read_size = static_cast<u32>(64 + random.below(32'768));
    // Slow writers send little enough to be done before the run is.
    flow->write_size =
        std::max(flow->write_size, static_cast<u32>((flow->up_bytes + flow->down_bytes) / 200 + 1));
    if (random.below(2) == 0) flow->pause = random.uniform(0_ms, 60_ms);
  }
  const auto server = address_of(network_.plan().nodes[flow->server], flow->family);
  if (!server) return;
  System& at_client = *network_.system(flow->client);
  System& at_server = *network_.system(flow->server);
  if (flow->datagrams) {
    groups_[flow->server]->spawn(serve_datagrams(at_server, *flow));
    groups_[flow->client]->spawn(exchange_datagrams(at_client, *flow, *server));
  } else {
    groups_[flow->server]->spawn(serve_stream(at_server, *flow));
    groups_[flow->client]->spawn(open_stream(at_client, *flow, *server));
  }
  flows_.push_back(std::move(flow));
}

bool StormTraffic::done() const {
  return std::ranges::all_of(flows_, [](const auto& flow) { return flow->done(); });
}

}  // namespace catenet::lab
