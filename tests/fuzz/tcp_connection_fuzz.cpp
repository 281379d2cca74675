// One TCP connection against whatever bytes say: segments near its window, timers, its user's
// calls. Beyond crashes and the connection's own consistent(): memory stays bounded, and what a
// reader gets is what a segment carried at that place.
#include <cstdlib>
#include <memory>

#include "catenet/tcp/listener.hpp"
#include "catenet/tcp/time_wait.hpp"

#include "fuzz.hpp"

namespace catenet::tcp_connection_fuzz {
namespace {

u8 pattern(i64 position) { return static_cast<u8>(position * 131 + (position >> 8)); }

void require(bool condition) {
  if (!condition) std::abort();
}

class Bytes {
 public:
  explicit Bytes(ByteView bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  u8 next() {
    if (bytes_.empty()) return 0;
    const u8 byte = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  u16 next16() { return static_cast<u16>(next() << 8 | next()); }

 private:
  ByteView bytes_;
};

class Peer {
 public:
  explicit Peer(Bytes input) : in_(input), env_(pool_, {{1, 2}, {3, 4}}, options(in_.next())) {
    begin(in_.next() % 2 == 0);
  }
  void play() {
    while (!in_.empty() && conn_) step();
  }

 private:
  static tcp::Options options(u8 bits) {
    tcp::Options options;
    options.timestamps = bits & 1;
    options.sack = bits & 2;
    options.window_scaling = bits & 4;
    options.congestion = bits & 8 ? CongestionKind::cubic : CongestionKind::newreno;
    options.receive_buffer = bits & 16 ? 4'000 : 100'000;
    options.send_buffer = bits & 32 ? 4'000 : 100'000;
    return options;
  }
  void begin(bool active) {
    if (active) {
      conn_ = std::make_unique<tcp::Connection>(env_, local_, remote_, 1500);
      require(conn_->open(now_).has_value());
    } else {
      wire::TcpHeader syn = header(wire::TcpFlag::syn, 0, 0);
      syn.options.mss = in_.next16();
      syn.options.window_scale = in_.next() % 16;
      syn.options.sack_permitted = true;
      if (in_.next() & 1) syn.options.timestamps = {1, 0};
      conn_ = listener_.on_segment(now_, {local_, remote_, 1500, nullptr}, syn, {}).connection;
      require(conn_ != nullptr);
    }
    drain();
  }
  wire::TcpHeader header(wire::TcpFlags flags, i64 seq, i64 ack) const {
    wire::TcpHeader h;
    h.source_port = remote_.port;
    h.destination_port = local_.port;
    h.seq = irs_ + static_cast<u32>(seq);
    h.ack = iss_ + static_cast<u32>(ack);
    h.flags = flags;
    h.window = 0xffff;
    return h;
  }
  void segment() {
    const u8 kind = in_.next();
    // Mostly near what is expected: `next_` in, `sent_` out.
    const i64 near =
        kind & 1 ? next_ : next_ + static_cast<std::int16_t>(in_.next16()) / (kind & 2 ? 1 : 64);
    // A SYN,ACK tells the peer's first number: it must be the one all else is counted from.
    const i64 seq = conn_->state() == State::syn_sent ? 0 : near;
    const i64 ack = kind & 4 ? sent_ : sent_ - in_.next();
    const u32 length = kind & 8 ? in_.next16() % 3'000 : in_.next() % 16;
    u8 bits = 0x10;
    if (kind & 16) bits = in_.next();
    auto h = header(wire::TcpFlags::from_bits(bits), seq, ack);
    if (kind & 32) h.window = in_.next16();
    if (kind & 64) {
      const i64 left = sent_ - in_.next16();
      h.options.add_sack(
          {iss_ + static_cast<u32>(left), iss_ + static_cast<u32>(left + in_.next16())});
    }
    if (kind & 128) {
      h.options.mss = in_.next16();
      h.urgent_pointer = in_.next();
    }
    const u32 stamp = static_cast<u32>(now_.since_start().ms());
    if (stamps_) h.options.timestamps = {kind & 32 ? stamp - in_.next() : stamp, stamp};
    std::vector<u8> bytes(length);
    for (u32 i = 0; i < length; ++i) bytes[i] = pattern(seq + i + (h.flags.syn() ? 1 : 0));
    Packet payload = pool_.copy_of(bytes);
    if (kind == 0x55) payload.meta().segment_size = 536;
    conn_->on_segment(now_, h, std::move(payload));
  }
  void read(std::size_t count) {
    std::vector<u8> bytes(count);
    const auto got = conn_->receive(now_, bytes);
    if (!got || conn_->info().receive_queue > 200'000) return;
    for (u32 i = 0; i < *got; ++i) {
      // The urgent byte is left out of the stream wherever an urgent pointer came in: then places
      // are not known.
      if (!urgent_) require(bytes[i] == pattern(read_ + i));
    }
    read_ += *got;
  }
  void step() {
    const u8 what = in_.next();
    if (what < 150) {
      segment();
    } else if (what < 170) {
      now_ += Duration::milliseconds(in_.next());
      conn_->on_timeout(now_);
    } else if (what < 185) {
      if (conn_->next_deadline() != Instant::never()) now_ = std::max(now_, conn_->next_deadline());
      conn_->on_timeout(now_);
    } else if (what < 205) {
      (void)conn_->send(now_, std::vector<u8>(in_.next16() % 20'000, 7));
    } else if (what < 235) {
      read(in_.next16() % 20'000);
    } else {
      command(what);
    }
    drain();
    require(conn_->footprint() < 2'000'000);
    require(pool_.live() < 5'000);
  }
  void command(u8 what) {
    switch (what % 16) {
      case 0: (void)conn_->shutdown_write(now_); break;
      case 1: conn_->close(now_); break;
      case 2: conn_->abort(now_); break;
      case 3: conn_->on_path_mtu(now_, in_.next16()); break;
      case 4: conn_->on_icmp_error(now_, Errno::host_unreachable, in_.next() & 1, iss_ + 1); break;
      case 5: conn_->set_cork(now_, in_.next() & 1); break;
      case 6: conn_->set_nodelay(now_, in_.next() & 1); break;
      case 7: conn_->set_keep_alive(now_, in_.next() & 1); break;
      case 8: conn_->set_user_timeout(now_, Duration::milliseconds(in_.next16())); break;
      case 9: conn_->set_receive_buffer(now_, in_.next16()); break;
      case 10: conn_->set_super_segments(in_.next16()); break;
      case 11: (void)conn_->send_urgent(now_, std::vector<u8>(1, 1)); break;
      case 12: (void)conn_->receive_urgent(); break;
      case 13:
        conn_->set_congestion(in_.next() & 1 ? CongestionKind::cubic : CongestionKind::newreno);
        break;
      case 14: (void)conn_->take_error(); break;
      default: (void)listener_.accept(); break;
    }
  }
  void drain() {
    u32 packets = 0;
    while (true) {
      const bool wanted = conn_->wants_transmit();
      Packet packet = conn_->poll_transmit(now_);
      require(wanted == static_cast<bool>(packet));
      if (!packet) break;
      require(++packets < 3'000);
      const auto h = wire::TcpHeader::parse(packet.linear_bytes());
      require(h.has_value());
      if (h->flags.syn()) {
        iss_ = h->seq;
        stamps_ = h->options.timestamps.has_value();
      }
      if (!h->flags.rst()) {
        sent_ = std::max<i64>(sent_, (h->seq - iss_) + (packet.size() - h->size()) +
                                         (h->flags.syn() ? 1 : 0) + (h->flags.fin() ? 1 : 0));
      }
      if (h->flags.ack() && !h->flags.rst()) next_ = h->ack - irs_;
    }
    const u32 events = conn_->take_events();
    if (events & tcp::Event::urgent) urgent_ = true;
    if (conn_->state() == State::time_wait) tcp::TimeWait{*conn_};
    if (conn_->state() == State::closed && (events & tcp::Event::closed)) read(100'000);
  }

  using State = tcp::State;
  Bytes in_;
  PacketPool pool_;
  tcp::Environment env_;
  tcp::Listener listener_{env_, 4};
  Instant now_;
  Endpoint local_{Ipv4Address(10, 0, 0, 1), 1};
  Endpoint remote_{Ipv4Address(10, 0, 0, 2), 2};
  wire::Seq iss_;
  wire::Seq irs_{0xffff'ff00};
  i64 sent_ = 0;
  i64 next_ = 0;
  i64 read_ = 1;
  bool stamps_ = false;
  bool urgent_ = false;
  std::unique_ptr<tcp::Connection> conn_;
};

}  // namespace

int run(const u8* data, std::size_t size) {
  Peer(Bytes({data, size})).play();
  return 0;
}

}  // namespace catenet::tcp_connection_fuzz

FUZZ_TARGET(tcp_connection_fuzz)
