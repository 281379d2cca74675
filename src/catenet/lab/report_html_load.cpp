// What each direction of each link carried and lost over time, as small pictures on one scale of
// time.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/lab/report_markup.hpp"
#include "catenet/lab/report_page.hpp"
#include "catenet/lab/svg_axis.hpp"

namespace catenet::lab {
namespace {

constexpr std::size_t most_pictures = 48;
constexpr i32 load_width = 384;
constexpr i32 floor = 62;
constexpr i32 load_height = 92;

struct Picture {
  const DirectionResult* way = nullptr;
  const LoadColumns* load = nullptr;
  u64 lost = 0;
};

// Those that lost most first, then those that carried most.
std::vector<Picture> pictures_of(const RunResult& result) {
  std::vector<Picture> pictures;
  for (const DirectionResult& way : result.directions) {
    const auto found = result.traffic->load.find(way.from);
    if (found == result.traffic->load.end()) continue;
    pictures.push_back({&way, &found->second, total_drops(way.counters.dropped)});
  }
  std::ranges::stable_sort(pictures, std::greater(), [](const Picture& picture) {
    return std::pair(picture.lost, picture.way->counters.offered_bytes);
  });
  return pictures;
}

class LoadPicture {
 public:
  LoadPicture(const RunResult& result, const Picture& picture)
      : picture_(picture),
        width_ns_(result.traffic->width.ns()),
        columns_(columns_until(result)),
        time_(result.begin.ns(), result.end.ns(), 0, load_width) {}

  void append(std::string& page) const {
    const LoadColumns& load = *picture_.load;
    const u64 peak = *std::ranges::max_element(load.bytes);
    append_format(
        page,
        "<figure class=\"small\"><figcaption><bdi>{}</bdi> <span class=\"soft\">peak {}"
        "</span>{}</figcaption>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Load "
        "of {} over time: {} in all, {} frames lost\">\n",
        escaped(picture_.way->name), rough_rate(rate_of(peak)), lost_text(), load_width,
        load_height, escaped(picture_.way->name), rough_bytes(picture_.way->counters.offered_bytes),
        picture_.lost);
    append_area(page, std::max(peak, u64{1}));
    append_losses(page);
    append_axis(page);
    page += "</svg></figure>\n";
  }

 private:
  static std::size_t columns_until(const RunResult& result) {
    const i64 n = (result.end - result.traffic->start) / result.traffic->width + 1;
    return static_cast<std::size_t>(std::clamp<i64>(n, 1, LoadColumns::count));
  }

  u64 rate_of(u64 bytes) const {
    return static_cast<u64>(static_cast<double>(bytes) * 8e9 / static_cast<double>(width_ns_));
  }
  i32 x(std::size_t column) const {
    return time_.at(time_.low() + static_cast<i64>(column) * width_ns_);
  }
  std::string lost_text() const {
    if (picture_.lost == 0) return "";
    return fmt::format(" <span class=\"badt\">▼ {} lost</span>", grouped(picture_.lost));
  }

  void append_area(std::string& page, u64 peak) const {
    const Axis level(0, static_cast<i64>(peak), floor, 14);
    std::string path = fmt::format("M0 {}", floor);
    i32 before = floor;
    for (std::size_t i = 0; i < columns_; ++i) {
      const u64 bytes = picture_.load->bytes[i];
      // However little it is, it is seen.
      const i32 y = bytes == 0 ? floor : std::min(level.at(static_cast<i64>(bytes)), floor - 1);
      if (y != before) append_format(path, "H{}V{}", x(i), y);
      before = y;
    }
    append_format(page, "<path class=\"load\" d=\"{}H{}V{}H{}\"/>\n", path, x(columns_), floor,
                  load_width);
  }

  void append_losses(std::string& page) const {
    std::string path;
    for (std::size_t i = 0; i < columns_; ++i) {
      if (picture_.load->lost[i] == 0) continue;
      append_format(path, "M{} 2h8l-4 8z", (x(i) + x(i + 1)) / 2 - 4);
    }
    if (!path.empty()) append_format(page, "<path class=\"lost\" d=\"{}\"/>\n", path);
  }

  void append_axis(std::string& page) const {
    const ShownUnit unit = time_unit(std::max(time_.high() - time_.low(), time_.high()));
    append_format(page, "<path class=\"axis\" d=\"M0 {}H{}\"/>", floor, load_width);
    for (const i64 tick : time_.ticks(5)) {
      const i32 at = time_.at(tick);
      const std::string_view anchor = at < 12 ? "start" : at > load_width - 24 ? "end" : "middle";
      append_format(page,
                    "<path class=\"axis\" d=\"M{} {}v4\"/><text class=\"t\" x=\"{}\" y=\"{}\" "
                    "text-anchor=\"{}\">{} {}</text>\n",
                    at, floor, at, floor + 18, anchor, in_unit(tick, unit), unit.name);
    }
  }

  const Picture& picture_;
  i64 width_ns_;
  std::size_t columns_;
  Axis time_;
};

}  // namespace

void append_load(std::string& page, const RunResult& result) {
  if (!result.traffic || result.traffic->load.empty() || result.end <= result.begin) return;
  const std::vector<Picture> pictures = pictures_of(result);
  const std::size_t shown = std::min(pictures.size(), most_pictures);
  begin_section(page, "load", "Load and losses over time");
  append_format(
      page,
      "<p class=\"soft\">Of each direction, a column for each {} of the lab’s time; heights "
      "are of its own peak. ▼: the link lost frames then.</p>\n<div class=\"pictures\">\n",
      to_string(result.traffic->width));
  for (std::size_t i = 0; i < shown; ++i) LoadPicture(result, pictures[i]).append(page);
  page += "</div>\n";
  tell_more(page, pictures.size(), shown);
  page += "</section>\n";
}

}  // namespace catenet::lab
