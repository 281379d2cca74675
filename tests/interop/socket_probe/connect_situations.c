// Opening connections: refused, in progress, timed out, and once more.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "probe.h"

// A port of the peer that nobody listens at.
static int closed_port(void) { return peer(peer_binds, 9, 0); }

// A listener of the peer whose places are taken, so that SYNs get no answer.
static int places;
static int full_port(void) {
  const int port = peer(peer_listens, 9, 0);
  for (places = 0; places < 8; ++places) {
    const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
    connect_to(fd, with_port(remote, port));
    struct pollfd state = {.fd = fd, .events = POLLOUT};
    if (poll(&state, 1, 200) == 0) break;
  }
  return port;
}

static void refused(void) {
  const int fd = make(SOCK_STREAM);
  tell("connect", connect_to(fd, with_port(remote, closed_port())));
  tell_error("SO_ERROR", fd);
  tell_poll("poll", fd, POLLHUP);
  const int port = peer(peer_listens, 0, 1);
  tell("connect elsewhere", connect_to(fd, with_port(remote, port)));
  tell_poll("poll then", fd, POLLOUT);
}

static void refused_later(void) {
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  tell_poll("poll before", fd, 0);
  tell("connect", connect_to(fd, with_port(remote, closed_port())));
  tell_poll("poll", fd, POLLERR | POLLHUP);
  tell_error("SO_ERROR", fd);
  tell_error("SO_ERROR again", fd);
  tell_poll("poll then", fd, POLLHUP);
}

static void refused_later_then_read(void) {
  char byte;
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  await(fd, POLLERR);
  tell("recv", recv(fd, &byte, 1, 0));
  tell_error("SO_ERROR", fd);
  tell("send", send(fd, "x", 1, 0));
}

static void refused_later_then_again(void) {
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  await(fd, POLLERR);
  tell("connect again", connect_to(fd, with_port(remote, closed_port())));
  tell_error("SO_ERROR", fd);
}

static void refused_later_then_elsewhere(void) {
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, closed_port()));
  await(fd, POLLERR);
  tell_error("SO_ERROR", fd);
  const int port = peer(peer_listens, 0, 1);
  tell("connect elsewhere", connect_to(fd, with_port(remote, port)));
  tell_poll("poll", fd, POLLOUT | POLLHUP);
  tell("connect once more", connect_to(fd, with_port(remote, port)));
  tell_poll("poll then", fd, POLLOUT);
  tell_error("SO_ERROR then", fd);
  tell("peer accepts", peer(peer_accepts, 1, 0));
  tell("send", send(fd, "abc", 3, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void port_zero(void) {
  const int fd = make(SOCK_STREAM);
  tell("connect", connect_to(fd, with_port(remote, 0)));
}

static void in_progress(void) {
  const int port = peer(peer_listens, 0, 1);
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  tell("connect", connect_to(fd, with_port(remote, port)));
  tell_poll("poll", fd, POLLOUT);
  tell_error("SO_ERROR", fd);
  tell("connect again", connect_to(fd, with_port(remote, port)));
  tell("connect a third time", connect_to(fd, with_port(remote, port)));
}

static void already(void) {
  char byte;
  const int port = full_port();
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  tell("connect", connect_to(fd, with_port(remote, port)));
  tell("connect again", connect_to(fd, with_port(remote, port)));
  tell_poll("poll", fd, 0);
  tell_error("SO_ERROR", fd);
  tell("send", send(fd, "x", 1, 0));
  tell("recv", recv(fd, &byte, 1, 0));
  tell("listen", listen(fd, 1));
  union address name;
  socklen_t size = sizeof name;
  tell("getpeername", getpeername(fd, &name.any, &size));
  tell("shutdown", shutdown(fd, SHUT_WR));
}

static void timed_out(void) {
  const int port = full_port();
  const int fd = make(SOCK_STREAM);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 300);
  tell("connect", connect_to(fd, with_port(remote, port)));
  tell_poll("poll", fd, POLLHUP);
  const int later = make(SOCK_STREAM | SOCK_NONBLOCK);
  set(later, IPPROTO_TCP, TCP_USER_TIMEOUT, 300);
  tell("connect later", connect_to(later, with_port(remote, port)));
  tell_poll("poll later", later, POLLERR | POLLHUP);
  tell_error("SO_ERROR", later);
}

static void send_timeout(void) {
  const int port = full_port();
  const int fd = make(SOCK_STREAM);
  const struct timeval wait = {0, 100 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  tell("connect", connect_to(fd, with_port(remote, port)));
  tell("connect again", connect_to(fd, with_port(remote, port)));
  tell_poll("poll", fd, 0);
}

static void interrupted(void) {
  const int port = full_port();
  const int fd = make(SOCK_STREAM);
  count_signal(SIGALRM, 0);
  alarm_in(50, true);
  tell("connect", connect_to(fd, with_port(remote, port)));
  tell("connect again", connect_to(fd, with_port(remote, port)));
  do_not_block(fd);
  tell("connect not blocking", connect_to(fd, with_port(remote, port)));
}

static void make_room(void) {
  for (; places >= 0; --places) peer(peer_accepts, 1, 9);
}

// Connected while it is stopped, a process finds its call done when it goes on.
static void stopped(void) {
  const int port = full_port();
  const int fd = make(SOCK_STREAM);
  const pid_t child = fork();
  if (child == 0) {
    tell("connect", connect_to(fd, with_port(remote, port)));
    _exit(0);
  }
  poll(NULL, 0, 100);  // it waits
  kill(child, SIGSTOP);
  waitpid(child, NULL, WUNTRACED);
  // Its SYN, when it comes again, finds a place, as does that of the one who found none before.
  make_room();
  union address name;
  socklen_t size = sizeof name;
  while (getpeername(fd, &name.any, &size) != 0) poll(NULL, 0, 5);
  kill(child, SIGCONT);
  waitpid(child, NULL, 0);
  tell("send", send(fd, "abc", 3, 0));
}

// A socket whose connect a signal has ended.
static int interrupted_connect(int* port) {
  *port = full_port();
  const int fd = make(SOCK_STREAM);
  count_signal(SIGALRM, 0);
  alarm_in(50, false);
  tell("connect", connect_to(fd, with_port(remote, *port)));
  return fd;
}

// Given up for a signal, it goes on, and poll tells how it ends.
static void interrupted_and_polled(void) {
  int port;
  const int fd = interrupted_connect(&port);
  tell_poll("poll", fd, 0);
  make_room();
  tell_poll("poll then", fd, POLLOUT);
  tell_error("SO_ERROR", fd);
  tell("connect again", connect_to(fd, with_port(remote, port)));
  tell("connect once more", connect_to(fd, with_port(remote, port)));
  tell("send", send(fd, "abc", 3, 0));
}

// Interrupted, then refused: it is told once, and then the socket is as before.
static void interrupted_and_refused(void) {
  int port;
  const int fd = interrupted_connect(&port);
  peer(peer_closes, 9, 0);  // the next SYN is answered with RST
  tell("connect again", connect_to(fd, with_port(remote, port)));
  tell_error("SO_ERROR", fd);
  tell("connect elsewhere", connect_to(fd, with_port(remote, peer(peer_listens, 0, 1))));
  tell("send", send(fd, "abc", 3, 0));
}

static void refused_settings(void) {
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  const struct timeval limit = {3, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
  connect_to(fd, with_port(remote, peer(peer_binds, 0, 0)));
  await(fd, POLLERR);
  tell("connect again", connect_to(fd, with_port(remote, 1)));
  struct timeval got = {0};
  socklen_t size = sizeof got;
  getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &size);
  say("SO_RCVTIMEO", "%ld", (long)got.tv_sec);
  say("SO_OOBINLINE", "%d", get(fd, SOL_SOCKET, SO_OOBINLINE));
  say("O_NONBLOCK", "%d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

static void* connect_in_thread(void* fd) {
  return (void*)(long)(connect(*(const int*)fd, &remote.any, size_of(&remote)) == 0 ? 0 : errno);
}

static void two_threads(void) {
  int fd = make(SOCK_STREAM);
  pthread_t threads[2];
  void* errors[2];
  remote = with_port(remote, full_port());
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, connect_in_thread, &fd);
  poll(NULL, 0, 100);  // they wait
  make_room();
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], &errors[i]);
  say("errors", "%ld %ld", (long)errors[0], (long)errors[1]);
}

static void fast_open(void) {
  const int port = peer(peer_listens, 0, 1);
  const union address there = with_port(remote, port);
  const int fd = make(SOCK_STREAM);
  tell("sendto", sendto(fd, "abc", 3, MSG_FASTOPEN, &there.any, size_of(&there)));
}

static void connected_twice(void) {
  const int fd = connected_to_peer();
  tell("connect", connect_to(fd, with_port(remote, 1)));
  tell_poll("poll", fd, POLLOUT);
}

static void unspecified(void) {
  const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
  const int fresh = make(SOCK_STREAM);
  tell("connect fresh", connect(fresh, &nothing, sizeof nothing));
  const int fd = connected_to_peer();
  tell("connect", connect(fd, &nothing, sizeof nothing));
  union address name;
  socklen_t size = sizeof name;
  tell("getpeername", getpeername(fd, &name.any, &size));
  tell("peer receives", peer(peer_receives, 1, 9));
  const int port = peer(peer_listens, 2, 1);
  tell("connect elsewhere", connect_to(fd, with_port(remote, port)));
  tell("peer accepts", peer(peer_accepts, 3, 2));
  tell("send", send(fd, "abc", 3, 0));
  tell("peer then receives", peer(peer_receives, 3, 9));
}

static void from_a_listener(void) {
  const int port = peer(peer_listens, 0, 1);
  const int fd = listening(1);
  tell("connect", connect_to(fd, with_port(remote, port)));
}

static void malformed(void) {
  const int fd = make(SOCK_STREAM);
  union address other = {0};
  other.any.sa_family = family == AF_INET ? AF_INET6 : AF_INET;
  tell("other family", connect(fd, &other.any, sizeof other.v6));
  other.any.sa_family = AF_UNIX;
  tell("AF_UNIX", connect(fd, &other.any, sizeof other.v6));
  const union address right = with_port(remote, 1);
  tell("too short", connect(fd, &right.any, 10));
  tell("two bytes", connect(fd, &right.any, 2));
  tell("no bytes", connect(fd, &right.any, 0));
  tell("too long", connect(fd, &right.any, 200));
  tell("bad pointer", connect(fd, (const struct sockaddr*)8, size_of(&right)));
}

static void unreachable(void) {
  union address many = parse_address(family == AF_INET ? "224.0.0.1" : "ff02::1");
  const int fd = make(SOCK_STREAM);
  tell("connect to many", connect_to(fd, with_port(many, 7)));
  if (family == AF_INET) {
    tell("connect to all", connect_to(fd, with_port(parse_address("255.255.255.255"), 7)));
  }
}

static void to_any(void) {
  union address any = parse_address(family == AF_INET ? "0.0.0.0" : "::");
  const int listener = make(SOCK_STREAM);
  bind_to(listener, any);
  listen(listener, 1);
  const int fd = make(SOCK_STREAM);
  tell("connect", connect_to(fd, with_port(any, port_of(listener))));
  union address name;
  socklen_t size = sizeof name;
  if (getpeername(fd, &name.any, &size) == 0) tell_address("peer", &name, size);
}

static void names(void) {
  union address name;
  socklen_t size = sizeof name;
  const int fresh = make(SOCK_STREAM);
  tell("getpeername fresh", getpeername(fresh, &name.any, &size));
  tell("getsockname fresh", getsockname(fresh, &name.any, &size));
  say("port fresh", "%d", ntohs(name.v4.sin_port));
  const int fd = connected_to_peer();
  size = 6;
  tell("getpeername", getpeername(fd, &name.any, &size));
  say("size", "%u", size);
  size = 0;
  tell("getsockname without room", getsockname(fd, &name.any, &size));
  say("size then", "%u", size);
  size = (socklen_t)-1;
  tell("getsockname negative", getsockname(fd, &name.any, &size));
  size = sizeof name;
  tell("getsockname bad pointer", getsockname(fd, (struct sockaddr*)8, &size));
  tell("getsockname bad size", getsockname(fd, &name.any, (socklen_t*)8));
}

static void bound_before(void) {
  const int port = peer(peer_listens, 0, 1);
  const int fd = make(SOCK_STREAM);
  tell("bind", bind_to(fd, own));
  const int before = port_of(fd);
  tell("connect", connect_to(fd, with_port(remote, port)));
  say("same port", "%d", before == port_of(fd));
  tell("bind connected", bind_to(fd, own));
}

static void fresh(void) {
  char byte;
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  tell_poll("poll", fd, 0);
  tell_error("SO_ERROR", fd);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("send", send(fd, "x", 1, 0));
  tell("recv urgent", recv(fd, &byte, 1, MSG_OOB));
}

const struct situation connect_situations[] = {
    {"connect-refused", refused, true},
    {"connect-refused-later", refused_later, true},
    {"connect-refused-later-read", refused_later_then_read, true},
    {"connect-refused-later-again", refused_later_then_again, true},
    {"connect-refused-later-elsewhere", refused_later_then_elsewhere, true},
    {"connect-port-zero", port_zero, true},
    {"connect-in-progress", in_progress, true},
    {"connect-already", already, true},
    {"connect-timed-out", timed_out, true},
    {"connect-send-timeout", send_timeout, true},
    {"connect-eintr-poll", interrupted_and_polled, true},
    {"connect-eintr-refused", interrupted_and_refused, true},
    {"connect-threads", two_threads, true},
    {"connect-refused-settings", refused_settings, true},
    {"connect-interrupted", interrupted, true},
    {"connect-stopped", stopped, true},
    {"connect-fast-open", fast_open, false},
    {"connect-twice", connected_twice, true},
    {"connect-unspecified", unspecified, true},
    {"connect-from-listener", from_a_listener, true},
    {"connect-malformed", malformed, false},
    {"connect-unreachable", unreachable, false},
    {"connect-to-any", to_any, false},
    {"connect-names", names, false},
    {"connect-bound", bound_before, true},
    {"fresh", fresh, false},
    {0},
};
