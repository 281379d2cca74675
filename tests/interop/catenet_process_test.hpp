// `catenet run` as a process of its own, on the machines that it may find: as root and as an
// ordinary user, with /dev/net/tun open to that user and closed.
#pragma once

#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "capture_check_test.hpp"

namespace catenet {

using interop::output_of;

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

// A lab file that every user may read.
class LabFile {
 public:
  explicit LabFile(const std::string& text) { folder_.write("lab.yaml", as_bytes(text)); }
  std::string path() const { return folder_.path("lab.yaml"); }

 private:
  interop::Folder folder_;
};

struct Ran {
  int exit = -1;
  nlohmann::json report;  // discarded: there was none
  std::string error;
  int captures = 0;  // that were written, and looked at

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
    const interop::Folder folder;
    const std::string error_file = folder.path("error");
    const std::string out = folder.path("out");
    std::filesystem::create_directory(out);
    std::filesystem::permissions(out, std::filesystem::perms(0777));
    const std::string said = output_of(command(fmt::format("run --json --out {} {}", out, lab)) +
                                       " 2>" + error_file + "; echo $?");
    const std::size_t end = said.rfind('\n', said.size() - 2);
    ran.exit = std::atoi(said.substr(end == said.npos ? 0 : end + 1).c_str());
    ran.report = nlohmann::json::parse(said.substr(0, end == said.npos ? 0 : end), nullptr, false);
    std::ifstream file(error_file);
    ran.error.assign(std::istreambuf_iterator<char>(file), {});
    for (const auto& lab_folder : std::filesystem::directory_iterator(out)) {
      const std::string run = lab_folder.path().string();
      if (!std::filesystem::exists(run + "/lab.pcapng")) continue;  // it never began
      // What root's frames look like is what a user's do.
      const std::string options = GetParam().root ? "" : " --drops-alone";
      EXPECT_EQ(interop::faults_of_capture(run + "/lab.pcapng",
                                           "--report " + run + "/run.json" + options),
                "");
      ++ran.captures;
    }
    return ran;
  }
  static Ran run_text(const std::string& text) { return run(LabFile(text).path()); }
  static void expect_passed(const Ran& ran) {
    EXPECT_EQ(ran.exit, 0) << ran.error << ran.report.dump(2);
    EXPECT_EQ(ran.captures, 1);
  }
};

}  // namespace catenet
