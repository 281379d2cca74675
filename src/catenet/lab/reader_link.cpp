#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/reader.hpp"
#include "catenet/lab/shape.hpp"

namespace catenet::lab {

namespace {

Jitter read_jitter(const Tree& tree) {
  Jitter jitter;
  if (tree.is_scalar()) {
    jitter.amount = duration_of(tree);
    return jitter;
  }
  jitter.amount = duration_of(*tree.find("amount"));
  with(tree, "distribution", [&](const Tree& t) {
    jitter.distribution = parse_distribution(t.text).value_or(Jitter::Distribution::uniform);
  });
  with(tree, "correlation", [&](const Tree& t) { jitter.correlation_ppb = percentage_of(t); });
  with(tree, "keep_order", [&](const Tree& t) { jitter.keep_order = boolean_of(t); });
  return jitter;
}

Loss read_loss(const Tree& tree) {
  Loss loss;
  if (tree.is_scalar()) {
    loss.independent_ppb = percentage_of(tree);
    return loss;
  }
  with(tree, "independent", [&](const Tree& t) { loss.independent_ppb = percentage_of(t); });
  with(tree, "every", [&](const Tree& t) { loss.every_nth = count32_of(t); });
  with(tree, "gilbert_elliott", [&](const Tree& t) {
    loss.burst.to_bad_ppb = percentage_of(*t.find("p"));
    loss.burst.to_good_ppb = percentage_of(*t.find("r"));
    with(t, "good_loss", [&](const Tree& l) { loss.burst.good_loss_ppb = percentage_of(l); });
    with(t, "bad_loss", [&](const Tree& l) { loss.burst.bad_loss_ppb = percentage_of(l); });
  });
  return loss;
}

Reorder read_reorder(const Tree& tree) {
  Reorder reorder;
  reorder.chance_ppb = percentage_of(*tree.find("chance"));
  reorder.by = duration_of(*tree.find("by"));
  with(tree, "gap", [&](const Tree& t) { reorder.gap = count32_of(t); });
  return reorder;
}

ImpairmentPatch read_patch(const Tree& tree, ReadContext& context) {
  ImpairmentPatch patch;
  patch.clear = tree.is_scalar();
  with(tree, "rate", [&](const Tree& t) { patch.rate_bps = parse_rate(t.text).value_or(0); });
  with(tree, "delay", [&](const Tree& t) { patch.delay = duration_of(t); });
  with(tree, "jitter", [&](const Tree& t) { patch.jitter = read_jitter(t); });
  with(tree, "loss", [&](const Tree& t) { patch.loss = read_loss(t); });
  with(tree, "reorder", [&](const Tree& t) { patch.reorder = read_reorder(t); });
  with(tree, "duplicate", [&](const Tree& t) { patch.duplicate_ppb = percentage_of(t); });
  with(tree, "bit_errors", [&](const Tree& t) {
    patch.bit_errors_per_1e15 = parse_bit_error_rate(t.text).value_or(0);
  });
  with(tree, "queue", [&](const Tree& t) { patch.queue = read_queue(t, context); });
  with(tree, "mtu", [&](const Tree& t) { patch.mtu = count32_of(t); });
  return patch;
}

template <typename T>
void over(std::optional<T>& mine, const std::optional<T>& theirs) {
  if (theirs) mine = theirs;
}

// `top` comes over `patch`.
void overlay(ImpairmentPatch& patch, const ImpairmentPatch& top) {
  if (top.clear) patch = ImpairmentPatch{};
  patch.clear = patch.clear || top.clear;
  over(patch.rate_bps, top.rate_bps);
  over(patch.delay, top.delay);
  over(patch.jitter, top.jitter);
  over(patch.loss, top.loss);
  over(patch.reorder, top.reorder);
  over(patch.duplicate_ppb, top.duplicate_ppb);
  over(patch.bit_errors_per_1e15, top.bit_errors_per_1e15);
  over(patch.queue, top.queue);
  over(patch.mtu, top.mtu);
}

// Whether `name` is what it should be; says so otherwise.
void check_name(bool right, const Located<std::string>& name, std::string_view what,
                ReadContext& context) {
  if (right) return;
  context.report.error(name.at, fmt::format("'{}' is not {}", name.value, what),
                       "an endpoint is 'node' or 'node:interface'",
                       static_cast<u32>(name.value.size()));
}

EndpointModel read_endpoint(const Tree& tree, ReadContext& context) {
  EndpointModel endpoint;
  if (tree.is_map()) {
    endpoint.node = text_of(*tree.find("node"));
    with(tree, "interface", [&](const Tree& t) { endpoint.interface = text_of(t); });
    endpoint.settings = read_interface(tree, context);
    return endpoint;
  }
  const std::size_t colon = tree.text.find(':');
  endpoint.node = {tree.text.substr(0, colon), tree.at};
  check_name(is_node_name(endpoint.node.value), endpoint.node, "a node's name", context);
  if (colon == std::string::npos) return endpoint;
  Mark at = tree.at;
  at.column += static_cast<u32>(colon) + 1 + (tree.quoted ? 1 : 0);
  endpoint.interface = {tree.text.substr(colon + 1), at};
  check_name(is_interface_name(endpoint.interface->value), *endpoint.interface,
             "an interface's name", context);
  return endpoint;
}

// An impairment's field as lab files spell it.
std::string spelling(std::string_view field) {
  if (field == "bit_error_rate") return "bit_errors";
  constexpr std::string_view burst = "loss.burst";
  if (!field.starts_with(burst)) return std::string(field);
  return "loss.gilbert_elliott" + std::string(field.substr(burst.size()));
}

// Where "reorder.by" is said below `tree`, or as much of it as is.
Mark place_of(const Tree& tree, std::string_view path) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const Tree::Key* key = tree.find_key(path.substr(0, dot));
  if (!key) return tree.at;
  const Tree& below = *tree.find(key->text);
  if (dot < path.size() && below.is_map()) return place_of(below, path.substr(dot + 1));
  return below.is_scalar() ? below.at : key->at;
}

// A link without a rate sends everything at once: a discipline has nothing to do there.
void warn_of_idle_queue(const Tree& tree, const LinkPatch& patch, ReadContext& context) {
  for (const ImpairmentPatch* one : {&patch.forward, &patch.back}) {
    const bool idle = one->queue && one->queue->discipline != Discipline::drop_tail &&
                      one->rate_bps.value_or(0) == 0;
    if (!idle) continue;
    const std::string_view own = one == &patch.forward ? "impair_forward" : "impair_back";
    const Tree* said = tree.find(own);
    if (!said || !said->find("queue")) said = tree.find("impair");
    context.report.warn(said ? place_of(*said, "queue.discipline") : tree.at,
                        fmt::format("{}: nothing waits on a link without a rate",
                                    to_string(one->queue->discipline)),
                        "give the link a rate such as 10 Mbit");
  }
}

template <typename T>
void put(T& field, const std::optional<T>& value) {
  if (value) field = *value;
}

}  // namespace

bool ImpairmentPatch::empty() const {
  return !clear && !rate_bps && !delay && !jitter && !loss && !reorder && !duplicate_ppb &&
         !bit_errors_per_1e15 && !queue && !mtu;
}

void ImpairmentPatch::apply_to(Impairment& impairment) const {
  if (clear) impairment = Impairment{};
  put(impairment.rate_bps, rate_bps);
  put(impairment.delay, delay);
  put(impairment.jitter, jitter);
  put(impairment.loss, loss);
  put(impairment.reorder, reorder);
  put(impairment.duplicate_ppb, duplicate_ppb);
  put(impairment.bit_errors_per_1e15, bit_errors_per_1e15);
  put(impairment.queue, queue);
  put(impairment.mtu, mtu);
}

LinkPatch read_link_patch(const Tree& tree, ReadContext& context) {
  LinkPatch patch;
  with(tree, "impair", [&](const Tree& t) { patch.forward = patch.back = read_patch(t, context); });
  with(tree, "impair_forward",
       [&](const Tree& t) { overlay(patch.forward, read_patch(t, context)); });
  with(tree, "impair_back", [&](const Tree& t) { overlay(patch.back, read_patch(t, context)); });
  // A perfect link changed by this patch must make sense; told once when both directions say the
  // same.
  for (const ImpairmentPatch* one : {&patch.forward, &patch.back}) {
    Impairment whole;
    one->apply_to(whole);
    const std::optional<ImpairmentError> error = validate(whole);
    if (!error) continue;
    const std::string_view own = one == &patch.forward ? "impair_forward" : "impair_back";
    const Tree* place = tree.find(tree.find(own) ? own : "impair");
    const std::string field = spelling(error->field);
    context.report.error(place ? place_of(*place, field) : tree.at,
                         fmt::format("{}: {}", field, error->message));
  }
  return patch;
}

LinkModel read_link(const Tree& tree, ReadContext& context) {
  LinkModel link;
  link.at = tree.at;
  const Tree& endpoints = *tree.find("endpoints");
  link.a = read_endpoint(endpoints.items[0], context);
  link.b = read_endpoint(endpoints.items[1], context);
  with(tree, "name", [&](const Tree& t) { link.name = text_of(t); });
  link.impair = read_link_patch(tree, context);
  warn_of_idle_queue(tree, link.impair, context);
  with(tree, "up", [&](const Tree& t) { link.up = boolean_of(t); });
  with(tree, "subnet", [&](const Tree& t) {
    each(t, [&](const Tree& item) { link.subnets.push_back(prefix_of(item)); });
  });
  return link;
}

}  // namespace catenet::lab
