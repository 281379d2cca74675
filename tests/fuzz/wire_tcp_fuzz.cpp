// TCP headers and options.
#include <cstdint>

#include "catenet/wire/tcp.hpp"

#include "wire_fuzz.hpp"

namespace {

using namespace catenet;
using namespace catenet::wire;
using fuzz::check;

void check_options(TcpOptions options) {
  options.malformed = false;                          // never written
  if (options.size() > TcpOptions::max_size) return;  // packed tighter than we pack
  check(TcpOptions::parse(fuzz::emitted(options)) == options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  check_options(TcpOptions::parse(input.view()));
  auto header = TcpHeader::parse(input.view());
  if (!header) return 0;
  check_options(header->options);
  header->options.malformed = false;
  if (header->options.size() > TcpOptions::max_size) return 0;
  check(TcpHeader::parse(fuzz::emitted(*header)) == *header);
  return 0;
}
