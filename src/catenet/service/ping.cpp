// ping, as iputils has it: what it prints is what people and scripts read.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/endian.hpp"
#include "catenet/service/echo_socket.hpp"
#include "catenet/service/icmp_text.hpp"
#include "catenet/service/ping_options.hpp"
#include "catenet/service/ping_statistics.hpp"
#include "catenet/service/time_text.hpp"
#include "catenet/service/tools.hpp"
#include "catenet/socket/configuration.hpp"
#include "catenet/wire/icmpv4.hpp"

namespace catenet {
namespace {

// Data of this size or more carries the time it was sent at, and so gets a round trip.
constexpr u32 stamp_size = 16;
constexpr u32 icmp_header_size = 8;
constexpr u32 record_route_size = 40;
// The port that a datagram socket is connected to, to learn whether there is a way; nothing is
// sent.
constexpr u16 probe_port = 1'025;

// One run.
class Ping {
 public:
  // `way` is a datagram socket that is connected to `remote`; `device` the interface's index, or 0.
  Ping(Invocation& invocation, const PingOptions& options, const IpAddress& remote, u32 device,
       EchoSocket socket, std::unique_ptr<Socket> way)
      : invocation_(invocation),
        system_(invocation.system),
        options_(options),
        remote_(remote),
        device_(device),
        socket_(std::move(socket)),
        way_(std::move(way)),
        numeric_(options.numeric || IpAddress::parse(options.target)) {}
  FramePool& frame_pool() { return system_.frame_pool(); }

  Result<void> configure();
  Task<int> run();

 private:
  bool echoes() const { return options_.query == IcmpQuery::echo; }
  bool timed() const { return !echoes() || options_.size >= stamp_size; }
  void fill_query(Instant now);
  u32 data_size() const {
    if (options_.query == IcmpQuery::timestamp) return wire::Icmpv4Timestamps::size;
    return options_.query == IcmpQuery::address_mask ? 4 : options_.size;
  }
  bool all_sent() const { return options_.count > 0 && statistics_.sent() >= options_.count; }
  bool finished() const;
  Instant wake_time() const;
  void print_begin();
  void send_one();
  void on_send_error(Errno error);
  void on_event(const EchoEvent& event);
  void on_reply(const EchoEvent& event);
  void print_answer(const std::vector<u8>& data);
  void print_route(const std::vector<Ipv4Address>& route);
  void print_wrong_data(const std::vector<u8>& data);
  std::string name_of(const IpAddress& address) const;
  void print(std::string_view text) { invocation_.out.write(text); }

  Invocation& invocation_;
  System& system_;
  const PingOptions& options_;
  IpAddress remote_;
  u32 device_;
  EchoSocket socket_;
  std::unique_ptr<Socket> way_;
  bool numeric_;
  PingStatistics statistics_;
  // Grows with the numbers in use: a lab may run thousands of short pings.
  Instant& sent_at(u16 sequence) {
    if (sequence >= sent_at_.size()) sent_at_.resize(std::size_t{sequence} + 1);
    return sent_at_[sequence];
  }
  std::vector<Instant> sent_at_;  // by sequence number
  std::vector<u8> data_;
  std::vector<Ipv4Address> last_route_;
  Instant started_;
  Instant next_send_;
  Instant last_sent_;
  Instant give_up_ = Instant::never();
};

Result<void> Ping::configure() {
  const auto set = [&](SocketOption option, int value) {
    return socket_.set_option(option, value);
  };
  if (options_.source) {
    if (auto bound = socket_.bind(*options_.source); !bound) return bound;
  }
  if (device_ != 0) {
    if (auto bound = set(SocketOption::bind_to_device, static_cast<int>(device_)); !bound)
      return bound;
  }
  if (options_.ttl) {
    if (auto result = set(SocketOption::ttl, *options_.ttl); !result) return result;
  }
  if (options_.traffic_class) {
    if (auto result = set(SocketOption::traffic_class, *options_.traffic_class); !result) {
      return result;
    }
  }
  if (options_.dont_fragment) {
    if (auto result = set(SocketOption::dont_fragment, 1); !result) return result;
  }
  if (options_.broadcast) {
    if (auto result = set(SocketOption::broadcast, 1); !result) return result;
  }
  if (options_.record_route) return set(SocketOption::record_route, 1);
  return {};
}

std::string Ping::name_of(const IpAddress& address) const {
  const std::string text = address.to_string();
  if (numeric_) return text;
  const std::string name = system_.name_of(address);
  return name == text ? text : fmt::format("{} ({})", name, text);
}

void Ping::print_begin() {
  const u32 size = options_.size;
  std::string from;
  if (options_.source) from = fmt::format("from {} : ", options_.source->to_string());
  if (device_ != 0) {
    from = fmt::format("from {} {}: ", way_->local().address.to_string(), options_.device);
  }
  if (!echoes()) {
    const bool time = options_.query == IcmpQuery::timestamp;
    return print(fmt::format("PING {} ({}) {}{} requests.\n", options_.target, remote_.to_string(),
                             from, time ? "timestamp" : "address mask"));
  }
  if (remote_.is_v6()) {
    print(fmt::format("PING {}({}) {}{} data bytes\n", options_.target, name_of(remote_), from,
                      size));
    return;
  }
  const u32 whole = size + icmp_header_size + 20 + (options_.record_route ? record_route_size : 0);
  print(fmt::format("PING {} ({}) {}{}({}) bytes of data.\n", options_.target, remote_.to_string(),
                    from, size, whole));
}

void Ping::fill_query(Instant now) {
  if (options_.query == IcmpQuery::timestamp) {
    constexpr i64 day_ms = 86'400'000;
    wire::Icmpv4Timestamps{static_cast<u32>(system_.calendar_ms() % day_ms), 0, 0}.emit(data_);
  } else if (echoes() && timed()) {  // as a struct timeval would hold them
    store64(data_.data(), static_cast<u64>(system_.calendar_s()));
    store64(data_.data() + 8, static_cast<u64>(now.since_start().us() % 1'000'000));
  }
}

void Ping::send_one() {
  if (options_.outstanding && !options_.quiet && !statistics_.last_answered()) {
    print(fmt::format("no answer yet for icmp_seq={}\n", statistics_.sent() & 0xffff));
  }
  const Instant now = system_.now();
  const u16 sequence = static_cast<u16>(statistics_.sent() + 1);
  fill_query(now);
  const auto sent = socket_.send(remote_, sequence, data_);
  statistics_.on_sent();
  sent_at(sequence) = last_sent_ = now;
  next_send_ = now + options_.interval;
  if (sent && options_.flood && !options_.quiet) print(".");
  if (!sent) on_send_error(sent.error());
  if (all_sent() && !options_.deadline) {
    const Duration twice = std::max(statistics_.longest() * 2, options_.interval);
    if (statistics_.received() > 0)
      give_up_ = now + twice;
    else if (options_.linger)
      give_up_ = now + *options_.linger;
  }
}

void Ping::on_send_error(Errno error) {
  if (error == Errno::message_size) {
    statistics_.on_local_error();
    if (options_.quiet) return;
    const auto mtu = way_->option(SocketOption::path_mtu);
    invocation_.error.write(mtu ? fmt::format("ping: local error: message too long, mtu={}\n", *mtu)
                                : "ping: local error: message too long\n");
    return;
  }
  if (!options_.quiet) {
    invocation_.error.write(fmt::format("ping: sendmsg: {}\n", errno_text(error)));
  }
}

void Ping::on_event(const EchoEvent& event) {
  if (event.kind == EchoEvent::Kind::reply) return on_reply(event);
  statistics_.on_error(event.sequence);
  if (options_.quiet) return;
  if (options_.flood) return print("\bE");
  print(fmt::format("From {} icmp_seq={} {}\n", name_of(event.from), event.sequence,
                    icmp_error_text(remote_.family(), event.type, event.code, event.mtu)));
}

void Ping::on_reply(const EchoEvent& event) {
  bool again = false;
  const Duration round_trip = event.arrival - sent_at(event.sequence);
  if (event.damaged) {
    statistics_.on_damaged(event.sequence);
  } else {
    again = statistics_.on_reply(event.sequence, round_trip, timed());
  }
  if (options_.interval < Duration::milliseconds(200) && options_.flood) {
    next_send_ = std::min(next_send_, event.arrival);  // an answer calls for the next
  }
  if (options_.quiet) return;
  if (options_.flood) return print("\b \b");
  print(fmt::format("{} bytes from {}: icmp_seq={} ttl={}", event.size, name_of(event.from),
                    event.sequence, event.ttl));
  if (event.size < data_.size() + icmp_header_size) return print(" (truncated)\n");
  if (timed()) print(fmt::format(" time={} ms", milliseconds_rounded(round_trip)));
  if (again) print(" (DUP!)");
  if (event.damaged) print(" (BAD CHECKSUM!)");
  if (echoes()) {
    print_wrong_data(event.data);
  } else {
    print_answer(event.data);
  }
  print_route(event.route);
  print("\n");
}

// Of a timestamp milliseconds since midnight UT, which the highest bit says it is not (RFC 792).
void Ping::print_answer(const std::vector<u8>& data) {
  if (options_.query == IcmpQuery::address_mask) {
    return print(fmt::format(" mask={}", Ipv4Address::load(data.data()).to_string()));
  }
  const auto times = wire::Icmpv4Timestamps::parse(data);
  if (!times) return;
  const auto shown = [](u32 time) {
    constexpr u32 nonstandard = 1u << 31;
    return fmt::format("{}{}", time & ~nonstandard, (time & nonstandard) != 0 ? "!" : "");
  };
  print(fmt::format(" originate={} receive={} transmit={}", shown(times->originate),
                    shown(times->receive), shown(times->transmit)));
}

void Ping::print_wrong_data(const std::vector<u8>& data) {
  for (std::size_t i = timed() ? stamp_size : 0; i < data_.size(); ++i) {
    if (data[i] == data_[i]) continue;
    return print(
        fmt::format("\nwrong data byte #{} should be 0x{:x} but was 0x{:x}", i, data_[i], data[i]));
  }
}

void Ping::print_route(const std::vector<Ipv4Address>& route) {
  if (route.empty()) return;
  if (route == last_route_) return print("\t(same route)");
  last_route_ = route;
  print("\nRR: ");
  for (const Ipv4Address& hop : route) print(fmt::format("\t{}\n", name_of(hop)));
}

bool Ping::finished() const {
  if (options_.count > 0 && statistics_.received() + statistics_.errors() >= options_.count) {
    return true;
  }
  if (options_.deadline && statistics_.errors() > 0) return true;
  return system_.now() >= give_up_;
}

Instant Ping::wake_time() const {
  const bool sends = !all_sent() || options_.deadline;
  return sends ? std::min(next_send_, give_up_) : give_up_;
}

Task<int> Ping::run() {
  data_.resize(data_size());
  for (std::size_t i = 0; echoes() && i < data_.size(); ++i) data_[i] = static_cast<u8>(i);
  print_begin();
  started_ = next_send_ = last_sent_ = system_.now();
  if (options_.deadline) give_up_ = started_ + *options_.deadline;
  while (!finished()) {
    if (system_.now() >= next_send_ && (!all_sent() || options_.deadline)) send_one();
    if (finished()) break;
    const Result<EchoEvent> event = co_await socket_.next(system_, wake_time());
    if (event) {
      on_event(*event);
    } else if (event.error() != Errno::timed_out) {
      break;  // stopped: what was counted is still told
    }
  }
  // As iputils counts: what came after the last request was sent is not part of the time.
  print(statistics_.summary(options_.target, last_sent_ - started_));
  const bool too_few = options_.deadline && statistics_.received() < options_.count;
  co_return statistics_.received() == 0 || too_few ? 1 : 0;
}

int fail(Invocation& invocation, std::string_view text) {
  invocation.error.write(fmt::format("ping: {}\n", text));
  return 2;
}

// A datagram socket connected to `remote`, which tells whether there is a way and how much it takes
// at a time.
Result<std::unique_ptr<Socket>> find_way(System& system, const IpAddress& remote, u32 device,
                                         bool broadcast) {
  auto socket = system.open(remote.family(), SocketType::datagram);
  if (!socket) return Unexpected(socket.error());
  if (device != 0) {
    const auto bound =
        (*socket)->set_option(SocketOption::bind_to_device, static_cast<int>(device));
    if (!bound) return Unexpected(bound.error());
  }
  if (broadcast) static_cast<void>((*socket)->set_option(SocketOption::broadcast, 1));
  if (auto found = (*socket)->connect({remote, probe_port}); !found) {
    return Unexpected(found.error());
  }
  return std::move(*socket);
}

// The index of the interface that -I names; 0: it names none.
Result<u32> find_device(System& system, const std::string& name) {
  if (name.empty()) return 0u;
  const auto interfaces = system.configuration().interfaces();
  if (!interfaces) return Unexpected(interfaces.error());
  const auto found = std::ranges::find(*interfaces, name, &InterfaceStatus::name);
  return found == interfaces->end() ? Unexpected(Errno::no_device) : Result<u32>(found->index);
}

}  // namespace

Task<int> ping(Invocation& invocation) {
  const auto options = read_ping_options(invocation.arguments);
  if (!options) {
    invocation.error.write(options.error());
    co_return 2;
  }
  if (options->help) {
    invocation.out.write(ping_usage());
    co_return 0;
  }
  System& system = invocation.system;
  const Result<u32> device = find_device(system, options->device);
  if (!device) co_return fail(invocation, fmt::format("unknown iface: {}", options->device));
  const auto addresses = co_await system.resolve(options->target, options->family);
  if (!addresses) {
    const bool literal = IpAddress::parse(options->target).has_value();
    co_return fail(invocation,
                   options->target + (literal ? ": Address family for hostname not supported"
                                              : ": Name or service not known"));
  }
  IpAddress remote = addresses->front();
  // To itself, as connect(2) has it.
  if (remote.is_unspecified()) remote = IpAddress::loopback(remote.family());
  auto way = find_way(system, remote, *device, false);
  if (!way && way.error() == Errno::access_denied) {
    if (!options->broadcast) {
      co_return fail(invocation,
                     "Do you want to ping broadcast? Then -b. If not, check your local firewall "
                     "rules");
    }
    invocation.error.write("WARNING: pinging broadcast address\n");
    way = find_way(system, remote, *device, true);
  }
  if (!way) co_return fail(invocation, fmt::format("connect: {}", errno_text(way.error())));
  const u16 identifier = static_cast<u16>(system.random().below(65'536));
  auto socket = EchoSocket::open(system, remote.family(), identifier, options->query);
  if (!socket) co_return fail(invocation, fmt::format("socket: {}", errno_text(socket.error())));
  Ping run(invocation, *options, remote, *device, *std::move(socket), *std::move(way));
  if (auto configured = run.configure(); !configured) {
    co_return fail(invocation, errno_text(configured.error()));
  }
  co_return co_await run.run();
}

}  // namespace catenet
