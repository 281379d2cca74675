// IPv4 options on their way through: routes are recorded, time is stamped, source routes are
// refused. Read RFC 791 section 3.1, RFC 1122 section 3.2.1.8, RFC 1812 sections 4.2.2.1
// and 5.2.4.1, and RFC 7126 on source routes.
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv4Header;
using wire::Ipv4OptionType;
using wire::Ipv4View;
using wire::RouteOption;
using wire::TimestampOption;

// What this host records of itself: of the link the datagram leaves by, or the address it was sent
// to.
Ipv4Address Ipv4::recording_address(const Interface& in, const Ipv4View& header,
                                    const Interface* out) const {
  if (!out && layer_.is_local(header.destination())) return header.destination();
  const InterfaceAddress* own = (out ? out : &in)->primary4();
  return own ? own->address.v4() : any_address();
}

void Ipv4::option_problem(Interface& in, Packet packet, u32 offset) {
  counters_.in_hdr_errors += wire_packets(packet);
  const u32 pointer = wire::ipv4::min_header_size + offset;
  refuse(in, std::move(packet), Icmpv4Header::parameter_problem(static_cast<u8>(pointer)),
         Drop::bad_ip_options);
}

// What the source notes of itself as the datagram leaves: it routes it too (RFC 791 section 3.1),
// and sets the timestamps that are its own (RFC 1122 section 3.2.1.8). The options in `area` are
// sound.
void Ipv4::note_source(MutableBytes area, Ipv4Address source) const {
  for (const wire::Ipv4Option& option : wire::Ipv4OptionList(area)) {
    u8* at = area.data() + option.offset;
    if (option.type == Ipv4OptionType::record_route && !RouteOption(at).exhausted()) {
      RouteOption(at).record(source);
    } else if (option.type == Ipv4OptionType::timestamp && !TimestampOption(at).full()) {
      const auto ours = [&](Ipv4Address address) { return layer_.is_local(address); };
      TimestampOption(at).stamp(source, timestamp_ms(layer_.now()), ours);
    }
  }
}

// Takes note in the options of `packet`, which goes out by `out` or stays here (nullptr). False: it
// is gone.
bool Ipv4::process_options(Interface& in, Packet& packet, const Interface* out) {
  const Ipv4View header(packet.data());
  const wire::Ipv4OptionList options = header.options();
  if (const auto bad = options.bad_offset()) {
    option_problem(in, std::move(packet), *bad);
    return false;
  }
  const Ipv4Address own = recording_address(in, header, out);
  u8* area = packet.data() + wire::ipv4::min_header_size;
  bool changed = false;
  for (const wire::Ipv4Option& option : options) {
    u8* at = area + option.offset;
    switch (option.type) {
      case Ipv4OptionType::loose_source_route:
      case Ipv4OptionType::strict_source_route:
        if (!out && RouteOption(at).exhausted()) break;  // it ends here, as if there had been none
        refuse(in, std::move(packet),
               Icmpv4Header::unreachable(wire::UnreachableCode::source_route_failed),
               Drop::bad_ip_options);
        return false;
      case Ipv4OptionType::record_route:
        if (RouteOption(at).exhausted()) break;
        RouteOption(at).record(own);
        changed = true;
        break;
      case Ipv4OptionType::timestamp: {
        const auto ours = [&](Ipv4Address address) { return layer_.is_local(address); };
        const auto outcome = TimestampOption(at).stamp(own, timestamp_ms(layer_.now()), ours);
        if (outcome == TimestampOption::Outcome::counter_is_full) {
          option_problem(in, std::move(packet), option.offset + 3u);
          return false;
        }
        changed = changed || outcome != TimestampOption::Outcome::not_ours;
        break;
      }
      default: break;  // RFC 1122 section 3.2.1.8: the rest is passed over
    }
  }
  if (changed) wire::ipv4_edit::store_checksum(packet.data());
  return true;
}

}  // namespace catenet
