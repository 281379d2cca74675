#include "catenet/service/trace_probe.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/coro/combine.hpp"
#include "catenet/service/echo_socket.hpp"
#include "catenet/service/icmp_text.hpp"
#include "catenet/socket/async.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/ipv4.hpp"

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
    co_return Unexpected(sent.error());
  }
  const auto event = co_await socket->next(system, sent_at + plan.wait);
  if (!event && event.error() == Errno::canceled) co_return Unexpected(event.error());
  if (!event) co_return ProbeResult();
  const Duration time = event->arrival - sent_at;
  if (event->kind == EchoEvent::Kind::reply) co_return answer(event->from, time, "", true);
  co_return icmp_answer(event->from, time, event->type, event->code, event->mtu);
}

// --- TCP ---

// What an ICMP error says about a SYN, when `message`, as a raw socket reads it, is one.
struct SynError {
  u8 type = 0;
  u8 code = 0;
  u32 mtu = 0;
};
std::optional<SynError> read_syn_error(ByteView message, u16 local_port, const Endpoint& remote) {
  if (remote.address.is_v4()) {
    const auto outer = wire::Ipv4View::over(message);
    if (!outer) return std::nullopt;
    message = message.subspan(outer->header_size());
  }
  if (message.size() < 8) return std::nullopt;
  const SynError error{message[0], message[1], load32(message.data() + 4) & 0xffff};
  const bool is_error =
      remote.address.is_v4() ? error.type == 3 || error.type == 11 : error.type < 128;
  ByteView quoted = message.subspan(8);
  u32 header = ipv6_header_size;
  if (remote.address.is_v4()) {
    const auto inner = wire::Ipv4View::over(quoted);
    if (!inner || inner->destination() != remote.address.v4()) return std::nullopt;
    header = inner->header_size();
  }
  if (!is_error || quoted.size() < header + 4) return std::nullopt;
  const u8* ports = quoted.data() + header;
  if (load16(ports) != local_port || load16(ports + 2) != remote.port) return std::nullopt;
  return error;
}

Task<ProbeResult> wait_for_syn_error(System& system, Socket& raw, u16 local_port, Endpoint remote,
                                     Instant sent_at, Instant deadline) {
  std::vector<u8> buffer(2'048);
  for (;;) {
    const auto message = co_await receive_message(raw, buffer, deadline);
    if (!message) co_return ProbeResult();
    const ByteView bytes =
        ByteView(buffer).first(std::min<std::size_t>(message->size, buffer.size()));
    if (const auto error = read_syn_error(bytes, local_port, remote)) {
      co_return icmp_answer(message->source.address, system.now() - sent_at, error->type,
                            error->code, error->mtu);
    }
  }
}

Task<ProbeResult> wait_for_syn_answer(System& system, Socket& socket, Endpoint remote,
                                      Instant sent_at, Instant deadline) {
  const auto done = co_await connected(socket, deadline);
  const Duration time = system.now() - sent_at;
  if (done || done.error() == Errno::connection_refused) {
    co_return answer(remote.address, time, "", true);
  }
  if (done.error() == Errno::timed_out || done.error() == Errno::canceled) co_return ProbeResult();
  // The ICMP error behind this one has come too, and tells more: it wins the race.
  static_cast<void>(co_await system.scheduler().yield());
  const std::string mark = done.error() == Errno::network_unreachable ? "!N" : "!H";
  co_return answer(socket.local().address, time, mark, true);
}

Task<Result<ProbeResult>> tcp_probe(System& system, ProbePlan plan) {
  const Family family = plan.remote.family();
  const auto protocol = family == Family::ipv4 ? wire::IpProtocol::icmp : wire::IpProtocol::icmpv6;
  auto raw = system.open(family, SocketType::raw, static_cast<u8>(protocol));
  if (!raw) co_return Unexpected(raw.error());
  auto socket = system.open(family, SocketType::stream);
  if (!socket) co_return Unexpected(socket.error());
  if (auto set = set_options(**socket, plan); !set) co_return Unexpected(set.error());
  static_cast<void>((*socket)->set_option(SocketOption::linger, 0));  // ends with a reset, at once
  const Endpoint remote{plan.remote, plan.port};
  const auto begun = (*socket)->connect(remote);
  if (!begun && begun.error() != Errno::in_progress) co_return Unexpected(begun.error());
  const Instant sent_at = system.now();
  const Instant deadline = sent_at + plan.wait;
  const u16 local_port = (*socket)->local().port;
  auto winner =
      co_await race(wait_for_syn_error(system, **raw, local_port, remote, sent_at, deadline),
                    wait_for_syn_answer(system, **socket, remote, sent_at, deadline));
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  co_return std::get<1>(std::move(winner));
}

}  // namespace

u32 probe_header_size(Family family) {
  return (family == Family::ipv4 ? 20 : ipv6_header_size) + 8;
}

Task<Result<ProbeResult>> run_probe(System& system, ProbePlan plan) {
  switch (plan.kind) {
    case ProbeKind::udp: co_return co_await udp_probe(system, std::move(plan));
    case ProbeKind::icmp: co_return co_await icmp_probe(system, std::move(plan));
    case ProbeKind::tcp: co_return co_await tcp_probe(system, std::move(plan));
  }
  co_return Unexpected(Errno::invalid);
}

}  // namespace catenet
