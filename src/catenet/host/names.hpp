// HostNames: a host's table of names, as /etc/hosts gives them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catenet/wire/address.hpp"

namespace catenet {

class HostNames {
 public:
  struct Entry {
    std::string name;
    IpAddress address;
  };

  void add(std::string name, const IpAddress& address) { add({{std::move(name), address}}); }
  // Many at once, which is cheaper than one by one.
  void add(std::vector<Entry> entries);
  // A table that many hosts share; asked where this one has nothing. It outlives this one.
  void set_shared(const HostNames* shared) { shared_ = shared; }

  // In the order they were added; empty when the name is not there. Case does not matter (RFC
  // 4343).
  std::vector<IpAddress> find(std::string_view name) const;
  // The first name that was added for `address`; empty when there is none. Good until the next
  // add().
  std::string_view name_of(const IpAddress& address) const;

 private:
  std::vector<Entry> entries_;  // as they were added
  std::vector<u32> by_name_;    // places in entries_
  std::vector<u32> by_address_;
  const HostNames* shared_ = nullptr;
};

}  // namespace catenet
