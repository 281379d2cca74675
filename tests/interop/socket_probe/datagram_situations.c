// UDP.
#include <linux/sockios.h>
#include <netinet/udp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>

#include "probe.h"

#include <linux/errqueue.h>  // needs <time.h>

// A port of the peer that no UDP socket has, but one of TCP.
static int closed_port(void) { return peer(peer_binds, 9, 0); }

static long send_to(int fd, const void* bytes, size_t size, int port) {
  const union address to = with_port(remote, port);
  return sendto(fd, bytes, size, 0, &to.any, size_of(&to));
}

// Both ends connected, or ours alone.
static int connected(void) {
  int port;
  const int fd = datagram_to_peer(&port);
  if (connect_to(fd, with_port(remote, port)) != 0) tell("connecting", -1);
  send(fd, "hi", 2, 0);
  peer(peer_receives_from, 1, 9);
  return fd;
}

static void unconnected(void) {
  char byte;
  union address name;
  socklen_t size = sizeof name;
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  tell_poll("poll", fd, POLLOUT);
  tell("sendmsg", sendmsg(fd, &(struct msghdr){0}, 0));
  tell("send", send(fd, "x", 1, 0));
  tell("write", write(fd, "x", 1));
  tell("recv", recv(fd, &byte, 1, 0));
  tell("getpeername", getpeername(fd, &name.any, &size));
  tell("shutdown", shutdown(fd, SHUT_RD));
  tell_error("SO_ERROR", fd);
}

static void exchanged(void) {
  char bytes[9];
  int port;
  union address name;
  socklen_t size = sizeof name;
  const int fd = datagram_to_peer(&port);
  tell("sendto", send_to(fd, "abc", 3, port));
  tell("peer receives", peer(peer_receives_from, 1, 9));
  peer(peer_sends_back, 1, 4);
  tell_poll("poll", fd, POLLIN);
  tell("recvfrom", recvfrom(fd, bytes, sizeof bytes, 0, &name.any, &size));
  tell_address("from", &name, size);
  size = 4;
  peer(peer_sends_back, 1, 4);
  tell("recvfrom short", recvfrom(fd, bytes, sizeof bytes, 0, &name.any, &size));
  say("size", "%u", size);
  peer(peer_sends_back, 1, 4);
  await(fd, POLLIN);
  size = (socklen_t)-1;
  tell("recvfrom negative", recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, &name.any, &size));
}

static void refused(void) {
  char byte;
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  tell("send", send(fd, "x", 1, 0));
  tell_poll("poll", fd, POLLERR);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("recv again", recv(fd, &byte, 1, 0));
  tell_poll("poll then", fd, POLLOUT);
}

static void refused_send(void) {
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  tell("send", send(fd, "x", 1, 0));
  await(fd, POLLERR);
  tell("send again", send(fd, "x", 1, 0));
}

// What comes after the error was told is sent.
static void refused_and_sent(void) {
  char byte;
  const int port = closed_port();
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK), other = make(SOCK_DGRAM);
  connect_to(fd, with_port(own, port));
  tell("send", send(fd, "x", 1, 0));
  await(fd, POLLERR);
  send(fd, "y", 1, 0);
  bind_to(other, with_port(own, port));
  tell("send then", send(fd, "z", 1, 0));
  tell("receives", await(other, POLLIN) ? recv(other, &byte, 1, MSG_DONTWAIT) : -1);
  tell_error("SO_ERROR", fd);
}

static void refused_and_told(void) {
  char byte;
  union address name;
  socklen_t size = sizeof name;
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  send(fd, "x", 1, 0);
  await(fd, POLLERR);
  recv(fd, &byte, 1, 0);
  tell("recvfrom", recvfrom(fd, &byte, 1, 0, &name.any, &size));
  tell_error("SO_ERROR", fd);
}

// With IP_RECVERR: what the queue told is told, and poll as well.
static void refused_queue(void) {
  char bytes[9];
  struct iovec part = {bytes, sizeof bytes};
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  const bool v4 = family == AF_INET;
  set(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
  const int port = closed_port();
  for (int rounds = 0; rounds < 3; ++rounds) {
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    tell("sendto", send_to(fd, "x", 1, port));
    await(fd, POLLERR);
    tell("queue", recvmsg(fd, &message, MSG_ERRQUEUE));
    tell("queue again", recvmsg(fd, &message, MSG_ERRQUEUE));
    tell_poll("poll", fd, POLLOUT);
    tell_error("SO_ERROR", fd);
  }
  tell("sendto", send_to(fd, "x", 1, port));
  await(fd, POLLERR);
  tell("sendto then", send_to(fd, "x", 1, port));
}

static void shut_for_writing(void) {
  const int fd = make(SOCK_DGRAM);
  const int port = closed_port();
  connect_to(fd, with_port(remote, port));
  tell("shutdown", shutdown(fd, SHUT_WR));
  tell("sendto", send_to(fd, "x", 1, port));
}

// A datagram of IPv4 at a socket of IPv6, or of its own kind.
static void mapped_destination(void) {
  char bytes[9];
  _Alignas(struct cmsghdr) char control[128];
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
  message.msg_controllen = sizeof control;
  const int fd = socket(AF_INET6, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0);
  set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  struct sockaddr_in6 any = {.sin6_family = AF_INET6};
  bind(fd, (const struct sockaddr*)&any, sizeof any);
  const union address there = with_port(parse_address("127.0.0.1"), port_of(fd));
  sendto(from, "abc", 3, 0, &there.any, size_of(&there));
  await(fd, POLLIN);
  tell("recvmsg", recvmsg(fd, &message, 0));
  struct cmsghdr* head = CMSG_FIRSTHDR(&message);
  for (; head; head = CMSG_NXTHDR(&message, head)) {
    say("message", "%d %d %zu", head->cmsg_level, head->cmsg_type, (size_t)head->cmsg_len);
    const struct in6_pktinfo* const info = (const struct in6_pktinfo*)CMSG_DATA(head);
    say("mapped", "%d", IN6_IS_ADDR_V4MAPPED(&info->ipi6_addr));
  }
}

static void refused_error(void) {
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  tell("send", send(fd, "x", 1, 0));
  await(fd, POLLERR);
  tell_error("SO_ERROR", fd);
  tell_error("SO_ERROR again", fd);
  tell_poll("poll", fd, POLLOUT);
}

static void refused_unconnected(void) {
  char byte;
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  tell("sendto", send_to(fd, "x", 1, closed_port()));
  struct pollfd state = {.fd = fd, .events = POLLIN};
  tell("poll", poll(&state, 1, 100));
  tell("recv", recv(fd, &byte, 1, 0));
  tell_error("SO_ERROR", fd);
}

static void truncated(void) {
  char bytes[9];
  struct iovec part = {bytes, 3};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  const int fd = connected();
  for (int i = 0; i < 4; ++i) peer(peer_sends_back, 1, 5);
  await(fd, POLLIN);
  tell("recv", recv(fd, bytes, 3, 0));
  await(fd, POLLIN);
  tell("recv its length", recv(fd, bytes, 3, MSG_TRUNC));
  await(fd, POLLIN);
  tell("recvmsg", recvmsg(fd, &message, 0));
  tell_flags("flags", message.msg_flags);
  await(fd, POLLIN);
  tell("recvmsg its length", recvmsg(fd, &message, MSG_TRUNC));
  tell_flags("flags then", message.msg_flags);
}

static void empty(void) {
  char bytes[9];
  const int fd = connected();
  tell("send", send(fd, "", 0, 0));
  tell("peer receives", peer(peer_receives_from, 1, 9));
  peer(peer_sends_back, 1, 0);
  tell_poll("poll", fd, POLLIN);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("recv again", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
}

static void peek(void) {
  char bytes[9];
  int size = -1;
  const int fd = connected();
  peer(peer_sends_back, 1, 5);
  await(fd, POLLIN);
  tell("peek", recv(fd, bytes, sizeof bytes, MSG_PEEK));
  tell("peek its length", recv(fd, bytes, 1, MSG_PEEK | MSG_TRUNC));
  tell("FIONREAD", ioctl(fd, FIONREAD, &size));
  say("size", "%d", size);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("peek nothing", recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT));
  ioctl(fd, FIONREAD, &size);
  say("size then", "%d", size);
  tell("SIOCOUTQ", ioctl(fd, SIOCOUTQ, &size));
  say("queued", "%d", size);
}

static void filtered(void) {
  char bytes[9];
  int port;
  const int fd = datagram_to_peer(&port);
  const int mine = port_of(fd);
  tell("sendto", send_to(fd, "abc", 3, port));
  peer(peer_receives_from, 1, 9);
  const int other = make(SOCK_DGRAM);
  bind_to(other, own);
  tell("connect", connect_to(fd, with_port(own, port_of(other))));
  say("same port", "%d", mine == port_of(fd));
  peer(peer_sends_back, 1, 5);
  const union address to = with_port(own, mine);
  tell("sendto it", sendto(other, "ab", 2, 0, &to.any, size_of(&to)));
  await(fd, POLLIN);
  tell("recv", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
  tell("recv again", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
  tell("sendto another", send_to(fd, "abcd", 4, port));
  tell("peer receives", peer(peer_receives_from, 1, 9));
}

static void dissolved(void) {
  const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
  union address name;
  socklen_t size = sizeof name;
  const int fd = make(SOCK_DGRAM);
  tell("connect", connect_to(fd, with_port(remote, 7)));
  tell("getpeername", getpeername(fd, &name.any, &size));
  tell_address("peer", &name, size);
  tell("connect elsewhere", connect_to(fd, with_port(remote, 8)));
  tell("connect nowhere", connect(fd, &nothing, sizeof nothing));
  size = sizeof name;
  tell("getpeername then", getpeername(fd, &name.any, &size));
  tell("send", send(fd, "x", 1, 0));
}

static void tell_control(struct msghdr* message) {
  for (struct cmsghdr* head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
    char what[64];
    snprintf(what, sizeof what, "control %d %d", head->cmsg_level, head->cmsg_type);
    say(what, "%zu bytes", head->cmsg_len - CMSG_LEN(0));
  }
}

static void with_control(void) {
  char bytes[9], control[256];
  struct iovec part = {bytes, sizeof bytes};
  const int fd = connected();
  if (family == AF_INET) {
    set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    set(fd, IPPROTO_IP, IP_RECVTTL, 1);
    set(fd, IPPROTO_IP, IP_RECVTOS, 1);
  } else {
    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  }
  for (int i = 0; i < 2; ++i) peer(peer_sends_back, 1, 5);
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  tell("recvmsg", recvmsg(fd, &message, 0));
  tell_flags("flags", message.msg_flags);
  tell_control(&message);
  message.msg_controllen = 8;
  tell("recvmsg without room", recvmsg(fd, &message, 0));
  tell_flags("flags then", message.msg_flags);
  say("control", "%zu", message.msg_controllen);
}

static void error_queue(void) {
  char bytes[9], control[256];
  struct iovec part = {bytes, sizeof bytes};
  union address name;
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control,
                           .msg_name = &name,
                           .msg_namelen = sizeof name};
  const bool four = family == AF_INET;
  const int fd = make(SOCK_DGRAM | SOCK_NONBLOCK);
  set(fd, four ? IPPROTO_IP : IPPROTO_IPV6, four ? IP_RECVERR : IPV6_RECVERR, 1);
  tell("recvmsg nothing", recvmsg(fd, &message, MSG_ERRQUEUE));
  tell("sendto", send_to(fd, "abc", 3, closed_port()));
  tell_poll("poll", fd, POLLERR);
  tell("recvmsg", recvmsg(fd, &message, MSG_ERRQUEUE));
  tell_flags("flags", message.msg_flags);
  tell_address("to", &name, message.msg_namelen);
  tell_control(&message);
  struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head) {
    struct sock_extended_err* const error = (struct sock_extended_err*)CMSG_DATA(head);
    say("error", "%s origin %d type %d code %d", strerrorname_np((int)error->ee_errno),
        error->ee_origin, error->ee_type, error->ee_code);
  }
  tell("recvmsg again", recvmsg(fd, &message, MSG_ERRQUEUE));
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell_poll("poll then", fd, POLLOUT);
}

static void too_long(void) {
  static char bytes[70000];
  int port;
  const int fd = datagram_to_peer(&port);
  const int most = family == AF_INET ? 65507 : 65527;
  tell("sendto", send_to(fd, bytes, (size_t)most + 1, port));
  tell("sendto 70000", send_to(fd, bytes, sizeof bytes, port));
  tell("connect", connect_to(fd, with_port(remote, port)));
  tell("send", send(fd, bytes, (size_t)most + 1, 0));
}

static void long_ones(void) {
  static char bytes[30000];
  int port;
  const int fd = datagram_to_peer(&port);
  tell("sendto", send_to(fd, bytes, sizeof bytes, port));
  tell("peer receives", peer(peer_receives_from, 1, 65000));
}

static void wrong_places(void) {
  int port;
  const int fd = datagram_to_peer(&port);
  union address to = with_port(remote, 0);
  tell("port zero", sendto(fd, "x", 1, 0, &to.any, size_of(&to)));
  to = with_port(remote, port);
  tell("too short", sendto(fd, "x", 1, 0, &to.any, 8));
  to.any.sa_family = AF_UNIX;
  tell("AF_UNIX", sendto(fd, "x", 1, 0, &to.any, sizeof to.v6));
  tell("bad pointer", sendto(fd, "x", 1, 0, (struct sockaddr*)8, sizeof to.v4));
  to = with_port(remote, port);
  tell("bad bytes", sendto(fd, (void*)8, 5, 0, &to.any, size_of(&to)));
  tell("urgent", sendto(fd, "x", 1, MSG_OOB, &to.any, size_of(&to)));
  if (family != AF_INET) return;
  const int all = socket(AF_INET, SOCK_DGRAM, 0);
  to = with_port(parse_address("255.255.255.255"), 9);
  tell("broadcast", sendto(all, "x", 1, 0, &to.any, sizeof to.v4));
  tell("connect to broadcast", connect_to(all, to));
}

static void many(void) {
  char one[9] = "abc", two[9] = "defgh";
  struct iovec parts[3] = {{one, 3}, {two, 5}, {two, 5}};
  union address to;
  int port;
  const int fd = datagram_to_peer(&port);
  to = with_port(remote, port);
  struct mmsghdr messages[3];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < 3; ++i) {
    messages[i].msg_hdr.msg_iov = parts + i;
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &to;
    messages[i].msg_hdr.msg_namelen = size_of(&to);
  }
  tell("sendmmsg", sendmmsg(fd, messages, 2, 0));
  say("lengths", "%u %u", messages[0].msg_len, messages[1].msg_len);
  tell("peer receives", peer(peer_receives_from, 1, 9));
  tell("peer receives more", peer(peer_receives_from, 1, 9));
  peer(peer_sends_back, 1, 2);
  peer(peer_sends_back, 1, 3);
  poll(NULL, 0, 50);  // both are there
  struct timespec wait = {1, 0};
  tell("recvmmsg", recvmmsg(fd, messages, 2, 0, &wait));
  say("received", "%u %u", messages[0].msg_len, messages[1].msg_len);
  tell("recvmmsg nothing", recvmmsg(fd, messages, 2, MSG_DONTWAIT, NULL));
  peer(peer_sends_back, 1, 2);
  tell("recvmmsg one", recvmmsg(fd, messages, 2, MSG_WAITFORONE, NULL));
}

static void segmented(void) {
  char bytes[10] = "0123456789";
  int port;
  const int fd = datagram_to_peer(&port);
  connect_to(fd, with_port(remote, port));
  struct iovec part = {bytes, 10};
  char control[CMSG_SPACE(2)] = {0};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  const uint16_t size = 4;
  head->cmsg_level = IPPROTO_UDP;
  head->cmsg_type = UDP_SEGMENT;
  head->cmsg_len = CMSG_LEN(2);
  memcpy(CMSG_DATA(head), &size, 2);
  tell("sendmsg", sendmsg(fd, &message, 0));
  for (int i = 0; i < 3; ++i) tell("peer receives", peer(peer_receives_from, 1, 99));
  const int value = 4;
  tell("option", setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, sizeof value));
  tell("send", send(fd, bytes, 10, 0));
  for (int i = 0; i < 3; ++i) tell("peer then receives", peer(peer_receives_from, 1, 99));
}

static void limits(void) {
  char byte;
  const int fd = connected();
  const struct timeval wait = {0, 50 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  union address name;
  socklen_t size = sizeof name;
  tell("recv", recv(fd, &byte, 1, 0));
  tell("recvfrom", recvfrom(fd, &byte, 1, 0, &name.any, &size));
  const struct timeval none = {0, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
  count_signal(SIGALRM, 0);
  alarm_in(50, true);
  tell("recv interrupted", recv(fd, &byte, 1, 0));
  tell("recvfrom interrupted", recvfrom(fd, &byte, 1, 0, &name.any, &size));
  count_signal(SIGALRM, SA_RESTART);
  alarm_in(20, true);
  tell("peer sends", peer(peer_sends_back, 1, 5));
  tell("recvfrom restarted", recvfrom(fd, &byte, 1, 0, &name.any, &size));
}

static void shut(void) {
  char byte;
  const int fd = connected();
  tell("shutdown", shutdown(fd, SHUT_RD));
  tell_poll("poll", fd, POLLIN | POLLRDHUP);
  tell("recv", recv(fd, &byte, 1, MSG_DONTWAIT));
  tell("send", send(fd, "abc", 3, 0));
  tell("peer receives", peer(peer_receives_from, 1, 9));
  tell("shutdown writing", shutdown(fd, SHUT_WR));
  tell("send then", send(fd, "abc", 3, MSG_NOSIGNAL));
  tell_poll("poll then", fd, POLLHUP);
}

static void connected_by_bytes(void) {
  char bytes[9];
  const int fd = connected();
  tell("write", write(fd, "abc", 3));
  tell("peer receives", peer(peer_receives_from, 1, 9));
  peer(peer_sends_back, 1, 5);
  await(fd, POLLIN);
  tell("read", read(fd, bytes, sizeof bytes));
  peer(peer_sends_back, 1, 5);
  peer(peer_sends_back, 1, 6);
  await(fd, POLLIN);
  tell("read two", read(fd, bytes, 2));
  await(fd, POLLIN);
  tell("read the next", read(fd, bytes, sizeof bytes));
  tell("read bad bytes", recv(fd, (void*)8, 3, MSG_DONTWAIT));
}

// The peer's socket is gone.
static void closed_by_peer(void) {
  char byte;
  const int fd = connected();
  peer(peer_closes, 1, 0);
  tell("send", send(fd, "x", 1, 0));
  tell_poll("poll", fd, POLLERR);
  tell("recv", recv(fd, &byte, 1, MSG_DONTWAIT));
}

const struct situation datagram_situations[] = {
    {"udp-unconnected", unconnected, false},
    {"udp", exchanged, true},
    {"udp-refused", refused, true},
    {"udp-refused-send", refused_send, true},
    {"udp-refused-goes-on", refused_and_sent, false},
    {"udp-refused-told", refused_and_told, true},
    {"udp-refused-queue", refused_queue, false},
    {"udp-shut-writing", shut_for_writing, true},
    {"udp-mapped-destination", mapped_destination, false},
    {"udp-refused-error", refused_error, true},
    {"udp-refused-unconnected", refused_unconnected, true},
    {"udp-truncated", truncated, true},
    {"udp-empty", empty, true},
    {"udp-peek", peek, true},
    {"udp-filter", filtered, false},
    {"udp-dissolve", dissolved, true},
    {"udp-control", with_control, true},
    {"udp-error-queue", error_queue, true},
    {"udp-too-long", too_long, true},
    {"udp-long", long_ones, true},
    {"udp-wrong", wrong_places, false},
    {"udp-mmsg", many, true},
    {"udp-segments", segmented, true},
    {"udp-limits", limits, true},
    {"udp-shutdown", shut, true},
    {"udp-closed-by-peer", closed_by_peer, true},
    {"udp-bytes", connected_by_bytes, true},
    {0},
};
