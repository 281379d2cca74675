#include "catenet/drill/tcp_info_names.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace catenet::drill {
namespace {

using tcp::TcpInfo;

struct InfoRow {
  std::string_view name;
  i64 (*value)(const TcpInfo&);
};

// Whole segments; one that is begun counts.
i64 segments(const TcpInfo& info, u32 bytes) {
  return info.send_mss == 0 ? 0 : (i64{bytes} + info.send_mss - 1) / info.send_mss;
}

i64 state_number(tcp::State state) {
  using enum tcp::State;
  switch (state) {
    case established: return 1;
    case syn_sent: return 2;
    case syn_received: return 3;
    case fin_wait_1: return 4;
    case fin_wait_2: return 5;
    case time_wait: return 6;
    case closed: return 7;
    case close_wait: return 8;
    case last_ack: return 9;
    case listen: return 10;
    case closing: return 11;
  }
  return 0;
}

i64 recovery_number(const TcpInfo& info) {
  if (info.in_timeout) return 4;
  if (info.in_recovery) return 3;
  return info.sacked > 0 ? 1 : 0;
}

// Linux says this of a threshold that never was set.
constexpr i64 no_threshold = 0x7fff'ffff;

constexpr auto info_rows = std::to_array<InfoRow>({
    {"tcpi_state", [](const TcpInfo& i) { return state_number(i.state); }},
    {"tcpi_ca_state", recovery_number},
    {"tcpi_retransmits", [](const TcpInfo& i) { return i64{i.timeouts}; }},
    {"tcpi_backoff", [](const TcpInfo& i) { return i64{i.backoff}; }},
    {"tcpi_options",
     [](const TcpInfo& i) {
       return i64{i.timestamps ? 1 : 0} | (i.sack ? 2 : 0) | (i.window_scaling ? 4 : 0) |
              (i.ecn ? 8 : 0) | (i.syn_text ? 32 : 0);
     }},
    {"tcpi_snd_wscale", [](const TcpInfo& i) { return i64{i.send_scale}; }},
    {"tcpi_rcv_wscale", [](const TcpInfo& i) { return i64{i.receive_scale}; }},
    {"tcpi_rto", [](const TcpInfo& i) { return i.rto.us(); }},
    {"tcpi_rtt", [](const TcpInfo& i) { return i.rtt.us(); }},
    {"tcpi_rttvar", [](const TcpInfo& i) { return i.rttvar.us(); }},
    {"tcpi_snd_mss", [](const TcpInfo& i) { return i64{i.send_mss}; }},
    {"tcpi_rcv_mss", [](const TcpInfo& i) { return i64{i.receive_mss}; }},
    {"tcpi_pmtu", [](const TcpInfo& i) { return i64{i.pmtu}; }},
    {"tcpi_unacked", [](const TcpInfo& i) { return segments(i, i.unacked); }},
    {"tcpi_sacked", [](const TcpInfo& i) { return segments(i, i.sacked); }},
    {"tcpi_lost", [](const TcpInfo& i) { return segments(i, i.lost); }},
    {"tcpi_snd_cwnd",
     [](const TcpInfo& i) { return i.send_mss == 0 ? i64{0} : i64{i.cwnd} / i.send_mss; }},
    {"tcpi_snd_ssthresh",
     [](const TcpInfo& i) {
       const bool never = i.ssthresh >= static_cast<u32>(no_threshold) || i.send_mss == 0;
       return never ? no_threshold : i64{i.ssthresh} / i.send_mss;
     }},
    {"tcpi_total_retrans", [](const TcpInfo& i) { return i64{i.retransmissions}; }},
    {"tcpi_bytes_acked", [](const TcpInfo& i) { return static_cast<i64>(i.bytes_acked); }},
    {"tcpi_bytes_received", [](const TcpInfo& i) { return static_cast<i64>(i.bytes_received); }},
    {"tcpi_bytes_sent", [](const TcpInfo& i) { return static_cast<i64>(i.bytes_sent); }},
    {"tcpi_bytes_retrans",
     [](const TcpInfo& i) { return static_cast<i64>(i.bytes_retransmitted); }},
    {"tcpi_segs_out", [](const TcpInfo& i) { return i64{i.segments_out}; }},
    {"tcpi_segs_in", [](const TcpInfo& i) { return i64{i.segments_in}; }},
    {"tcpi_notsent_bytes", [](const TcpInfo& i) { return i64{i.not_sent}; }},
    {"tcpi_data_segs_out", [](const TcpInfo& i) { return i64{i.data_segments_out}; }},
    {"tcpi_data_segs_in", [](const TcpInfo& i) { return i64{i.data_segments_in}; }},
    {"tcpi_min_rtt", [](const TcpInfo& i) { return i.min_rtt.us(); }},
    {"tcpi_pacing_rate", [](const TcpInfo& i) { return static_cast<i64>(i.pacing_rate); }},
    {"tcpi_delivery_rate", [](const TcpInfo& i) { return static_cast<i64>(i.delivery_rate); }},
    {"tcpi_delivery_rate_app_limited", [](const TcpInfo& i) { return i64{i.app_limited}; }},
    {"tcpi_delivered", [](const TcpInfo& i) { return segments(i, static_cast<u32>(i.delivered)); }},
    {"tcpi_delivered_ce",
     [](const TcpInfo& i) { return segments(i, static_cast<u32>(i.delivered_marked)); }},
    {"tcpi_busy_time", [](const TcpInfo& i) { return i.busy.us(); }},
    {"tcpi_rwnd_limited", [](const TcpInfo& i) { return i.window_limited.us(); }},
    {"tcpi_sndbuf_limited", [](const TcpInfo& i) { return i.buffer_limited.us(); }},
    {"tcpi_rcv_rtt", [](const TcpInfo& i) { return i.receive_rtt.us(); }},
    {"tcpi_rcv_space", [](const TcpInfo& i) { return static_cast<i64>(i.receive_space); }},
    {"tcpi_reord_seen", [](const TcpInfo& i) { return i64{i.reordering_seen}; }},
    {"tcpi_dsack_dups", [](const TcpInfo& i) { return i64{i.duplicate_sacks}; }},
    {"tcpi_rcv_ooopack", [](const TcpInfo& i) { return i64{i.out_of_order}; }},
    {"tcpi_snd_wnd", [](const TcpInfo& i) { return i64{i.send_window}; }},
    {"tcpi_rcv_wnd", [](const TcpInfo& i) { return i64{i.receive_window}; }},
});

struct AgeRow {
  std::string_view name;
  Instant TcpInfo::* then;
};
constexpr auto age_rows = std::to_array<AgeRow>({
    {"tcpi_last_data_sent", &TcpInfo::last_sent},
    {"tcpi_last_data_recv", &TcpInfo::last_text_heard},
    {"tcpi_last_ack_recv", &TcpInfo::last_heard},
});

struct Constant {
  std::string_view name;
  i64 value;
};
constexpr auto constants = std::to_array<Constant>({
    {"TCP_ESTABLISHED", 1},     {"TCP_SYN_SENT", 2},  {"TCP_SYN_RECV", 3},    {"TCP_FIN_WAIT1", 4},
    {"TCP_FIN_WAIT2", 5},       {"TCP_TIME_WAIT", 6}, {"TCP_CLOSE", 7},       {"TCP_CLOSE_WAIT", 8},
    {"TCP_LAST_ACK", 9},        {"TCP_LISTEN", 10},   {"TCP_CLOSING", 11},    {"TCP_CA_Open", 0},
    {"TCP_CA_Disorder", 1},     {"TCP_CA_CWR", 2},    {"TCP_CA_Recovery", 3}, {"TCP_CA_Loss", 4},
    {"TCPI_OPT_TIMESTAMPS", 1}, {"TCPI_OPT_SACK", 2}, {"TCPI_OPT_WSCALE", 4}, {"TCPI_OPT_ECN", 8},
    {"TCPI_OPT_SYN_DATA", 32},
});

}  // namespace

std::optional<i64> tcp_info_value(std::string_view name, const TcpInfo& info, Instant now) {
  const auto* age = std::ranges::find(age_rows, name, &AgeRow::name);
  if (age != age_rows.end()) {
    const Instant then = info.*age->then;
    return then == Instant::never() ? now.since_start().ms() : (now - then).ms();
  }
  const auto* found = std::ranges::find(info_rows, name, &InfoRow::name);
  if (found == info_rows.end()) return std::nullopt;
  return found->value(info);
}

std::optional<i64> tcp_constant(std::string_view name) {
  const auto* found = std::ranges::find(constants, name, &Constant::name);
  if (found == constants.end()) return std::nullopt;
  return found->value;
}

std::span<const std::string_view> tcp_info_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const InfoRow& row : info_rows) all.push_back(row.name);
    for (const AgeRow& row : age_rows) all.push_back(row.name);
    return all;
  }();
  return names;
}

}  // namespace catenet::drill
