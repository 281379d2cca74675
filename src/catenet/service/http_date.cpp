#include "catenet/service/http_date.hpp"

#include <array>
#include <fmt/format.h>

#include "catenet/service/http_fields.hpp"

namespace catenet::http {
namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr i64 day_s = 86'400;

struct Civil {
  i64 year = 1970;
  u32 month = 1;
  u32 day = 1;
};

// Years are counted from March, so that the leap day is a year's last; 400 years have 146,097 days.
constexpr i64 days_from_civil(Civil civil) {
  const i64 year = civil.month <= 2 ? civil.year - 1 : civil.year;
  const i64 era = (year >= 0 ? year : year - 399) / 400;
  const i64 year_of_era = year - era * 400;
  const i64 month = civil.month > 2 ? civil.month - 3 : civil.month + 9;
  const i64 day_of_year = (153 * month + 2) / 5 + civil.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

constexpr Civil civil_from_days(i64 day) {
  day += 719'468;
  const i64 era = (day >= 0 ? day : day - 146'096) / 146'097;
  const i64 of_era = day - era * 146'097;
  const i64 year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const i64 of_year = of_era - (365 * year + year / 4 - year / 100);
  const i64 month = (5 * of_year + 2) / 153;
  const u32 civil_month = static_cast<u32>(month < 10 ? month + 3 : month - 9);
  return {year + era * 400 + (civil_month <= 2 ? 1 : 0), civil_month,
          static_cast<u32>(of_year - (153 * month + 2) / 5 + 1)};
}

constexpr u32 days_in_month(i64 year, u32 month) {
  const Civil next{month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};
  return static_cast<u32>(days_from_civil(next) - days_from_civil({year, month, 1}));
}

// Takes a date apart from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool literal(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  template <std::size_t N>
  std::optional<u32> one_of(const std::array<std::string_view, N>& names) {
    for (u32 i = 0; i < N; ++i) {
      if (literal(names[i])) return i;
    }
    return std::nullopt;
  }
  std::optional<i64> number(std::size_t digits) {
    const auto value = text_.size() < digits ? std::nullopt : decimal(text_.substr(0, digits));
    if (!value) return std::nullopt;
    text_.remove_prefix(digits);
    return static_cast<i64>(*value);
  }
  // Two places, the first of which may be blank.
  std::optional<i64> padded_day() { return literal(" ") ? number(1) : number(2); }
  // Seconds since midnight. A leap second is the next minute's first.
  std::optional<i64> time_of_day() {
    const auto hour = number(2);
    if (!hour || !literal(":")) return std::nullopt;
    const auto minute = number(2);
    if (!minute || !literal(":")) return std::nullopt;
    const auto second = number(2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return (*hour * 60 + *minute) * 60 + *second;
  }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

std::optional<i64> instant(std::optional<i64> year, std::optional<u32> month,
                           std::optional<i64> day, std::optional<i64> time) {
  if (!year || !month || !day || !time) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*year, *month + 1)) return std::nullopt;
  return days_from_civil({*year, *month + 1, static_cast<u32>(*day)}) * day_s + *time;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<i64> parse_fixdate(Reader in) {
  if (!in.one_of(days) || !in.literal(", ")) return std::nullopt;
  const auto day = in.number(2);
  if (!in.literal(" ")) return std::nullopt;
  const auto month = in.one_of(months);
  if (!in.literal(" ")) return std::nullopt;
  const auto year = in.number(4);
  if (!in.literal(" ")) return std::nullopt;
  const auto time = in.time_of_day();
  if (!in.literal(" GMT") || !in.at_end()) return std::nullopt;
  return instant(year, month, day, time);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<i64> parse_rfc850(Reader in, i64 now_s) {
  if (!in.one_of(long_days) || !in.literal(", ")) return std::nullopt;
  const auto day = in.number(2);
  if (!in.literal("-")) return std::nullopt;
  const auto month = in.one_of(months);
  if (!in.literal("-")) return std::nullopt;
  auto year = in.number(2);
  if (!year || !in.literal(" ")) return std::nullopt;
  const i64 now_year = civil_from_days(now_s / day_s).year;
  *year += now_year / 100 * 100;
  if (*year > now_year + 50) *year -= 100;
  const auto time = in.time_of_day();
  if (!in.literal(" GMT") || !in.at_end()) return std::nullopt;
  return instant(year, month, day, time);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<i64> parse_asctime(Reader in) {
  if (!in.one_of(days) || !in.literal(" ")) return std::nullopt;
  const auto month = in.one_of(months);
  if (!in.literal(" ")) return std::nullopt;
  const auto day = in.padded_day();
  if (!in.literal(" ")) return std::nullopt;
  const auto time = in.time_of_day();
  if (!in.literal(" ")) return std::nullopt;
  const auto year = in.number(4);
  if (!in.at_end()) return std::nullopt;
  return instant(year, month, day, time);
}

}  // namespace

std::string format_date(i64 calendar_s) {
  i64 day = calendar_s / day_s;
  i64 second = calendar_s % day_s;
  if (second < 0) {
    --day;
    second += day_s;
  }
  const Civil civil = civil_from_days(day);
  const i64 weekday = ((day + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[static_cast<std::size_t>(weekday)], civil.day, months[civil.month - 1],
                     civil.year, second / 3'600, second / 60 % 60, second % 60);
}

std::optional<i64> parse_date(std::string_view text, i64 now_s) {
  if (auto date = parse_fixdate(Reader(text))) return date;
  if (auto date = parse_rfc850(Reader(text), now_s)) return date;
  return parse_asctime(Reader(text));
}

}  // namespace catenet::http
