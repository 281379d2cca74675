// The network's tables: directions, ports, nodes, reasons, and the books that they add up to.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/lab/report_markup.hpp"
#include "catenet/lab/report_page.hpp"
#include "catenet/lab/svg_axis.hpp"

namespace catenet::lab {
namespace {

constexpr std::size_t most_table_rows = 200;

void cell(std::string& page, u64 number) {
  append_format(page, "<td class=\"n\">{}</td>", grouped(number));
}

void name_cell(std::string& page, std::string_view name) {
  append_format(page, "<tr><th scope=\"row\"><bdi>{}</bdi></th>", escaped(name));
}

void drops_cell(std::string& page, const DropCounters& drops) {
  page += "<td>";
  if (total_drops(drops) == 0) page += "<span class=\"soft\">none</span>";
  bool first = true;
  for (std::size_t i = 0; i < drops.size(); ++i) {
    if (drops[i] == 0) continue;
    const std::string_view name = drop_name(static_cast<Drop>(i));
    append_format(page, "{}<a href=\"#drop-{}\">{}</a>\u00a0{}", first ? "" : ", ", name, name,
                  grouped(drops[i]));
    first = false;
  }
  page += "</td></tr>\n";
}

std::string mean_rate(u64 bytes, const RunResult& result) {
  const i64 ns = (result.end - result.begin).ns();
  if (ns <= 0 || bytes == 0) return "–";
  return rough_rate(static_cast<u64>(static_cast<double>(bytes) * 8e9 / static_cast<double>(ns)));
}

void append_directions(std::string& page, const RunResult& result) {
  if (result.directions.empty()) return;
  begin_table(page, "Links, each direction",
              {"direction", "#offered", "#bytes", "#delivered", "#bytes", "#in flight",
               "#duplicated", "#held back", "#marked", "#load on average", "lost"});
  const std::size_t shown = std::min(result.directions.size(), most_table_rows);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [name, counters, from] = result.directions[i];
    name_cell(page, name);
    for (const u64 number :
         {counters.offered, counters.offered_bytes, counters.delivered, counters.delivered_bytes,
          counters.in_flight, counters.duplicated, counters.held_back, counters.marked}) {
      cell(page, number);
    }
    append_format(page, "<td class=\"n\">{}</td>", mean_rate(counters.offered_bytes, result));
    drops_cell(page, counters.dropped);
  }
  end_table(page);
  tell_more(page, result.directions.size(), shown);
}

void append_books(std::string& page, const RunResult& result) {
  const Books& books = result.books;
  u64 lost = 0;
  for (const auto& [reason, n] : books.dropped) lost += n;
  append_format(page,
                "<p class=\"books\">Books: {} offered = {} delivered + {} dropped + {} in flight: "
                "<strong class=\"{}\">{}</strong></p>\n",
                grouped(books.offered), grouped(books.delivered), grouped(lost),
                grouped(books.in_flight), books.balance ? "ok" : "bad",
                books.balance ? "✓ they balance" : "✗ they do not balance");
}

void append_ports(std::string& page, const RunResult& result) {
  if (result.ports.empty()) return;
  begin_table(page, "Ports; dropped: what their nodes refused and what links lost there",
              {"port", "#frames sent", "#bytes", "#frames received", "#bytes", "dropped"});
  const std::size_t shown = std::min(result.ports.size(), most_table_rows);
  for (std::size_t i = 0; i < shown; ++i) {
    const PortResult& port = result.ports[i];
    const NicCounters& counters = port.counters;
    name_cell(page, port.name);
    cell(page, counters.sent_frames);
    cell(page, counters.sent_bytes);
    cell(page, counters.received_frames);
    cell(page, counters.received_bytes);
    drops_cell(page, losses_among(port.dropped));
  }
  end_table(page);
  tell_more(page, result.ports.size(), shown);
}

void append_nodes(std::string& page, const RunResult& result) {
  if (result.nodes.empty()) return;
  begin_table(page, "Nodes, and those of their counters that moved", {"node", "kind", "counters"});
  const std::size_t shown = std::min(result.nodes.size(), most_table_rows);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [name, kind, counters] = result.nodes[i];
    name_cell(page, name);
    append_format(page, "<td>{}</td><td class=\"wide\">", kind_name(kind));
    for (const auto& [counter, value] : counters) {
      append_format(page, "<span class=\"counter\">{}\u00a0<b>{}</b></span> ", counter,
                    grouped(value));
    }
    page += "</td></tr>\n";
  }
  end_table(page);
  tell_more(page, result.nodes.size(), shown);
}

void append_drops(std::string& page, const RunResult& result) {
  // A port counts what its link lost, too.
  DropCounters all;
  for (const PortResult& port : result.ports) add_drops(all, losses_among(port.dropped));
  if (total_drops(all) == 0) return;
  begin_table(page, "Why frames were dropped", {"reason", "#frames", "what happened"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == 0) continue;
    const auto reason = static_cast<Drop>(i);
    append_format(page,
                  "<tr id=\"drop-{}\"><th scope=\"row\"><code>{}</code></th><td class=\"n\">{}</td>"
                  "<td>{}</td></tr>\n",
                  drop_name(reason), drop_name(reason), grouped(all[i]), drop_text(reason));
  }
  end_table(page);
}

}  // namespace

void append_network(std::string& page, const RunResult& result) {
  begin_section(page, "network", "Network");
  append_directions(page, result);
  append_books(page, result);
  append_drops(page, result);
  append_ports(page, result);
  append_nodes(page, result);
  page += "</section>\n";
}

}  // namespace catenet::lab
