#include "catenet/service/iperf3_wire.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catenet/base/endian.hpp"

namespace catenet::iperf3 {
namespace {

using Json = nlohmann::ordered_json;

constexpr u32 max_time_s = 86'400;
constexpr u32 max_omit_s = 600;
constexpr u64 max_count = 1ull << 60;

// A number of at least 0, whole or not, as C programs write it; what is left out is 0. Nothing: it
// is no number, or not in [0, most].
std::optional<u64> count_of(const Json& json, const char* key, u64 most = max_count) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return 0;
  if (found->is_number_unsigned()) {
    const u64 value = found->get<u64>();
    return value <= most ? std::optional(value) : std::nullopt;
  }
  if (found->is_number_integer()) return std::nullopt;  // negative
  if (!found->is_number_float()) return std::nullopt;
  const double value = found->get<double>();
  if (!(value >= 0 && value <= 1e18)) return std::nullopt;
  const u64 whole = static_cast<u64>(value);
  return whole <= most ? std::optional(whole) : std::nullopt;
}

bool flag_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return false;
  return found->is_boolean() ? found->get<bool>() : count_of(json, key).value_or(0) != 0;
}

// Seconds, not negative; what makes no sense is 0.
Duration seconds_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return Duration::zero();
  const double seconds = found->get<double>();
  if (!(seconds > 0 && seconds < 1e9)) return Duration::zero();
  return Duration::nanoseconds(static_cast<i64>(seconds * 1e9));
}

std::optional<StreamResult> parse_stream(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto id = count_of(json, "id", 1'000);
  const auto bytes = count_of(json, "bytes");
  const auto packets = count_of(json, "packets");
  if (!id || !bytes || !packets) return std::nullopt;
  StreamResult result;
  result.id = static_cast<u32>(*id);
  result.bytes = *bytes;
  result.packets = *packets;
  if (const auto resent = count_of(json, "retransmits")) {
    result.retransmits = static_cast<i64>(*resent);
  }
  result.lost = static_cast<i64>(count_of(json, "errors").value_or(0));
  result.jitter = seconds_of(json, "jitter");
  result.length = seconds_of(json, "end_time") - seconds_of(json, "start_time");
  return result;
}

}  // namespace

Cookie make_cookie(RandomStream& random) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
  Cookie cookie{};
  for (std::size_t i = 0; i + 1 < cookie.size(); ++i) {
    cookie[i] = static_cast<u8>(letters[random.below(letters.size())]);
  }
  return cookie;
}

std::string to_json(const Parameters& p) {
  Json json;
  json[p.udp ? "udp" : "tcp"] = true;
  json["omit"] = p.omit_s;
  json["time"] = p.time_s;
  json["num"] = p.bytes;
  json["blockcount"] = p.blocks;
  if (p.max_segment != 0) json["MSS"] = p.max_segment;
  if (p.no_delay) json["nodelay"] = true;
  json["parallel"] = p.streams;
  if (p.reverse) json["reverse"] = true;
  if (p.bidirectional) json["bidirectional"] = true;
  if (p.window != 0) json["window"] = p.window;
  json["len"] = p.length;
  if (p.bits_per_s != 0) json["bandwidth"] = p.bits_per_s;
  if (p.traffic_class != 0) json["TOS"] = p.traffic_class;
  if (p.wide_counters) json["udp_counters_64bit"] = 1;
  json["client_version"] = "catenet";
  return json.dump();
}

std::expected<Parameters, Refusal> parse_parameters(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::unexpected(Refusal::parameters);
  if (flag_of(json, "sctp") || json.contains("authtoken")) {
    return std::unexpected(Refusal::not_offered);
  }
  Parameters p;
  p.udp = flag_of(json, "udp");
  p.reverse = flag_of(json, "reverse");
  p.bidirectional = flag_of(json, "bidirectional");
  p.no_delay = flag_of(json, "nodelay");
  p.wide_counters = flag_of(json, "udp_counters_64bit");
  const auto streams = count_of(json, "parallel", max_streams);
  const auto omit = count_of(json, "omit", max_omit_s);
  const auto time = count_of(json, "time", max_time_s);
  const auto length = count_of(json, "len", p.udp ? max_datagram : max_length);
  if (!streams || *streams == 0) return std::unexpected(Refusal::stream_count);
  if (!omit) return std::unexpected(Refusal::omit);
  if (!time) return std::unexpected(Refusal::duration);
  const u64 least = p.udp ? DatagramHeader::size(p.wide_counters) : 1;
  if (!length || *length < least) return std::unexpected(Refusal::block_size);
  const auto bytes = count_of(json, "num");
  const auto blocks = count_of(json, "blockcount");
  const auto rate = count_of(json, "bandwidth");
  const auto segment = count_of(json, "MSS", 65'535);
  const auto window = count_of(json, "window", 1u << 30);
  const auto traffic_class = count_of(json, "TOS", 255);
  if (!bytes || !blocks || !rate || !segment || !window || !traffic_class) {
    return std::unexpected(Refusal::parameters);
  }
  p.streams = static_cast<u32>(*streams);
  p.omit_s = static_cast<u32>(*omit);
  p.time_s = static_cast<u32>(*time);
  p.length = static_cast<u32>(*length);
  p.bytes = *bytes;
  p.blocks = *blocks;
  p.bits_per_s = *rate;
  p.max_segment = static_cast<u32>(*segment);
  p.window = static_cast<u32>(*window);
  p.traffic_class = static_cast<u8>(*traffic_class);
  return p;
}

std::string to_json(const Results& results) {
  Json json;
  // What the machine's processors did is not measured: their time does not exist in a lab.
  json["cpu_util_total"] = 0;
  json["cpu_util_user"] = 0;
  json["cpu_util_system"] = 0;
  json["sender_has_retransmits"] = results.has_retransmits ? 1 : -1;
  Json& streams = json["streams"] = Json::array();
  for (const StreamResult& stream : results.streams) {
    Json one;
    one["id"] = stream.id;
    one["bytes"] = stream.bytes;
    one["retransmits"] = stream.retransmits;
    one["jitter"] = in_seconds(stream.jitter);
    one["errors"] = stream.lost;
    one["packets"] = stream.packets;
    one["start_time"] = 0;
    one["end_time"] = in_seconds(stream.length);
    streams.push_back(std::move(one));
  }
  return json.dump();
}

std::optional<Results> parse_results(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Results results;
  results.has_retransmits = count_of(json, "sender_has_retransmits").value_or(0) == 1;
  const auto streams = json.find("streams");
  if (streams == json.end() || !streams->is_array()) return std::nullopt;
  for (const Json& one : *streams) {
    const auto result = parse_stream(one);
    if (!result) return std::nullopt;
    results.streams.push_back(*result);
  }
  return results;
}

void DatagramHeader::emit(bool wide, MutableBytes into) const {
  store32(into.data(), static_cast<u32>(sent.s()));
  store32(into.data() + 4, static_cast<u32>(sent.us() % 1'000'000));
  if (wide) store64(into.data() + 8, number);
  if (!wide) store32(into.data() + 8, static_cast<u32>(number));
}

std::optional<DatagramHeader> DatagramHeader::parse(bool wide, ByteView bytes) {
  if (bytes.size() < size(wide)) return std::nullopt;
  DatagramHeader header;
  header.sent = Duration::seconds(load32(bytes.data())) +
                Duration::microseconds(std::min<u32>(load32(bytes.data() + 4), 999'999));
  header.number = wide ? load64(bytes.data() + 8) : load32(bytes.data() + 8);
  return header;
}

bool is_hello(ByteView bytes) {
  return std::ranges::equal(bytes, hello) || std::ranges::equal(bytes, old_hello);
}

Task<Result<void>> receive_exactly(System& system, Socket& socket, MutableBytes into,
                                   Instant deadline) {
  static_cast<void>(system);
  while (!into.empty()) {
    const Result<u32> n = co_await receive(socket, into, deadline);
    if (!n) co_return Unexpected(n.error());
    if (*n == 0) co_return Unexpected(Errno::connection_reset);
    into = into.subspan(*n);
  }
  co_return Result<void>();
}

Task<Result<State>> read_state(System& system, Socket& control, Instant deadline) {
  std::array<u8, 1> byte;
  const auto got = co_await receive_exactly(system, control, byte, deadline);
  if (!got) co_return Unexpected(got.error());
  co_return State{byte[0]};
}

Task<Result<void>> write_state(System& system, Socket& control, State state) {
  const std::array<u8, 1> byte = {static_cast<u8>(state)};
  co_return co_await send_all(system, control, byte, system.now() + answer_time);
}

Task<Result<std::string>> read_json(System& system, Socket& control, Instant deadline) {
  std::array<u8, 4> length;
  const auto begun = co_await receive_exactly(system, control, length, deadline);
  if (!begun) co_return Unexpected(begun.error());
  if (load32(length.data()) > max_json) co_return Unexpected(Errno::message_size);
  std::string text(load32(length.data()), '\0');
  const MutableBytes room(reinterpret_cast<u8*>(text.data()), text.size());
  const auto got = co_await receive_exactly(system, control, room, deadline);
  if (!got) co_return Unexpected(got.error());
  co_return text;
}

Task<Result<void>> write_json(System& system, Socket& control, std::string json) {
  std::array<u8, 4> length;
  store32(length.data(), static_cast<u32>(json.size()));
  json.insert(json.begin(), length.begin(), length.end());
  co_return co_await send_all(system, control, as_bytes(json), system.now() + answer_time);
}

}  // namespace catenet::iperf3
