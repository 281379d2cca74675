#include "catenet/ip/router_discovery.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"

namespace catenet {

using wire::Icmpv4Header;
using wire::Icmpv4RouterAdvertisement;
using wire::Icmpv4Type;

namespace {

// RFC 1256 section 5.
constexpr u8 max_solicitations = 3;
constexpr Duration solicitation_interval = Duration::seconds(3);
constexpr Duration max_solicitation_delay = Duration::seconds(1);
constexpr Duration max_initial_advert_interval = Duration::seconds(16);
constexpr Duration max_response_delay = Duration::seconds(2);
constexpr i32 never_default = INT32_MIN;  // section 4.1: not to be used as default router
constexpr u32 max_entries = 32;

// Preference, higher is better, as a metric, lower is better.
u32 metric_of(i32 preference) { return static_cast<u32>(i64{INT32_MAX} - preference); }

}  // namespace

// --- Routers (section 4.3) ---

void RouterDiscovery::advertise(Interface& interface, const RouterDiscoverySettings& settings) {
  std::erase_if(advertisers_, [&](const Advertiser& a) { return a.interface == &interface; });
  const Duration delay = layer_.random().uniform(Duration::zero(), max_response_delay);
  advertisers_.push_back(
      {.interface = &interface, .settings = settings, .due = layer_.now() + delay});
  layer_.arm(advertisers_.back().due);
}

void RouterDiscovery::stop(Interface& interface) {
  for (const Advertiser& advertiser : advertisers_) {
    if (advertiser.interface == &interface) send_advertisement(advertiser, 0);
  }
  forget(interface);
}

void RouterDiscovery::forget(const Interface& interface) {
  std::erase_if(advertisers_, [&](const Advertiser& a) { return a.interface == &interface; });
  on_down(interface);
}

void RouterDiscovery::on_down(const Interface& interface) {
  std::erase_if(solicitations_, [&](const Solicitation& s) { return s.interface == &interface; });
}

Duration RouterDiscovery::next_interval(const Advertiser& advertiser) {
  const Duration most = advertiser.settings.max_interval;
  return layer_.random().uniform(most * 3 / 4, most);
}

void RouterDiscovery::on_solicitation(const IpInfo& info) {
  for (Advertiser& advertiser : advertisers_) {
    if (advertiser.interface != info.interface) continue;
    const Duration delay = layer_.random().uniform(Duration::zero(), max_response_delay);
    advertiser.due = std::min(advertiser.due, layer_.now() + delay);
    layer_.arm(advertiser.due);
  }
}

void RouterDiscovery::send_advertisement(const Advertiser& advertiser, u16 lifetime_s) {
  Interface& interface = *advertiser.interface;
  u32 count = 0;
  for (const InterfaceAddress& own : interface.addresses4()) count += own.usable();
  count = std::min(count, max_entries);
  if (count == 0 || !interface.up() || !layer_.forwarding()) return;
  const u32 size = Icmpv4Header::size + count * Icmpv4RouterAdvertisement::entry_size;
  Packet message = layer_.pool().allocate(size);
  const MutableBytes bytes{message.append(size), size};
  const u32 rest = Icmpv4RouterAdvertisement::rest(static_cast<u8>(count), lifetime_s);
  Icmpv4Header{Icmpv4Type::router_advertisement, 0, rest}.emit(bytes);
  u32 at = Icmpv4Header::size;
  for (const InterfaceAddress& own : interface.addresses4()) {
    if (!own.usable() || at == size) continue;
    Icmpv4RouterAdvertisement::emit_entry(bytes.subspan(at),
                                          {own.address.v4(), advertiser.settings.preference});
    at += Icmpv4RouterAdvertisement::entry_size;
  }
  wire::store_icmpv4_checksum(bytes);
  const IpSend send{.destination = Ipv4Address::all_hosts(),
                    .ttl = 1,
                    .multicast_loop = false,
                    .interface = &interface};
  static_cast<void>(layer_.icmpv4().output(std::move(message), send));
}

// --- Hosts (section 5) ---

void RouterDiscovery::solicit(Interface& interface) {
  std::erase_if(solicitations_, [&](const Solicitation& s) { return s.interface == &interface; });
  const Duration delay = layer_.random().uniform(Duration::zero(), max_solicitation_delay);
  solicitations_.push_back({&interface, max_solicitations, layer_.now() + delay});
  layer_.arm(solicitations_.back().due);
}

void RouterDiscovery::send_solicitation(Interface& interface) {
  Packet message = layer_.pool().allocate(Icmpv4Header::size);
  const MutableBytes bytes{message.append(Icmpv4Header::size), Icmpv4Header::size};
  Icmpv4Header{Icmpv4Type::router_solicitation, 0, 0}.emit(bytes);
  wire::store_icmpv4_checksum(bytes);
  const IpSend send{.destination = Ipv4Address::all_routers(),
                    .ttl = 1,
                    .multicast_loop = false,
                    .interface = &interface};
  static_cast<void>(layer_.icmpv4().output(std::move(message), send));
}

void RouterDiscovery::on_advertisement(const IpInfo& info,
                                       const Icmpv4RouterAdvertisement& advertisement) {
  if (!layer_.options().router_discovery || layer_.forwarding()) return;
  Interface& interface = *info.interface;
  std::erase_if(solicitations_, [&](const Solicitation& s) { return s.interface == &interface; });
  for (u32 i = 0; i < advertisement.count(); ++i) {
    const auto entry = advertisement.entry(i);
    learn(interface, entry.router, entry.preference, advertisement.lifetime());
  }
}

// Section 5.1: only neighbours, only with a preference that says default router.
void RouterDiscovery::learn(Interface& interface, Ipv4Address router, i32 preference,
                            u16 lifetime_s) {
  if (!interface.on_link4(router) || layer_.is_local(router)) return;
  const Prefix any = Prefix::any(Family::ipv4);
  std::optional<u32> known;  // its metric
  u32 others = 0;
  layer_.routes4().for_each([&](const Route& route) {
    if (route.origin != RouteOrigin::router_advertisement || route.prefix != any) return;
    const bool same = route.interface == interface.index() && route.gateway == IpAddress(router);
    if (same) known = route.metric;
    others += !same;
  });
  if (known) static_cast<void>(layer_.remove_route(any, router, interface.index(), known));
  if (lifetime_s == 0 || preference == never_default || others >= max_entries) return;
  const Route route{.prefix = any,
                    .gateway = router,
                    .interface = interface.index(),
                    .metric = metric_of(preference),
                    .origin = RouteOrigin::router_advertisement,
                    .expiry = layer_.now() + Duration::seconds(lifetime_s)};
  static_cast<void>(layer_.add_route(route));
}

// --- Time ---

Instant RouterDiscovery::next_deadline() const {
  Instant earliest = Instant::never();
  for (const Advertiser& advertiser : advertisers_) earliest = std::min(earliest, advertiser.due);
  for (const Solicitation& s : solicitations_) earliest = std::min(earliest, s.due);
  return earliest;
}

void RouterDiscovery::on_timeout(Instant now) {
  for (Advertiser& advertiser : advertisers_) {
    if (advertiser.due > now) continue;
    // AdvertisementLifetime: three times the longest interval.
    const Duration most = advertiser.settings.max_interval;
    send_advertisement(advertiser, static_cast<u16>(std::min<i64>(most.s() * 3, 9'000)));
    Duration next = next_interval(advertiser);
    if (advertiser.initial_left > 0) {
      --advertiser.initial_left;
      next = std::min(next, max_initial_advert_interval);
    }
    advertiser.due = now + next;
  }
  for (Solicitation& s : solicitations_) {
    if (s.due > now) continue;
    s.due = now + solicitation_interval;
    --s.left;
    send_solicitation(*s.interface);
  }
  std::erase_if(solicitations_, [](const Solicitation& s) { return s.left == 0; });
}

}  // namespace catenet
