// LabSystem: a lab host as a System: its sockets, names, files, configuration and clock.
#pragma once

#include <functional>

#include "catenet/host/host.hpp"
#include "catenet/socket/lab_configuration.hpp"
#include "catenet/socket/memory_files.hpp"
#include "catenet/socket/system.hpp"

namespace catenet {

class LabSystem final : public System {
 public:
  // A lab's 0 s: 2000-01-01 00:00:00 UTC.
  static constexpr i64 epoch_s = 946'684'800;
  using Log = std::function<void(std::string_view topic, std::string_view text)>;

  LabSystem(Host& host, FramePool& frames);

  const std::string& host_name() const override { return host_.name(); }
  Scheduler& scheduler() override { return scheduler_; }
  Instant now() const override { return scheduler_.now(); }
  i64 calendar_s() const override { return epoch_s + now().since_start().s(); }
  RandomStream& random() override { return random_; }
  Result<std::unique_ptr<Socket>> open(Family family, SocketType type, u8 protocol) override;
  Task<Result<std::vector<IpAddress>>> resolve(std::string name,
                                               std::optional<Family> family) override;
  std::string name_of(const IpAddress& address) override;
  Files& files() override { return *files_; }
  Configuration& configuration() override { return configuration_; }
  void log(std::string_view topic, std::string_view text) override;

  Host& host() { return host_; }
  MemoryFiles& memory() { return memory_; }
  // Another place for the files, which outlives this; nullptr goes back to memory.
  void set_files(Files* files) { files_ = files ? files : &memory_; }
  void set_log(Log log) { log_ = std::move(log); }

 private:
  Result<std::vector<IpAddress>> look_up(const std::string& name, std::optional<Family> family);

  Host& host_;
  Scheduler scheduler_;
  RandomStream random_;
  LabConfiguration configuration_;
  MemoryFiles memory_{epoch_s};
  Files* files_ = &memory_;
  Log log_;
};

}  // namespace catenet
