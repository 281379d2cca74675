#include "catenet/program/notify/unheard.hpp"

#include <algorithm>

namespace catenet::program::notify {

bool Unheard::answer(const TrappedCall& call, Instant now) {
  if (kept_.empty()) return false;
  forget(now);
  const auto found =
      std::ranges::find_if(kept_, [&](const Answer& each) { return each.call.same_as(call); });
  if (found == kept_.end()) return false;
  if (call.give_raw(found->value)) kept_.erase(found);
  return true;
}

void Unheard::forget(Instant now) {
  constexpr Duration patience = 100_ms;  // of a handler
  std::erase_if(kept_, [&](const Answer& each) { return now - each.since > patience; });
}

}  // namespace catenet::program::notify
