// TCP headers and options.
#include "catenet/wire/tcp.hpp"

#include "fuzz.hpp"

namespace catenet::wire_tcp_fuzz {
namespace {

using namespace wire;
using fuzz::check;

void check_options(TcpOptions options) {
  options.malformed = false;                          // never written
  if (options.size() > TcpOptions::max_size) return;  // packed tighter than we pack
  check(TcpOptions::parse(fuzz::emitted(options)) == options);
}

}  // namespace

int run(const u8* data, std::size_t size) {
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

}  // namespace catenet::wire_tcp_fuzz

FUZZ_TARGET(wire_tcp_fuzz)
