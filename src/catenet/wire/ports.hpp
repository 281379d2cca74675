// Service names and port numbers (IANA registry, RFC 6335). A table of our own, so that a lab means
// the same on every machine whatever its /etc/services says.
#pragma once

#include <optional>
#include <string_view>

#include "catenet/base/types.hpp"
#include "catenet/wire/ip_protocol.hpp"

namespace catenet::wire {

// RFC 6335, 6: 0 to 1023, 1024 to 49151, 49152 to 65535.
enum class PortClass : u8 { well_known, registered, dynamic };

constexpr PortClass port_class(u16 port) {
  if (port < 1024) return PortClass::well_known;
  return port < 49152 ? PortClass::registered : PortClass::dynamic;
}

// The service's name, "http"; empty when the table has none for `protocol` (tcp, udp or sctp).
std::string_view service_name(u16 port, IpProtocol protocol);
// The port of a name or a usual alias ("www", "domain", "dns"), in lower case.
std::optional<u16> service_port(std::string_view name, IpProtocol protocol);
// A name as service_port takes it, or a decimal number 0 to 65535.
std::optional<u16> parse_port(std::string_view text, IpProtocol protocol);

}  // namespace catenet::wire
