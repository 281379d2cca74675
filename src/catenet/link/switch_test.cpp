#include "catenet/link/switch.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "catenet/link/hub.hpp"
#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::make_frame;
using link_test::Origins;
using link_test::Station;

// Stations s0, s1, … each on a port of one box.
template <typename Box>
struct Star {
  explicit Star(u32 stations, SwitchOptions options = {}) : origins(names(stations)) {
    if constexpr (std::is_same_v<Box, Switch>) {
      box = std::make_unique<Box>(engine, pool, origins["box"], options);
    } else {
      box = std::make_unique<Box>(engine, pool, origins["box"]);
    }
    for (u32 i = 0; i < stations; ++i) {
      const std::string name = "s" + std::to_string(i);
      all.push_back(
          std::make_unique<Station>(name, 0x020000000000 + i, engine, pool, origins[name]));
      Nic& port = box->add_port("p" + std::to_string(i), MacAddress::from_u64(0x060000000000 + i));
      links.push_back(std::make_unique<Link>(all[i]->nic, port,
                                             origins[name + ":eth0>" + port.name()],
                                             origins[port.name() + ">" + name + ":eth0"]));
    }
  }
  static std::vector<std::string> names(u32 stations) {
    std::vector<std::string> all_names = {"box"};
    for (u32 i = 0; i < stations; ++i) {
      const std::string s = "s" + std::to_string(i), p = "box:p" + std::to_string(i);
      all_names.insert(all_names.end(), {s, s + ":eth0>" + p, p + ">" + s + ":eth0"});
    }
    return all_names;
  }
  MacAddress mac(u32 station) { return all[station]->nic.mac(); }
  // `from` sends to `to`, and everybody's count of frames heard since the last call comes back.
  std::vector<u64> send(u32 from, MacAddress to) {
    all[from]->send(to, 60, 1);
    return settle();
  }
  std::vector<u64> settle() {
    engine.run_until_idle();
    std::vector<u64> counts;
    for (auto& station : all) counts.push_back(std::exchange(station->count, 0));
    return counts;
  }
  u64 drops(u32 port, Drop reason) {
    return box->port(port).counters().drops[static_cast<std::size_t>(reason)];
  }

  Engine engine;
  PacketPool pool;
  Origins origins;
  std::unique_ptr<Box> box;
  std::vector<std::unique_ptr<Station>> all;
  std::vector<std::unique_ptr<Link>> links;
};

using Lan = Star<Switch>;
using Counts = std::vector<u64>;

// Makes stations hear frames for others, so that a flood shows.
void listen_to_all(Lan& lan) {
  for (auto& station : lan.all) station->nic.set_promiscuous(true);
}

TEST(Switch, unknown_destination_is_flooded_to_all_but_the_ingress) {
  Lan lan(4);
  listen_to_all(lan);
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 1, 1, 1}));
  EXPECT_EQ(lan.box->flooded(), 1u);
}

TEST(Switch, learnt_destination_gets_the_frame_alone) {
  Lan lan(4);
  listen_to_all(lan);
  lan.send(2, lan.mac(0));
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 0, 1, 0}));
  EXPECT_EQ(lan.box->forwarded(), 1u);
}

TEST(Switch, broadcast_and_multicast_are_flooded) {
  Lan lan(3);
  EXPECT_EQ(lan.send(1, MacAddress::broadcast()), (Counts{1, 0, 1}));
  EXPECT_EQ(lan.send(1, MacAddress(1, 0, 0x5e, 0, 0, 1)), (Counts{1, 0, 1}));
}

TEST(Switch, all_copies_of_a_flood_keep_the_id) {
  Lan lan(4);
  for (auto& station : lan.all) station->keep = true;
  lan.send(0, MacAddress::broadcast());
  const FrameId id = lan.all[1]->frames.at(0).meta().id;
  EXPECT_EQ(lan.all[2]->frames.at(0).meta().id, id);
  EXPECT_EQ(lan.all[3]->frames.at(0).meta().id, id);
  EXPECT_EQ(id.origin, lan.origins["s0"].rank());
  for (auto& station : lan.all) station->frames.clear();
}

TEST(Switch, frame_for_a_station_on_its_own_port_goes_nowhere) {
  Lan lan(3);
  listen_to_all(lan);
  // s0's port also leads to a station 7, as a hub behind it would.
  const MacAddress seven = MacAddress::from_u64(0x020000000077);
  lan.all[0]->nic.output(make_frame(lan.pool, lan.mac(1), seven, 60, 1));
  lan.settle();
  EXPECT_EQ(lan.send(0, seven), (Counts{0, 0, 0}));
  EXPECT_EQ(lan.drops(0, Drop::same_port), 1u);
}

TEST(Switch, station_is_forgotten_after_300_s_of_silence) {
  Lan lan(3);
  listen_to_all(lan);
  lan.send(2, lan.mac(0));
  lan.engine.run_until(link_test::at(300_s));
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 0, 1}));
  lan.engine.run_until(link_test::at(300_s + 1_ns));
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 1, 1}));
}

TEST(Switch, station_that_moves_is_followed) {
  Lan lan(3);
  listen_to_all(lan);
  lan.send(2, lan.mac(0));
  lan.all[1]->nic.output(make_frame(lan.pool, lan.mac(0), lan.mac(2), 60, 1));
  lan.settle();
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 1, 0}));
}

TEST(Switch, port_going_down_forgets_its_stations_and_gets_no_flood) {
  Lan lan(3);
  listen_to_all(lan);
  lan.send(2, lan.mac(0));
  EXPECT_EQ(lan.box->stations().size(), 1u);
  lan.links[2]->set_up(false);
  EXPECT_TRUE(lan.box->stations().empty());
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 1, 0}));
  EXPECT_EQ(lan.drops(2, Drop::link_down), 0u);
}

TEST(Switch, nowhere_to_flood_is_a_drop_with_a_name) {
  Lan lan(2);
  lan.links[1]->set_up(false);
  EXPECT_EQ(lan.send(0, MacAddress::broadcast()), (Counts{0, 0}));
  EXPECT_EQ(lan.drops(0, Drop::no_forwarding_port), 1u);
}

TEST(Switch, static_station_stays_at_its_port) {
  Lan lan(3);
  listen_to_all(lan);
  ASSERT_TRUE(lan.box->add_static(lan.mac(2), 1));
  lan.send(2, lan.mac(0));
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 1, 0}));
  lan.links[1]->set_up(false);
  EXPECT_EQ(lan.send(0, lan.mac(2)), (Counts{0, 0, 0}));
  EXPECT_EQ(lan.drops(0, Drop::no_forwarding_port), 1u);
  EXPECT_TRUE(lan.box->remove_static(lan.mac(2)));
}

TEST(Switch, group_address_as_source_is_neither_learnt_nor_forwarded) {
  Lan lan(2);
  listen_to_all(lan);
  const MacAddress group(1, 0, 0x5e, 0, 0, 9);
  lan.all[0]->nic.output(make_frame(lan.pool, lan.mac(1), group, 60, 1));
  EXPECT_EQ(lan.settle(), (Counts{0, 0}));
  EXPECT_TRUE(lan.box->stations().empty());
  EXPECT_EQ(lan.drops(0, Drop::bad_ethernet_frame), 1u);
}

TEST(Switch, address_reserved_for_bridges_is_not_forwarded) {
  Lan lan(2);
  EXPECT_EQ(lan.send(0, MacAddress(1, 0x80, 0xc2, 0, 0, 0)), (Counts{0, 0}));
  EXPECT_EQ(lan.send(0, MacAddress(1, 0x80, 0xc2, 0, 0, 0x0f)), (Counts{0, 0}));
  EXPECT_EQ(lan.drops(0, Drop::no_forwarding_port), 2u);
  EXPECT_EQ(lan.send(0, MacAddress(1, 0x80, 0xc2, 0, 0, 0x10)), (Counts{0, 1}));
}

TEST(Switch, flood_of_made_up_sources_is_bounded_and_spares_the_busy) {
  Lan lan(3, {.table_limit = 16});
  listen_to_all(lan);
  for (u64 n = 0; n < 1'000; ++n) {
    const MacAddress made_up = MacAddress::from_u64(0x0a0000000000 + n);
    lan.all[0]->nic.output(make_frame(lan.pool, lan.mac(1), made_up, 60, 1));
    if (n % 8 == 0) lan.all[2]->send(lan.mac(1), 60, 1);
    lan.engine.run_until_idle();
  }
  lan.settle();
  EXPECT_EQ(lan.box->table().size(), 16u);
  EXPECT_EQ(lan.send(1, lan.mac(2)), (Counts{0, 0, 1}));
}

TEST(Switch, stations_lists_who_is_where) {
  Lan lan(3);
  lan.send(2, lan.mac(0));
  lan.send(0, lan.mac(2));
  const auto stations = lan.box->stations();
  ASSERT_EQ(stations.size(), 2u);
  EXPECT_EQ(stations[0].mac, lan.mac(0));
  EXPECT_EQ(stations[0].port, 0u);
  EXPECT_EQ(stations[1].port, 2u);
  EXPECT_EQ(lan.box->port(2).name(), "box:p2");
}

TEST(Hub, repeats_to_all_but_the_ingress_for_ever) {
  Star<Hub> hub(3);
  for (auto& station : hub.all) station->nic.set_promiscuous(true);
  EXPECT_EQ(hub.send(0, hub.mac(2)), (Counts{0, 1, 1}));
  EXPECT_EQ(hub.send(2, hub.mac(0)), (Counts{1, 1, 0}));
  EXPECT_EQ(hub.send(0, hub.mac(2)), (Counts{0, 1, 1}));
  hub.links[1]->set_up(false);
  EXPECT_EQ(hub.send(0, hub.mac(2)), (Counts{0, 0, 1}));
}

}  // namespace
}  // namespace catenet
