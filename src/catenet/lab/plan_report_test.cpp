// The filled-in plan as it is printed.
#include "catenet/lab/plan_report.hpp"

#include <nlohmann/json.hpp>

#include "catenet/lab/read_test.hpp"

namespace catenet::lab {
namespace {

constexpr const char* reported_lab =
    "nodes:\n"
    "  me: {kind: outside, device: {tap: lab0, address: 10.55.0.9/24}}\n"
    "  r: {kind: router, routes: [{to: 10.99.0.0/16, type: blackhole}]}\n"
    "  web: {interfaces: {eth0: {mac: '02:00:00:00:00:0a', mtu: 1400}}}\n"
    "links: [{endpoints: [me, r]}, {endpoints: [r, web]}]\n"
    "families: [ipv4]\n";

TEST(PlanText, table_has_what_was_filled_in) {
  const std::string text = plan_text(plan_of(reported_lab));
  for (const char* row : {"node  interface  IPv4          IPv6  MAC                MTU   link\n",
                          "me    eth0       10.55.0.9/24  -     -                  1500  me--r\n",
                          "web   eth0       10.0.2.10/24  -     02:00:00:00:00:0a  1400  r--web\n",
                          "r     10.99.0.0/16    blackhole              0       given\n",
                          "web   default (IPv4)  via 10.0.2.1 dev eth0  0\n"}) {
    EXPECT_NE(text.find(row), std::string::npos) << row << "is missing in\n" << text;
  }
}

TEST(PlanJson, has_what_was_filled_in) {
  const auto json = nlohmann::json::parse(plan_json(plan_of(reported_lab)));
  EXPECT_EQ(json["time"], "wall");
  EXPECT_EQ(json["nodes"][0]["device"], "lab0");
  EXPECT_FALSE(json["nodes"][0]["interfaces"][0].contains("mac"));
  const auto& web = json["nodes"][2];
  EXPECT_EQ(web["interfaces"][0]["mac"], "02:00:00:00:00:0a");
  EXPECT_EQ(web["interfaces"][0]["addresses"], nlohmann::json({"10.0.2.10/24"}));
  EXPECT_EQ(web["routes"][0]["via"], "10.0.2.1");
  EXPECT_EQ(web["routes"][0]["given"], false);
  EXPECT_EQ(json["nodes"][1]["routes"][0]["type"], "blackhole");
  EXPECT_EQ(json["links"][1]["ends"], nlohmann::json({"r:eth1", "web:eth0"}));
  EXPECT_EQ(json["links"][0]["prefixes"], nlohmann::json({"10.55.0.0/24"}));
}

TEST(PlanText, lab_of_one_node_has_one_row) {
  EXPECT_EQ(
      plan_text(plan_of("nodes: {a: }\n")),
      "node  interface  IPv4  IPv6  MAC  MTU  link\na     -          -     -     -    -    -\n");
}

}  // namespace
}  // namespace catenet::lab
