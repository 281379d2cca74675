// iperf3: measures how much a path carries, with a server at its other end.
#include <fmt/core.h>

#include "catenet/base/endian.hpp"
#include "catenet/service/iperf3_report.hpp"
#include "catenet/service/tools.hpp"

namespace catenet {
namespace iperf3 {
namespace {

// How long the server may take to say the next thing.
constexpr Duration patience = Duration::seconds(120);
// A greeting or its answer may be lost.
constexpr Duration hello_time = Duration::seconds(1);
constexpr u32 hello_tries = 10;

// What the path's segments hold, unless the host knows better.
constexpr u32 usual_datagram = 1'448;

std::string text_of_refusal(u32 reason, u32 error) {
  std::string text = "the server refused: ";
  switch (Refusal{reason}) {
    case Refusal::duration: text += "test duration too long"; break;
    case Refusal::stream_count: text += "number of parallel streams too large"; break;
    case Refusal::block_size: text += "block size invalid"; break;
    case Refusal::omit: text += "bogus value for --omit"; break;
    case Refusal::not_offered: text += "it does not offer this"; break;
    case Refusal::parameters: text += "it could not make out the parameters"; break;
    case Refusal::stream_listen: text += "it could not listen for streams"; break;
    default: text += fmt::format("its error {}", reason);
  }
  if (error != 0) text += fmt::format(": {}", errno_text(static_cast<Errno>(error)));
  return text;
}

// Steps give what went wrong, empty for nothing.
class Client {
 public:
  Client(Invocation& invocation, Iperf3ClientOptions options)
      : system_(invocation.system), options_(std::move(options)) {
    if (options_.json) report_ = make_json_report(options_, system_, invocation.out);
    if (!report_) report_ = make_text_report(options_, invocation.out, invocation.error);
  }
  FramePool& frame_pool() { return system_.frame_pool(); }

  Task<int> run() {
    const std::string problem = co_await measure();
    if (!problem.empty()) report_->failed(problem);
    co_return problem.empty() ? 0 : 1;
  }

 private:
  Task<std::string> measure();
  Task<std::string> connect();
  Task<std::string> agree();
  Task<std::string> create_streams();
  Task<std::string> create_stream(bool sends);
  Task<std::string> greet(Socket& socket);
  Task<std::string> run_traffic();
  Task<void> run_intervals(Duration length, bool omitted);
  Task<void> watch_control();
  Task<std::string> exchange_results();
  Task<std::string> expect(State wanted);
  Task<std::string> explain(State said);
  std::string lost(Errno error) const {
    if (error == Errno::connection_reset) return "control socket has closed unexpectedly";
    return fmt::format("unable to receive control message: {}", errno_text(error));
  }
  void report_interval(Duration begin, bool omitted, std::vector<Tally>& before);
  void report_summary(const Results& mine, const Results& theirs);

  System& system_;
  Iperf3ClientOptions options_;
  std::unique_ptr<Report> report_;
  Endpoint remote_;
  Cookie cookie_{};
  std::unique_ptr<Socket> control_;
  std::optional<Traffic> traffic_;
  std::optional<Result<State>> said_;  // by the server while the test ran
};

Task<std::string> Client::measure() {
  std::string problem = co_await connect();
  if (problem.empty()) problem = co_await agree();
  if (problem.empty()) problem = co_await create_streams();
  if (problem.empty()) problem = co_await expect(State::test_start);
  if (problem.empty()) problem = co_await expect(State::test_running);
  if (problem.empty()) problem = co_await run_traffic();
  if (problem.empty()) problem = co_await exchange_results();
  co_return problem;
}

// --- Before the test ---

Task<std::string> Client::connect() {
  constexpr std::string_view failure = "unable to connect to server: ";
  const auto addresses = co_await system_.resolve(options_.target, options_.family);
  if (!addresses) {
    const bool literal = IpAddress::parse(options_.target).has_value();
    co_return fmt::format(
        "{}{}", failure,
        literal ? "Address family for hostname not supported" : "Name or service not known");
  }
  remote_ = {addresses->front(), options_.port};
  auto control = co_await connect_stream(system_, remote_);
  if (!control) co_return fmt::format("{}{}", failure, errno_text(control.error()));
  control_ = *std::move(control);
  static_cast<void>(control_->set_option(SocketOption::no_delay, 1));
  cookie_ = make_cookie(system_.random());
  report_->connecting(cookie_);
  const auto sent = co_await send_all(system_, *control_, cookie_);
  if (!sent) co_return fmt::format("unable to send cookie: {}", errno_text(sent.error()));
  co_return std::string();
}

Task<std::string> Client::explain(State said) {
  if (said == State::access_denied) {
    co_return "the server is busy running a test. try again later";
  }
  if (said == State::server_terminate) co_return "the server has terminated";
  if (said != State::server_error) co_return "received an unknown control message";
  std::array<u8, 8> why{};
  const auto got = co_await receive_exactly(system_, *control_, why, system_.now() + patience);
  if (!got) co_return lost(got.error());
  co_return text_of_refusal(load32(why.data()), load32(why.data() + 4));
}

Task<std::string> Client::expect(State wanted) {
  const auto said = co_await read_state(system_, *control_, system_.now() + patience);
  if (!said) co_return lost(said.error());
  if (*said == wanted) co_return std::string();
  co_return co_await explain(*said);
}

Task<std::string> Client::agree() {
  std::string problem = co_await expect(State::parameter_exchange);
  if (!problem.empty()) co_return problem;
  Parameters& p = options_.parameters;
  if (p.length == 0) {
    const auto segment = control_->option(SocketOption::max_segment);
    p.length = segment && *segment >= 64 ? static_cast<u32>(*segment) : usual_datagram;
    p.length = std::min(p.length, max_datagram);
  }
  std::string text = to_json(p);
  const auto sent = co_await write_json(system_, *control_, std::move(text));
  if (!sent) co_return fmt::format("unable to send parameters: {}", errno_text(sent.error()));
  traffic_.emplace(system_, p, true);
  co_return co_await expect(State::create_streams);
}

Task<std::string> Client::create_streams() {
  const Parameters& p = options_.parameters;
  for (u32 n = 0; n < p.streams_in_all(); ++n) {
    const bool sends = p.bidirectional ? n < p.streams : !p.reverse;
    std::string problem = co_await create_stream(sends);
    if (!problem.empty()) co_return problem;
  }
  std::vector<StreamName> names;
  for (Stream& stream : traffic_->streams()) names.push_back({stream.socket().local(), remote_});
  report_->connected(names);
  co_return std::string();
}

Task<std::string> Client::greet(Socket& socket) {
  std::array<u8, 16> answer;
  for (u32 attempt = 0; attempt < hello_tries; ++attempt) {
    if (const auto sent = socket.send(hello); !sent) {
      co_return fmt::format("unable to write to stream socket: {}", errno_text(sent.error()));
    }
    const auto got = co_await receive_message(socket, answer, system_.now() + hello_time);
    // Whatever comes, the server knows this stream.
    if (got) co_return std::string();
    if (got.error() != Errno::timed_out) {
      co_return fmt::format("unable to read from stream socket: {}", errno_text(got.error()));
    }
  }
  co_return "unable to read from stream socket: Connection timed out";
}

Task<std::string> Client::create_stream(bool sends) {
  if (options_.parameters.udp) {
    auto socket = system_.open(remote_.address.family(), SocketType::datagram);
    Result<void> way = socket ? (*socket)->connect(remote_) : Unexpected(socket.error());
    if (!way) co_return fmt::format("unable to connect stream: {}", errno_text(way.error()));
    std::string problem = co_await greet(**socket);
    if (problem.empty()) traffic_->add(sends, *std::move(socket));
    co_return problem;
  }
  auto socket = co_await connect_stream(system_, remote_);
  if (!socket) co_return fmt::format("unable to connect stream: {}", errno_text(socket.error()));
  const auto sent = co_await send_all(system_, **socket, cookie_);
  if (!sent) co_return fmt::format("unable to send cookie: {}", errno_text(sent.error()));
  traffic_->add(sends, *std::move(socket));
  co_return std::string();
}

// --- The test ---

// Nothing is due from the server now: what it says, or that it is gone, ends the test.
Task<void> Client::watch_control() {
  said_ = co_await read_state(system_, *control_, Instant::never());
  traffic_->finished().set();
}

void Client::report_interval(Duration begin, bool omitted, std::vector<Tally>& before) {
  std::vector<Figures> figures;
  for (std::size_t n = 0; n < traffic_->streams().size(); ++n) {
    Stream& stream = traffic_->streams()[n];
    const Tally now = stream.tally();
    Figures one;
    one.sends = stream.sends();
    one.begin = begin;
    one.end = system_.now() - traffic_->begun();
    one.tally = now - before[n];
    one.jitter = stream.jitter();
    if (one.sends && !options_.parameters.udp) {
      if (const auto info = stream.socket().info()) one.info = *info;
      one.has_retransmits = true;
    }
    before[n] = now;
    figures.push_back(one);
  }
  report_->interval(figures, omitted);
}

// `length` zero: until the limit is reached.
Task<void> Client::run_intervals(Duration length, bool omitted) {
  const Instant begin = traffic_->begun();
  const Instant end = length > Duration::zero() ? begin + length : Instant::never();
  std::vector<Tally> before(traffic_->streams().size());
  Instant last = begin;
  while (last < end) {
    const bool reports = options_.interval > Duration::zero();
    const Instant next = reports ? std::min(end, last + options_.interval) : end;
    const auto over = co_await traffic_->finished().wait(next);
    if (over || over.error() == Errno::canceled || system_.now() >= end) {
      if (!omitted) traffic_->stop();
    }
    if (!over && over.error() == Errno::canceled) co_return;
    if (reports && system_.now() > last) {
      report_interval(last - begin, omitted, before);
    }
    if (over) co_return;
    last = system_.now();
  }
}

Task<std::string> Client::run_traffic() {
  TaskGroup watchers(system_.scheduler());
  traffic_->begin();
  watchers.spawn(watch_control());
  const Parameters& p = options_.parameters;
  if (p.omit_s > 0) {
    co_await run_intervals(Duration::seconds(p.omit_s), true);
    traffic_->end_omission();
  }
  if (!traffic_->finished().is_set()) co_await run_intervals(Duration::seconds(p.time_s), false);
  traffic_->stop();
  if (said_ && !said_->has_value()) co_return lost(said_->error());
  if (said_) co_return co_await explain(**said_);
  if (traffic_->broken() == Errno::ok) co_return std::string();
  co_return fmt::format("stream broke off: {}", errno_text(traffic_->broken()));
}

// --- After the test ---

void Client::report_summary(const Results& mine, const Results& theirs) {
  std::vector<Ends> ends;
  const bool udp = options_.parameters.udp;
  for (std::size_t n = 0; n < mine.streams.size(); ++n) {
    const bool sends = traffic_->streams()[n].sends();
    const auto figures = [&](const StreamResult& result, bool sender) {
      Figures f;
      f.sends = sends;
      f.end = result.length;
      f.tally.bytes = result.bytes;
      f.tally.packets = result.packets;
      if (!sender) f.tally.lost = result.lost;
      if (!sender) f.jitter = result.jitter;
      f.has_retransmits = sender && !udp && result.retransmits >= 0;
      if (f.has_retransmits) f.tally.retransmits = static_cast<u64>(result.retransmits);
      return f;
    };
    const StreamResult& here = mine.streams[n];
    StreamResult there;
    for (const StreamResult& one : theirs.streams) {
      if (one.id == here.id) there = one;
    }
    if (there.length <= Duration::zero()) there.length = here.length;
    ends.push_back({figures(sends ? here : there, true), figures(sends ? there : here, false)});
    ends.back().receiver.tally.out_of_order = traffic_->streams()[n].tally().out_of_order;
  }
  report_->summary(ends);
}

Task<std::string> Client::exchange_results() {
  const Results mine = traffic_->results();
  const auto ended = co_await write_state(system_, *control_, State::test_end);
  if (!ended) co_return lost(ended.error());
  std::string problem = co_await expect(State::exchange_results);
  if (!problem.empty()) co_return problem;
  std::string text = to_json(mine);
  const auto told = co_await write_json(system_, *control_, std::move(text));
  if (!told) co_return fmt::format("unable to send results: {}", errno_text(told.error()));
  const auto answer = co_await read_json(system_, *control_, system_.now() + patience);
  const auto theirs = answer ? parse_results(*answer) : std::nullopt;
  if (!theirs) {
    co_return fmt::format("unable to receive results: {}",
                          answer ? "they make no sense" : errno_text(answer.error()));
  }
  problem = co_await expect(State::display_results);
  if (!problem.empty()) co_return problem;
  report_summary(mine, *theirs);
  static_cast<void>(co_await write_state(system_, *control_, State::done));
  co_return std::string();
}

}  // namespace
}  // namespace iperf3

Task<int> iperf3_client(Invocation& invocation) {
  auto options = read_iperf3_options(invocation.arguments);
  if (!options) {
    invocation.error.write(options.error());
    co_return 1;
  }
  if (options->help) {
    invocation.out.write(iperf3_usage());
    co_return 0;
  }
  iperf3::Client client(invocation, *std::move(options));
  co_return co_await client.run();
}

}  // namespace catenet
