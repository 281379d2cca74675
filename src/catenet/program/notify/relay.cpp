#include "catenet/program/notify/relay.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program::notify {
namespace {

constexpr std::size_t most_at_once = 256 * 1024;

}  // namespace

Relay::Relay(Socket& socket, os::Descriptor end) : socket_(socket), end_(std::move(end)) {
  const int on = 1;  // so that an urgent byte of the program's is read where it stands
  ::setsockopt(end_.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

Relay::State Relay::carry() {
  state_ = State::open;
  // Whoever always has more must not keep the others waiting.
  for (int turns = 8; turns > 0 && state_ == State::open; --turns) {
    const Step out = out_ended_ && out_.empty() ? Step::ended : take_out();
    const Step in = state_ != State::open || (in_ended_ && in_.empty()) ? Step::ended : bring_in();
    if (state_ != State::open) return state_;
    if (out_ended_ && out_.empty() && hung_up()) {
      socket_.close();
      return state_ = State::closed;
    }
    if (in != Step::moved && out != Step::moved) return notice_error();
  }
  return state_ == State::open ? State::rested : state_;
}

// One that came when there was nothing more to read: the answer to what was sent to nobody.
Relay::State Relay::notice_error() {
  if (!in_ended_ || !socket_.readiness().error) return state_;
  error_ = socket_.take_error();
  return state_ = State::reset;
}

// From the network to the program.
Relay::Step Relay::bring_in() {
  if (in_.empty()) {
    in_.bytes.resize(most_at_once);
    in_.from = 0;
    const auto got = receive();
    in_.bytes.resize(got.value_or(0));
    if (!got) {
      if (got.error() == Errno::again) return Step::stuck;
      error_ = got.error();
      state_ = State::reset;
      return Step::ended;
    }
    if (*got == 0) {
      in_ended_ = true;
      ::shutdown(end_.get(), SHUT_WR);
      return Step::ended;
    }
  }
  const ByteView bytes = in_.view();
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (in_urgent_ ? MSG_OOB : 0);
  const ssize_t sent = ::send(end_.get(), bytes.data(), bytes.size(), flags);
  if (sent > 0) {
    in_.take(static_cast<std::size_t>(sent));
    return Step::moved;
  }
  if (errno == EAGAIN || errno == EINTR) return Step::stuck;
  in_.take(bytes.size());  // the program reads no more: what comes is lost, as in TCP
  return Step::moved;
}

// The urgent byte alone, once all before it was read; where it was read, what lies behind it.
Result<u32> Relay::receive() {
  if (socket_.at_mark()) {
    const auto byte = socket_.receive(in_.bytes, {.out_of_band = true});
    in_urgent_ = byte.has_value();
    if (byte || byte.error() == Errno::again) return byte;
  }
  in_urgent_ = false;
  return socket_.receive(in_.bytes);
}

// From the program to the network.
Relay::Step Relay::take_out() {
  if (out_.empty()) {
    out_.bytes.resize(most_at_once);
    out_.from = 0;
    // A read ends before an urgent byte, which is the next one's alone.
    out_urgent_ = at_mark();
    const std::size_t most = out_urgent_ ? 1 : most_at_once;
    const ssize_t got = ::recv(end_.get(), out_.bytes.data(), most, MSG_DONTWAIT);
    const int failed = got < 0 ? errno : 0;
    out_.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (failed == EAGAIN || failed == EINTR) return Step::stuck;
    if (failed != 0) {  // closed with bytes that it had not read
      state_ = State::aborted;
      return Step::ended;
    }
    if (got == 0) return end_of_program();
  }
  const ByteView bytes = out_.view();
  const auto sent = out_urgent_ ? socket_.send_out_of_band(bytes[0]) : socket_.send(bytes);
  if (sent) {
    out_.take(*sent);
    return Step::moved;
  }
  if (sent.error() == Errno::again) return Step::stuck;
  error_ = sent.error();
  state_ = State::reset;
  return Step::ended;
}

Relay::Step Relay::end_of_program() {
  out_ended_ = true;
  if (!hung_up()) static_cast<void>(socket_.shutdown(Shutdown::write));
  return Step::ended;
}

bool Relay::at_mark() const {
  int at = 0;
  return ::ioctl(end_.get(), SIOCATMARK, &at) == 0 && at != 0;
}

bool Relay::hung_up() const {
  pollfd state{.fd = end_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
}

}  // namespace catenet::program::notify
