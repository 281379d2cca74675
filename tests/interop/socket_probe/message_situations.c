// What a UDP program's messages may be: their parts, names and control data, right and wrong.
#include <fcntl.h>
#include <netinet/udp.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "probe.h"

static void* const nowhere = (void*)8;

struct ends {
  int from, to;
  union address there;  // of `to`
};

static struct ends two_ends(void) {
  struct ends ends = {.from = make(SOCK_DGRAM), .to = make(SOCK_DGRAM | SOCK_NONBLOCK)};
  bind_to(ends.from, own);
  bind_to(ends.to, own);
  ends.there = with_port(own, port_of(ends.to));
  return ends;
}

static long send_bytes(struct ends* ends, const char* bytes) {
  return sendto(ends->from, bytes, strlen(bytes), 0, &ends->there.any, size_of(&ends->there));
}

static struct msghdr message_to(struct ends* ends, struct iovec* parts, size_t count) {
  return (struct msghdr){.msg_name = &ends->there,
                         .msg_namelen = size_of(&ends->there),
                         .msg_iov = parts,
                         .msg_iovlen = count};
}

// The size of what comes, without its source.
static void tell_arrival(const char* what, int fd) {
  static char bytes[70000];
  await(fd, POLLIN);
  tell(what, recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
}

// --- parts ---

// Lengths whose sum is a small number only because it wraps.
static void lengths_that_wrap(void) {
  const size_t size = 4 << 20;
  char* const bytes = calloc(1, size);
  struct ends ends = two_ends();
  struct iovec parts[2] = {{bytes, size}, {bytes, (size_t)0 - size + 100}};
  struct msghdr message = message_to(&ends, parts, 2);
  tell("sendmsg", sendmsg(ends.from, &message, 0));
  tell("sendto", send_bytes(&ends, "hello"));
  await(ends.to, POLLIN);
  parts[0].iov_len = 10;
  parts[1].iov_len = (size_t)-5;
  tell("recvmsg", recvmsg(ends.to, &message, 0));
  tell_arrival("still there", ends.to);
}

static void bad_headers(void) {
  char bytes[9] = "abc";
  struct ends ends = two_ends();
  struct iovec part = {bytes, 3};
  const struct msghdr good = message_to(&ends, &part, 1);
  struct msghdr message = good;
  tell("sendmsg bad header", sendmsg(ends.from, nowhere, 0));
  tell("recvmsg bad header", recvmsg(ends.to, nowhere, 0));
  message.msg_iov = nowhere;
  tell("bad parts", sendmsg(ends.from, &message, 0));
  message = good;
  message.msg_iovlen = 1025;
  tell("too many parts", sendmsg(ends.from, &message, 0));
  message.msg_iovlen = (size_t)-1;
  tell("parts beyond count", sendmsg(ends.from, &message, 0));
  message.msg_iovlen = 0;
  tell("no parts", sendmsg(ends.from, &message, 0));
  tell_arrival("empty", ends.to);
  message = good;
  message.msg_namelen = (socklen_t)-1;
  tell("negative name", sendmsg(ends.from, &message, 0));
  message.msg_namelen = 500;
  tell("long name", sendmsg(ends.from, &message, 0));
  message.msg_namelen = (socklen_t)-1;
  send_bytes(&ends, "abc");
  await(ends.to, POLLIN);
  tell("negative name received", recvmsg(ends.to, &message, 0));
}

static void bad_arguments(void) {
  char bytes[9] = "abc";
  struct ends ends = two_ends();
  const struct sockaddr* const there = &ends.there.any;
  union address name;
  socklen_t size = sizeof name;
  tell("bad bytes", sendto(ends.from, nowhere, 5, 0, there, size_of(&ends.there)));
  tell("bad name", sendto(ends.from, bytes, 3, 0, nowhere, size_of(&ends.there)));
  tell("short name", sendto(ends.from, bytes, 3, 0, there, 3));
  tell("negative name", sendto(ends.from, bytes, 3, 0, there, (socklen_t)-1));
  tell("long name", sendto(ends.from, bytes, 3, 0, there, 200));
  tell("no bytes at nowhere", sendto(ends.from, nowhere, 0, 0, there, size_of(&ends.there)));
  tell_arrival("empty", ends.to);
  tell("nothing there", recvfrom(ends.to, bytes, 9, 0, nowhere, &size));
  send_bytes(&ends, "abc");
  await(ends.to, POLLIN);
  tell("room is nowhere", recvfrom(ends.to, nowhere, 9, 0, &name.any, &size));
  tell("and again", recvfrom(ends.to, bytes, 9, 0, &name.any, &size));
  send_bytes(&ends, "abc");
  await(ends.to, POLLIN);
  tell("size is nowhere", recvfrom(ends.to, bytes, 9, 0, &name.any, nowhere));
  tell("then", recv(ends.to, bytes, 9, 0));
  send_bytes(&ends, "abc");
  await(ends.to, POLLIN);
  tell("no size", recvfrom(ends.to, bytes, 9, 0, &name.any, NULL));
  tell("then", recv(ends.to, bytes, 9, 0));
}

// --- control data ---

// Room for one piece, which `value` is of.
struct control {
  _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static long send_with(struct ends* ends, int level, int type, const void* value, size_t size) {
  struct iovec part = {"abc", 3};
  struct control control = {0};
  struct msghdr message = message_to(ends, &part, 1);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(size);
  struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  *head = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
  memcpy(CMSG_DATA(head), value, size);
  return sendmsg(ends->from, &message, 0);
}

static void bad_control(void) {
  struct ends ends = two_ends();
  struct iovec part = {"abc", 3};
  struct control control = {0};
  struct cmsghdr* const head = (struct cmsghdr*)control.bytes;
  struct msghdr message = message_to(&ends, &part, 1);
  message.msg_control = nowhere;
  message.msg_controllen = 32;
  tell("nowhere", sendmsg(ends.from, &message, 0));
  message.msg_control = control.bytes;
  message.msg_controllen = (size_t)-1;
  tell("negative", sendmsg(ends.from, &message, 0));
  message.msg_controllen = 4;
  tell("shorter than a head", sendmsg(ends.from, &message, 0));
  message.msg_controllen = 32;
  tell("a piece of no bytes", sendmsg(ends.from, &message, 0));
  head->cmsg_len = 100;
  tell("a piece that is too long", sendmsg(ends.from, &message, 0));
  const int value = 5;
  tell("unknown of sockets", send_with(&ends, SOL_SOCKET, 12345, &value, sizeof value));
  tell("unknown of IP", send_with(&ends, IPPROTO_IP, 777, &value, sizeof value));
  tell("segment size of four bytes",
       send_with(&ends, IPPROTO_UDP, UDP_SEGMENT, &value, sizeof value));
  tell("unknown level", send_with(&ends, 777, 1, &value, sizeof value));
}

// The number that came beside a datagram, of IPv4 or IPv6.
static void tell_number(const char* what, int fd, int four_type, int six_type) {
  char bytes[9];
  struct iovec part = {bytes, sizeof bytes};
  struct control control = {0};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  await(fd, POLLIN);
  if (recvmsg(fd, &message, MSG_DONTWAIT) < 0) return tell(what, -1);
  const struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (!head || head->cmsg_type != (family == AF_INET ? four_type : six_type)) {
    return say(what, "none");
  }
  int value = 0;
  memcpy(&value, CMSG_DATA(head), four_type == IP_TOS && family == AF_INET ? 1 : sizeof value);
  say(what, "%d", value);
}

static void chosen_numbers(void) {
  const bool four = family == AF_INET;
  const int level = four ? IPPROTO_IP : IPPROTO_IPV6;
  struct ends ends = two_ends();
  int value = 7;
  set(ends.to, level, four ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
  tell("hops", send_with(&ends, level, four ? IP_TTL : IPV6_HOPLIMIT, &value, sizeof value));
  tell_number("hops that came", ends.to, IP_TTL, IPV6_HOPLIMIT);
  tell("sendto", send_bytes(&ends, "abc"));
  tell_number("hops of the next", ends.to, IP_TTL, IPV6_HOPLIMIT);
  value = 500;
  tell("500 hops", send_with(&ends, level, four ? IP_TTL : IPV6_HOPLIMIT, &value, sizeof value));
  set(ends.to, level, four ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 0);
  set(ends.to, level, four ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
  value = 0x28;
  tell("class", send_with(&ends, level, four ? IP_TOS : IPV6_TCLASS, &value, sizeof value));
  tell_number("class that came", ends.to, IP_TOS, IPV6_TCLASS);
}

static void tell_source(const char* what, int fd) {
  char bytes[9];
  union address name;
  socklen_t size = sizeof name;
  await(fd, POLLIN);
  const ssize_t got = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, &name.any, &size);
  if (got < 0) return tell(what, got);
  tell_address(what, &name, size);
}

static void chosen_source(void) {
  const bool four = family == AF_INET;
  const int level = four ? IPPROTO_IP : IPPROTO_IPV6;
  struct ends ends = two_ends();
  close(ends.from);
  ends.from = make(SOCK_DGRAM);
  union address source = parse_address(four ? "127.0.0.2" : "::1");
  struct in_pktinfo v4 = {.ipi_spec_dst = source.v4.sin_addr};
  struct in6_pktinfo v6 = {.ipi6_addr = source.v6.sin6_addr};
  const void* const value = four ? (void*)&v4 : (void*)&v6;
  const size_t size = four ? sizeof v4 : sizeof v6;
  const int type = four ? IP_PKTINFO : IPV6_PKTINFO;
  tell("sendmsg", send_with(&ends, level, type, value, size));
  tell_source("from", ends.to);
  tell("too short", send_with(&ends, level, type, value, 4));
  v4.ipi_ifindex = 99;
  v6.ipi6_ifindex = 99;
  tell("no such interface", send_with(&ends, level, type, value, size));
}

// --- several at once ---

static void tell_segment_option(const char* what, int fd, int size) {
  tell(what, setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size));
}

static void segments(void) {
  static char bytes[3000];
  struct ends ends = two_ends();
  struct iovec part = {bytes, sizeof bytes};
  struct control control = {0};
  struct msghdr message = message_to(&ends, &part, 1);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(2);
  struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_len = CMSG_LEN(2);
  head->cmsg_level = IPPROTO_UDP;
  head->cmsg_type = UDP_SEGMENT;
  for (uint16_t size = 1; size <= 3001; size += 1000) {
    memcpy(CMSG_DATA(head), &size, 2);
    char what[32];
    snprintf(what, sizeof what, "by %d", size);
    tell(what, sendmsg(ends.from, &message, 0));
  }
  // By 1 there are too many, by 1001 and 2001 three and two.
  for (int i = 0; i < 6; ++i) tell_arrival("arrives", ends.to);
  tell_segment_option("option -1", ends.from, -1);
  tell_segment_option("option 70000", ends.from, 70000);
  tell_segment_option("option 1", ends.from, 1);
  connect_to(ends.from, ends.there);
  tell("too many by the option", send(ends.from, bytes, sizeof bytes, 0));
}

static void more(void) {
  struct ends ends = two_ends();
  connect_to(ends.from, ends.there);
  tell("send", send(ends.from, "abc", 3, MSG_MORE));
  tell("send the rest", send(ends.from, "de", 2, 0));
  tell_arrival("arrives", ends.to);
}

static struct mmsghdr several[4];
static struct iovec several_parts[4];
static char several_bytes[4][16];

static struct mmsghdr* four_messages(void) {
  memset(several, 0, sizeof several);
  for (int i = 0; i < 4; ++i) {
    several_parts[i] = (struct iovec){several_bytes[i], sizeof several_bytes[i]};
    several[i].msg_hdr.msg_iov = several_parts + i;
    several[i].msg_hdr.msg_iovlen = 1;
  }
  return several;
}

// recvmmsg in a socket that blocks, while datagrams come one after the other.
static long receive_while_sent(int count, int flags, struct timespec* limit) {
  struct ends ends = two_ends();
  const int fd = make(SOCK_DGRAM);
  bind_to(fd, own);
  ends.there = with_port(own, port_of(fd));
  const pid_t child = fork();
  if (child == 0) {
    for (; count > 0; --count) {
      poll(NULL, 0, 30);
      send_bytes(&ends, "abc");
    }
    _exit(0);
  }
  const long got = recvmmsg(fd, four_messages(), 4, flags, limit);
  waitpid(child, NULL, 0);
  return got;
}

static void several_awaited(void) {
  tell("as many as asked", receive_while_sent(4, 0, NULL));
  tell("one", receive_while_sent(1, MSG_WAITFORONE, NULL));
  struct timespec limit = {0, 1};
  // It is looked at only when one has come.
  tell("until the limit", receive_while_sent(1, 0, &limit));
  limit = (struct timespec){100, 0};
  tell("before the limit", receive_while_sent(4, 0, &limit));
  say("less is left", "%d", limit.tv_sec < 100);
}

static void several_badly(void) {
  struct ends ends = two_ends();
  fcntl(ends.to, F_SETFL, 0);
  struct mmsghdr* messages = four_messages();
  struct timespec limit = {0, 2000 * 1000 * 1000};
  tell("bad limit", recvmmsg(ends.to, messages, 4, 0, &limit));
  tell("limit is nowhere", recvmmsg(ends.to, messages, 4, 0, nowhere));
  for (int i = 0; i < 4; ++i) send_bytes(&ends, "abc");
  messages[2].msg_hdr.msg_iov->iov_base = nowhere;
  tell("the third is nowhere", recvmmsg(ends.to, messages, 4, 0, NULL));
  tell("after it", recvmmsg(ends.to, four_messages(), 4, 0, NULL));
  tell("none", recvmmsg(ends.to, messages, 0, 0, NULL));
  tell("nowhere", recvmmsg(ends.to, nowhere, 2, 0, NULL));
  messages = four_messages();
  for (int i = 0; i < 4; ++i) {
    messages[i].msg_hdr.msg_name = &ends.there;
    messages[i].msg_hdr.msg_namelen = size_of(&ends.there);
  }
  messages[2].msg_hdr.msg_iovlen = 2000;
  tell("sent before the third", sendmmsg(ends.from, messages, 4, 0));
  say("lengths", "%u %u %u", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
  tell("none sent", sendmmsg(ends.from, messages, 0, 0));
  tell("sent from nowhere", sendmmsg(ends.from, nowhere, 2, 0));
}

// --- the error queue ---

// Control messages where there is room for two, for one and a piece of the other, and for none.
static void little_room(void) {
  char bytes[9];
  _Alignas(struct cmsghdr) char control[96];
  struct iovec part = {bytes, sizeof bytes};
  struct ends ends = two_ends();
  const bool v4 = family == AF_INET;
  set(ends.to, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
  set(ends.to, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1);
  for (size_t room = 96; room < 97; room -= room > 64 ? 8 : 4) {
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
    message.msg_controllen = room;
    send_bytes(&ends, "abc");
    await(ends.to, POLLIN);
    recvmsg(ends.to, &message, 0);
    say("room", "%zu of %zu", message.msg_controllen, room);
    tell_flags("flags", message.msg_flags);
    const struct cmsghdr* head = CMSG_FIRSTHDR(&message);
    for (; head; head = CMSG_NXTHDR(&message, (struct cmsghdr*)head)) {
      say("message", "%d %zu", head->cmsg_type, (size_t)head->cmsg_len);
    }
  }
}

static void empty_error_queue(void) {
  char bytes[9];
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  struct ends ends = two_ends();
  send_bytes(&ends, "abc");
  await(ends.to, POLLIN);
  tell("UDP", recv(ends.to, bytes, sizeof bytes, MSG_ERRQUEUE));
  tell("UDP recvmsg", recvmsg(ends.to, &message, MSG_ERRQUEUE));
  struct mmsghdr several = {.msg_hdr = message};
  tell("UDP recvmmsg", recvmmsg(ends.to, &several, 1, MSG_ERRQUEUE, NULL));
  tell_arrival("UDP bytes", ends.to);
  tell("UDP without bytes", recv(ends.from, bytes, sizeof bytes, MSG_ERRQUEUE));
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  tell("TCP", recv(fd, bytes, sizeof bytes, MSG_ERRQUEUE));
  tell("TCP recvmsg", recvmsg(fd, &message, MSG_ERRQUEUE));
  tell("TCP bytes", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
}

const struct situation message_situations[] = {
    {"message-lengths", lengths_that_wrap, false},
    {"message-headers", bad_headers, false},
    {"message-arguments", bad_arguments, false},
    {"message-control", bad_control, false},
    {"message-numbers", chosen_numbers, false},
    {"message-source", chosen_source, false},
    {"message-segments", segments, false},
    {"message-more", more, false},
    {"message-several", several_awaited, false},
    {"message-several-bad", several_badly, false},
    {"message-little-room", little_room, false},
    {"message-error-queue", empty_error_queue, true},
    {0},
};
