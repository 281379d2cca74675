// Text in the SYN, from either end. Read RFC 7413 §3 and §4.2.
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/listener.hpp"

namespace catenet::tcp {

// --- A client ---

bool Connection::prepare_fast_open(Instant now) {
  CATENET_ASSERT(state_ == State::closed && snd_.max == 0);
  const FastOpenCache::Server* known = env_->fast_open.find(local_.address, remote_.address);
  if (known && FastOpenCache::blocked(*known, now)) return false;
  auto opening = std::make_unique<FastOpening>();
  opening->option = known ? known->cookie : wire::FastOpenCookie();
  opening->with_text = !opening->option->is_request();
  if (known && known->mss != 0) {  // §4.1.3: text in the SYN keeps to it
    peer_mss_ = known->mss;
    update_mss();
  }
  const bool with_text = opening->with_text;
  extras().fast_open = std::move(opening);
  return with_text;
}

// Adds the option; returns the bytes of text that go along. A SYN that is repeated has neither
// (§4.2.1): what was lost may have been lost for them.
u32 Connection::add_fast_open(wire::TcpOptions& options, bool answer) {
  if (!extras_ || !extras_->fast_open || flags_.syn_repeated) return 0;
  const FastOpening& opening = *extras_->fast_open;
  if (!opening.option || answer != flags_.passive) return 0;
  options.fast_open = opening.option;
  if (options.size() > wire::TcpOptions::max_size) {
    options.fast_open.reset();
    return 0;
  }
  if (answer) return 0;
  ++env_->counters.fast_open_active;
  if (!opening.with_text || !sender_) return 0;
  const u32 room = send_mss() > options.size() ? send_mss() - options.size() : 0;
  const u32 text = std::min(sender_->buffer.size(), room);
  sender_->bytes_sent += text;
  return text;
}

// The answer to our SYN says how much of its text the peer took. The rest is sent again, as new:
// nothing of it was timed or counted by congestion control.
void Connection::settle_syn_text(Position acked) {
  if (acked > 1) flags_.fast_open = true;
  snd_.una = snd_.nxt = snd_.max = acked;
  if (sender_) sender_->buffer.release(acked);
}

void Connection::learn_fast_open(Instant now, const wire::TcpHeader& answer) {
  if (!extras_ || !extras_->fast_open || flags_.passive) return;
  FastOpenCache& cache = env_->fast_open;
  const auto& cookie = answer.options.fast_open;
  if (cookie && !cookie->is_request()) {
    cache.learn(local_.address, remote_.address, peer_mss_, *cookie);
  } else if (flags_.fast_open) {
    cache.note_success(local_.address, remote_.address);
  } else if (flags_.syn_repeated) {
    cache.note_loss(now, local_.address, remote_.address);
  }
  if (extras_->fast_open->with_text && !flags_.fast_open) ++env_->counters.fast_open_active_fail;
  extras_->fast_open.reset();
}

// --- A server ---

void Connection::offer_cookie(const wire::FastOpenCookie& cookie) {
  auto opening = std::make_unique<FastOpening>();
  opening->option = cookie;
  extras().fast_open = std::move(opening);
}

// The cookie of the SYN was ours: its text counts, and the user may read and answer before the
// handshake is over (§4.2.2).
void Connection::accept_fast_open(Instant now, FastOpenPlace place, Packet&& text) {
  flags_.fast_open = true;
  flags_.completed = true;
  extras().fast_open = std::make_unique<FastOpening>(
      FastOpening{.option = std::nullopt, .with_text = false, .place = std::move(place)});
  raise(Event::connected | Event::writable);
  const u32 length = text ? text.size() : 0;
  wire::TcpHeader header;
  // The echo in a SYN means nothing (RFC 7323 §3.2).
  if (flags_.timestamps) header.options.timestamps = {ts_recent_, 0};
  Segment rest{.header = header,
               .seq = 1,
               .ack = 0,
               .length = length,
               .syn = false,
               .fin = false,
               .partly = std::nullopt};
  trim(rest, rcv_.edge);
  if (rest.length > 0) take_text(now, rest, text);
}

// Whether its user has it though our SYN is not acknowledged: then whoever ends it must tell.
Errno Connection::passive_error(Errno error) const {
  return flags_.fast_open && !awaited_ ? error : Errno::ok;
}

}  // namespace catenet::tcp
