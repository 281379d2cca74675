#include "catenet/ip/router_advertiser.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/wire/ndp.hpp"

namespace catenet {

namespace {

// RFC 4861 section 10.
constexpr Duration max_initial_interval = Duration::seconds(16);
constexpr Duration max_ra_delay = Duration::milliseconds(500);
constexpr Duration min_delay_between = Duration::seconds(3);

u32 lifetime(Duration duration) {
  const i64 s = duration.s();
  return s >= wire::PrefixInformation::infinite ? wire::PrefixInformation::infinite
                                                : static_cast<u32>(s);
}

}  // namespace

Result<void> RouterAdvertising::check() const {
  const bool intervals =
      max_interval >= Duration::seconds(4) && max_interval <= Duration::seconds(1'800) &&
      min_interval >= Duration::seconds(3) && min_interval * 4 <= max_interval * 3;
  const bool lifetimes =
      default_lifetime == Duration::zero() ||
      (default_lifetime >= max_interval && default_lifetime <= Duration::seconds(9'000));
  const bool mtu = link_mtu == 0 || link_mtu >= wire::ipv6::min_mtu;
  const bool sound = std::ranges::all_of(prefixes, [](const AdvertisedPrefix& entry) {
    return entry.prefix.family() == Family::ipv6 && !entry.prefix.network().is_link_local() &&
           entry.preferred_lifetime <= entry.valid_lifetime;
  });
  // An advertisement is one packet of the minimum MTU.
  const bool short_enough = prefixes.size() <= 24 && dns_servers.size() <= 16;
  return intervals && lifetimes && mtu && sound && short_enough ? Result<void>{}
                                                                : Unexpected(Errno::invalid);
}

RouterAdvertiser::RouterAdvertiser(IpLayer& layer, Interface& interface, RouterAdvertising settings)
    : layer_(layer), interface_(interface), settings_(std::move(settings)) {
  due_ = layer.now() + layer.random().uniform(Duration::zero(), max_ra_delay);
}

// Section 6.2.6: soon, at a random time so that routers do not all speak at once, and not too
// often.
void RouterAdvertiser::on_solicitation(Instant now) {
  Instant at = now + layer_.random().uniform(Duration::zero(), max_ra_delay);
  if (sent_any_) at = std::max(at, last_sent_ + min_delay_between);
  due_ = std::min(due_, at);
}

void RouterAdvertiser::stop() {
  if (sent_any_) send(true);
  due_ = Instant::never();
}

void RouterAdvertiser::on_timeout(Instant now) {
  if (due_ > now) return;
  send(false);
  sent_any_ = true;
  last_sent_ = now;
  Duration next = layer_.random().uniform(settings_.min_interval, settings_.max_interval);
  if (initial_left_ > 0) {
    --initial_left_;
    next = std::min(next, max_initial_interval);
  }
  due_ = now + next;
}

u32 RouterAdvertiser::message_size() const {
  const u32 servers = static_cast<u32>(settings_.dns_servers.size());
  return wire::RouterAdvertisement::size + 8 + (settings_.link_mtu ? 8 : 0) +
         static_cast<u32>(settings_.prefixes.size()) * wire::PrefixInformation::option_size +
         (servers ? 8 + 16 * servers : 0);
}

void RouterAdvertiser::write(MutableBytes out, bool final) const {
  const wire::RouterAdvertisement ra{
      .hop_limit = settings_.hop_limit,
      .managed = settings_.managed,
      .other = settings_.other_config,
      .router_lifetime = final ? u16{0} : static_cast<u16>(settings_.default_lifetime.s()),
      .reachable_time = static_cast<u32>(settings_.reachable_time.ms()),
      .retrans_timer = static_cast<u32>(settings_.retransmit_timer.ms()),
      .options = {}};
  ra.emit(out);
  wire::NdpOptionWriter options(out.subspan(wire::RouterAdvertisement::size));
  options.source_link_address(interface_.mac());
  if (settings_.link_mtu) options.mtu(settings_.link_mtu);
  for (const AdvertisedPrefix& entry : settings_.prefixes) {
    options.prefix({.prefix = entry.prefix.network().v6(),
                    .length = static_cast<u8>(entry.prefix.length()),
                    .on_link = entry.on_link,
                    .autonomous = entry.autonomous,
                    .valid_lifetime = lifetime(entry.valid_lifetime),
                    .preferred_lifetime = lifetime(entry.preferred_lifetime)});
  }
  if (!settings_.dns_servers.empty()) {
    options.recursive_dns(lifetime(settings_.dns_lifetime), settings_.dns_servers);
  }
}

void RouterAdvertiser::send(bool final) {
  const InterfaceAddress* own = interface_.link_local6();
  if (!own || !interface_.up() || !layer_.forwarding()) return;
  const u32 size = message_size();
  Packet message = layer_.pool().allocate(size);
  write({message.append(size), size}, final);
  IpSend send{.source = own->address,
              .destination = Ipv6Address::all_nodes(),
              .ttl = 255,
              .multicast_loop = false,
              .interface = &interface_};
  static_cast<void>(layer_.icmpv6().output(std::move(message), send));
}

}  // namespace catenet
