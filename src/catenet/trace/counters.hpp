// DropCounters: how many frames ended for each reason, and how to print them.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "catenet/base/types.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// A count for each reason, in the order of the enumeration. Most ports and links never drop a
// frame: the table is made when the first count is to be changed.
class DropCounters {
 public:
  static constexpr std::size_t reasons = static_cast<std::size_t>(Drop::count);

  DropCounters() = default;
  DropCounters(const DropCounters& other)
      : table_(other.table_ ? std::make_unique<Table>(*other.table_) : nullptr) {}
  DropCounters(DropCounters&&) noexcept = default;
  DropCounters& operator=(DropCounters other) noexcept {
    table_ = std::move(other.table_);
    return *this;
  }
  ~DropCounters() = default;

  static constexpr std::size_t size() { return reasons; }
  u64 operator[](std::size_t reason) const { return table()[reason]; }
  u64& operator[](std::size_t reason) {
    if (!table_) table_ = std::make_unique<Table>();
    return (*table_)[reason];
  }
  const u64* begin() const { return table().data(); }
  const u64* end() const { return begin() + size(); }

 private:
  using Table = std::array<u64, reasons>;
  static constexpr Table nothing{};
  const Table& table() const { return table_ ? *table_ : nothing; }

  std::unique_ptr<Table> table_;
};

// The sum over all reasons.
u64 total_drops(const DropCounters& counters);
// Without what nobody here wanted (Drop::other_group): kernels report to the group of multicast
// routers unasked (RFC 3810), and speak to that of mDNS.
DropCounters losses_among(DropCounters counters);
// Adds `more` to `sum`, reason by reason.
void add_drops(DropCounters& sum, const DropCounters& more);
// "queue_full 12, random_loss 3": the reasons that occurred, in the order of the enumeration;
// "none" when none did.
std::string drops_to_string(const DropCounters& counters);
// The reason whose name is `name`, or Drop::count.
Drop drop_by_name(std::string_view name);

}  // namespace catenet
