#include "catenet/lab/storm_lab.hpp"

#include <fmt/core.h>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/engine/random.hpp"

namespace catenet::lab {
namespace {

// No two draws stand in one expression: in which order a compiler makes them is its own affair, and
// a seed means one lab everywhere.
class StormLab {
 public:
  explicit StormLab(u64 seed) : seed_(seed), random_(mix64(seed)) {}

  std::string text() {
    const u64 routers = random_.below(4);
    for (u64 i = 0; i < routers; ++i) add_router(i);
    if (routers == 0) {
      add_lan("");
    } else {
      for (u64 i = 0; i < routers; ++i) {
        for (u64 lans = 1 + random_.below(2); lans > 0; --lans) add_lan(fmt::format("r{}", i));
      }
      while (hosts_ < 2) add_lan("r0");  // one alone has nobody to speak with
    }
    add_faults();
    add_healing();
    return fmt::format(
        "name: storm-{0}\nseed: {0}\nnodes:\n{1}links:\n{2}script:\n{3}capture: none\n", seed_,
        nodes_, links_text_, script_);
  }

 private:
  bool one_in(u64 n) { return random_.below(n) == 0; }

  void add_router(u64 index) {
    nodes_ += fmt::format("  r{}: {{kind: router}}\n", index);
    if (index == 0) return;
    add_link(fmt::format("r{}", random_.below(index)), fmt::format("r{}", index), true);
    // A second way round: routers may form loops, switches may not.
    if (index >= 2 && one_in(2)) add_link("r0", fmt::format("r{}", index), true);
  }

  void add_host(const std::string& uplink, bool own_mtu) {
    const std::string name = fmt::format("h{}", hosts_++);
    nodes_ += fmt::format("  {}: {{{}}}\n", name, one_in(8) ? "boot: cold" : "");
    add_link(name, uplink, own_mtu);
  }

  // A segment behind `router` ("" for none): one cable, or a switch or two with hosts.
  void add_lan(const std::string& router) {
    if (!router.empty() && one_in(3)) return add_host(router, true);
    const std::string first = add_switch();
    if (!router.empty()) add_link(router, first, false);
    const std::string second = one_in(3) ? add_switch() : first;
    if (second != first) add_link(first, second, false);
    const u64 least = router.empty() ? 2 : 1;
    for (u64 n = least + random_.below(3); n > 0; --n) add_host(one_in(2) ? first : second, false);
  }

  std::string add_switch() {
    const std::string name = fmt::format("s{}", switches_++);
    nodes_ += fmt::format("  {}: {{kind: switch}}\n", name);
    return name;
  }

  void add_link(const std::string& a, const std::string& b, bool own_mtu) {
    const std::string name = fmt::format("l{}", links_.size());
    // Both ends of a cable share one MTU; behind a switch all keep 1,500.
    const std::string mtu =
        own_mtu && one_in(2) ? fmt::format(", mtu: {}", random_.between(1'280, 3'000)) : "";
    const std::string forward = impairment();
    const std::string back = impairment();
    links_text_ += fmt::format(
        "  - {{name: {0}, endpoints: [{{node: {1}{3}}}, {{node: {2}{3}}}], impair_forward: {4}, "
        "impair_back: {5}}}\n",
        name, a, b, mtu, forward, back);
    links_.push_back(name);
  }

  std::string impairment() {
    const int rate_kbit = 200 << random_.below(11);
    const i64 delay_us = one_in(4) ? 0 : random_.between(1, 20'000);
    std::string text = fmt::format("{{rate: {} kbit, delay: {} us", rate_kbit, delay_us);
    if (one_in(3)) text += fmt::format(", jitter: {} us", random_.between(1, 5'000));
    if (one_in(2)) text += ", " + queue();
    return text + trouble() + "}";
  }

  // Thresholds low enough that the disciplines have something to do.
  std::string queue() {
    const i64 frames = random_.between(8, 500);
    const std::string_view ecn = one_in(2) ? "true" : "false";
    switch (random_.below(4)) {
      case 0: {
        const i64 target_us = random_.between(200, 20'000);
        const i64 interval_us = target_us * random_.between(2, 20);
        return fmt::format(
            "queue: {{discipline: codel, frames: {}, target: {} us, interval: {} us, ecn: {}}}",
            frames, target_us, interval_us, ecn);
      }
      case 1: {
        const i64 max = random_.between(2, frames);
        const i64 min = random_.between(1, max - 1);
        const i64 percent = random_.between(1, 50);
        const i64 power = random_.between(1, 9);
        const bool gentle = one_in(2);
        return fmt::format(
            "queue: {{discipline: red, frames: {}, min: {}, max: {}, probability: {} %, weight: "
            "2^-{}, gentle: {}, ecn: {}}}",
            frames, min, max, percent, power, gentle, ecn);
      }
      default: return fmt::format("queue: {{frames: {}}}", frames);
    }
  }

  // What hurts and can be healed without touching the delay.
  std::string trouble() {
    std::string text;
    if (one_in(3)) text += fmt::format(", loss: {} %", random_.between(1, 12));
    if (one_in(8)) {
      const i64 p = random_.between(1, 5);
      const i64 r = random_.between(20, 60);
      text += fmt::format(", loss: {{gilbert_elliott: {{p: {} %, r: {} %}}}}", p, r);
      const std::size_t first = text.find(", loss: ");
      const std::size_t second = text.rfind(", loss: ");
      if (first != second) text.erase(first, second - first);
    }
    if (one_in(4)) text += fmt::format(", duplicate: {} %", random_.between(1, 10));
    if (one_in(4)) {
      const i64 percent = random_.between(1, 20);
      const i64 by_us = random_.between(100, 30'000);
      text += fmt::format(", reorder: {{chance: {} %, by: {} us}}", percent, by_us);
    }
    if (one_in(6)) text += fmt::format(", bit_errors: {}e-7", random_.between(1, 40));
    return text;
  }

  const std::string& any_link() { return links_[random_.below(links_.size())]; }

  void add_faults() {
    for (u64 n = random_.below(7); n > 0; --n) {
      const i64 from_ms = random_.between(50, 12'000);
      const i64 to_ms = from_ms + random_.between(10, 7'000);
      const std::string link = any_link();
      switch (random_.below(5)) {
        case 0: add_pair(from_ms, "down: " + link, to_ms, "up: " + link); break;
        case 1: add_pair(from_ms, "cut: " + link, to_ms, "heal: " + link); break;
        case 2: add_partition(from_ms, to_ms); break;
        case 3:
          script_ +=
              fmt::format("  - {{at: {} ms, link: {}, impair: {{{}}}}}\n", from_ms, link, queue());
          break;
        default: {
          const std::string what = trouble();
          if (what.empty()) break;
          script_ += fmt::format("  - {{at: {} ms, link: {}, impair_forward: {{{}}}}}\n", from_ms,
                                 link, what.substr(2));
        }
      }
    }
  }

  void add_pair(i64 from_ms, const std::string& fault, i64 to_ms, const std::string& cure) {
    script_ +=
        fmt::format("  - {{at: {} ms, {}}}\n  - {{at: {} ms, {}}}\n", from_ms, fault, to_ms, cure);
  }

  void add_partition(i64 from_ms, i64 to_ms) {
    if (hosts_ < 2) return;
    add_pair(from_ms, fmt::format("partition: [[h{}]]", random_.below(hosts_)), to_ms, "heal: all");
  }

  void add_healing() {
    const i64 at_s = storm_heal_at.s();
    script_ += fmt::format("  - {{at: {} s, heal: all}}\n", at_s);
    for (const std::string& link : links_) {
      script_ += fmt::format("  - {{at: {} s, up: {}}}\n", at_s, link);
      script_ += fmt::format(
          "  - {{at: {} s, link: {}, impair: {{loss: 0 %, duplicate: 0 %, bit_errors: 0, queue: "
          "{{frames: 1000}}, reorder: {{chance: 0 %, by: 0 s}}}}}}\n",
          at_s, link);
    }
  }

  u64 seed_;
  RandomStream random_;
  u64 hosts_ = 0;
  u64 switches_ = 0;
  std::string nodes_;
  std::string links_text_;
  std::string script_;
  std::vector<std::string> links_;
};

}  // namespace

std::string storm_lab(u64 seed) { return StormLab(seed).text(); }

}  // namespace catenet::lab
