#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/lab/report.hpp"
#include "catenet/lab/report_markup.hpp"
#include "catenet/lab/report_page.hpp"
#include "catenet/lab/svg_axis.hpp"

namespace catenet::lab {
namespace {

// Nothing is fetched, nothing runs: a browser holds the page to that.
constexpr std::string_view page_head = R"(<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
)";

void append_fact(std::string& page, std::string_view term, std::string_view value) {
  append_format(page, "<div><dt>{}</dt><dd>{}</dd></div>\n", term, value);
}

void append_facts(std::string& page, const RunResult& result) {
  page += "<dl class=\"facts\">\n";
  append_fact(page, "seed", std::to_string(result.seed));
  if (!result.wall_clock) {
    append_fact(page, "event hash", fmt::format("<code>{:016x}</code>", result.event_hash));
  }
  append_fact(page, "time", result.wall_clock ? "by the clock" : "virtual");
  append_fact(page, "events", grouped(result.events));
  if (!result.version.empty()) append_fact(page, "Catenet", escaped(result.version));
  if (result.wall_clock) append_fact(page, "lag", escaped(result.lag));
  if (result.verification) {
    const std::string& difference = result.verification->difference;
    append_fact(page, "verified",
                difference.empty() ? "four runs came out the same, byte for byte"
                                   : "✗ not the same: " + escaped(difference));
  }
  page += "</dl>\n";
}

void append_tile(std::string& page, std::string_view value, std::string_view what, bool bad) {
  append_format(page, "<li{}><strong>{}</strong> {}</li>\n", bad ? " class=\"bad\"" : "", value,
                what);
}

std::string share(std::size_t n, std::size_t all) {
  return fmt::format("{}{} / {}", n == all ? "" : "✗ ", n, all);
}

void append_tiles(std::string& page, const RunResult& result) {
  const auto passed = static_cast<std::size_t>(std::ranges::count_if(result.steps, good));
  const auto held = static_cast<std::size_t>(
      std::ranges::count_if(result.expectations, &ExpectationResult::held));
  u64 lost = 0;
  for (const auto& [reason, n] : result.books.dropped) lost += n;
  page += "<ul class=\"tiles\">\n";
  if (!result.steps.empty()) {
    append_tile(page, share(passed, result.steps.size()), "steps passed",
                passed != result.steps.size());
  }
  if (!result.expectations.empty()) {
    append_tile(page, share(held, result.expectations.size()), "expectations held",
                held != result.expectations.size());
  }
  append_tile(page, rough_duration((result.end - result.begin).ns()), "of the lab’s time", false);
  append_tile(page, grouped(result.books.offered), "frames offered to links", false);
  append_tile(page, grouped(lost), "of them lost", false);
  if (result.traffic) {
    append_tile(page, grouped(result.traffic->connections_seen), "TCP connections", false);
  }
  page += "</ul>\n";
}

// All that makes the verdict a bad one, in a few lines.
void append_faults(std::string& page, const RunResult& result) {
  if (result.passed()) return;
  constexpr std::size_t most = 20;
  std::vector<std::string> items;
  if (!result.broken_off.empty()) items.push_back("broken off: " + escaped(result.broken_off));
  if (!result.books.balance) items.emplace_back("the books do not balance");
  if (result.verification && !result.verification->difference.empty()) {
    items.push_back("runs differ: " + escaped(result.verification->difference));
  }
  for (const ExpectationResult& judged : result.expectations) {
    if (judged.held) continue;
    items.push_back(fmt::format("<bdi>{}</bdi>: it was {}, wanted {}", escaped(judged.name),
                                judged.measured, escaped(judged.wanted)));
  }
  for (const std::size_t index : by_start(result.steps)) {
    const StepResult& step = result.steps[index];
    if (good(step)) continue;
    items.push_back(fmt::format(
        "<bdi>{}</bdi>: {}", escaped(trimmed(step.text, 400)),
        step.faults.empty() ? "it failed" : escaped(trimmed(step.faults.front(), 400))));
  }
  page += "<section class=\"faults\" aria-label=\"What did not hold\">\n<ul>\n";
  for (std::size_t i = 0; i < std::min(items.size(), most); ++i) {
    append_format(page, "<li>✗ {}</li>\n", items[i]);
  }
  page += "</ul>\n";
  tell_more(page, items.size(), std::min(items.size(), most));
  page += "</section>\n";
}

void append_head(std::string& page, const RunResult& result) {
  const bool passed = result.passed();
  append_format(page,
                "<header>\n<p class=\"kind\">Catenet lab report</p>\n<h1><bdi>{}</bdi> "
                "<span class=\"verdict {}\">{}</span></h1>\n",
                escaped(result.lab), passed ? "ok" : "bad", passed ? "✓ passed" : "✗ FAILED");
  if (!result.description.empty()) {
    append_format(page, "<p class=\"lead\"><bdi>{}</bdi></p>\n",
                  escaped(trimmed(result.description, 4'000)));
  }
  append_tiles(page, result);
  append_facts(page, result);
  page += "</header>\n<main>\n";
}

void append_expectations(std::string& page, const RunResult& result) {
  if (result.expectations.empty()) return;
  constexpr std::size_t most = 400;
  begin_section(page, "expectations", "Expectations");
  begin_table(page, "What had to hold in the end", {"verdict", "expectation", "#it was", "wanted"});
  std::size_t shown = 0;
  // Those that did not hold are there however many there are before them.
  for (const bool held : {false, true}) {
    for (const ExpectationResult& judged : result.expectations) {
      if (judged.held != held || shown == most) continue;
      ++shown;
      append_format(page,
                    "<tr><td class=\"{}\">{}</td><td><bdi>{}</bdi></td><td class=\"n\">{}</td>"
                    "<td>{}</td></tr>\n",
                    held ? "ok" : "bad", held ? "✓ held" : "✗ failed",
                    escaped(trimmed(judged.name, 400)), grouped(judged.measured),
                    escaped(judged.wanted));
    }
  }
  end_table(page);
  tell_more(page, result.expectations.size(), shown);
  page += "</section>\n";
}

void append_notes(std::string& page, const RunResult& result) {
  if (result.notes.empty()) return;
  constexpr std::size_t most = 100;
  begin_section(page, "notes", "Notes");
  page += "<pre>";
  const std::size_t shown = std::min(result.notes.size(), most);
  for (std::size_t i = 0; i < shown; ++i) page += escaped(trimmed(result.notes[i], 400)) + "\n";
  page += "</pre>\n";
  tell_more(page, result.notes.size(), shown);
  page += "</section>\n";
}

}  // namespace

std::vector<std::size_t> by_start(const std::vector<StepResult>& steps) {
  std::vector<std::size_t> order(steps.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return steps[i].started.value_or(Instant::never()); });
  return order;
}

std::vector<std::size_t> shown_steps(const RunResult& result, std::size_t most) {
  std::vector<std::size_t> order = by_start(result.steps);
  if (order.size() <= most) return order;
  // Half the room is for those that failed.
  std::size_t failed_left = most / 2;
  std::size_t left = most - failed_left;
  std::erase_if(order, [&](std::size_t index) {
    std::size_t& room = good(result.steps[index]) ? left : failed_left;
    if (room == 0) return true;
    --room;
    return false;
  });
  return order;
}

void begin_section(std::string& page, std::string_view name, std::string_view heading) {
  append_format(page, "<section id=\"{}\" aria-labelledby=\"{}-h\">\n<h2 id=\"{}-h\">{}</h2>\n",
                name, name, name, heading);
}

void begin_table(std::string& page, std::string_view caption,
                 std::initializer_list<std::string_view> headings) {
  append_format(page,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>"
                "<caption>{}</caption>\n<thead><tr>",
                caption, caption);
  for (std::string_view heading : headings) {
    const bool number = heading.starts_with('#');
    if (number) heading.remove_prefix(1);
    append_format(page, "<th scope=\"col\"{}>{}</th>", number ? " class=\"n\"" : "", heading);
  }
  page += "</tr></thead>\n<tbody>\n";
}

void end_table(std::string& page) { page += "</tbody></table></div>\n"; }

void tell_more(std::string& page, std::size_t all, std::size_t shown) {
  if (all == shown) return;
  append_format(page, "<p class=\"more\">… and {} more; <code>run.json</code> has them all.</p>\n",
                all - shown);
}

std::string html_report(const RunResult& result) {
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n";
  page += page_head;
  append_format(page, "<title>{}: {} — Catenet</title>\n", escaped(result.lab),
                result.passed() ? "passed" : "FAILED");
  page += "<style>\n";
  page += page_style();
  page += "</style>\n</head>\n<body>\n";
  append_head(page, result);
  append_faults(page, result);
  append_timeline(page, result);
  append_expectations(page, result);
  append_steps(page, result);
  append_connections(page, result);
  append_load(page, result);
  append_network(page, result);
  append_notes(page, result);
  page += "</main>\n</body>\n</html>\n";
  return page;
}

}  // namespace catenet::lab
