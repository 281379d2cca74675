// {fmt} for addresses: fmt::format("{:>15}", address) takes what a string takes. Apart from
// address.hpp because few translation units print.
#pragma once

#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/wire/address.hpp"

template <catenet::PrintableAddress T>
struct fmt::formatter<T> : fmt::formatter<fmt::string_view> {
  auto format(const T& value, fmt::format_context& context) const {
    char text[T::max_text];
    const auto size = static_cast<std::size_t>(value.print(text) - text);
    return catenet::format_text(*this, fmt::string_view(text, size), context);
  }
};
