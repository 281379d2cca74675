#include "catenet/program/doctor.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/device.hpp"
#include "catenet/program/limits.hpp"
#include "catenet/program/notify/enter.hpp"

namespace catenet::program {
namespace {

bool is_root() { return ::geteuid() == 0; }

// What `attempt`, a system call, says in a process of its own that ends with it: nothing, or the
// error.
template <typename Attempt>
Errno try_apart(Attempt attempt) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(attempt() < 0 ? errno : 0);
  if (pid < 0) return os::last_errno();
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? static_cast<Errno>(WEXITSTATUS(status)) : Errno{EINTR};
}

Finding finding(std::string name, Errno error, std::string advice) {
  if (error == Errno::ok) return {std::move(name), true, {}, {}};
  // A limit in the way says nothing about what was asked.
  if (std::string limit = advice_for_limit(error); !limit.empty()) advice = std::move(limit);
  return {std::move(name), false, std::string(errno_text(error)), std::move(advice)};
}

// --- Namespaces ---

std::string advice_for_namespace(Errno error) {
  if (error == Errno::no_space) return advice_for_namespace_limits();
  if (first_line_of("/proc/sys/kernel/unprivileged_userns_clone") == "0") {
    return "Let users make namespaces: sysctl kernel.unprivileged_userns_clone=1";
  }
  return "Run as root; a container needs --privileged";
}

void add_namespaces(std::vector<Finding>& machine) {
  for (const NamespaceKind& kind : namespace_kinds) {
    // Whoever is not root makes the others within one of users.
    const int flags = kind.flag | (is_root() ? 0 : CLONE_NEWUSER);
    const Errno error = try_apart([flags] { return ::unshare(flags); });
    Finding made =
        finding(fmt::format("{} namespaces", kind.name), error, advice_for_namespace(error));
    const std::string most = first_line_of(fmt::format("/proc/sys/user/{}", kind.limit));
    if (made.ok && !most.empty()) made.says = fmt::format("at most {}", most);
    machine.push_back(std::move(made));
  }
  const std::string restricted =
      first_line_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
  const bool free = restricted != "1" || is_root();
  machine.push_back({"no AppArmor restriction of user namespaces",
                     free,
                     {},
                     free ? ""
                          : "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give "
                            "catenet a profile with 'userns,'"});
}

// --- Interfaces and sockets ---

// Makes a namespace with one interface, and takes it down again.
std::optional<Problem> try_namespace(Attachment attachment) {
  const auto poller = os::Poller::create();
  if (!poller) {
    return Problem{fmt::format("cannot make a poller: {}", errno_text(poller.error())), {}};
  }
  NamespaceSpec spec;
  spec.host_name = "probe";
  spec.attachment = attachment;
  InterfaceSpec interface;
  interface.name = "eth0";
  interface.mac = MacAddress(0x02, 0, 0, 0, 0, 1);
  spec.interfaces.push_back(interface);
  const auto made = Namespace::create(spec, **poller);
  if (made) return std::nullopt;
  return made.error();
}

Finding tun_device() {
  const os::Descriptor device(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  const Errno error = device ? Errno::ok : os::last_errno();
  return finding("/dev/net/tun opens", error,
                 error == Errno::access_denied || error == Errno::not_permitted
                     ? advice_for_tun(error) + "; without it namespaces use veth pairs"
                     : "modprobe tun; a container needs --device /dev/net/tun; without it "
                       "namespaces use veth pairs");
}

Finding attachment(std::string name, Attachment kind) {
  const auto problem = try_namespace(kind);
  if (!problem) return {std::move(name), true, {}, {}};
  return {std::move(name), false, problem->what, problem->advice};
}

Finding socket_kind(std::string name, int domain, int type, int protocol, std::string advice) {
  const os::Descriptor made(::socket(domain, type | SOCK_CLOEXEC, protocol));
  return finding(std::move(name), made ? Errno::ok : os::last_errno(), std::move(advice));
}

Finding machine_tap() {
  // The kernel chooses the number, so that no other interface is in the way.
  const auto made = os::open_tap("cprobe%d", false);
  const Errno error = made ? Errno::ok : made.error();
  return finding("a TAP on the machine", error, advice_for_machine_tap("NAME", "USER", error));
}

void add_network(std::vector<Finding>& machine) {
  machine.push_back(tun_device());
  machine.push_back(attachment("a namespace with a TAP", Attachment::tap));
  machine.push_back(attachment("a namespace with a veth pair", Attachment::veth));
  machine.push_back(machine_tap());
  machine.push_back(socket_kind("packet sockets", AF_PACKET, SOCK_RAW, htons(ETH_P_ALL),
                                "Run as root, or setcap cap_net_raw+ep on catenet"));
  machine.push_back(socket_kind("raw sockets", AF_INET, SOCK_RAW, IPPROTO_ICMP,
                                "Run as root, or setcap cap_net_raw+ep on catenet"));
  Finding ping = socket_kind("ping sockets", AF_INET, SOCK_DGRAM, IPPROTO_ICMP,
                             "sysctl net.ipv4.ping_group_range=\"0 2147483647\"");
  std::string range = first_line_of("/proc/sys/net/ipv4/ping_group_range");
  for (char& c : range) c = c == '\t' ? ' ' : c;
  if (ping.ok) ping.says = fmt::format("ping_group_range {}", range);
  machine.push_back(std::move(ping));
}

// --- The rest ---

// Whether `depth` processes can be there at once, each the child of the one before.
int fork_in_turn(int depth) {
  if (depth == 0) return 0;
  const Errno error = try_apart([depth] { return fork_in_turn(depth - 1); });
  errno = static_cast<int>(error);
  return error == Errno::ok ? 0 : -1;
}

int listen_to_system_calls(unsigned flags) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  sock_filter allow_all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program{1, &allow_all};
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                    SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &program));
}

Finding notification() {
  const Errno error = try_apart([] { return listen_to_system_calls(0); });
  Finding found = finding("seccomp user notification", error,
                          error == Errno::busy ? "Another supervisor has it: run outside that"
                                               : "Needs Linux 5.14 with CONFIG_SECCOMP_FILTER");
  const auto waiting = [] { return listen_to_system_calls(notify::wait_for_answers); };
  if (found.ok && try_apart(waiting) != Errno::ok) {
    found.says = "before Linux 5.19 a signal may take a call's answer away";
  }
  return found;
}

std::string number_of(rlim_t limit) {
  return limit == RLIM_INFINITY ? "any number" : std::to_string(limit);
}

Finding processes() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NPROC, &limit);
  constexpr int enough = 16;
  const Errno error = try_apart([] { return fork_in_turn(enough); });
  Finding found = finding("processes", error, {});
  const std::string most = is_root() ? "" : fmt::format("at most {}", number_of(limit.rlim_cur));
  if (found.ok) found.says = most;
  return found;
}

Finding descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t enough = 1'024;
  return {"open files", limit.rlim_cur >= enough,
          fmt::format("at most {}, which may be raised to {}", limit.rlim_cur, limit.rlim_max),
          limit.rlim_cur >= enough ? "" : advice_for_limit(Errno::too_many_files)};
}

const Finding& named(const Examination& all, std::string_view name) {
  for (const Finding& finding : all.machine) {
    if (finding.name == name) return finding;
  }
  CATENET_ASSERT(false);
  return all.machine[0];
}

// Needs one of the two.
Finding either(const Examination& all, std::string name, const char* a, const char* b) {
  const bool has_a = named(all, a).ok;
  const bool has_b = named(all, b).ok;
  if (has_a || has_b) return {std::move(name), true, fmt::format("with {}", has_a ? a : b), {}};
  // The second asks less of a machine.
  const std::string& advice = named(all, b).advice;
  return {std::move(name), false, fmt::format("needs {} or {}", a, b), advice};
}

// A lab names a TAP or an interface, and neither stands for the other.
Finding outside(const Examination& all) {
  const Finding& tap = named(all, "a TAP on the machine");
  const Finding& sockets = named(all, "packet sockets");
  Finding found = either(all, "the machine's network: nodes of kind outside",
                         "a TAP on the machine", "packet sockets");
  if (!tap.ok) found.advice = "For a TAP: " + tap.advice;
  if (!sockets.ok) {
    found.advice += fmt::format("{}For an interface: {}", tap.ok ? "" : ". ", sockets.advice);
  }
  return found;
}

}  // namespace

Examination examine_machine() {
  Examination all;
  all.machine.push_back({"root", true, is_root() ? "yes" : "no, an ordinary user", {}});
  add_namespaces(all.machine);
  add_network(all.machine);
  all.machine.push_back(notification());
  all.machine.push_back(processes());
  all.machine.push_back(descriptors());

  all.modes.push_back({"labs in virtual time", true, "need nothing", {}});
  all.modes.push_back(either(all, "real programs: nodes of kind namespace",
                             "a namespace with a TAP", "a namespace with a veth pair"));
  all.namespaces = all.modes.back().ok;
  const Finding& notified = named(all, "seccomp user notification");
  all.modes.push_back({"real programs on a host's own stack: programs: real", notified.ok,
                       notified.ok ? "with seccomp user notification" : "", notified.advice});
  all.modes.push_back(outside(all));
  all.modes.push_back(
      either(all, "ping and traceroute on the machine", "ping sockets", "raw sockets"));
  return all;
}

std::optional<std::string> why_not_netns() {
  const auto problem = try_namespace(Attachment::automatic);
  return problem ? std::optional(problem->text()) : std::nullopt;
}

}  // namespace catenet::program
