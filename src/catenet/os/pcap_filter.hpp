// PcapFilter: expressions of pcap-filter(7), compiled by libpcap and run on frames of ours. No
// device is opened.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet::os {

class PcapFilter {
 public:
  // Of Ethernet frames. The error is libpcap's own sentence, or ours: names, which libpcap would
  // look up on the machine, are refused, and so is what it would compile for minutes.
  static std::expected<PcapFilter, std::string> compile(const std::string& expression);

  // Whether the word has a meaning of its own in expressions.
  static bool is_keyword(std::string_view word);

  // `frame` begins at its Ethernet header.
  bool matches(ByteView frame) const;

 private:
  struct Program;
  explicit PcapFilter(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace catenet::os
