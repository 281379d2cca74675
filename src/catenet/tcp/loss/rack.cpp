#include "catenet/tcp/loss/rack.hpp"

#include <algorithm>

namespace catenet::tcp {
namespace {

constexpr u8 reo_wnd_rounds = 16;  // §6.2 step 4
// The least round trip is that of the last five minutes, as Linux keeps it: paths change.
constexpr Duration min_rtt_life = Duration::seconds(300);

}  // namespace

void Rack::deliver(const Echo& echo, const Transmissions::Delivered& piece, Delivery& delivery) {
  const Duration rtt = echo.now - piece.sent.sent;
  delivery.bytes += piece.range.size();
  if (echo.rate) echo.rate->on_delivered(piece.sent, static_cast<u32>(piece.range.size()));
  if (!piece.again) {
    if (piece.range.last <= echo.recovery_point) delivery.original = true;
    measured_ = true;
    if (min_rtt_ == Duration::zero() || rtt <= min_rtt_ || echo.now - min_rtt_at_ > min_rtt_life) {
      min_rtt_ = std::max(rtt, Duration::nanoseconds(1));
      min_rtt_at_ = echo.now;
    }
    if (piece.range.last < fack_) reordering_seen_ = true;
  }
  fack_ = std::max(fack_, piece.range.last);
  if (piece.again) {  // step 2: perhaps it was the first transmission that arrived
    const u32 sent_ms = static_cast<u32>(piece.sent.sent.since_start().ms());
    if (echo.sent_ms && static_cast<i32>(*echo.sent_ms - sent_ms) < 0) return;
    if (rtt < min_rtt_) return;
  }
  rtt_ = rtt;
  if (!sent_after(piece.sent.sent, piece.range.last, xmit_ts_, end_seq_)) return;
  xmit_ts_ = piece.sent.sent;
  end_seq_ = piece.range.last;
}

void Rack::on_acked(const Echo& echo, Position una, Delivery& delivery) {
  log_.acked(una, [&](const Transmissions::Delivered& piece) { deliver(echo, piece, delivery); });
}

void Rack::on_sacked(const Echo& echo, Range block, Delivery& delivery) {
  log_.sacked(block,
              [&](const Transmissions::Delivered& piece) { deliver(echo, piece, delivery); });
}

void Rack::on_dsack(Position una, Position nxt) {
  if (dsack_round_ != 0 && una >= dsack_round_) dsack_round_ = 0;
  if (dsack_round_ != 0) return;
  dsack_round_ = nxt;
  ++reo_wnd_mult_;
  reo_wnd_persist_ = reo_wnd_rounds;
}

void Rack::on_recovery_end() {
  if (reo_wnd_persist_ > 0) --reo_wnd_persist_;
  if (reo_wnd_persist_ == 0) reo_wnd_mult_ = 1;
}

Duration Rack::reo_wnd(bool recovering, bool enough, Duration srtt) const {
  if (!reordering_seen_ && (recovering || enough)) return Duration::zero();
  return std::min(min_rtt_ / 4 * i64{reo_wnd_mult_}, srtt);
}

Duration Rack::detect_loss(Instant now, Duration reo_wnd) {
  Duration timeout = Duration::zero();
  log_.judge([&](const Transmissions::Run& run, bool& go_on) {
    if (!sent_after(xmit_ts_, end_seq_, run.sent.sent, run.last)) {
      go_on = run.again;  // what comes behind it was sent later, or sent again, and later still
      return false;
    }
    const Duration remaining = run.sent.sent + rtt_ + reo_wnd - now;
    if (remaining <= Duration::zero()) return true;
    timeout = std::max(timeout, remaining);
    return false;
  });
  return timeout;
}

void Rack::on_rto(Instant now, Duration reo_wnd, u32 smss) {
  if (log_.reneged()) {
    log_.renege();
    log_.lose_all();
    return;
  }
  log_.lose_first(smss);
  log_.judge(
      [&](const Transmissions::Run& run, bool&) { return run.sent.sent + rtt_ + reo_wnd <= now; });
}

bool Rack::on_probe_ack(Position ack, bool dsack, bool pure) {
  if (tlp_end_ == 0 || ack < tlp_end_) return false;
  if (!tlp_is_retrans_ || dsack) {
    tlp_end_ = 0;
    return false;
  }
  const bool repaired = ack > tlp_end_;
  if (repaired || pure) tlp_end_ = 0;
  return repaired;
}

}  // namespace catenet::tcp
