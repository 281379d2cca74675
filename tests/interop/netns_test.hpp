// A namespace for tests, and what runs in it.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>

#include "catenet/program/doctor.hpp"

namespace catenet::program {

inline const MacAddress kernel_mac(0x02, 0, 0, 0, 0, 1);

inline InterfacePrefix prefix(const char* text) { return *InterfacePrefix::parse(text); }

inline NamespaceSpec spec() {
  NamespaceSpec spec;
  spec.host_name = "alice";
  spec.interfaces.push_back(
      {"eth0", kernel_mac, 1'400, {prefix("10.1.0.1/24"), prefix("fd00:1::1/64")}});
  spec.routes.push_back({*Prefix::parse("0.0.0.0/0"), *IpAddress::parse("10.1.0.2"), 0, 0});
  spec.routes.push_back({*Prefix::parse("fd00:9::/32"), *IpAddress::parse("fd00:1::2"), 0, 7});
  spec.hosts.push_back({"bob", {*IpAddress::parse("10.1.0.2"), *IpAddress::parse("fd00:1::2")}});
  return spec;
}

class Netns : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = why_not_netns()) GTEST_SKIP() << *why;
    poller = *os::Poller::create();
  }
  void make(const NamespaceSpec& wanted = spec()) {
    auto made = Namespace::create(wanted, *poller);
    ASSERT_TRUE(made.has_value()) << made.error().text();
    space = *std::move(made);
  }
  void wait_for(const std::optional<ProcessOutcome>& outcome) {
    for (int i = 0; i < 200 && !outcome; ++i) {
      if (poller->wait(100_ms)) poller->dispatch();
    }
    ASSERT_TRUE(outcome.has_value()) << "it did not end within 20 s";
  }
  // Runs `command` to its end.
  ProcessOutcome run(const std::string& command) {
    std::optional<ProcessOutcome> outcome;
    const auto started =
        space->start({command}, [&](ProcessOutcome ended) { outcome = std::move(ended); });
    EXPECT_TRUE(started.has_value());
    wait_for(outcome);
    return outcome.value_or(ProcessOutcome{});
  }
  std::string output(const std::string& command) { return run(command).output; }

  std::unique_ptr<os::Poller> poller;
  std::unique_ptr<Namespace> space;
};

}  // namespace catenet::program
