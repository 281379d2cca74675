// What Catenet and the first process of a namespace say to each other: datagrams over a socket
// pair, with descriptors. Read unix(7).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::program {

enum class MessageKind : u32 {
  // To the first process.
  go,          // the user is mapped: set up
  start,       // process `id`, `status`: a StartForm, text: the command; descriptors: its standard
               // output and error, and of a household where to send the listener
  kill,        // process `id`, with signal `status`
  await_port,  // TCP port `id`: until something listens there
  rehearse,    // whether `id` processes can be there at once
  ping,        // answer: whether it runs
  finish,      // end everything
  // From it.
  wire,       // of interface `id`: its descriptor; `status`: the WireKind
  ready,      // set up
  failed,     // text: at what; `id`: the SetupStep; `error`: why
  exited,     // process `id`, `status` as wait gives it; `error`, text: it was not started, at what
  listens,    // on TCP port `id`
  rehearsed,  // `error`: why they cannot
  pong,       // to `ping`
  finished,   // nothing runs any more; text: lines of what had been left over
};

// What the text and the descriptors of `start` are.
enum class StartForm : i32 {
  line,      // a shell's line
  words,     // TERM's value and the words, with a NUL between each; its standard input comes first
  terminal,  // the same, and that is its controlling terminal
};

struct MessageHead {
  MessageKind kind{};
  u32 id = 0;
  i32 status = 0;
  i32 error = 0;
  i64 user_us = 0;
  i64 system_us = 0;
  i64 max_resident_kib = 0;
};

struct Message {
  MessageHead head;
  std::string text;
  std::vector<os::Descriptor> descriptors;
};

// Errors: EPIPE when the other end is gone, EMSGSIZE. At most four descriptors.
Result<void> send_message(int socket, const MessageHead& head, std::string_view text = {},
                          std::span<const int> descriptors = {});
// Nothing: the other end is gone. Errors: EAGAIN when there is no message and `flags` has
// MSG_DONTWAIT or the socket's time limit is over; EPROTO.
Result<std::optional<Message>> receive_message(int socket, int flags);

}  // namespace catenet::program
