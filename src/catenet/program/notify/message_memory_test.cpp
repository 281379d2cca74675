// Control messages as sendmsg(2) and recvmsg(2) have them (cmsg(3)).
#include "catenet/program/notify/message_memory.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace catenet::program::notify {
namespace {

struct Seen {
  int level;
  int type;
  std::size_t size;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> messages_in(std::vector<u8> control, bool& whole) {
  std::vector<Seen> seen;
  whole = each_control(control, [&](int level, int type, ByteView value) {
    seen.push_back({level, type, value.size()});
  });
  return seen;
}

std::vector<u8> two_messages() {
  ControlWriter writer;
  writer.add(IPPROTO_IP, IP_TTL, int{64});
  writer.add(IPPROTO_IP, IP_PKTINFO, in_pktinfo{});
  const ByteView bytes = writer.bytes();
  return {bytes.begin(), bytes.end()};
}

TEST(ControlMessages, are_read_as_they_were_written) {
  bool whole = false;
  const std::vector<Seen> both{{IPPROTO_IP, IP_TTL, 4}, {IPPROTO_IP, IP_PKTINFO, 12}};
  EXPECT_EQ(messages_in(two_messages(), whole), both);
  EXPECT_TRUE(whole);
}

TEST(ControlMessages, of_a_length_beyond_their_room_are_malformed) {
  std::vector<u8> control = two_messages();
  cmsghdr head;
  std::memcpy(&head, control.data(), sizeof head);
  for (const std::size_t length : {std::size_t{0}, sizeof head - 1, control.size() + 1}) {
    head.cmsg_len = length;
    std::memcpy(control.data(), &head, sizeof head);
    bool whole = true;
    EXPECT_TRUE(messages_in(control, whole).empty());
    EXPECT_FALSE(whole) << length;
  }
}

TEST(ControlMessages, fit_whole_where_there_is_room) {
  const std::vector<u8> control = two_messages();
  EXPECT_EQ(fit_control(control, control.size()).bytes, control);
  EXPECT_EQ(fit_control(control, 4'096).bytes, control);
  EXPECT_FALSE(fit_control(control, 4'096).cut);
  // All but the padding behind the last.
  EXPECT_FALSE(fit_control(control, CMSG_SPACE(4) + CMSG_LEN(12)).cut);
  EXPECT_TRUE(fit_control(control, CMSG_SPACE(4) + CMSG_LEN(11)).cut);
}

TEST(ControlMessages, first_is_kept_where_there_is_room_for_it_alone) {
  bool whole = false;
  const std::vector<Seen> first{{IPPROTO_IP, IP_TTL, 4}};
  EXPECT_EQ(messages_in(fit_control(two_messages(), CMSG_SPACE(4)).bytes, whole), first);
  EXPECT_EQ(messages_in(fit_control(two_messages(), CMSG_SPACE(4) + 15).bytes, whole), first);
}

TEST(ControlMessages, that_do_not_fit_are_cut) {
  bool whole = false;
  const std::vector<Seen> cut{{IPPROTO_IP, IP_TTL, 4}, {IPPROTO_IP, IP_PKTINFO, 8}};
  EXPECT_EQ(messages_in(fit_control(two_messages(), CMSG_SPACE(4) + CMSG_LEN(8)).bytes, whole),
            cut);
  EXPECT_TRUE(whole);
  EXPECT_TRUE(fit_control(two_messages(), 0).bytes.empty());
  EXPECT_TRUE(fit_control(two_messages(), sizeof(cmsghdr) - 1).bytes.empty());
}

TEST(ControlMessages, what_they_ask_for_is_taken) {
  const auto bytes_of = [](const auto& value) {
    return ByteView(reinterpret_cast<const u8*>(&value), sizeof value);
  };
  SendControl control{};
  const int ttl = 7;
  EXPECT_TRUE(take_control(IPPROTO_IP, IP_TTL, bytes_of(ttl), control));
  EXPECT_EQ(control.ttl, 7);
  const int too_much = 256;
  EXPECT_FALSE(take_control(IPPROTO_IP, IP_TTL, bytes_of(too_much), control));
  EXPECT_FALSE(take_control(IPPROTO_IP, IP_TTL, bytes_of(ttl).first(3), control));
  EXPECT_TRUE(take_control(SOL_SOCKET, SCM_RIGHTS, bytes_of(ttl), control));
}

}  // namespace
}  // namespace catenet::program::notify
