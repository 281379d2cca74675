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
#include "catenet/program/programs.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::program {

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

class Namespace final : public Programs {
 public:
  // Everything is set up, interfaces are up and addresses usable when this returns. `poller`
  // outlives the namespace.
  static std::expected<std::unique_ptr<Namespace>, Problem> create(const NamespaceSpec& spec,
                                                                   os::Poller& poller);

  // The outer end of interface `index`, for a KernelPort. Once each.
  os::KernelWire take_wire(u32 index) { return std::move(wires_[index]); }

  Result<u32> start(const ProcessSpec& spec, ProcessDone done) override {
    return start_with(spec, std::move(done), -1);
  }
  // Calls `listens` once when something listens on that TCP port.
  void await_port(u16 port, std::function<void()> listens);

 private:
  explicit Namespace(os::Poller& poller) : Programs(poller, "namespace") {}
  std::optional<Problem> launch(const NamespaceSpec& spec);
  std::optional<Problem> map_user() const;
  std::optional<Problem> await_setup(std::size_t interfaces);
  void on_message(const Message& message) override;
  void on_finishing() override { awaited_ports_.clear(); }

  std::vector<os::KernelWire> wires_;
  std::map<u16, std::vector<std::function<void()>>> awaited_ports_;
};

}  // namespace catenet::program
