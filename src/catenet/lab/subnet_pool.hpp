// SubnetPool: which prefix segment number N gets when the file gives none, and HostNumbers: which
// number in it a station gets. Both hang on positions in the file alone, so that what is added
// behind moves nothing.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "catenet/wire/address.hpp"

namespace catenet::lab {

// The addresses that some prefixes cover together.
class PrefixUnion {
 public:
  void add(const Prefix& prefix);
  bool overlaps(const Prefix& prefix) const;
  // Whether one of the prefixes that were added holds all of `prefix`.
  bool covers(const Prefix& prefix) const;

 private:
  std::set<Prefix> widest_;  // none lies within another
};

class SubnetPool {
 public:
  // A prefix the file gives: nothing that overlaps it is handed out. Before the first take().
  void exclude(const Prefix& prefix) { excluded_.add(prefix); }
  // For segment `number` (from 1) with `stations` interfaces. IPv4: 10.N.N.0/24, from 172.16.0.0/12
  // where that is taken, a /16 from 10.128.0.0/9 where there are more than 240 stations. IPv6:
  // fd00:0:0:N::/64, or in fd00:1 and so on. Nothing when all are used up.
  std::optional<Prefix> take(u32 number, std::size_t stations, Family family);

 private:
  static constexpr u32 spare_count = 4'096;
  bool is_free(const Prefix& prefix) const { return !excluded_.overlaps(prefix); }
  std::optional<Prefix> take_v4(u32 number);
  std::optional<Prefix> take_v4_spare(u32 number);
  std::optional<Prefix> take_v4_wide();
  std::optional<Prefix> take_v6(u32 number);

  PrefixUnion excluded_;
  std::vector<bool> spare_gone_ = std::vector<bool>(spare_count);  // taken, or never free
  u32 spare_left_ = spare_count;
  u32 wide_taken_ = 0;
  u16 first_site_ = 0;  // of fd00:0::/32 and so on, the first that the file has not given whole
};

// Numbers inside one prefix: routers from 1 to 9, hosts from 10 on, and when either run out
// whatever else there is.
class HostNumbers {
 public:
  explicit HostNumbers(const Prefix& prefix);
  // The next one; the caller passes over those that are taken. Nothing when there are no more.
  std::optional<u64> next(bool router);

 private:
  u64 first_;
  u64 last_;
  u64 router_;  // next to try
  u64 host_;
  u64 low_host_;
};

}  // namespace catenet::lab
