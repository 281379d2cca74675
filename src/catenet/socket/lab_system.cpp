#include "catenet/socket/lab_system.hpp"

#include "catenet/ip/source_selection.hpp"
#include "catenet/socket/datagram_socket.hpp"
#include "catenet/socket/raw_socket.hpp"
#include "catenet/socket/stream_socket.hpp"

namespace catenet {
namespace {

// RFC 6724 section 6, with the source that each destination's route would use.
void order(IpLayer& ip, std::vector<IpAddress>& addresses) {
  std::vector<SourceCandidate> sources(addresses.size());
  std::vector<DestinationCandidate> candidates(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    candidates[i].destination = addresses[i];
    const auto choice = ip.route(addresses[i]);
    candidates[i].reachable = choice.has_value();
    if (!choice) continue;
    sources[i].address = choice->source;
    sources[i].interface = choice->interface->index();
    candidates[i].source = &sources[i];
  }
  order_destinations(candidates);
  for (std::size_t i = 0; i < addresses.size(); ++i) addresses[i] = candidates[i].destination;
}

}  // namespace

LabSystem::LabSystem(Host& host, FramePool& frames)
    : host_(host),
      scheduler_(host.engine(), host.node(), frames),
      random_(host.node().random("system")),
      configuration_(host.ip()) {}

Result<std::unique_ptr<Socket>> LabSystem::open(Family family, SocketType type, u8 protocol) {
  switch (type) {
    case SocketType::stream: return std::make_unique<StreamSocket>(host_, family);
    case SocketType::datagram:
      if (protocol != 0) return Unexpected(Errno::protocol_not_supported);
      return std::make_unique<DatagramSocket>(host_, family);
    case SocketType::raw:
      if (protocol == 0) return Unexpected(Errno::protocol_not_supported);
      return std::make_unique<RawSocket>(host_, family, protocol);
  }
  return Unexpected(Errno::invalid);
}

Result<std::vector<IpAddress>> LabSystem::look_up(const std::string& name,
                                                  std::optional<Family> family) {
  std::vector<IpAddress> found;
  if (const auto literal = IpAddress::parse(name)) {
    found.push_back(*literal);
  } else if (const auto shorthand = parse_ipv4_shorthand(name)) {
    found.emplace_back(*shorthand);
  } else if (name == "localhost") {
    found = {IpAddress::loopback(Family::ipv6), IpAddress::loopback(Family::ipv4)};
  } else {
    found = host_.names().find(name);
  }
  if (family) std::erase_if(found, [&](const IpAddress& a) { return a.family() != *family; });
  if (found.empty()) return Unexpected(Errno::no_entry);
  return found;
}

Task<Result<std::vector<IpAddress>>> LabSystem::resolve(std::string name,
                                                        std::optional<Family> family) {
  Result<std::vector<IpAddress>> found = look_up(name, family);
  if (found && found->size() > 1) order(host_.ip(), *found);
  co_return found;
}

std::string LabSystem::name_of(const IpAddress& address) {
  const std::string_view name = host_.names().name_of(address);
  return name.empty() ? address.to_string() : std::string(name);
}

void LabSystem::log(std::string_view topic, std::string_view text) {
  if (log_) log_(topic, text);
}

}  // namespace catenet
