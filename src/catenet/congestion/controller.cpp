#include "catenet/congestion/controller.hpp"

#include <utility>

#include "catenet/base/assert.hpp"

namespace catenet {

std::string_view congestion_name(CongestionKind kind) {
  switch (kind) {
    case CongestionKind::newreno: return "reno";
    case CongestionKind::cubic: return "cubic";
    case CongestionKind::dctcp: return "dctcp";
    case CongestionKind::bbr: return "bbr";
  }
  return "";
}

std::optional<CongestionKind> congestion_by_name(std::string_view name) {
  if (name == "cubic") return CongestionKind::cubic;
  if (name == "reno" || name == "newreno") return CongestionKind::newreno;
  if (name == "dctcp") return CongestionKind::dctcp;
  if (name == "bbr") return CongestionKind::bbr;
  return std::nullopt;
}

std::string_view congestion_names() { return "reno, cubic, dctcp, bbr"; }

namespace congestion {
namespace {

using Algorithms = std::variant<NewReno, Cubic, Dctcp, std::unique_ptr<Bbr>>;

Algorithms make(CongestionKind kind, u32 initial_window, u32 seed) {
  switch (kind) {
    case CongestionKind::newreno: return NewReno{};
    case CongestionKind::cubic: return Cubic{};
    case CongestionKind::dctcp: return Dctcp{};
    case CongestionKind::bbr: return std::make_unique<Bbr>(initial_window, seed);
  }
  std::unreachable();
}

// Of those whose window is all there is to them. A branch each: std::visit goes through a table of
// pointers.
template <typename Call>
auto dispatch(Algorithms& algorithms, Call&& call) {
  if (auto* cubic = std::get_if<Cubic>(&algorithms)) return call(*cubic);
  if (auto* reno = std::get_if<NewReno>(&algorithms)) return call(*reno);
  return call(*std::get_if<Dctcp>(&algorithms));
}

}  // namespace

Controller::Controller(CongestionKind kind, u32 smss, u32 initial_segments, u32 seed)
    : byte_limit_(2 * smss),
      initial_window_(initial_window(smss, initial_segments)),
      algorithm_(make(kind, initial_window_, seed)) {
  CATENET_ASSERT(smss > 0 && initial_segments > 0);
  window_.smss = smss;
  window_.cwnd = initial_window_;
}

CongestionKind Controller::kind() const {
  if (std::holds_alternative<Cubic>(algorithm_)) return CongestionKind::cubic;
  if (std::holds_alternative<NewReno>(algorithm_)) return CongestionKind::newreno;
  return uses_rate() ? CongestionKind::bbr : CongestionKind::dctcp;
}

Bbr* Controller::model() {
  const auto* bbr = std::get_if<std::unique_ptr<Bbr>>(&algorithm_);
  return bbr ? bbr->get() : nullptr;
}

const Bbr* Controller::bbr() const {
  const auto* bbr = std::get_if<std::unique_ptr<Bbr>>(&algorithm_);
  return bbr ? bbr->get() : nullptr;
}

void Controller::set_kind(CongestionKind kind, u32 seed) {
  if (kind == this->kind()) return;
  algorithm_ = make(kind, initial_window_, seed);
  saved_.reset();
}

u64 Controller::pacing_rate(Duration srtt) const {
  if (const Bbr* bbr = this->bbr()) return bbr->pacing_rate(srtt);
  return window_pacing_rate(window_, srtt);
}

void Controller::on_idle(Instant now, Duration rto) {
  if (Bbr* bbr = model()) return bbr->on_idle(window_, now);
  const Instant since = last_sent_ == Instant::never() ? now : last_sent_;
  if (validation_) {
    validation_->on_idle(now, window_);
    validation_->expire(now, window_, initial_window_);
  } else if (now - since > rto) {
    limit_window(initial_window_);
  }
  dispatch(algorithm_, [&](auto& a) { a.on_app_limited(since); });
}

void Controller::on_ack(const Ack& ack) {
  if (Bbr* bbr = model()) {
    CATENET_ASSERT(ack.rate);
    return bbr->on_ack(window_, ack);
  }
  dispatch(algorithm_, [&](auto& a) { a.on_ack(ack); });
  if (validation_) validation_->on_ack(ack, window_);
  if (ack.in_recovery) return;
  if (!grows(ack)) {
    dispatch(algorithm_, [&](auto& a) { a.on_app_limited(ack.now); });
    return;
  }
  if (in_slow_start()) return slow_start(ack);
  after_rto_ = false;
  dispatch(algorithm_, [&](auto& a) { a.avoid(window_, ack); });
}

// A window that was not half used says nothing about the path: of the flight that is acknowledged,
// or of what was acknowledged within a second or more (RFC 7661 §4.3).
bool Controller::grows(const Ack& ack) {
  if (!validation_) return u64{ack.flight_size} * 2 >= window_.cwnd;
  validation_->expire(ack.now, window_, initial_window_);
  return !validation_->non_validated();
}

Window Controller::reducible(Instant now, u32 flight_size) {
  Window window = window_;
  if (validation_) window.cwnd = validation_->on_congestion(now, flight_size, window_);
  return window;
}

void Controller::slow_start(const Ack& ack) {
  // RFC 9406 §4.3: only the first, when ssthresh is what it began as.
  if (use_hystart_ && ack.nxt > 0 && in_first_start()) {
    const u32 unpaced = std::max(byte_limit_, HyStart::unpaced_limit * window_.smss);
    window_.grow(hystart_.growth(ack.acked, paced_ ? Window::max_cwnd : unpaced));
    if (hystart_.on_ack(ack)) window_.ssthresh = window_.cwnd;
    return;
  }
  // RFC 3465 §2.2; after a time-out one acknowledgement may cover what arrived long ago (§2.3).
  // Super-segments are acknowledged in one, and are not cut down to that.
  const u32 limit = after_rto_ && byte_limit_ <= 2 * window_.smss ? window_.smss : byte_limit_;
  const u32 growth = std::min(ack.acked, limit);
  window_.grow(std::min(growth, std::max(window_.ssthresh - window_.cwnd, window_.smss)));
}

void Controller::on_loss(Instant now, u32 flight_size) {
  if (Bbr* bbr = model()) return bbr->on_enter_recovery(window_);
  flight_size = std::min(flight_size, window_.cwnd);  // lost data may swell the flight
  const Window window = reducible(now, flight_size);
  u32 reduced = dispatch(algorithm_, [&](auto& a) { return a.on_loss(window, flight_size); });
  if (window.cwnd < window_.cwnd) reduced = window.cwnd / 2;
  window_.ssthresh = window_.cwnd = std::max(reduced, 2 * window_.smss);
  after_rto_ = false;
}

// RFC 9438 §4.6: while marks come the window shrinks on, below ssthresh's floor, to one segment.
void Controller::on_ecn(Instant now, u32 flight_size) {
  if (Bbr* bbr = model()) return bbr->on_ecn(window_, now);
  flight_size = std::min(flight_size, window_.cwnd);
  const Window window = reducible(now, flight_size);
  u32 reduced = dispatch(algorithm_, [&](auto& a) { return a.on_ecn(window, flight_size); });
  if (window.cwnd < window_.cwnd) reduced = window.cwnd / 2;
  if (validation_ && validation_->non_validated()) validation_->forget();
  window_.ssthresh = std::max(reduced, 2 * window_.smss);
  window_.cwnd = std::min(window_.cwnd, std::max(reduced, window_.smss));
}

void Controller::on_rto(Instant, u32 flight_size, bool again) {
  if (Bbr* bbr = model()) return bbr->on_rto(window_);
  flight_size = std::min(flight_size, window_.cwnd);
  if (!again) {
    const u32 reduced =
        dispatch(algorithm_, [&](auto& a) { return a.on_rto(window_, flight_size); });
    window_.ssthresh = std::max(reduced, 2 * window_.smss);
  }
  window_.cwnd = window_.smss;
  after_rto_ = true;
  if (validation_) validation_->forget();
}

void Controller::on_range_lost(Instant now, const LostRange& range, const DeliveryRate& rate) {
  if (Bbr* bbr = model()) bbr->on_range_lost(window_, now, range, rate);
}

void Controller::on_recovery_end(u32 retransmitted) {
  if (Bbr* bbr = model()) return bbr->on_recovery_end(window_);
  if (!validation_) return;
  const u32 cwnd = validation_->on_recovery_end(retransmitted, window_.smss);
  if (cwnd == 0) return;
  window_.cwnd = std::min(window_.cwnd, cwnd);
  window_.ssthresh = std::max(cwnd, 2 * window_.smss);
}

void Controller::save() {
  if (uses_rate()) return;  // it saves by itself, at the first loss of a round
  if (!saved_) saved_ = std::make_unique<Saved>();
  saved_->window = window_;
  if (const auto* cubic = std::get_if<Cubic>(&algorithm_)) saved_->cubic = *cubic;
}

void Controller::restore() {
  if (Bbr* bbr = model()) return bbr->on_spurious_loss(window_);
  if (validation_) validation_->forget();
  if (!saved_) return;
  const auto saved = std::move(saved_);
  if (window_.cwnd >= saved->window.cwnd) return;
  window_.cwnd = std::max(saved->window.cwnd, window_.smss);
  after_rto_ = false;
  window_.ssthresh = saved->window.ssthresh;
  if (auto* cubic = std::get_if<Cubic>(&algorithm_)) *cubic = saved->cubic;
}

void Controller::limit_window(u32 cwnd) {
  if (uses_rate()) return;
  window_.cwnd = std::max(std::min(window_.cwnd, cwnd), window_.smss);
}

void Controller::set_smss(u32 smss) {
  byte_limit_ = std::max(byte_limit_, 2 * smss);
  window_.smss = smss;
  window_.cwnd = std::max(window_.cwnd, smss);
}

void Controller::on_syn_loss() {
  window_.cwnd = initial_window_ = std::min(window_.cwnd, window_.smss);
  if (Bbr* bbr = model()) bbr->set_initial_window(initial_window_);
}

}  // namespace congestion
}  // namespace catenet
