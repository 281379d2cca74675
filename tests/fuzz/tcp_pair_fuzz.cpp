// Two TCP connections and a middle that the input drives: it delivers, drops, repeats, reorders,
// marks, cuts, merges, shrinks the path and forges, while time passes and users write and read.
// Beyond crashes and each connection's own consistent(): whoever reads gets what was written there,
// memory and work stay bounded, no deadline is left behind; and once a middle that forged nothing
// behaves again, every byte and both ends of the streams arrive.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <source_location>
#include <vector>

#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/listener.hpp"

#include "fuzz.hpp"

namespace catenet::tcp_pair_fuzz {
namespace {

using tcp::State;

constexpr u32 most_written = 100'000;
constexpr std::size_t most_flying = 96;
constexpr u32 most_steps = 1'500;

void require(bool condition, std::source_location where = std::source_location::current()) {
  if (condition) return;
  std::fprintf(stderr, "broken: line %u, %s\n", where.line(), where.function_name());
  std::abort();
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
  u32 next32() { return u32{next16()} << 16 | next16(); }
  bool coin() { return (next() & 1) != 0; }

 private:
  ByteView bytes_;
};

tcp::Options draw_options(Bytes& in) {
  const u8 a = in.next();
  const u8 b = in.next();
  const u8 c = in.next();
  tcp::Options options;
  options.timestamps = a & 1;
  options.sack = a & 2;
  options.window_scaling = a & 4;
  options.nagle = a & 8;
  options.pacing = a & 16;
  options.loss_detection = a & 32 ? tcp::LossDetection::sack : tcp::LossDetection::rack;
  options.tail_loss_probe = !(a & 64);
  options.frto = !(a & 128);
  options.congestion = static_cast<CongestionKind>(b & 3);
  options.ecn = static_cast<tcp::Ecn>((b >> 2) % 3);
  options.mtu_probing = static_cast<tcp::MtuProbing>((b >> 4) % 3);
  options.send_buffer = c & 1 ? 5'000 : 150'000;
  options.receive_buffer = c & 2 ? 3'000 : 60'000;
  options.receive_buffer_most = c & 4 ? 300'000 : 0;
  options.rto.min = c & 8 ? Duration::seconds(1) : options.rto.min;
  options.delayed_ack = Duration::milliseconds(c & 16 ? 0 : 40);
  options.initial_window = c & 32 ? 1 : 10;
  if (c & 64) options.keep_alive_times = {Duration::seconds(10), Duration::seconds(1), 3};
  return options;
}

struct Flying {
  wire::TcpHeader header;
  Packet payload;  // may be empty
  bool ect = false;
  bool ce = false;
  bool forged = false;
};

// One end, its user, and what was last seen of it on the wire.
struct End {
  End(PacketPool& pool, const tcp::Options& options, u8 which)
      : env(pool, {{which, 2}, {3, which}}, options), side(which) {}

  static u8 pattern(u8 of, i64 offset) {
    return static_cast<u8>(offset * 131 + (offset >> 8) * 7 + of * 89);
  }
  void write(Instant now, u32 count) {
    if (!conn) return;
    count = static_cast<u32>(std::min<i64>(count, most_written - written));
    std::vector<u8> bytes(count);
    for (u32 i = 0; i < count; ++i) bytes[i] = pattern(side, written + i);
    written += conn->send(now, bytes).value_or(0);
  }

  tcp::Environment env;
  u8 side;
  std::unique_ptr<tcp::Connection> conn;
  std::vector<Flying> out;  // towards the other end
  i64 written = 0;
  i64 read = 0;
  bool ended = false;
  wire::Seq iss;
  wire::Seq sent;   // one past the highest sequence number sent
  wire::Seq acked;  // as it last acknowledged
  wire::Seq told;   // the highest acknowledgement that was delivered to it
  u32 stamp = 0;
  u16 window = 0;
  u32 super_bytes = 0;
};

class Pair {
 public:
  explicit Pair(Bytes input)
      : in_(input), a_(pool_, draw_options(in_), 11), b_(pool_, draw_options(in_), 12) {
    begin();
  }
  ~Pair() {
    a_.out.clear();
    b_.out.clear();
  }
  void play() {
    for (u32 i = 0; i < most_steps && !in_.empty(); ++i) step();
    heal();
  }

 private:
  void begin() {
    now_ = Instant::at(start(in_.next()));
    began_ = now_;
    a_.conn = std::make_unique<tcp::Connection>(a_.env, local_, remote_, 1500);
    allow_super(a_, in_.coin() ? 16'000 : 0);
    require(a_.conn->open(now_).has_value());
    settle(a_);
    const u8 kind = in_.next();
    honest_ = kind & 2;
    if (kind & 1) return;  // the handshake too is for the middle
    patience_ = Duration::seconds(800);
    for (int i = 0; i < 4; ++i) {
      deliver_all(a_);
      deliver_all(b_);
    }
  }
  // So that sequence numbers, or timestamps, wrap early.
  Duration start(u8 kind) const {
    const u32 before = 0u - (kind >> 2) * 97u - 1;
    const auto ticks = [&](u32 at_zero) {
      return Duration::microseconds(i64{before - at_zero} * 4);
    };
    switch (kind & 3) {
      case 0: return ticks(tcp::initial_sequence(a_.env.secrets.isn, local_, remote_, {}).value());
      case 1: return ticks(tcp::initial_sequence(b_.env.secrets.isn, remote_, local_, {}).value());
      case 2:
        return Duration::milliseconds(before -
                                      tcp::timestamp_offset(a_.env.secrets.isn, local_, remote_));
      default: return Duration::zero();
    }
  }
  static void allow_super(End& end, u32 bytes) {
    end.super_bytes = bytes;
    end.conn->set_super_segments(bytes);
  }
  End& other(const End& end) { return &end == &a_ ? b_ : a_; }

  // --- what an end does by itself ---

  void settle(End& end) {
    if (!end.conn) return;
    u32 packets = 0;
    while (true) {
      const bool wanted = end.conn->wants_transmit();
      Packet packet = end.conn->poll_transmit(now_);
      require(wanted == static_cast<bool>(packet));
      if (!packet) break;
      require(++packets < 5'000);
      const auto header = wire::TcpHeader::parse(packet.linear_bytes());
      require(header.has_value() && !header->options.malformed);
      check_size(end, *header, packet);
      packet.consume(header->size());
      note(end, *header, packet.size());
      launch(end, {*header, std::move(packet), end.conn->ect()});
    }
    end.conn->take_events();
    check(end);
  }
  // Of each segment as it goes over a wire; larger ones only where they were asked for.
  static void check_size(const End& end, const wire::TcpHeader& header, const Packet& packet) {
    const u16 cut = packet.meta().segment_size;
    const u32 text = packet.size() - header.size();
    require(20 + header.size() + (cut == 0 ? text : std::min<u32>(cut, text)) <= 1'500);
    require(cut == 0 || end.super_bytes > 0);
  }
  static void note(End& end, const wire::TcpHeader& h, u32 length) {
    if (h.flags.syn()) end.iss = end.sent = h.seq;
    const wire::Seq last = h.seq + (length + (h.flags.syn() ? 1 : 0) + (h.flags.fin() ? 1 : 0));
    if (!h.flags.rst() && end.sent.before(last)) end.sent = last;
    if (h.flags.ack() && !h.flags.rst()) end.acked = h.ack;
    if (h.options.timestamps) end.stamp = h.options.timestamps->value;
    end.window = h.window;
  }
  void check(const End& end) const {
    const tcp::Connection& c = *end.conn;
    const auto& options = end.env.options;
    const u64 receive = std::max({options.receive_buffer, options.receive_buffer_most, 65'535u});
    require(c.footprint() < u64{c.send_buffer()} + 5 * receive + 2'000'000);
    require(pool_.live() < 8'000);
    const tcp::TcpInfo info = c.info();
    require(info.unacked <= most_written + 2);
    require(info.sacked <= info.unacked && info.lost <= info.unacked);
  }
  // As a path of `limit_` bytes takes it.
  bool fits(const Flying& flying) const {
    if (!flying.payload || flying.payload.size() == 0) return true;
    const u16 cut = flying.payload.meta().segment_size;
    const u32 text = cut == 0 ? flying.payload.size() : std::min<u32>(cut, flying.payload.size());
    return 20 + flying.header.size() + text <= limit_;
  }
  void launch(End& from, Flying flying) {
    if (!fits(flying)) return;
    if (from.out.size() >= most_flying && !healing_) return;
    from.out.push_back(std::move(flying));
  }
  void tick() {
    for (End* end : {&a_, &b_}) {
      if (!end->conn) continue;
      for (u32 i = 0; end->conn->next_deadline() <= now_; ++i) {
        require(i < 50);
        end->conn->on_timeout(now_);
        settle(*end);
      }
    }
  }
  void arrive(End& to, Flying flying) {
    End& from = other(to);
    if (flying.header.flags.ack() && !flying.forged) to.told = flying.header.ack;
    if (to.conn) {
      to.conn->on_segment(now_, flying.header, std::move(flying.payload), flying.ce);
    } else if (&to == &b_) {
      auto reaction = listener_.on_segment(now_, {remote_, local_, 1500, nullptr}, flying.header,
                                           std::move(flying.payload));
      if (reaction.connection) {
        b_.conn = std::move(reaction.connection);
        allow_super(b_, in_.coin() ? 30'000 : 0);
      }
    }
    (void)listener_.accept();
    settle(to);
    settle(from);
  }
  Flying take(End& from, std::size_t index) {
    Flying flying = std::move(from.out[index]);
    from.out.erase(from.out.begin() + static_cast<std::ptrdiff_t>(index));
    return flying;
  }
  void deliver_all(End& from) {
    for (std::size_t n = from.out.size(); n > 0 && !from.out.empty(); --n) {
      arrive(other(from), take(from, 0));
    }
  }
  void read(End& end, std::size_t count, bool peek) {
    if (!end.conn) return;
    std::vector<u8> bytes(count);
    const auto got = end.conn->receive(now_, bytes, peek);
    if (!got) return;
    if (*got == 0 && count > 0) end.ended = true;
    const End& peer = other(end);
    for (u32 i = 0; i < *got && !shifted_; ++i) {
      require(bytes[i] == End::pattern(peer.side, end.read + i));
    }
    if (!peek) end.read += *got;
    require(end.read <= peer.written || forged_text_);
  }

  // --- the middle ---

  void step() {
    const u8 what = in_.next();
    End& from = what & 1 ? a_ : b_;
    switch (what >> 3) {
      case 0:
      case 1:
      case 2:
      case 3: deliver_all(from); break;
      case 4:
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
      case 10: meddle(from, what >> 3); break;
      case 11:
      case 12:
      case 13:
      case 14: forge(other(from)); break;
      case 15:
      case 16: advance(what); break;
      case 17:
      case 18: jump(); break;
      case 19:
      case 20:
      case 21: from.write(now_, in_.next16() % 12'000); break;
      case 22:
      case 23:
      case 24: read(from, in_.next16() % 20'000, (what & 6) == 6); break;
      case 25: divide(from); break;
      case 26: shrink(from); break;
      case 27: command(from, in_.next()); break;
      default: round_trip(what); break;
    }
    settle(a_);
    settle(b_);
    tick();
  }
  void advance(u8 what) {
    const i64 ms = what & 4 ? i64{in_.next()} * 40 : in_.next() / 4;
    now_ += Duration::milliseconds(ms) + Duration::microseconds(in_.next());
    tick();
  }
  void jump() {
    Instant next = Instant::never();
    for (const End* end : {&a_, &b_}) {
      if (end->conn) next = std::min(next, end->conn->next_deadline());
    }
    if (next != Instant::never()) now_ = std::max(now_, next);
    tick();
  }
  // Some go through, and what comes back, as a good path has it.
  void round_trip(u8 what) {
    now_ += Duration::milliseconds(what & 2 ? 30 : 1);
    tick();
    deliver_all(a_);
    now_ += Duration::milliseconds(what & 4 ? 30 : 1);
    tick();
    deliver_all(b_);
  }
  void meddle(End& from, int how) {
    if (from.out.empty()) return;
    const std::size_t index = in_.next() % from.out.size();
    Flying& flying = from.out[index];
    switch (how) {
      case 4: from.out.erase(from.out.begin() + static_cast<std::ptrdiff_t>(index)); break;
      case 5: from.out.clear(); break;
      case 6: from.out.push_back(clone(flying)); break;
      case 7: arrive(other(from), take(from, index)); break;
      case 8: flying.ce = flying.ect; break;
      case 9: cut(from, index); break;
      default: merge(from, index); break;
    }
  }
  static Flying clone(const Flying& f) {
    return {f.header, f.payload ? f.payload.clone() : Packet(), f.ect, f.ce, f.forged};
  }
  void cut(End& from, std::size_t index) {
    Flying& first = from.out[index];
    if (!first.payload || first.payload.size() < 2 || first.header.flags.syn()) return;
    const u32 at = 1 + in_.next16() % (first.payload.size() - 1);
    Flying second = clone(first);
    second.header.seq += at;
    second.payload.trim_front(at);
    first.payload.truncate(at);
    first.header.flags = first.header.flags.without(wire::TcpFlag::fin | wire::TcpFlag::psh);
    for (Packet* part : {&first.payload, &second.payload}) {
      if (part->size() <= part->meta().segment_size) part->meta().segment_size = 0;
    }
    from.out.insert(from.out.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(second));
  }
  void merge(End& from, std::size_t index) {
    if (index + 1 >= from.out.size()) return;
    Flying& first = from.out[index];
    Flying& second = from.out[index + 1];
    constexpr auto odd = wire::TcpFlag::syn | wire::TcpFlag::fin | wire::TcpFlag::rst;
    if (!first.payload || !second.payload || second.payload.size() == 0) return;
    if (first.header.flags.any_of(odd) || second.header.flags.any_of(odd)) return;
    const u32 size = first.payload.size();
    if (first.header.seq + size != second.header.seq || size == 0) return;
    std::vector<u8> bytes(size + second.payload.size());
    if (bytes.size() > 60'000) return;
    first.payload.copy_out(0, {bytes.data(), size});
    second.payload.copy_out(0, {bytes.data() + size, second.payload.size()});
    const u16 before = first.payload.meta().segment_size;
    first.payload = pool_.copy_of(bytes);
    first.payload.meta().segment_size = static_cast<u16>(before != 0 ? before : size);
    take(from, index + 1);
  }
  // Acknowledges in pieces what the oldest segment of `from` acknowledges at once.
  void divide(End& from) {
    if (from.out.empty() || !from.out[0].header.flags.ack()) return;
    const wire::TcpHeader whole = from.out[0].header;
    if (whole.flags.any_of(wire::TcpFlag::syn | wire::TcpFlag::rst)) return;
    const i64 step = 1 + in_.next16() % 3'000;
    End& to = other(from);
    if (!to.conn || to.told == wire::Seq()) return;
    const i64 distance = whole.ack - to.told;
    if (distance <= 0 || distance > 200'000) return;
    for (i64 left = distance - step, n = 0; left > 0 && n < 64; left -= step, ++n) {
      wire::TcpHeader part = whole;
      part.flags = wire::TcpFlag::ack;
      part.ack = whole.ack - static_cast<u32>(left);
      arrive(to, {.header = part, .payload = Packet()});
    }
  }
  void shrink(End& end) {
    const u16 mtu = in_.next16();
    const bool searched = a_.env.options.mtu_probing != tcp::MtuProbing::off &&
                          b_.env.options.mtu_probing != tcp::MtuProbing::off;
    if ((mtu & 3) == 0 && searched) {
      limit_ = 600 + mtu % 1'000;
    } else if (end.conn) {
      std::optional<wire::Seq> embedded;
      if (mtu & 1) embedded = end.sent - (1 + in_.next16() % 2'000);
      end.conn->on_path_mtu(now_, mtu & 2 ? mtu % 1'501 : 1'500 - mtu % 64, embedded);
    }
  }

  // --- forging ---

  wire::Seq near(wire::Seq base, u8 how) {
    switch (how & 7) {
      case 0:
      case 1: return base;
      case 2: return base + in_.next();
      case 3: return base - in_.next();
      case 4: return base + in_.next16();
      case 5: return base - in_.next16();
      case 6: return base + 0x8000'0000u + in_.next();
      default: return base + in_.next32();
    }
  }
  void forge(End& to) {
    if (honest_) return round_trip(in_.next());
    if (!to.conn) return;
    const End& peer = other(to);
    const u8 kind = in_.next();
    wire::TcpHeader h;
    h.source_port = to.conn->remote().port;
    h.destination_port = to.conn->local().port;
    h.seq = near(kind & 64 ? peer.sent : to.acked, kind);
    h.ack = near(kind & 128 ? to.told : to.sent, kind >> 3);
    const u8 more = in_.next();
    h.flags = wire::TcpFlag::ack;
    if (more & 1) h.flags = wire::TcpFlags::from_bits(in_.next()).without(wire::TcpFlag::urg);
    h.window = more & 2 ? in_.next16() : peer.window;
    if (more & 4) h.window = 0;
    if (more & 8) forge_sack(to, h);
    h.options.timestamps = wire::TcpTimestamps{peer.stamp, to.stamp};
    if (more & 16) h.options.timestamps->value += in_.next32();
    if (more & 32) h.options.timestamps->echo_reply = in_.coin() ? 0 : in_.next32();
    if (!to.conn->info().timestamps) h.options.timestamps.reset();
    if (h.flags.syn()) h.options.mss = in_.next16();
    const u32 length = more & 64 ? in_.next16() % 3'000 : 0;
    if (h.flags.syn() && !tcp::synchronised(to.conn->state())) shifted_ = true;
    forged_ = true;
    if (length > 0 || h.flags.fin()) forged_text_ = true;
    std::vector<u8> bytes(length);
    const i64 offset = i64{h.seq - peer.iss} - (h.flags.syn() ? 0 : 1);
    for (u32 i = 0; i < length; ++i) bytes[i] = End::pattern(peer.side, offset + i);
    Packet payload = length > 0 ? pool_.copy_of(bytes) : Packet();
    const u32 copies = more & 128 ? 1 + in_.next() % 64 : 1;
    for (u32 i = 0; i < copies; ++i) {
      Packet copy = payload ? payload.clone() : Packet();
      arrive(to, {.header = h, .payload = std::move(copy), .ce = i % 2 != 0, .forged = true});
    }
  }
  void forge_sack(const End& to, wire::TcpHeader& h) {
    for (u32 n = 1 + in_.next() % 4; n > 0; --n) {
      const u8 how = in_.next();
      const wire::Seq left = near(how & 64 ? to.sent : h.ack, how);
      h.options.add_sack({left, near(how & 128 ? left : to.sent, how >> 3)});
    }
  }

  // --- the users ---

  void command(End& end, u8 what) {
    if (honest_ && (what & 15) < 6) what |= 8;
    if (!end.conn) return;
    tcp::Connection& c = *end.conn;
    fragile_ |= (what & 15) < 6;
    switch (what & 15) {
      case 0: c.close(now_); break;
      case 1: c.abort(now_); break;
      case 2: c.shutdown_read(now_); break;
      case 3: c.set_keep_alive(now_, in_.coin()); break;
      case 4: c.set_user_timeout(now_, Duration::milliseconds(in_.next16())); break;
      case 5: c.on_icmp_error(now_, Errno::host_unreachable, in_.coin(), end.sent - 1); break;
      case 6: (void)c.shutdown_write(now_); break;
      case 7: c.set_cork(now_, in_.coin()); break;
      case 8: c.set_nodelay(now_, in_.coin()); break;
      case 9: c.set_receive_buffer(now_, in_.next16()); break;
      case 10: c.set_send_buffer(in_.next16()); break;
      case 11: c.set_congestion(static_cast<CongestionKind>(in_.next() & 3)); break;
      case 12: allow_super(end, in_.next16()); break;
      case 13: c.set_max_segment(in_.next16()); break;
      case 14: (void)c.take_error(); break;
      default: end.write(now_, in_.next()); break;
    }
  }

  // --- and in the end ---

  // The path is good again and the users read and finish. Whatever was forged, it comes to rest;
  // and where nothing was, all that was written is read.
  void heal() {
    const bool whole = !forged_ && !fragile_ && now_ - began_ < patience_;
    healing_ = true;
    for (End* end : {&a_, &b_}) {
      if (end->conn) end->conn->set_keep_alive(now_, false);
    }
    u32 carried = 0;
    u32 turns = 0;
    for (; turns < 20'000 && carried < 20'000; ++turns) {
      for (End* end : {&a_, &b_}) finish(*end);
      if (a_.out.empty() && b_.out.empty()) {
        if (complete() || at_rest()) break;
        jump();
      }
      now_ += Duration::milliseconds(1);
      tick();
      carried += static_cast<u32>(a_.out.size() + b_.out.size());
      deliver_all(a_);
      deliver_all(b_);
    }
    require(turns < 20'000 && carried < 20'000);
    if (whole) require(complete());
  }
  void finish(End& end) {
    if (!end.conn) return;
    end.conn->set_cork(now_, false);
    if (tcp::synchronised(end.conn->state())) (void)end.conn->shutdown_write(now_);
    for (int i = 0; i < 10 && end.conn->readable() > 0; ++i) read(end, 50'000, false);
    if (end.conn->end_of_stream()) read(end, 1, false);
    settle(end);
  }
  bool complete() const {
    return a_.read == b_.written && b_.read == a_.written && a_.ended && b_.ended;
  }
  bool at_rest() const {
    const auto rests = [](const End& end) {
      return !end.conn || end.conn->next_deadline() == Instant::never();
    };
    return rests(a_) && rests(b_);
  }

  Bytes in_;
  PacketPool pool_;
  Endpoint local_{Ipv4Address(10, 0, 0, 1), 1000};
  Endpoint remote_{Ipv4Address(10, 0, 0, 2), 2000};
  Instant now_;
  Instant began_;
  End a_;
  End b_;
  tcp::Listener listener_{b_.env, 4};
  u32 limit_ = 65'600;                         // of the path, in bytes; larger packets vanish
  bool honest_ = false;                        // nothing is forged, and users end nothing early
  Duration patience_ = Duration::seconds(60);  // for so long no end gives up
  bool forged_ = false;                        // anything but what the ends sent was delivered
  bool forged_text_ = false;                   // text or FIN among it
  bool shifted_ = false;                       // and the place of a stream's first byte
  bool fragile_ = false;                       // users or ICMP did what may end a connection
  bool healing_ = false;
};

}  // namespace

int run(const u8* data, std::size_t size) {
  Pair(Bytes({data, size})).play();
  return 0;
}

}  // namespace catenet::tcp_pair_fuzz

FUZZ_TARGET(tcp_pair_fuzz)
