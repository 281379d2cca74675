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
  // A table that many hosts share; asked where this one has nothing. It outlives this one.
  void set_shared(const HostNames* shared) { shared_ = shared; }
  // In the order they were added; empty when the name is not there. Names are compared as they
  // stand.
  std::vector<IpAddress> find(std::string_view name) const {
    const auto found = addresses_by_name_.find(name);
    if (found != addresses_by_name_.end()) return found->second;
    return shared_ ? shared_->find(name) : std::vector<IpAddress>{};
  }
  // The first name that was added for `address`; empty when there is none.
  std::string_view name_of(const IpAddress& address) const {
    const auto found = names_by_address_.find(address);
    if (found != names_by_address_.end()) return found->second;
    return shared_ ? shared_->name_of(address) : std::string_view{};
  }

 private:
  std::map<std::string, std::vector<IpAddress>, std::less<>> addresses_by_name_;
  std::map<IpAddress, std::string> names_by_address_;
  const HostNames* shared_ = nullptr;
};

}  // namespace catenet
