// HostTable: the names that /etc/hosts gives addresses. Read hosts(5).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "catenet/wire/address.hpp"

namespace catenet::os {

class HostTable {
 public:
  // What `text` says; lines that make no sense count for nothing.
  explicit HostTable(std::string_view text);
  // The machine's; empty where it has none.
  static HostTable of_machine();

  // The first name that was given to `address`; empty: none was.
  std::string_view name_of(const IpAddress& address) const;

 private:
  std::map<IpAddress, std::string> names_;
};

}  // namespace catenet::os
