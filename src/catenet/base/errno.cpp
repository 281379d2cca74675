#include "catenet/base/errno.hpp"

namespace catenet {
namespace {

struct Entry {
  int value;
  std::string_view name;
  std::string_view text;
};

#define CATENET_ENTRY(enumerator, symbol, text) Entry{symbol, #symbol, text},
constexpr Entry entries[] = {Entry{0, "0", "Success"}, CATENET_ERRNOS(CATENET_ENTRY)};
#undef CATENET_ENTRY

const Entry* find(Errno error) {
  for (const Entry& entry : entries) {
    if (entry.value == static_cast<int>(error)) return &entry;
  }
  return nullptr;
}

}  // namespace

std::string_view errno_name(Errno error) {
  const Entry* entry = find(error);
  return entry ? entry->name : "E?";
}

std::string_view errno_text(Errno error) {
  const Entry* entry = find(error);
  return entry ? entry->text : "Unknown error";
}

}  // namespace catenet
