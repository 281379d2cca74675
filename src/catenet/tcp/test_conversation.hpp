// For tests: one Connection and a script that plays its peer, in virtual time. Numbers are relative
// to each side's initial sequence number. Whatever the connection sends must be expected; a failure
// prints the story so far.
#pragma once

#include <array>
#include <deque>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "catenet/tcp/listener.hpp"
#include "catenet/wire/checksum.hpp"

namespace catenet::tcp::testing {

using enum wire::TcpFlag;

// A segment, as a test writes it: what is not named is as the template has it.
struct Seg {
  wire::TcpFlags flags = wire::TcpFlag::ack;
  i64 seq = 1;
  i64 ack = 1;
  u32 len = 0;
  std::optional<u32> win;  // as on the wire; expectations compare it only where it is given
  std::optional<u16> mss;
  std::optional<u8> scale;
  bool sack_ok = false;
  std::vector<std::pair<i64, i64>> sack;
  std::optional<u32> tsval;
  std::optional<u32> tsecr;
  u16 urg = 0;
  u16 segment_size = 0;
  bool ce = false;  // in: marked on the way; out: ECT, compared where it is asked for
};

// The byte at stream position `position`, the same for both directions.
inline u8 pattern(i64 position) {
  return static_cast<u8>(position * 31 + (position >> 8) * 17 + 7);
}

inline std::vector<u8> pattern_bytes(i64 from, std::size_t count) {
  std::vector<u8> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = pattern(from + static_cast<i64>(i));
  return bytes;
}

inline Options plain_options() {
  Options options;
  options.timestamps = false;
  options.window_scaling = false;
  options.sack = false;
  options.congestion = CongestionKind::newreno;
  options.loss_detection = LossDetection::sack;
  options.receive_buffer = 65'535;
  options.receive_buffer_most = 0;
  return options;
}

inline const Endpoint test_local{Ipv4Address(10, 0, 0, 1), 1000};
inline const Endpoint test_remote{Ipv4Address(10, 0, 0, 2), 2000};

class Conversation {
 public:
  explicit Conversation(const Options& options = plain_options())
      : env_(pool_, {{1, 2}, {3, 4}}, options) {}
  ~Conversation() { silent(); }

  Instant now() const { return now_; }
  Environment& env() { return env_; }
  Connection& conn() { return *conn_; }
  bool has_connection() const { return conn_ != nullptr; }
  std::optional<Drop> dropped() const { return dropped_; }
  // The connection's clock for timestamps, relative: TSval of a segment sent now.
  u32 ts() const { return static_cast<u32>(now_.since_start().ms()); }

  // Makes the connection, in CLOSED.
  void create(u32 mtu = 1500) {
    conn_ = std::make_unique<Connection>(env_, test_local, test_remote, mtu);
  }
  // To ESTABLISHED by an active open; `answer` may change the SYN,ACK.
  void establish(Seg answer = {}) {
    if (!conn_) create();
    ASSERT_TRUE(conn_->open(now_).has_value());
    next_out();
    answer.flags = syn | ack;
    answer.seq = 0;
    if (!answer.mss) answer.mss = 1460;
    in(answer);
    next_out();
    ASSERT_EQ(conn_->state(), State::established) << story_;
    conn_->take_events();
  }
  // The same, the first SYN lost; the peer takes segments of up to `mss` bytes.
  void establish_after_a_lost_syn(u16 mss) {
    if (!conn_) create();
    ASSERT_TRUE(conn_->open(now_).has_value());
    next_out();
    pass(Duration::seconds(1));
    next_out();
    in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = mss});
    next_out();
  }
  // The peer sends `seg`.
  std::optional<Drop> in(const Seg& seg) {
    tell("<", seg);
    wire::TcpHeader header = header_of(seg);
    const auto bytes = pattern_bytes(seg.seq + (seg.flags.syn() ? 1 : 0), seg.len);
    Packet payload = pool_.copy_of(bytes);
    dropped_ = conn_->on_segment(now_, header, std::move(payload), seg.ce);
    collect();
    return dropped_;
  }
  // The next segment out must be `seg`.
  void out(const Seg& seg, int line = __builtin_LINE()) {
    if (sent_.empty()) {
      ADD_FAILURE_AT(__FILE__, line) << "nothing was sent, expected " << text(seg) << "\n"
                                     << story_;
      return;
    }
    const Seg got = sent_.front();
    sent_.pop_front();
    tell(">", got);
    EXPECT_EQ(mask(seg, seg), mask(got, seg)) << "at line " << line << "\n" << story_;
  }
  // Takes the next segment out, whatever it is.
  Seg next_out(int line = __builtin_LINE()) {
    if (sent_.empty()) collect();
    if (sent_.empty()) {
      ADD_FAILURE_AT(__FILE__, line) << "nothing was sent\n" << story_;
      return {};
    }
    const Seg got = sent_.front();
    sent_.pop_front();
    tell(">", got);
    return got;
  }
  void silent(int line = __builtin_LINE()) {
    collect();
    for (const Seg& seg : sent_) {
      ADD_FAILURE_AT(__FILE__, line) << "sent besides: " << text(seg) << "\n" << story_;
    }
    sent_.clear();
  }
  // A SYN of the active open, and nothing else.
  void silent_except_syn(int line = __builtin_LINE()) {
    collect();
    out({.flags = wire::TcpFlag::syn, .seq = 0, .ack = 0, .mss = 1460}, line);
    silent(line);
  }
  std::size_t pending() const { return sent_.size(); }
  void forget_output() { sent_.clear(); }
  // Time passes; timers run when they are due.
  void pass(Duration duration) {
    const Instant until = now_ + duration;
    while (conn_ && conn_->next_deadline() <= until) {
      now_ = std::max(now_, conn_->next_deadline());
      conn_->on_timeout(now_);
      collect();
    }
    now_ = until;
  }
  // The user writes the next `count` bytes of the pattern; returns what was taken.
  u32 write(std::size_t count) {
    const auto taken = conn_->send(now_, pattern_bytes(written_ + 1, count));
    EXPECT_TRUE(taken.has_value()) << story_;
    written_ += taken.value_or(0);
    collect();
    return taken.value_or(0);
  }
  // The user reads up to `count` bytes, which must be the pattern's next; returns how many came.
  u32 read(std::size_t count) {
    std::vector<u8> bytes(count);
    const auto got = conn_->receive(now_, bytes);
    collect();
    if (!got) return 0;
    for (u32 i = 0; i < *got; ++i) {
      if (bytes[i] != pattern(read_ + 1 + i)) {
        ADD_FAILURE() << "wrong byte at " << read_ + 1 + i << "\n" << story_;
        break;
      }
    }
    read_ += *got;
    return *got;
  }
  // What a read of one byte says: ok for a byte and for the end of the stream.
  Errno receive_error() {
    std::array<u8, 1> byte{};
    const auto got = conn_->receive(now_, byte);
    collect();
    return got ? Errno::ok : got.error();
  }
  void close() {
    conn_->close(now_);
    collect();
  }
  void shutdown() {
    EXPECT_TRUE(conn_->shutdown_write(now_).has_value());
    collect();
  }
  // Fetches all the connection wants to send; wants_transmit must tell the truth.
  void collect() {
    while (conn_) {
      const bool wanted = conn_->wants_transmit();
      Packet packet = conn_->poll_transmit(now_);
      EXPECT_EQ(wanted, static_cast<bool>(packet)) << story_;
      if (!packet) break;
      sent_.push_back(parse(packet));
      sent_.back().ce = conn_->ect();
    }
  }
  void skip_written(i64 bytes) { written_ += bytes; }
  const std::string& story() const { return story_; }
  // What the connection sent at `position`, as it stood on the wire.
  wire::Seq sent_seq(i64 position) const { return iss_ + static_cast<u32>(position); }

  Seg parse(const Packet& packet) {
    const auto header = wire::TcpHeader::parse(packet.linear_bytes());
    EXPECT_TRUE(header.has_value());
    EXPECT_EQ(packet.meta().checksum, ChecksumState::deferred);
    EXPECT_EQ(header->checksum, wire::pseudo_header(test_local.address, test_remote.address,
                                                    wire::IpProtocol::tcp, packet.size())
                                    .folded());
    if (header->flags.syn()) iss_ = header->seq;
    Seg seg;
    seg.flags = header->flags;
    seg.seq = header->seq - iss_;
    seg.ack = header->flags.ack() ? header->ack - irs_ : 0;
    seg.len = packet.size() - header->size();
    seg.win = header->window;
    seg.mss = header->options.mss;
    seg.scale = header->options.window_scale;
    seg.sack_ok = header->options.sack_permitted;
    for (u32 i = 0; i < header->options.sack_count; ++i) {
      const auto& block = header->options.sack[i];
      seg.sack.emplace_back(block.left - irs_, block.right - irs_);
    }
    if (header->options.timestamps) {
      seg.tsval = header->options.timestamps->value;
      seg.tsecr = header->options.timestamps->echo_reply;
    }
    seg.urg = header->urgent_pointer;
    seg.segment_size = packet.meta().segment_size;
    check_payload(packet, header->size(), seg);
    return seg;
  }
  wire::TcpHeader header_of(const Seg& seg) const {
    wire::TcpHeader header;
    header.source_port = test_remote.port;
    header.destination_port = test_local.port;
    header.seq = irs_ + static_cast<u32>(seg.seq);
    header.ack = seg.flags.ack() ? iss_ + static_cast<u32>(seg.ack) : wire::Seq();
    header.flags = seg.flags;
    header.window = static_cast<u16>(seg.win.value_or(0xffff));
    header.urgent_pointer = seg.urg;
    header.options.mss = seg.mss;
    header.options.window_scale = seg.scale;
    header.options.sack_permitted = seg.sack_ok;
    for (const auto& [left, right] : seg.sack) {
      header.options.add_sack({iss_ + static_cast<u32>(left), iss_ + static_cast<u32>(right)});
    }
    if (seg.tsval) header.options.timestamps = {*seg.tsval, seg.tsecr.value_or(0)};
    return header;
  }

  static std::string text(const Seg& s) {
    std::string line = "[" + s.flags.to_string() + "] seq " + std::to_string(s.seq) + " ack " +
                       std::to_string(s.ack) + " len " + std::to_string(s.len);
    if (s.win) line += " win " + std::to_string(*s.win);
    if (s.mss) line += " mss " + std::to_string(*s.mss);
    if (s.scale) line += " scale " + std::to_string(*s.scale);
    if (s.sack_ok) line += " sackOK";
    for (const auto& [left, right] : s.sack) {
      line += " sack " + std::to_string(left) + ":" + std::to_string(right);
    }
    if (s.urg) line += " urg " + std::to_string(s.urg);
    return line;
  }

 private:
  // What two segments are compared by: the optional parts only where `wanted` has them.
  static std::string mask(Seg seg, const Seg& wanted) {
    if (!wanted.win) seg.win.reset();
    if (!wanted.mss) seg.mss.reset();
    if (!wanted.scale) seg.scale.reset();
    if (!wanted.flags.syn()) seg.sack_ok = wanted.sack_ok;
    seg.flags = seg.flags.without(psh);
    return text(seg);
  }
  void tell(const char* direction, const Seg& seg) {
    story_ += to_string(now_) + " " + direction + " " + text(seg) + "\n";
  }
  void check_payload(const Packet& packet, u32 header, const Seg& seg) {
    std::vector<u8> bytes(seg.len);
    packet.copy_out(header, bytes);
    const i64 first = seg.seq + (seg.flags.syn() ? 1 : 0);
    for (u32 i = 0; i < seg.len; ++i) {
      if (bytes[i] == pattern(first + i)) continue;
      ADD_FAILURE() << "wrong byte sent at " << seg.seq + i << "\n" << story_;
      return;
    }
  }

  PacketPool pool_;
  Environment env_;
  Instant now_;
  wire::Seq iss_;
  wire::Seq irs_{0xfffff000};  // so that every longer conversation wraps
  i64 written_ = 0;
  i64 read_ = 0;
  std::deque<Seg> sent_;
  std::string story_;
  std::optional<Drop> dropped_;

 public:
  std::unique_ptr<Connection> conn_;  // before the pool goes
};

}  // namespace catenet::tcp::testing
