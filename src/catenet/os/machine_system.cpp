#include "catenet/os/machine_system.hpp"

#include <array>
#include <cstdio>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/random.h>

#include "catenet/os/last_error.hpp"
#include "catenet/os/machine_socket.hpp"
#include "catenet/wire/ip_protocol.hpp"

namespace catenet::os {
namespace {

std::string own_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

int kernel_type(SocketType type) {
  switch (type) {
    case SocketType::stream: return SOCK_STREAM;
    case SocketType::datagram: return SOCK_DGRAM;
    case SocketType::raw: return SOCK_RAW;
  }
  return 0;
}

bool is_ping_protocol(u8 protocol) {
  return protocol == static_cast<u8>(wire::IpProtocol::icmp) ||
         protocol == static_cast<u8>(wire::IpProtocol::icmpv6);
}

}  // namespace

MachineSystem::MachineSystem(std::unique_ptr<MachineLoop> loop, u64 seed)
    : loop_(std::move(loop)), random_(seed) {}

Result<std::unique_ptr<MachineSystem>> MachineSystem::create() {
  u64 seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    return last_error();
  }
  auto loop = MachineLoop::create(own_name(), seed);
  if (!loop) return Unexpected(loop.error());
  return std::unique_ptr<MachineSystem>(new MachineSystem(*std::move(loop), seed));
}

i64 MachineSystem::calendar_ms() const {
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME, &at);
  return i64{at.tv_sec} * 1'000 + at.tv_nsec / 1'000'000;
}

Result<std::unique_ptr<Socket>> MachineSystem::open(Family family, SocketType type, u8 protocol) {
  if (type == SocketType::raw && protocol == 0) return Unexpected(Errno::protocol_not_supported);
  const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
  const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  Descriptor socket(::socket(domain, kernel_type(type) | flags, protocol));
  if (!socket) {
    const auto error = last_errno();
    if (type == SocketType::raw && error == Errno::not_permitted) lacks_raw_sockets_ = true;
    return Unexpected(error);
  }
  if (type == SocketType::datagram && is_ping_protocol(protocol)) lacks_raw_sockets_ = false;
  auto made = MachineSocket::adopt(*loop_, std::move(socket), family, type);
  if (!made) return Unexpected(made.error());
  // Both families, whatever net.ipv6.bindv6only says: as on a lab host. Raw sockets have one.
  if (family == Family::ipv6 && type != SocketType::raw) {
    static_cast<void>((*made)->set_option(SocketOption::v6_only, 0));
  }
  return *std::move(made);
}

Task<Result<std::vector<IpAddress>>> MachineSystem::resolve(std::string name,
                                                            std::optional<Family> family) {
  const auto literal = IpAddress::parse(name);
  if (literal && family && literal->family() != *family) co_return Unexpected(Errno::no_entry);
  if (literal) co_return std::vector<IpAddress>{*literal};
  co_return co_await resolver_.resolve(std::move(name), family);
}

std::string MachineSystem::name_of(const IpAddress& address) {
  if (!hosts_) hosts_ = HostTable::of_machine();
  const std::string_view name = hosts_->name_of(address);
  return name.empty() ? address.to_string() : std::string(name);
}

void MachineSystem::log(std::string_view topic, std::string_view text) {
  std::fputs(fmt::format("{}: {}\n", topic, text).c_str(), stderr);
}

}  // namespace catenet::os
