#include "catenet/base/text.hpp"

#include <fmt/format.h>
#include <iterator>

namespace catenet {

void append_vformat(std::string& out, fmt::string_view format, fmt::format_args arguments) {
  fmt::vformat_to(std::back_inserter(out), format, arguments);
}

fmt::format_context::iterator format_text(const fmt::formatter<fmt::string_view>& formatter,
                                          fmt::string_view text, fmt::format_context& context) {
  return formatter.format(text, context);
}

}  // namespace catenet
