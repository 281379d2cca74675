// Options, and sockets that cannot be.
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "probe.h"

struct option {
  const char* name;
  int level, number;
  int value;  // that it is then set to
};
#define OPTION(level, name, value) {#name, level, name, value}

static void tell_options(int fd, const struct option* options) {
  for (; options->name; ++options) {
    int value = -1;
    socklen_t size = sizeof value;
    char what[64];
    snprintf(what, sizeof what, "%s", options->name);
    if (getsockopt(fd, options->level, options->number, &value, &size) != 0) {
      tell(what, -1);
    } else {
      say(what, "%d, %u bytes", value, size);
    }
    snprintf(what, sizeof what, "%s set", options->name);
    value = options->value;
    const int done = setsockopt(fd, options->level, options->number, &value, sizeof value);
    if (done != 0) {
      tell(what, done);
      continue;
    }
    value = -1;
    getsockopt(fd, options->level, options->number, &value, &size);
    say(what, "%d", value);
  }
}

static void socket_options(void) {
  static const struct option options[] = {
      OPTION(SOL_SOCKET, SO_REUSEADDR, 5),  OPTION(SOL_SOCKET, SO_REUSEPORT, 1),
      OPTION(SOL_SOCKET, SO_KEEPALIVE, 7),  OPTION(SOL_SOCKET, SO_BROADCAST, 1),
      OPTION(SOL_SOCKET, SO_OOBINLINE, 1),  OPTION(SOL_SOCKET, SO_DONTROUTE, 1),
      OPTION(SOL_SOCKET, SO_PRIORITY, 3),   OPTION(SOL_SOCKET, SO_RCVLOWAT, 9),
      OPTION(SOL_SOCKET, SO_SNDLOWAT, 9),   OPTION(SOL_SOCKET, SO_TIMESTAMP, 1),
      OPTION(SOL_SOCKET, SO_NO_CHECK, 1),   OPTION(SOL_SOCKET, SO_BUSY_POLL, 0),
      OPTION(SOL_SOCKET, SO_TYPE, 1),       OPTION(SOL_SOCKET, SO_ERROR, 1),
      OPTION(SOL_SOCKET, SO_PROTOCOL, 1),   OPTION(SOL_SOCKET, SO_DOMAIN, 1),
      OPTION(SOL_SOCKET, SO_ACCEPTCONN, 1), {0}};
  tell_options(make(SOCK_STREAM), options);
}

static void datagram_options(void) {
  static const struct option options[] = {OPTION(SOL_SOCKET, SO_BROADCAST, 1),
                                          OPTION(SOL_SOCKET, SO_TYPE, 1),
                                          OPTION(SOL_SOCKET, SO_PROTOCOL, 1),
                                          OPTION(SOL_SOCKET, SO_NO_CHECK, 1),
                                          OPTION(SOL_SOCKET, SO_ACCEPTCONN, 1),
                                          OPTION(IPPROTO_TCP, TCP_NODELAY, 1),
                                          OPTION(IPPROTO_UDP, UDP_CORK, 0),
                                          OPTION(IPPROTO_UDP, UDP_GRO, 1),
                                          {0}};
  tell_options(make(SOCK_DGRAM), options);
}

static void tcp_options(void) {
  static const struct option options[] = {
      OPTION(IPPROTO_TCP, TCP_NODELAY, 2),       OPTION(IPPROTO_TCP, TCP_CORK, 1),
      OPTION(IPPROTO_TCP, TCP_KEEPIDLE, 60),     OPTION(IPPROTO_TCP, TCP_KEEPINTVL, 5),
      OPTION(IPPROTO_TCP, TCP_KEEPCNT, 3),       OPTION(IPPROTO_TCP, TCP_SYNCNT, 3),
      OPTION(IPPROTO_TCP, TCP_LINGER2, 10),      OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT, 0),
      OPTION(IPPROTO_TCP, TCP_QUICKACK, 0),      OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000),
      OPTION(IPPROTO_TCP, TCP_MAXSEG, 1000),     OPTION(IPPROTO_TCP, TCP_KEEPIDLE, 0),
      OPTION(IPPROTO_TCP, TCP_KEEPINTVL, -1),    OPTION(IPPROTO_TCP, TCP_KEEPCNT, 1000),
      OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, -1), {0}};
  tell_options(make(SOCK_STREAM), options);
}

static void ip_options(void) {
  static const struct option four[] = {
      OPTION(IPPROTO_IP, IP_TTL, 5),           OPTION(IPPROTO_IP, IP_TOS, 16),
      OPTION(IPPROTO_IP, IP_MTU_DISCOVER, 2),  OPTION(IPPROTO_IP, IP_RECVERR, 1),
      OPTION(IPPROTO_IP, IP_PKTINFO, 1),       OPTION(IPPROTO_IP, IP_RECVTTL, 1),
      OPTION(IPPROTO_IP, IP_RECVTOS, 1),       OPTION(IPPROTO_IP, IP_MULTICAST_LOOP, 0),
      OPTION(IPPROTO_IP, IP_MULTICAST_TTL, 3), OPTION(IPPROTO_IP, IP_FREEBIND, 1),
      OPTION(IPPROTO_IP, IP_TTL, 0),           OPTION(IPPROTO_IP, IP_TTL, 256),
      OPTION(IPPROTO_IP, IP_MTU, 1),           {0}};
  static const struct option six[] = {OPTION(IPPROTO_IPV6, IPV6_V6ONLY, 1),
                                      OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5),
                                      OPTION(IPPROTO_IPV6, IPV6_TCLASS, 16),
                                      OPTION(IPPROTO_IPV6, IPV6_RECVERR, 1),
                                      OPTION(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 3),
                                      OPTION(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0),
                                      OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1),
                                      OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1),
                                      OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256),
                                      OPTION(IPPROTO_IP, IP_TTL, 9),
                                      {0}};
  tell_options(make(SOCK_DGRAM), family == AF_INET ? four : six);
}

static void structured(void) {
  const int fd = make(SOCK_STREAM);
  struct linger linger = {-1, -1};
  socklen_t size = sizeof linger;
  tell("SO_LINGER", getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
  say("linger", "%d %d, %u bytes", linger.l_onoff, linger.l_linger, size);
  linger = (struct linger){1, 7};
  tell("set", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  tell("set short", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
  getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size);
  say("linger then", "%d %d", linger.l_onoff, linger.l_linger);
  struct timeval wait = {1, 5000};
  tell("SO_RCVTIMEO", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait));
  wait.tv_usec = 2000000;
  tell("too many microseconds", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait));
  tell("short", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, 4));
  char name[32] = "";
  size = sizeof name;
  tell("TCP_CONGESTION", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size));
  say("name", "%s, %u bytes", name, size);
  tell("no such", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "none-such", 9));
  tell("reno", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
  struct tcp_info info;
  size = sizeof info;
  memset(&info, 0xff, sizeof info);
  tell("TCP_INFO", getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
  say("state", "%d", info.tcpi_state);
  const int connected = connected_to_peer();
  size = sizeof info;
  getsockopt(connected, IPPROTO_TCP, TCP_INFO, &info, &size);
  say("state connected", "%d", info.tcpi_state);
  const int listener = listening(1);
  size = sizeof info;
  getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size);
  say("state listening", "%d", info.tcpi_state);
}

// What the kernel tells of any socket.
static void of_sockets(void) {
  static const struct option room[] = {
      OPTION(SOL_SOCKET, SO_PEERCRED, 0), OPTION(SOL_SOCKET, SO_COOKIE, 0),
      OPTION(SOL_SOCKET, SO_MEMINFO, 0),  OPTION(SOL_SOCKET, SO_PEERNAME, 0),
      OPTION(SOL_SOCKET, SO_PASSCRED, 0), {0}};
  const int fd = connected_to_peer();
  for (const struct option* option = room; option->name; ++option) {
    char bytes[128];
    socklen_t size = sizeof bytes;
    tell(option->name, getsockopt(fd, option->level, option->number, bytes, &size));
  }
  const int on = 1;
  tell("SO_PASSCRED set", setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  tell("SO_ZEROCOPY set", setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
}

static void buffers(void) {
  const int fd = make(SOCK_STREAM);
  set(fd, SOL_SOCKET, SO_SNDBUF, 50000);
  set(fd, SOL_SOCKET, SO_RCVBUF, 50000);
  tell("SO_SNDBUF", get(fd, SOL_SOCKET, SO_SNDBUF));
  tell("SO_RCVBUF", get(fd, SOL_SOCKET, SO_RCVBUF));
  const int datagram = make(SOCK_DGRAM);
  set(datagram, SOL_SOCKET, SO_SNDBUF, 50000);
  set(datagram, SOL_SOCKET, SO_RCVBUF, 50000);
  tell("datagram SO_SNDBUF", get(datagram, SOL_SOCKET, SO_SNDBUF));
  tell("datagram SO_RCVBUF", get(datagram, SOL_SOCKET, SO_RCVBUF));
}

static void misused(void) {
  const int fd = make(SOCK_STREAM);
  int value = 1;
  socklen_t size = sizeof value;
  tell("unknown", setsockopt(fd, SOL_SOCKET, 9999, &value, size));
  tell("unknown of TCP", setsockopt(fd, IPPROTO_TCP, 9999, &value, size));
  tell("unknown of IP", setsockopt(fd, IPPROTO_IP, 9999, &value, size));
  tell("unknown level", setsockopt(fd, 9999, 1, &value, size));
  tell("get unknown", getsockopt(fd, SOL_SOCKET, 9999, &value, &size));
  tell("get unknown of TCP", getsockopt(fd, IPPROTO_TCP, 9999, &value, &size));
  tell("get unknown level", getsockopt(fd, 9999, 1, &value, &size));
  tell("short", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 1));
  tell("short of TCP", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 1));
  tell("short of IP", setsockopt(fd, IPPROTO_IP, IP_TTL, &value, 1));
  tell("no bytes", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 0));
  tell("negative size", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (socklen_t)-1));
  tell("bad pointer", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, (void*)8, sizeof value));
  tell("bad pointer of TCP", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void*)8, sizeof value));
  size = 1;
  tell("get short", getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size));
  say("size", "%u", size);
  size = (socklen_t)-1;
  tell("get negative", getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size));
  size = sizeof value;
  tell("get bad pointer", getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, (void*)8, &size));
  tell("get bad size", getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (socklen_t*)8));
}

static void no_sockets(void) {
  char byte = 0;
  int value = 0;
  socklen_t size = sizeof value;
  int ends[2];
  if (pipe(ends) != 0) return;
  const int fds[2] = {500, ends[0]};
  for (int i = 0; i < 2; ++i) {
    tell("connect", connect_to(fds[i], with_port(own, 1)));
    tell("bind", bind_to(fds[i], own));
    tell("listen", listen(fds[i], 1));
    tell("accept", accept(fds[i], NULL, NULL));
    tell("getsockopt", getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &value, &size));
    tell("setsockopt", setsockopt(fds[i], SOL_SOCKET, SO_KEEPALIVE, &value, size));
    tell("getsockname", getsockname(fds[i], &own.any, &size));
    tell("send", send(fds[i], &byte, 1, 0));
    tell("sendto", sendto(fds[i], &byte, 1, 0, &own.any, size_of(&own)));
    tell("recvmsg", recvmsg(fds[i], &(struct msghdr){0}, 0));
    tell("shutdown", shutdown(fds[i], SHUT_RD));
  }
}

static void impossible(void) {
  tell("domain", socket(99, SOCK_STREAM, 0));
  tell("negative domain", socket(-1, SOCK_STREAM, 0));
  tell("type", socket(family, 99, 0));
  tell("type zero", socket(family, 0, 0));
  tell("flags", socket(family, SOCK_STREAM | 0x100000, 0));
  tell("stream of UDP", socket(family, SOCK_STREAM, IPPROTO_UDP));
  tell("datagram of TCP", socket(family, SOCK_DGRAM, IPPROTO_TCP));
  tell("seqpacket", socket(family, SOCK_SEQPACKET, 0));
  tell("rdm", socket(family, SOCK_RDM, 0));
  tell("protocol 300", socket(family, SOCK_STREAM, 300));
  tell("protocol -1", socket(family, SOCK_STREAM, -1));
  tell_fd("stream of TCP", socket(family, SOCK_STREAM, IPPROTO_TCP));
  tell_fd("datagram of UDP", socket(family, SOCK_DGRAM, IPPROTO_UDP));
  int pair[2];
  tell("socketpair", socketpair(family, SOCK_STREAM, 0, pair));
}

const struct situation option_situations[] = {
    {"options-socket", socket_options, false},
    {"options-datagram", datagram_options, false},
    {"options-tcp", tcp_options, false},
    {"options-ip", ip_options, false},
    {"options-structured", structured, false},
    {"options-buffers", buffers, false},
    {"options-of-sockets", of_sockets, false},
    {"options-misused", misused, false},
    {"no-sockets", no_sockets, false},
    {"impossible", impossible, false},
    {0},
};
