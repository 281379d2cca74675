#include "catenet/os/kernel_option.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace catenet::os {
namespace {

TEST(KernelOption, there_and_back_is_the_same) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    for (int i = 0; i <= static_cast<int>(SocketOption::path_mtu); ++i) {
      const auto option = static_cast<SocketOption>(i);
      const auto number = kernel_option(option, family);
      if (!number) continue;
      EXPECT_EQ(option_of(*number, family), option) << i;
    }
  }
}

TEST(KernelOption, ipv6_socket_takes_options_of_ipv4_and_not_the_other_way_round) {
  EXPECT_EQ(option_of({IPPROTO_IP, IP_TTL}, Family::ipv6), SocketOption::ttl);
  EXPECT_EQ(option_of({IPPROTO_IPV6, IPV6_UNICAST_HOPS}, Family::ipv4), std::nullopt);
}

}  // namespace
}  // namespace catenet::os
