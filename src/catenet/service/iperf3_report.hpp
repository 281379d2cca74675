// What the iperf3 client prints: lines as the classic program has them, or one JSON document.
#pragma once

#include <memory>

#include "catenet/service/iperf3_options.hpp"
#include "catenet/service/iperf3_traffic.hpp"

namespace catenet::iperf3 {

// Of a stream or of several, over some time.
struct Figures {
  bool sends = false;  // as seen from the client
  Duration begin;
  Duration end;
  Tally tally;
  Duration jitter;  // of received datagrams; the mean of several streams
  bool has_retransmits = false;
  std::optional<tcp::TcpInfo> info;  // of a stream that is sent from here
};
// The sum; they lie over the same time.
Figures sum_of(const std::vector<Figures>& streams, bool sends);

// A stream as its two ends saw it.
struct Ends {
  Figures sender;
  Figures receiver;
};

struct StreamName {
  Endpoint local;
  Endpoint remote;
};

class Report {
 public:
  virtual ~Report() = default;
  virtual void connecting(const Cookie& cookie) = 0;
  virtual void connected(const std::vector<StreamName>& streams) = 0;
  virtual void interval(const std::vector<Figures>& streams, bool omitted) = 0;
  virtual void summary(const std::vector<Ends>& streams) = 0;
  virtual void failed(std::string_view why) = 0;
};

// `options`, `system` and where it prints outlive it.
std::unique_ptr<Report> make_text_report(const Iperf3ClientOptions& options, Output& out,
                                         Output& error);
std::unique_ptr<Report> make_json_report(const Iperf3ClientOptions& options, System& system,
                                         Output& out);

// The number that lines give a stream, n from 0: as the descriptors of the classic program.
constexpr u32 shown_id(std::size_t n) { return 5 + 2 * static_cast<u32>(n); }

// "1.10 GBytes", "942 Mbits": bytes by 1024, bits by 1000, in about four places.
std::string shown_bytes(u64 bytes);
std::string shown_bits(double bits);
// 0 for no time at all.
double bits_per_s(u64 bytes, Duration time);

}  // namespace catenet::iperf3
