#include "catenet/program/notify/message_calls.hpp"

#include <algorithm>
#include <ctime>
#include <fcntl.h>
#include <sys/syscall.h>

#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {
namespace {

constexpr u32 most_messages = 1'024;  // UIO_MAXIOV

u32 messages_of(const TrappedCall& call) {
  return std::min(static_cast<u32>(call.argument(2)), most_messages);
}

u64 header_at(const TrappedCall& call, u32 index) {
  return call.argument(1) + index * sizeof(mmsghdr);
}

// One message of sendmmsg or recvmmsg: `each` says how many bytes it has.
template <typename Each>
Result<void> do_message(const TrappedCall& call, u32 index, Each each) {
  const u64 at = header_at(call, index);
  const auto memory = MessageMemory::of_header(call, at);
  if (!memory) return Unexpected(memory.error());
  const Result<u32> size = each(*memory);
  if (!size) return Unexpected(size.error());
  return call.write_object(at + offsetof(mmsghdr, msg_len), *size);
}

Result<MessageMemory> memory_of(const TrappedCall& call, long with_header, bool receives) {
  if (call.number() == with_header) return MessageMemory::of_header(call, call.argument(1));
  return MessageMemory::of_buffer(call, receives);
}

// recvmmsg(2): looked at only after each message.
Result<Instant> time_limit(const TrappedCall& call, Instant now) {
  const u64 at = call.argument(4);
  if (at == 0) return Instant::never();
  const auto limit = call.read_object<timespec>(at);
  if (!limit) return Unexpected(limit.error());
  if (limit->tv_sec < 0 || limit->tv_nsec < 0 || limit->tv_nsec >= 1'000'000'000) {
    return Unexpected(Errno::invalid);
  }
  constexpr long most_seconds = 1'000'000'000;
  if (limit->tv_sec > most_seconds) return Instant::never();
  return now + Duration::seconds(limit->tv_sec) + Duration::nanoseconds(limit->tv_nsec);
}

}  // namespace

int flags_of(const TrappedCall& call) {
  const bool third = call.number() == SYS_recvmsg || call.number() == SYS_sendmsg;
  return call.int_argument(third ? 2 : 3);
}

void MessageCalls::answer(const TrappedCall& call) {
  switch (call.number()) {
    case SYS_sendto:
    case SYS_sendmsg: return send(call);
    case SYS_sendmmsg: return send_many(call);
    default: return receive(call);
  }
}

void MessageCalls::send(const TrappedCall& call) {
  socket_.take_out();
  const auto memory = memory_of(call, SYS_sendmsg, false);
  const auto sent =
      memory ? socket_.send_one(call, *memory) : Result<u32>(Unexpected(memory.error()));
  if (sent) {
    call.give(i64{*sent});
  } else {
    call.give(sent.error());
  }
}

void MessageCalls::send_many(const TrappedCall& call) {
  socket_.take_out();
  const u32 count = messages_of(call);
  for (u32 i = 0; i < count; ++i) {
    const auto sent = do_message(
        call, i, [&](const MessageMemory& memory) { return socket_.send_one(call, memory); });
    if (sent) continue;
    WaitingCall{.call = call, .got = i}.give_up(sent.error());
    return;
  }
  call.give(i64{count});
}

bool MessageCalls::blocks(const TrappedCall& call) const {
  constexpr int at_once = MSG_DONTWAIT | MSG_ERRQUEUE;
  return (::fcntl(program_end_, F_GETFL) & O_NONBLOCK) == 0 && (flags_of(call) & at_once) == 0;
}

void MessageCalls::receive(const TrappedCall& call) {
  socket_.bring_in();
  WaitingCall waiting{.call = call};
  if (call.number() == SYS_recvmmsg) {
    const auto limit = time_limit(call, board_.system().now());
    if (!limit) {
      call.give(limit.error());
      return;
    }
    waiting.enough = *limit;
  }
  if (serve_one(waiting)) return;
  if (!blocks(call)) {
    call.give(Errno::again);
    return;
  }
  socket_.let_wait_to_receive(waiting);
}

// False: there is nothing to give yet.
bool MessageCalls::serve_one(WaitingCall& waiting) {
  const TrappedCall& call = waiting.call;
  if (call.number() == SYS_recvmmsg) return receive_many(waiting);
  if (call.number() == SYS_recvfrom && call.argument(4) != 0) {
    const auto room = call.read_object<i32>(call.argument(5));
    if (!room || *room < 0) {
      call.give(room ? Errno::invalid : room.error());
      return true;
    }
  }
  const auto memory = memory_of(call, SYS_recvmsg, true);
  const auto got = memory ? socket_.receive_one(call, *memory, flags_of(call))
                          : Result<u32>(Unexpected(memory.error()));
  if (!got && got.error() == Errno::again) return false;
  if (!got) {
    call.give(got.error());
  } else {
    call.give(i64{*got});
  }
  return true;
}

// As many as it asks for, or with MSG_WAITFORONE what is there behind the first.
bool MessageCalls::receive_many(WaitingCall& waiting) {
  const TrappedCall& call = waiting.call;
  const u32 count = messages_of(call);
  while (waiting.got < count) {
    const auto done = do_message(call, waiting.got, [&](const MessageMemory& memory) {
      return socket_.receive_one(call, memory, flags_of(call) & ~MSG_WAITFORONE);
    });
    if (done) {
      ++waiting.got;
      if (board_.system().now() >= waiting.enough) break;
      continue;
    }
    if (done.error() == Errno::again) {
      const bool enough = waiting.got > 0 && (flags_of(call) & MSG_WAITFORONE) != 0;
      if (!enough && (waiting.got == 0 || blocks(call))) return false;
      break;
    }
    if (waiting.got == 0) {
      call.give(done.error());
      return true;
    }
    if (done.error() != Errno::interrupted) socket_.keep_error(done.error());
    break;
  }
  call.give(i64{waiting.got});
  return true;
}

}  // namespace catenet::program::notify
