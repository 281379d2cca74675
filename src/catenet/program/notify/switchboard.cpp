#include "catenet/program/notify/switchboard.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/notify/held_sockets.hpp"
#include "catenet/program/notify/interface_requests.hpp"
#include "catenet/program/notify/program_datagram.hpp"
#include "catenet/program/notify/program_netlink.hpp"
#include "catenet/program/notify/program_stream.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::program::notify {
namespace {

Result<os::Descriptor> unix_socket(int type) {
  os::Descriptor made(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!made) return os::last_error();
  return made;
}

// The machine's daemons know other names than the host: a call of connect(2) to one of theirs.
bool reaches_for_names(const TrappedCall& call) {
  constexpr std::array daemons{"/var/run/nscd/socket", "/run/nscd/socket",
                               "/run/systemd/resolve/io.systemd.Resolve"};
  sockaddr_un name{};
  const std::size_t size = std::min<std::size_t>(call.argument(2), sizeof name - 1);
  if (!call.read(call.argument(1), {reinterpret_cast<u8*>(&name), size})) return false;
  const std::string_view path(name.sun_path);
  return name.sun_family == AF_UNIX && std::ranges::find(daemons, path) != daemons.end();
}

}  // namespace

bool is_ours(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == ::getpid();
}

Result<os::Descriptor> connect_to(int fd) {
  sockaddr_un name{};
  socklen_t size = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return os::last_error();
  auto made = unix_socket(SOCK_STREAM | SOCK_NONBLOCK);
  if (!made) return made;
  if (::connect(made->get(), reinterpret_cast<const sockaddr*>(&name), size) != 0) {
    return os::last_error();
  }
  return made;
}

Switchboard::Switchboard(os::Poller& poller, System& system, Surroundings surroundings,
                         std::function<std::vector<pid_t>()> family)
    : poller_(poller),
      system_(system),
      host_files_(std::move(surroundings), system.configuration()),
      family_(std::move(family)),
      tasks_(system.scheduler()) {}

Switchboard::~Switchboard() = default;

void Switchboard::begin() { tasks_.spawn(alarm_task()); }

// By a listener of its own: one that blocks must not wait for a place in a queue that others know.
// Who is quick enough to connect there too is turned away.
Result<os::Descriptor> Switchboard::connect_to_us(int fd) {
  constexpr int places = 64;
  auto listener = unix_socket(SOCK_STREAM | SOCK_NONBLOCK);
  if (!listener) return listener;
  const sockaddr_un any{.sun_family = AF_UNIX, .sun_path = {}};
  sockaddr_un name{};
  socklen_t size = sizeof name;
  if (::bind(listener->get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family) !=
          0 ||
      ::listen(listener->get(), places) != 0 ||
      ::getsockname(listener->get(), reinterpret_cast<sockaddr*>(&name), &size) != 0 ||
      ::connect(fd, reinterpret_cast<const sockaddr*>(&name), size) != 0) {
    return os::last_error();
  }
  for (int tries = 0; tries <= places; ++tries) {
    os::Descriptor end(::accept4(listener->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!end) return os::last_error();
    if (is_ours(end.get())) return end;
  }
  return Unexpected(Errno::again);
}

// --- sockets ---

ProgramDescriptor& Switchboard::add(std::unique_ptr<ProgramDescriptor> socket) {
  socket->set_serial(next_serial_++);
  // Who opens and closes one after the other is not to use up what there is of descriptors before
  // somebody looks.
  if (sockets_.size() >= look_at_size_) {
    no_search_before_ns_ = 0;
    bury_the_missing();
  }
  auto& place = sockets_[socket->inode()];
  place = std::move(socket);
  return *place;
}

ProgramDescriptor* Switchboard::find(Reference reference) {
  const auto found = sockets_.find(reference.inode);
  const bool same = found != sockets_.end() && found->second->serial() == reference.serial;
  return same ? found->second.get() : nullptr;
}

void Switchboard::follow(ProgramDescriptor& socket) {
  tasks_.spawn(follow_task({socket.inode(), socket.serial()}));
}

Task<void> Switchboard::follow_task(Reference reference) {
  while (ProgramDescriptor* const socket = find(reference)) {
    WaitQueue* const waiters = socket->waiters();
    if (!waiters) co_return;
    const auto woken = co_await waiters->wait();
    if (!woken) co_return;
    if (ProgramDescriptor* const same = find(reference)) same->on_socket();
  }
}

void Switchboard::come_back_to(ProgramDescriptor& socket) { come_back_at(socket, system_.now()); }

void Switchboard::come_back_at(ProgramDescriptor& socket, Instant when) {
  const Reference reference{socket.inode(), socket.serial()};
  if (when >= socket.alarm()) return;
  alarms_.erase({socket.alarm(), reference});
  socket.set_alarm(when);
  alarms_.insert({when, reference});
  if (alarms_.begin()->second == reference) alarm_set_.wake_all();
}

Task<void> Switchboard::alarm_task() {
  for (;;) {
    const Instant next = alarms_.empty() ? Instant::never() : alarms_.begin()->first;
    const auto set = co_await alarm_set_.wait(next);
    if (!set && set.error() != Errno::timed_out) co_return;
    // Whose alarm is set anew meanwhile has to wait until others have had their turn.
    std::vector<Reference> due;
    while (!alarms_.empty() && alarms_.begin()->first <= system_.now()) {
      due.push_back(alarms_.extract(alarms_.begin()).value().second);
    }
    for (const Reference reference : due) {
      ProgramDescriptor* const socket = find(reference);
      if (!socket) continue;
      socket->set_alarm(Instant::never());
      socket->on_socket();
    }
  }
}

void Switchboard::note_waiting(ProgramDescriptor& socket) {
  if (waited_at_.empty() && wait_begun_) wait_begun_();
  waited_at_.insert({socket.inode(), socket.serial()});
}

bool Switchboard::heed_signals() {
  u32 looks = 64;  // half a millisecond
  auto at = waited_at_.lower_bound(next_look_);
  while (at != waited_at_.end() && looks > 0) {
    ProgramDescriptor* const socket = find(*at);
    const bool all = !socket || socket->heed_signals(looks);
    if (!socket || !socket->is_waited_at()) {
      at = waited_at_.erase(at);
    } else if (all) {
      ++at;
    }
  }
  next_look_ = at != waited_at_.end() ? *at : Reference{};
  return !waited_at_.empty();
}

void Switchboard::bury(ProgramDescriptor& socket) {
  if (buried_.empty()) tasks_.spawn(burial_task());
  buried_.push_back({socket.inode(), socket.serial()});
}

Task<void> Switchboard::burial_task() {
  for (const Reference reference : std::exchange(buried_, {})) {
    if (find(reference)) sockets_.erase(reference.inode);
  }
  co_return;
}

std::optional<HeldAs> Switchboard::find_holder(const ProgramDescriptor& socket) const {
  const auto held = held_sockets(family_());
  if (!held) return std::nullopt;
  const auto found = held->find(socket.inode());
  return found != held->end() ? std::optional(found->second) : std::nullopt;
}

// To look through all descriptors of all programs may take long, and is then not done again soon.
class Switchboard::Search {
 public:
  explicit Search(i64& not_before_ns) : not_before_ns_(not_before_ns) {}
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;
  ~Search() {
    constexpr i64 long_ns = 10'000'000;
    constexpr i64 share = 50;
    const i64 now_ns = monotonic_ns();
    const i64 took_ns = now_ns - began_ns_;
    if (took_ns > long_ns) not_before_ns_ = now_ns + share * took_ns;
  }
  bool allowed() const { return began_ns_ >= not_before_ns_; }

 private:
  i64& not_before_ns_;
  i64 began_ns_ = monotonic_ns();
};

// Those whose end the kernel does not tell and that nobody has any more, on the face of it. Most
// are where they were last seen, and then that is all that is looked at.
std::vector<ProgramDescriptor*> Switchboard::missing() {
  std::vector<ProgramDescriptor*> missing;
  for (const auto& [inode, socket] : sockets_) {
    if (!socket->sees_its_end() && !is_held_as(socket->holder(), inode)) {
      missing.push_back(socket.get());
    }
  }
  if (missing.empty()) return missing;
  const Search search(no_search_before_ns_);
  if (!search.allowed()) return {};
  const auto held = held_sockets(family_());
  std::erase_if(missing, [&](ProgramDescriptor* socket) {
    if (!held) return true;
    const auto found = held->find(socket->inode());
    if (found != held->end()) socket->note_holder(found->second);
    return found != held->end();
  });
  return missing;
}

// Whether some descriptor is on its way from process to process. In the sockets of ours the notes
// beside datagrams are.
bool Switchboard::in_flight() {
  const Search search(no_search_before_ns_);
  std::set<u64> ours;
  for (const auto& [inode, socket] : sockets_) ours.insert(inode);
  return any_descriptor_in_flight(family_(), ours);
}

bool Switchboard::look_for_the_abandoned() {
  const auto abandoned = missing();
  if (abandoned.empty() || in_flight()) return false;
  for (ProgramDescriptor* const socket : abandoned) socket->on_abandoned();
  return true;
}

void Switchboard::has_moved(ProgramDescriptor& socket, u64 before) {
  auto place = sockets_.extract(before);
  place.key() = socket.inode();
  sockets_.insert(std::move(place));
  socket.set_alarm(Instant::never());
  follow(socket);
}

void Switchboard::look_at_port(u16 port) {
  const bool doubtful = std::ranges::any_of(sockets_, [&](const auto& each) {
    const auto& [inode, socket] = each;
    return !socket->sees_its_end() && socket->port() == port &&
           !is_held_as(socket->holder(), inode);
  });
  if (doubtful) look_for_the_abandoned();
}

void Switchboard::on_tick() {
  files_.forget();
  bury_the_missing();
}

// One that is on its way from process to process is in no table for a moment, or for long.
void Switchboard::bury_the_missing() {
  std::set<u64> missing_now;
  std::vector<ProgramDescriptor*> again;
  for (ProgramDescriptor* const socket : missing()) {
    missing_now.insert(socket->inode());
    if (missing_.contains(socket->inode())) again.push_back(socket);
  }
  missing_ = std::move(missing_now);
  constexpr std::size_t more = 256;
  const std::size_t found = sockets_.size() - missing_.size();
  look_at_size_ = sockets_.size() - again.size() + found / 4 + more;
  if (again.empty() || in_flight()) return;
  for (ProgramDescriptor* const socket : again) socket->on_abandoned();
}

// --- calls ---

void Switchboard::on_call(const TrappedCall& call) {
  switch (call.number()) {
    case SYS_socket: return open_socket(call);
    case SYS_open:
    case SYS_openat:
    case SYS_openat2:
    case SYS_uname: return host_files_.answer(call);
    default: break;
  }
  const int fd = call.int_argument(0);
  const auto inode = files_.socket_inode(call.thread(), fd);
  const bool exhausted = !inode && (inode.error() == Errno::too_many_files ||
                                    inode.error() == Errno::too_many_files_in_system);
  if (exhausted) {
    say_once("programs", "Catenet has no descriptors left; raise the limit: ulimit -Hn");
    call.give(Errno::too_many_files_in_system);
    return;
  }
  const u32 request = static_cast<u32>(call.argument(1));
  if (call.number() == SYS_ioctl && inode && is_interface_request(request)) {
    return ask_interfaces(call, request);
  }
  const auto found = inode ? sockets_.find(*inode) : sockets_.end();
  if (found == sockets_.end()) {
    if (call.number() == SYS_connect && reaches_for_names(call)) {
      call.give(Errno::connection_refused);
    } else {
      call.let_run();
    }
    return;
  }
  found->second->note_holder({call.thread(), fd});
  dispatch(call, *found->second);
}

// Of any socket: those of the machine's own kinds are asked too.
void Switchboard::ask_interfaces(const TrappedCall& call, u32 request) {
  if (changes_interfaces(request)) {
    say_once("ioctl",
             fmt::format("request {:#x} is refused: the lab file says what the host is", request));
  }
  answer_interface_request(call, system_.configuration());
}

void Switchboard::say_once(const std::string& topic, const std::string& text) {
  if (said_.insert(topic + text).second) system_.log(topic, text);
}

void Switchboard::dispatch(const TrappedCall& call, ProgramDescriptor& socket) {
  switch (call.number()) {
    case SYS_connect: return socket.connect(call);
    case SYS_bind: return socket.bind(call);
    case SYS_listen: return socket.listen(call);
    case SYS_accept:
    case SYS_accept4: return socket.accept(call);
    case SYS_getsockname: return socket.get_name(call);
    case SYS_getpeername: return socket.get_peer(call);
    case SYS_getsockopt: return socket.get_option(call);
    case SYS_setsockopt: return socket.set_option(call);
    case SYS_shutdown: return socket.shut(call);
    case SYS_ioctl: return socket.control(call);
    default: return socket.transfer(call);
  }
}

void Switchboard::open_socket(const TrappedCall& call) {
  const int domain = call.int_argument(0);
  const int type = call.int_argument(1) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  const int protocol = call.int_argument(2);
  constexpr int last_type = SOCK_PACKET;
  constexpr int last_protocol = 255;
  const bool of_ip = domain == AF_INET || domain == AF_INET6;
  if (of_ip && (type < 0 || type > last_type || protocol < 0 || protocol > last_protocol)) {
    call.give(Errno::invalid);
    return;
  }
  if (domain == AF_NETLINK) return open_netlink(call);
  if (domain != AF_INET && domain != AF_INET6) {
    // The machine's network is not the program's; what else sockets are for is the machine's.
    if (domain == AF_PACKET) {
      say_once("socket", "packet sockets are refused: they are not there yet");
      call.give(Errno::family_not_supported);
    } else {
      call.let_run();
    }
    return;
  }
  const Family family = domain == AF_INET ? Family::ipv4 : Family::ipv6;
  if (type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP)) {
    return open_stream(call, family);
  }
  if (type == SOCK_DGRAM) return open_datagram(call, family, SocketType::datagram);
  if (type == SOCK_RAW) return open_datagram(call, family, SocketType::raw);
  call.give(type == SOCK_STREAM ? Errno::protocol_not_supported : Errno::socket_type_not_supported);
}

namespace {

// Two Unix sockets that talk to each other: the program is to have the first.
struct Pair {
  os::Descriptor theirs;
  os::Descriptor ours;
};

// For socket(2), whose error it gives otherwise.
std::optional<Pair> make_pair_for(const TrappedCall& call) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    call.give(os::last_errno());
    return std::nullopt;
  }
  Pair made{os::Descriptor(pair[0]), os::Descriptor(pair[1])};
  const bool blocks = (call.int_argument(1) & SOCK_NONBLOCK) == 0;
  if (!blocks) ::fcntl(made.theirs.get(), F_SETFL, O_NONBLOCK);
  return made;
}

}  // namespace

void Switchboard::give_socket(const TrappedCall& call, std::unique_ptr<ProgramDescriptor> socket,
                              int fd) {
  const bool close_on_exec = (call.int_argument(1) & SOCK_CLOEXEC) != 0;
  const auto given = call.give_descriptor(fd, close_on_exec);
  if (!given) {
    call.give(given.error());
    return;
  }
  ProgramDescriptor& added = add(std::move(socket));
  added.note_holder({call.thread(), *given});
  if (added.waiters()) follow(added);
}

void Switchboard::open_datagram(const TrappedCall& call, Family family, SocketType type) {
  int protocol = call.int_argument(2);
  const bool udp = type == SocketType::datagram && (protocol == 0 || protocol == IPPROTO_UDP);
  auto socket = system_.open(family, type, udp ? u8{0} : static_cast<u8>(protocol));
  if (!socket) {
    call.give(socket.error());
    return;
  }
  if (udp) protocol = IPPROTO_UDP;
  auto pair = make_pair_for(call);
  if (!pair) return;
  const int theirs = pair->theirs.get();
  auto made = std::make_unique<ProgramDatagram>(*this, *std::move(socket), family, type, protocol,
                                                std::move(pair->theirs), std::move(pair->ours));
  if (const auto begun = made->begin(); !begun) {
    call.give(begun.error());
    return;
  }
  give_socket(call, std::move(made), theirs);
}

void Switchboard::open_netlink(const TrappedCall& call) {
  const int type = call.int_argument(1) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (type != SOCK_RAW && type != SOCK_DGRAM) {
    call.give(Errno::socket_type_not_supported);
    return;
  }
  const int protocol = call.int_argument(2);
  if (protocol < 0 || protocol >= MAX_LINKS) {
    call.give(Errno::protocol_not_supported);
    return;
  }
  if (protocol != NETLINK_ROUTE) {
    say_once("socket",
             fmt::format("netlink protocol {} is refused: NETLINK_ROUTE alone is there", protocol));
    call.give(Errno::protocol_not_supported);
    return;
  }
  auto pair = make_pair_for(call);
  if (!pair) return;
  const int theirs = pair->theirs.get();
  auto made =
      std::make_unique<ProgramNetlink>(*this, type, std::move(pair->theirs), std::move(pair->ours));
  if (const auto begun = made->begin(); !begun) {
    call.give(begun.error());
    return;
  }
  give_socket(call, std::move(made), theirs);
}

void Switchboard::open_stream(const TrappedCall& call, Family family) {
  auto socket = system_.open(family, SocketType::stream);
  if (!socket) {
    call.give(socket.error());
    return;
  }
  auto end = unix_socket(SOCK_STREAM | (call.int_argument(1) & SOCK_NONBLOCK));
  if (!end) {
    call.give(end.error());
    return;
  }
  const int theirs = end->get();
  give_socket(call,
              std::make_unique<ProgramStream>(*this, *std::move(socket), family, *std::move(end)),
              theirs);
}

}  // namespace catenet::program::notify
