// The machine as a System: its names, files and clock.
#include "catenet/os/machine_system.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catenet/os/host_table.hpp"
#include "catenet/os/machine_test.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet::os {
namespace {

TEST(HostTable, first_name_of_an_address_counts) {
  const HostTable table(
      "127.0.0.1\tlocalhost local\n# 10.0.0.1 no\n  10.0.0.2   b.example b # c\n"
      "10.0.0.2 later\n::1 six\nnonsense\n10.0.0.3\nfe80::1%eth0 scoped");
  EXPECT_EQ(table.name_of(*IpAddress::parse("127.0.0.1")), "localhost");
  EXPECT_EQ(table.name_of(*IpAddress::parse("10.0.0.2")), "b.example");
  EXPECT_EQ(table.name_of(*IpAddress::parse("::1")), "six");
  for (const char* nameless : {"10.0.0.1", "10.0.0.3", "fe80::1"}) {
    EXPECT_EQ(table.name_of(*IpAddress::parse(nameless)), "") << nameless;
  }
}

using MachineNames = Machine;

TEST_F(MachineNames, literal_is_itself_in_its_own_family) {
  const auto found = run(system->resolve("192.0.2.1", std::nullopt));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, std::vector{*IpAddress::parse("192.0.2.1")});
  EXPECT_FALSE(system->resolving()) << "nobody had to be asked";
  const auto other = run(system->resolve("192.0.2.1", Family::ipv6));
  EXPECT_EQ(other->error(), Errno::no_entry);
}

TEST_F(MachineNames, localhost_is_found_and_nonsense_is_not) {
  const auto found = run(system->resolve("localhost", Family::ipv4));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, std::vector{*IpAddress::parse("127.0.0.1")});
  const auto nothing = run(system->resolve("not a name", std::nullopt));
  ASSERT_TRUE(nothing.has_value());
  EXPECT_EQ(nothing->error(), Errno::no_entry);
}

Task<void> look_up(System& system, Errno& end) {
  const auto found = co_await system.resolve("localhost", std::nullopt);
  end = found ? Errno::ok : found.error();
}

TEST_F(MachineNames, canceled_question_is_answered_to_nobody) {
  Errno end = Errno::ok;
  tasks->spawn(look_up(*system, end));
  system->loop().run_until([] { return true; });
  tasks->cancel();
  ASSERT_TRUE(wait_until([&] { return tasks->empty(); }));
  EXPECT_EQ(end, Errno::canceled);
  EXPECT_TRUE(wait_until([&] { return !system->resolving(); }));
}

TEST_F(MachineNames, calendar_and_clock_are_the_machines) {
  const auto seconds = [] {  // time(2) may be a tick behind
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return i64{now.tv_sec};
  };
  const i64 before = seconds();
  EXPECT_GE(system->calendar_s(), before);
  EXPECT_LE(system->calendar_s(), seconds());
  const Instant first = system->now();
  EXPECT_LE(system->scheduler().now(), first);
  EXPECT_LE(first, system->now());
}

TEST_F(MachineNames, raw_socket_needs_a_protocol) {
  EXPECT_EQ(system->open(Family::ipv4, SocketType::raw, 0).error(), Errno::protocol_not_supported);
}

class FolderOfMachine : public testing::Test {
 protected:
  FolderOfMachine() {
    std::string made = testing::TempDir() + "catenet-files-" + std::string(6, 'X');
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    folder = made;
  }
  ~FolderOfMachine() override { std::filesystem::remove_all(folder); }
  std::string read(const std::string& name) {
    std::vector<u8> buffer(64);
    const auto n = files.read(folder + "/" + name, 0, buffer);
    return n ? std::string(as_text(ByteView(buffer).first(*n)))
             : std::string(errno_name(n.error()));
  }
  std::string folder;
  MachineFiles files;
};

TEST_F(FolderOfMachine, file_is_written_added_to_replaced_and_removed) {
  const std::string path = folder + "/page";
  ASSERT_TRUE(files.write(path, as_bytes("one")).has_value());
  ASSERT_TRUE(files.append(path, as_bytes(" two")).has_value());
  EXPECT_EQ(read("page"), "one two");
  EXPECT_EQ(files.status(path)->size, 7u);
  ASSERT_TRUE(files.write(path, as_bytes("new")).has_value());
  EXPECT_EQ(read("page"), "new");
  ASSERT_TRUE(files.append(folder + "/other", as_bytes("x")).has_value());
  ASSERT_TRUE(files.append(path, as_bytes("er")).has_value());
  EXPECT_EQ(read("page"), "newer");
  EXPECT_EQ(*files.list(folder), (std::vector<std::string>{"other", "page"}));
  ASSERT_TRUE(files.remove(path).has_value());
  EXPECT_EQ(read("page"), "ENOENT");
  EXPECT_EQ(files.write(folder, {}).error(), Errno::is_directory);
  EXPECT_EQ(files.write(folder + "/no/where", {}).error(), Errno::no_entry);
}

// Somebody who puts a link in the file's place meanwhile gets nothing into what it points at.
TEST_F(FolderOfMachine, file_that_was_begun_goes_on_where_it_was) {
  const std::string path = folder + "/page";
  ASSERT_TRUE(files.write(folder + "/precious", as_bytes("mine")).has_value());
  ASSERT_TRUE(files.write(path, as_bytes("one")).has_value());
  std::filesystem::remove(path);
  std::filesystem::create_symlink("precious", path);
  ASSERT_TRUE(files.append(path, as_bytes(" two")).has_value());
  EXPECT_EQ(read("precious"), "mine");
}

TEST_F(FolderOfMachine, device_is_written_and_pipe_without_reader_refused) {
  EXPECT_TRUE(files.write("/dev/null", as_bytes("x")).has_value());
  EXPECT_EQ(files.write("/dev/full", as_bytes("x")).error(), Errno::no_space);
  EXPECT_EQ(::mkfifo((folder + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(files.write(folder + "/pipe", {}).error(), Errno::no_device_or_address);
  EXPECT_EQ(read("pipe"), "EACCES");
}

TEST_F(MachineNames, loopback_is_an_interface_with_its_addresses_and_the_way_to_them) {
  Configuration& configuration = system->configuration();
  const auto interfaces = configuration.interfaces();
  ASSERT_TRUE(interfaces);
  const auto lo = std::ranges::find_if(*interfaces, &InterfaceStatus::loopback);
  ASSERT_NE(lo, interfaces->end());
  EXPECT_TRUE(lo->enabled);
  EXPECT_GT(lo->mtu, 1'500u);
  EXPECT_TRUE(std::ranges::any_of(lo->addresses, [](const AddressStatus& each) {
    return each.prefix.address == IpAddress::loopback(Family::ipv4) && each.prefix.length == 8 &&
           !each.valid_for;
  }));
  const auto way = configuration.way_to(IpAddress::loopback(Family::ipv4));
  ASSERT_TRUE(way) << errno_name(way.error());
  EXPECT_EQ(way->interface, lo->index);
  EXPECT_EQ(way->source, IpAddress::loopback(Family::ipv4));
  EXPECT_FALSE(way->gateway);
  const auto routes = configuration.routes(Family::ipv4);
  ASSERT_TRUE(routes) << errno_name(routes.error());
  for (const RouteStatus& route : *routes) EXPECT_EQ(route.to.family(), Family::ipv4);
}

}  // namespace
}  // namespace catenet::os
