#include "catenet/lab/live_line.hpp"

namespace catenet::lab {

void LiveLine::send(const LiveReply& reply) {
  if (!socket_ || last_) return;
  std::string text = to_text(reply);
  if (waiting_.empty() && send_now(text)) return;
  if (!socket_) return;
  waiting_bytes_ += text.size();
  waiting_.push_back(std::move(text));
  poller_.change(socket_.get(), os::Interest::both);
}

void LiveLine::send_last(const LiveReply& reply) {
  send(reply);
  last_ = true;
  if (waiting_.empty()) close();
}

void LiveLine::close() {
  if (socket_) poller_.forget(socket_.get());
  socket_.reset();
}

os::Descriptor LiveLine::release() {
  if (socket_) poller_.forget(socket_.get());
  return std::move(socket_);
}

void LiveLine::on_ready(bool readable, bool writable) {
  if (writable) send_waiting();
  if (readable && socket_) read();
}

bool LiveLine::send_now(std::string_view text) {
  const auto sent = program::send_line(socket_.get(), text, program::Patience::none);
  if (sent) return true;
  if (sent.error() != Errno::again) lose();
  return false;
}

void LiveLine::send_waiting() {
  while (socket_ && !waiting_.empty() && send_now(waiting_.front())) {
    waiting_bytes_ -= waiting_.front().size();
    waiting_.pop_front();
  }
  if (!socket_ || !waiting_.empty()) return;
  poller_.change(socket_.get(), os::Interest::readable);
  if (last_) close();
}

void LiveLine::read() {
  auto message = program::receive_line(socket_.get(), program::Patience::none);
  if (!message && message.error() == Errno::again) return;
  if (!message || !*message) return lose();
  if (!last_) listener_.on_message(*std::move(*message));
}

void LiveLine::lose() {
  close();
  waiting_.clear();
  waiting_bytes_ = 0;
  listener_.on_gone();
}

}  // namespace catenet::lab
