// MachineSystem: the machine itself as a System, so that what was written for lab hosts runs on the
// kernel's sockets. Repeats nothing: its clock, luck and network are the machine's.
#pragma once

#include "catenet/os/host_table.hpp"
#include "catenet/os/machine_configuration.hpp"
#include "catenet/os/machine_files.hpp"
#include "catenet/os/machine_loop.hpp"
#include "catenet/os/name_resolver.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::os {

class MachineSystem final : public System {
 public:
  // Errors: EMFILE, ENOMEM.
  static Result<std::unique_ptr<MachineSystem>> create();

  const std::string& host_name() const override { return loop_->origin().name(); }
  Scheduler& scheduler() override { return loop_->scheduler(); }
  // This very moment, so that what is measured is not as coarse as a batch of events.
  Instant now() const override { return loop_->now(); }
  i64 calendar_s() const override { return calendar_ms() / 1'000; }
  i64 calendar_ms() const override;
  RandomStream& random() override { return random_; }
  // A datagram socket whose protocol is ICMP or ICMPv6 is the kernel's ping socket (icmp(7)).
  Result<std::unique_ptr<Socket>> open(Family family, SocketType type, u8 protocol) override;
  Task<Result<std::vector<IpAddress>>> resolve(std::string name,
                                               std::optional<Family> family) override;
  std::string name_of(const IpAddress& address) override;
  Files& files() override { return files_; }
  Configuration& configuration() override { return configuration_; }
  // To standard error.
  void log(std::string_view topic, std::string_view text) override;

  MachineLoop& loop() { return *loop_; }
  // Whether a name is being asked for, which the destructor would wait for.
  bool resolving() const { return resolver_.busy(); }
  // Whether a raw socket was refused, and no ping socket took its place.
  bool lacks_raw_sockets() const { return lacks_raw_sockets_; }

 private:
  MachineSystem(std::unique_ptr<MachineLoop> loop, u64 seed);

  std::unique_ptr<MachineLoop> loop_;
  RandomStream random_;
  MachineFiles files_;
  MachineConfiguration configuration_;
  NameResolver resolver_{*loop_};
  std::optional<HostTable> hosts_;  // read when first asked
  bool lacks_raw_sockets_ = false;
};

}  // namespace catenet::os
