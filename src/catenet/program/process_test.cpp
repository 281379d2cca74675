#include "catenet/program/process.hpp"

#include <gtest/gtest.h>

namespace catenet::program {
namespace {

class OutputPipeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = os::Poller::create();
    ASSERT_TRUE(made.has_value());
    poller = *std::move(made);
  }
  void print(const std::string& text) const {
    ASSERT_EQ(::write(end.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void open(OutputPipe& pipe) {
    auto opened = pipe.open();
    ASSERT_TRUE(opened.has_value());
    end = *std::move(opened);
  }
  std::unique_ptr<os::Poller> poller;
  OutputBudget budget;
  os::Descriptor end;
};

TEST_F(OutputPipeTest, finish_gives_what_was_read_and_what_waits) {
  OutputPipe pipe(*poller, budget, 100);
  open(pipe);
  print("one ");
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  print("two");
  // A background process holds the other end open: finish does not wait for it.
  EXPECT_EQ(pipe.finish(), "one two");
  EXPECT_FALSE(poller->wait(Duration::zero()));
}

TEST_F(OutputPipeTest, output_over_the_limit_is_cut_off_and_said_so) {
  OutputPipe pipe(*poller, budget, 10);
  open(pipe);
  print("0123456789");
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  print("and more");
  EXPECT_EQ(pipe.finish(), "0123456789\n[the rest was cut off]\n");
}

TEST_F(OutputPipeTest, output_of_exactly_the_limit_is_whole) {
  OutputPipe pipe(*poller, budget, 10);
  open(pipe);
  print("0123456789");
  end.reset();
  EXPECT_EQ(pipe.finish(), "0123456789");
}

TEST_F(OutputPipeTest, closed_pipe_is_watched_no_more) {
  OutputPipe pipe(*poller, budget, 10);
  open(pipe);
  print("x");
  end.reset();
  ASSERT_TRUE(poller->wait(10_s));
  poller->dispatch();
  EXPECT_FALSE(poller->wait(Duration::zero()));
  EXPECT_EQ(pipe.finish(), "x");
}

}  // namespace
}  // namespace catenet::program
