// TCP connections: time-sequence graphs in the manner of tcptrace, and their numbers.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/lab/report_markup.hpp"
#include "catenet/lab/report_page.hpp"
#include "catenet/lab/svg_axis.hpp"

namespace catenet::lab {
namespace {

constexpr std::size_t most_graphs = 24;
constexpr i32 tcp_width = 1'000;
constexpr i32 tcp_height = 380;
constexpr i32 tcp_left = 72;
constexpr i32 tcp_right = 984;
constexpr i32 tcp_top = 34;
constexpr i32 tcp_bottom = 340;

// Each graph uses it, so that it is on the page once.
constexpr std::string_view legend = R"(<svg class="defs" aria-hidden="true"><defs><g id="legend">
<path class="d" d="M6 3v14"/><text class="t" x="14" y="14">data</text>
<path class="r" d="M60 17V3h-5h10"/><text class="t" x="72" y="14">sent again</text>
<path class="x" d="M152 6l8 8m0-8l-8 8"/><text class="t" x="168" y="14">lost on the way</text>
<path class="a" d="M276 14h10v-8h10"/><text class="t" x="302" y="14">acknowledged</text>
<path class="w" d="M402 14h10v-8h10"/><text class="t" x="428" y="14">receive window</text>
<path class="k" d="M534 3v14"/><text class="t" x="542" y="14">SACK</text>
<text class="m" x="592" y="14">S F R 0</text>
<text class="t" x="642" y="14">SYN, FIN, RST, zero window</text>
</g></defs></svg>
)";

std::string summary(const TcpWay& way) {
  std::string text =
      fmt::format("{} in {} segments, {} sent again, {} lost", rough_bytes(way.bytes),
                  grouped(way.segments), grouped(way.retransmitted), grouped(way.lost));
  if (way.goodput_bps() > 0) text += ", goodput " + rough_rate(way.goodput_bps());
  if (way.rtt_samples > 0) {
    append_format(text, ", RTT {} at least, {} on average", rough_duration(way.rtt_min.ns()),
                  rough_duration(way.rtt_average().ns()));
  }
  return text;
}

// One direction of one connection.
class Graph {
 public:
  Graph(const TcpTrace& trace, const TcpWay& way)
      : trace_(trace),
        way_(way),
        time_(0, (end_of(trace, way) - trace.first).ns(), tcp_left, tcp_right),
        seq_(0, way.highest + way.highest / 16 + 1, tcp_bottom, tcp_top) {}

  void append(std::string& page, std::string_view label) const {
    append_format(page, "<p class=\"soft way\">{}{}</p>\n", summary(way_), window_note());
    append_format(
        page,
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Time-sequence graph: {}\">\n"
        "<use href=\"#legend\" x=\"{}\" y=\"4\"/>\n",
        tcp_width, tcp_height, label, tcp_left);
    append_axes(page);
    append_steps(page, "w", way_.window);
    append_steps(page, "a", way_.acks);
    append_bars(page, "d", way_.data);
    append_bars(page, "k", way_.sacks);
    append_again(page);
    append_losses(page);
    append_marks(page);
    page += "</svg>\n";
  }

 private:
  // The last that there is to draw; what arrived may be later than what was sent.
  static Instant end_of(const TcpTrace& trace, const TcpWay& way) {
    Instant end = trace.last;
    for (const TraceSeries* series : {&way.acks, &way.drops}) {
      if (!series->spans().empty()) end = std::max(end, series->spans().back().last);
    }
    return end;
  }

  i32 x(Instant at) const { return time_.at((at - trace_.first).ns()); }
  i32 y(i64 seq) const { return seq_.at(seq); }

  void append_axes(std::string& page) const {
    const ShownUnit seconds = time_unit(time_.high());
    for (const i64 tick : time_.ticks(10)) {
      append_format(page, "<path class=\"grid\" d=\"M{} {}V{}\"/>", time_.at(tick), tcp_top,
                    tcp_bottom);
      append_format(page, "<text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                    time_.at(tick), tcp_bottom + 15, in_unit(tick, seconds));
    }
    const ShownUnit bytes = byte_unit(seq_.step(7));
    for (const i64 tick : seq_.ticks(7)) {
      append_format(page, "<path class=\"grid\" d=\"M{} {}H{}\"/>", tcp_left, y(tick), tcp_right);
      append_format(page, "<text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                    tcp_left - 6, y(tick) + 4, in_unit(tick, bytes));
    }
    append_format(page,
                  "<text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{} since the connection "
                  "began at {} s</text><text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}"
                  "</text>\n",
                  tcp_right, tcp_height - 6, seconds.name, to_string(trace_.first), tcp_left - 6,
                  tcp_top - 12, bytes.name);
  }

  static void append_path(std::string& page, std::string_view look, const std::string& path) {
    if (!path.empty()) append_format(page, "<path class=\"{}\" d=\"{}\"/>\n", look, path);
  }

  // A span of several segments leans as they went up.
  void append_bars(std::string& page, std::string_view look, const TraceSeries& series) const {
    std::string path;
    std::string before;
    for (const TraceSpan& span : series.spans()) {
      const i32 low = y(span.low);
      const i32 high = std::min(y(span.high), low - 1);
      std::string bar = fmt::format("M{} {}", x(span.first), low);
      if (x(span.last) == x(span.first)) {
        append_format(bar, "V{}", high);
      } else {
        append_format(bar, "L{} {}", x(span.last), high);
      }
      if (bar != before) path += bar;
      before = std::move(bar);
    }
    append_path(page, look, path);
  }

  // A line from level to level; where it is above the graph it is not drawn.
  void append_steps(std::string& page, std::string_view look, const TraceSeries& series) const {
    std::string path;
    std::optional<i32> level;
    for (const TraceSpan& span : series.spans()) {
      if (level) append_format(path, "H{}", x(span.first));
      if (span.high > seq_.high()) {
        level.reset();
        continue;
      }
      const i32 next = y(span.high);
      if (!level) {
        append_format(path, "M{} {}", x(span.first), next);
      } else if (*level != next) {
        append_format(path, "V{}", next);
      }
      level = next;
    }
    if (level) append_format(path, "H{}", tcp_right);
    append_path(page, look, path);
  }

  // Nothing where some of it can be seen.
  std::string_view window_note() const {
    const auto& spans = way_.window.spans();
    const auto above = [&](const TraceSpan& span) { return span.high > seq_.high(); };
    return spans.empty() || !std::ranges::all_of(spans, above)
               ? ""
               : "; the receive window lies above the graph all the time";
  }

  void append_again(std::string& page) const {
    std::string path;
    for (const TraceSpan& span : way_.again.spans()) {
      const i32 low = y(span.low);
      append_format(path, "M{} {}V{}m-5 0h10", x(span.first), low, std::min(y(span.high), low - 2));
    }
    append_path(page, "r", path);
  }

  void append_losses(std::string& page) const {
    std::string path;
    for (const TraceSpan& span : way_.drops.spans()) {
      append_format(path, "M{} {}l8 8m0-8l-8 8", x(span.first) - 4,
                    (y(span.low) + y(span.high)) / 2 - 4);
    }
    append_path(page, "x", path);
  }

  void append_marks(std::string& page) const {
    static constexpr std::string_view letters[] = {"S", "F", "R", "0"};
    for (const TcpMark& mark : way_.marks) {
      append_format(
          page, "<text class=\"m\" x=\"{}\" y=\"{}\">{}<title>{} at {} s</title></text>\n",
          std::min(x(mark.at) + 4, tcp_right - 10), y(mark.seq) - 5,
          letters[static_cast<int>(mark.kind)], tcp_mark_name(mark.kind), to_string(mark.at));
    }
  }

  const TcpTrace& trace_;
  const TcpWay& way_;
  Axis time_;
  Axis seq_;
};

void append_row(std::string& page, const TcpTrace& trace, const TcpWay& way, std::string_view name,
                std::string_view first_cell) {
  const auto cell = [&](std::string_view text) {
    append_format(page, "<td class=\"n\">{}</td>", text);
  };
  append_format(page, "<tr>{}<td><bdi>{}</bdi></td>", first_cell, escaped(name));
  cell(grouped(way.bytes));
  cell(grouped(way.segments));
  cell(grouped(way.retransmitted));
  cell(grouped(way.lost));
  cell(rough_duration((trace.last - trace.first).ns()));
  cell(way.goodput_bps() > 0 ? rough_rate(way.goodput_bps()) : "–");
  cell(way.rtt_samples > 0 ? rough_duration(way.rtt_min.ns()) : "–");
  cell(way.rtt_samples > 0 ? rough_duration(way.rtt_average().ns()) : "–");
  page += "</tr>\n";
}

void append_table(std::string& page, const Traffic& traffic) {
  begin_table(page, "TCP connections, each way; biggest first",
              {"#no", "from → to", "#bytes sent", "#segments", "#sent again", "#lost", "#took",
               "#goodput", "#RTT min", "#RTT average"});
  for (std::size_t i = 0; i < traffic.connections.size(); ++i) {
    const Connection& connection = traffic.connections[i];
    const TcpTrace& trace = connection.trace;
    const std::string number = i < most_graphs
                                   ? fmt::format("<a href=\"#tcp-{}\">{}</a>", i + 1, i + 1)
                                   : std::to_string(i + 1);
    append_row(page, trace, trace.a_to_b, connection.a + " → " + connection.b,
               fmt::format("<td class=\"n\" rowspan=\"2\">{}</td>", number));
    append_row(page, trace, trace.b_to_a, connection.b + " → " + connection.a, "");
  }
  end_table(page);
}

void append_way(std::string& page, const Connection& connection, bool forward) {
  const TcpWay& way = forward ? connection.trace.a_to_b : connection.trace.b_to_a;
  const std::string& from = forward ? connection.a : connection.b;
  const std::string& to = forward ? connection.b : connection.a;
  const std::string label = fmt::format("{} → {}", escaped(from), escaped(to));
  append_format(page, "<p class=\"way\"><bdi>{}</bdi>, seen at <code>{}</code></p>\n", label,
                escaped(forward ? connection.a_port : connection.b_port));
  Graph(connection.trace, way).append(page, label + ", " + summary(way));
}

void append_graphs(std::string& page, const Connection& connection, std::size_t number) {
  const TcpTrace& trace = connection.trace;
  const bool forward = trace.a_to_b.bytes >= trace.b_to_a.bytes;
  append_format(page,
                "<figure id=\"tcp-{}\" class=\"graph\">\n<figcaption>{}. <bdi>{}</bdi> and "
                "<bdi>{}</bdi>{}</figcaption>\n",
                number, number, escaped(connection.a), escaped(connection.b),
                trace.reset     ? " — reset"
                : trace.ended() ? ""
                                : " — still open when the lab ended");
  append_way(page, connection, forward);
  const TcpWay& other = forward ? trace.b_to_a : trace.a_to_b;
  if (other.bytes > 0) {
    page += "<details><summary>the other way</summary>\n";
    append_way(page, connection, !forward);
    page += "</details>\n";
  }
  page += "</figure>\n";
}

}  // namespace

void append_connections(std::string& page, const RunResult& result) {
  if (!result.traffic || result.traffic->connections.empty()) return;
  const Traffic& traffic = *result.traffic;
  const std::size_t kept = traffic.connections.size();
  const std::size_t drawn = std::min(kept, most_graphs);
  begin_section(page, "tcp", "TCP connections");
  if (kept < traffic.connections_seen) {
    append_format(page,
                  "<p class=\"more\">The {} biggest of {} connections that were followed to "
                  "their end.</p>\n",
                  kept, grouped(traffic.connections_seen));
  }
  append_table(page, traffic);
  append_format(page,
                "<p class=\"soft\">{} Each graph is of what one end sent, seen at its own port: "
                "sequence numbers over time. Where there is more than a graph can show, neighbours "
                "are drawn as one.</p>\n",
                drawn < kept ? fmt::format("Graphs of the {} with the most bytes.", drawn) : "");
  page += legend;
  for (std::size_t i = 0; i < drawn; ++i) append_graphs(page, traffic.connections[i], i + 1);
  page += "</section>\n";
}

}  // namespace catenet::lab
