// Any fragments in any order: memory stays bounded, every packet taken in comes out once, and a
// datagram that is made holds the right bytes in the right places under headers that parse.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/ip/reassembly.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"

#include "fuzz.hpp"

namespace catenet::reassembly_fuzz {
namespace {

using fuzz::check;

// One instruction of a script: a fragment, 8 bytes.
struct Step {
  static constexpr std::size_t size = 8;
  explicit Step(const u8* at)
      : six(at[0] & 1),
        more((at[0] & 2) != 0),
        ecn(at[0] >> 2 & 3),
        source(at[0] >> 4 & 3),
        identification(at[1] & 7),
        protocol(at[1] & 8 ? 6 : 17),
        wait(at[2]),
        option_words(at[3] & 3),
        offset((load16(at + 4) & 0x1fffu) * 8),
        length(load16(at + 6) & 0x7ff) {}

  bool six, more;
  u8 ecn, source;
  u32 identification;
  u8 protocol, wait;
  u32 option_words;
  u32 offset, length;
};

u8 data_byte(u32 identification, u32 at) {
  return static_cast<u8>(mix64(u64{identification} << 32 | at) >> 56);
}

class Play {
 public:
  void run(const u8* data, std::size_t size) {
    for (; size >= Step::size; data += Step::size, size -= Step::size) take(Step(data));
    for (Reassembler* machine : {&four_, &six_}) {
      now_ += Duration::seconds(60);
      expire(*machine);
      check(machine->bytes() == 0 && machine->datagrams() == 0);
    }
    check(held_ == 0 && pool_.live() == 0);
  }

 private:
  void take(const Step& step) {
    now_ += Duration::milliseconds(step.wait);
    Packet packet = step.six ? ipv6(step) : ipv4(step);
    const auto info =
        step.six ? ipv6_fragment_info(packet, 1, 40, 6) : ipv4_fragment_info(packet, 1);
    if (!info) return;
    Reassembler& machine = step.six ? six_ : four_;
    expire(machine);
    ++held_;
    auto result = machine.add(now_, std::move(packet), *info);
    held_ -= result.discarded.size() + result.evicted.size() + result.fragments;
    held_ -= result.outcome == ReassemblyResult::Outcome::dropped;
    check(result.packet.operator bool() != (result.outcome == ReassemblyResult::Outcome::waiting));
    if (result.outcome == ReassemblyResult::Outcome::complete) look_at(step, result.packet);
    result = {};
    check(pool_.live() == held_);
    check(machine.bytes() <= limits_.host_bytes && machine.datagrams() <= limits_.datagrams);
  }
  void expire(Reassembler& machine) {
    while (auto expired = machine.poll_expired(now_)) {
      check(expired->fragments == expired->rest.size() + (expired->first ? 1 : 0));
      held_ -= expired->fragments;
    }
    check(machine.next_deadline() > now_);
  }
  static void look_at(const Step& step, const Packet& packet) {
    const u8* header = packet.data();
    u32 start = 40;
    if (step.six) {
      check(wire::Ipv6View(header).total_length() == packet.size());
      check(header[6] == 17 || header[6] == 6);
    } else {
      const wire::Ipv4View view(header);
      check(view.total_length() == packet.size() && view.checksum_ok() && !view.is_fragment());
      start = view.header_size();
    }
    const bool atomic = step.six && step.offset == 0 && !step.more;
    for (u32 at = start; at < packet.size() && !atomic; ++at) {
      check(header[at] == data_byte(step.identification, at - start));
    }
  }

  Packet ipv4(const Step& step) {
    const u32 header_size = 20 + 4 * step.option_words;
    const u32 length = std::min(step.length, 65'535 - header_size);
    Packet packet = pool_.allocate(header_size + length);
    u8* to = packet.append(header_size + length);
    std::memset(to, 1, header_size);
    to[0] = static_cast<u8>(0x40 | header_size / 4);
    to[1] = step.ecn;
    store16(to + 2, static_cast<u16>(header_size + length));
    store16(to + 4, static_cast<u16>(step.identification));
    store16(to + 6, static_cast<u16>((step.more ? 0x2000 : 0) | step.offset / 8));
    to[9] = step.protocol;
    to[15] = step.source;
    wire::ipv4_edit::store_checksum(to);
    for (u32 i = 0; i < length; ++i)
      to[header_size + i] = data_byte(step.identification, step.offset + i);
    return packet;
  }
  Packet ipv6(const Step& step) {
    Packet packet = pool_.allocate(48 + step.length);
    u8* to = packet.append(48 + step.length);
    std::memset(to, 0, 48);
    store32(to, 0x60000000u | u32{step.ecn} << 20);
    store16(to + 4, static_cast<u16>(8 + step.length));
    to[6] = 44;
    to[23] = step.source;
    to[40] = step.protocol;
    store16(to + 42, static_cast<u16>(step.offset | (step.more ? 1u : 0u)));
    store32(to + 44, step.identification);
    for (u32 i = 0; i < step.length; ++i)
      to[48 + i] = data_byte(step.identification, step.offset + i);
    return packet;
  }

  PacketPool pool_;
  ReassemblyLimits limits_{.host_bytes = 96 << 10, .peer_bytes = 64 << 10, .datagrams = 8};
  Reassembler four_{limits_, 1};
  Reassembler six_{limits_, 2};
  Instant now_;
  u64 held_ = 0;
};

}  // namespace

int run(const u8* data, std::size_t size) {
  if (size > 4'096) return 0;
  Play().run(data, size);
  return 0;
}

}  // namespace catenet::reassembly_fuzz

FUZZ_TARGET(reassembly_fuzz)
