// Settings of Linux as ours.
#include "catenet/drill/setup.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/setup_table.hpp"

namespace catenet::drill {
namespace {

// What is said of `command`, the first line; `setup` is changed by it.
std::string setup_complaint(Scene& setup, std::string command) {
  Problems problems;
  apply_command(setup, {std::move(command), {}}, problems);
  const std::string all = problems.to_string("t", "");
  return all.substr(0, all.find('\n'));
}
std::string setup_complaint(std::string command) {
  Scene setup;
  return setup_complaint(setup, std::move(command));
}

TEST(DrillSetup, settings_come_by_sysctl_proc_and_lists) {
  Scene setup;
  EXPECT_EQ(setup_complaint(setup,
                            "sysctl -q -w net.ipv4.tcp_sack=0; echo 0 > "
                            "/proc/sys/net/ipv4/tcp_timestamps"),
            "");
  EXPECT_EQ(setup_complaint(setup,
                            "./set_sysctls.py \\\n /proc/sys/net/ipv4/tcp_window_scaling=0 &&\n"
                            "sysctl net.ipv4.tcp_rmem=\"4096 70000 90000\""),
            "");
  EXPECT_FALSE(setup.host.tcp.sack);
  EXPECT_FALSE(setup.host.tcp.timestamps);
  EXPECT_FALSE(setup.host.tcp.window_scaling);
  EXPECT_EQ(setup.host.tcp.receive_buffer, 70'000u);
}

TEST(DrillSetup, loss_detection_and_marks_go_by_linux_numbers) {
  Scene setup;
  EXPECT_EQ(apply_sysctl(setup, "net.ipv4.tcp_recovery", "0"), Fit::done);
  EXPECT_EQ(apply_sysctl(setup, "net.ipv4.tcp_early_retrans", "0"), Fit::done);
  EXPECT_EQ(apply_sysctl(setup, "net.ipv4.tcp_frto", "0"), Fit::done);
  EXPECT_EQ(apply_sysctl(setup, "net.ipv4.tcp_ecn", "1"), Fit::done);
  EXPECT_EQ(setup.host.tcp.loss_detection, tcp::LossDetection::sack);
  EXPECT_FALSE(setup.host.tcp.tail_loss_probe);
  EXPECT_FALSE(setup.host.tcp.frto);
  EXPECT_EQ(setup.host.tcp.ecn, tcp::Ecn::on);
  EXPECT_EQ(apply_sysctl(setup, "net.ipv4.tcp_ecn", "2"), Fit::done);
  EXPECT_EQ(setup.host.tcp.ecn, tcp::Ecn::passive);
}

TEST(DrillSetup, routes_and_links_have_settings) {
  Scene setup;
  EXPECT_EQ(
      setup_complaint(setup, "ip route replace default via 192.168.0.2 initcwnd 3 rto_min 300ms"),
      "");
  EXPECT_EQ(setup_complaint(setup, "ip link set dev tun0 mtu 1400"), "");
  EXPECT_EQ(setup_complaint(setup, "tc qdisc replace dev tun0 root fq"), "");
  EXPECT_EQ(setup.host.tcp.initial_window, 3u);
  EXPECT_EQ(setup.host.tcp.rto.min, 300_ms);
  EXPECT_EQ(setup.mtu, 1'400u);
}

TEST(DrillSetup, every_setting_of_the_table_takes_some_value) {
  for (const std::string_view key : known_sysctls()) {
    Scene setup;
    int taken = 0;
    for (const std::string_view value : {"0", "1", "100", "cubic", "4096 5000 6000", "5000 6000"}) {
      const Fit fit = apply_sysctl(setup, key, value);
      EXPECT_NE(fit, Fit::unknown) << key;
      if (fit == Fit::done || fit == Fit::already) ++taken;
    }
    EXPECT_GT(taken, 0) << key;
  }
}

TEST(DrillSetup, retries_are_times) {
  Scene setup;
  EXPECT_EQ(apply_sysctl(setup, "net.ipv4.tcp_retries2", "3"), Fit::done);
  EXPECT_EQ(setup.host.tcp.r2, 3'000_ms);  // 0.2 + 0.4 + 0.8 + 1.6 s
}

TEST(DrillSetup, what_has_no_counterpart_is_named) {
  EXPECT_EQ(setup_complaint("sysctl -w net.ipv4.tcp_dsack=0"), "t: ignored: net.ipv4.tcp_dsack=0");
  EXPECT_EQ(setup_complaint("sysctl -w net.ipv4.tcp_sackk=1"), "t: ignored: net.ipv4.tcp_sackk");
  EXPECT_EQ(setup_complaint("sysctl -w net.ipv4.tcp_sack=7"),
            "t: error: '7' is no value of net.ipv4.tcp_sack");
  EXPECT_EQ(setup_complaint("sysctl net.ipv4.tcp_sack"),
            "t: error: 'net.ipv4.tcp_sack' sets nothing");
  EXPECT_EQ(setup_complaint("sysctl -w =0"), "t: error: '=0' sets nothing");
  EXPECT_EQ(setup_complaint("sysctl -w net.ipv4.tcp_sack=0 # and why"), "");
  EXPECT_EQ(setup_complaint("iptables -A INPUT"), "t: ignored: the command 'iptables'");
  EXPECT_EQ(setup_complaint("tc qdisc add dev tun0 root netem loss 1%"),
            "t: ignored: 'tc qdisc add dev tun0 root netem loss 1%'");
}

TEST(DrillSetup, what_does_not_go_together_is_told) {
  EXPECT_EQ(setup_complaint("sysctl catenet.tcp.rto_min_ms=2000 catenet.tcp.rto_max_ms=1000"),
            "t: error: the least retransmission time-out, 2 s, is above the greatest, 1 s");
}

TEST(DrillSetup, options_of_a_script) {
  Scene setup;
  Problems problems;
  for (const auto& [name, value] : {std::pair{"ip_version", "ipv6"},
                                    {"mtu", "9000"},
                                    {"tolerance_usecs", "500"},
                                    {"local_ip", "10.0.0.1"},
                                    {"remote_ip", "10.9.9.9"},
                                    {"gateway_ip", "10.0.0.2"},
                                    {"bind_port", "80"}}) {
    apply_option(setup, {name, value, {}}, problems);
  }
  EXPECT_TRUE(problems.all().empty()) << problems.to_string("t", "");
  EXPECT_EQ(setup.version, IpVersion::ipv6);
  EXPECT_EQ(setup.mtu, 9'000u);
  EXPECT_EQ(setup.tolerance, 500_us);
  EXPECT_EQ(setup.ipv4.local.address, *IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(setup.ipv4.remote, *IpAddress::parse("10.9.9.9"));
  EXPECT_EQ(setup.bind_port, 80);
  apply_option(setup, {"mtu", "3", {}}, problems);
  EXPECT_TRUE(problems.fatal());
}

}  // namespace
}  // namespace catenet::drill
