#include "catenet/program/notify/option_value.hpp"

#include <algorithm>

namespace catenet::program::notify {

void give_option(const TrappedCall& call, ByteView value) {
  const auto room = call.read_object<i32>(call.argument(option_size_at));
  if (!room || *room < 0) {
    call.give(room ? Errno::invalid : room.error());
    return;
  }
  const auto size = std::min<std::size_t>(value.size(), static_cast<std::size_t>(*room));
  const i32 told = static_cast<i32>(size);
  call.give(call.write(
      {call.argument(option_value_at), value.first(size)},
      {call.argument(option_size_at), {reinterpret_cast<const u8*>(&told), sizeof told}}));
}

Result<void> write_name(const TrappedCall& call, std::size_t at, ByteView name) {
  const auto room = call.read_object<i32>(call.argument(at + 1));
  if (!room) return Unexpected(room.error());
  if (*room < 0) return Unexpected(Errno::invalid);
  const auto size = std::min<std::size_t>(static_cast<std::size_t>(*room), name.size());
  const i32 told = static_cast<i32>(name.size());
  return call.write({call.argument(at), name.first(size)},
                    {call.argument(at + 1), {reinterpret_cast<const u8*>(&told), sizeof told}});
}

}  // namespace catenet::program::notify
