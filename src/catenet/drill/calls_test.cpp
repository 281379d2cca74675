// System calls of a script: what is said of those that make no sense, before and when they are
// made.
#include "catenet/drill/calls.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/script_reader_test.hpp"

namespace catenet::drill {
namespace {

using testing::call_of;

// What is said of `text` before anything runs.
std::string call_complaint(const std::string& text) {
  Problems problems;
  Calls::check(call_of(text), problems);
  return problems.all().empty() ? "" : problems.all()[0].message;
}

class DrillCalls : public ::testing::Test {
 protected:
  // What `text` gives: a number, an error's name, "blocks", or what is wrong with it.
  std::string run(const std::string& text) {
    events_.push_back(call_of(text));
    const auto prepared = calls_.prepare(events_.back());
    if (!prepared) return prepared.error().message;
    const auto outcome = prepared->attempt();
    if (!outcome) return "blocks";
    if (!outcome->wrong.empty()) return outcome->wrong[0];
    if (outcome->value == -1) return std::string(errno_name(outcome->error));
    return std::to_string(outcome->value);
  }

 private:
  std::deque<CallEvent> events_;
  Scene setup_;
  Stage stage_{setup_};
  Conversation conversation_{setup_};
  Calls calls_{stage_, setup_, conversation_};
};

TEST(DrillCallsCheck, unknown_names_and_counts_are_told_at_once) {
  EXPECT_EQ(call_complaint("soket(1, 2, 3) = 3"), "the system call 'soket'");
  EXPECT_EQ(call_complaint("listen(3) = 0"), "listen with 1 arguments; it has 2");
  EXPECT_EQ(call_complaint("listen(3, SOMEMAX) = 0"), "the symbol 'SOMEMAX'");
  EXPECT_EQ(call_complaint("listen(3, 1) = -1 EWHAT (What)"), "no error of POSIX: EWHAT");
  EXPECT_EQ(call_complaint("setsockopt(3, SOL_TCP, TCP_SYNCNT, [1], 4) = 0"),
            "the option TCP_SYNCNT at SOL_TCP");
  EXPECT_EQ(call_complaint("send(3, ..., 1, MSG_MORE) = 1"), "these flags of send (0x8000)");
  EXPECT_EQ(call_complaint("recv(3, ..., 1, MSG_PEEK|MSG_WAITALL) = 1"), "");
}

TEST_F(DrillCalls, descriptors_have_the_numbers_of_the_script) {
  EXPECT_EQ(run("socket(..., SOCK_STREAM, IPPROTO_TCP) = 7"), "7");
  EXPECT_EQ(run("socket(..., SOCK_STREAM, IPPROTO_TCP) = 7"), "3");
  EXPECT_EQ(run("close(7) = 0"), "0");
  EXPECT_EQ(run("close(7) = -1 EBADF (Bad)"), "EBADF");
}

TEST_F(DrillCalls, blocking_and_not) {
  EXPECT_EQ(run("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3"), "3");
  EXPECT_EQ(run("fcntl(3, F_GETFL) = 0x802"), std::to_string(0x802));
  EXPECT_EQ(run("bind(3, ..., ...) = 0"), "0");
  EXPECT_EQ(run("listen(3, 1) = 0"), "0");
  EXPECT_EQ(run("accept(3, ..., ...) = -1"), "EAGAIN");
  EXPECT_EQ(run("fcntl(3, F_SETFL, O_RDWR) = 0"), "0");
  EXPECT_EQ(run("accept(3, ..., ...) = 4"), "blocks");
}

TEST_F(DrillCalls, options_are_set_and_asked) {
  EXPECT_EQ(run("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3"), "3");
  EXPECT_EQ(run("setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [77], 4) = 0"), "0");
  EXPECT_EQ(run("getsockopt(3, SOL_TCP, TCP_KEEPIDLE, [77], [4]) = 0"), "0");
  EXPECT_EQ(run("getsockopt(3, SOL_TCP, TCP_KEEPIDLE, [78], [4]) = 0"),
            "stored: 78 was expected, 77 came");
  EXPECT_EQ(run("setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0"), "0");
  EXPECT_EQ(run("getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=4}, [8]) = 0"),
            "stored: 4 was expected, 5 came");
  EXPECT_EQ(run("setsockopt(3, SOL_SOCKET, SO_LINGER, [1], 4) = 0"), "this is no struct linger");
}

TEST_F(DrillCalls, addresses_are_structures_or_open) {
  EXPECT_EQ(run("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3"), "3");
  EXPECT_EQ(run("bind(3, {sa_family = AF_INET, sin_port = htons(9), "
                "sin_addr = inet_addr(\"127.0.0.1\")}, 16) = 0"),
            "0");
  EXPECT_EQ(run("connect(3, {sa_family = AF_INET, sin_port = htons(9), "
                "sin_addr = inet_addr(\"nowhere\")}, 16) = 0"),
            "no IP address stands here");
  EXPECT_EQ(run("connect(3, [1], 16) = 0"), "this is no address");
}

TEST_F(DrillCalls, poll_names_what_differs) {
  EXPECT_EQ(run("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3"), "3");
  EXPECT_EQ(run("poll([{fd=3, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1"), "1");
  EXPECT_EQ(run("poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1"),
            "revents of 3: 0x1 was expected, 0x0 came");
  EXPECT_EQ(run("poll([{fd=9, events=POLLIN, revents=POLLNVAL}], 1, 0) = 1"), "1");
  EXPECT_EQ(run("poll([{fd=3, events=POLLIN}], 1, -1) = 1"), "blocks");
}

}  // namespace
}  // namespace catenet::drill
