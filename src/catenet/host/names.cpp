#include "catenet/host/names.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>

namespace catenet {
namespace {

// All places up to `end`, as `before` has them.
template <typename Before>
void order_places(std::vector<u32>& order, u32 end, Before&& before) {
  order.resize(end);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), before);
}

// Names in the order of their letters, whatever their case (RFC 4343: of ASCII alone).
bool before_without_case(std::string_view a, std::string_view b) {
  const auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::lexicographical_compare(a, b, {}, folded, folded);
}

}  // namespace

void HostNames::add(std::vector<Entry> entries) {
  if (entries_.empty()) {
    entries_ = std::move(entries);
  } else {
    std::ranges::move(entries, std::back_inserter(entries_));
  }
  const u32 end = static_cast<u32>(entries_.size());
  order_places(by_name_, end, [this](u32 a, u32 b) {
    if (before_without_case(entries_[a].name, entries_[b].name)) return true;
    return !before_without_case(entries_[b].name, entries_[a].name) && a < b;
  });
  order_places(by_address_, end, [this](u32 a, u32 b) {
    return std::tie(entries_[a].address, a) < std::tie(entries_[b].address, b);
  });
}

std::vector<IpAddress> HostNames::find(std::string_view name) const {
  std::vector<IpAddress> found;
  const auto name_at = [this](u32 place) { return std::string_view(entries_[place].name); };
  for (const u32 place : std::ranges::equal_range(by_name_, name, before_without_case, name_at))
    found.push_back(entries_[place].address);
  return found.empty() && shared_ ? shared_->find(name) : found;
}

std::string_view HostNames::name_of(const IpAddress& address) const {
  const auto address_at = [this](u32 place) { return entries_[place].address; };
  const auto found = std::ranges::lower_bound(by_address_, address, {}, address_at);
  if (found != by_address_.end() && address_at(*found) == address) return entries_[*found].name;
  return shared_ ? shared_->name_of(address) : std::string_view{};
}

}  // namespace catenet
