// What a lab file says, as plain data: every value that may be left out is optional, every value
// that may prove wrong later carries its place in the file. plan.hpp is the same lab with
// everything filled in.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catenet/ip/route_table.hpp"
#include "catenet/lab/diagnostic.hpp"
#include "catenet/link/impairment.hpp"
#include "catenet/time/time.hpp"
#include "catenet/udp/port_space.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::lab {

template <typename T>
struct Located {
  T value{};
  Mark at;
};

// A mapping in the order of the file; keys are unique.
template <typename T>
using Named = std::vector<std::pair<Located<std::string>, T>>;

enum class NodeKind : u8 {
  host,
  router,      // a host that forwards
  switch_,     // a learning switch
  namespace_,  // a real network namespace: its programs run on the kernel's own stack; wants time:
               // wall
  outside,     // the wire of an interface of this machine; wants time: wall
};

// An address with or without its prefix length.
struct AddressSetting {
  IpAddress address;
  std::optional<u8> length;
};

// What a node of kind outside stands for.
struct DeviceSetting {
  bool existing = false;  // an interface that is there; else a TAP
  Located<std::string> name;
  std::vector<Located<AddressSetting>> addresses;  // that the machine's end of a TAP gets
  Mark at;
};

// Whose programs a host runs: Catenet's tools, or the machine's programs on Catenet's stack.
enum class ProgramsOf : u8 { catenet, machine };

enum class TimeMode : u8 { virtual_, wall };

// How routes are filled in where none are given.
enum class Routing : u8 {
  static_,  // shortest paths, computed before the run
  none,     // nothing but what the file says: for routing services
};

enum class CongestionControl : u8 { newreno, cubic, bbr, dctcp };
enum class LossDetection : u8 { rack, sack };
enum class Ecn : u8 { off, on, passive };
enum class MtuProbing : u8 { off, black_hole, on };
enum class FastOpen : u8 { off, client, server, both };

struct TcpSettings {
  std::optional<CongestionControl> congestion;
  std::optional<LossDetection> loss_detection;
  std::optional<Ecn> ecn;
  std::optional<MtuProbing> mtu_probing;
  std::optional<bool> pacing;
  std::optional<bool> window_validation;
  std::optional<bool> unreachable_ends_opening;
  std::optional<FastOpen> fast_open;
  std::optional<bool> sack;
  std::optional<bool> timestamps;
  std::optional<bool> window_scaling;
  std::optional<u32> send_buffer;     // bytes
  std::optional<u32> receive_buffer;  // bytes
  std::optional<Duration> delayed_ack;
  std::optional<Duration> min_rto;
  bool operator==(const TcpSettings&) const = default;
};

struct IpSettings {
  std::optional<u8> ttl;           // and hop limit
  std::optional<PortRange> ports;  // given to who asks for any
  std::optional<bool> strong_host;
  std::optional<bool> path_mtu_discovery;
  std::optional<bool> redirects;
  std::optional<bool> broadcast_echo;
  std::optional<bool> directed_broadcast;
  std::optional<bool> address_mask;
  std::optional<bool> proxy_arp;
  std::optional<bool> router_discovery;
  bool operator==(const IpSettings&) const = default;
};

struct HostSettings {
  TcpSettings tcp;
  IpSettings ip;
};

// Contents of a file that a lab makes itself: text as given, or `size` bytes drawn from the lab's
// seed and the path.
struct InlineFile {
  std::string path;
  std::string text;
  std::optional<u64> seeded_bytes;
  Mark at;

  u64 size() const { return seeded_bytes.value_or(text.size()); }
};

// What a web server shows: its own pages before those of a folder.
struct HttpPages {
  std::optional<std::string> root;  // a folder, path as FileSource takes it
  std::vector<InlineFile> files;
};

struct HttpService {
  HttpPages pages;         // of every host that is not named below
  Named<HttpPages> hosts;  // by the request's Host
  u16 port = 80;
};

struct EchoService {
  u16 port = 7;  // TCP and UDP
};

struct Iperf3Service {
  u16 port = 5201;  // TCP and UDP
};

enum class ServiceKind : u8 { http, echo, iperf3 };

struct Service {
  ServiceKind kind = ServiceKind::http;
  HttpService http;      // when kind is http
  EchoService echo;      // when kind is echo
  Iperf3Service iperf3;  // when kind is iperf3
  Mark at;
  u16 port() const {
    if (kind == ServiceKind::http) return http.port;
    return kind == ServiceKind::echo ? echo.port : iperf3.port;
  }
};

struct InterfaceSettings {
  std::vector<Located<AddressSetting>> addresses;
  bool no_address = false;  // address: none
  std::optional<Located<MacAddress>> mac;
  std::optional<Located<u32>> mtu;
};

struct RouteSetting {
  Located<Prefix> to;
  RouteKind kind = RouteKind::unicast;  // others have neither next hop nor interface
  std::optional<Located<IpAddress>> via;
  std::optional<Located<std::string>> interface;
  u32 metric = 0;
  Mark at;
};

// Prefixes that fit into one advertisement.
inline constexpr std::size_t most_advertised = 24;

struct AdvertiseSettings {
  std::vector<Located<Prefix>> prefixes;  // none: the prefixes of each interface
  std::optional<Duration> interval;
  std::optional<Duration> lifetime;
};

// What `defaults`, a kind, a group and a node may say of a node.
struct NodeSettings {
  std::optional<Located<NodeKind>> kind;
  std::optional<Located<std::string>> group;
  Named<InterfaceSettings> interfaces;
  std::vector<Located<AddressSetting>> addresses;
  std::vector<RouteSetting> routes;
  std::vector<Located<IpAddress>> gateways;  // at most one a family
  std::optional<bool> forwarding;
  std::optional<Located<ProgramsOf>> programs;
  std::optional<bool> cold_boot;
  std::optional<bool> slaac;
  std::optional<Duration> ageing;  // of a switch
  std::optional<AdvertiseSettings> advertise;
  std::optional<DeviceSetting> device;
  Named<std::vector<IpAddress>> hosts;
  std::vector<Service> services;
  std::vector<InlineFile> files;
  std::vector<Located<std::string>> private_places;  // normal paths
  HostSettings options;
};

struct NodeModel {
  Located<std::string> name;
  NodeSettings settings;
};

// What a lab file changes of an impairment; what is unsaid stays as it is.
struct ImpairmentPatch {
  bool clear = false;  // `impair: none`: begin from a perfect link
  std::optional<u64> rate_bps;
  std::optional<Duration> delay;
  std::optional<Jitter> jitter;
  std::optional<Loss> loss;
  std::optional<Reorder> reorder;
  std::optional<u32> duplicate_ppb;
  std::optional<u64> bit_errors_per_1e15;
  std::optional<QueueSettings> queue;
  std::optional<u32> mtu;

  bool empty() const;
  void apply_to(Impairment& impairment) const;
};

// Both directions of a link: `impair` goes to both, then `impair_forward` (from the first endpoint
// to the second) and `impair_back` over it.
struct LinkPatch {
  ImpairmentPatch forward;
  ImpairmentPatch back;
  bool empty() const { return forward.empty() && back.empty(); }
};

struct EndpointModel {
  Located<std::string> node;
  std::optional<Located<std::string>> interface;
  InterfaceSettings settings;  // the extended form's address, mac and mtu
};

struct LinkModel {
  std::optional<Located<std::string>> name;
  EndpointModel a;
  EndpointModel b;
  LinkPatch impair;
  bool up = true;
  std::vector<Located<Prefix>> subnets;
  Mark at;
};

// Numbers a measurement is held against; every one that is given must hold.
struct Bounds {
  std::optional<u64> is;
  std::optional<u64> min;
  std::optional<u64> max;
  std::optional<u64> above;
  std::optional<u64> below;

  bool holds(u64 value) const;
  // Whether any number does.
  bool can_hold() const;
  // "at least 3 and below 7".
  std::string to_string() const;
};

struct TextExpectation {
  std::vector<std::string> contains;
  std::vector<std::string> not_contains;
  std::optional<std::string> equals;
  std::vector<std::string> matches;  // regular expressions (pattern.hpp), searched for line by line
  bool empty() const;
};

// What a `run`, `start` or `stop` step promises.
struct RunExpectation {
  std::optional<int> exit;
  TextExpectation stdout_text;
  TextExpectation stderr_text;
  std::optional<Duration> min_time;  // from start to end, in the lab's time
  std::optional<Duration> max_time;
};

// Of `run`; of `start` too, which goes on until it is stopped or the lab ends.
struct RunAction {
  Located<std::string> node;
  Located<std::string> command;
  RunExpectation expect;
  std::optional<Duration> timeout;  // then it is killed and counts as failed
};

struct StopAction {
  Located<std::string> step;      // that started it
  int signal = 15;                // SIGTERM
  std::optional<Duration> grace;  // then it is killed, and the step has failed
  RunExpectation expect;          // exit and outputs: of what is stopped; times: of the stopping
};

// What a `wait` step waits for: the end of a step, or a listener on a TCP port of a node.
struct WaitAction {
  std::optional<Located<std::string>> step;
  Located<std::string> node;
  u16 port = 0;
  std::optional<Duration> timeout;
};

struct ImpairAction {
  Located<std::string> link;
  LinkPatch impair;
};

enum class LinkChange : u8 {
  down,  // carrier lost, both ends notice
  up,
  cut,  // frames vanish, the carrier stays
  heal,
};

struct ChangeAction {
  LinkChange change = LinkChange::down;
  std::vector<Located<std::string>> targets;  // links, or nodes: all their links
  bool all = false;                           // heal: all
};

struct PartitionAction {
  std::vector<std::vector<Located<std::string>>> sets;
};

enum class ActionKind : u8 { run, start, stop, wait, impair, change, partition };
constexpr bool changes_links(ActionKind kind) { return kind >= ActionKind::impair; }

struct StepModel {
  std::optional<Located<std::string>> name;
  std::optional<Located<Duration>> at_time;
  std::optional<Located<std::string>> after;
  std::optional<Duration> delay;  // waits this long when `after` has ended
  std::optional<Duration> every;
  u32 times = 1;
  ActionKind kind = ActionKind::run;
  RunAction run;
  StopAction stop;
  WaitAction wait;
  ImpairAction impair;
  ChangeAction change;
  PartitionAction partition;
  Mark at;
};

// {counter: "r1:wan.dropped.queue_full", max: 3}
struct CounterExpectation {
  Located<std::string> counter;
  Bounds bounds;
};

// {packets: {where: "a--b", filter: "tcp port 80", min: 1}}
struct PacketExpectation {
  Located<std::string> where;   // a link, a node, or node:interface
  Located<std::string> filter;  // pcap-filter(7); empty: every frame
  Bounds bounds;
};

struct ExpectationModel {
  std::string name;  // empty: not given
  std::optional<CounterExpectation> counter;
  std::optional<PacketExpectation> packets;
  Mark at;
};

struct CaptureModel {
  bool all = true;
  std::vector<Located<std::string>> ports;  // when not all; empty: nothing
  Located<std::string> filter;
  u32 snap_length = 0;  // bytes kept of a frame; 0: all
  bool promiscuous = true;
};

struct Model {
  Located<std::string> name;
  std::string description;
  std::optional<u64> seed;
  std::optional<Duration> stop_time;
  std::optional<Located<TimeMode>> time;
  std::optional<Routing> routing;
  std::optional<bool> ipv4;
  std::optional<bool> ipv6;
  NodeSettings defaults;
  Named<NodeSettings> kinds;
  Named<NodeSettings> groups;
  std::vector<NodeModel> nodes;
  Mark nodes_at;  // of the last `nodes`
  std::vector<LinkModel> links;
  std::vector<StepModel> script;
  std::vector<ExpectationModel> expect;
  std::optional<CaptureModel> capture;
};

}  // namespace catenet::lab
