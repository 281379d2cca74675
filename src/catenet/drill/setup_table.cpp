#include "catenet/drill/setup_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace catenet::drill {
namespace {

using tcp::Options;

std::optional<i64> setting_number(std::string_view text) {
  if (text.starts_with("0x")) {
    u32 value = 0;
    const auto [end, error] =
        std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }
  i64 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t", begin), text.size());
    words.push_back(text.substr(begin, at - begin));
  }
  return words;
}

Duration ms(i64 n) { return Duration::milliseconds(n); }

// How long Linux goes on with `retries` retransmissions: time-outs of `first` that double up to 120
// s.
Duration retry_time(i64 retries, Duration first) {
  Duration total = Duration::zero();
  for (i64 i = 0; i <= retries; ++i) {
    total += first;
    first = std::min(first * 2, Duration::seconds(120));
  }
  return total;
}

struct SettingRow {
  std::string_view key;
  i64 least;
  i64 most;
  void (*set)(Scene&, i64);
};

constexpr i64 billion = 1'000'000'000;

// Linux's numbers.
constexpr std::array<SettingRow, 28> linux_rows = {{
    {"net.ipv4.tcp_sack", 0, 1, [](Scene& s, i64 n) { s.host.tcp.sack = n != 0; }},
    {"net.ipv4.tcp_timestamps", 0, 2, [](Scene& s, i64 n) { s.host.tcp.timestamps = n != 0; }},
    {"net.ipv4.tcp_window_scaling", 0, 1,
     [](Scene& s, i64 n) { s.host.tcp.window_scaling = n != 0; }},
    {"net.ipv4.tcp_ecn", 0, 2,
     [](Scene& s, i64 n) {
       s.host.tcp.ecn = n == 0 ? tcp::Ecn::off : n == 1 ? tcp::Ecn::on : tcp::Ecn::passive;
     }},
    {"net.ipv4.tcp_mtu_probing", 0, 2,
     [](Scene& s, i64 n) {
       s.host.tcp.mtu_probing = n == 0   ? tcp::MtuProbing::off
                                : n == 1 ? tcp::MtuProbing::black_hole
                                         : tcp::MtuProbing::on;
     }},
    {"net.ipv4.tcp_base_mss", 1, 65'535,
     [](Scene& s, i64 n) { s.host.tcp.base_mss = static_cast<u32>(n); }},
    {"net.ipv4.tcp_recovery", 0, 1,
     [](Scene& s, i64 n) {
       s.host.tcp.loss_detection = n == 0 ? tcp::LossDetection::sack : tcp::LossDetection::rack;
     }},
    {"net.ipv4.tcp_early_retrans", 0, 3,
     [](Scene& s, i64 n) { s.host.tcp.tail_loss_probe = n >= 3; }},
    {"net.ipv4.tcp_frto", 0, 2, [](Scene& s, i64 n) { s.host.tcp.frto = n != 0; }},
    // The bits beyond, of who needs no cookie or no socket option, are not known.
    {"net.ipv4.tcp_fastopen", 0, 3,
     [](Scene& s, i64 n) { s.host.tcp.fast_open = static_cast<tcp::FastOpen>(n); }},
    {"net.ipv4.tcp_syncookies", 0, 1, [](Scene& s, i64 n) { s.host.tcp.syn_cookies = n != 0; }},
    {"net.ipv4.tcp_max_syn_backlog", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.syn_backlog = static_cast<u32>(n); }},
    {"net.ipv4.tcp_synack_retries", 0, 255,
     [](Scene& s, i64 n) { s.host.tcp.syn_ack_retries = static_cast<u32>(n); }},
    {"net.ipv4.tcp_syn_retries", 1, 127,
     [](Scene& s, i64 n) { s.host.tcp.syn_limit = retry_time(n, s.host.tcp.rto.initial); }},
    {"net.ipv4.tcp_retries1", 0, 255,
     [](Scene& s, i64 n) { s.host.tcp.r1_retransmissions = static_cast<u32>(n); }},
    {"net.ipv4.tcp_retries2", 0, 255,
     [](Scene& s, i64 n) { s.host.tcp.r2 = retry_time(n, s.host.tcp.rto.min); }},
    {"net.ipv4.tcp_fin_timeout", 0, 86'400,
     [](Scene& s, i64 n) { s.host.tcp.fin_wait_2 = Duration::seconds(n); }},
    {"net.ipv4.tcp_keepalive_time", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.keep_alive_times.idle = Duration::seconds(n); }},
    {"net.ipv4.tcp_keepalive_intvl", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.keep_alive_times.interval = Duration::seconds(n); }},
    {"net.ipv4.tcp_keepalive_probes", 1, 255,
     [](Scene& s, i64 n) { s.host.tcp.keep_alive_times.probes = static_cast<u32>(n); }},
    {"net.ipv4.tcp_max_tw_buckets", 0, billion,
     [](Scene& s, i64 n) { s.host.tcp.time_waits = static_cast<u32>(n); }},
    {"net.ipv4.tcp_rto_min_us", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.rto.min = Duration::microseconds(n); }},
    {"net.ipv4.tcp_challenge_ack_limit", 0, INT32_MAX,
     [](Scene& s, i64 n) { s.host.tcp.challenge_limit = static_cast<u32>(n); }},
    {"net.ipv4.ip_default_ttl", 1, 255,
     [](Scene& s, i64 n) { s.host.ip.default_ttl = static_cast<u8>(n); }},
    {"net.ipv4.ip_no_pmtu_disc", 0, 1,
     [](Scene& s, i64 n) { s.host.ip.path_mtu_discovery = n == 0; }},
    {"net.ipv4.icmp_echo_ignore_all", 0, 1, [](Scene& s, i64 n) { s.host.ip.echo_reply = n == 0; }},
    {"net.core.rmem_max", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.max_buffer = static_cast<u32>(n); }},
    {"net.core.rmem_default", 1, billion,
     [](Scene& s, i64 n) { s.host.datagram_buffer = static_cast<u32>(n); }},
}};

// What Linux has compiled in, or nowhere.
constexpr std::array<SettingRow, 17> own_rows = {{
    {"catenet.tcp.rto_initial_ms", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.rto.initial = ms(n); }},
    {"catenet.tcp.rto_min_ms", 1, billion, [](Scene& s, i64 n) { s.host.tcp.rto.min = ms(n); }},
    {"catenet.tcp.rto_max_ms", 1, billion, [](Scene& s, i64 n) { s.host.tcp.rto.max = ms(n); }},
    {"catenet.tcp.delayed_ack_ms", 0, 500, [](Scene& s, i64 n) { s.host.tcp.delayed_ack = ms(n); }},
    {"catenet.tcp.msl_ms", 1, billion, [](Scene& s, i64 n) { s.host.tcp.msl = ms(n); }},
    {"catenet.tcp.syn_limit_ms", 1, billion, [](Scene& s, i64 n) { s.host.tcp.syn_limit = ms(n); }},
    {"catenet.tcp.r2_ms", 1, billion, [](Scene& s, i64 n) { s.host.tcp.r2 = ms(n); }},
    {"catenet.tcp.fin_wait_2_ms", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.fin_wait_2 = ms(n); }},
    {"catenet.tcp.user_timeout_ms", 0, billion,
     [](Scene& s, i64 n) { s.host.tcp.user_timeout = ms(n); }},
    {"catenet.tcp.initial_window", 1, 1'000,
     [](Scene& s, i64 n) { s.host.tcp.initial_window = static_cast<u32>(n); }},
    {"catenet.tcp.nagle", 0, 1, [](Scene& s, i64 n) { s.host.tcp.nagle = n != 0; }},
    {"catenet.tcp.keep_alive", 0, 1, [](Scene& s, i64 n) { s.host.tcp.keep_alive = n != 0; }},
    {"catenet.tcp.receive_buffer", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.receive_buffer = static_cast<u32>(n); }},
    {"catenet.tcp.receive_buffer_most", 0, billion,
     [](Scene& s, i64 n) { s.host.tcp.receive_buffer_most = static_cast<u32>(n); }},
    {"catenet.tcp.pacing", 0, 1, [](Scene& s, i64 n) { s.host.tcp.pacing = n != 0; }},
    {"catenet.tcp.window_validation", 0, 1,
     [](Scene& s, i64 n) { s.host.tcp.window_validation = n != 0; }},
    {"catenet.tcp.send_buffer", 1, billion,
     [](Scene& s, i64 n) { s.host.tcp.send_buffer = static_cast<u32>(n); }},
}};

// What Catenet always is, or never does: the values that say the same, -1 for any.
struct Fixed {
  std::string_view key;
  i64 first;
  i64 second;
};
constexpr std::array<Fixed, 15> fixed_rows = {{
    {"net.ipv4.tcp_abort_on_overflow", 0, 0},
    {"net.ipv4.tcp_autocorking", 0, 0},
    {"net.ipv4.tcp_dsack", 1, 1},
    {"net.ipv4.tcp_fack", 0, 0},
    {"net.ipv4.tcp_invalid_ratelimit", 0, 0},
    {"net.ipv4.tcp_min_tso_segs", -1, 0},
    {"net.ipv4.tcp_moderate_rcvbuf", 0, 0},
    {"net.ipv4.tcp_no_metrics_save", 1, 1},
    {"net.ipv4.tcp_pacing_ca_ratio", -1, 0},
    {"net.ipv4.tcp_pacing_ss_ratio", -1, 0},
    {"net.ipv4.tcp_slow_start_after_idle", 1, 1},
    {"net.ipv4.tcp_stdurg", 0, 0},
    {"net.ipv4.tcp_thin_linear_timeouts", 0, 0},
    {"net.ipv4.tcp_tso_win_divisor", -1, 0},
}};

constexpr std::array<std::string_view, 4> worded = {"net.ipv4.tcp_congestion_control",
                                                    "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
                                                    "net.ipv4.ip_local_port_range"};

Fit set_words(Scene& setup, std::string_view key, std::string_view value) {
  if (key == worded[0]) {
    const auto kind = congestion_by_name(value);
    if (!kind) return Fit::different;
    setup.host.tcp.congestion = *kind;
    return Fit::done;
  }
  std::vector<i64> numbers;
  for (const std::string_view word : split(value)) {
    const auto n = setting_number(word);
    if (!n || *n < 1 || *n > billion) return Fit::bad_value;
    numbers.push_back(*n);
  }
  if (key == worded[3]) {
    if (numbers.size() != 2 || numbers[0] > numbers[1] || numbers[1] > 65'535)
      return Fit::bad_value;
    setup.host.ports = {static_cast<u16>(numbers[0]), static_cast<u16>(numbers[1])};
    return Fit::done;
  }
  if (numbers.size() != 3) return Fit::bad_value;
  // The window begins with the middle number; what is written may grow to the last.
  if (key == worded[1]) setup.host.tcp.receive_buffer = static_cast<u32>(numbers[1]);
  if (key == worded[2]) setup.host.tcp.send_buffer = static_cast<u32>(numbers[2]);
  return Fit::done;
}

template <typename Rows>
const SettingRow* find_setting(const Rows& rows, std::string_view key) {
  const auto* found = std::ranges::find(rows, key, &SettingRow::key);
  return found == rows.end() ? nullptr : found;
}

}  // namespace

Fit apply_sysctl(Scene& setup, std::string_view key, std::string_view value) {
  if (std::ranges::find(worded, key) != worded.end()) return set_words(setup, key, value);
  const SettingRow* row = find_setting(linux_rows, key);
  if (!row) row = find_setting(own_rows, key);
  const auto n = setting_number(value);
  if (row) {
    if (!n || *n < row->least || *n > row->most) return Fit::bad_value;
    row->set(setup, *n);
    return Fit::done;
  }
  const auto* fixed = std::ranges::find(fixed_rows, key, &Fixed::key);
  if (fixed == fixed_rows.end()) return Fit::unknown;
  if (!n) return Fit::bad_value;
  const bool same = fixed->first == -1 || *n == fixed->first || *n == fixed->second;
  return same ? Fit::already : Fit::different;
}

std::span<const std::string_view> known_sysctls() {
  static const std::vector<std::string_view> keys = [] {
    std::vector<std::string_view> all(worded.begin(), worded.end());
    for (const SettingRow& row : linux_rows) all.push_back(row.key);
    for (const SettingRow& row : own_rows) all.push_back(row.key);
    for (const Fixed& row : fixed_rows) all.push_back(row.key);
    return all;
  }();
  return keys;
}

}  // namespace catenet::drill
