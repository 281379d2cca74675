// The life of a packet: one TCP segment from a program on alice to a program on web, layer by
// layer.
//
// What happened (times, frames, the bytes a router changed) is watched by a Recorder. Between two
// things watched stand the functions that did it, each indented under its caller. A test holds
// ARCHITECTURE.md to this output and the functions' names and callers to the sources; a `~` marks
// one that is reached through an event or a pointer, so that its caller cannot be looked up.
#include <cstdio>
#include <fmt/core.h>
#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/network.hpp"
#include "catenet/socket/async.hpp"
#include "catenet/trace/dissect.hpp"

namespace {

using namespace catenet;

constexpr const char* lab_text = R"(
name: life-of-a-packet
seed: 1
nodes:
  alice: {}
  r1: {kind: router}
  web: {}
links:
  - {endpoints: ["alice:eth0", "r1:eth0"], impair: {delay: 10 ms}}
  - {endpoints: ["r1:eth1", "web:eth0"], impair: {delay: 10 ms}}
)";

constexpr const char* down = R"(
  StreamSocket::send                        the program's bytes are copied, for the first time
    Connection::send                        … into the connection's send buffer
    TcpLayer::pump                          what has the connection to say?
      TcpLayer::transmit
        Connection::poll_transmit           as much as windows and Nagle allow
          Connection::transmit
            Connection::emit
              SendBuffer::attach            a large payload by reference, a small one copied
              Connection::emit_header
                TcpHeader::emit             checksum deferred
        IpLayer::output
          Ipv4::output
            Ipv4::fill                      route, source address, MTU: kept for the next time
            Ipv4::write_header
            Ipv4::send_sized                fragments what is too long, if it may
              Ipv4::transmit
                Neighbours::resolve         the next hop's MAC, or ARP asks for it first
                  Interface::ethernet_output
                    Nic::output             gives the frame its id
)";

constexpr const char* link = R"(
  Direction::transmit                       cuts super-segments where each frame has its own fate
    Direction::offer                        duplicates
      Direction::transmit_one
        TransmitQueue::offer                waits, goes out at the link's rate; or queue_full
        Direction::send
          Direction::put_on_wire            loss, bit errors, jitter; only where there are any
          Arrivals::accept                  the time of arrival is settled here
            Arrivals::insert
              Engine::schedule_at
~ Engine::run_next
~   Arrivals::on_arrival                    a frame with wrong bits fails its FCS: bad_fcs
      Nic::input                            to another station: not_for_us
)";

constexpr const char* through = R"(
~ Interface::on_frame
    IpLayer::on_frame
      IpLayer::ethernet_input
        Ipv4::input
          Ipv4::check_header
          Ipv4::check_source
          Ipv4::forward                     not ours
            Ipv4::check_forwardable
            RouteTable::lookup
            Ipv4::forward_out
              ipv4_edit::decrement_ttl      TTL and checksum, in place
              Neighbours::resolve
                Neighbours::deliver
                  Interface::ethernet_output
                    Nic::output
)";

constexpr const char* up = R"(
~ Interface::on_frame
    IpLayer::on_frame
      IpLayer::ethernet_input
        Ipv4::input
          Ipv4::input_unicast               ours
            Ipv4::deliver
              Ipv4::reassemble              only fragments
              Ipv4::hand_up
~               Host::on_datagram
                  TcpLayer::input           checksum; then whose is it?
                    FlowTable::find
                    TcpLayer::input_flow
                      Connection::on_segment
                        Connection::process
                          Connection::check_timestamps
                          Connection::check_sequence
                          Connection::check_reset
                          Connection::check_syn
                          Connection::check_ack
                          Connection::check_urgent
                          Connection::process_text
                            Connection::take_text
                              PayloadQueue::push
                            Connection::keep_for_later
                              Reassembler::insert
                          Connection::check_fin
                      TcpLayer::pump
                        TcpLayer::handle_events
~                         StreamSocket::on_tcp_events
                            WaitQueue::wake_all
                              WaitQueue::wake
                                WaitQueue::wake_each
~                                 StreamSocket::receive
                                    Connection::receive
                                      PayloadQueue::read
                                  Entry::finish
                                    Waiter::wake
                                      Scheduler::make_ready
~ Scheduler::run_ready
    Strand::run                             the coroutine goes on
)";

// What was seen of one frame at one port.
struct Sighting {
  Instant time;
  std::string port;
  FrameEvent event = FrameEvent::sent;
  FrameId id;
  std::string line;
  std::vector<u8> bytes;
};

// Keeps every sighting; does nothing else, as all recorders.
class Watcher final : public Recorder {
 public:
  explicit Watcher(lab::Network& network) : network_(network) {}

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    Sighting seen{now,
                  network_.plan().port_name(network_.ports()[port]),
                  event,
                  frame.meta().id,
                  dissect_line(frame),
                  {}};
    seen.bytes.resize(frame.size());
    frame.copy_out(0, seen.bytes);
    sightings_.push_back(std::move(seen));
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  // Where the frame went that carried text.
  std::vector<Sighting> way_of(std::string_view text) const {
    std::vector<Sighting> way;
    for (const Sighting& seen : sightings_) {
      const std::string_view bytes(reinterpret_cast<const char*>(seen.bytes.data()),
                                   seen.bytes.size());
      if (bytes.ends_with(text) && (way.empty() || way.front().id == seen.id)) way.push_back(seen);
    }
    return way;
  }

 private:
  lab::Network& network_;
  std::vector<Sighting> sightings_;
};

constexpr std::string_view message = "hello\n";

Task<void> listen_on_web(System& system, std::string& heard) {
  const auto listener = listen_stream(system, 7);
  if (!listener) co_return;
  const auto stream = co_await accept(**listener);
  if (!stream) co_return;
  char bytes[64];
  const auto n = co_await receive(**stream, {reinterpret_cast<u8*>(bytes), sizeof bytes});
  if (!n) co_return;
  heard = fmt::format("{} s  web's program has {} bytes", to_string(system.now()), *n);
  co_await system.scheduler().sleep_for(1_s);
}

Task<void> speak_on_alice(System& system, Endpoint web, std::string& said) {
  const auto stream = co_await connect_stream(system, web);
  if (!stream) co_return;
  said =
      fmt::format("{} s  alice's program sends {} bytes", to_string(system.now()), message.size());
  co_await send_all(system, **stream, as_bytes(message));
  co_await system.scheduler().sleep_for(1_s);
}

// The line is broken where TCP's options begin.
void print_sighting(const Sighting& seen) {
  const std::size_t options = seen.line.find(" options");
  fmt::print("{} s  {} {}\n    {}\n", to_string(seen.time), seen.port,
             seen.event == FrameEvent::sent ? "sent" : "received", seen.line.substr(0, options));
  if (options != std::string::npos) fmt::print("       {}\n", seen.line.substr(options));
}

// Which bytes of the frame are others after the router than before it.
void print_changes(const Sighting& before, const Sighting& after) {
  std::string changed;
  for (std::size_t i = 0; i < before.bytes.size(); ++i) {
    if (before.bytes[i] == after.bytes[i]) continue;
    const char* what = i < 12 ? "MAC" : i == 22 ? "TTL" : i == 24 || i == 25 ? "checksum" : "?";
    if (!changed.ends_with(what)) changed += fmt::format("{}{}", changed.empty() ? "" : ", ", what);
  }
  fmt::print("    changed on the way through: {}\n", changed);
}

int print_life(const std::vector<Sighting>& way, const std::string& said,
               const std::string& heard) {
  if (way.size() != 4 || heard.empty()) {
    fmt::print(stderr, "the segment was seen {} times, not 4\n", way.size());
    return 1;
  }
  fmt::print("{}{}", said, down);
  print_sighting(way[0]);
  fmt::print("{}", link + 1);
  print_sighting(way[1]);
  fmt::print("{}", through + 1);
  print_sighting(way[2]);
  print_changes(way[1], way[2]);
  fmt::print("  … the second link as the first\n");
  print_sighting(way[3]);
  fmt::print("{}{}\n", up + 1, heard);
  return 0;
}

int run() {
  lab::MemoryFileSource no_files;
  const auto plan = lab::read_lab_text(lab_text, "life_of_a_packet", no_files);
  if (!plan) {
    fmt::print(stderr, "{}", lab::to_string(plan.error()));
    return 2;
  }
  lab::Network network(*plan);
  Watcher watcher(network);
  network.set_recorder(&watcher);
  LabSystem& alice = *network.system(0);
  LabSystem& web = *network.system(2);
  std::string said;
  std::string heard;
  const IpAddress address = web.host().ip().interface("eth0")->primary4()->address;
  TaskGroup on_alice(alice.scheduler());
  TaskGroup on_web(web.scheduler());
  on_web.spawn(listen_on_web(web, heard));
  on_alice.spawn(speak_on_alice(alice, {address, 7}, said));
  network.shards().run_until(Instant::at(500_ms));
  return print_life(watcher.way_of(message), said, heard);
}

}  // namespace

int main() { return run(); }
