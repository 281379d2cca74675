#include "catenet/service/iperf3_report.hpp"

#include <array>
#include <fmt/core.h>

namespace catenet::iperf3 {
namespace {

constexpr std::string_view separator = "- - - - - - - - - - - - - - - - - - - - - - - - -\n";

std::string shown(double value, double step, std::string_view unit) {
  constexpr std::array<std::string_view, 5> prefixes = {"", "K", "M", "G", "T"};
  std::size_t prefix = 0;
  for (; value >= step && prefix + 1 < prefixes.size(); ++prefix) value /= step;
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:4.{}f} {}{}", value, decimals, prefixes[prefix], unit);
}

class TextReport final : public Report {
 public:
  TextReport(const Iperf3ClientOptions& options, Output& out, Output& error)
      : options_(options), parameters_(options.parameters), out_(out), error_(error) {}

  void connecting(const Cookie&) override {
    print("Connecting to host {}, port {}\n", options_.target, options_.port);
    if (parameters_.reverse) {
      print("Reverse mode, remote host {} is sending\n", options_.target);
    }
  }
  void connected(const std::vector<StreamName>& streams) override {
    for (std::size_t n = 0; n < streams.size(); ++n) {
      const auto& [local, remote] = streams[n];
      print("[{:3}] local {} port {} connected to {} port {}\n", shown_id(n),
            local.address.to_string(), local.port, remote.address.to_string(), remote.port);
    }
  }
  void interval(const std::vector<Figures>& streams, bool omitted) override;
  void summary(const std::vector<Ends>& streams) override;
  void failed(std::string_view why) override {
    error_.write(fmt::format("iperf3: error - {}\n", why));
  }

 private:
  template <typename... T>
  void print(fmt::format_string<T...> format, T&&... arguments) {
    out_.write(fmt::format(format, std::forward<T>(arguments)...));
  }
  void print_header(bool summary);
  // "[  5][TX-C]   0.00-1.00   sec   128 KBytes  1.05 Mbits/sec"
  std::string beginning(std::string_view id, const Figures& figures) const;
  std::string datagrams(const Figures& figures, bool summary) const;
  void print_line(std::string_view id, const Figures& figures, std::string_view tail);
  void print_end(std::string_view id, const Figures& figures, std::string_view tail);

  const Iperf3ClientOptions& options_;
  const Parameters& parameters_;
  Output& out_;
  Output& error_;
  bool header_printed_ = false;
};

void TextReport::print_header(bool summary) {
  std::string_view last = "";
  if (parameters_.udp) {
    const bool sends_only = !parameters_.reverse && !parameters_.bidirectional;
    last = sends_only && !summary ? "         Total Datagrams"
                                  : "         Jitter    Lost/Total Datagrams";
  } else if (summary) {
    last = "         Retr";
  } else if (!parameters_.reverse) {
    last = "         Retr  Cwnd";
  }
  print("[ ID]{} Interval           Transfer     Bitrate{}\n",
        parameters_.bidirectional ? "[Role]" : "", last);
}

std::string TextReport::beginning(std::string_view id, const Figures& f) const {
  std::string_view role;
  if (parameters_.bidirectional) role = f.sends ? "[TX-C]" : "[RX-C]";
  return fmt::format("{}{} {:6.2f}-{:<6.2f} sec  {}  {}/sec", id, role, in_seconds(f.begin),
                     in_seconds(f.end), shown_bytes(f.tally.bytes),
                     shown_bits(bits_per_s(f.tally.bytes, f.end - f.begin)));
}

std::string TextReport::datagrams(const Figures& f, bool summary) const {
  if (f.sends && !summary) {
    return fmt::format(" {} {}  ", parameters_.bidirectional ? "          " : "", f.tally.packets);
  }
  const double share = f.tally.packets == 0 ? 0
                                            : 100.0 * static_cast<double>(f.tally.lost) /
                                                  static_cast<double>(f.tally.packets);
  return fmt::format("  {:5.3f} ms  {}/{} ({:.2g}%)  ", in_seconds(f.jitter) * 1e3, f.tally.lost,
                     f.tally.packets, share);
}

void TextReport::print_line(std::string_view id, const Figures& f, std::string_view tail) {
  std::string line = beginning(id, f);
  if (parameters_.udp) {
    line += datagrams(f, false);
  } else if (f.info) {
    line += fmt::format("  {:3}   {}       ", f.tally.retransmits, shown_bytes(f.info->cwnd));
  } else if (f.has_retransmits) {
    line += fmt::format("  {:3}             ", f.tally.retransmits);
  } else {
    line += "                  ";
  }
  print("{}{}\n", line, tail);
}

void TextReport::interval(const std::vector<Figures>& streams, bool omitted) {
  const bool several = parameters_.streams > 1 || parameters_.bidirectional;
  if (!std::exchange(header_printed_, true)) {
    print_header(false);
  } else if (several) {
    print("{}", separator);
  }
  const std::string_view tail = omitted ? "(omitted)" : "";
  for (std::size_t n = 0; n < streams.size(); ++n) {
    print_line(fmt::format("[{:3}]", shown_id(n)), streams[n], tail);
  }
  if (parameters_.streams == 1) return;
  for (const bool sends : {true, false}) {
    const bool there = parameters_.bidirectional || sends != parameters_.reverse;
    if (there) print_line("[SUM]", sum_of(streams, sends), tail);
  }
}

void TextReport::print_end(std::string_view id, const Figures& f, std::string_view tail) {
  std::string line = beginning(id, f);
  if (parameters_.udp) {
    line += datagrams(f, true);
  } else if (f.has_retransmits) {
    line += fmt::format("  {:3}             ", f.tally.retransmits);
  } else {
    line += "                  ";
  }
  print("{}{}\n", line, tail);
}

void TextReport::summary(const std::vector<Ends>& streams) {
  print("{}", separator);
  print_header(true);
  std::vector<Figures> senders;
  std::vector<Figures> receivers;
  for (std::size_t n = 0; n < streams.size(); ++n) {
    const std::string id = fmt::format("[{:3}]", shown_id(n));
    print_end(id, streams[n].sender, "sender");
    print_end(id, streams[n].receiver, "receiver");
    senders.push_back(streams[n].sender);
    receivers.push_back(streams[n].receiver);
  }
  for (const bool sends : {true, false}) {
    const bool there = parameters_.bidirectional || sends != parameters_.reverse;
    if (parameters_.streams == 1 || !there) continue;
    print_end("[SUM]", sum_of(senders, sends), "sender");
    print_end("[SUM]", sum_of(receivers, sends), "receiver");
  }
  print("\niperf Done.\n");
}

}  // namespace

Figures sum_of(const std::vector<Figures>& streams, bool sends) {
  Figures sum;
  sum.sends = sends;
  i64 count = 0;
  for (const Figures& one : streams) {
    if (one.sends != sends) continue;
    sum.begin = one.begin;
    sum.end = std::max(sum.end, one.end);
    sum.tally += one.tally;
    sum.jitter += one.jitter;
    sum.has_retransmits |= one.has_retransmits;
    ++count;
  }
  if (count > 0) sum.jitter = sum.jitter / count;
  return sum;
}

std::unique_ptr<Report> make_text_report(const Iperf3ClientOptions& options, Output& out,
                                         Output& error) {
  return std::make_unique<TextReport>(options, out, error);
}

std::string shown_bytes(u64 bytes) { return shown(static_cast<double>(bytes), 1'024, "Bytes"); }
std::string shown_bits(double bits) { return shown(bits, 1'000, "bits"); }

double bits_per_s(u64 bytes, Duration time) {
  if (time <= Duration::zero()) return 0;
  return static_cast<double>(bytes) * 8 / in_seconds(time);
}

}  // namespace catenet::iperf3
