// bench/star.cpp in ns-3: the same hosts, links, pings and arguments, the same figures. Each host
// has a link of its own to one router that is its default gateway.
#include <cstdint>
#include <cstdio>
#include <vector>

#include "measure.hpp"
#include "ns3/core-module.h"
#include "ns3/internet-apps-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

namespace {

std::uint64_t answers = 0;
void on_answer(ns3::Time) { ++answers; }

// Their addresses.
std::vector<ns3::Ipv4Address> build(const ns3::NodeContainer& hosts) {
  using namespace ns3;
  NodeContainer router(1);
  InternetStackHelper().InstallAll();
  PointToPointHelper cable;
  cable.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
  cable.SetChannelAttribute("Delay", StringValue("1ms"));
  cable.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("1000p"));
  Ipv4AddressHelper subnets("10.0.0.0", "255.255.255.252");
  std::vector<Ipv4Address> own;
  for (std::uint32_t i = 0; i < hosts.GetN(); ++i) {
    const NetDeviceContainer ends = cable.Install(hosts.Get(i), router.Get(0));
    const Ipv4InterfaceContainer addresses = subnets.Assign(ends);
    subnets.NewNetwork();
    TrafficControlHelper().Uninstall(ends);
    Ipv4StaticRoutingHelper()
        .GetStaticRouting(hosts.Get(i)->GetObject<Ipv4>())
        ->SetDefaultRoute(addresses.GetAddress(1), 1);
    own.push_back(addresses.GetAddress(0));
  }
  return own;
}

void ping(const ns3::NodeContainer& hosts, const std::vector<ns3::Ipv4Address>& addresses) {
  using namespace ns3;
  for (std::uint32_t i = 0; i < hosts.GetN(); ++i) {
    V4PingHelper helper(addresses[(i + 1) % hosts.GetN()]);
    helper.SetAttribute("Interval", TimeValue(Seconds(1)));
    ApplicationContainer one = helper.Install(hosts.Get(i));
    one.Start(MilliSeconds(i % 1000));
    one.Get(0)->TraceConnectWithoutContext("Rtt", MakeCallback(&on_answer));
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ns3;
  const int hosts = argument(argc, argv, 1, 10000);
  const int seconds = argument(argc, argv, 2, 10);
  const double start = wall_s();
  NodeContainer all(hosts);
  ping(all, build(all));
  const double standing = wall_s();
  const double standing_bytes = resident_bytes();
  if (seconds > 0) {
    Simulator::Stop(Seconds(seconds));
    Simulator::Run();
    // Those of the last milliseconds are still on their way.
    if (answers < 0.99 * hosts * seconds) {
      std::fprintf(stderr, "error: only %llu answers\n", static_cast<unsigned long long>(answers));
      return 1;
    }
  }
  std::printf(
      "{\"name\": \"ns3_star_%d\", \"start_s\": %.3f, \"standing_mb\": %.1f, "
      "\"wall_s_per_sim_s\": %.5f, \"run_mb\": %.1f}\n",
      hosts, standing - start, standing_bytes / 1e6,
      seconds > 0 ? (wall_s() - standing) / seconds : 0.0, resident_bytes() / 1e6);
  Simulator::Destroy();
}
