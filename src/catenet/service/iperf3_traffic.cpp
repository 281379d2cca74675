#include "catenet/service/iperf3_traffic.hpp"

#include <algorithm>

namespace catenet::iperf3 {
namespace {

constexpr u64 ns_per_s = 1'000'000'000;
// No stream sends blocks closer than this, whatever it is asked for.
constexpr u64 least_interval_ns = 100;
constexpr u64 max_blocks = 1ull << 40;  // more never end
constexpr u32 receive_size = 128u << 10;

}  // namespace

Tally operator-(const Tally& a, const Tally& b) {
  return {a.bytes - b.bytes, a.packets - b.packets, a.lost - b.lost,
          a.out_of_order - b.out_of_order, a.retransmits - b.retransmits};
}

Tally& operator+=(Tally& a, const Tally& b) {
  a.bytes += b.bytes;
  a.packets += b.packets;
  a.lost += b.lost;
  a.out_of_order += b.out_of_order;
  a.retransmits += b.retransmits;
  return a;
}

// --- Stream ---

Tally Stream::tally() {
  // A connection that has ended says nothing any more; what it said last stands.
  if (sends_) {
    if (const auto info = socket_.info()) total_.retransmits = info->retransmissions;
  }
  return total_ - forgotten_;
}

void Stream::forget() {
  static_cast<void>(tally());
  forgotten_ = total_;
  jitter_ = Duration::zero();
}

void Stream::on_datagram(const DatagramHeader& header, u32 bytes, Instant arrival) {
  total_.bytes += bytes;
  if (header.number > total_.packets) {
    // Numbers that a hostile sender makes up must not overflow what is counted.
    const u64 missing = std::min<u64>(header.number - total_.packets - 1, 1ull << 32);
    total_.lost += static_cast<i64>(missing);
    total_.packets += missing + 1;
  } else {
    ++total_.out_of_order;
    if (total_.lost > 0) --total_.lost;  // it was counted when a later one came
  }
  on_transit(arrival.since_start() - header.sent);
}

// RFC 1889 section 6.3.1 and A.8: the mean deviation of transit times, smoothed by 16. The two
// clocks need not agree.
void Stream::on_transit(Duration transit) {
  if (transit_) {
    const Duration difference = transit - *transit_;
    const Duration size = difference < Duration::zero() ? -difference : difference;
    jitter_ += (size - jitter_) / 16;
  }
  transit_ = transit;
}

// --- Pacer ---

Pacer::Pacer(u32 length, u64 bits_per_s, Instant start, Duration most_late)
    : most_late_(most_late), next_(start) {
  const u64 cost = u64{length} * 8 * ns_per_s;  // at most 2^23 * 10^9, which fits
  rate_ = std::min(bits_per_s, cost / least_interval_ns);
  interval_ = Duration::nanoseconds(static_cast<i64>(cost / rate_));
  remainder_ = cost % rate_;
}

void Pacer::step(Instant now) {
  next_ = std::max(next_, now - most_late_) + interval_;
  carried_ += remainder_;
  if (carried_ < rate_) return;
  carried_ -= rate_;
  next_ += Duration::nanoseconds(1);
}

// --- Traffic ---

Traffic::Traffic(System& system, const Parameters& parameters, bool limits)
    : system_(system),
      parameters_(parameters),
      limits_(limits),
      block_(parameters.length),
      buffer_(parameters.udp ? max_datagram : receive_size),
      receivers_(system.scheduler()),
      senders_(system.scheduler()) {
  for (u8& byte : block_) byte = static_cast<u8>(system.random().next());
}

void Traffic::configure(Socket& socket) const {
  const auto set = [&](SocketOption option, u32 value) {
    if (value != 0) static_cast<void>(socket.set_option(option, static_cast<int>(value)));
  };
  set(SocketOption::traffic_class, parameters_.traffic_class);
  set(SocketOption::send_buffer, parameters_.window);
  set(SocketOption::receive_buffer, parameters_.window);
  if (parameters_.udp) return;
  set(SocketOption::no_delay, parameters_.no_delay ? 1 : 0);
  set(SocketOption::max_segment, parameters_.max_segment);
}

void Traffic::add(bool sends, std::unique_ptr<Socket> socket) {
  streams_.emplace_back(stream_id(streams_.size()), sends, std::move(socket));
}
void Traffic::add(bool sends, Socket& shared, const Endpoint& remote) {
  streams_.emplace_back(stream_id(streams_.size()), sends, shared, remote);
}

Stream* Traffic::find(const Endpoint& remote) {
  for (Stream& stream : streams_) {
    if (stream.shared_with() == remote) return &stream;
  }
  return nullptr;
}

void Traffic::begin() {
  counting_ = true;
  omitting_ = parameters_.omit_s > 0;
  begun_ = system_.now();
  for (Stream& stream : streams_) {
    const bool udp = parameters_.udp;
    if (stream.sends()) {
      senders_.spawn(udp ? send_datagrams(stream) : send_stream(stream));
    } else if (!stream.shared_with()) {
      receivers_.spawn(udp ? receive_datagrams(stream) : receive_stream(stream));
    }
  }
}

void Traffic::end_omission() {
  omitting_ = false;
  begun_ = system_.now();
  for (Stream& stream : streams_) stream.forget();
}

void Traffic::stop() {
  for (Stream& stream : streams_) static_cast<void>(stream.tally());
  counting_ = false;
  senders_.cancel();
}

void Traffic::close() {
  stop();
  receivers_.cancel();
  for (Stream& stream : streams_) stream.close();
}

Results Traffic::results() {
  Results results;
  results.has_retransmits = !parameters_.udp && has_sender();
  const Duration length = system_.now() - begun_;
  for (Stream& stream : streams_) {
    const Tally tally = stream.tally();
    StreamResult one;
    one.id = stream.id();
    one.bytes = tally.bytes;
    if (stream.sends() && !parameters_.udp) one.retransmits = static_cast<i64>(tally.retransmits);
    one.jitter = stream.jitter();
    one.lost = tally.lost;
    one.packets = parameters_.udp ? tally.packets : 0;
    one.length = length;
    results.streams.push_back(one);
  }
  return results;
}

bool Traffic::has_sender() const {
  return std::ranges::any_of(streams_, [](const Stream& stream) { return stream.sends(); });
}

// --- What ends a test ---

// What the client sends; in reverse, what it gets.
bool Traffic::counts_for_limit(const Stream& stream) const {
  return limits_ && !omitting_ && stream.sends() != parameters_.reverse;
}

u64 Traffic::limit_bytes() const {
  if (parameters_.bytes != 0) return parameters_.bytes;
  if (parameters_.udp || parameters_.blocks == 0) return UINT64_MAX;
  return std::min(parameters_.blocks, max_blocks) * parameters_.length;
}

bool Traffic::limit_reached() const {
  if (progress_bytes_ >= limit_bytes()) return true;
  return parameters_.udp && parameters_.blocks != 0 && progress_blocks_ >= parameters_.blocks;
}

void Traffic::progress(const Stream& stream, u32 bytes) {
  if (!counts_for_limit(stream)) return;
  progress_bytes_ += bytes;
  ++progress_blocks_;
  if (limit_reached()) finished_.set();
}

void Traffic::break_off(Errno error) {
  if (error == Errno::canceled || !counting_) return;
  if (broken_ == Errno::ok) broken_ = error;
  finished_.set();
}

// --- Sending ---

Pacer Traffic::make_pacer() const {
  const u64 rate = parameters_.bits_per_s;
  const Instant now = system_.now();
  if (rate != 0) return {parameters_.length, rate, now, Duration::seconds(86'400)};
  const u64 most = parameters_.udp ? most_datagram_bits_per_s : most_stream_bits_per_s;
  return {parameters_.length, most, now, Duration::milliseconds(1)};
}

Task<void> Traffic::send_stream(Stream& stream) {
  Pacer pacer = make_pacer();
  while (!limit_reached()) {
    if (pacer.next() > system_.now()) {
      const auto slept = co_await system_.scheduler().sleep_until(pacer.next());
      if (!slept) co_return;
    }
    pacer.step(system_.now());
    ByteView rest = ByteView(block_).first(next_size(stream));
    while (!rest.empty()) {
      const Result<u32> sent = co_await send(stream.socket(), rest);
      if (!sent) co_return break_off(sent.error());
      stream.on_sent(*sent);
      progress(stream, *sent);
      rest = rest.subspan(*sent);
    }
  }
}

// Of a block, what the limit leaves.
std::size_t Traffic::next_size(const Stream& stream) const {
  if (!counts_for_limit(stream)) return block_.size();
  const u64 limit = limit_bytes();
  return std::min<u64>(block_.size(), limit - std::min(limit, progress_bytes_));
}

Task<Result<void>> Traffic::send_datagram(Stream& stream, ByteView datagram) {
  Socket& socket = stream.socket();
  const auto& remote = stream.shared_with();
  const auto sent = co_await socket.waiters().until([&socket, &remote, datagram] {
    return detail::unless_again(remote ? socket.send_to(datagram, *remote) : socket.send(datagram));
  });
  if (!sent) co_return Unexpected(sent.error());
  co_return Result<void>();
}

Task<void> Traffic::send_datagrams(Stream& stream) {
  Pacer pacer = make_pacer();
  std::vector<u8> datagram = block_;
  for (u64 number = 1; !limit_reached(); ++number) {
    if (pacer.next() > system_.now()) {
      const auto slept = co_await system_.scheduler().sleep_until(pacer.next());
      if (!slept) co_return;
    }
    pacer.step(system_.now());
    const DatagramHeader header{system_.now().since_start(), number};
    header.emit(parameters_.wide_counters, datagram);
    const auto sent = co_await send_datagram(stream, datagram);
    if (!sent) co_return break_off(sent.error());
    stream.on_sent(parameters_.length);
    progress(stream, parameters_.length);
  }
}

// --- Receiving ---

Task<void> Traffic::receive_stream(Stream& stream) {
  for (;;) {
    const Result<u32> n = co_await receive(stream.socket(), buffer_);
    if (!n) co_return break_off(n.error());
    if (*n == 0) co_return;
    if (!counting_) continue;
    stream.on_received(*n);
    progress(stream, *n);
  }
}

void Traffic::take(Stream& stream, ByteView datagram, const Message& message) {
  if (!counting_ || stream.sends()) return;
  const auto header = DatagramHeader::parse(parameters_.wide_counters, datagram);
  if (!header) return;
  stream.on_datagram(*header, message.size, system_.now());
  progress(stream, message.size);
}

Task<void> Traffic::receive_datagrams(Stream& stream) {
  for (;;) {
    const auto message = co_await receive_message(stream.socket(), buffer_);
    if (!message) co_return break_off(message.error());
    take(stream, ByteView(buffer_).first(std::min<std::size_t>(message->size, buffer_.size())),
         *message);
  }
}

}  // namespace catenet::iperf3
