// LiveRequest: what the user of a running lab asks of it, as one JSON line; docs/live.md has them
// all. Behind the line of an `exec` come its words, with a NUL after each: they may be any bytes.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::lab {

// A lab and its user's program must be of one mind.
inline constexpr int live_protocol = 1;

enum class LiveVerb : u8 { exec, ps, capture, set, cut, heal, down };
enum class LiveWay : u8 { both, forward, back };

struct LiveRequest {
  LiveVerb verb = LiveVerb::ps;
  std::string host;                  // exec
  std::vector<std::string> words;    // exec: at least one
  bool terminal = false;             // exec: its standard input is to be its controlling terminal
  std::string terminal_type;         // exec: TERM
  std::string link;                  // set
  LiveWay way = LiveWay::both;       // set
  std::string impair;                // set: "delay: 20 ms, loss: 1 %", or "none"
  std::vector<std::string> targets;  // cut, heal; capture has one
  std::string filter;                // capture: pcap-filter(7), or empty
};

// Why it cannot be, and the exit code for it.
struct LiveError {
  std::string text;
  int code = 2;
};

std::string to_text(const LiveRequest& request);
std::expected<LiveRequest, LiveError> parse_request(std::string_view text);

// The request as its user has typed it, on one line and not too long, for the report's notes.
std::string as_typed(const LiveRequest& request);

// What the user's program may say while a request is carried out.
struct LiveWord {
  int signal = 0;    // that an exec's program is to get
  bool end = false;  // of a capture
};
std::string to_text(const LiveWord& word);
// Nothing: it is none.
std::optional<LiveWord> parse_word(std::string_view text);

// What runs, for ps.
struct LiveRow {
  std::string host;
  i64 pid = 0;       // on the machine; 0: a tool of Catenet's own, which is no process
  i64 since_ms = 0;  // on the lab's clock
  std::string command;
};

// What the lab answers. Of an exec and a capture there are several, and the last has `done`.
struct LiveReply {
  bool done = false;
  std::optional<int> exit;  // of an exec, with `done`
  std::optional<LiveError> error;
  bool no_terminal = false;  // of an exec: what runs has no use for the one that it was offered
  int stream = 0;            // 1 or 2: `bytes` are for standard output or error
  std::string bytes;
  std::vector<LiveRow> rows;
  u64 lost = 0;  // of a capture, with `done`: records that its reader was too slow for
};
std::string to_text(const LiveReply& reply);
std::expected<LiveReply, LiveError> parse_reply(std::string_view text);

// "delay: 20 ms loss:1 %" as "delay: 20 ms, loss: 1 %", however the shell has split it: words that
// end with a colon begin the next setting, outside of braces.
std::string with_commas(const std::vector<std::string>& words);

}  // namespace catenet::lab
