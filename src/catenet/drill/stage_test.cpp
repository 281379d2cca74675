// The host on its wire.
#include "catenet/drill/stage.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/conversation.hpp"
#include "catenet/drill/script_reader_test.hpp"

namespace catenet::drill {
namespace {

using testing::packet_of;

// Sends `text` to a fresh host; what came back, as bytes.
std::deque<Sent> answers(const Scene& setup, const std::string& text) {
  Stage stage(setup);
  Conversation conversation(setup);
  Problem problem;
  const auto bytes = conversation.build(packet_of(text), problem);
  EXPECT_TRUE(bytes.has_value()) << problem.message;
  if (bytes) stage.inject(*bytes);
  return stage.sent();
}

TEST(DrillStage, a_fresh_host_is_silent) {
  for (const IpVersion version : {IpVersion::ipv4, IpVersion::ipv6}) {
    Scene setup;
    setup.version = version;
    Stage stage(setup);
    stage.run_until(Instant::at(3'600_s));
    EXPECT_TRUE(stage.sent().empty());
    EXPECT_EQ(stage.now(), Instant::at(3'600_s));
  }
}

TEST(DrillStage, answers_come_at_the_same_instant_over_both_families) {
  for (const IpVersion version : {IpVersion::ipv4, IpVersion::ipv6}) {
    Scene setup;
    setup.version = version;
    const auto sent = answers(setup, "< S 0:0(0) win 5");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].at, Instant());
    EXPECT_EQ(sent[0].packet[0] >> 4, version == IpVersion::ipv4 ? 4 : 6);
  }
}

TEST(DrillStage, settings_hold_from_then_on) {
  Scene setup;
  Stage stage(setup);
  setup.mtu = 600;
  setup.host.tcp.sack = false;
  stage.apply(setup);
  EXPECT_FALSE(stage.host().tcp().environment().options.sack);
  EXPECT_EQ(stage.host().ip().interface("eth0")->mtu(), 600u);
}

}  // namespace
}  // namespace catenet::drill
