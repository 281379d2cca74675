// The value of an option, where getsockopt(2) wants it and setsockopt(2) has it.
#pragma once

#include "catenet/program/notify/call.hpp"

namespace catenet::program::notify {

// Which of their arguments are where the value lies, and its size, or where that lies.
constexpr std::size_t option_value_at = 3;
constexpr std::size_t option_size_at = 4;

// Gives a value, cut to what the program has room for.
void give_option(const TrappedCall& call, ByteView value);
template <typename T>
void give_option_object(const TrappedCall& call, const T& value) {
  give_option(call, {reinterpret_cast<const u8*>(&value), sizeof value});
}

// Gives a name where argument `at` says, if anywhere, as long as the int that argument `at + 1`
// points to allows, and its true size there. For getsockname(2) and its kin.
Result<void> write_name(const TrappedCall& call, std::size_t at, ByteView name);

}  // namespace catenet::program::notify
