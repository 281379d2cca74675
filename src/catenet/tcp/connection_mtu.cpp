// The path's MTU: what ICMP says of it (RFC 1191, RFC 8201, guarded as RFC 5927 asks), and what is
// found without ICMP (RFC 4821).
#include "catenet/tcp/connection_parts.hpp"

namespace catenet::tcp {

u32 Connection::headers() const {
  return (local_.address.is_v4() ? 20 : 40) + wire::tcp::min_header_size +
         (flags_.timestamps ? 12 : 0);
}

void Connection::on_path_mtu(Instant now, u32 mtu, std::optional<wire::Seq> embedded) {
  const u32 least = local_.address.is_v4() ? 68 : 1280;  // RFC 1191 §3, RFC 8201 §4
  if (mtu < least || (embedded && !in_flight(*embedded))) return;
  // A report can only lower; a caller that knows the path may raise too.
  if (mtu == pmtu_ || (embedded && mtu > pmtu_)) return;
  if (sender_ && mtu < pmtu_) sender_->mtu.on_lowered(now, searched_to());
  set_path_mtu(now, mtu);
  CATENET_ASSERT(consistent());
}

// As far as a search may go; nowhere where nobody asked for one.
u32 Connection::searched_to() const {
  return env_->options.mtu_probing == MtuProbing::off ? 0 : rcv_.mtu;
}

void Connection::set_path_mtu(Instant now, u32 mtu) {
  const u32 before = send_mss();
  pmtu_ = mtu;
  update_mss();
  if (!sender_ || send_mss() == before) return;
  sender_->congestion.set_smss(send_mss());
  if (send_mss() > before || !synchronised(state_) || !outstanding()) return;
  // What is in flight was dropped for its size, not for congestion: sent again at once, the window
  // as it is (RFC 1191 §6.4).
  sender_->recovery.on_rto(flight(), now, {}, true);
  sender_->timed_at = Instant::never();
  sender_->undo.forget();
  if (!sender_->recovery.by_time()) snd_.nxt = snd_.una;
  arm_retransmission(now);
}

// With `on`, the first from a size that nearly every path takes; otherwise the interface's is
// believed until it fails. What is known of a narrower path outlives the sender, its search not.
void Connection::begin_mtu_search(Instant now) {
  const u32 base = env_->options.base_mss + headers();
  const bool first = env_->options.mtu_probing == MtuProbing::on && snd_.max <= 1;
  if (!first || base >= pmtu_) {
    if (searched_to() > pmtu_) sender_->mtu.begin(searched_to(), now + MtuSearch::rest);
    return;
  }
  sender_->mtu.begin(pmtu_, now);
  pmtu_ = base;
  update_mss();
  sender_->congestion.set_smss(send_mss());
}

// RFC 4821 §7.7: what is sent again and again without an answer may be too large for a path that
// says nothing of it. What nearly every path takes is cut further only after that.
void Connection::suspect_black_hole(Instant now) {
  if (env_->options.mtu_probing == MtuProbing::off || !sender_) return;
  if (retries_ < env_->options.r1_retransmissions || send_mss() < least_probed_mss * 2) return;
  const u32 base = std::max(env_->options.base_mss, least_probed_mss);
  if (send_mss() <= base && sender_->mtu.idle()) return;
  const u32 most = std::max(searched_to(), pmtu_);
  pmtu_ = (send_mss() > base ? base : std::max(send_mss() / 2, least_probed_mss)) + headers();
  update_mss();
  sender_->congestion.set_smss(send_mss());
  sender_->mtu.begin(most, now);
}

// Turns new text that is about to be sent into a probe, where there is enough of it behind for a
// loss to be noticed soon (§7.4).
void Connection::plan_mtu_probe(Instant now, Plan& next) const {
  const MtuSearch& search = sender_->mtu;
  if (!search.due(now, pmtu_) || next.retransmission || next.probe || next.seq < snd_.max) return;
  if (sender_->recovery.phase() != LossRecovery::Phase::open || flags_.urgent_out) return;
  const u32 size = search.candidate(pmtu_);
  const u32 text = size - headers();
  if (peer_mss_ != 0 && text + (flags_.timestamps ? 12 : 0) > peer_mss_) return;
  const i64 needed = i64{text} + i64{LossRecovery::dup_thresh} * send_mss();
  const i64 window = snd_.una + snd_.wnd - next.seq;
  const i64 room = i64{cwnd()} - sender_->recovery.pipe(flight());
  if (text <= next.length || text > room) return;
  if (std::min<i64>(window, data_end() - next.seq) < needed) return;
  next.length = text;
  next.fin = false;
  next.mtu_probe = size;
}

// Up to `una` all arrived.
void Connection::judge_mtu_probe(Instant now) {
  MtuSearch& search = sender_->mtu;
  if (!search.probing() || snd_.una < search.text().last) return;
  set_path_mtu(now, std::max(search.on_arrival(now), pmtu_));
}

// What arrives of a probe's text once it was sent again, in pieces, says nothing of its size. Where
// losses are counted nobody knows whether it was lost alone.
void Connection::note_probe_again(Instant now, Range again) {
  MtuSearch& search = sender_->mtu;
  const Range text = search.text();
  if (again.first >= text.last || again.last <= text.first) return;
  if (sender_->recovery.by_time()) {
    search.on_inconclusive();
  } else {
    search.on_loss(now, pmtu_);
  }
}

// §7.6.2: a probe that alone was lost says nothing of congestion: it is sent again in pieces, and
// that is all.
bool Connection::lost_probe_alone(Instant now) {
  MtuSearch& search = sender_->mtu;
  const Transmissions& log = sender_->recovery.rack().log();
  if (!search.probing() || log.lost() == 0) return false;
  if (sender_->recovery.phase() != LossRecovery::Phase::open) return false;  // not it alone
  const Range text = search.text();
  const Range lost = log.first_lost(static_cast<u32>(text.size()));
  if (lost.first != text.first) return false;
  const bool alone = log.lost() == text.size() && lost.last == text.last;
  search.on_loss(now, pmtu_);
  return alone;
}

}  // namespace catenet::tcp
