#include "catenet/service/trace_probe.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/service/echo_socket.hpp"
#include "catenet/service/icmp_text.hpp"
#include "catenet/socket/async.hpp"
#include "catenet/wire/ip_protocol.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet {
namespace {

constexpr u32 ipv6_header_size = 40;

// What probes carry behind their headers, as the classic tool fills them.
std::vector<u8> probe_data(const ProbePlan& plan) {
  const u32 headers = probe_header_size(plan.remote.family());
  std::vector<u8> data(plan.size > headers ? plan.size - headers : 0);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<u8>(0x40 + (i & 0x3f));
  return data;
}

ProbeResult answer(const IpAddress& from, Duration time, std::string mark, bool last) {
  return {from, time, std::move(mark), last, 0};
}

ProbeResult icmp_answer(const IpAddress& from, Duration time, u8 type, u8 code, u32 mtu) {
  const Family family = from.family();
  return answer(from, time, traceroute_mark(family, type, code, mtu),
                !is_hop_limit_exceeded(family, type, code));
}

Result<void> set_options(Socket& socket, const ProbePlan& plan) {
  if (auto set = socket.set_option(SocketOption::ttl, plan.ttl); !set) return set;
  if (plan.source) {
    if (auto bound = socket.bind({*plan.source, 0}); !bound) return bound;
  }
  return {};
}

// A probe that did not leave the host: it is longer than what `way`, connected to where the probe
// was to go, takes at a time.
ProbeResult too_long_here(const Socket& way, Duration time) {
  ProbeResult result;
  result.time = time;
  const auto mtu = way.option(SocketOption::path_mtu);
  result.mark = mtu ? fmt::format("!F-{}", *mtu) : "!F";
  result.last = true;
  return result;
}

// --- UDP ---

struct UdpProbe {
  std::unique_ptr<Socket> socket;
  std::vector<u8> buffer = std::vector<u8>(65'536);
};

Result<UdpProbe> open_udp(System& system, const ProbePlan& plan) {
  auto socket = system.open(plan.remote.family(), SocketType::datagram);
  if (!socket) return Unexpected(socket.error());
  if (auto set = set_options(**socket, plan); !set) return Unexpected(set.error());
  const auto errors = (*socket)->set_option(SocketOption::receive_errors, 1);
  if (!errors) return Unexpected(errors.error());
  const int fixed = plan.dont_fragment ? 1 : 0;
  const auto fixing = (*socket)->set_option(SocketOption::dont_fragment, fixed);
  if (!fixing) return Unexpected(fixing.error());
  const Endpoint remote{plan.remote, plan.port};
  if (auto connected = (*socket)->connect(remote); !connected) return Unexpected(connected.error());
  return UdpProbe{*std::move(socket)};
}

// Makes the probe as small as the path is now known to need; 0: it is already.
u32 shrink(const Socket& socket, ProbePlan& plan, u32 told_mtu) {
  const auto known = socket.option(SocketOption::path_mtu);
  const u32 mtu = told_mtu > 0 ? told_mtu : known ? static_cast<u32>(*known) : 0;
  if (mtu <= probe_header_size(plan.remote.family()) || mtu >= plan.size) return 0;
  plan.size = mtu;
  return mtu;
}

// The ICMP error in the socket's queue, if there is one.
std::optional<SocketError> take_error(UdpProbe& probe) {
  const ReceiveFlags error_queue{.error_queue = true};
  const auto message = probe.socket->receive_message(probe.buffer, error_queue);
  return message ? message->error : std::nullopt;
}

Task<Result<ProbeResult>> udp_probe(System& system, ProbePlan plan) {
  auto probe = open_udp(system, plan);
  if (!probe) co_return Unexpected(probe.error());
  std::string mark;
  for (;;) {
    const Instant sent_at = system.now();
    const auto sent = probe->socket->send(probe_data(plan));
    if (!sent && sent.error() == Errno::message_size && plan.find_mtu) {
      const u32 mtu = shrink(*probe->socket, plan, 0);
      if (mtu == 0) co_return Unexpected(sent.error());
      mark = fmt::format("F={}", mtu);
      continue;
    }
    if (!sent && sent.error() == Errno::message_size && plan.dont_fragment) {
      co_return too_long_here(*probe->socket, system.now() - sent_at);
    }
    if (!sent) co_return Unexpected(sent.error());
    const auto message =
        co_await receive_message(*probe->socket, probe->buffer, sent_at + plan.wait);
    const Duration time = system.now() - sent_at;
    if (message) co_return answer(message->source.address, time, mark, true);
    if (message.error() == Errno::canceled) co_return Unexpected(message.error());
    ProbeResult result;
    if (const auto error = take_error(*probe)) {
      if (plan.find_mtu && error->mtu > 0) {
        const u32 mtu = shrink(*probe->socket, plan, error->mtu);
        if (mtu > 0) mark = fmt::format("F={}", mtu);
        if (mtu > 0) continue;
      }
      result = icmp_answer(error->offender, time, error->type, error->code, error->mtu);
    }
    if (result.mark.empty()) result.mark = mark;
    result.size = plan.size;
    co_return result;
  }
}

// --- ICMP ---

Task<Result<ProbeResult>> icmp_probe(System& system, ProbePlan plan) {
  const u16 identifier = static_cast<u16>(plan.identifier + plan.index);
  auto socket = EchoSocket::open(system, plan.remote.family(), identifier);
  if (!socket) co_return Unexpected(socket.error());
  if (auto set = socket->set_option(SocketOption::ttl, plan.ttl); !set) {
    co_return Unexpected(set.error());
  }
  if (plan.source) {
    if (auto bound = socket->bind(*plan.source); !bound) co_return Unexpected(bound.error());
  }
  if (plan.dont_fragment) {
    static_cast<void>(socket->set_option(SocketOption::dont_fragment, 1));
  }
  const Instant sent_at = system.now();
  const u16 sequence = static_cast<u16>(plan.index + 1);
  if (auto sent = socket->send(plan.remote, sequence, probe_data(plan)); !sent) {
    if (sent.error() != Errno::message_size || !plan.dont_fragment) {
      co_return Unexpected(sent.error());
    }
    const auto way = open_udp(system, plan);
    if (!way) co_return Unexpected(way.error());
    co_return too_long_here(*way->socket, system.now() - sent_at);
  }
  const auto event = co_await socket->next(system, sent_at + plan.wait);
  if (!event && event.error() == Errno::canceled) co_return Unexpected(event.error());
  if (!event) co_return ProbeResult();
  const Duration time = event->arrival - sent_at;
  if (event->kind == EchoEvent::Kind::reply) co_return answer(event->from, time, "", true);
  co_return icmp_answer(event->from, time, event->type, event->code, event->mtu);
}

// --- TCP ---

constexpr u32 syn_header_size =
    40;  // MSS, SACK, timestamps and window scale fill the options' half

struct SynProbe {
  std::unique_ptr<Socket> raw;       // sends the SYN, once, and sees what comes of it
  std::unique_ptr<Socket> reserved;  // keeps the port; a SYN-ACK to it is reset by its stack
  Endpoint local;
  Endpoint remote;
  wire::Seq seq{};
  u16 mss = 0;
};

Result<SynProbe> open_syn(System& system, ProbePlan plan) {
  const Family family = plan.remote.family();
  SynProbe probe;
  auto raw = system.open(family, SocketType::raw, static_cast<u8>(wire::IpProtocol::tcp));
  if (!raw) return Unexpected(raw.error());
  auto way = open_udp(system, plan);  // connected, it knows the source and what fits
  if (!way) return Unexpected(way.error());
  plan.source = way->socket->local().address;
  auto reserved = system.open(family, SocketType::stream);
  if (!reserved) return Unexpected(reserved.error());
  if (auto bound = (*reserved)->bind({*plan.source, 0}); !bound) return Unexpected(bound.error());
  if (auto set = set_options(**raw, plan); !set) return Unexpected(set.error());
  const auto errors = (*raw)->set_option(SocketOption::receive_errors, 1);
  if (!errors) return Unexpected(errors.error());
  const auto fixing = (*raw)->set_option(SocketOption::dont_fragment, plan.dont_fragment ? 1 : 0);
  if (!fixing) return Unexpected(fixing.error());
  // Others' segments stay away.
  if (auto connected = (*raw)->connect({plan.remote, 0}); !connected) {
    return Unexpected(connected.error());
  }
  const auto mtu = way->socket->option(SocketOption::path_mtu);
  const u32 headers = (family == Family::ipv4 ? 20 : ipv6_header_size) + wire::tcp::min_header_size;
  const u32 room = std::clamp<u32>(mtu ? static_cast<u32>(*mtu) : 1'500, headers + 1, 65'535);
  probe.mss = static_cast<u16>(room - headers);
  probe.local = {*plan.source, (*reserved)->local().port};
  probe.remote = {plan.remote, plan.port};
  probe.seq = wire::Seq(static_cast<u32>(system.random().next()));
  probe.raw = *std::move(raw);
  probe.reserved = *std::move(reserved);
  return probe;
}

std::array<u8, syn_header_size> make_syn(const SynProbe& probe, Instant now) {
  wire::TcpHeader header;
  header.source_port = probe.local.port;
  header.destination_port = probe.remote.port;
  header.seq = probe.seq;
  header.flags = wire::TcpFlag::syn;
  header.window = 5'840;
  header.options.mss = probe.mss;
  header.options.sack_permitted = true;
  header.options.timestamps = {static_cast<u32>(now.since_start().us() / 1'000), 0};
  header.options.window_scale = 2;
  std::array<u8, syn_header_size> bytes{};
  header.emit(bytes);
  wire::store_tcp_checksum(bytes, wire::pseudo_header(probe.local.address, probe.remote.address,
                                                      wire::IpProtocol::tcp, syn_header_size));
  return bytes;
}

// Whether `bytes`, as a raw socket reads them, are the SYN-ACK or the reset that the SYN called
// for.
bool answers_syn(const SynProbe& probe, ByteView bytes) {
  if (probe.remote.address.is_v4()) {
    const auto header = wire::Ipv4View::over(bytes);
    if (!header) return false;
    bytes = bytes.subspan(header->header_size());
  }
  const auto segment = wire::TcpView::over(bytes);
  if (!segment || segment->source_port() != probe.remote.port ||
      segment->destination_port() != probe.local.port) {
    return false;
  }
  const wire::TcpFlags flags = segment->flags();
  const bool acknowledged = flags.ack() && segment->ack() == probe.seq + 1;
  return acknowledged && (flags.syn() || flags.rst());
}

// What the socket's error queue says of this SYN: other probes' errors come to it too.
std::optional<SocketError> take_syn_error(const SynProbe& probe, MutableBytes buffer) {
  const ReceiveFlags error_queue{.error_queue = true};
  while (const auto message = probe.raw->receive_message(buffer, error_queue)) {
    if (!message->error || message->size < 8) continue;
    const u8* quoted = buffer.data();
    if (load16(quoted) == probe.local.port && load16(quoted + 2) == probe.remote.port &&
        load32(quoted + 4) == probe.seq.value()) {
      return message->error;
    }
  }
  return std::nullopt;
}

Task<Result<ProbeResult>> tcp_probe(System& system, ProbePlan plan) {
  const auto probe = open_syn(system, plan);
  if (!probe) co_return Unexpected(probe.error());
  const Instant sent_at = system.now();
  const auto sent = probe->raw->send_to(make_syn(*probe, sent_at), {plan.remote, 0});
  if (!sent) co_return Unexpected(sent.error());
  std::vector<u8> buffer(2'048);
  for (;;) {
    const auto message = co_await receive_message(*probe->raw, buffer, sent_at + plan.wait);
    const Duration time = system.now() - sent_at;
    if (message) {
      const ByteView bytes(buffer.data(), std::min<std::size_t>(message->size, buffer.size()));
      const bool ours = message->source.address == plan.remote && answers_syn(*probe, bytes);
      if (ours) co_return answer(plan.remote, time, "", true);
      continue;
    }
    const Errno failed = message.error();
    if (failed == Errno::timed_out) co_return ProbeResult();
    if (failed == Errno::canceled || failed == Errno::bad_descriptor) co_return Unexpected(failed);
    if (const auto error = take_syn_error(*probe, buffer)) {
      co_return icmp_answer(error->offender, time, error->type, error->code, error->mtu);
    }
  }
}

}  // namespace

u32 syn_probe_size(Family family) {
  return (family == Family::ipv4 ? 20 : ipv6_header_size) + syn_header_size;
}

u32 probe_header_size(Family family) {
  return (family == Family::ipv4 ? 20 : ipv6_header_size) + 8;
}

Task<Result<ProbeResult>> run_probe(System& system, ProbePlan plan) {
  switch (plan.kind) {
    case ProbeKind::udp: co_return co_await udp_probe(system, plan);
    case ProbeKind::icmp: co_return co_await icmp_probe(system, plan);
    case ProbeKind::tcp: co_return co_await tcp_probe(system, plan);
  }
  co_return Unexpected(Errno::invalid);
}

}  // namespace catenet
