// A lab host as a System: names, time, files.
#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using lab_net::ip;
using Addresses = std::vector<IpAddress>;

class LabSystems : public ::testing::Test {
 protected:
  Result<Addresses> resolve(std::string name, std::optional<Family> family = {}) {
    return *net.run(net.alice.system.resolve(std::move(name), family));
  }
  lab_net::Net net;
};

TEST_F(LabSystems, literals_and_names_resolve) {
  EXPECT_EQ(resolve("10.9.9.9"), Addresses{ip("10.9.9.9")});
  EXPECT_EQ(resolve("2001:db8::9"), Addresses{ip("2001:db8::9")});
  EXPECT_EQ(resolve("web"), Addresses{ip("10.0.1.2")});
  EXPECT_EQ(resolve("nosuch").error(), Errno::no_entry);
  EXPECT_EQ(resolve("web", Family::ipv6).error(), Errno::no_entry);
  EXPECT_EQ(resolve("localhost", Family::ipv4), Addresses{ip("127.0.0.1")});
}

TEST_F(LabSystems, addresses_of_both_families_come_in_rfc6724_order) {
  EXPECT_EQ(resolve("both"), (Addresses{ip("2001:db8:1::2"), ip("10.0.1.2")}));
  ASSERT_TRUE(net.alice.host.ip().remove_route(*Prefix::parse("::/0")));
  EXPECT_EQ(resolve("both"), (Addresses{ip("10.0.1.2"), ip("2001:db8:1::2")}));
}

TEST_F(LabSystems, address_without_name_is_its_own) {
  EXPECT_EQ(net.alice.system.name_of(ip("10.0.0.1")), "r1");
  EXPECT_EQ(net.alice.system.name_of(ip("10.0.1.1")), "10.0.1.1");
}

TEST_F(LabSystems, calendar_begins_in_2000) {
  EXPECT_EQ(net.alice.system.calendar_s(), 946'684'800);
  net.pass(61_s);
  EXPECT_EQ(net.alice.system.calendar_s(), 946'684'861);
}

TEST(NormalPath, dots_are_taken_away_and_the_root_holds) {
  EXPECT_EQ(normal_path("/a//b/../c/."), "/a/c");
  EXPECT_EQ(normal_path("../../a"), "/a");
  EXPECT_EQ(normal_path(""), "/");
  EXPECT_EQ(normal_path("/.."), "/");
  EXPECT_EQ(normal_path("/..a/.b"), "/..a/.b");
}

TEST(MemoryFiles, files_are_written_read_and_removed) {
  MemoryFiles files(7);
  EXPECT_EQ(files.write("/no/x", as_bytes("a")).error(), Errno::no_entry);
  EXPECT_TRUE(files.put("/d/x", "hello"));
  EXPECT_TRUE(files.append("/d/x", as_bytes(" world")));
  EXPECT_TRUE(files.append("/d/y", as_bytes("new")));
  EXPECT_EQ(files.status("/d/x")->size, 11u);
  EXPECT_EQ(files.status("/d/x")->modified_s, 7);
  std::vector<u8> buffer(5);
  EXPECT_EQ(files.read("/d/x", 6, buffer), 5u);
  EXPECT_EQ(as_text(buffer), "world");
  EXPECT_EQ(files.read("/d/x", 11, buffer), 0u);
  EXPECT_EQ(files.list("/d"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(files.list("/"), (std::vector<std::string>{"d"}));
  EXPECT_TRUE(files.remove("/d/x"));
  EXPECT_EQ(files.status("/d/x").error(), Errno::no_entry);
}

TEST(MemoryFiles, full_ones_take_no_more_until_something_goes) {
  MemoryFiles files(0, 10);
  EXPECT_TRUE(files.write("/a", as_bytes("12345")));
  EXPECT_TRUE(files.append("/a", as_bytes("678")));
  EXPECT_EQ(files.append("/a", as_bytes("9ab")).error(), Errno::no_space);
  EXPECT_EQ(files.write("/b", as_bytes("9ab")).error(), Errno::no_space);
  EXPECT_EQ(files.status("/a")->size, 8u);
  EXPECT_FALSE(files.status("/b"));
  EXPECT_TRUE(files.write("/a", as_bytes("0123456789")));
  EXPECT_TRUE(files.remove("/a"));
  EXPECT_TRUE(files.append("/b", as_bytes("0123456789")));
}

TEST(MemoryFiles, bytes_that_are_made_as_they_are_read_count_and_are_kept_once_added_to) {
  MemoryFiles files(0, 10);
  const auto make = [](u64 offset, MutableBytes into) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = static_cast<u8>('a' + offset + i);
  };
  EXPECT_TRUE(files.put_made("/d/x", 6, 9, make));
  EXPECT_EQ(files.status("/d/x")->size, 6u);
  EXPECT_EQ(files.status("/d/x")->version, 9u);
  std::vector<u8> buffer(9);
  EXPECT_EQ(files.read("/d/x", 4, buffer), 2u);
  EXPECT_EQ(as_text(ByteView(buffer).first(2)), "ef");
  EXPECT_EQ(files.read("/d/x", 6, buffer), 0u);
  EXPECT_EQ(files.append("/d/x", as_bytes("12345")).error(), Errno::no_space);
  EXPECT_TRUE(files.append("/d/x", as_bytes("123")));
  EXPECT_EQ(files.read("/d/x", 0, buffer), 9u);
  EXPECT_EQ(as_text(buffer), "abcdef123");
  EXPECT_TRUE(files.write("/d/x", as_bytes("0123456789")));
  EXPECT_TRUE(files.remove("/d/x"));
}

TEST(MemoryFiles, folders_are_not_files) {
  MemoryFiles files(0);
  EXPECT_TRUE(files.put("/d/x", ""));
  std::vector<u8> buffer(5);
  EXPECT_EQ(files.read("/d", 0, buffer).error(), Errno::is_directory);
  EXPECT_EQ(files.write("/d", {}).error(), Errno::is_directory);
  EXPECT_EQ(files.write("/d/x/y", {}).error(), Errno::not_directory);
  EXPECT_EQ(files.list("/d/x").error(), Errno::not_directory);
  EXPECT_EQ(files.remove("/d").error(), Errno::busy);
  EXPECT_EQ(files.remove("/").error(), Errno::busy);
  EXPECT_TRUE(files.put("/dd", ""));
  EXPECT_EQ(files.list("/d"), (std::vector<std::string>{"x"}));
}

}  // namespace
}  // namespace catenet
