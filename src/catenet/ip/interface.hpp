// Interface: where a host meets a link. Its addresses, its neighbours, its MTU, the groups it
// listens to. Read RFC 1122 section 3.3.4 (multihoming), RFC 4291 section 2.8 (the addresses a node
// must know as its own) and RFC 4862. The layer changes it (IpLayer::add_address and its
// neighbours); others look.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catenet/ip/ip_types.hpp"
#include "catenet/link/nic.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

class IpLayer;
class NeighbourCache;
class AddressConflict;
class RouterAdvertiser;

// RFC 4862 section 2; IPv4 addresses under RFC 5227 take the same path.
enum class AddressState : u8 {
  tentative,  // being tested: nothing is sent from it or taken for it
  preferred,
  deprecated,  // valid, not chosen for new conversations
  duplicated,  // another has it: unusable
};
std::string_view address_state_name(AddressState state);

// Where an address or route came from.
enum class AddressOrigin : u8 { manual, link_local, slaac, dhcp };

// How an address enters service.
enum class AddressUse : u8 {
  established,  // as if it had long been in use: nothing is sent
  announced,    // usable at once; neighbours are told (gratuitous ARP, unsolicited advertisement)
  probed,       // tested for a duplicate first (RFC 5227, RFC 4862), then announced
};

struct InterfaceAddress {
  IpAddress address{};
  u8 prefix_length = 0;
  AddressState state = AddressState::preferred;
  AddressOrigin origin = AddressOrigin::manual;
  Instant preferred_until = Instant::never();
  Instant valid_until = Instant::never();

  Prefix prefix() const { return Prefix(address, prefix_length); }
  // Sent from and listened to.
  bool usable() const {
    return state == AddressState::preferred || state == AddressState::deprecated;
  }
};

// Counted at the interface, above the Nic.
struct InterfaceCounters {
  u64 received_packets = 0;
  u64 received_bytes = 0;
  u64 sent_packets = 0;
  u64 sent_bytes = 0;
};

struct InterfaceOptions {
  // An address that another station uses too is kept whatever happens (RFC 5227 section 2.4 (c));
  // otherwise it is given up at the second conflict within 10 s (b).
  bool defend_always = true;
  bool proxy_arp = false;                    // answer ARP for what is routed elsewhere (RFC 1027)
  bool forward_directed_broadcast = false;   // RFC 2644: off
  bool accept_redirects = true;              // hosts only; routers ignore them
  bool send_redirects = true;                // routers only
  bool accept_router_advertisements = true;  // hosts only
  bool autoconfigure = true;                 // addresses from advertised prefixes
  u8 duplicate_probes = 1;                   // DupAddrDetectTransmits (RFC 4862); 0 turns DAD off
};

// What routers told us of a link (RFC 4861 section 6.3.2).
struct LinkParameters {
  u8 hop_limit = 0;  // of what is sent; 0: the host's own default
  u32 mtu = 0;       // 0: the interface's
};

class Interface final : public FrameHandler {
 public:
  // `nic` nullptr: the loopback interface.
  Interface(IpLayer& layer, std::string name, u32 index, Nic* nic);
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;
  ~Interface();

  const std::string& name() const { return name_; }
  // From 1, as if_nametoindex counts; the loopback interface is 1.
  u32 index() const { return index_; }
  IpLayer& layer() { return layer_; }
  Nic* nic() { return nic_; }
  const Nic* nic() const { return nic_; }
  bool loopback() const { return nic_ == nullptr; }
  MacAddress mac() const { return nic_ ? nic_->mac() : MacAddress{}; }
  // Bytes from the IP header on; IPv6 may be held to less by a router's advertisement.
  u32 mtu() const { return nic_ ? nic_->mtu() : loopback_mtu; }
  u32 mtu6() const { return parameters_.mtu ? std::min(parameters_.mtu, mtu()) : mtu(); }

  bool admin_up() const { return admin_up_; }
  // Administratively up and with carrier.
  bool up() const { return admin_up_ && (!nic_ || nic_->carrier()); }

  std::span<const InterfaceAddress> addresses4() const { return addresses4_; }
  std::span<const InterfaceAddress> addresses6() const { return addresses6_; }
  const InterfaceAddress* find(const IpAddress& address) const;
  // The first usable one; nullptr when there is none.
  const InterfaceAddress* primary4() const;
  const InterfaceAddress* link_local6() const;
  // The same in whatever state.
  bool has_link_local6() const;
  // A usable address whose prefix contains `address`; nullptr when it is not on this link.
  const InterfaceAddress* on_link4(Ipv4Address address) const;

  // Groups joined, each as often as its users joined it.
  bool member(const IpAddress& group) const;
  std::vector<IpAddress> groups() const;

  // Addresses of others that ARP requests here are answered for, in their order.
  std::span<const Ipv4Address> proxied4() const { return proxied4_; }

  NeighbourCache& neighbours4();
  NeighbourCache& neighbours6();
  // nullptr while nobody was ever resolved.
  NeighbourCache* neighbours4_if_any() { return neighbours4_.get(); }
  NeighbourCache* neighbours6_if_any() { return neighbours6_.get(); }

  InterfaceOptions& options() { return options_; }
  const InterfaceOptions& options() const { return options_; }
  const LinkParameters& parameters() const { return parameters_; }
  const InterfaceCounters& counters() const { return counters_; }

  // Sends `packet`, which begins at its IP header, in a frame to `destination`.
  void ethernet_output(Packet&& packet, MacAddress destination, u16 ether_type);

  // Ends a packet that came here: `consumed` bytes of it, counted from its IP header, have been
  // taken off.
  [[gnu::cold]] void drop(Packet packet, Drop reason, u32 consumed = 0);
  // Packets this host sent to itself and dropped; a Nic counts its own.
  u64 loopback_drops() const { return loopback_drops_; }
  // nullptr unless this is a router that advertises here.
  RouterAdvertiser* advertiser() { return advertiser_.get(); }

  void on_frame(Nic& nic, Packet&& frame) override;
  void on_carrier(Nic& nic, bool up) override;

  static constexpr u32 loopback_mtu = 65'535;  // the longest packet of IPv4

 private:
  friend class IpLayer;
  friend class Slaac;
  struct Membership {
    IpAddress group;
    u32 users = 0;
  };

  [[gnu::cold]] std::unique_ptr<NeighbourCache> make_neighbours();

  IpLayer& layer_;
  std::string name_;
  u32 index_;
  Nic* nic_;
  bool admin_up_ = true;
  bool started_ = false;  // was up before
  InterfaceOptions options_;
  LinkParameters parameters_;
  std::vector<InterfaceAddress> addresses4_;
  std::vector<InterfaceAddress> addresses6_;
  std::vector<Membership> groups_;
  std::vector<Ipv4Address> proxied4_;  // sorted
  std::unique_ptr<NeighbourCache> neighbours4_;
  std::unique_ptr<NeighbourCache> neighbours6_;
  std::unique_ptr<RouterAdvertiser> advertiser_;
  InterfaceCounters counters_;
  u64 loopback_drops_ = 0;
};

}  // namespace catenet
