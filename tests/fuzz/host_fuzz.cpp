// A whole host that forwards between two lines, with echo servers over TCP and UDP and a raw
// socket, against whatever frames say. The input is a list of frames with virtual delays:
//
//   control, delay, length (2), bytes      control: see Fix; delay: d << e milliseconds
//
// Beyond crashes and asserted invariants: memory and events stay in proportion to what came, what
// the host sends is well formed, and a peer on its other line goes on exchanging right bytes.
#include <array>
#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/coro/task_group.hpp"
#include "catenet/link/link.hpp"
#include "catenet/service/echo.hpp"
#include "catenet/socket/async.hpp"
#include "catenet/socket/lab_system.hpp"
#include "catenet/trace/dissect.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/tcp.hpp"
#include "catenet/wire/udp.hpp"

#include "fuzz.hpp"

namespace catenet::host_fuzz {
namespace {

constexpr u16 echo_port = 7;
constexpr std::size_t max_frames = 200;

using fuzz::check;

// What is put right in a frame before the host gets it, so that mutations come further.
struct Fix {
  static constexpr u8 checksums = 1;
  static constexpr u8 station = 2;   // the destination address is the host's
  static constexpr u8 sequence = 4;  // a TCP segment goes on where the host's last one stood
  static constexpr u8 near = 8;      // … but up to 128 bytes off, by its own sequence number
};

// Where the transport header of a frame lies, if it is plainly IP.
struct Located {
  u32 network = 14;
  u32 transport = 0;
  u8 protocol = 0;
  bool six = false;
};

std::optional<Located> locate(ByteView frame) {
  if (frame.size() < 34) return std::nullopt;
  Located at;
  const u16 ether_type = load16(frame.data() + 12);
  if (ether_type == 0x0800) {
    at.transport = 14 + (frame[14] & 15u) * 4;
    at.protocol = frame[23];
    if (at.transport < 34 || (load16(frame.data() + 20) & 0x3fff) != 0) return std::nullopt;
  } else if (ether_type == 0x86dd && frame.size() >= 54) {
    at.transport = 54;
    at.protocol = frame[20];
    at.six = true;
  } else {
    return std::nullopt;
  }
  return at.transport + 8 <= frame.size() ? std::optional(at) : std::nullopt;
}

// Writes the checksums that the headers, such as they are, ask for.
void fix_checksums(MutableBytes frame) {
  if (frame.size() >= 34 && load16(frame.data() + 12) == 0x0800) {
    const u32 size = (frame[14] & 15u) * 4;
    if (size >= 20 && 14 + size <= frame.size()) {
      store16(frame.data() + 24, 0);
      wire::InternetChecksum sum;
      store16(frame.data() + 24, sum.add(frame.subspan(14, size)).finish());
    }
  }
  const auto at = locate(frame);
  if (!at) return;
  static constexpr std::array<std::pair<u8, u32>, 4> fields = {{{1, 2}, {6, 16}, {17, 6}, {58, 2}}};
  for (const auto& [protocol, offset] : fields) {
    if (at->protocol != protocol || at->transport + offset + 2 > frame.size()) continue;
    const MutableBytes transport = frame.subspan(at->transport);
    store16(transport.data() + offset, 0);
    wire::InternetChecksum sum;
    if (protocol != 1) {
      sum.add(at->six ? frame.subspan(22, 32) : frame.subspan(26, 8));
      sum.add_u16(protocol).add_u32(static_cast<u32>(transport.size()));
    }
    store16(transport.data() + offset, sum.add(transport).finish());
  }
}

// The far end of the host's first line: what it sends ends here and is looked at.
class Wire final : public Transmitter {
 public:
  void transmit(Packet&& frame) override {
    ++frames;
    std::vector<u8> bytes(frame.size());
    frame.copy_out(0, bytes);
    check(bytes.size() >= 14 && bytes.size() <= 1'514);
    check(!dissect_line(frame).empty());
    const auto at = locate(bytes);
    if (!at) return;
    const u32 total = at->six ? 40u + load16(bytes.data() + 18) : load16(bytes.data() + 16);
    check(total + 14 == bytes.size());
    if (at->protocol == 6 && bytes.size() >= at->transport + 20) look_at_tcp(bytes, *at);
  }
  // Goes on where the host's last segment stood.
  void fix_sequence(MutableBytes frame, bool near) const {
    const auto at = locate(frame);
    if (!at || at->protocol != 6 || at->transport + 20 > frame.size() || !heard_) return;
    u8* const tcp = frame.data() + at->transport;
    const i32 off = near ? static_cast<std::int8_t>(tcp[7]) : 0;
    store32(tcp + 4, next_ + static_cast<u32>(off));
    store32(tcp + 8, ack_);
  }

  u64 frames = 0;

 private:
  void look_at_tcp(ByteView frame, const Located& at) {
    const wire::TcpView tcp(frame.data() + at.transport);
    if (tcp.flags().rst()) return;
    const u32 length = static_cast<u32>(frame.size()) - at.transport - tcp.header_size();
    heard_ = true;
    ack_ = load32(frame.data() + at.transport + 4) + length + (tcp.flags().syn() ? 1 : 0) +
           (tcp.flags().fin() ? 1 : 0);
    next_ = load32(frame.data() + at.transport + 8);
  }

  bool heard_ = false;
  u32 ack_ = 0;   // what the host sent up to
  u32 next_ = 0;  // what it wants next
};

// A well-behaved peer of the host's: sends numbered bytes and takes them back from its echo.
class Exchange {
 public:
  static Task<void> run(System& system, Exchange& exchange, Endpoint server) {
    auto socket = co_await connect_stream(system, server);
    check(socket.has_value());
    exchange.socket_ = std::move(*socket);
    std::array<u8, 700> buffer;
    for (;;) {
      const auto n = co_await receive(*exchange.socket_, buffer);
      check(n.has_value());
      if (*n == 0) break;
      for (u32 i = 0; i < *n; ++i) check(buffer[i] == byte_at(exchange.received + i));
      exchange.received += *n;
    }
    exchange.ended = true;
  }
  void send_some(u32 count) {
    if (!socket_) return;
    std::vector<u8> bytes(count);
    for (u32 i = 0; i < count; ++i) bytes[i] = byte_at(sent + i);
    if (const auto n = socket_->send(bytes)) sent += *n;
  }
  void finish() { check(socket_ && socket_->shutdown(Shutdown::write)); }

  u64 sent = 0;
  u64 received = 0;
  bool ended = false;

 private:
  static u8 byte_at(u64 offset) { return static_cast<u8>(mix64(offset / 8) >> (offset % 8 * 8)); }
  std::unique_ptr<Socket> socket_;
};

// One node of the world: `addresses` of its interfaces eth0, eth1, …
struct Node {
  Node(Engine& engine, PacketPool& packets, FramePool& frames, const std::string& name, u32 rank,
       u64 seed, const HostOptions& options)
      : origin(name, rank, seed), host(engine, origin, packets, options), system(host, frames) {}
  Nic& plug(Engine& engine, PacketPool& packets, u8 subnet, u8 number) {
    const std::string name = fmt::format("eth{}", nics.size());
    nics.push_back(std::make_unique<Nic>(name, MacAddress(2, 0, 0, 1, subnet, number), 1'500,
                                         engine, packets, origin));
    Interface& interface = host.ip().add_interface(name, *nics.back());
    for (const std::string& own : {fmt::format("10.0.{}.{}/24", subnet, number),
                                   fmt::format("2001:db8:{}::{}/64", subnet, number)}) {
      check(host.ip().add_address(interface, *InterfacePrefix::parse(own)).has_value());
    }
    return *nics.back();
  }

  Origin origin;
  std::vector<std::unique_ptr<Nic>> nics;
  Host host;
  LabSystem system;
};

Task<void> ignore(Task<Result<void>> service) { static_cast<void>(co_await std::move(service)); }

HostOptions options_of(bool router) {
  HostOptions options;
  options.ip.forwarding = router;
  return options;
}

class World {
 public:
  // `seed`: numbers and ports are other ones for each input, as they would be for an attacker.
  explicit World(u64 seed)
      : host_(engine_, packets_, frames_, "host", 0, seed, options_of(true)),
        peer_(engine_, packets_, frames_, "peer", 1, seed, options_of(false)),
        there_("host>peer", 2, seed),
        back_("peer>host", 3, seed) {
    Nic& outside = host_.plug(engine_, packets_, 0, 1);
    Nic& inside = host_.plug(engine_, packets_, 1, 1);
    Nic& far = peer_.plug(engine_, packets_, 1, 2);
    Impairment line;
    line.delay = 1_ms;
    link_ = std::make_unique<Link>(inside, far, there_, back_, line);
    outside.connect(&wire_);
    outside.set_carrier(true);
    for (Node* node : {&host_, &peer_}) node->host.ip().start();
    serve();
  }
  ~World() {
    host_tasks_.reset();
    peer_tasks_.reset();
    link_.reset();
  }

  void play(ByteView input) {
    const u64 sent = exchange_.sent;
    while (input.size() >= 4 && frames_in_ < max_frames) {
      const std::size_t length = std::min<std::size_t>(load16(input.data() + 2), input.size() - 4);
      const u8 wait = input[1];
      give(input[0], input.subspan(4, length));
      run_for(Duration::milliseconds(i64{wait & 15} << (wait >> 4)));
      exchange_.send_some(100);
      input = input.subspan(4 + length);
      check_bounds();
    }
    check(frames_in_ == 0 || exchange_.sent > sent);
    finish();
  }

 private:
  void serve() {
    host_tasks_ = std::make_unique<TaskGroup>(host_.system.scheduler());
    host_tasks_->spawn(ignore(serve_echo_stream(host_.system, {.port = echo_port})));
    host_tasks_->spawn(ignore(serve_echo_datagrams(host_.system, {.port = echo_port})));
    raw_ = *host_.system.open(Family::ipv4, SocketType::raw, 1);
    run_for(1_ms);
    peer_tasks_ = std::make_unique<TaskGroup>(peer_.system.scheduler());
    peer_tasks_->spawn(
        Exchange::run(peer_.system, exchange_, {*IpAddress::parse("10.0.1.1"), echo_port}));
    run_for(1_s);
    exchange_.send_some(5'000);
    run_for(1_s);
    check(exchange_.received == 5'000);
  }
  void give(u8 control, ByteView bytes) {
    ++frames_in_;
    Packet packet = packets_.copy_of(bytes.first(std::min<std::size_t>(bytes.size(), 9'000)));
    const MutableBytes frame = packet.linear_bytes();
    if (control & Fix::sequence) wire_.fix_sequence(frame, control & Fix::near);
    if (control & Fix::station && frame.size() >= 6) {
      const auto mac = host_.nics[0]->mac().bytes();
      std::copy(mac.begin(), mac.end(), frame.begin());
    }
    if (control & Fix::checksums) fix_checksums(frame);
    if (frame.size() >= 14) host_.nics[0]->input(std::move(packet));
  }
  void run_for(Duration time) { engine_.run_until(engine_.now() + time); }
  void check_bounds() {
    check(packets_.live() <= 400 + 8 * frames_in_);
    check(wire_.frames <= 400 + 64 * frames_in_);
    check(engine_.events_run() <= 5'000 + 1'000 * frames_in_);
    check(host_.host.tcp().flow_count() <= 16 + frames_in_);
    u64 bytes = 0;
    for (const tcp::Connection* connection : host_.host.tcp().connections()) {
      bytes += connection->footprint();
    }
    check(bytes <= 500'000 + 100'000 * frames_in_);
  }
  // The peer's stream is still whole, and ends as it should.
  void finish() {
    run_for(10_s);
    check(exchange_.received == exchange_.sent);
    exchange_.finish();
    run_for(10_s);
    check(exchange_.ended);
    check(link_->books_balance());
  }

  Engine engine_;
  PacketPool packets_;
  FramePool frames_;
  Wire wire_;
  Node host_;
  Node peer_;
  Origin there_;
  Origin back_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<TaskGroup> host_tasks_;
  std::unique_ptr<TaskGroup> peer_tasks_;
  std::unique_ptr<Socket> raw_;
  Exchange exchange_;
  u64 frames_in_ = 0;
};

}  // namespace

int run(const u8* data, std::size_t size) {
  if (size > 65'536) return 0;
  RunningHash hash;
  hash.add(ByteView(data, size));
  World(hash.value()).play({data, size});
  return 0;
}

}  // namespace catenet::host_fuzz

FUZZ_TARGET(host_fuzz)
