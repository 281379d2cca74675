#include "catenet/program/notify/program_netlink.hpp"

#include <algorithm>
#include <array>
#include <sys/socket.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/notify/option_value.hpp"
#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {
namespace {

constexpr std::size_t most_of_a_request = 64 * 1'024;
constexpr u32 most_groups = 32;  // of those in sockaddr_nl

sockaddr_nl netlink_name(u32 port, u32 groups) {
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_pid = port;
  name.nl_groups = groups;
  return name;
}

template <typename T>
ByteView view_of(const T& object) {
  return {reinterpret_cast<const u8*>(&object), sizeof object};
}

Result<sockaddr_nl> read_netlink_name(const TrappedCall& call, u64 at, u64 size) {
  if (size < sizeof(sockaddr_nl)) return Unexpected(Errno::invalid);
  const auto name = call.read_object<sockaddr_nl>(at);
  if (name && name->nl_family != AF_NETLINK) return Unexpected(Errno::invalid);
  return name;
}

// Those that change what is told, and those that ask for what never comes.
bool is_netlink_option(int name) {
  constexpr std::array known{NETLINK_PKTINFO,         NETLINK_BROADCAST_ERROR, NETLINK_NO_ENOBUFS,
                             NETLINK_LISTEN_ALL_NSID, NETLINK_CAP_ACK,         NETLINK_EXT_ACK,
                             NETLINK_GET_STRICT_CHK};
  return std::ranges::find(known, name) != known.end();
}

}  // namespace

ProgramNetlink::ProgramNetlink(Switchboard& board, int type, os::Descriptor program_end,
                               os::Descriptor end)
    : ProgramDescriptor(board, inode_of(program_end.get())),
      type_(type),
      program_end_(std::move(program_end)),
      end_(std::move(end)),
      netlink_(board.system().configuration(), [&board](const std::string& what) {
        board.say_once("netlink", what + " is refused: the lab file says what the host is");
      }) {}

ProgramNetlink::~ProgramNetlink() {
  if (end_) board_.poller().forget(end_.get());
}

Result<void> ProgramNetlink::begin() {
  return board_.poller().watch(end_.get(), os::Interest::changes, *this);
}

void ProgramNetlink::on_abandoned() {
  if (!waiting_.any()) board_.bury(*this);
}

void ProgramNetlink::on_socket() {
  bring_in();
  take_out();
  calls_.serve(waiting_);
  lose_patience();
}

void ProgramNetlink::transfer(const TrappedCall& call) { calls_.answer(call); }

void ProgramNetlink::let_wait_to_receive(WaitingCall call) {
  call.until = patience(program_end_.get(), SO_RCVTIMEO);
  let_wait(call);
}

void ProgramNetlink::on_ready(bool, bool) { on_socket(); }

// --- names ---

void ProgramNetlink::name_it() {
  if (port_ == 0) port_ = static_cast<u32>(process_of(holder().thread));
}

void ProgramNetlink::bind(const TrappedCall& call) {
  const auto name = read_netlink_name(call, call.argument(1), call.argument(2));
  if (!name || (port_ != 0 && name->nl_pid != 0 && name->nl_pid != port_)) {
    call.give(name ? Errno::invalid : name.error());
    return;
  }
  if (name->nl_pid != 0) port_ = name->nl_pid;
  name_it();
  groups_ = name->nl_groups;
  call.give(i64{0});
}

// There is nobody else to talk to than the host.
void ProgramNetlink::connect(const TrappedCall& call) {
  const auto name = read_netlink_name(call, call.argument(1), call.argument(2));
  if (!name) {
    call.give(name.error());
    return;
  }
  name_it();
  call.give(name->nl_pid == 0 ? Result<void>() : Unexpected(Errno::connection_refused));
}

void ProgramNetlink::get_name(const TrappedCall& call) const {
  call.give(write_name(call, 1, view_of(netlink_name(port_, groups_))));
}

void ProgramNetlink::get_peer(const TrappedCall& call) const {
  call.give(write_name(call, 1, view_of(netlink_name(0, 0))));
}

// --- options ---

void ProgramNetlink::get_option(const TrappedCall& call) {
  const int level = call.int_argument(1);
  const int name = call.int_argument(2);
  if (level == SOL_SOCKET) {
    switch (name) {
      case SO_TYPE: return give_option_object(call, type_);
      case SO_DOMAIN: return give_option_object(call, int{AF_NETLINK});
      case SO_PROTOCOL: return give_option_object(call, int{NETLINK_ROUTE});
      default: call.let_run(); return;
    }
  }
  if (level != SOL_NETLINK) {
    call.give(Errno::no_protocol_option);
    return;
  }
  if (name == NETLINK_LIST_MEMBERSHIPS) return give_option_object(call, groups_);
  if (!is_netlink_option(name)) {
    call.give(Errno::no_protocol_option);
    return;
  }
  const auto kept = options_.find(name);
  give_option_object(call, kept == options_.end() ? 0 : kept->second);
}

void ProgramNetlink::set_option(const TrappedCall& call) {
  if (call.int_argument(1) == SOL_SOCKET) {
    call.let_run();
    return;
  }
  const int name = call.int_argument(2);
  const bool member = name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP;
  if (call.int_argument(1) != SOL_NETLINK || (!member && !is_netlink_option(name))) {
    call.give(Errno::no_protocol_option);
    return;
  }
  const auto value = call.read_object<int>(call.argument(option_value_at));
  if (!value || call.int_argument(option_size_at) < int{sizeof(int)} || (member && *value <= 0)) {
    call.give(value ? Errno::invalid : value.error());
    return;
  }
  if (!member) options_[name] = *value != 0;
  if (name == NETLINK_GET_STRICT_CHK) netlink_.set_strict(*value != 0);
  if (member && static_cast<u32>(*value) <= most_groups) {
    const u32 bit = u32{1} << (*value - 1);
    groups_ = name == NETLINK_ADD_MEMBERSHIP ? groups_ | bit : groups_ & ~bit;
  }
  call.give(i64{0});
}

// --- requests ---

// What the program wrote without an address.
void ProgramNetlink::take_out() {
  std::vector<u8> bytes(most_of_a_request);
  // Not more than is read of what comes of it.
  for (int left = 256; left > 0 && answers_.empty(); --left) {
    const ssize_t size = ::recv(end_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;
    answer(ByteView(bytes).first(static_cast<std::size_t>(size)));
  }
  if (answers_.empty()) come_back(board_.system().now());
}

void ProgramNetlink::answer(ByteView request) {
  name_it();
  for (std::vector<u8>& each : netlink_.answer(request, port_)) {
    answers_.push_back(std::move(each));
  }
  bring_in();
}

void ProgramNetlink::bring_in() {
  while (!answers_.empty()) {
    const std::vector<u8>& next = answers_.front();
    const ssize_t sent = ::send(end_.get(), next.data(), next.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    answers_.pop_front();
  }
}

Result<u32> ProgramNetlink::send_one(const TrappedCall& call, const MessageMemory& memory) {
  const auto bytes = memory.gather(call, most_of_a_request);
  if (!bytes) return Unexpected(bytes.error());
  if (memory.name != 0 && memory.name_room != 0) {
    const auto to = read_netlink_name(call, memory.name, memory.name_room);
    if (!to) return Unexpected(to.error());
    if (to->nl_groups != 0) return Unexpected(Errno::not_permitted);
    if (to->nl_pid != 0) return Unexpected(Errno::connection_refused);
  }
  if (!call.waits()) return Unexpected(Errno::interrupted);
  // Who does not read is not answered for ever.
  if (!answers_.empty()) return Unexpected(Errno::no_buffer_space);
  answer(*bytes);
  return static_cast<u32>(bytes->size());
}

// --- answers ---

Result<u32> ProgramNetlink::receive_one(const TrappedCall& call, const MessageMemory& memory,
                                        int flags) {
  const int fd = program_end_.get();
  const ssize_t size = ::recv(fd, nullptr, 0, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);
  if (size < 0) return os::last_error();
  if (!call.waits()) return Unexpected(Errno::interrupted);
  std::vector<u8> all(static_cast<std::size_t>(size));
  if (::recv(fd, all.data(), all.size(), MSG_DONTWAIT | (flags & MSG_PEEK)) < 0) {
    return os::last_error();
  }
  const ByteView some = ByteView(all).first(std::min(all.size(), memory.room()));
  if (const auto done = memory.scatter(call, some); !done) return Unexpected(done.error());
  const auto named = memory.store_name(call, view_of(netlink_name(0, 0)));
  if (!named) return Unexpected(named.error());
  ControlWriter control;
  const auto wants_group = options_.find(NETLINK_PKTINFO);
  if (wants_group != options_.end() && wants_group->second != 0) {
    control.add(SOL_NETLINK, NETLINK_PKTINFO, nl_pktinfo{});
  }
  const int told = some.size() < all.size() ? MSG_TRUNC : 0;
  const auto stored = memory.store_control(call, control.bytes(), told);
  if (!stored) return Unexpected(stored.error());
  return static_cast<u32>((flags & MSG_TRUNC) != 0 ? all.size() : some.size());
}

// None that a call does not tell at once.
void ProgramNetlink::keep_error(Errno) {}

}  // namespace catenet::program::notify
