// iperf3 -J: the document of the classic program, less what only a machine has (its system, what
// its processors did).
#include <nlohmann/json.hpp>

#include "catenet/service/http_date.hpp"
#include "catenet/service/iperf3_report.hpp"

namespace catenet::iperf3 {
namespace {

using Json = nlohmann::ordered_json;

class JsonReport final : public Report {
 public:
  JsonReport(const Iperf3ClientOptions& options, System& system, Output& out)
      : options_(options), parameters_(options.parameters), system_(system), out_(out) {
    document_["start"]["connected"] = Json::array();
    document_["start"]["version"] = "catenet";
    document_["intervals"] = Json::array();
    document_["end"] = Json::object();
  }
  // Printed once, whatever became of the test.
  ~JsonReport() override { out_.write(document_.dump(1, '\t') + "\n"); }

  void connecting(const Cookie& cookie) override;
  void connected(const std::vector<StreamName>& streams) override;
  void interval(const std::vector<Figures>& streams, bool omitted) override;
  void summary(const std::vector<Ends>& streams) override;
  void failed(std::string_view why) override { document_["error"] = why; }

 private:
  // `total`: of the whole test, where datagrams are told of by both ends.
  Json figures(const Figures& f, bool total) const;
  Json test_start() const;

  const Iperf3ClientOptions& options_;
  const Parameters& parameters_;
  System& system_;
  Output& out_;
  Json document_;
};

Json JsonReport::test_start() const {
  const Parameters& p = parameters_;
  return {{"protocol", p.udp ? "UDP" : "TCP"},
          {"num_streams", p.streams},
          {"blksize", p.length},
          {"omit", p.omit_s},
          {"duration", p.time_s},
          {"bytes", p.bytes},
          {"blocks", p.blocks},
          {"reverse", p.reverse ? 1 : 0},
          {"bidir", p.bidirectional ? 1 : 0},
          {"target_bitrate", p.bits_per_s}};
}

void JsonReport::connecting(const Cookie& cookie) {
  Json& start = document_["start"];
  const i64 now = system_.calendar_s();
  start["timestamp"] = {{"time", http::format_date(now)}, {"timesecs", now}};
  start["connecting_to"] = {{"host", options_.target}, {"port", options_.port}};
  start["cookie"] = std::string(cookie.begin(), cookie.end() - 1);
}

void JsonReport::connected(const std::vector<StreamName>& streams) {
  for (std::size_t n = 0; n < streams.size(); ++n) {
    document_["start"]["connected"].push_back(
        {{"socket", shown_id(n)},
         {"local_host", streams[n].local.address.to_string()},
         {"local_port", streams[n].local.port},
         {"remote_host", streams[n].remote.address.to_string()},
         {"remote_port", streams[n].remote.port}});
  }
  document_["start"]["test_start"] = test_start();
}

Json JsonReport::figures(const Figures& f, bool total) const {
  Json json = {{"start", in_seconds(f.begin)},
               {"end", in_seconds(f.end)},
               {"seconds", in_seconds(f.end - f.begin)},
               {"bytes", f.tally.bytes},
               {"bits_per_second", bits_per_s(f.tally.bytes, f.end - f.begin)}};
  if (f.has_retransmits) json["retransmits"] = f.tally.retransmits;
  if (f.info) {
    json["snd_cwnd"] = f.info->cwnd;
    json["snd_wnd"] = f.info->send_window;
    json["rtt"] = f.info->rtt.us();
    json["rttvar"] = f.info->rttvar.us();
    json["pmtu"] = f.info->pmtu;
  }
  if (parameters_.udp) {
    if (!f.sends || total) {
      json["jitter_ms"] = in_seconds(f.jitter) * 1e3;
      json["lost_packets"] = f.tally.lost;
    }
    json["packets"] = f.tally.packets;
    if (!f.sends || total) {
      json["lost_percent"] = f.tally.packets == 0 ? 0.0
                                                  : 100.0 * static_cast<double>(f.tally.lost) /
                                                        static_cast<double>(f.tally.packets);
    }
  }
  return json;
}

void JsonReport::interval(const std::vector<Figures>& streams, bool omitted) {
  Json one;
  one["streams"] = Json::array();
  const auto finish = [&](Json json, bool sends) {
    json["omitted"] = omitted;
    json["sender"] = sends;
    return json;
  };
  for (std::size_t n = 0; n < streams.size(); ++n) {
    Json stream = {{"socket", shown_id(n)}};
    stream.update(finish(figures(streams[n], false), streams[n].sends));
    one["streams"].push_back(std::move(stream));
  }
  const bool sends = !parameters_.reverse;
  one["sum"] = finish(figures(sum_of(streams, sends), false), sends);
  if (parameters_.bidirectional) {
    one["sum_bidir_reverse"] = finish(figures(sum_of(streams, false), false), false);
  }
  document_["intervals"].push_back(std::move(one));
}

void JsonReport::summary(const std::vector<Ends>& streams) {
  Json& end = document_["end"];
  end["streams"] = Json::array();
  std::vector<Figures> senders;
  std::vector<Figures> receivers;
  const auto named = [&](std::size_t n, const Figures& f) {
    Json json = {{"socket", shown_id(n)}};
    json.update(figures(f, true));
    json["sender"] = f.sends;
    return json;
  };
  for (std::size_t n = 0; n < streams.size(); ++n) {
    const auto& [sender, receiver] = streams[n];
    senders.push_back(sender);
    receivers.push_back(receiver);
    if (parameters_.udp) {
      // One object: what was sent, and what the receiver says of it.
      Json udp = named(n, sender);
      udp.update(figures(receiver, true));
      udp["bytes"] = sender.tally.bytes;
      udp["out_of_order"] = receiver.tally.out_of_order;
      end["streams"].push_back({{"udp", std::move(udp)}});
    } else {
      end["streams"].push_back({{"sender", named(n, sender)}, {"receiver", named(n, receiver)}});
    }
  }
  const auto sums = [&](bool sends, const std::string& suffix) {
    const Figures received = sum_of(receivers, sends);
    if (parameters_.udp) end["sum" + suffix] = figures(received, true);
    end["sum_sent" + suffix] = figures(sum_of(senders, sends), true);
    end["sum_received" + suffix] = figures(received, true);
  };
  sums(!parameters_.reverse, "");
  if (parameters_.bidirectional) sums(false, "_bidir_reverse");
}

}  // namespace

std::unique_ptr<Report> make_json_report(const Iperf3ClientOptions& options, System& system,
                                         Output& out) {
  return std::make_unique<JsonReport>(options, system, out);
}

}  // namespace catenet::iperf3
