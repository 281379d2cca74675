// Namespace: a network namespace of the kernel with its own host name, processes, /etc/hosts and
// /etc/resolv.conf, whose interfaces we hold the other end of: TAPs, or veth pairs whose far end
// lies in a second namespace and is read by a packet socket. Read namespaces(7),
// user_namespaces(7), pid_namespaces(7).
//
//   Catenet ──control socket── first process (pid 1 of the namespace)
//     │ wires                      └─ sh -c "curl …", each in a process group of its own
//
// The first process ends when the control socket closes or Catenet dies, whatever kills it; the
// kernel then ends every process of the namespace, daemons too. Nothing is written outside it.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sys/types.h>
#include <vector>

#include "catenet/os/kernel_wire.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/program/problem.hpp"
#include "catenet/program/process.hpp"
#include "catenet/program/ticks.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::program {

struct Message;

struct InterfaceSpec {
  std::string name;  // at most 15 bytes
  MacAddress mac;
  u32 mtu = 1'500;
  // Without an IPv6 address and without slaac an interface has no IPv6.
  std::vector<InterfacePrefix> addresses;
};

struct RouteSpec {
  Prefix to;
  std::optional<IpAddress> via;
  u32 interface = 0;  // index into NamespaceSpec::interfaces
  u32 metric = 0;
};

struct HostName {
  std::string name;
  std::vector<IpAddress> addresses;
};

// A file of the namespace alone, in the place of the machine's or in a private place.
struct PlacedFile {
  std::string path;  // absolute
  std::string text;
};

enum class Privilege : u8 {
  automatic,       // as root if we are, else in a user namespace
  user_namespace,  // in a user namespace of its own, where our user is root
};

// What joins an interface to us.
enum class Attachment : u8 {
  automatic,  // a TAP where its device may be opened, else a veth pair
  tap,
  veth,
};

struct NamespaceSpec {
  std::string host_name;  // at most 64 bytes
  std::vector<InterfaceSpec> interfaces;
  std::vector<RouteSpec> routes;
  std::vector<HostName> hosts;  // /etc/hosts, beside localhost
  // Folders whose contents are the namespace's own, beside /tmp, /var/tmp, /run, /var/log and
  // /dev/shm: empty but for their folders.
  std::vector<std::string> private_places;
  std::vector<PlacedFile> files;
  bool forwarding = false;
  bool slaac = false;              // believe router advertisements
  bool detect_duplicates = false;  // IPv6 addresses are usable a second later (RFC 4862, 5.4)
  Privilege privilege = Privilege::automatic;
  Attachment attachment = Attachment::automatic;
  bool offload = true;  // super-segments and deferred checksums, where TAPs have a say in it
};

class Namespace final : public os::FdHandler {
 public:
  // Everything is set up, interfaces are up and addresses usable when this returns. `poller`
  // outlives the namespace.
  static std::expected<std::unique_ptr<Namespace>, Problem> create(const NamespaceSpec& spec,
                                                                   os::Poller& poller);
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;
  // Ends and reaps every process in it. `done` of those is not called.
  ~Namespace();

  // The outer end of interface `index`, for a KernelPort. Once each.
  os::KernelWire take_wire(u32 index) { return std::move(wires_[index]); }

  // Whether `programs` can run at once, by what the machine allows beside all that is there
  // already. Before anything is started.
  std::optional<Problem> rehearse(u32 programs);
  // Starts a program: standard input is /dev/null, the working directory and HOME a private one,
  // the environment a plain one with our PATH. `done` is called when its shell has ended. The
  // result names it. Errors: EMFILE, EMSGSIZE (a command too long), EPIPE (the namespace has
  // ended).
  Result<u32> start(const ProcessSpec& spec, ProcessDone done);
  // Sends `signal`, which is to end it, to the whole process group; one that has ended is left
  // alone. What is left of the group when its shell has ended is killed.
  void kill(u32 process, int signal);
  // Calls `listens` once when something listens on that TCP port.
  void await_port(u16 port, std::function<void()> listens);
  // What that process, which still runs, has printed so far; nullptr: it has ended.
  const Process* running(u32 process) const;

  // Ends every process in `namespaces`, all at once: SIGTERM, and SIGKILL two seconds later. What
  // was still there and no program's own, did not run, or had to be killed is in left_over().
  // `done` of the programs that ran is called meanwhile. Nothing can be started any more.
  static void finish(std::span<const std::unique_ptr<Namespace>> namespaces, os::Poller& poller);
  // Sentences: "nginx (process 7) had gone into the background".
  const std::vector<std::string>& left_over() const { return left_over_; }

  // Why it ended before it was finished, "its namespace was ended from outside"; empty: it has not.
  // That somebody killed its first process is one way; that this does not answer any more, because
  // it was stopped, is another: then it is killed, after `patience_s`.
  const std::string& why_ended() const { return why_ended_; }
  static constexpr int patience_s = 5;

  // Of the first process, as seen from here.
  pid_t pid() const { return pid_; }

  void on_ready(bool readable, bool writable) override;

 private:
  explicit Namespace(os::Poller& poller) : poller_(poller), ticks_(poller, [this] { on_tick(); }) {}
  std::optional<Problem> launch(const NamespaceSpec& spec);
  std::optional<Problem> map_user() const;
  std::optional<Problem> await_setup(std::size_t interfaces);
  void finish_process(u32 id, ProcessOutcome outcome);
  void finish_all(std::string why);
  void on_exited(const Message& message);
  void on_tick();
  std::string how_it_ended() const;

  os::Poller& poller_;
  os::Descriptor control_;
  pid_t pid_ = -1;
  std::vector<os::KernelWire> wires_;
  std::map<u32, std::unique_ptr<Process>> processes_;
  u32 next_process_ = 1;
  std::map<u16, std::vector<std::function<void()>>> awaited_ports_;
  std::vector<std::string> left_over_;
  bool finished_ = false;
  std::string why_ended_;
  Ticks ticks_;
  int unanswered_ticks_ = 0;
  bool asked_ = false;
};

}  // namespace catenet::program
