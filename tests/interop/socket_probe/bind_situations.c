// Places at which sockets are bound, and who may share them.
#include <arpa/inet.h>

#include "probe.h"

struct place {
  int family;
  const char* address;
};
static const struct place v4 = {AF_INET, "127.0.0.1"}, v4_any = {AF_INET, "0.0.0.0"},
                          v6 = {AF_INET6, "::1"}, v6_any = {AF_INET6, "::"},
                          mapped = {AF_INET6, "::ffff:127.0.0.1"};

struct share {
  bool address, port, v6_only, listens;
};
static const struct share alone = {0}, reused = {.address = true}, port = {.port = true},
                          only = {.v6_only = true};

static int bound(int type, struct place place, int at, struct share share, int* result) {
  const int fd = socket(place.family, type, 0);
  if (share.address) set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (share.port) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (share.v6_only) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  *result = bind_to(fd, with_port(parse_address(place.address), at));
  if (share.listens && *result == 0) *result = listen(fd, 1);
  return fd;
}

static void both(const char* what, int type, struct place one, struct share its, struct place two,
                 struct share other) {
  int result;
  const int first = bound(type, one, 0, its, &result);
  if (result != 0) return tell(what, result);
  const int second = bound(type, two, port_of(first), other, &result);
  tell(what, result);
  close(first);
  close(second);
}

static void conflicts_of(int type) {
  both("same", type, v4, alone, v4, alone);
  both("wildcard first", type, v4_any, alone, v4, alone);
  both("wildcard second", type, v4, alone, v4_any, alone);
  both("two of loopback", type, v4, alone, (struct place){AF_INET, "127.0.0.2"}, alone);
  both("v6 same", type, v6, alone, v6, alone);
  both("v4 and v6", type, v4, alone, v6, alone);
  both("v6 wildcard and v4 wildcard", type, v6_any, alone, v4_any, alone);
  both("v4 wildcard and v6 wildcard", type, v4_any, alone, v6_any, alone);
  both("v6 wildcard and v4", type, v6_any, alone, v4, alone);
  both("v6 only and v4 wildcard", type, v6_any, only, v4_any, alone);
  both("v4 wildcard and v6 only", type, v4_any, alone, v6_any, only);
  both("mapped and v4", type, mapped, alone, v4, alone);
  both("both reuse address", type, v4, reused, v4, reused);
  both("first reuses address", type, v4, reused, v4, alone);
  both("second reuses address", type, v4, alone, v4, reused);
  both("wildcard reuses address", type, v4_any, reused, v4, reused);
  both("both reuse port", type, v4, port, v4, port);
  both("first reuses port", type, v4, port, v4, alone);
  both("address and port", type, v4, reused, v4, port);
}

static void stream_conflicts(void) { conflicts_of(SOCK_STREAM); }
static void datagram_conflicts(void) { conflicts_of(SOCK_DGRAM); }

static void listener_conflicts(void) {
  const struct share listens = {.listens = true};
  const struct share reused_listens = {.address = true, .listens = true};
  const struct share port_listens = {.port = true, .listens = true};
  both("alone", SOCK_STREAM, v4, listens, v4, listens);
  both("reuse address", SOCK_STREAM, v4, reused_listens, v4, reused_listens);
  both("reuse address, wildcard", SOCK_STREAM, v4_any, reused_listens, v4, reused_listens);
  both("reuse port", SOCK_STREAM, v4, port_listens, v4, port_listens);
  both("bound beside listener", SOCK_STREAM, v4, reused_listens, v4, reused);
  int result;
  const int one = bound(SOCK_STREAM, v4, 0, reused, &result);
  const int two = bound(SOCK_STREAM, v4, port_of(one), reused, &result);
  tell("two bound", result);
  tell("first listens", listen(one, 1));
  tell("second listens", listen(two, 1));
}

static void wrong(void) {
  const int fd = make(SOCK_STREAM);
  const bool four = family == AF_INET;
  tell("foreign", bind_to(fd, parse_address(four ? "192.0.2.77" : "2001:db8::77")));
  tell("foreign datagram",
       bind_to(make(SOCK_DGRAM), parse_address(four ? "192.0.2.77" : "2001:db8::77")));
  tell("other family", bind_to(fd, parse_address(four ? "::1" : "127.0.0.1")));
  tell("too short", bind(fd, &own.any, 10));
  tell("two bytes", bind(fd, &own.any, 2));
  tell("bad pointer", bind(fd, (const struct sockaddr*)8, size_of(&own)));
  union address nothing = {0};
  tell("AF_UNSPEC", bind(fd, &nothing.any, size_of(&own)));
  tell("bind", bind_to(fd, own));
  say("has a port", "%d", port_of(fd) > 0);
  tell("bind again", bind_to(fd, own));
  const int other = make(SOCK_STREAM);
  tell("many", bind_to(other, parse_address(four ? "224.0.0.1" : "ff02::1")));
}

static void names(void) {
  union address name;
  socklen_t size = sizeof name;
  const int fd = make(SOCK_STREAM);
  bind_to(fd, parse_address(family == AF_INET ? "0.0.0.0" : "::"));
  getsockname(fd, &name.any, &size);
  tell_address("wildcard", &name, size);
  const int datagram = make(SOCK_DGRAM);
  bind_to(datagram, own);
  size = sizeof name;
  getsockname(datagram, &name.any, &size);
  tell_address("datagram", &name, size);
}

static void tell_names(const char* own_name, const char* peer_name, int fd) {
  union address name;
  socklen_t size = sizeof name;
  if (getsockname(fd, &name.any, &size) == 0) tell_address(own_name, &name, size);
  size = sizeof name;
  if (getpeername(fd, &name.any, &size) == 0) tell_address(peer_name, &name, size);
}

static void v4_mapped(void) {
  int result;
  const int both_families = bound(SOCK_STREAM, v6_any, 0, (struct share){.listens = true}, &result);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  const int at = port_of(both_families);
  tell("connect v4", connect_to(client, with_port(parse_address("127.0.0.1"), at)));
  tell_names("client", "client's peer", client);
  tell_names("accepted", "accepted's peer", accept(both_families, NULL, NULL));
  const int six = socket(AF_INET6, SOCK_STREAM, 0);
  tell("connect mapped", connect_to(six, with_port(parse_address("::ffff:127.0.0.1"), at)));
  tell_names("v6 client", "v6 client's peer", six);
  const int strict = socket(AF_INET6, SOCK_STREAM, 0);
  set(strict, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  tell("connect v6 only", connect_to(strict, with_port(parse_address("::ffff:127.0.0.1"), at)));
  tell("bind v6 only", bind_to(strict, parse_address("::ffff:127.0.0.1")));
  const int late = bound(SOCK_STREAM, v6, 0, alone, &result);
  const int on = 1;
  tell("V6ONLY when bound", setsockopt(late, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
}

static void v4_mapped_datagram(void) {
  int result;
  union address name;
  socklen_t size = sizeof name;
  char bytes[9];
  const int fd = bound(SOCK_DGRAM, v6_any, 0, alone, &result);
  const int client = socket(AF_INET, SOCK_DGRAM, 0);
  const union address to = with_port(parse_address("127.0.0.1"), port_of(fd));
  tell("sendto", sendto(client, "abc", 3, 0, &to.any, size_of(&to)));
  await(fd, POLLIN);
  tell("recvfrom", recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, &name.any, &size));
  tell_address("from", &name, size);
  tell("send back", sendto(fd, "abcd", 4, 0, &name.any, size));
  await(client, POLLIN);
  tell("recv", recv(client, bytes, sizeof bytes, MSG_DONTWAIT));
}

static void after_time_wait(void) {
  const int fd = listening(5);
  const int at = port_of(fd);
  peer(peer_connects, 1, at);
  close(accept(fd, NULL, NULL));  // the first to close has the wait
  peer(peer_receives, 1, 9);
  peer(peer_closes, 1, 0);
  close(fd);
  poll(NULL, 0, 200);  // until the last of the FINs is acknowledged
  const int plain = make(SOCK_STREAM);
  tell("bind", bind_to(plain, with_port(own, at)));
  const int reusing = make(SOCK_STREAM);
  set(reusing, SOL_SOCKET, SO_REUSEADDR, 1);
  tell("bind reusing", bind_to(reusing, with_port(own, at)));
  tell("listen", listen(reusing, 5));
}

const struct situation bind_situations[] = {
    {"bind-streams", stream_conflicts, false},
    {"bind-datagrams", datagram_conflicts, false},
    {"bind-listeners", listener_conflicts, false},
    {"bind-wrong", wrong, false},
    {"bind-names", names, false},
    {"bind-mapped", v4_mapped, false},
    {"bind-mapped-datagram", v4_mapped_datagram, false},
    {"bind-time-wait", after_time_wait, true},
    {0},
};
