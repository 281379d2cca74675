// HostNames: a host's table of names, as /etc/hosts gives them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/wire/address.hpp"

namespace catenet {

class HostNames {
 public:
  void add(std::string name, const IpAddress& address) {
    names_by_address_.try_emplace(address, name);
    addresses_by_name_[std::move(name)].push_back(address);
  }
  // In the order they were added; empty when the name is not there. Names are compared as they
  // stand.
  std::vector<IpAddress> find(std::string_view name) const {
    const auto found = addresses_by_name_.find(name);
    return found == addresses_by_name_.end() ? std::vector<IpAddress>{} : found->second;
  }
  // The first name that was added for `address`; empty when there is none.
  std::string_view name_of(const IpAddress& address) const {
    const auto found = names_by_address_.find(address);
    return found == names_by_address_.end() ? std::string_view{} : found->second;
  }
  const auto& all() const { return addresses_by_name_; }

 private:
  std::map<std::string, std::vector<IpAddress>, std::less<>> addresses_by_name_;
  std::map<IpAddress, std::string> names_by_address_;
};

}  // namespace catenet
