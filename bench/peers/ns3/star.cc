// bench/idle_hosts.cpp in ns-3: M hosts, each by a link of its own to one router that is their
// default gateway. `star [M]`.
#include <cstdint>
#include <cstdio>

#include "measure.hpp"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

int main(int argc, char** argv) {
  using namespace ns3;
  const int hosts = argument(argc, argv, 1, 10000);
  const double start = wall_s();
  const double before = resident_bytes();
  NodeContainer all(hosts), router(1);
  InternetStackHelper().InstallAll();
  PointToPointHelper cable;
  cable.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
  cable.SetChannelAttribute("Delay", StringValue("1ms"));
  cable.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("1000p"));
  Ipv4AddressHelper subnets("10.0.0.0", "255.255.255.252");
  for (int i = 0; i < hosts; ++i) {
    const NetDeviceContainer ends = cable.Install(all.Get(i), router.Get(0));
    const Ipv4InterfaceContainer addresses = subnets.Assign(ends);
    subnets.NewNetwork();
    TrafficControlHelper().Uninstall(ends);
    Ipv4StaticRoutingHelper()
        .GetStaticRouting(all.Get(i)->GetObject<Ipv4>())
        ->SetDefaultRoute(addresses.GetAddress(1), 1);
  }
  const double built = wall_s();
  const double after = resident_bytes();
  Simulator::Stop(Seconds(10));
  Simulator::Run();
  std::printf(
      "{\"name\": \"ns3_star_%d\", \"build_s\": %.3f, \"run_10_s\": %.4f, "
      "\"bytes_per_host\": %.0f, \"rss_mb\": %.1f}\n",
      hosts, built - start, wall_s() - built, (after - before) / hosts, after / 1e6);
  Simulator::Destroy();
}
