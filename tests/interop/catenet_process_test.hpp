// `catenet run` as a process of its own, on the machines that it may find: as root and as an
// ordinary user, with /dev/net/tun open to that user and closed.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace catenet {

struct Machine {
  bool root = true;
  bool tun = true;
};

inline std::string machine_name(const testing::TestParamInfo<Machine>& info) {
  return fmt::format("{}_tun_{}", info.param.root ? "root" : "user",
                     info.param.tun ? "open" : "closed");
}
inline const auto all_machines = testing::Values(Machine{true, true}, Machine{true, false},
                                                 Machine{false, true}, Machine{false, false});

inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  pclose(pipe);
  return out;
}

inline bool missing(const std::string& program) {
  return output_of("PATH=$PATH:/usr/sbin command -v " + program).empty();
}

#define SKIP_WITHOUT(program) \
  if (missing(program)) GTEST_SKIP() << program << " is not installed"

// A lab file that every user may read.
class LabFile {
 public:
  explicit LabFile(const std::string& text) {
    static int made = 0;
    folder_ = testing::TempDir() + fmt::format("catenet-lab-{}-{}", ::getpid(), ++made);
    EXPECT_TRUE(std::filesystem::create_directory(folder_));
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    std::ofstream(path()) << text;
  }
  LabFile(const LabFile&) = delete;
  LabFile& operator=(const LabFile&) = delete;
  ~LabFile() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  std::string path() const { return folder_ + "/lab.yaml"; }

 private:
  std::string folder_;
};

struct Ran {
  int exit = -1;
  nlohmann::json report;  // discarded: there was none
  std::string error;

  std::string notes() const {
    std::string text;
    for (const auto& note : report.value("notes", nlohmann::json::array())) {
      text += note.get<std::string>() + "\n";
    }
    return text;
  }
  const nlohmann::json& step(const std::string& name) const {
    for (const auto& step : report.at("steps")) {
      if (step.at("name") == name) return step;
    }
    ADD_FAILURE() << "no step " << name;
    return report.at("steps").at(0);
  }
  std::string fault(const std::string& name) const {
    const auto& faults = step(name).at("faults");
    return faults.empty() ? "" : faults[0].get<std::string>();
  }
};

class CatenetProcess : public testing::TestWithParam<Machine> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become every user";
    const std::string doctor = output_of(command("doctor") + " 2>&1; echo $?");
    if (!doctor.ends_with("\n0\n")) GTEST_SKIP() << doctor;
  }

  // In a mount namespace with a /dev/net of its own: this machine's is left alone.
  static std::string command(const std::string& arguments) {
    const Machine& machine = GetParam();
    return fmt::format(
        "unshare -m sh -c 'mount -t tmpfs none /dev/net && {} && cd / && exec \"$@\"' sh {} {} {}",
        machine.tun ? "mknod /dev/net/tun c 10 200 && chmod 666 /dev/net/tun"
                    : "mknod -m 600 /dev/net/tun c 10 0",
        machine.root ? "" : "setpriv --reuid=65534 --regid=65534 --clear-groups", CATENET_BINARY,
        arguments);
  }
  static Ran run(const std::string& lab) {
    Ran ran;
    const std::string error_file = testing::TempDir() + fmt::format("catenet-error-{}", ::getpid());
    const std::string said =
        output_of(command("run --json --no-files " + lab) + " 2>" + error_file + "; echo $?");
    const std::size_t end = said.rfind('\n', said.size() - 2);
    ran.exit = std::atoi(said.substr(end == said.npos ? 0 : end + 1).c_str());
    ran.report = nlohmann::json::parse(said.substr(0, end == said.npos ? 0 : end), nullptr, false);
    std::ifstream file(error_file);
    ran.error.assign(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(error_file);
    return ran;
  }
  static Ran run_text(const std::string& text) { return run(LabFile(text).path()); }
  static void expect_passed(const Ran& ran) {
    EXPECT_EQ(ran.exit, 0) << ran.error << ran.report.dump(2);
  }
};

}  // namespace catenet
