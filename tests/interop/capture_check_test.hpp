// What tshark says of a capture: nothing malformed, no wrong checksum, a reason at every drop.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "catenet/base/types.hpp"

namespace catenet::interop {

inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  pclose(pipe);
  return out;
}

inline bool missing(const std::string& program) {
  return output_of("command -v " + program).empty();
}

// The frames of the pcapng `bytes` that tshark finds fault with, a line each; empty: none, or there
// is no tshark.
inline std::string faults_of_capture(ByteView bytes) {
  if (missing("tshark")) return {};
  std::string name = (std::filesystem::temp_directory_path() / "catenet-").string();
  name += std::string(6, 'X');  // mkstemp's wildcard
  const int file = mkstemp(name.data());
  if (file < 0) return "no temporary file";
  ::close(file);
  std::ofstream(name, std::ios::binary) << as_text(bytes);
  const std::string wrong =
      "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 ||"
      " udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 ||"
      " (frame.comment && !(frame.comment contains \"dropped: \"))";
  std::string said =
      output_of("tshark -n -r " + name +
                " -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE"
                " -o ip.check_checksum:TRUE -o tcp.reassemble_out_of_order:TRUE -Y '" +
                wrong + "' || echo tshark cannot read it");
  std::filesystem::remove(name);
  return said;
}

}  // namespace catenet::interop
