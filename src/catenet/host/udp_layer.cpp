#include "catenet/host/udp_layer.hpp"

#include "catenet/wire/udp.hpp"

namespace catenet {

using wire::UdpHeader;

namespace {

// Payload bytes that fit behind the headers in 65,535 (IPv4 counts its own header, IPv6 does not).
u32 max_payload(Family family) {
  return 65'535 - UdpHeader::size - (family == Family::ipv4 ? 20 : 0);
}

bool unchecked(const Packet& datagram) {
  return datagram.meta().checksum == ChecksumState::present &&
         load16(datagram.data() + UdpHeader::checksum_offset) == 0;
}

// Whether whoever holds the port is to have a datagram that is `unchecked`.
bool wants_unchecked(const IpInfo& info, const PortBinding& binding) {
  return info.source.is_v4() || static_cast<DatagramUser*>(binding.owner)->takes_unchecked6();
}

bool checksum_right(const IpInfo& info, const Packet& datagram) {
  if (datagram.meta().checksum != ChecksumState::present || unchecked(datagram)) return true;
  const auto pseudo =
      wire::pseudo_header(info.source, info.destination, wire::IpProtocol::udp, datagram.size());
  wire::InternetChecksum sum = pseudo;
  datagram.for_each_run(0, [&](ByteView run) { sum.add(run); });
  return sum.verifies();
}

}  // namespace

Result<void> UdpLayer::bind(PortBinding& binding, DatagramUser& user) {
  binding.owner = &user;
  return ports_.bind(binding, random_);
}

Result<void> UdpLayer::output(ByteView payload, u16 local_port, const Endpoint& remote, IpSend send,
                              UdpChecksum checksum) {
  if (remote.port == 0) return Unexpected(Errno::invalid);
  if (payload.size() > max_payload(remote.address.family())) {
    return Unexpected(Errno::message_size);
  }
  if (send.source.is_unspecified()) {
    const auto choice = ip_.route(remote.address, send.source, send.interface);
    if (!choice) return Unexpected(choice.error());
    send.source = choice->source;
  }
  send.protocol = static_cast<u8>(wire::IpProtocol::udp);
  send.destination = remote.address;
  Packet packet = ip_.pool().copy_of(payload);
  UdpHeader header;
  header.source_port = local_port;
  header.destination_port = remote.port;
  header.length = static_cast<u16>(UdpHeader::size + payload.size());
  header.emit({packet.prepend(UdpHeader::size), UdpHeader::size});
  if (checksum == UdpChecksum::made) {
    wire::store_udp_checksum(
        packet.linear_bytes(),
        wire::pseudo_header(send.source, remote.address, wire::IpProtocol::udp, packet.size()));
  }
  ++counters_.out_datagrams;
  return ip_.output(std::move(packet), send);
}

void UdpLayer::input(const IpInfo& info, Packet&& datagram) {
  const auto header = UdpHeader::parse(datagram.linear_bytes());
  if (!header) {
    ++counters_.in_errors;
    return ip_.drop(info, std::move(datagram), Drop::bad_transport_header);
  }
  datagram.truncate(header->length);
  if (!checksum_right(info, datagram)) return drop_unsound(info, std::move(datagram));
  const Endpoint local{info.destination, header->destination_port};
  const Endpoint remote{info.source, header->source_port};
  if (info.broadcast || info.multicast) {
    deliver_to_all(info, std::move(datagram), local, remote);
  } else {
    deliver(info, std::move(datagram), local, remote);
  }
}

void UdpLayer::drop_unsound(const IpInfo& info, Packet datagram) {
  ++counters_.in_errors;
  ++counters_.in_csum_errors;
  ip_.drop(info, std::move(datagram), Drop::bad_transport_checksum);
}

void UdpLayer::deliver(const IpInfo& info, Packet&& datagram, const Endpoint& local,
                       const Endpoint& remote) {
  const PortBinding* binding = ports_.find(local, remote, info.interface->index());
  if (info.source.is_v6() && unchecked(datagram) && !(binding && wants_unchecked(info, *binding))) {
    return drop_unsound(info, std::move(datagram));
  }
  if (!binding) {
    ++counters_.no_ports;
    return ip_.refuse(info, std::move(datagram), Refusal::port_unreachable);
  }
  datagram.consume(UdpHeader::size);
  Datagram whole{std::move(datagram),
                 remote,
                 info.destination,
                 ip_.now(),
                 info.ttl,
                 info.dscp_ecn,
                 info.interface ? info.interface->index() : 0};
  if (static_cast<DatagramUser*>(binding->owner)->on_datagram(whole)) {
    ++counters_.in_datagrams;
    return;
  }
  ++counters_.rcvbuf_errors;
  whole.payload.prepend(UdpHeader::size);
  ip_.drop(info, std::move(whole.payload), Drop::socket_buffer_full);
}

void UdpLayer::deliver_to_all(const IpInfo& info, Packet datagram, const Endpoint& local,
                              const Endpoint& remote) {
  const bool bare = unchecked(datagram);
  bool taken = false;
  ports_.for_each(local, remote, info.interface->index(), [&](PortBinding& binding) {
    if (bare && !wants_unchecked(info, binding)) return;
    Packet copy = datagram.clone();
    copy.consume(UdpHeader::size);
    Datagram whole{std::move(copy),
                   remote,
                   info.destination,
                   ip_.now(),
                   info.ttl,
                   info.dscp_ecn,
                   info.interface ? info.interface->index() : 0};
    if (static_cast<DatagramUser*>(binding.owner)->on_datagram(whole)) {
      ++counters_.in_datagrams;
      taken = true;
    } else {
      ++counters_.rcvbuf_errors;
    }
  });
  if (taken) return;
  if (bare && info.source.is_v6()) return drop_unsound(info, std::move(datagram));
  // Nobody answers a broadcast that nobody takes (RFC 1122 section 3.2.2).
  ip_.drop(info, std::move(datagram), Drop::no_socket);
}

const PortBinding* UdpLayer::sender(const IcmpError& error) const {
  if (error.transport.size() < UdpHeader::size) return nullptr;
  const wire::UdpView quoted(error.transport.data());
  const Endpoint local{error.source, quoted.source_port()};
  const Endpoint remote{error.destination, quoted.destination_port()};
  return ports_.find(local, remote, error.interface);
}

void UdpLayer::on_error(const IcmpError& error) {
  const PortBinding* binding = sender(error);
  if (!binding) return;
  const u16 port = wire::UdpView(error.transport.data()).destination_port();
  static_cast<DatagramUser*>(binding->owner)->on_error(error, {error.destination, port});
}

}  // namespace catenet
