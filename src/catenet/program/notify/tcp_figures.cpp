#include "catenet/program/notify/tcp_figures.hpp"

#include <netinet/in.h>

namespace catenet::program::notify {
namespace {

// The states of Linux, whose numbers are not RFC 9293's order.
u8 kernel_state(tcp::State state) {
  switch (state) {
    case tcp::State::established: return 1;
    case tcp::State::syn_sent: return 2;
    case tcp::State::syn_received: return 3;
    case tcp::State::fin_wait_1: return 4;
    case tcp::State::fin_wait_2: return 5;
    case tcp::State::time_wait: return 6;
    case tcp::State::closed: return 7;
    case tcp::State::close_wait: return 8;
    case tcp::State::last_ack: return 9;
    case tcp::State::listen: return 10;
    case tcp::State::closing: return 11;
  }
  return 7;
}

u32 in_us(Duration time) { return static_cast<u32>(time.us()); }
u32 segments(u32 bytes, u32 mss) { return mss == 0 ? 0 : (bytes + mss - 1) / mss; }

}  // namespace

tcp_info tcp_figures(const tcp::TcpInfo& info) {
  tcp_info figures{};
  figures.tcpi_state = kernel_state(info.state);
  figures.tcpi_ca_state = info.in_recovery ? 3 : 0;  // TCP_CA_Recovery, TCP_CA_Open
  figures.tcpi_backoff = static_cast<u8>(info.backoff);
  figures.tcpi_options = static_cast<u8>(
      (info.timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (info.sack ? TCPI_OPT_SACK : 0) |
      (info.window_scaling ? TCPI_OPT_WSCALE : 0) | (info.ecn ? TCPI_OPT_ECN : 0));
  figures.tcpi_snd_wscale = info.send_scale & 0xf;
  figures.tcpi_rcv_wscale = info.receive_scale & 0xf;
  figures.tcpi_rto = in_us(info.rto);
  figures.tcpi_snd_mss = info.send_mss;
  figures.tcpi_rcv_mss = info.receive_mss;
  figures.tcpi_unacked = segments(info.unacked, info.send_mss);
  figures.tcpi_sacked = segments(info.sacked, info.send_mss);
  figures.tcpi_lost = segments(info.lost, info.send_mss);
  figures.tcpi_retrans = info.retransmissions;
  figures.tcpi_total_retrans = info.retransmissions;
  figures.tcpi_pmtu = info.pmtu;
  figures.tcpi_rtt = in_us(info.rtt);
  figures.tcpi_rttvar = in_us(info.rttvar);
  figures.tcpi_snd_ssthresh = segments(info.ssthresh, info.send_mss);
  figures.tcpi_snd_cwnd = segments(info.cwnd, info.send_mss);
  figures.tcpi_advmss = info.receive_mss;
  figures.tcpi_rcv_rtt = in_us(info.receive_rtt);
  figures.tcpi_rcv_space = static_cast<u32>(info.receive_space);
  figures.tcpi_pacing_rate = info.pacing_rate;
  figures.tcpi_bytes_acked = info.bytes_acked;
  figures.tcpi_bytes_received = info.bytes_received;
  figures.tcpi_segs_out = info.segments_out;
  figures.tcpi_segs_in = info.segments_in;
  figures.tcpi_notsent_bytes = info.not_sent;
  figures.tcpi_min_rtt = in_us(info.min_rtt);
  figures.tcpi_data_segs_out = info.data_segments_out;
  figures.tcpi_delivery_rate = info.delivery_rate;
  figures.tcpi_bytes_sent = info.bytes_sent;
  figures.tcpi_bytes_retrans = info.bytes_retransmitted;
  figures.tcpi_dsack_dups = info.duplicate_sacks;
  figures.tcpi_rcv_ooopack = info.out_of_order;
  return figures;
}

}  // namespace catenet::program::notify
