#include "catenet/os/pcap_filter.hpp"

#include <pcap/pcap.h>

namespace catenet::os {

struct PcapFilter::Program {
  bpf_program code{};
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { pcap_freecode(&code); }
};

std::expected<PcapFilter, std::string> PcapFilter::compile(const std::string& expression) {
  constexpr int longest_frame = 262'144;
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(
      pcap_open_dead(DLT_EN10MB, longest_frame), &pcap_close);
  if (!handle) return std::unexpected("libpcap gave no handle");
  auto program = std::make_shared<Program>();
  if (pcap_compile(handle.get(), &program->code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) !=
      0) {
    return std::unexpected(std::string(pcap_geterr(handle.get())));
  }
  return PcapFilter(std::move(program));
}

bool PcapFilter::matches(ByteView frame) const {
  pcap_pkthdr header{};
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  return pcap_offline_filter(&program_->code, &header, frame.data()) != 0;
}

}  // namespace catenet::os
