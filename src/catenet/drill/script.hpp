// What a script says, as the parser leaves it: packetdrill's language as values. Numbers of a
// script are relative: sequence numbers to each side's own choice, times to the script's start or
// the event before.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::drill {

// Counted from 1; columns in bytes. Line 0: the script as a whole.
struct Place {
  u32 line = 0;
  u32 column = 0;
  bool operator==(const Place&) const = default;
};

// Where `passed`, which begins at `from`, ends.
Place advance(Place from, std::string_view passed);

enum class TimeKind : u8 { absolute, relative, any, absolute_range, relative_range };

// When an event happens: "0.1", "+.1", "*", "1~2", "+0~+.1".
struct When {
  TimeKind kind = TimeKind::relative;
  Duration at;
  Duration until;  // of a range
  bool is_range() const {
    return kind == TimeKind::absolute_range || kind == TimeKind::relative_range;
  }
};

enum class TcpOptionName : u8 {
  nop,
  end,
  mss,
  window_scale,
  sack_permitted,
  sack,
  timestamps,
  fast_open,
  fast_open_experiment,
  unknown,  // first is its kind
};

// One TCP option of a segment, in the order in which it stands there.
struct TcpOption {
  TcpOptionName name = TcpOptionName::nop;
  u32 first = 0;                              // mss, shift count, TSval
  u32 second = 0;                             // TSecr
  std::vector<std::pair<u32, u32>> blocks{};  // of sack
  std::vector<u8> bytes{};                    // cookie, or what is not known
  bool operator==(const TcpOption&) const = default;
};

// A segment in a script's numbers: what the script says, or what came, translated.
struct Segment {
  wire::TcpFlags flags{};
  u32 seq = 0;
  u32 length = 0;
  u32 ack = 0;                  // only with flags.ack()
  std::optional<u16> window{};  // as on the wire; none: any
  u16 urgent = 0;
  std::vector<TcpOption> options{};
  bool any_options = false;  // "<...>"
  // Of what came: which of its bytes is another than was written.
  std::optional<u32> wrong_byte{};
};

struct Datagram {
  u32 length = 0;  // of its payload
  std::optional<u32> wrong_byte{};
};

// "icmp unreachable frag_needed mtu 1200 [1:1001(1000)]"
struct IcmpMessage {
  enum class Echoed : u8 { tcp, udp };
  std::string type{};
  std::string code{};  // empty: 0
  std::optional<u32> mtu{};
  std::optional<u16> id{};
  Echoed echoed = Echoed::tcp;
  bool quotes = false;  // the brackets were there
  u32 seq = 0;
  u32 length = 0;
  // In the script.
  Place type_place{};
  Place code_place{};
};

enum class EcnWanted : u8 { any, not_ect, ect_0, ect_1, ce, ect_0_or_1 };

// What a script says of the IP header; what it leaves out is sent as 0 and not compared.
struct IpWanted {
  EcnWanted ecn = EcnWanted::any;
  std::optional<u8> tos{};
  std::optional<u8> ttl{};
};

struct PacketEvent {
  bool inbound = false;
  IpWanted ip{};
  u16 source_port = 0;  // 0: the conversation under way
  u16 destination_port = 0;
  std::variant<Segment, Datagram, IcmpMessage> body{};
};

// An argument or result of a system call.
struct Expression {
  enum class Kind : u8 {
    ellipsis,   // ...
    integer,    // value
    word,       // text: a C symbol
    string,     // text; with `open`, what follows does not matter
    bit_or,     // parts
    list,       // [parts]
    structure,  // {parts}, each with its name, or without
    call,       // text(parts): htons, inet_addr
  };
  Kind kind = Kind::ellipsis;
  i64 value = 0;
  std::string text{};
  bool open = false;
  std::vector<Expression> parts{};
  std::string name{};  // as a part of a structure; may be empty
  Place place{};

  // The part of that name; nullptr: there is none.
  const Expression* part(std::string_view wanted) const;
};
inline const Expression* Expression::part(std::string_view wanted) const {
  for (const Expression& each : parts) {
    if (each.name == wanted) return &each;
  }
  return nullptr;
}

struct CallEvent {
  std::string name{};
  Place place{};  // of the name
  std::vector<Expression> arguments{};
  Expression result{};
  std::string error{};            // "EAGAIN" where the result is -1
  std::optional<Duration> end{};  // it blocks until then, counted as the event's own time is
};

struct CommandEvent {
  std::string text;
  Place place;  // of the quote before it
};

struct CodeEvent {
  std::string text;
  Place place;  // of the %{ before it
};

struct Event {
  Place place{};
  When when{};
  std::variant<PacketEvent, CallEvent, CommandEvent, CodeEvent> action{};
  // The script's own words, on one line: all of it, and without its time.
  std::string source{};
  std::string deed{};
};

// "--name=value" at the head of a script.
struct ScriptOption {
  std::string name;
  std::string value;
  Place place;
};

struct Command {
  std::string text;
  Place place;
};

struct Script {
  std::vector<ScriptOption> options{};
  std::vector<Command> setup{};
  std::vector<Event> events{};
  std::vector<Command> cleanup{};
};

}  // namespace catenet::drill
