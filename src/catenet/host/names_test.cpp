#include "catenet/host/names.hpp"

#include <gtest/gtest.h>

namespace catenet {
namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

TEST(HostNames, addresses_come_in_the_order_they_were_added) {
  HostNames names;
  names.add("web", ip("10.0.0.9"));
  names.add("alice", ip("10.0.0.5"));
  names.add("web", ip("10.0.0.1"));
  EXPECT_EQ(names.find("web"), (std::vector{ip("10.0.0.9"), ip("10.0.0.1")}));
  EXPECT_TRUE(names.find("we").empty());
}

TEST(Rfc4343, s3_names_are_found_whatever_their_case) {
  HostNames names;
  names.add({{"Web", ip("10.0.0.1")}, {"x", ip("10.0.0.3")}, {"wEB", ip("10.0.0.2")}});
  for (const char* name : {"web", "WEB", "Web"})
    EXPECT_EQ(names.find(name), (std::vector{ip("10.0.0.1"), ip("10.0.0.2")})) << name;
  EXPECT_EQ(names.name_of(ip("10.0.0.1")), "Web");
  EXPECT_TRUE(names.find("We").empty());
  EXPECT_TRUE(names
                  .find("\xd7"
                        "eb")
                  .empty());
}

TEST(HostNames, first_name_of_an_address_is_its_name) {
  HostNames names;
  names.add({{"web", ip("10.0.0.1")}, {"alias", ip("10.0.0.1")}, {"v6", ip("fd00::1")}});
  names.add("another", ip("10.0.0.1"));
  EXPECT_EQ(names.name_of(ip("10.0.0.1")), "web");
  EXPECT_EQ(names.name_of(ip("fd00::1")), "v6");
  EXPECT_EQ(names.name_of(ip("10.0.0.2")), "");
}

TEST(HostNames, shared_table_is_asked_where_the_own_one_has_nothing) {
  HostNames shared;
  shared.add({{"web", ip("10.0.0.1")}, {"mail", ip("10.0.0.2")}});
  HostNames own;
  own.set_shared(&shared);
  own.add("web", ip("10.9.9.9"));
  EXPECT_EQ(own.find("web"), std::vector{ip("10.9.9.9")});
  EXPECT_EQ(own.find("mail"), std::vector{ip("10.0.0.2")});
  EXPECT_EQ(own.name_of(ip("10.0.0.1")), "web");
}

TEST(HostNames, names_added_in_any_portions_are_found_alike) {
  HostNames at_once;
  HostNames one_by_one;
  std::vector<HostNames::Entry> entries;
  for (u32 i = 0; i < 500; ++i) {
    const std::string name = "n" + std::to_string(i * 7919 % 100);
    entries.push_back({name, Ipv4Address::from_u32(i * 2'654'435'761u % 300)});
    one_by_one.add(name, entries.back().address);
  }
  at_once.add(entries);
  for (u32 i = 0; i < 300; ++i) {
    const IpAddress address = Ipv4Address::from_u32(i);
    EXPECT_EQ(at_once.name_of(address), one_by_one.name_of(address));
    const std::string name = "n" + std::to_string(i);
    EXPECT_EQ(at_once.find(name), one_by_one.find(name));
  }
}

}  // namespace
}  // namespace catenet
