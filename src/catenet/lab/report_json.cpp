#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "catenet/lab/report.hpp"
#include "catenet/trace/counters.hpp"

namespace catenet::lab {
namespace {

using Json = nlohmann::ordered_json;

Json time_of(const std::optional<Instant>& at) { return at ? Json(to_string(*at)) : Json(nullptr); }

Json drops_of(const DropCounters& drops) {
  Json json = Json::object();
  for (std::size_t i = 0; i < drops.size(); ++i) {
    if (drops[i] > 0) json[std::string(drop_name(static_cast<Drop>(i)))] = drops[i];
  }
  return json;
}

Json resources_of(const ResourceUse& use) {
  return {{"user", to_string(Instant::at(use.user))},
          {"system", to_string(Instant::at(use.system))},
          {"max_resident_bytes", use.max_resident_bytes}};
}

Json step_of(const StepResult& step) {
  Json json;
  json["name"] = step.name;
  json["text"] = step.text;
  json["status"] = step_status_name(step.status);
  json["started"] = time_of(step.started);
  json["ended"] = time_of(step.ended);
  json["exit"] = step.exit ? Json(*step.exit) : Json(nullptr);
  json["stdout"] = step.output;
  json["stderr"] = step.error_output;
  if (step.resources) json["resources"] = resources_of(*step.resources);
  json["faults"] = step.faults;
  return json;
}

Json expectation_of(const ExpectationResult& judged) {
  return {{"name", judged.name},
          {"held", judged.held},
          {"measured", judged.measured},
          {"wanted", judged.wanted}};
}

Json direction_of(const DirectionResult& way) {
  const DirectionCounters& counters = way.counters;
  return {{"name", way.name},
          {"offered", counters.offered},
          {"offered_bytes", counters.offered_bytes},
          {"delivered", counters.delivered},
          {"delivered_bytes", counters.delivered_bytes},
          {"delivered_corrupted", counters.delivered_corrupted},
          {"duplicated", counters.duplicated},
          {"held_back", counters.held_back},
          {"marked", counters.marked},
          {"in_flight", counters.in_flight},
          {"dropped", drops_of(counters.dropped)}};
}

Json port_of(const PortResult& port) {
  return {{"name", port.name},
          {"sent_frames", port.counters.sent_frames},
          {"sent_bytes", port.counters.sent_bytes},
          {"received_frames", port.counters.received_frames},
          {"received_bytes", port.counters.received_bytes},
          {"dropped", drops_of(port.dropped)}};
}

Json node_of(const NodeResult& node) {
  Json counters = Json::object();
  for (const auto& [name, value] : node.counters) counters[std::string(name)] = value;
  return {{"name", node.name}, {"kind", kind_name(node.kind)}, {"counters", counters}};
}

// Times in nanoseconds of the lab, so that they are exact and numbers to draw by.
Json series_of(const TraceSeries& series) {
  Json json = Json::array();
  for (const TraceSpan& span : series.spans()) {
    json.push_back({span.first.ns(), span.last.ns(), span.low, span.high, span.count});
  }
  return json;
}

Json way_of(const TcpWay& way, const std::string& port) {
  Json marks = Json::array();
  for (const TcpMark& mark : way.marks) {
    marks.push_back({mark.at.ns(), mark.seq, tcp_mark_name(mark.kind)});
  }
  return {{"port", port.empty() ? Json(nullptr) : Json(port)},
          {"segments", way.segments},
          {"bytes", way.bytes},
          {"retransmitted", way.retransmitted},
          {"lost", way.lost},
          {"acked_bytes", way.acked_bytes()},
          {"goodput_bps", way.goodput_bps()},
          {"rtt_samples", way.rtt_samples},
          {"rtt_min", to_string(Instant::at(way.rtt_min))},
          {"rtt_average", to_string(Instant::at(way.rtt_average()))},
          {"data", series_of(way.data)},
          {"again", series_of(way.again)},
          {"drops", series_of(way.drops)},
          {"acks", series_of(way.acks)},
          {"window", series_of(way.window)},
          {"sacks", series_of(way.sacks)},
          {"marks", marks}};
}

Json connection_of(const Connection& connection) {
  const TcpTrace& trace = connection.trace;
  return {{"a", connection.a},
          {"b", connection.b},
          {"first", to_string(trace.first)},
          {"last", to_string(trace.last)},
          {"reset", trace.reset},
          {"a_to_b", way_of(trace.a_to_b, connection.a_port)},
          {"b_to_a", way_of(trace.b_to_a, connection.b_port)}};
}

Json load_of(const RunResult& result) {
  Json json = Json::array();
  for (const DirectionResult& way : result.directions) {
    const auto found = result.traffic->load.find(way.from);
    if (found == result.traffic->load.end()) continue;
    json.push_back({{"direction", way.name},
                    {"start", to_string(result.traffic->start)},
                    {"width", to_string(Instant::at(result.traffic->width))},
                    {"bytes", found->second.bytes},
                    {"lost", found->second.lost}});
  }
  return json;
}

// A member a line; of those that are long lists of numbers, an item a line.
std::string lay_out(const Json& json) {
  std::string text = "{";
  const auto dump = [](const Json& value, int indent) {
    // A program may print any bytes; what is not UTF-8 is replaced.
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
  };
  for (const auto& [name, value] : json.items()) {
    text += text.size() > 1 ? ",\n  " : "\n  ";
    text += dump(name, -1) + ": ";
    if (name == "connections" || name == "load") {
      text += "[";
      for (const Json& item : value) {
        text += (&item == &value[0] ? "\n    " : ",\n    ") + dump(item, -1);
      }
      text += value.empty() ? "]" : "\n  ]";
      continue;
    }
    for (const char c : dump(value, 2)) {
      text += c;
      if (c == '\n') text += "  ";
    }
  }
  return text + "\n}\n";
}

template <typename Items, typename Convert>
Json list_of(const Items& items, Convert convert) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(convert(item));
  return json;
}

Json books_of(const Books& books) {
  Json dropped = Json::object();
  for (const auto& [reason, n] : books.dropped) dropped[std::string(drop_name(reason))] = n;
  return {{"offered", books.offered},
          {"delivered", books.delivered},
          {"in_flight", books.in_flight},
          {"dropped", dropped},
          {"balance", books.balance}};
}

Json verification_of(const Verification& verification) {
  const bool same = verification.difference.empty();
  return {{"same", same}, {"difference", same ? Json(nullptr) : Json(verification.difference)}};
}

}  // namespace

std::string json_report(const RunResult& result) {
  Json json;
  json["lab"] = result.lab;
  json["description"] = result.description;
  json["version"] = result.version.empty() ? Json(nullptr) : Json(result.version);
  json["passed"] = result.passed();
  json["seed"] = result.seed;
  json["event_hash"] =
      result.wall_clock ? Json(nullptr) : Json(fmt::format("{:016x}", result.event_hash));
  json["events"] = result.events;
  json["begin"] = to_string(result.begin);
  json["end"] = to_string(result.end);
  json["time"] = result.wall_clock ? "wall" : "virtual";
  if (result.wall_clock) json["lag"] = result.lag;
  json["broken_off"] = result.broken_off.empty() ? Json(nullptr) : Json(result.broken_off);
  if (result.verification) json["verify"] = verification_of(*result.verification);
  // It lies beside this report, and where that is makes no difference to the run.
  json["capture"] = nullptr;
  if (const std::string& path = result.capture_path; !path.empty()) {
    json["capture"] = path.substr(path.rfind('/') + 1);
  }
  json["steps"] = list_of(result.steps, step_of);
  json["expectations"] = list_of(result.expectations, expectation_of);
  json["books"] = books_of(result.books);
  json["directions"] = list_of(result.directions, direction_of);
  json["ports"] = list_of(result.ports, port_of);
  json["nodes"] = list_of(result.nodes, node_of);
  json["notes"] = result.notes;
  if (result.traffic) {
    json["connections_seen"] = result.traffic->connections_seen;
    json["connections"] = list_of(result.traffic->connections, connection_of);
    json["load"] = load_of(result);
  }
  return lay_out(json);
}

}  // namespace catenet::lab
