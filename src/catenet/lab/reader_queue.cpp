#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/reader.hpp"

namespace catenet::lab {
namespace {

// Keys that only one discipline knows.
constexpr std::pair<std::string_view, Discipline> own_keys[] = {
    {"target", Discipline::codel}, {"interval", Discipline::codel},  {"min", Discipline::red},
    {"max", Discipline::red},      {"probability", Discipline::red}, {"weight", Discipline::red},
    {"gentle", Discipline::red},   {"avpkt", Discipline::red},
};

void check_own_keys(const Tree& tree, Discipline discipline, ReadContext& context) {
  for (const auto& [name, owner] : own_keys) {
    const Tree::Key* key = tree.find_key(name);
    if (!key || owner == discipline) continue;
    context.report.error(key->at,
                         fmt::format("'{}' belongs to {}, and this queue is {}", name,
                                     to_string(owner), to_string(discipline)),
                         fmt::format("say discipline: {}", to_string(owner)),
                         static_cast<u32>(name.size()));
  }
}

// Frames, or bytes where it has a unit.
struct Threshold {
  bool in_bytes = false;
  u32 value = 0;
};

Threshold threshold_of(const Tree& tree) {
  if (const Unit<u64> frames = parse_count(tree.text, 0, UINT32_MAX))
    return {false, static_cast<u32>(*frames)};
  return {true, static_cast<u32>(size_of(tree))};
}

// As tc-red has it: max is a quarter of what may wait, min a third of max.
void read_thresholds(const Tree& tree, QueueSettings& queue, ReadContext& context) {
  RedSettings& red = queue.red;
  const Tree* min = tree.find("min");
  const Tree* max = tree.find("max");
  const Threshold low = min ? threshold_of(*min) : Threshold{};
  const Threshold high = max ? threshold_of(*max) : Threshold{};
  red.in_bytes = min ? low.in_bytes : high.in_bytes;
  if (min && max && low.in_bytes != high.in_bytes) {
    context.report.error(max->at, "min and max count different things",
                         "say both in frames, or both as a size", max->width());
    return;
  }
  const u32 limit = red.in_bytes ? queue.bytes : queue.frames;
  const u64 thrice = std::min<u64>(u64{low.value} * 3, limit != 0 ? limit : UINT32_MAX);
  red.max = max ? high.value : min ? static_cast<u32>(thrice) : std::max(limit / 4, 2u);
  red.min = min ? low.value : std::max(red.max / 3, 1u);
}

void read_red(const Tree& tree, QueueSettings& queue, ReadContext& context) {
  RedSettings& red = queue.red;
  read_thresholds(tree, queue, context);
  with(tree, "probability", [&](const Tree& t) { red.probability_ppb = percentage_of(t); });
  with(tree, "weight", [&](const Tree& t) {
    red.weight_per_1e15 = parse_weight(t.text).value_or(red.weight_per_1e15);
  });
  with(tree, "gentle", [&](const Tree& t) { red.gentle = boolean_of(t); });
  with(tree, "avpkt", [&](const Tree& t) { red.avpkt = static_cast<u32>(size_of(t)); });
}

}  // namespace

QueueSettings read_queue(const Tree& tree, ReadContext& context) {
  QueueSettings queue;
  with(tree, "frames", [&](const Tree& t) { queue.frames = count32_of(t); });
  with(tree, "bytes", [&](const Tree& t) { queue.bytes = static_cast<u32>(size_of(t)); });
  with(tree, "discipline", [&](const Tree& t) {
    queue.discipline = parse_discipline(t.text).value_or(Discipline::drop_tail);
  });
  with(tree, "ecn", [&](const Tree& t) { queue.ecn = boolean_of(t); });
  with(tree, "target", [&](const Tree& t) { queue.codel.target = duration_of(t); });
  with(tree, "interval", [&](const Tree& t) { queue.codel.interval = duration_of(t); });
  check_own_keys(tree, queue.discipline, context);
  if (queue.discipline == Discipline::red) read_red(tree, queue, context);
  return queue;
}

}  // namespace catenet::lab
