// PcapFilter: expressions of pcap-filter(7), compiled by libpcap and run on frames of ours. No
// device is opened.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "catenet/base/types.hpp"

namespace catenet::os {

class PcapFilter {
 public:
  // Of Ethernet frames. The error is libpcap's own sentence.
  static std::expected<PcapFilter, std::string> compile(const std::string& expression);

  // `frame` begins at its Ethernet header.
  bool matches(ByteView frame) const;

 private:
  struct Program;
  explicit PcapFilter(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace catenet::os
