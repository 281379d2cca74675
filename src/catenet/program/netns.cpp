#include "catenet/program/netns.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/control.hpp"
#include "catenet/program/init.hpp"
#include "catenet/program/limits.hpp"
#include "catenet/program/setup.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::program {
namespace {

constexpr unsigned long own_namespaces =
    CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;

std::string advice_for_clone(Errno error) {
  if (error == Errno::not_permitted) {
    return "Run as root; or let users make namespaces (sysctl kernel.unprivileged_userns_clone=1, "
           "kernel.apparmor_restrict_unprivileged_userns=0); a container needs --privileged";
  }
  return error == Errno::no_space ? advice_for_namespace_limits() : std::string();
}

std::string advice_for_veth(Errno error) {
  if (error == Errno::no_space) return advice_for_namespace_limits();
  if (static_cast<int>(error) == EOPNOTSUPP || static_cast<int>(error) == EAFNOSUPPORT) {
    return "The kernel has no veth interfaces or packet sockets: load them (modprobe veth "
           "af_packet), or let this user open /dev/net/tun (chmod 0666)";
  }
  return "Run as root, or let this user open /dev/net/tun (chmod 0666)";
}

std::string advice_for_tap(Errno error) {
  switch (static_cast<int>(error)) {
    case EPERM: return "Run as root; a container needs --device /dev/net/tun --cap-add NET_ADMIN";
    case EINVAL: return "An interface's name has 1 to 15 bytes";
    default: return advice_for_tun(error);
  }
}

std::string advice_for(SetupStep step, Errno error) {
  if (std::string limit = advice_for_limit(error); !limit.empty()) return limit;
  switch (step) {
    case SetupStep::tap: return advice_for_tap(error);
    case SetupStep::veth: return advice_for_veth(error);
    case SetupStep::mount:
      if (error == Errno::no_space) return "Raise it: sysctl fs.mount-max=100000";
      if (error == Errno::no_entry) return "The machine lacks that file: make an empty one";
      return "Run as root; a container needs --privileged. Where AppArmor restricts user "
             "namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    case SetupStep::file:
      if (error == Errno::no_entry) {
        return "The machine has no such file or folder, and the lab makes nothing on the machine: "
               "say private: with a folder above it that is there";
      }
      if (error == Errno::not_directory) {
        return "private: takes folders; what stands in the place of a file is said with files:";
      }
      if (error == Errno{ENOSPC})
        return "A private place holds 256 MiB, and so do the files that replace others";
      return "Only a plain file can be replaced";
    case SetupStep::address: return "If this machine's IPv6 is off, say ipv6: false in the lab";
    case SetupStep::process:
    case SetupStep::interface:
    case SetupStep::route: break;
  }
  return {};
}

// fork() into new namespaces. It runs on a copy of the caller's memory, so no other thread may be
// there to hold a lock.
pid_t fork_into(unsigned long flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0));
}

bool write_once(const std::string& path, std::string_view text) {
  const os::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::expected<std::unique_ptr<Namespace>, Problem> Namespace::create(const NamespaceSpec& spec,
                                                                     os::Poller& poller) {
  std::unique_ptr<Namespace> made(new Namespace(poller));
  if (auto failed = made->launch(spec)) return std::unexpected(*std::move(failed));
  if (auto failed = made->await_setup(spec.interfaces.size())) {
    return std::unexpected(*std::move(failed));
  }
  if (auto failed = made->begin()) return std::unexpected(*std::move(failed));
  return made;
}

std::optional<Problem> Namespace::launch(const NamespaceSpec& spec) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return problem_of("make a socket pair", os::last_errno());
  }
  control_ = os::Descriptor(ends[0]);
  const os::Descriptor theirs(ends[1]);
  bool as_user = ::geteuid() != 0 || spec.privilege == Privilege::user_namespace;
  pid_ = fork_into(own_namespaces | (as_user ? CLONE_NEWUSER : 0));
  if (pid_ < 0 && errno == EPERM && !as_user) {  // a root without rights, as in a container
    as_user = true;
    pid_ = fork_into(own_namespaces | CLONE_NEWUSER);
  }
  if (pid_ == 0) run_first_process(theirs.get(), spec);
  if (pid_ < 0) {
    const Errno error = os::last_errno();
    return problem_of("make a network namespace", error, advice_for_clone(error));
  }
  if (as_user) {
    if (auto failed = map_user()) return failed;
  }
  if (auto sent = send_message(control_.get(), {.kind = MessageKind::go}); !sent) {
    return problem_of("begin a namespace", sent.error());
  }
  return std::nullopt;
}

std::optional<Problem> Namespace::map_user() const {
  const std::string folder = fmt::format("/proc/{}/", pid_);
  // One id each needs no newuidmap; groups may be mapped only where setgroups is denied.
  if (write_once(folder + "setgroups", "deny") &&
      write_once(folder + "uid_map", fmt::format("0 {} 1", ::geteuid())) &&
      write_once(folder + "gid_map", fmt::format("0 {} 1", ::getegid()))) {
    return std::nullopt;
  }
  const Errno error = os::last_errno();
  return problem_of("map our user into a namespace", error, advice_for_clone(error));
}

std::optional<Problem> Namespace::await_setup(std::size_t interfaces) {
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(control_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  // It may be full, where its reader was stopped.
  const timeval moment{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(control_.get(), SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
  wires_.resize(interfaces);
  for (;;) {
    auto message = receive_message(control_.get(), 0);
    if (!message) return problem_of("set up a namespace", message.error());
    if (!*message) return Problem{"a namespace's first process ended while it was set up", {}};
    const MessageHead& head = (*message)->head;
    if (head.kind == MessageKind::ready) return std::nullopt;
    if (head.kind == MessageKind::wire) {
      // The kernel leaves out a descriptor that this process has no room for.
      if ((*message)->descriptors.size() != 1) {
        return problem_of("take over a namespace's interface", Errno::too_many_files);
      }
      wires_[head.id] = {os::WireKind{static_cast<u8>(head.status)},
                         std::move((*message)->descriptors[0])};
    }
    if (head.kind == MessageKind::failed) {
      const auto error = static_cast<Errno>(head.error);
      return problem_of((*message)->text, error, advice_for(SetupStep{head.id}, error));
    }
  }
}

void Namespace::await_port(u16 port, std::function<void()> listens) {
  if (!control_) return;
  awaited_ports_[port].push_back(std::move(listens));
  static_cast<void>(send_message(control_.get(), {.kind = MessageKind::await_port, .id = port}));
}

void Namespace::on_message(const Message& message) {
  if (message.head.kind != MessageKind::listens) return;
  if (auto node = awaited_ports_.extract(static_cast<u16>(message.head.id))) {
    for (const auto& listens : node.mapped()) listens();
  }
}

}  // namespace catenet::program
