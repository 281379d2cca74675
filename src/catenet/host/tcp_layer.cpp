#include "catenet/host/tcp_layer.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/ip/super_segment.hpp"
#include "catenet/tcp/reset.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet {

namespace {

// What a super-segment may carry: the IPv4 length field, less the largest headers.
constexpr u32 max_super_segment = 65'535 - 60 - 60;

// A flow that said and heard nothing for this long, up to twice it, keeps no more than it must.
constexpr Duration quiet_after = Duration::seconds(1);

SipKey derive(SipKey key, u64 purpose) {
  return {mix64(key.k0 ^ purpose), mix64(key.k1 + purpose)};
}

wire::Seq quoted_seq(const IcmpError& error) {
  return wire::Seq(load32(error.transport.data() + 4));
}

}  // namespace

TcpLayer::TcpLayer(IpLayer& ip, RandomStream& random, SipKey secret, const tcp::Secrets& secrets,
                   const tcp::Options& options)
    : ip_(ip),
      random_(random),
      environment_(ip.pool(), secrets, options),
      ports_(secret),
      flows_(derive(secret, 1)),
      time_waits_(derive(secret, 2), environment_) {}

TcpLayer::~TcpLayer() {
  for (TcpFlow* flow : flows_.sorted()) {
    flows_.remove(*flow);
    delete flow;
  }
}

// --- Opening ---

bool TcpLayer::taken(const Endpoint& local, const Endpoint& remote) {
  if (flows_.find(local, remote)) return true;
  const TimeWaitTable::Index waiting = time_waits_.find(local, remote);
  if (waiting == TimeWaitTable::none) return false;
  return !time_waits_.get(waiting, ip_.now()).reusable(ip_.now());
}

Result<TcpFlow*> TcpLayer::create(Endpoint local, const Endpoint& remote, TcpUser& user,
                                  Interface* bound) {
  if (local.address.family() != remote.address.family() && !local.address.is_unspecified()) {
    return Unexpected(Errno::network_unreachable);
  }
  const auto choice = ip_.route(remote.address, local.address, bound);
  if (!choice) return Unexpected(choice.error());
  if (local.address.is_unspecified()) local.address = choice->source;
  if (local.port == 0) {
    const auto port = ports_.ephemeral(local.address, remote, [&](u16 candidate) {
      const Endpoint claim{local.address, candidate};
      return taken(claim, remote) || ports_.find(claim, remote, choice->interface->index());
    });
    if (!port) return Unexpected(port.error());
    local.port = *port;
  }
  if (taken(local, remote)) return Unexpected(Errno::address_in_use);
  const TimeWaitTable::Index old = time_waits_.find(local, remote);
  if (old != TimeWaitTable::none) time_waits_.erase(old);
  const Interface& out = *choice->interface;
  TcpFlow& flow = adopt(std::make_unique<tcp::Connection>(
      environment_, local, remote, local.address.is_v4() ? out.mtu() : out.mtu6()));
  flow.connection().on_path_mtu(ip_.now(), choice->mtu);
  flow.user_ = &user;
  bind_to(flow, bound);
  return &flow;
}

TcpFlow& TcpLayer::adopt(std::unique_ptr<tcp::Connection> connection) {
  auto* flow = new TcpFlow(*this, std::move(connection));
  flow->connection().set_super_segments(offload_ ? max_super_segment : 0);
  flows_.insert(*flow);
  flow->in_table_ = true;
  return *flow;
}

void TcpLayer::open(TcpFlow& flow) {
  const Result<void> opened = flow.connection().open(ip_.now());
  CATENET_ASSERT(opened.has_value());
  pump(flow);
}

std::unique_ptr<TcpListener> TcpLayer::listen(PortBinding& binding, u32 backlog, TcpUser& user) {
  auto listener = std::make_unique<TcpListener>(environment_, backlog, user);
  listener->binding_ = &binding;
  binding.owner = listener.get();
  binding.exclusive_listener = true;
  return listener;
}

TcpFlow* TcpLayer::accept(TcpListener& listener, TcpUser& user) {
  const tcp::Connection* next = listener.machine().accept();
  if (!next) return nullptr;
  TcpFlow* flow = flows_.find(next->local(), next->remote());
  CATENET_ASSERT(flow);
  flow->user_ = &user;
  return flow;
}

void TcpLayer::close(TcpListener& listener) {
  const std::vector<tcp::Connection*> aborted = listener.machine().close(ip_.now());
  listener.binding_->owner = nullptr;
  listener.binding_->exclusive_listener = false;
  std::vector<TcpFlow*> flows;
  for (const tcp::Connection* one : aborted) {
    flows.push_back(flows_.find(one->local(), one->remote()));
  }
  std::ranges::sort(flows, [](const TcpFlow* a, const TcpFlow* b) {
    return std::pair(a->local(), a->remote()) < std::pair(b->local(), b->remote());
  });
  for (TcpFlow* flow : flows) {
    pump(*flow);
    settle(*flow);
  }
}

// --- Using ---

void TcpLayer::pump(TcpFlow& flow) {
  // A user told of an event may call again from within; the loop below sees what it did.
  if (flow.pumping_) return;
  flow.pumping_ = true;
  u32 rounds = 0;
  do {
    transmit(flow);
    CATENET_ASSERT(++rounds < 1'000);
  } while (handle_events(flow) && flow.connection().wants_transmit());
  arm(flow);
  flow.pumping_ = false;
}

void TcpLayer::transmit(TcpFlow& flow) {
  tcp::Connection& connection = flow.connection();
  IpSend send;
  send.source = flow.local().address;
  send.destination = flow.remote().address;
  send.protocol = static_cast<u8>(wire::IpProtocol::tcp);
  send.ttl = flow.ttl_;
  send.interface = bound(flow);
  if (!flow.route_ && connection.wants_transmit()) take_route(flow);
  while (Packet segment = connection.poll_transmit(ip_.now())) {
    if (!offload_) complete_checksum(segment);
    constexpr u8 ect_0 = 2;  // the ECN field is TCP's, whatever the socket asked for
    send.dscp_ecn = static_cast<u8>((flow.traffic_class_ & ~3u) | (connection.ect() ? ect_0 : 0u));
    send.prefer_whole = ip_.options().path_mtu_discovery && !connection.outgrows_path();
    const Result<void> sent = ip_.output(std::move(segment), send, flow.route_);
    if (!sent) on_refusal(flow, sent.error());
  }
}

// IP would not take a segment: lost, as far as the connection knows, and sent again when its timer
// says so.
void TcpLayer::on_refusal(TcpFlow& flow, Errno error) {
  const auto choice = ip_.route(flow.remote().address, flow.local().address, bound(flow));
  if (choice && error == Errno::message_size) {
    const u32 before = flow.connection().send_mss();
    flow.connection().on_path_mtu(ip_.now(), choice->mtu);
    if (flow.connection().send_mss() != before) return;
  }
  Interface* out = choice ? choice->interface : flow.route_ ? flow.route_->interface : nullptr;
  if (!out) return;  // no way at all, which IP has counted
  ip_.note(
      *out, "tcp",
      fmt::format("a segment to {} is not sent: {}", flow.remote().to_string(), errno_text(error)));
}

bool TcpLayer::handle_events(TcpFlow& flow) {
  const u32 events = flow.connection().take_events();
  if (events == 0) return false;
  const bool heard = (events & (tcp::Event::connected | tcp::Event::readable)) != 0;
  if (heard && flow.route_) ip_.confirm(*flow.route_);
  if ((events & tcp::Event::path_suspect) && flow.route_) ip_.doubt(*flow.route_);
  if (events & tcp::Event::closed) leave_table(flow);
  if (flow.user_) {
    flow.user_->on_tcp_events(events);
  } else if (flow.listener() && (events & tcp::Event::connected)) {
    flow.listener()->user_.on_tcp_events(tcp::Event::readable);
  }
  return true;
}

void TcpLayer::arm(TcpFlow& flow) {
  flow.active_ = true;
  Instant deadline = flow.connection().next_deadline();
  if (flow.route_) deadline = std::min(deadline, ip_.now() + quiet_after);
  if (deadline == Instant::never()) {
    if (flow.timer_) flow.timer_->cancel();
    return;
  }
  if (!flow.timer_) flow.timer_ = std::make_unique<TcpFlow::Timer>(flow);
  Event& timer = *flow.timer_;
  // Moved only when it must ring earlier; ringing too early does nothing.
  if (timer.scheduled() && timer.when() <= deadline) return;
  ip_.engine().schedule_at(std::max(deadline, ip_.now()), ip_.node().next_key(), timer);
}

void TcpFlow::on_timer() {
  TcpLayer& layer = layer_;
  const Instant now = layer.ip_.now();
  if (connection_->next_deadline() <= now) {
    connection_->on_timeout(now);
    layer.pump(*this);
    layer.settle(*this);
    return;
  }
  const bool quiet = !std::exchange(active_, false);
  if (quiet) layer.rest(*this);
  layer.arm(*this);
  active_ = false;
  if (!timer_->scheduled()) timer_.reset();
}

void TcpLayer::rest(TcpFlow& flow) {
  give_route_back(flow);
  flow.connection().rest(ip_.now());
}

void TcpLayer::take_route(TcpFlow& flow) {
  SharedRoute& route = routes_[route_key(flow)];
  ++route.users;
  flow.route_ = &route.cache;
}

void TcpLayer::give_route_back(TcpFlow& flow) {
  if (!std::exchange(flow.route_, nullptr)) return;
  const auto found = routes_.find(route_key(flow));
  if (--found->second.users == 0) routes_.erase(found);
}

void TcpLayer::set_ip_options(TcpFlow& flow, u8 ttl, u8 traffic_class) {
  flow.ttl_ = ttl;
  flow.traffic_class_ = traffic_class;
}

void TcpLayer::bind_to(TcpFlow& flow, Interface* interface) {
  give_route_back(flow);
  flow.bound_ = static_cast<u16>(interface ? interface->index() : 0);
}

Interface* TcpLayer::bound(const TcpFlow& flow) const {
  return flow.bound_ == 0 ? nullptr : ip_.interface(flow.bound_);
}

void TcpLayer::release(TcpFlow& flow) {
  flow.user_ = nullptr;
  settle(flow);
}

void TcpLayer::leave_table(TcpFlow& flow) {
  if (!flow.in_table_) return;
  flows_.remove(flow);
  flow.in_table_ = false;
}

void TcpLayer::settle(TcpFlow& flow) {
  // Sending may bring an error about the flow itself: who pumps it settles it afterwards.
  if (flow.pumping_ || flow.user_ || flow.listener()) return;
  const tcp::State state = flow.connection().state();
  if (state == tcp::State::time_wait && flow.connection().released()) {
    retire_to_time_wait(flow);
  } else if (state == tcp::State::closed && !flow.connection().wants_transmit()) {
    destroy(flow);
  }
}

void TcpLayer::destroy(TcpFlow& flow) {
  leave_table(flow);
  give_route_back(flow);
  delete &flow;
}

// --- From below ---

void TcpLayer::input(const IpInfo& info, Packet&& segment) {
  constexpr auto protocol = static_cast<u8>(wire::IpProtocol::tcp);
  environment_.counters.in_segs += wire_segments(segment, protocol);
  auto header = wire::TcpHeader::parse(segment.linear_bytes());
  if (!header || info.broadcast || info.multicast) {
    // A segment for a broadcast or multicast address is never TCP's (RFC 9293 section 3.9.2.3).
    return ip_.drop(info, std::move(segment), Drop::bad_transport_header);
  }
  if (segment.meta().checksum == ChecksumState::present) {
    auto sum =
        wire::pseudo_header(info.source, info.destination, wire::IpProtocol::tcp, segment.size());
    segment.for_each_run(0, [&](ByteView run) { sum.add(run); });
    if (!sum.verifies()) return ip_.drop(info, std::move(segment), Drop::bad_transport_checksum);
  }
  const Arriving arriving{info,
                          {info.destination, header->destination_port},
                          {info.source, header->source_port},
                          *header,
                          wire::TcpView(segment.data()).header_size()};
  segment.consume(arriving.header_size);
  if (TcpFlow* flow = flows_.find(arriving.local, arriving.remote)) {
    input_flow(*flow, arriving, std::move(segment));
    return;
  }
  const TimeWaitTable::Index waiting = time_waits_.find(arriving.local, arriving.remote);
  if (waiting != TimeWaitTable::none) {
    input_time_wait(waiting, arriving, std::move(segment));
  } else if (!input_listener(arriving, segment, nullptr)) {
    refuse(arriving, std::move(segment));
  }
}

void TcpLayer::input_flow(TcpFlow& flow, const Arriving& arriving, Packet&& payload) {
  if (flow.connection().state() == tcp::State::time_wait && !flow.pumping_ &&
      input_reuse(flow, arriving, payload)) {
    return;
  }
  const bool ce = (arriving.info.dscp_ecn & 3) == 3;
  const auto refused =
      flow.connection().on_segment(ip_.now(), arriving.header, std::move(payload), ce);
  if (refused) drop(arriving, std::move(payload), *refused);
  pump(flow);
  settle(flow);
}

bool TcpLayer::input_listener(const Arriving& arriving, Packet& payload,
                              const tcp::TimeWait* predecessor) {
  const PortBinding* binding =
      ports_.find_listener(arriving.local, arriving.remote, arriving.info.interface->index());
  if (!binding || !binding->owner) return false;
  auto& listener = *static_cast<TcpListener*>(binding->owner);
  tcp::Arrival arrival;
  arrival.local = arriving.local;
  arrival.remote = arriving.remote;
  const Interface& interface = *arriving.info.interface;
  arrival.mtu = arriving.local.address.is_v4() ? interface.mtu() : interface.mtu6();
  arrival.predecessor = predecessor;
  tcp::Listener::Reaction reaction =
      listener.machine().on_segment(ip_.now(), arrival, arriving.header, std::move(payload));
  if (reaction.connection) {
    TcpFlow& flow = adopt(std::move(reaction.connection));
    // A link-local peer is on that link and no other (RFC 4007 section 6).
    const bool scoped = arriving.remote.address.is_v6() && arriving.remote.address.is_link_local();
    if (binding->device != 0 || scoped) bind_to(flow, arriving.info.interface);
    set_ip_options(flow, listener.ttl_, listener.traffic_class_);
    pump(flow);
    settle(flow);
  }
  if (reaction.reply) {
    send_loose(std::move(reaction.reply), arriving, listener.ttl_, listener.traffic_class_);
  }
  if (reaction.drop && payload) drop(arriving, std::move(payload), *reaction.drop);
  return true;
}

void TcpLayer::refuse(const Arriving& arriving, Packet payload) {
  Packet reset = tcp::reset_for(environment_, arriving.local, arriving.remote, arriving.header,
                                payload.size());
  if (reset) send_loose(std::move(reset), arriving);
  drop(arriving, std::move(payload), Drop::no_socket);
}

void TcpLayer::drop(const Arriving& arriving, Packet payload, Drop reason) {
  payload.prepend(arriving.header_size);
  ip_.drop(arriving.info, std::move(payload), reason);
}

void TcpLayer::send_loose(Packet segment, const Arriving& in_answer_to, u8 ttl, u8 traffic_class) {
  if (!offload_) complete_checksum(segment);
  IpSend send;
  send.source = in_answer_to.local.address;
  send.destination = in_answer_to.remote.address;
  send.protocol = static_cast<u8>(wire::IpProtocol::tcp);
  send.ttl = ttl;
  send.dscp_ecn = static_cast<u8>(traffic_class & ~3u);
  if (send.destination.is_link_local()) send.interface = in_answer_to.info.interface;
  // Nothing is kept for it, so nobody is there to hear that it could not be sent.
  static_cast<void>(ip_.output(std::move(segment), send));
}

TcpFlow* TcpLayer::sender(const IcmpError& error) const {
  if (error.transport.size() < 8) return nullptr;
  const Endpoint local{error.source, load16(error.transport.data())};
  const Endpoint remote{error.destination, load16(error.transport.data() + 2)};
  return flows_.find(local, remote);
}

bool TcpLayer::plausible(const IcmpError& error) const {
  const TcpFlow* flow = sender(error);
  return flow && flow->connection().in_flight(quoted_seq(error));
}

void TcpLayer::on_error(const IcmpError& error) {
  TcpFlow* flow = sender(error);
  if (!flow) return;
  const wire::Seq embedded = quoted_seq(error);
  if (error.path_mtu != 0) {
    flow->connection().on_path_mtu(ip_.now(), error.path_mtu, embedded);
  } else if (flow->connection().in_flight(embedded)) {  // RFC 5927 §4.1
    flow->connection().on_icmp_error(ip_.now(), error.error, error.hard, embedded);
    if (flow->user_) flow->user_->on_tcp_error(error);
  }
  pump(*flow);
  settle(*flow);
}

std::vector<const tcp::Connection*> TcpLayer::connections() const {
  std::vector<const tcp::Connection*> all;
  for (const TcpFlow* flow : flows_.sorted()) all.push_back(&flow->connection());
  return all;
}

}  // namespace catenet
