// Connection: one end of a TCP connection as a machine, without I/O, clock or engine. Read RFC 9293
// §3.3 (terminology) and §3.10.7 (the steps of a segment's arrival), then RFC 5961, 6298, 6675,
// 7323.
//
// Kinds of methods, and the order of calls:
//   inputs    on_*            the two doors are on_segment and on_timeout
//   commands  open send …     what POSIX says of the socket call of the same name
//   outputs   poll_transmit   call until it returns an empty packet, after every input and command;
//             take_events     then this;
//             next_deadline   then see that on_timeout is called at this time. A call too early
//             does nothing.
#pragma once

#include <memory>
#include <optional>

#include "catenet/base/intrusive_list.hpp"
#include "catenet/congestion/rtt_estimator.hpp"
#include "catenet/tcp/environment.hpp"
#include "catenet/tcp/loss/rack.hpp"
#include "catenet/tcp/payload_queue.hpp"
#include "catenet/tcp/position.hpp"
#include "catenet/time/timer_table.hpp"

namespace catenet::tcp {

class Listener;
struct Flight;
struct Receiver;
struct Sender;

class Connection {
 public:
  // In CLOSED; open() follows. `mtu`: of the interface, in bytes; on_path_mtu() says what is known
  // of the path.
  Connection(Environment& env, const Endpoint& local, const Endpoint& remote, u32 mtu);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // --- inputs ---

  // A segment whose checksum is right; `payload` begins behind its header, may be empty,
  // super-sized or sliced. Returns why it was refused, or why its text alone was, while its ACK
  // counts; `payload` is then still the caller's and as it came. Nothing where all was acceptable:
  // `payload` may then be taken.
  // `ce`: a router on the way marked its packet (RFC 3168 §5).
  std::optional<Drop> on_segment(Instant now, const wire::TcpHeader& seg, Packet&& payload,
                                 bool ce = false);
  void on_timeout(Instant now);
  // The path takes no more than `mtu` bytes (RFC 1191, RFC 8201). From ICMP, give `embedded`, the
  // sequence number it quotes: the report is ignored unless that is in flight (RFC 5927 §4).
  void on_path_mtu(Instant now, u32 mtu, std::optional<wire::Seq> embedded = std::nullopt);
  // An ICMP error about a segment of ours that began at `embedded`. Soft errors are remembered,
  // hard ones end a connection that is being opened and are soft to all others (RFC 5927 §5.2, RFC
  // 9293 §3.9.2.2).
  void on_icmp_error(Instant now, Errno error, bool hard, wire::Seq embedded);

  // --- commands ---

  // Before open(): asks for Fast Open (RFC 7413). True: the peer's cookie is known, and what is
  // written before the first poll_transmit goes with the SYN; false: at most asks for one.
  bool prepare_fast_open(Instant now);
  // Active open: to SYN-SENT. is_connected where it was opened before.
  Result<void> open(Instant now);
  // Takes as many of `bytes` as there is room for, at least one. again: no room; broken_pipe: after
  // shutdown_write or the end of the connection; not_connected: never opened; the error of the
  // connection, once.
  Result<u32> send(Instant now, ByteView bytes);
  // The same, with the urgent pointer behind the last byte taken (RFC 6093).
  Result<u32> send_urgent(Instant now, ByteView bytes);
  // Bytes in order, stopping at the urgent mark. 0: end of stream (or `out` is empty); again:
  // nothing yet; not_connected; the error of the connection, once.
  Result<u32> receive(Instant now, MutableBytes out, bool peek = false);
  // Where the bytes lie that receive() would give, as far as `pieces` holds them: how many pieces.
  // Good until anything else is called.
  std::size_t look(std::span<ByteView> pieces);
  // Takes the first `bytes` of those.
  void consume(Instant now, u32 bytes);
  // The byte out of band. invalid: none, or read before, or in band; again: announced and not here
  // yet.
  Result<u8> receive_urgent(bool peek = false);
  // Whether the next byte read is the one at the urgent mark (sockatmark).
  bool at_mark() const;
  // FIN behind what was written. not_connected outside a connection.
  Result<void> shutdown_write(Instant now);
  // What arrives from now on is acknowledged and thrown away; receive() returns 0 behind what is
  // queued.
  void shutdown_read(Instant now);
  // The user is gone: FIN behind what was written, or a reset where bytes were not read or arrive
  // later (RFC 2525 §2.17, RFC 1122 4.2.2.13).
  void close(Instant now);
  // A reset, and everything is dropped.
  void abort(Instant now);
  // TIME-WAIT ends early: a new connection takes over its endpoints (RFC 6191).
  void give_way(Instant now);

  void set_nodelay(Instant now, bool on);  // off: Nagle (RFC 9293 §3.7.4)
  void set_cork(Instant now, bool on);     // hold back what fills no segment, for 200 ms at most
  void set_keep_alive(Instant now, bool on);
  void set_keep_alive_times(Instant now, const KeepAlive& times);
  // RFC 5482, TCP_USER_TIMEOUT; zero: the host's default.
  void set_user_timeout(Instant now, Duration timeout);
  // SO_SNDBUF. From then on the buffer no longer grows by itself.
  void set_send_buffer(u32 bytes);
  void set_receive_buffer(Instant now, u32 bytes);
  void set_congestion(CongestionKind kind);
  void set_oob_inline(bool on);
  // TCP_MAXSEG: never send or offer more than this; before open().
  void set_max_segment(u16 bytes);
  // Allows segments of up to `max_bytes` of payload with meta().segment_size set; 0: wire segments
  // only.
  void set_super_segments(u32 max_bytes);

  // --- outputs ---

  // Whether poll_transmit would return a segment now.
  bool wants_transmit() const;
  // One IP payload: header linear, payload as slices or behind it; empty where there is nothing to
  // send. The checksum field holds the pseudo-header's sum and the metadata says so.
  Packet poll_transmit(Instant now);
  // Whether the segment that poll_transmit last gave goes out as ECT(0) (RFC 3168 §5).
  bool ect() const { return flags_.ect; }
  Instant next_deadline() const { return timers_.next(); }
  // Edges since the last call, bits of Event.
  u32 take_events();

  // --- getters ---

  const Endpoint& local() const { return local_; }
  const Endpoint& remote() const { return remote_; }
  State state() const { return state_; }
  Environment& environment() const { return *env_; }
  // The listener that made it, until it is accepted.
  Listener* listener() const { return awaited_ ? awaited_->listener : nullptr; }
  // Bytes that receive() would give now, an end of stream not counted.
  u32 readable() const;
  // Bytes that send() would take now.
  u32 writable() const;
  // Whether receive() will give no byte more beyond those readable.
  bool end_of_stream() const;
  // Whether our direction is finished: shutdown_write() or close() was called.
  bool write_closed() const { return flags_.fin_queued; }
  // Whether both directions are finished (POLLHUP).
  bool hung_up() const;
  // Whether the user must wait for it still: in SYN-SENT, and in SYN-RECEIVED unless the SYN's text
  // was taken.
  bool opening() const {
    return state_ == State::syn_sent || (state_ == State::syn_received && !flags_.fast_open);
  }
  // Whether close() or abort() was called.
  bool released() const { return flags_.released; }
  // Whether take_error() has something.
  bool error_pending() const { return error_ != Errno::ok; }
  // SO_ERROR: the pending error, and forgets it.
  Errno take_error();
  // The last soft error, for a connect that timed out (RFC 9293 §3.9.2.2).
  Errno soft_error() const { return soft_error_; }
  bool in_flight(wire::Seq seq) const;
  u32 send_queue() const;  // written and not acknowledged (SIOCOUTQ)
  TcpInfo info() const;
  CongestionKind congestion() const { return congestion_; }
  bool nodelay() const { return flags_.nodelay; }
  bool cork() const { return flags_.cork; }
  bool oob_inline() const { return flags_.oob_inline; }
  bool keep_alive() const { return flags_.keep_alive; }
  KeepAlive keep_alive_times() const;
  Duration user_timeout() const;
  // What it may hold now.
  u32 send_buffer() const { return send_limit_; }
  u32 receive_buffer() const { return receive_limit_; }
  // Eff.snd.MSS: payload bytes a segment, options subtracted (RFC 9293 §3.7.1).
  u32 send_mss() const { return mss_; }
  // Not even segments of the least MSS fit the path: IP must cut them.
  bool outgrows_path() const;
  // Nothing was said for a while: gives back memory that the next words can have anew, without
  // changing what they will be.
  void rest(Instant now);
  // Memory kept for this connection beside itself, in bytes.
  u64 footprint() const;

 private:
  friend class Listener;
  friend class TimeWait;

  enum class Timer : u8 {
    retransmission,  // RFC 6298
    persist,         // RFC 9293 §3.8.6.1; also ends the sender's silly-window wait, a cork, and
                     // what pacing holds back
    delayed_ack,     // RFC 5681 §4.2
    keep_alive,      // RFC 9293 §3.8.4; in SYN-RECEIVED and before, unused
    time_wait,       // 2 MSL; also FIN-WAIT-2 of a connection its user has left
    user_timeout,    // RFC 5482
    count,
  };
  static constexpr u32 least_probed_mss = 256;
  // In its listener's lists.
  struct Awaited : ListHook<Awaited> {
    Awaited(Listener& by, Connection& connection) : listener(&by), self(&connection) {}
    Listener* listener;
    Connection* self;
  };
  // What few connections need.
  struct Extras;
  struct Plan;
  // A segment about to be processed, its numbers unwrapped.
  struct Segment;
  struct Heard;

  // connection.cpp
  [[gnu::cold]] void set_state(Instant now, State next, std::string_view reason);
  [[gnu::cold]] void finish(Instant now, Errno error, u32 events,
                            std::string_view reason);  // to CLOSED
  bool consistent() const;
  bool consistent_open() const;
  Extras& extras();
  Sender& sender();
  PayloadQueue& queue() {
    if (!queue_) queue_ = std::make_unique<PayloadQueue>();
    return *queue_;
  }
  u32 queued() const { return queue_ ? queue_->bytes() : 0; }
  u32 queued_footprint() const { return queue_ ? queue_->footprint() : 0; }
  Receiver& receiver();
  void raise(u32 events) { events_ |= static_cast<u16>(events); }
  wire::Seq snd_seq(Position position) const { return iss_ + static_cast<u32>(position); }
  wire::Seq rcv_seq(Position position) const { return irs_ + static_cast<u32>(position); }
  Position snd_position(wire::Seq seq) const { return snd_.una + (seq - snd_seq(snd_.una)); }
  Position rcv_position(wire::Seq seq) const { return rcv_.nxt + (seq - rcv_seq(rcv_.nxt)); }
  Position data_end() const;  // one past the last byte written
  bool fin_acked() const { return flags_.fin_sent && snd_.una == data_end() + 1; }
  bool outstanding() const { return snd_.una < snd_.nxt; }
  Flight flight() const;

  // connection_handshake.cpp
  void accept_syn(Instant now, const wire::TcpHeader& syn, wire::Seq iss);
  void synchronise(const wire::TcpHeader& syn);
  void accept_cookie(Instant now, const wire::TcpHeader& ack, const wire::TcpOptions& agreed);
  void negotiate(const wire::TcpOptions& options);
  wire::TcpOptions syn_options(Instant now, bool answer) const;
  u16 offered_mss() const;
  void update_mss();
  u8 wanted_scale() const;
  [[gnu::cold]] std::optional<Drop> on_syn_sent(Instant now, const wire::TcpHeader& seg,
                                                Packet&& payload);
  std::optional<Drop> syn_sent_synchronise(Instant now, const wire::TcpHeader& seg,
                                           Packet&& payload);
  void establish(Instant now, std::string_view reason);

  // connection_fast_open.cpp
  u32 add_fast_open(wire::TcpOptions& options, bool answer);
  void settle_syn_text(Position acked);
  void learn_fast_open(Instant now, const wire::TcpHeader& answer);
  void offer_cookie(const wire::FastOpenCookie& cookie);
  void accept_fast_open(Instant now, FastOpenPlace place, Packet&& text);
  Errno passive_error(Errno error) const;

  // connection_segment.cpp: the steps of RFC 9293 §3.10.7.4, in its order
  std::optional<Drop> process(Instant now, Segment& seg, Packet& payload);
  std::optional<Drop> check_timestamps(Instant now, Segment& seg);  // RFC 7323 §5.3
  std::optional<Drop> check_sequence(Instant now, Segment& seg, Packet& payload);
  [[gnu::cold]] bool answers_probe(const Segment& seg) const;
  void trim(Segment& seg, Position edge);
  [[gnu::cold]] std::optional<Drop> check_reset(Instant now, Segment& seg);
  [[gnu::cold]] std::optional<Drop> check_syn(Instant now, Segment& seg);
  std::optional<Drop> check_ack(Instant now, Segment& seg);
  [[gnu::cold]] void check_urgent(const Segment& seg);
  void note_ecn(const Segment& seg);
  std::optional<Drop> process_text(Instant now, Segment& seg, Packet& payload);
  [[gnu::cold]] void check_fin(Instant now, const Segment& seg);
  [[gnu::cold]] std::optional<Drop> unacceptable(Instant now, const Segment& seg, Drop reason);
  [[gnu::cold]] std::optional<Drop> challenge(Instant now);
  bool may_challenge(Instant now);
  std::optional<Drop> take_text(Instant now, const Segment& seg, Packet& payload);
  std::optional<Drop> keep_for_later(const Segment& seg, Packet& payload);
  [[gnu::cold]] void on_peer_fin(Instant now);
  [[gnu::cold]] void owe_stray_reset(wire::Seq seq);
  void schedule_ack(Instant now);
  bool has_room(Position position, u32 footprint);
  void note_size(const Segment& seg, u16 size);
  void note_arrival(Instant now, const Segment& seg);

  // connection_ack.cpp
  [[gnu::cold]] std::optional<Drop> complete_handshake(Instant now, const Segment& seg);
  void update_window(Instant now, const Segment& seg);
  // SEG.WND, scaled: never of a SYN (RFC 7323 §2.2).
  u32 window_of(const wire::TcpHeader& seg) const {
    return u32{seg.window} << (seg.flags.syn() ? 0 : snd_scale_);
  }
  void acknowledge(Instant now, const Segment& seg);
  [[gnu::cold]] void note_sack(Instant now, const Segment& seg, Heard& heard);
  void on_new_ack(Instant now, const Segment& seg, Heard& heard);
  void on_duplicate_ack(const Segment& seg, Heard& heard);
  void measure_rtt(Instant now, const Segment& seg);
  [[gnu::cold]] void on_fin_acked(Instant now);
  void recover(Instant now, u32 acked);
  void grow_send_buffer();
  void tell_writable();

  // connection_loss.cpp: what RFC 8985, 9937, 5682, 3522 and 3708 make of an acknowledgement
  void use_loss_detection();
  u32 cwnd() const;
  Rack::Echo echo_of(Instant now, const Segment& seg) const;
  void judge_losses(Instant now, const Segment& seg, Heard& heard);
  bool judge_probe(const Segment& seg, const Heard& heard);
  [[gnu::cold]] void judge_timeout(Instant now, const Heard& heard);
  bool needless(const Segment& seg, const Heard& heard);
  [[gnu::cold]] void undo_reaction(Instant now);
  [[gnu::cold]] void enter_recovery(Instant now, const Heard& heard);
  [[gnu::cold]] void proportion_rate(Heard& heard, bool further_loss);
  [[gnu::cold]] i64 delivered_without_sack(const Heard& heard);
  Duration reo_wnd() const;
  bool detect_losses(Instant now);
  void arm_retransmission(Instant now);
  void arm_probe(Instant now);
  Duration probe_timeout() const;
  [[gnu::cold]] void on_probe_timeout(Instant now);
  [[gnu::cold]] void on_reorder_timeout(Instant now);

  // connection_rate.cpp
  void inform_controller(Instant now, const Segment& seg, const Heard& heard);
  [[gnu::cold]] void tell_losses(Instant now);
  [[gnu::cold]] void tell_first_loss(Instant now);
  void answer_mark(Instant now, u32 acked);
  void note_reduction();
  void note_app_limited();
  void use_pacing();
  // DCTCP is nothing without marks.
  Ecn ecn_wanted() const {
    return congestion_ == CongestionKind::dctcp ? Ecn::on : env_->options.ecn;
  }
  void pace(Instant now, u32 bytes);
  void note_limit(Instant now);
  [[gnu::cold]] void note_marks(const Segment& seg);
  [[gnu::cold]] Packet emit_ack_before(Instant now);

  // connection_mtu.cpp
  u32 headers() const;
  u32 searched_to() const;
  void set_path_mtu(Instant now, u32 mtu);
  [[gnu::cold]] void begin_mtu_search(Instant now);
  [[gnu::cold]] void suspect_black_hole(Instant now);
  void plan_mtu_probe(Instant now, Plan& plan) const;
  void judge_mtu_probe(Instant now);
  [[gnu::cold]] void note_probe_again(Instant now, Range again);
  [[gnu::cold]] bool lost_probe_alone(Instant now);

  // connection_info.cpp
  [[gnu::cold]] void add_sender(TcpInfo& info) const;
  [[gnu::cold]] Instant last_text_heard() const;

  // connection_output.cpp
  bool may_send_data() const;
  bool plan(Plan& plan) const;
  [[gnu::cold]] bool plan_probe(Plan& plan) const;
  bool plan_retransmission(Plan& plan) const;
  bool plan_new_data(Plan& plan) const;
  bool plan_fin(Plan& plan) const;
  bool may_send_partial(u32 length, u32 available) const;
  u32 segment_length(Position from, u32 length, u32 available) const;
  u32 resend_length(Position from) const;
  Packet transmit(Instant now, const Plan& plan);
  Packet emit_owed(Instant now);
  Packet emit(Instant now, Position seq, u32 length, wire::TcpFlags flags);
  Packet emit_header(wire::TcpHeader& header, u32 length, u32 room);
  [[gnu::cold]] Packet emit_syn(Instant now);
  [[gnu::cold]] Packet emit_reset();
  [[gnu::cold]] Packet emit_probe(Instant now);
  void add_sack_blocks(wire::TcpOptions& options, u32 text);
  [[gnu::cold]] void add_urgent(wire::TcpHeader& header, Position seq);
  void note_sent(Instant now, const Plan& plan);
  Position ack_position() const;
  u16 offer_window();
  u32 receive_space() const;
  bool window_update_due() const;
  u32 offerable() const;
  bool tunes_window() const;
  u32 flight_size() const { return static_cast<u32>(snd_.nxt - snd_.una); }

  // connection_timers.cpp
  void on_retransmission_timer(Instant now);
  [[gnu::cold]] void on_retransmission_timeout(Instant now);
  [[gnu::cold]] void react_to_timeout(Instant now);
  [[gnu::cold]] void on_syn_timeout(Instant now);
  [[gnu::cold]] void on_persist_timeout(Instant now);
  [[gnu::cold]] void on_keep_alive_timeout(Instant now);
  [[gnu::cold]] void on_user_timeout(Instant now);
  void arm_keep_alive(Instant now);
  void arm_user_timeout(Instant now);
  void arm_persist(Instant now);
  Duration persist_delay() const;
  [[gnu::cold]] void enter_time_wait(Instant now, std::string_view reason);
  bool gave_up(Instant now) const;

  // connection_rest.cpp
  bool sender_rests(Instant now) const;
  bool extras_rest(Instant now) const;

  // connection_user.cpp
  Result<u32> write(Instant now, ByteView bytes);
  Errno sending_error() const;
  void queue_fin(Instant now, std::string_view reason);
  Position read_position() const;  // of the next byte a reader gets
  u32 read_limit(std::size_t wanted) const;
  void pass_mark();
  void tune_window(Instant now);
  void note_read(Instant now);
  Result<u32> nothing_to_read();

  struct {
    Position una = 0;
    Position nxt = 0;
    Position max = 0;  // highest ever sent
    u32 wnd = 0;       // the peer's, scaled
    u32 max_wnd = 0;   // the largest ever
    wire::Seq wl1;
    wire::Seq wl2;
  } snd_;
  struct {
    Position nxt = 0;
    Position edge = 0;   // right edge of the window offered; never moves left
    Position acked = 0;  // Last.ACK.sent
    u32 mtu = 0;         // of the interface: what the MSS option is made of
    u16 mss = 0;         // of a full segment, as seen
    u16 last_size = 0;   // of the segment before
  } rcv_;
  State state_ = State::closed;
  CongestionKind congestion_;
  u16 events_ = 0;
  struct Flags {
    bool ack_now : 1 = false;      // an acknowledgement is owed
    bool reset_owed : 1 = false;   // emit a reset, then be done
    bool stray_reset : 1 = false;  // emit one that leaves this connection as it is
    bool syn_owed : 1 = false;     // emit SYN or SYN,ACK
    bool probe_owed : 1 = false;   // emit a window or keep-alive probe
    bool push_small : 1 = false;   // the override timer ran: send what there is
    bool fin_queued : 1 = false;   // FIN follows the last byte
    bool fin_sent : 1 = false;
    bool fin_received : 1 = false;  // in order
    bool released : 1 = false;      // close() was called
    bool read_closed : 1 = false;   // shutdown_read() was called
    bool passive : 1 = false;       // came from a listener
    bool completed : 1 = false;     // and is in its accept queue
    bool syn_repeated : 1 = false;  // the SYN timed out once: RFC 5681 §3.1, RFC 6298 §5.7
    bool timestamps : 1 = false;    // agreed
    bool sack : 1 = false;          // agreed
    bool scaling : 1 = false;       // agreed
    bool nodelay : 1 = false;
    bool cork : 1 = false;
    bool keep_alive : 1 = false;
    bool oob_inline : 1 = false;
    bool blocked : 1 = false;          // a send found no room: tell when there is
    bool urgent_out : 1 = false;       // an urgent pointer may have to be sent
    bool send_buffer_set : 1 = false;  // by the user: it no longer grows
    bool receive_buffer_set : 1 = false;
    bool ecn : 1 = false;         // agreed
    bool ecn_echo : 1 = false;    // a mark came: ECE until CWR does
    bool ect : 1 = false;         // of the last segment out
    bool paced : 1 = false;       // segments leave at the rate that congestion control says
    bool held : 1 = false;        // the next one waits for its time
    bool ack_before : 1 = false;  // an acknowledgement of what came before the marks changed
    bool fast_open : 1 = false;   // the text of the SYN was taken, ours or the peer's
    bool urgent_in : 1 = false;   // a mark lies ahead of or at the reader
  } flags_;
  u8 snd_scale_ = 0;     // Snd.Wind.Shift
  u8 rcv_scale_ = 0;     // Rcv.Wind.Shift
  u8 retries_ = 0;       // of the retransmission, persist or keep-alive timer, without progress
  u16 peer_mss_ = 0;     // what the peer's MSS option allows
  u16 user_mss_ = 0;     // TCP_MAXSEG
  u16 mss_ = 0;          // Eff.snd.MSS of all these
  u16 super_bytes_ = 0;  // payload of the largest super-segment; 0: none
  u32 pmtu_;
  Errno error_ : 16 = Errno::ok;
  Errno soft_error_ : 16 = Errno::ok;
  u32 data_segments_in_ = 0;
  wire::Seq iss_;
  wire::Seq irs_;
  u32 ts_recent_ = 0;
  u32 ts_offset_ = 0;
  u32 send_limit_;
  u32 receive_limit_;
  u32 segments_in_ = 0;
  u32 segments_out_ = 0;
  [[no_unique_address]] congestion::RttEstimator rtt_;  // with room for one number more
  u32 text_at_ms_ = 0;   // when text came last, and 1; modulo 2^32. 0: none yet
  Instant progress_at_;  // when the oldest unacknowledged byte began to wait
  Instant heard_at_;     // the last acceptable segment
  SplitTimerTable<Timer, 3> timers_;
  Environment* env_;
  std::unique_ptr<Sender> sender_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<Extras> extras_;
  std::unique_ptr<Awaited> awaited_;     // until it is accepted
  std::unique_ptr<PayloadQueue> queue_;  // made when bytes come
  Endpoint local_;
  Endpoint remote_;
};

static_assert(sizeof(Connection) <= 304);

}  // namespace catenet::tcp
