#include "catenet/service/iperf3_server.hpp"

#include <array>

#include "catenet/base/endian.hpp"
#include "catenet/coro/combine.hpp"
#include "catenet/service/echo.hpp"
#include "catenet/service/iperf3_traffic.hpp"

namespace catenet {
namespace iperf3 {
namespace {

// Connections that have not said yet what they are for.
constexpr u32 max_guests = 512;
// How long after its time a client may take to end a test.
constexpr Duration grace = Duration::seconds(60);

// The test that runs.
struct Test {
  Test(System& s, Socket& c, const Cookie& k) : system(s), control(c), cookie(k) {}

  FramePool& frame_pool() { return system.frame_pool(); }
  bool wants_streams() const {
    return collecting && traffic->streams().size() < traffic->parameters().streams_in_all();
  }
  // Which way the next stream goes, seen from here: those that a client sends come first.
  bool next_sends() const {
    const Parameters& p = traffic->parameters();
    return p.bidirectional ? traffic->streams().size() >= p.streams : p.reverse;
  }
  void on_stream_added() {
    if (!wants_streams()) complete.set();
  }

  System& system;
  Socket& control;
  Cookie cookie;
  bool collecting = false;
  Signal complete;  // all streams are there
  std::unique_ptr<Socket> datagrams;
  std::vector<u8> datagram;
  std::optional<Traffic> traffic;
};

void configure_control(Socket& control) {
  // A client that vanished is noticed though nothing is sent to it.
  static_cast<void>(control.set_option(SocketOption::keep_alive, 1));
  static_cast<void>(control.set_option(SocketOption::keep_idle, 30));
  static_cast<void>(control.set_option(SocketOption::keep_interval, 10));
  static_cast<void>(control.set_option(SocketOption::keep_count, 3));
  static_cast<void>(control.set_option(SocketOption::no_delay, 1));
}

Task<void> refuse_test(System& system, Socket& control, Refusal refusal, Errno error) {
  const auto sent = co_await write_state(system, control, State::server_error);
  if (!sent) co_return;
  std::array<u8, 8> why;
  store32(why.data(), static_cast<u32>(refusal));
  store32(why.data() + 4, error == Errno::ok ? 0 : static_cast<u32>(error));
  static_cast<void>(co_await send_all(system, control, why, system.now() + answer_time));
}

// --- Datagrams: all streams share the port's one socket ---

void take_datagram(Test& test, const Message& message) {
  const ByteView bytes =
      ByteView(test.datagram).first(std::min<std::size_t>(message.size, test.datagram.size()));
  Stream* stream = test.traffic->find(message.source);
  // A client that got no answer says it again, though the test may have begun.
  const bool greets = is_hello(bytes);
  if (!stream && greets && test.wants_streams()) {
    test.traffic->add(test.next_sends(), *test.datagrams, message.source);
    stream = &test.traffic->streams().back();
    test.on_stream_added();
  }
  if (!stream) return;
  if (greets) static_cast<void>(test.datagrams->send_to(hello_answer, message.source));
  if (!greets) test.traffic->take(*stream, bytes, message);
}

Task<void> receive_datagrams(Test& test) {
  for (;;) {
    const auto message = co_await receive_message(*test.datagrams, test.datagram);
    if (message) {
      take_datagram(test, *message);
    } else if (message.error() == Errno::canceled || message.error() == Errno::bad_descriptor) {
      co_return;
    }
  }
}

Result<void> open_datagrams(Test& test, u16 port) {
  auto socket = bind_datagrams(test.system, port);
  if (!socket) return Unexpected(socket.error());
  test.datagrams = *std::move(socket);
  test.datagram.resize(max_datagram);
  test.traffic->configure(*test.datagrams);
  return {};
}

// --- A test, step by step ---

// What the client wants; false: it was refused or is gone.
Task<bool> agree(Test& test, u16 port) {
  System& system = test.system;
  const auto asked = co_await write_state(system, test.control, State::parameter_exchange);
  if (!asked) co_return false;
  const auto text = co_await read_json(system, test.control, system.now() + answer_time);
  if (!text && text.error() != Errno::message_size) co_return false;
  const auto parameters = parse_parameters(text ? std::string_view(*text) : std::string_view());
  if (!parameters) {
    co_await refuse_test(system, test.control, parameters.error(), Errno::ok);
    co_return false;
  }
  test.traffic.emplace(system, *parameters, false);
  if (!parameters->udp) co_return true;
  if (const auto opened = open_datagrams(test, port); !opened) {
    co_await refuse_test(system, test.control, Refusal::stream_listen, opened.error());
    co_return false;
  }
  co_return true;
}

Task<Result<void>> all_streams(Test& test) {
  co_return co_await test.complete.wait(test.system.now() + answer_time);
}

// False: they did not come, or the client said something else.
Task<bool> collect_streams(Test& test) {
  test.collecting = true;
  const auto asked = co_await write_state(test.system, test.control, State::create_streams);
  if (!asked) co_return false;
  const auto first =
      co_await race(all_streams(test), read_state(test.system, test.control, Instant::never()));
  test.collecting = false;
  const Result<void>* complete = std::get_if<0>(&first);
  co_return complete && complete->has_value();
}

Task<void> end_omission(Test& test) {
  const Duration omitted = Duration::seconds(test.traffic->parameters().omit_s);
  const auto slept = co_await test.system.scheduler().sleep_for(omitted);
  if (slept) test.traffic->end_omission();
}

// Until the client ends the test; false: it did so otherwise than it should.
Task<bool> measure(Test& test, TaskGroup& group) {
  System& system = test.system;
  const auto started = co_await write_state(system, test.control, State::test_start);
  if (!started) co_return false;
  const auto running = co_await write_state(system, test.control, State::test_running);
  if (!running) co_return false;
  const Parameters& p = test.traffic->parameters();
  test.traffic->begin();
  if (p.omit_s > 0) group.spawn(end_omission(test));
  const Instant deadline = p.time_s == 0
                               ? Instant::never()
                               : system.now() + Duration::seconds(p.omit_s + p.time_s) + grace;
  const auto said = co_await read_state(system, test.control, deadline);
  co_return said && *said == State::test_end;
}

Task<void> exchange_results(Test& test) {
  System& system = test.system;
  const std::string mine = to_json(test.traffic->results());
  test.traffic->close();
  const auto asked = co_await write_state(system, test.control, State::exchange_results);
  if (!asked) co_return;
  const auto theirs = co_await read_json(system, test.control, system.now() + answer_time);
  if (!theirs) co_return;
  const auto told = co_await write_json(system, test.control, mine);
  if (!told) co_return;
  const auto shown = co_await write_state(system, test.control, State::display_results);
  if (!shown) co_return;
  static_cast<void>(co_await read_state(system, test.control, system.now() + answer_time));
}

Task<void> run_test(Test& test, u16 port) {
  TaskGroup group(test.system.scheduler());
  configure_control(test.control);
  const bool agreed = co_await agree(test, port);
  if (!agreed) co_return;
  if (test.datagrams) group.spawn(receive_datagrams(test));
  const bool collected = co_await collect_streams(test);
  if (!collected) co_return;
  const bool ended = co_await measure(test, group);
  if (ended) co_await exchange_results(test);
}

class Server {
 public:
  Server(System& system, u16 port) : system_(system), port_(port) {}
  FramePool& frame_pool() { return system_.frame_pool(); }

  Task<void> take(std::unique_ptr<Socket> peer) {
    Cookie cookie;
    const auto got = co_await receive_exactly(system_, *peer, cookie, system_.now() + answer_time);
    if (!got) co_return;
    if (!test_) {
      Test test(system_, *peer, cookie);
      const Running running(*this, test);
      co_return co_await run_test(test, port_);
    }
    if (test_->wants_streams() && !test_->datagrams && cookie == test_->cookie) {
      test_->traffic->configure(*peer);
      test_->traffic->add(test_->next_sends(), std::move(peer));
      co_return test_->on_stream_added();
    }
    static_cast<void>(co_await write_state(system_, *peer, State::access_denied));
  }

 private:
  // While it exists others are refused.
  class Running {
   public:
    Running(Server& server, Test& test) : server_(server) { server.test_ = &test; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { server_.test_ = nullptr; }

   private:
    Server& server_;
  };

  System& system_;
  u16 port_;
  Test* test_ = nullptr;
};

}  // namespace
}  // namespace iperf3

Task<Result<void>> serve_iperf3(System& system, Iperf3Options options) {
  auto listener = listen_stream(system, options.port);
  if (!listener) co_return Unexpected(listener.error());
  iperf3::Server server(system, options.port);
  TaskGroup peers(system.scheduler());
  for (;;) {
    auto peer = co_await accept(**listener);
    if (!peer && peer.error() == Errno::canceled) {
      peers.cancel();
      co_return co_await peers.join();
    }
    if (!peer && is_shortage(peer.error())) {
      static_cast<void>(co_await system.scheduler().sleep_for(shortage_pause));
      continue;
    }
    if (!peer) co_return Unexpected(peer.error());
    if (peers.size() < iperf3::max_guests) peers.spawn(server.take(*std::move(peer)));
  }
}

}  // namespace catenet
