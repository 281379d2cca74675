#include "catenet/program/notify/program_datagram.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "catenet/os/last_error.hpp"
#include "catenet/os/socket_address.hpp"
#include "catenet/program/datagram.hpp"
#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {
namespace {

constexpr std::size_t most_bytes = 65'535;

// The options that ask for control messages, and those that filter, which a program may set: what
// a filter would keep away its program has to tell apart anyway.
struct KnownWish {
  int level;
  int name;
  int usual = 0;
};
constexpr std::array<KnownWish, 20> known_wishes{{
    {IPPROTO_UDP, UDP_SEGMENT},
    {IPPROTO_IP, IP_PKTINFO},
    {IPPROTO_IP, IP_RECVTTL},
    {IPPROTO_IP, IP_RECVTOS},
    {IPPROTO_IP, IP_RECVOPTS},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
    {IPPROTO_IPV6, IPV6_RECVTCLASS},
    {IPPROTO_IP, IP_MULTICAST_LOOP, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1},
    {SOL_SOCKET, SO_TIMESTAMP_OLD},
    {SOL_SOCKET, SO_TIMESTAMPNS_OLD},
    {IPPROTO_ICMPV6, ICMP6_FILTER},
    {SOL_RAW, 1},  // ICMP_FILTER
    {IPPROTO_IPV6, IPV6_CHECKSUM},
    {IPPROTO_IP, IP_MULTICAST_TTL, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1},
    {IPPROTO_IP, IP_MULTICAST_ALL, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 1},
    {SOL_RAW, IPV6_CHECKSUM},
}};

// An IPv4 address, in the first bytes, as sockets of IPv6 have it (RFC 4291 2.5.5.2).
in6_addr mapped(const in6_addr& v4) {
  in6_addr address{};
  address.s6_addr[10] = address.s6_addr[11] = 0xff;
  std::memcpy(&address.s6_addr[12], &v4, sizeof(in_addr));
  return address;
}

std::size_t size_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// A name of its own, so that it can be connected to again: see raise_error().
Result<void> name_socket(int fd) {
  const sockaddr_un any{.sun_family = AF_UNIX, .sun_path = {}};
  const auto* const address = reinterpret_cast<const sockaddr*>(&any);
  if (::bind(fd, address, sizeof any.sun_family) != 0) return os::last_error();
  return {};
}

// Who names no address but a port means this host. AF_UNSPEC, which ends a connection, has neither.
void aim(Endpoint& remote) {
  if (!remote.address.is_unspecified() || remote.port == 0) return;
  remote.address = IpAddress::loopback(remote.address.family());
}

}  // namespace

ProgramDatagram::ProgramDatagram(Switchboard& board, std::unique_ptr<Socket> socket, Family family,
                                 SocketType type, int protocol, os::Descriptor program_end,
                                 os::Descriptor end)
    : ProgramSocket(board, std::move(socket), family, type, inode_of(program_end.get())),
      program_end_(std::move(program_end)),
      end_(std::move(end)),
      protocol_(protocol) {}

ProgramDatagram::~ProgramDatagram() {
  if (end_) board_.poller().forget(end_.get());
}

Result<void> ProgramDatagram::begin() {
  if (auto named = name_socket(program_end_.get()); !named) return named;
  return board_.poller().watch(end_.get(), os::Interest::changes, *this);
}

void ProgramDatagram::connect(const TrappedCall& call) {
  auto remote = read_endpoint(call, 1, family_);
  if (!remote) {
    call.give(remote.error());
    return;
  }
  aim(*remote);
  take_out();
  Result<void> done = keep_to(remote->interface);
  if (done) done = socket_->connect(*remote);
  if (done) connected_ = !remote->address.is_unspecified();
  call.give(done);
}

// As the kernel's: who is connected to nobody is told so, and yet it is done.
void ProgramDatagram::shut(const TrappedCall& call) {
  const int how = call.int_argument(1);
  if (how < SHUT_RD || how > SHUT_RDWR) {
    call.give(Errno::invalid);
    return;
  }
  ::shutdown(program_end_.get(), how);
  call.give(socket_->remote() ? Result<void>() : Unexpected(Errno::not_connected));
  writes_no_more_ = writes_no_more_ || how != SHUT_RD;
  if (how == SHUT_WR) return;
  reads_no_more_ = true;
  waiting_.give_all(0);
}

void ProgramDatagram::on_abandoned() {
  if (waiting_.any()) return;  // a call that waits in it holds a socket, too
  socket_->close();
  board_.bury(*this);
}

void ProgramDatagram::on_socket() {
  bring_in();
  calls_.serve(waiting_);
  lose_patience();
  mirror_error();
}

void ProgramDatagram::on_ready(bool, bool) {
  take_out();
  on_socket();
}

void ProgramDatagram::transfer(const TrappedCall& call) { calls_.answer(call); }

void ProgramDatagram::let_wait_to_receive(WaitingCall call) {
  if (reads_no_more_) {
    call.call.give(i64{call.got});
    return;
  }
  call.until = patience(program_end_.get(), SO_RCVTIMEO);
  let_wait(call);
}

// --- through the kernel ---

// What the program wrote without an address.
void ProgramDatagram::take_out() {
  std::array<u8, most_bytes + 1> bytes;
  for (int left = 256; left > 0; --left) {
    const ssize_t size = ::recv(end_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;
    const ByteView some = ByteView(bytes).first(static_cast<std::size_t>(size));
    // The kernel told the program that it is sent: no error is told any more.
    if (!connected_) continue;
    static_cast<void>(transmit(some, {.remote = {}, .segment = segment_size()}));
  }
  board_.come_back_to(*this);
}

// What arrived goes to the program's queue, as much as that holds.
void ProgramDatagram::bring_in() {
  std::array<u8, most_bytes> bytes;
  for (int left = 256; left > 0; --left) {
    // Whether there is room is known only by trying: a datagram that was read cannot go back.
    while (!kept_.empty()) {
      if (!push(kept_.front())) return;
      kept_.pop_front();
    }
    const auto message = socket_->receive_message(bytes);
    if (!message) {
      if (message.error() == Errno::again || message.error() == Errno::bad_descriptor) return;
      // It is told once by the host's socket, and kept here until the program asks.
      error_ = message.error();
      continue;
    }
    const auto size = std::min<std::size_t>(message->size, bytes.size());
    kept_.push_back({{bytes.data(), bytes.data() + size}, note_of(*message)});
  }
  board_.come_back_to(*this);
}

ProgramDatagram::Note ProgramDatagram::note_of(const catenet::Message& message) const {
  Note note;
  const os::SocketAddress source(message.source, family_, message.interface);
  note.source = source.storage;
  note.source_size = source.size;
  const IpAddress& to = message.destination;
  note.destination_is_v4 = to.is_v4();
  std::memcpy(&note.destination, to.bytes().data(), to.bytes().size());
  note.interface = message.interface;
  note.ttl = message.ttl;
  note.traffic_class = message.traffic_class;
  return note;
}

// POLLERR at the program's descriptor: the kernel reports an error there when the other end of a
// pair turns away and messages of the program are lost by that.
void ProgramDatagram::raise_error() {
  take_out();  // what is not read yet would be lost with it
  sockaddr_un name{};
  socklen_t size = sizeof name;
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (::getsockname(program_end_.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) return;
  static_cast<void>(::send(program_end_.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL));
  static_cast<void>(::connect(end_.get(), &nobody, sizeof nobody));
  static_cast<void>(::connect(end_.get(), reinterpret_cast<const sockaddr*>(&name), size));
}

// What the host's socket has of errors is what the program's descriptor shows.
void ProgramDatagram::mirror_error() {
  if (!has_error()) {
    if (std::exchange(raised_, false)) clear_error();
    return;
  }
  forget_told();
  if (raised_ || !has_error()) return;
  raised_ = true;
  raise_error();
}

// A call that the kernel did may have told the error that is shown.
void ProgramDatagram::forget_told() {
  if (!raised_) return;
  pollfd state{.fd = program_end_.get(), .events = 0, .revents = 0};
  const bool shown = ::poll(&state, 1, 0) == 1 && (state.revents & POLLERR) != 0;
  if (shown) return;
  raised_ = false;
  error_ = Errno::ok;
  static_cast<void>(socket_->take_error());
}

bool ProgramDatagram::has_error() const {
  return error_ != Errno::ok || socket_->readiness().error;
}

void ProgramDatagram::clear_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(program_end_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
}

Errno ProgramDatagram::take_error() {
  forget_told();
  const Errno error =
      error_ != Errno::ok ? std::exchange(error_, Errno::ok) : socket_->take_error();
  clear_error();
  raised_ = false;
  mirror_error();
  return error;
}

// A file that holds the note goes with each datagram; a program that only reads the bytes never
// sees it, and the kernel lets go of it.
os::Descriptor ProgramDatagram::note_file(const Note& note) const {
  os::Descriptor file(::memfd_create("note", MFD_CLOEXEC));
  if (file && ::pwrite(file.get(), &note, sizeof note, 0) != sizeof note) file.reset();
  return file;
}

bool ProgramDatagram::push(Datagram& datagram) {
  const os::Descriptor file = note_file(datagram.note);
  iovec part{datagram.bytes.data(), datagram.bytes.size()};
  const int fd = file.get();
  const std::span<const int> beside(&fd, file ? 1 : 0);
  const auto sent = send_datagram(end_.get(), {&part, 1}, beside, MSG_DONTWAIT);
  if (sent) return true;
  if (sent.error() == Errno::again) return false;
  // So many notes are on their way that a user may not have more. Nobody tells when there are less.
  if (sent.error() == Errno::too_many_references) {
    come_back(board_.system().now() + 10_ms);
    return false;
  }
  return true;  // the datagram is lost, as datagrams are
}

// --- calls ---

Result<u32> ProgramDatagram::send_one(const TrappedCall& call, const MessageMemory& memory) {
  const bool urgent = (flags_of(call) & MSG_OOB) != 0;
  if (urgent && family_ == Family::ipv4) return Unexpected(Errno::operation_not_supported);
  const auto bytes = memory.gather(call, most_bytes);
  if (!bytes) return Unexpected(bytes.error());
  std::optional<ScopedEndpoint> remote;
  if (memory.name != 0 && memory.name_room != 0) {
    const auto given = decode_endpoint(call, memory.name, memory.name_room, family_);
    if (!given) return Unexpected(given.error());
    remote = *given;
    aim(*remote);
  }
  Outgoing message{.remote = remote, .segment = segment_size()};
  if (const auto read = read_control(call, memory, message); !read) return Unexpected(read.error());
  if (!call.waits()) return Unexpected(Errno::interrupted);
  const u32 named = remote ? remote->interface : 0;
  if (named != 0 && named != interface()) message.control.interface = named;
  constexpr std::size_t most_segments = 128;  // UDP_MAX_SEGMENTS
  const std::size_t most = message.segment > 0 ? message.segment * most_segments : most_bytes;
  if (bytes->size() > most) return Unexpected(Errno::invalid);
  if (writes_no_more_) return Unexpected(Errno::broken_pipe);
  // What the socket has of errors is told first.
  if (const Errno error = take_error(); error != Errno::ok) return Unexpected(error);
  return transmit(*bytes, message);
}

// What sendmsg's control data asks for. EINVAL, EFAULT.
Result<void> ProgramDatagram::read_control(const TrappedCall& call, const MessageMemory& memory,
                                           Outgoing& message) const {
  constexpr u64 most_control = 20 * 1'024;  // net.core.optmem_max
  if (memory.control_room == 0) return {};
  if (memory.control_room > most_control) return Unexpected(Errno::no_buffer_space);
  std::vector<u8> control(memory.control_room);
  if (auto done = call.read(memory.control, control); !done) return done;
  Errno error = Errno::ok;
  const bool whole = each_control(control, [&](int level, int type, ByteView value) {
    if (level == IPPROTO_IP && family_ == Family::ipv6) return;
    if (level == IPPROTO_UDP && type == UDP_SEGMENT && value.size() == sizeof(u16)) {
      message.segment = control_value<u16>(value);
    } else if (!take_control(level, type, value, message.control)) {
      error = Errno::invalid;
    }
  });
  if (!whole) error = Errno::invalid;
  if (error != Errno::ok) return Unexpected(error);
  return {};
}

Result<u32> ProgramDatagram::transmit(ByteView bytes, const Outgoing& message) {
  if (message.segment == 0) return transmit_one(bytes, message);
  const auto whole = static_cast<u32>(bytes.size());
  while (!bytes.empty()) {
    const ByteView some = bytes.first(std::min(message.segment, bytes.size()));
    if (const auto sent = transmit_one(some, message); !sent) return sent;
    bytes = bytes.subspan(some.size());
  }
  return whole;
}

Result<u32> ProgramDatagram::transmit_one(ByteView bytes, const Outgoing& message) {
  if (message.remote) return socket_->send_message(bytes, *message.remote, message.control);
  const auto remote = socket_->remote();
  if (!remote) return Unexpected(Errno::destination_required);
  return socket_->send_message(bytes, *remote, message.control);
}

std::size_t ProgramDatagram::segment_size() const {
  return static_cast<std::size_t>(remembered(IPPROTO_UDP, UDP_SEGMENT).value_or(0));
}

Result<u32> ProgramDatagram::receive_one(const TrappedCall& call, const MessageMemory& memory,
                                         int flags) {
  if ((flags & MSG_ERRQUEUE) != 0) return receive_error(call, memory);
  if (const Errno error = take_error(); error != Errno::ok) return Unexpected(error);
  if (!call.waits()) return Unexpected(Errno::interrupted);
  std::array<u8, most_bytes> bytes;
  iovec part{bytes.data(), bytes.size()};
  const auto datagram =
      receive_datagram(program_end_.get(), {&part, 1}, MSG_DONTWAIT | (flags & MSG_PEEK));
  if (!datagram) return Unexpected(datagram.error());
  Note note;
  for (const os::Descriptor& file : datagram->descriptors) {
    if (::pread(file.get(), &note, sizeof note, 0) != sizeof note) note = {};
  }
  const ByteView all = ByteView(bytes).first(datagram->size);
  const ByteView some = all.first(std::min(all.size(), memory.room()));
  const bool cut = some.size() < all.size();
  if (const auto done = memory.scatter(call, some); !done) return Unexpected(done.error());
  const ByteView name(reinterpret_cast<const u8*>(&note.source), note.source_size);
  if (const auto done = memory.store_name(call, name); !done) return Unexpected(done.error());
  const int told = (cut ? MSG_TRUNC : 0) | (flags & MSG_CMSG_CLOEXEC);
  const auto done = memory.store_control(call, control_of(note).bytes(), told);
  if (!done) return Unexpected(done.error());
  return static_cast<u32>((flags & MSG_TRUNC) != 0 ? all.size() : some.size());
}

void ProgramDatagram::keep_error(Errno error) { error_ = error; }

// An ICMP error that came back, as IP_RECVERR has it (ip(7)).
Result<u32> ProgramDatagram::receive_error(const TrappedCall& call, const MessageMemory& memory) {
  std::array<u8, most_bytes> bytes;
  const auto message = socket_->receive_message(bytes, {.error_queue = true});
  if (!message) return Unexpected(message.error());
  // As the kernel: the socket's error is from now on that of the next in the queue, if any.
  error_ = Errno::ok;
  clear_error();
  raised_ = false;
  mirror_error();
  const SocketError error = message->error.value_or(SocketError{});
  struct {
    sock_extended_err error;
    sockaddr_storage offender;
  } told{};
  const bool v4 = family_ == Family::ipv4;
  told.error.ee_errno = static_cast<u32>(error.error);
  told.error.ee_origin = v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6;
  told.error.ee_type = error.type;
  told.error.ee_code = error.code;
  told.error.ee_info = error.mtu;
  told.offender = os::SocketAddress({error.offender, 0}, family_).storage;
  ControlWriter control;
  control.append(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
                 {reinterpret_cast<const u8*>(&told), sizeof told.error + size_of(told.offender)});
  const os::SocketAddress was_for(message->source, family_);
  const ByteView name(reinterpret_cast<const u8*>(&was_for.storage), was_for.size);
  const std::size_t size = std::min<std::size_t>(message->size, memory.room());
  if (const auto done = memory.scatter(call, ByteView(bytes).first(size)); !done) {
    return Unexpected(done.error());
  }
  if (const auto done = memory.store_name(call, name); !done) return Unexpected(done.error());
  if (const auto done = memory.store_control(call, control.bytes(), MSG_ERRQUEUE); !done) {
    return Unexpected(done.error());
  }
  return static_cast<u32>(size);
}

ControlWriter ProgramDatagram::control_of(const Note& note) const {
  ControlWriter control;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (remembered(SOL_SOCKET, SO_TIMESTAMPNS_OLD) != 0) {
    control.add(SOL_SOCKET, SO_TIMESTAMPNS_OLD, now);
  } else if (remembered(SOL_SOCKET, SO_TIMESTAMP_OLD) != 0) {
    control.add(SOL_SOCKET, SO_TIMESTAMP_OLD, timeval{now.tv_sec, now.tv_nsec / 1'000});
  }
  const bool v4 = note.destination_is_v4 != 0;
  if (remembered(IPPROTO_IPV6, IPV6_RECVPKTINFO) != 0 && family_ == Family::ipv6) {
    in6_pktinfo info{};
    info.ipi6_ifindex = note.interface;
    info.ipi6_addr = v4 ? mapped(note.destination) : note.destination;
    control.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  for (const auto& [wish, value] : wishes_) {
    if (value == 0) continue;
    const auto [level, name] = wish;
    if (level == IPPROTO_IPV6 && v4) continue;
    if (level == IPPROTO_IP && name == IP_PKTINFO && v4) {
      in_pktinfo info{};
      info.ipi_ifindex = static_cast<int>(note.interface);
      std::memcpy(&info.ipi_addr, &note.destination, sizeof info.ipi_addr);
      info.ipi_spec_dst = info.ipi_addr;
      control.add(IPPROTO_IP, IP_PKTINFO, info);
    }
    if (level == IPPROTO_IP && name == IP_RECVTTL) control.add(IPPROTO_IP, IP_TTL, int{note.ttl});
    if (level == IPPROTO_IP && name == IP_RECVTOS)
      control.add(IPPROTO_IP, IP_TOS, note.traffic_class);
    if (level == IPPROTO_IPV6 && name == IPV6_RECVHOPLIMIT) {
      control.add(IPPROTO_IPV6, IPV6_HOPLIMIT, int{note.ttl});
    }
    if (level == IPPROTO_IPV6 && name == IPV6_RECVTCLASS) {
      control.add(IPPROTO_IPV6, IPV6_TCLASS, int{note.traffic_class});
    }
  }
  return control;
}

std::optional<int> ProgramDatagram::remembered(int level, int name) const {
  const auto kept = wishes_.find({level, name});
  if (kept != wishes_.end()) return kept->second;
  const auto found = std::ranges::find_if(known_wishes, [&](const KnownWish& wish) {
    return wish.level == level && wish.name == name;
  });
  return found != known_wishes.end() ? std::optional(found->usual) : std::nullopt;
}

bool ProgramDatagram::remember(int level, int name, int value) {
  if (!remembered(level, name)) return false;
  wishes_[{level, name}] = value;
  return true;
}

}  // namespace catenet::program::notify
