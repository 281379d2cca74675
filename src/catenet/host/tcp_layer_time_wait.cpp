// TcpLayer's TIME-WAIT: what is kept of connections that ended, in order, and how a new one takes
// their place. Read RFC 9293 section 3.6.1 and RFC 6191.
#include <algorithm>

#include "catenet/host/tcp_layer.hpp"

namespace catenet {

void TcpLayer::retire_to_time_wait(TcpFlow& flow) {
  auto* node = new TimeWaitNode(flow.connection());
  destroy(flow);
  time_waits_.insert(*node);
  keep_in_order(*node);
  if (time_waits_.size() > environment_.options.time_waits) destroy(time_wait_order_.front());
  arm_time_wait();
}

// By deadline: a user who held its connection for a while hands over one that ends before others.
void TcpLayer::keep_in_order(TimeWaitNode& node) {
  const Instant deadline = node.machine.next_deadline();
  if (time_wait_order_.empty() || time_wait_order_.back().machine.next_deadline() <= deadline) {
    return time_wait_order_.push_back(node);
  }
  auto after = time_wait_order_.begin();
  while (after->machine.next_deadline() <= deadline) ++after;
  time_wait_order_.insert(*after, node);
}

void TcpLayer::destroy(TimeWaitNode& node) {
  time_waits_.remove(node);
  delete &node;
}

void TcpLayer::arm_time_wait() {
  if (time_wait_order_.empty()) return;
  const Instant deadline = std::max(time_wait_order_.front().machine.next_deadline(), ip_.now());
  if (time_wait_timer_.scheduled() && time_wait_timer_.when() <= deadline) return;
  ip_.engine().schedule_at(deadline, ip_.node().next_key(), time_wait_timer_);
}

void TcpLayer::on_time_wait_expiry() {
  // Whoever has waited 2 MSL goes; one whose clock a repeated FIN restarted goes to the back.
  while (!time_wait_order_.empty()) {
    TimeWaitNode& first = time_wait_order_.front();
    if (first.machine.next_deadline() > ip_.now()) break;
    destroy(first);
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

void TcpLayer::input_time_wait(TimeWaitNode& node, const Arriving& arriving, Packet payload) {
  Packet reply;
  const Instant before = node.machine.next_deadline();
  const auto verdict = node.machine.on_segment(ip_.now(), arriving.header, payload.size(), reply);
  if (verdict == tcp::TimeWait::Verdict::reuse) {
    const tcp::TimeWait predecessor = node.machine;
    destroy(node);
    if (!input_listener(arriving, payload, &predecessor)) refuse(arriving, std::move(payload));
    return;
  }
  if (node.machine.next_deadline() != before) {
    node.unlink();
    keep_in_order(node);
  }
  if (reply) send_loose(std::move(reply), arriving);
  if (verdict == tcp::TimeWait::Verdict::refused) {
    drop(arriving, std::move(payload), Drop::tcp_unacceptable);
  }
}

}  // namespace catenet
