// RouteNetlink: NETLINK_ROUTE as a host's programs may ask it: links, addresses, routes and
// neighbours of the host, as its Configuration has them. Read netlink(7) and rtnetlink(7).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catenet/os/netlink_message.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet::program::notify {

class RouteNetlink {
 public:
  using Datagrams = std::vector<std::vector<u8>>;

  // `refused` is told the name of each request that would have changed something, "RTM_NEWADDR".
  RouteNetlink(Configuration& configuration, std::function<void(const std::string&)> refused)
      : configuration_(configuration), refused_(std::move(refused)) {}

  // What answers the messages in `datagram`, in order, to the socket of number `port`.
  Datagrams answer(ByteView datagram, u32 port);

  // NETLINK_GET_STRICT_CHK: dumps heed what their headers ask for beside the family.
  void set_strict(bool strict) { strict_ = strict; }

 private:
  class Replies;
  // A request: its header, and all of it.
  struct Request {
    nlmsghdr header{};
    ByteView message;

    bool dumps() const { return (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP; }
    // The fixed part; of a shorter one the rest is zero.
    template <typename Body>
    Body body() const;
    // What lies behind a fixed part of `size` bytes.
    os::NetlinkAttributes attributes(std::size_t size) const;
    // Which families a dump is asked for.
    bool wants(Family family) const;
    u8 family() const;
  };

  Result<void> answer_one(const Request& request, Replies& replies);
  Result<void> look(const Request& request, Replies& replies);
  Result<void> links(const Request& request, Replies& replies);
  Result<void> addresses(const Request& request, Replies& replies);
  Result<void> routes(const Request& request, Replies& replies);
  Result<void> local_routes(Family family, Replies& replies);
  Result<void> way(const Request& request, Replies& replies);
  Result<void> neighbours(const Request& request, Replies& replies);

  Configuration& configuration_;
  std::function<void(const std::string&)> refused_;
  bool strict_ = false;
};

}  // namespace catenet::program::notify
