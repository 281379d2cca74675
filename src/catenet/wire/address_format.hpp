// {fmt} for addresses: fmt::format("{:>15}", address) takes what a string takes. Apart from
// address.hpp because few translation units print.
#pragma once

#include <fmt/format.h>

#include "catenet/wire/address.hpp"

template <catenet::PrintableAddress T>
struct fmt::formatter<T> : fmt::formatter<fmt::string_view> {
  template <typename Context>
  auto format(const T& value, Context& context) const {
    char text[T::max_text];
    const auto size = static_cast<std::size_t>(value.print(text) - text);
    return fmt::formatter<fmt::string_view>::format(fmt::string_view(text, size), context);
  }
};
