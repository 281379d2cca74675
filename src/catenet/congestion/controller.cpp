#include "catenet/congestion/controller.hpp"

#include <type_traits>

#include "catenet/base/assert.hpp"

namespace catenet {

std::string_view congestion_name(CongestionKind kind) {
  return kind == CongestionKind::cubic ? "cubic" : "reno";
}

std::optional<CongestionKind> congestion_by_name(std::string_view name) {
  if (name == "cubic") return CongestionKind::cubic;
  if (name == "reno" || name == "newreno") return CongestionKind::newreno;
  return std::nullopt;
}

namespace congestion {
namespace {

std::variant<NewReno, Cubic> make(CongestionKind kind) {
  if (kind == CongestionKind::cubic) return Cubic{};
  return NewReno{};
}

// A two-way branch: std::visit goes through a table of pointers.
template <typename Algorithms, typename Call>
void dispatch(Algorithms& algorithms, Call&& call) {
  if (auto* cubic = std::get_if<Cubic>(&algorithms)) return call(*cubic);
  call(*std::get_if<NewReno>(&algorithms));
}

}  // namespace

Controller::Controller(CongestionKind kind, u32 smss, u32 initial_segments)
    : byte_limit_(2 * smss),
      initial_window_(initial_window(smss, initial_segments)),
      algorithm_(make(kind)) {
  CATENET_ASSERT(smss > 0 && initial_segments > 0);
  window_.smss = smss;
  window_.cwnd = initial_window_;
}

CongestionKind Controller::kind() const {
  return std::holds_alternative<Cubic>(algorithm_) ? CongestionKind::cubic
                                                   : CongestionKind::newreno;
}

void Controller::set_kind(CongestionKind kind) {
  if (kind != this->kind()) algorithm_ = make(kind);
}

void Controller::on_idle(Instant now, Duration rto) {
  if (last_sent_ != Instant::never() && now - last_sent_ > rto) {
    limit_window(initial_window_);
  }
  dispatch(algorithm_, [&](auto& a) { a.on_app_limited(now); });
}

void Controller::on_ack(const Ack& ack) {
  // A window that was not half used says nothing about the path (RFC 7661 §4.3, the validated
  // phase).
  if (u64{ack.flight_size} * 2 < window_.cwnd) {
    dispatch(algorithm_, [&](auto& a) { a.on_app_limited(ack.now); });
    return;
  }
  if (!in_slow_start()) {
    dispatch(algorithm_, [&](auto& a) { a.avoid(window_, ack); });
    return;
  }
  // RFC 3465 §2.2 and §2.3.
  const u32 growth = std::min(ack.acked, byte_limit_);
  window_.grow(std::min(growth, std::max(window_.ssthresh - window_.cwnd, window_.smss)));
}

void Controller::on_loss(Instant now, u32 flight_size) {
  flight_size = std::min(flight_size, window_.cwnd);  // lost data may swell the flight
  dispatch(algorithm_, [&](auto& a) { a.on_loss(window_, now, flight_size); });
  window_.cwnd = window_.ssthresh;
}

void Controller::on_rto(Instant now, u32 flight_size, bool again) {
  flight_size = std::min(flight_size, window_.cwnd);
  if (!again) dispatch(algorithm_, [&](auto& a) { a.on_rto(window_, now, flight_size); });
  window_.cwnd = window_.smss;
}

void Controller::restore() {
  window_.cwnd = std::max(window_.cwnd, saved_.cwnd);
  window_.ssthresh = std::max(window_.ssthresh, saved_.ssthresh);
}

void Controller::limit_window(u32 cwnd) {
  window_.cwnd = std::max(std::min(window_.cwnd, cwnd), window_.smss);
}

void Controller::set_smss(u32 smss) {
  byte_limit_ = std::max(byte_limit_, 2 * smss);
  window_.smss = smss;
  window_.cwnd = std::max(window_.cwnd, smss);
}

void Controller::on_syn_loss() {
  window_.cwnd = initial_window_ = std::min(window_.cwnd, window_.smss);
}

}  // namespace congestion
}  // namespace catenet
