#include "catenet/wire/ports.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {
namespace {

TEST(Rfc6335, s6_three_ranges_of_ports) {
  EXPECT_EQ(port_class(0), PortClass::well_known);
  EXPECT_EQ(port_class(1023), PortClass::well_known);
  EXPECT_EQ(port_class(1024), PortClass::registered);
  EXPECT_EQ(port_class(49151), PortClass::registered);
  EXPECT_EQ(port_class(49152), PortClass::dynamic);
  EXPECT_EQ(port_class(65535), PortClass::dynamic);
}

TEST(Ports, names_depend_on_the_transport) {
  EXPECT_EQ(service_name(80, IpProtocol::tcp), "http");
  EXPECT_EQ(service_name(514, IpProtocol::tcp), "shell");
  EXPECT_EQ(service_name(514, IpProtocol::udp), "syslog");
  EXPECT_EQ(service_name(69, IpProtocol::udp), "tftp");
  EXPECT_EQ(service_name(69, IpProtocol::tcp), "");
  EXPECT_EQ(service_name(80, IpProtocol::icmp), "");
  EXPECT_EQ(service_name(64000, IpProtocol::tcp), "");
}

TEST(Ports, names_and_aliases_give_the_port) {
  EXPECT_EQ(service_port("http", IpProtocol::tcp), 80);
  EXPECT_EQ(service_port("www", IpProtocol::tcp), 80);
  EXPECT_EQ(service_port("domain", IpProtocol::udp), 53);
  EXPECT_EQ(service_port("bootps", IpProtocol::udp), 67);
  EXPECT_EQ(service_port("rip", IpProtocol::udp), 520);
  EXPECT_EQ(service_port("telnet", IpProtocol::udp), std::nullopt);
  EXPECT_EQ(service_port("", IpProtocol::tcp), std::nullopt);
  EXPECT_EQ(service_port("HTTP", IpProtocol::tcp), std::nullopt);
}

TEST(Ports, every_name_leads_back_to_its_port) {
  for (u32 port = 0; port <= 65535; ++port) {
    for (const IpProtocol protocol : {IpProtocol::tcp, IpProtocol::udp, IpProtocol::sctp}) {
      const auto name = service_name(static_cast<u16>(port), protocol);
      if (name.empty()) continue;
      EXPECT_EQ(service_port(name, protocol), port);
    }
  }
}

TEST(Ports, numbers_are_taken_as_they_are) {
  EXPECT_EQ(parse_port("8080", IpProtocol::tcp), 8080);
  EXPECT_EQ(parse_port("ssh", IpProtocol::tcp), 22);
  EXPECT_EQ(parse_port("65536", IpProtocol::tcp), std::nullopt);
  EXPECT_EQ(parse_port("-1", IpProtocol::tcp), std::nullopt);
}

TEST(IpProtocol, name_and_number_are_inverse) {
  for (u32 n = 0; n < 256; ++n) {
    const auto protocol = static_cast<IpProtocol>(n);
    const auto name = protocol_name(protocol);
    if (name.empty()) continue;
    EXPECT_EQ(protocol_by_name(name), protocol);
  }
  EXPECT_EQ(protocol_name(IpProtocol::tcp), "tcp");
  EXPECT_EQ(protocol_name(static_cast<IpProtocol>(200)), "");
  EXPECT_EQ(protocol_by_name("nonsense"), std::nullopt);
  EXPECT_EQ(parse_error_name(ParseError::bad_length), "bad_length");
}

}  // namespace
}  // namespace catenet::wire
