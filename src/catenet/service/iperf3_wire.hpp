// What iperf3 says beside its measured bytes: on the control connection a cookie, states of one
// byte and JSON behind four bytes of length; in each datagram a header. No RFC has it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/socket/async.hpp"

namespace catenet::iperf3 {

inline constexpr u16 default_port = 5201;
inline constexpr u32 max_streams = 128;      // each way
inline constexpr u32 max_length = 1u << 20;  // bytes of a block
inline constexpr u32 max_datagram = 65'507;  // bytes
inline constexpr u32 max_json = 128u << 10;  // bytes: results of all streams fit several times
inline constexpr Duration answer_time = Duration::seconds(30);

inline double in_seconds(Duration time) { return static_cast<double>(time.ns()) / 1e9; }

enum class State : u8 {
  test_start = 1,
  test_running = 2,
  test_end = 4,
  parameter_exchange = 9,
  create_streams = 10,
  server_terminate = 11,
  client_terminate = 12,
  exchange_results = 13,
  display_results = 14,
  done = 16,
  server_error = 254,   // -2 there
  access_denied = 255,  // -1
};

// What follows State::server_error, as the program's own numbers have it.
enum class Refusal : u32 {
  duration = 5,
  stream_count = 6,
  block_size = 7,
  omit = 12,
  not_offered = 13,
  parameters = 114,
  stream_listen = 202,
};

// 36 characters of a to z and 2 to 7, and a NUL.
using Cookie = std::array<u8, 37>;
Cookie make_cookie(RandomStream& random);

// What a client asks for.
struct Parameters {
  bool udp = false;
  bool reverse = false;        // the server sends
  bool bidirectional = false;  // both do
  bool no_delay = false;
  bool wide_counters = false;  // datagrams are numbered in 64 bits
  u32 streams = 1;             // each way
  u32 omit_s = 0;              // seconds at the beginning that do not count
  u32 time_s = 0;              // 0: `bytes` or `blocks` end it
  u64 bytes = 0;
  u64 blocks = 0;
  u32 length = 0;       // bytes of a block or datagram
  u64 bits_per_s = 0;   // of each stream; 0: TCP as fast as it goes
  u32 max_segment = 0;  // bytes; 0: the stack's
  u32 window = 0;       // bytes of a socket's buffers; 0: the stack's
  u8 traffic_class = 0;

  u32 streams_in_all() const { return bidirectional ? 2 * streams : streams; }
};
std::string to_json(const Parameters& parameters);
std::expected<Parameters, Refusal> parse_parameters(std::string_view json);

// What one end measured of a stream.
struct StreamResult {
  u32 id = 1;
  u64 bytes = 0;
  i64 retransmits = -1;  // segments; -1: not known
  Duration jitter;
  i64 lost = 0;
  u64 packets = 0;
  Duration length;  // of the test, as this end saw it
};
struct Results {
  bool has_retransmits = false;  // it sent, and counted them
  std::vector<StreamResult> streams;
};
std::string to_json(const Results& results);
std::optional<Results> parse_results(std::string_view json);

// The number of a test's n-th stream, n from 0: 1, 3, 4, 5…
constexpr u32 stream_id(std::size_t n) { return n == 0 ? 1 : static_cast<u32>(n) + 2; }

// In front of each datagram's bytes: when it was sent, and its number from 1 up.
struct DatagramHeader {
  Duration sent;
  u64 number = 0;

  static constexpr u32 size(bool wide) { return wide ? 16 : 12; }
  void emit(bool wide, MutableBytes into) const;
  // Nothing: `bytes` are too few.
  static std::optional<DatagramHeader> parse(bool wide, ByteView bytes);
};

// What a client's datagram says to make itself known, and what it is answered. Both are in the
// byte order of x86, on which everybody speaks it so.
inline constexpr std::array<u8, 4> hello = {'9', '8', '7', '6'};
inline constexpr std::array<u8, 4> hello_answer = {'6', '7', '8', '9'};
// Of releases before 3.8, which take any answer.
inline constexpr std::array<u8, 4> old_hello = {0x15, 0xcd, 0x5b, 0x07};
bool is_hello(ByteView bytes);

// All give ECONNRESET when the peer has closed.
Task<Result<void>> receive_exactly(System& system, Socket& socket, MutableBytes into,
                                   Instant deadline);
Task<Result<State>> read_state(System& system, Socket& control, Instant deadline);
Task<Result<void>> write_state(System& system, Socket& control, State state);
// EMSGSIZE for more than max_json bytes.
Task<Result<std::string>> read_json(System& system, Socket& control, Instant deadline);
Task<Result<void>> write_json(System& system, Socket& control, std::string json);

}  // namespace catenet::iperf3
