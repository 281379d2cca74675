#include "catenet/tcp/listener.hpp"

#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/reset.hpp"
#include "catenet/tcp/segment_writer.hpp"
#include "catenet/tcp/syn_cookie.hpp"
#include "catenet/tcp/time_wait.hpp"

namespace catenet::tcp {
namespace {

// How long after the last cookie one may still come back.
constexpr Duration cookie_life = Duration::seconds(128);

bool plausible_peer(const Arrival& arrival) {
  const IpAddress& from = arrival.remote.address;
  const IpAddress& to = arrival.local.address;
  if (from.is_multicast() || from.is_limited_broadcast() || from.is_unspecified()) return false;
  if (to.is_multicast() || to.is_limited_broadcast()) return false;  // MUST-57
  return arrival.remote != arrival.local;                            // LAND
}

}  // namespace

Listener::Listener(Environment& env, u32 backlog) : env_(env), backlog_(std::max(backlog, 1u)) {}

Listener::~Listener() {
  for (auto* list : {&half_open_list_, &waiting_list_}) {
    while (!list->empty()) list->front().self->awaited_.reset();
  }
}

std::vector<Connection*> Listener::close(Instant now) {
  std::vector<Connection*> aborted;
  for (auto* list : {&half_open_list_, &waiting_list_}) {
    while (!list->empty()) {
      aborted.push_back(list->front().self);
      list->front().self->abort(now);  // unlinks it
    }
  }
  return aborted;
}

Connection* Listener::accept() {
  if (waiting_list_.empty()) return nullptr;
  Connection& child = *waiting_list_.front().self;
  --waiting_;
  child.awaited_.reset();
  return &child;
}

void Listener::begin(Connection& child) {
  child.awaited_ = std::make_unique<Connection::Awaited>(*this, child);
  half_open_list_.push_back(*child.awaited_);
  ++half_open_;
}

void Listener::complete(Connection& child) {
  child.awaited_->unlink();
  child.flags_.completed = true;
  --half_open_;
  waiting_list_.push_back(*child.awaited_);
  ++waiting_;
}

void Listener::begin_completed(Connection& child) {
  child.awaited_ = std::make_unique<Connection::Awaited>(*this, child);
  waiting_list_.push_back(*child.awaited_);
  ++waiting_;
}

void Listener::forget(Connection& child) {
  // A child that was made by begin() and is past complete() is in the waiting list.
  const bool waits = child.flags_.completed;
  --(waits ? waiting_ : half_open_);
  child.awaited_.reset();
}

// RFC 9293 §3.10.7.2.
Listener::Reaction Listener::on_segment(Instant now, const Arrival& arrival,
                                        const wire::TcpHeader& seg, Packet&& payload) {
  if (seg.flags.rst()) return {.connection = {}, .reply = {}, .drop = Drop::no_socket};
  if (!plausible_peer(arrival))
    return {.connection = {}, .reply = {}, .drop = Drop::tcp_unacceptable};
  if (seg.flags.ack()) return on_ack(now, arrival, seg, std::move(payload));
  if (!seg.flags.syn() || seg.flags.fin()) {
    return {.connection = {}, .reply = {}, .drop = Drop::tcp_unacceptable};
  }
  return on_syn(now, arrival, seg, std::move(payload));
}

void Listener::set_fast_open(u32 limit) {
  if (fast_open_) {
    fast_open_->set_limit(limit);
  } else if (limit > 0) {
    fast_open_ = std::make_shared<FastOpenQueue>(limit);
  }
}

// RFC 7413 §4.2.2: whether the text of a SYN may be taken; if not, perhaps the cookie for the next.
bool Listener::judge_fast_open(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                               std::optional<wire::FastOpenCookie>& offer) {
  const auto& shown = seg.options.fast_open;
  if (!shown || !fast_open_ || fast_open_->limit() == 0) return false;
  if (!env_.options.fast_open_server()) return false;
  if (shown->is_request()) ++env_.counters.fast_open_cookie_requests;
  if (!fast_open_->has_room(now)) {
    ++env_.counters.fast_open_listen_overflows;
    return false;
  }
  wire::FastOpenCookie right =
      fast_open_cookie(env_.secrets.fast_open, arrival.local.address, arrival.remote.address);
  right.experimental = shown->experimental;
  if (*shown == right) {
    ++env_.counters.fast_open_passive;
    return true;
  }
  if (!shown->is_request()) ++env_.counters.fast_open_passive_fail;
  offer = right;
  return false;
}

void Listener::prepare(Instant now, Connection& child) const {
  if (receive_buffer_ != 0) child.set_receive_buffer(now, receive_buffer_);
  if (max_segment_ != 0) child.set_max_segment(max_segment_);
}

// Text in the SYN is not kept unless Fast Open lets it: its sender repeats it once the connection
// stands.
Listener::Reaction Listener::on_syn(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                                    Packet&& payload) {
  Reaction reaction;
  const bool flooded = half_open_ >= env_.options.syn_backlog;
  if (full() || (flooded && !env_.options.syn_cookies)) {
    ++env_.counters.listen_overflows;
    reaction.drop = Drop::listen_overflow;
    return reaction;
  }
  if (flooded) {
    reaction.reply = cookie_reply(now, arrival, seg);
    return reaction;
  }
  ++env_.counters.passive_opens;
  wire::Seq iss = initial_sequence(env_.secrets.isn, arrival.local, arrival.remote, now);
  // RFC 6191: above all that the connection before it sent.
  if (arrival.predecessor && iss.at_or_before(arrival.predecessor->snd_nxt() + 0xffff)) {
    iss = arrival.predecessor->snd_nxt() + 0x1'0000;
  }
  reaction.connection =
      std::make_unique<Connection>(env_, arrival.local, arrival.remote, arrival.mtu);
  Connection& child = *reaction.connection;
  prepare(now, child);
  std::optional<wire::FastOpenCookie> offer;
  const bool fast = judge_fast_open(now, arrival, seg, offer);
  fast ? begin_completed(child) : begin(child);
  child.accept_syn(now, seg, iss);
  if (fast) child.accept_fast_open(now, FastOpenPlace(fast_open_), std::move(payload));
  if (offer) child.offer_cookie(*offer);
  return reaction;
}

Packet Listener::cookie_reply(Instant now, const Arrival& arrival, const wire::TcpHeader& seg) {
  overflow_at_ = now;
  ++env_.counters.syn_cookies_sent;
  // A connection to ask: what it would agree to and offer.
  Connection would_be(env_, arrival.local, arrival.remote, arrival.mtu);
  prepare(now, would_be);
  would_be.rcv_scale_ = would_be.wanted_scale();
  would_be.synchronise(seg);
  wire::TcpHeader header;
  header.seq = syn_cookie(env_.secrets.cookie, arrival.local, arrival.remote, seg.seq,
                          would_be.peer_mss_, now);
  header.ack = seg.seq + 1;
  header.flags = wire::TcpFlag::syn | wire::TcpFlag::ack;
  header.window = static_cast<u16>(std::min<u32>(would_be.receive_limit_, 0xffff));
  header.options = would_be.syn_options(now, true);
  if (header.options.timestamps) {
    header.options.timestamps->value =
        cookie_timestamp(header.options.timestamps->value, seg.options);
  } else {  // nowhere to remember these
    header.options.window_scale.reset();
    header.options.sack_permitted = false;
  }
  return write_segment(env_, arrival.local, arrival.remote, header);
}

// An ACK for no connection: a cookie comes back, or a reset goes out.
Listener::Reaction Listener::on_ack(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                                    Packet&& payload) {
  Reaction reaction;
  const bool expected = overflow_at_ != Instant::never() && now - overflow_at_ < cookie_life;
  std::optional<u16> mss;
  if (expected && !seg.flags.syn()) {
    mss = check_syn_cookie(env_.secrets.cookie, arrival.local, arrival.remote, seg.seq - 1,
                           seg.ack - 1, now);
    if (!mss) ++env_.counters.syn_cookies_failed;
  }
  if (!mss) {
    reaction.reply =
        reset_for(env_, arrival.local, arrival.remote, seg, payload ? payload.size() : 0);
    reaction.drop = Drop::no_socket;
    return reaction;
  }
  ++env_.counters.syn_cookies_received;
  if (full()) {
    ++env_.counters.listen_overflows;
    reaction.drop = Drop::listen_overflow;
    return reaction;
  }
  wire::TcpOptions agreed;
  if (seg.options.timestamps) {
    agreed = cookie_options(seg.options.timestamps->echo_reply);
    agreed.timestamps = seg.options.timestamps;
  }
  agreed.mss = mss;
  ++env_.counters.passive_opens;
  auto child = std::make_unique<Connection>(env_, arrival.local, arrival.remote, arrival.mtu);
  prepare(now, *child);
  begin(*child);
  child->accept_cookie(now, seg, agreed);
  reaction.drop = child->on_segment(now, seg, std::move(payload));
  reaction.connection = std::move(child);
  return reaction;
}

}  // namespace catenet::tcp
