// bench/dumbbell.cpp in ns-3: the same hosts, links, queues, flows, start times and arguments, the
// same line of JSON. Queues are the devices' own; whatever is not set here is ns-3's default.
//
// A full segment costs our link 1,538 bytes, with all that Ethernet puts around it, and ns-3's
// 1,502: its links are slower by as much, so that segments leave both at the same rate.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "measure.hpp"
#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

namespace {

std::uint64_t hops = 0;
void on_frame_delivered(ns3::Ptr<const ns3::Packet>) { ++hops; }

void set_tcp() {
  using namespace ns3;
  const UintegerValue buffer(4 << 20);
  Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpCubic"));
  Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
  Config::SetDefault("ns3::TcpSocket::SndBufSize", buffer);
  Config::SetDefault("ns3::TcpSocket::RcvBufSize", buffer);
}

ns3::PointToPointHelper cable(int mbit, const char* delay, int queue) {
  using namespace ns3;
  PointToPointHelper helper;
  const std::uint64_t rate = std::uint64_t{1'000'000} * mbit * 1502 / 1538;
  helper.SetDeviceAttribute("DataRate", DataRateValue(DataRate(rate)));
  helper.SetChannelAttribute("Delay", StringValue(delay));
  helper.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue(std::to_string(queue) + "p"));
  return helper;
}

// Gives each link a subnet of its own and counts what its ends receive.
class Builder {
 public:
  // The address of `a`.
  ns3::Ipv4Address join(ns3::PointToPointHelper& helper, ns3::Ptr<ns3::Node> a,
                        ns3::Ptr<ns3::Node> b) {
    const ns3::NetDeviceContainer ends = helper.Install(a, b);
    const ns3::Ipv4InterfaceContainer addresses = subnets_.Assign(ends);
    subnets_.NewNetwork();
    ns3::TrafficControlHelper().Uninstall(ends);
    for (std::uint32_t i = 0; i < ends.GetN(); ++i) {
      ends.Get(i)->TraceConnectWithoutContext("PhyRxEnd", ns3::MakeCallback(&on_frame_delivered));
    }
    return addresses.GetAddress(0);
  }

 private:
  ns3::Ipv4AddressHelper subnets_{"10.0.0.0", "255.255.255.252"};
};

// An endless stream to `address`; what counts it at the other end.
ns3::Ptr<ns3::PacketSink> stream(ns3::Ptr<ns3::Node> from, ns3::Ptr<ns3::Node> to,
                                 ns3::Ipv4Address address, int start_ms) {
  using namespace ns3;
  BulkSendHelper source("ns3::TcpSocketFactory", InetSocketAddress(address, 5000));
  source.SetAttribute("SendSize", UintegerValue(14480));
  source.Install(from).Start(MilliSeconds(start_ms));
  PacketSinkHelper sink("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), 5000));
  return DynamicCast<PacketSink>(sink.Install(to).Get(0));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ns3;
  const int flows = argument(argc, argv, 1, 10);
  const int mbit = argument(argc, argv, 2, 100);
  const int queue = argument(argc, argv, 3, 250);
  const int seconds = argument(argc, argv, 4, 20);
  const double built_at = wall_s();
  set_tcp();
  NodeContainer senders(flows), receivers(flows), routers(2);
  InternetStackHelper().InstallAll();
  PointToPointHelper bottleneck = cable(mbit, "8ms", queue);
  PointToPointHelper access = cable(mbit >= 1000 ? 10000 : 1000, "1ms", 1000);
  Builder builder;
  builder.join(bottleneck, routers.Get(0), routers.Get(1));
  std::vector<Ptr<PacketSink>> sinks;
  for (int i = 0; i < flows; ++i) {
    builder.join(access, senders.Get(i), routers.Get(0));
    const Ipv4Address to = builder.join(access, receivers.Get(i), routers.Get(1));
    sinks.push_back(stream(senders.Get(i), receivers.Get(i), to, 10 * i % 1000));
  }
  Ipv4GlobalRoutingHelper::PopulateRoutingTables();
  Simulator::Stop(Seconds(seconds));
  const double start = wall_s();
  Simulator::Run();
  const double wall = wall_s() - start;
  double total = 0;
  for (const Ptr<PacketSink>& sink : sinks) total += static_cast<double>(sink->GetTotalRx());
  std::printf(
      "{\"name\": \"ns3_dumbbell_%d\", \"wall_s_per_sim_s\": %.5f, \"ns_per_hop\": %.1f, "
      "\"hops\": %llu, \"events\": %llu, \"goodput_mbit\": %.2f, \"setup_s\": %.3f, "
      "\"rss_mb\": %.1f}\n",
      flows, wall / seconds, wall * 1e9 / static_cast<double>(hops),
      static_cast<unsigned long long>(hops),
      static_cast<unsigned long long>(Simulator::GetEventCount()), total * 8 / seconds / 1e6,
      start - built_at, resident_bytes() / 1e6);
  Simulator::Destroy();
}
