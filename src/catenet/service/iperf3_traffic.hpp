// Traffic: the streams of one iperf3 test, what they carry and what is counted of it. Client and
// server stand on it alike; all its times are the scheduler's.
#pragma once

#include <deque>
#include <memory>

#include "catenet/coro/task_group.hpp"
#include "catenet/service/iperf3_wire.hpp"

namespace catenet::iperf3 {

// What is counted of a stream since the test began to count.
struct Tally {
  u64 bytes = 0;
  u64 packets = 0;  // of a receiver: the highest number, so that those lost count
  i64 lost = 0;
  i64 out_of_order = 0;
  u64 retransmits = 0;  // segments, of a sender
};
Tally operator-(const Tally& a, const Tally& b);
Tally& operator+=(Tally& a, const Tally& b);

class Stream {
 public:
  // A stream of its own socket.
  Stream(u32 id, bool sends, std::unique_ptr<Socket> socket)
      : id_(id), sends_(sends), own_(std::move(socket)), socket_(*own_) {}
  // One of those that share a datagram socket, told from each other by where they come from.
  Stream(u32 id, bool sends, Socket& shared, const Endpoint& remote)
      : id_(id), sends_(sends), socket_(shared), remote_(remote) {}

  u32 id() const { return id_; }
  bool sends() const { return sends_; }
  Socket& socket() { return socket_; }
  const std::optional<Endpoint>& shared_with() const { return remote_; }
  void close() {
    if (own_) own_->close();
  }

  // With what the socket says now of retransmissions.
  Tally tally();
  Duration jitter() const { return jitter_; }
  // What was counted before does not count.
  void forget();

  void on_sent(u32 bytes) {
    total_.bytes += bytes;
    ++total_.packets;
  }
  void on_received(u32 bytes) { total_.bytes += bytes; }
  void on_datagram(const DatagramHeader& header, u32 bytes, Instant arrival);

 private:
  void on_transit(Duration transit);

  u32 id_;
  bool sends_;
  std::unique_ptr<Socket> own_;
  Socket& socket_;
  std::optional<Endpoint> remote_;
  Tally total_;
  Tally forgotten_;
  Duration jitter_;
  std::optional<Duration> transit_;
};

// When the blocks of a stream leave: the n-th at start + n * length / rate, exactly.
class Pacer {
 public:
  // What is late is caught up with, `most_late` of it.
  Pacer(u32 length, u64 bits_per_s, Instant start, Duration most_late);
  Instant next() const { return next_; }
  void step(Instant now);

 private:
  u64 rate_;
  Duration most_late_;
  Duration interval_;
  u64 remainder_;  // of a nanosecond, in 1/rate
  u64 carried_ = 0;
  Instant next_;
};

// Nothing need slow a sender down in a lab whose links have no rate, and time would stand still
// there: so these are the most that a stream without a rate of its own sends. Twice to ten times
// what a machine gets through.
inline constexpr u64 most_stream_bits_per_s = 100'000'000'000;
inline constexpr u64 most_datagram_bits_per_s = 10'000'000'000;

class Traffic {
 public:
  // With `limits`, parameters' bytes and blocks end it: a client's do.
  Traffic(System& system, const Parameters& parameters, bool limits);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  const Parameters& parameters() const { return parameters_; }
  FramePool& frame_pool() { return system_.frame_pool(); }
  std::deque<Stream>& streams() { return streams_; }
  const std::deque<Stream>& streams() const { return streams_; }
  // Applies the options of the test to a socket before it sends.
  void configure(Socket& socket) const;
  void add(bool sends, std::unique_ptr<Socket> socket);
  void add(bool sends, Socket& shared, const Endpoint& remote);
  Stream* find(const Endpoint& remote);

  // Lets all streams run; the time counts from here, and again from the end of what is omitted.
  void begin();
  void end_omission();
  // Nothing more is sent, and what comes is taken and does not count.
  void stop();
  // Stops, and closes the streams.
  void close();

  bool counting() const { return counting_; }
  Instant begun() const { return begun_; }
  Results results();

  // Set when the limit is reached or a stream breaks.
  Signal& finished() { return finished_; }
  // Why a stream broke; ok while none did.
  Errno broken() const { return broken_; }

  // Takes a datagram of a stream.
  void take(Stream& stream, ByteView datagram, const Message& message);

 private:
  Pacer make_pacer() const;
  bool counts_for_limit(const Stream& stream) const;
  bool limit_reached() const;
  u64 limit_bytes() const;
  std::size_t next_size(const Stream& stream) const;
  // Counts `bytes` of the limit, which may end the test.
  void progress(const Stream& stream, u32 bytes);
  void break_off(Errno error);
  bool has_sender() const;
  Task<void> send_stream(Stream& stream);
  Task<void> send_datagrams(Stream& stream);
  Task<Result<void>> send_datagram(Stream& stream, ByteView datagram);
  Task<void> receive_stream(Stream& stream);
  Task<void> receive_datagrams(Stream& stream);

  System& system_;
  Parameters parameters_;
  bool limits_;
  std::deque<Stream> streams_;
  std::vector<u8> block_;   // what is sent
  std::vector<u8> buffer_;  // what is received lands here
  bool counting_ = false;
  bool omitting_ = false;
  Instant begun_;
  u64 progress_bytes_ = 0;
  u64 progress_blocks_ = 0;
  Errno broken_ = Errno::ok;
  Signal finished_;
  TaskGroup receivers_;
  TaskGroup senders_;
};

}  // namespace catenet::iperf3
