#include "catenet/program/notify/relay.hpp"

#include <array>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program::notify {
namespace {

constexpr std::size_t most_pieces = 64;

}  // namespace

Relay::Relay(Socket& socket, os::Descriptor end) : socket_(socket), end_(std::move(end)) {
  const int on = 1;  // so that an urgent byte of the program's is read where it stands
  ::setsockopt(end_.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

Relay::State Relay::carry(MutableBytes scratch) {
  state_ = State::open;
  // Whoever always has more must not keep the others waiting.
  for (int turns = 8; turns > 0 && state_ == State::open; --turns) {
    const Step out = out_ended_ && out_.empty() ? Step::ended : take_out(scratch);
    const Step in =
        state_ != State::open || (in_ended_ && in_.empty()) ? Step::ended : bring_in(scratch);
    if (state_ != State::open) return state_;
    if (out_ended_ && out_.empty() && hung_up()) {
      socket_.close();
      return state_ = State::closed;
    }
    if (std::exchange(out_of_memory_, false)) return State::starved;
    if (in != Step::moved && out != Step::moved) return notice_error();
  }
  return state_ == State::open ? State::rested : state_;
}

// From where the bytes lie, without a copy of ours.
std::optional<std::size_t> Relay::give_pieces(std::span<const ByteView> pieces, int flags) {
  std::array<iovec, most_pieces> parts;
  std::size_t whole = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    parts[i] = {const_cast<u8*>(pieces[i].data()), pieces[i].size()};
    whole += pieces[i].size();
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = pieces.size();
  const ssize_t sent = ::sendmsg(end_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL | flags);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EPIPE || errno == ECONNRESET) return whole;  // nobody reads: it is lost, as in TCP
  out_of_memory_ = errno == ENOBUFS || errno == ENOMEM;
  return std::nullopt;
}

// One that came when there was nothing more to read: the answer to what was sent to nobody.
Relay::State Relay::notice_error() {
  if (!in_ended_ || !socket_.readiness().error) return state_;
  error_ = socket_.take_error();
  return state_ = State::reset;
}

// From the network to the program.
Relay::Step Relay::bring_in(MutableBytes scratch) {
  std::array<ByteView, most_pieces> pieces;
  if (!in_.empty()) {
    pieces[0] = in_.view();
    const auto given = give_pieces({pieces.data(), 1}, in_urgent_ ? MSG_OOB : 0);
    in_.take(given.value_or(0));
    return given ? Step::moved : Step::stuck;
  }
  const std::size_t count = socket_.at_mark() ? 0 : socket_.look(pieces);
  if (count > 0) {
    const auto given = give_pieces({pieces.data(), count}, 0);
    if (given && *given > 0) socket_.consume(static_cast<u32>(*given));
    return given ? Step::moved : Step::stuck;
  }
  const auto got = receive(scratch);
  if (!got && got.error() == Errno::again) return Step::stuck;
  if (!got) {
    error_ = got.error();
    state_ = State::reset;
    return Step::ended;
  }
  if (*got == 0) {
    in_ended_ = true;
    ::shutdown(end_.get(), SHUT_WR);
    return Step::ended;
  }
  in_.keep(scratch.first(*got));
  return Step::moved;
}

// The urgent byte alone, once all before it was read; where it was read, what lies behind it.
Result<u32> Relay::receive(MutableBytes scratch) {
  if (socket_.at_mark()) {
    const auto byte = socket_.receive(scratch, {.out_of_band = true});
    in_urgent_ = byte.has_value();
    if (byte || byte.error() == Errno::again) return byte;
  }
  in_urgent_ = false;
  return socket_.receive(scratch);
}

std::optional<std::size_t> Relay::give_to_network(ByteView bytes) {
  const auto sent = out_urgent_ ? socket_.send_out_of_band(bytes[0]) : socket_.send(bytes);
  if (sent) return *sent;
  if (sent.error() != Errno::again) {
    error_ = sent.error();
    state_ = State::reset;
  }
  return std::nullopt;
}

// From the program to the network.
Relay::Step Relay::take_out(MutableBytes scratch) {
  if (!out_.empty()) {
    const auto given = give_to_network(out_.view());
    out_.take(given.value_or(0));
    return given ? Step::moved : Step::stuck;
  }
  // A read ends before an urgent byte, which is the next one's alone. Whether the first byte is it
  // is known only once there is one.
  char first = 0;
  ssize_t got = ::recv(end_.get(), &first, 1, MSG_DONTWAIT | MSG_PEEK);
  if (got == 1) {
    out_urgent_ = at_mark();
    got = ::recv(end_.get(), scratch.data(), out_urgent_ ? 1 : scratch.size(), MSG_DONTWAIT);
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Step::stuck;
  if (got < 0) {  // closed with bytes that it had not read
    state_ = State::aborted;
    return Step::ended;
  }
  if (got == 0) return end_of_program();
  const ByteView bytes = scratch.first(static_cast<std::size_t>(got));
  const auto given = give_to_network(bytes);
  if (given.value_or(0) < bytes.size()) out_.keep(bytes.subspan(given.value_or(0)));
  return given ? Step::moved : Step::stuck;
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
