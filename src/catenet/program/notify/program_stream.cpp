#include "catenet/program/notify/program_stream.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/notify/message_calls.hpp"
#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {
namespace {

// While a connection is being opened its program's socket holds so much, and it is all ours.
constexpr int least_buffer = 4'096;
constexpr u32 most_waiting = 4'096;  // somaxconn
constexpr int usual_buffer = 208 * 1'024;

void set_send_buffer(int fd, int size) {
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

// AF_UNSPEC: be connected to nobody.
bool dissolves(const TrappedCall& call) {
  return call.read_object<sa_family_t>(call.argument(1)).value_or(AF_INET) == AF_UNSPEC;
}

int accept_flags(const TrappedCall& call) {
  return call.number() == SYS_accept4 ? call.int_argument(3) : 0;
}

bool readable(int fd) {
  pollfd state{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) == 1;
}

}  // namespace

ProgramStream::ProgramStream(Switchboard& board, std::unique_ptr<Socket> socket, Family family,
                             os::Descriptor program_end)
    : ProgramSocket(board, std::move(socket), family, SocketType::stream,
                    inode_of(program_end.get())),
      program_end_(std::move(program_end)) {}

ProgramStream::ProgramStream(Switchboard& board, std::unique_ptr<Socket> socket, Family family,
                             u64 inode, os::Descriptor end)
    : ProgramSocket(board, std::move(socket), family, SocketType::stream, inode),
      state_(State::connected) {
  relay_.emplace(*socket_, std::move(end));
}

ProgramStream::~ProgramStream() {
  if (relay_ && relay_->end() >= 0) board_.poller().forget(relay_->end());
}

void ProgramStream::begin() {
  board_.follow(*this);
  const auto watched = board_.poller().watch(relay_->end(), os::Interest::changes, *this);
  if (!watched) return end_by_reset(watched.error());
  carry();
}

// --- opening ---

void ProgramStream::connect(const TrappedCall& call) {
  if (state_ == State::connecting) {
    if (blocks()) return wait_to_connect({.call = call, .late = Errno::already});
    call.give(Errno::already);
    return;
  }
  if (state_ == State::connected) {
    if (std::exchange(connected_untold_, false)) {
      call.give(i64{0});
    } else {
      call.give(Errno::is_connected);
    }
    return;
  }
  const bool again = failed_.has_value();
  if (again && !become_fresh(call)) return;
  const auto remote = read_endpoint(call, 1, family_);
  if (state_ == State::fresh && remote && dissolves(call)) {
    call.give(i64{0});
    return;
  }
  if (!remote || state_ != State::fresh) {
    call.give(remote ? Errno::is_connected : remote.error());
    return;
  }
  if (const auto kept = keep_to(remote->interface); !kept) {
    call.give(kept);
    return;
  }
  // What was given a descriptor in this call is no longer seen to be interrupted.
  begin_to_connect({.call = call, .late = Errno::in_progress, .hears_signals = !again}, *remote);
}

void ProgramStream::begin_to_connect(WaitingCall waiting, const Endpoint& remote) {
  const TrappedCall& call = waiting.call;
  board_.look_at_port(remote.port);
  const auto begun = socket_->connect(remote);
  if (!begun && begun.error() != Errno::in_progress) {
    call.give(begun.error());
    return;
  }
  state_ = State::connecting;
  if (blocks()) {
    wait_to_connect(waiting);
  } else {
    if (const auto joined = join(); !joined) {
      call.give(joined.error());
      socket_->close();
      return end_by_reset(joined.error());
    }
    fill();
    call.give(Errno::in_progress);
  }
  on_socket();
}

void ProgramStream::wait_to_connect(WaitingCall call) {
  call.until = patience(program_end_.get(), SO_SNDTIMEO);
  let_wait(call);
}

// From then on it is as one that began without blocking: poll tells how it ends.
void ProgramStream::before_giving_up() {
  if (state_ == State::connecting && !relay_ && join()) fill();
}

// As the kernel: a call tells the error, if none did, and the socket is then as before the attempt.
// Its Unix socket cannot be, and another takes the place. False: the call has been answered.
bool ProgramStream::become_fresh(const TrappedCall& call) {
  const Errno error = take_error();
  const int number = call.int_argument(0);
  const int flags = call.descriptor_flags(number).value_or(0) & (O_NONBLOCK | O_ASYNC);
  os::Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  failed_->apply_to(made.get());
  ::fcntl(made.get(), F_SETFL, flags);
  if (!made || !call.replace_descriptor(number, made.get())) {
    call.give(Errno::is_connected);
    return false;
  }
  const u64 before = inode();
  move_to(inode_of(made.get()));
  program_end_ = std::move(made);
  relay_.reset();
  failed_.reset();
  connected_untold_ = false;
  state_ = State::fresh;
  board_.has_moved(*this, before);
  if (!failure_untold_) return true;
  call.give(error != Errno::ok ? error : Errno::connection_aborted);
  return false;
}

bool ProgramStream::blocks() const {
  return (::fcntl(program_end_.get(), F_GETFL) & O_NONBLOCK) == 0;
}

// Connects the program's socket to one that we hold.
Result<void> ProgramStream::join() {
  auto end = board_.connect_to_us(program_end_.get());
  if (!end) return Unexpected(end.error());
  relay_.emplace(*socket_, *std::move(end));
  return board_.poller().watch(relay_->end(), os::Interest::changes, *this);
}

void ProgramStream::fill() {
  set_send_buffer(program_end_.get(), least_buffer);
  const std::array<char, 512> nothing{};
  ssize_t size;
  while ((size = ::send(program_end_.get(), nothing.data(), nothing.size(),
                        MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
    filler_ += static_cast<std::size_t>(size);
  }
}

// Not a byte more: the program may write as soon as there is room.
void ProgramStream::drain() {
  set_send_buffer(program_end_.get(), usual_buffer);
  std::array<char, 2 * std::size_t{least_buffer}> nothing;
  while (filler_ > 0) {
    const ssize_t size =
        ::recv(relay_->end(), nothing.data(), std::min(filler_, nothing.size()), MSG_DONTWAIT);
    if (size <= 0) return;
    filler_ -= static_cast<std::size_t>(size);
  }
}

void ProgramStream::on_connected(Errno error) {
  if (error != Errno::ok) return on_not_connected(error);
  state_ = State::connected;
  if (relay_) {
    drain();
  } else if (const auto joined = join(); !joined) {
    waiting_.give_error(joined.error(), joined.error());
    return end_by_reset(joined.error());
  }
  // From now on the kernel tells when the program has closed it.
  program_end_.reset();
  connected_untold_ = !waiting_.give_all(0);
  carry();
}

void ProgramStream::on_not_connected(Errno error) {
  const bool told = waiting_.give_error(error, Errno::connection_aborted);
  if (!relay_) {
    state_ = State::fresh;  // and may be tried again
    return;
  }
  failed_ = KernelSettings::of(program_end_.get());
  failure_untold_ = !told;
  end_by_reset(error);
  if (told) error_ = Errno::ok;
}

// --- connected ---

void ProgramStream::on_socket() {
  if (state_ == State::connected) return carry();
  if (state_ == State::listening) offer();
  if (state_ == State::connecting) {
    const Readiness ready = socket_->readiness();
    if (ready.writable || ready.error || ready.hang_up) on_connected(socket_->take_error());
  }
  lose_patience();
}

void ProgramStream::on_ready(bool, bool) {
  if (state_ == State::connected) carry();
}

void ProgramStream::carry() {
  switch (relay_->carry(board_.scratch())) {
    case Relay::State::open: return;
    case Relay::State::rested: return board_.come_back_to(*this);
    case Relay::State::starved: return come_back(board_.system().now() + 10_ms);
    case Relay::State::closed: return abandon(-1);
    case Relay::State::aborted: return abandon(0);
    case Relay::State::reset: return end_by_reset(relay_->error());
  }
}

// The program is to find an error: by bytes of its own that we close our end over.
void ProgramStream::end_by_reset(Errno error) {
  error_ = error;
  state_ = State::ended;
  if (!relay_ || relay_->end() < 0) return;
  board_.poller().forget(relay_->end());
  if (!readable(relay_->end())) say_as_program();
  relay_->close_end();
  program_end_.reset();
}

// Nobody has it any more.
void ProgramStream::abandon(int linger_s) {
  state_ = State::ended;
  if (linger_s >= 0) static_cast<void>(socket_->set_option(SocketOption::linger, linger_s));
  socket_->close();
  if (relay_ && relay_->end() >= 0) {
    board_.poller().forget(relay_->end());
    relay_->close_end();
  }
  board_.bury(*this);
}

void ProgramStream::on_abandoned() {
  if (waiting_.any()) return;  // a call that waits in it holds a socket, too
  reset_offered();
  abandon(-1);
}

// Who was never accepted is told so (RFC 9293 3.10.4).
void ProgramStream::reset_offered() {
  if (unoffered_) offered_.push_back({{}, std::move(unoffered_)});
  for (const Offered& each : offered_) {
    static_cast<void>(each.socket->set_option(SocketOption::linger, 0));
    each.socket->close();
  }
  offered_.clear();
}

// A call that the kernel did may have told it already.
Errno ProgramStream::take_error() {
  const Errno own = std::exchange(error_, Errno::ok);
  if (own == Errno::ok) return socket_->take_error();
  const os::Descriptor theirs = fetch();
  int shown = 1;
  socklen_t size = sizeof shown;
  if (theirs) ::getsockopt(theirs.get(), SOL_SOCKET, SO_ERROR, &shown, &size);
  return shown != 0 ? own : Errno::ok;
}

void ProgramStream::shut(const TrappedCall& call) {
  const int how = call.int_argument(1);
  if (how < SHUT_RD || how > SHUT_RDWR) {
    call.give(Errno::invalid);
  } else if (state_ == State::fresh || state_ == State::ended) {
    call.give(Errno::not_connected);
  } else if (state_ == State::listening) {
    if (how != SHUT_WR) stop_listening();
    call.give(i64{0});
  } else {
    call.let_run();
  }
}

void ProgramStream::control(const TrappedCall& call) {
  const int request = call.int_argument(1);
  if (request == SIOCATMARK) {
    call.let_run();
  } else if (request == SIOCOUTQNSD && state_ != State::listening) {
    const auto info = socket_->info();
    const int unsent = info ? static_cast<int>(info->not_sent) : 0;
    call.give(call.write_object(call.argument(2), unsent));
  } else {
    ProgramSocket::control(call);
  }
}

void ProgramStream::stop_listening() {
  static_cast<void>(socket_->shutdown(Shutdown::read));
  ::shutdown(program_end_.get(), SHUT_RD);
  reset_offered();
  waiting_.give_error(Errno::invalid, Errno::invalid);
  state_ = State::ended;
}

// The bytes go by themselves; an address beside them means nothing to TCP. What a Unix socket does
// not know is the queue of errors.
void ProgramStream::transfer(const TrappedCall& call) {
  const bool receives = call.number() == SYS_recvfrom || call.number() == SYS_recvmsg ||
                        call.number() == SYS_recvmmsg;
  if (receives && (flags_of(call) & MSG_ERRQUEUE) != 0) {
    call.give(Errno::again);
  } else {
    call.let_run();
  }
}

// --- listening ---

void ProgramStream::listen(const TrappedCall& call) {
  if (state_ != State::fresh && state_ != State::listening) {
    call.give(Errno::invalid);
    return;
  }
  // As the kernel: below zero is as much as there may be, and there is room for one more than said.
  const u32 asked = static_cast<u32>(call.argument(1));
  const int backlog = static_cast<int>(std::clamp<u32>(asked, 1, most_waiting));
  backlog_ = static_cast<std::size_t>(backlog);
  if (const auto done = socket_->listen(left_to_host()); !done) {
    call.give(done);
    return;
  }
  const sockaddr_un any{.sun_family = AF_UNIX, .sun_path = {}};
  if (state_ == State::fresh && ::bind(program_end_.get(), reinterpret_cast<const sockaddr*>(&any),
                                       sizeof any.sun_family) != 0) {
    call.give(os::last_errno());
    return;
  }
  if (::listen(program_end_.get(), backlog) != 0) {
    call.give(os::last_errno());
    return;
  }
  state_ = State::listening;
  call.give(i64{0});
  offer();
}

void ProgramStream::offer() {
  offer_more();
  waiting_.serve([this](const WaitingCall& each) { return serve_one(each.call); });
}

// One more may wait than was asked for, in the program's queue or the host's.
u32 ProgramStream::left_to_host() const {
  return static_cast<u32>(backlog_ + 1 - std::min(offered_.size(), backlog_));
}

// As many as may wait there; the others wait in the host.
void ProgramStream::offer_more() {
  offer_waiting();
  static_cast<void>(socket_->listen(left_to_host()));
}

void ProgramStream::offer_waiting() {
  while (offered_.size() < backlog_) {
    if (!unoffered_) {
      auto connection = socket_->accept();
      if (!connection) return;
      unoffered_ = *std::move(connection);
    }
    if (!offer(unoffered_)) return board_.come_back_at(*this, board_.system().now() + 10_ms);
  }
}

// Lets one of ours wait at the program's socket in the place of `connection`.
Result<void> ProgramStream::offer(std::unique_ptr<Socket>& connection) {
  auto end = connect_to(program_end_.get());
  if (!end) return Unexpected(end.error());
  offered_.push_back({*std::move(end), std::move(connection)});
  return {};
}

void ProgramStream::accept(const TrappedCall& call) {
  if (state_ != State::listening || (accept_flags(call) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) {
    call.give(Errno::invalid);
  } else if (!serve_one(call)) {
    if (blocks()) {
      let_wait({.call = call, .until = patience(program_end_.get(), SO_RCVTIMEO)});
    } else {
      call.give(Errno::again);
    }
  }
}

// Who connects to the program's Unix socket by its name, and is not us, is not let in. EAGAIN:
// nobody waits to be accepted.
Result<os::Descriptor> ProgramStream::accept_ours(int flags) {
  while (readable(program_end_.get())) {
    os::Descriptor accepted(::accept4(program_end_.get(), nullptr, nullptr, flags));
    if (!accepted) return os::last_error();
    if (is_ours(accepted.get()) && !offered_.empty()) return accepted;
  }
  return Unexpected(Errno::again);
}

// False: nobody waits to be accepted.
bool ProgramStream::serve_one(const TrappedCall& call) {
  const int flags = accept_flags(call);
  const auto accepted = accept_ours((flags & SOCK_NONBLOCK) | SOCK_CLOEXEC);
  if (!accepted) {
    if (accepted.error() == Errno::again) return false;
    call.give(accepted.error());
    return true;
  }
  Offered offered = std::move(offered_.front());
  offered_.pop_front();
  offer_more();
  const Endpoint remote = offered.socket->remote().value_or(Endpoint{});
  const int device = offered.socket->option(SocketOption::bind_to_device).value_or(0);
  Result<void> told;
  if (call.argument(1) != 0) {
    told = write_endpoint(call, 1, remote, family_, static_cast<u32>(device));
  }
  if (!told) {
    call.give(told);
    return true;
  }
  const bool close_on_exec = (flags & SOCK_CLOEXEC) != 0;
  const auto given = call.give_descriptor(accepted->get(), close_on_exec);
  if (!given) {
    // Nobody has it: it waits again.
    if (!offer(offered.socket)) {
      if (unoffered_) offered.socket->close();
      if (!unoffered_) unoffered_ = std::move(offered.socket);
      come_back(board_.system().now() + 10_ms);
    }
    if (given.error() != Errno::no_entry) call.give(given.error());
    return true;
  }
  auto& made = board_.add(std::make_unique<ProgramStream>(board_, std::move(offered.socket),
                                                          family_, inode_of(accepted->get()),
                                                          std::move(offered.end)));
  made.note_holder({call.thread(), *given});
  static_cast<ProgramStream&>(made).begin();
  return true;
}

}  // namespace catenet::program::notify
