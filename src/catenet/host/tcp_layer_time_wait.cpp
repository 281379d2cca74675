// TcpLayer's TIME-WAIT: what is kept of connections that ended, in order, and how a new one takes
// their place. Read RFC 9293 section 3.6.1 and RFC 6191.
#include <algorithm>

#include "catenet/host/tcp_layer.hpp"

namespace catenet {

void TcpLayer::retire_to_time_wait(TcpFlow& flow) {
  const tcp::TimeWait machine(flow.connection());
  destroy(flow);
  if (environment_.options.time_waits == 0 || !time_waits_.insert(machine)) return;
  if (time_waits_.size() > environment_.options.time_waits) time_waits_.erase(time_waits_.first());
  arm_time_wait();
}

// One event for all of them.
void TcpLayer::arm_time_wait() {
  if (time_waits_.size() == 0) return;
  const Instant deadline = std::max(time_waits_.next_deadline(ip_.now()), ip_.now());
  if (time_wait_timer_.scheduled() && time_wait_timer_.when() <= deadline) return;
  ip_.engine().schedule_at(deadline, ip_.node().next_key(), time_wait_timer_);
}

void TcpLayer::on_time_wait_expiry() {
  while (time_waits_.size() > 0 && time_waits_.next_deadline(ip_.now()) <= ip_.now()) {
    time_waits_.erase(time_waits_.first());
  }
  arm_time_wait();
}

bool TcpLayer::input_reuse(TcpFlow& flow, const Arriving& arriving, Packet& payload) {
  const wire::TcpFlags flags = arriving.header.flags;
  if (!flags.syn() || flags.ack() || flags.rst()) return false;
  tcp::TimeWait predecessor(flow.connection());
  Packet reply;
  const auto verdict = predecessor.on_segment(ip_.now(), arriving.header, payload.size(), reply);
  if (verdict != tcp::TimeWait::Verdict::reuse) return false;
  flow.connection().give_way(ip_.now());
  pump(flow);
  settle(flow);
  if (!input_listener(arriving, payload, &predecessor)) refuse(arriving, std::move(payload));
  return true;
}

void TcpLayer::input_time_wait(TimeWaitTable::Index index, const Arriving& arriving,
                               Packet payload) {
  tcp::TimeWait machine = time_waits_.get(index, ip_.now());
  Packet reply;
  const auto verdict = machine.on_segment(ip_.now(), arriving.header, payload.size(), reply);
  if (verdict == tcp::TimeWait::Verdict::reuse) {
    time_waits_.erase(index);
    if (!input_listener(arriving, payload, &machine)) refuse(arriving, std::move(payload));
    return;
  }
  time_waits_.update(index, machine);
  if (reply) send_loose(std::move(reply), arriving);
  if (verdict == tcp::TimeWait::Verdict::refused) {
    drop(arriving, std::move(payload), Drop::tcp_unacceptable);
  }
}

}  // namespace catenet
