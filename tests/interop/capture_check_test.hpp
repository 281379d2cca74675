// What capture_faults.py says of a capture: nothing malformed, no wrong checksum, a reason at every
// drop. And captures of two ports, and commands of this machine.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "catenet/link/nic.hpp"
#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/event_log.hpp"

namespace catenet::interop {

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
  if (interop::missing(program)) GTEST_SKIP() << program << " is not installed"

// A folder of this test's own that every user may read, gone at its end.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "catenet-" + std::string(6, 'X');  // mkdtemp's wildcard
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = name;
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  std::string path(const std::string& name = {}) const { return (path_ / name).string(); }
  std::string write(const std::string& name, ByteView bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << as_text(bytes);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

// The faults of the pcapng file `capture`, a line each. `options` of the script: --report and the
// run.json of its run, --drops-alone, --unchecked6.
inline std::string faults_of_capture(const std::string& capture, const std::string& options = {}) {
  return output_of(CATENET_PYTHON " " CATENET_SOURCE_DIR "/tests/interop/capture_faults.py " +
                   capture + " " + options + " 2>&1 || echo that is what is wrong with " + capture);
}
inline std::string faults_of_capture(ByteView bytes, const std::string& options = {}) {
  const Folder folder;
  return faults_of_capture(folder.write("lab.pcapng", bytes), options);
}

// Port 0 of the capture is `outer`'s, port 1 `inner`'s.
inline void record_both(Nic& outer, Nic& inner, CaptureRecorder& capture, TeeRecorder& recorders) {
  for (Nic* nic : {&outer, &inner}) {
    const PortId port = nic == &inner ? 1 : 0;
    CaptureInterface shown;
    shown.name = nic->name();
    capture.add_port(port, shown);
    nic->set_recorder(&recorders, port);
  }
  recorders.add(capture);
}

}  // namespace catenet::interop
