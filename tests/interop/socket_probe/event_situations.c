// How select, poll, epoll and signals tell of what happens.
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "probe.h"

static int watching(int fd, unsigned flags) {
  const int set = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | flags, {.fd = fd}};
  if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) tell("epoll_ctl", -1);
  return set;
}

// The bits of the next event that has one of `awaited`; "none" after a while.
static void tell_event(const char* what, int set, unsigned awaited, int patience_ms) {
  static const char* const names[] = {"IN", "PRI", "OUT", "RDHUP", "ERR", "HUP"};
  static const unsigned bits[] = {EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP};
  struct epoll_event event = {0};
  unsigned got = 0;
  for (int tries = 0; tries < 20 && (got & awaited) == 0; ++tries) {
    if (epoll_wait(set, &event, 1, patience_ms) != 1) break;
    got = event.events;
  }
  if (patience_ms < 1000) got &= awaited;  // whether that comes is asked, and nothing else
  char text[64] = "";
  for (int i = 0; i < 6; ++i) {
    if ((got & bits[i]) == 0) continue;
    if (text[0]) strcat(text, "|");
    strcat(text, names[i]);
  }
  say(what, "%s", text[0] ? text : "none");
}

// A lab host may tell it in two edges: that the end has come, and a moment later that there is
// room.
static void take_second_edge(int set) {
  struct epoll_event event;
  poll(NULL, 0, 20);
  epoll_wait(set, &event, 1, 0);
}

static void tell_failure(int set) {
  struct epoll_event event = {0};
  const uint32_t both = EPOLLERR | EPOLLHUP;
  const int events = epoll_wait(set, &event, 1, 2000);
  say("refused", "%d %s", events, (event.events & both) == both ? "ERR|HUP" : "other");
  take_second_edge(set);
}

static void level_triggered(void) {
  char bytes[9];
  const int port = peer(peer_listens, 0, 5);
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, port));
  const int set = watching(fd, 0);
  tell_event("connected", set, EPOLLOUT, 2000);
  peer(peer_accepts, 1, 0);
  peer(peer_sends, 1, 3);
  tell_poll("data", fd, POLLIN);
  tell_event("with data", set, EPOLLIN, 2000);
  tell_event("still", set, EPOLLIN, 2000);
  recv(fd, bytes, sizeof bytes, 0);
  tell_event("read", set, EPOLLOUT, 2000);
  peer(peer_shuts, 1, SHUT_WR);
  await(fd, POLLRDHUP);
  tell_event("half-closed", set, EPOLLRDHUP, 2000);
  shutdown(fd, SHUT_WR);
  await(fd, POLLHUP);
  tell_event("closed", set, EPOLLHUP, 2000);
}

static void edge_triggered(void) {
  char bytes[9];
  const int port = peer(peer_listens, 0, 5);
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, port));
  const int set = watching(fd, EPOLLET);
  tell_event("connected", set, EPOLLOUT, 2000);
  peer(peer_accepts, 1, 0);
  tell_event("nothing new", set, EPOLLIN, 100);
  peer(peer_sends, 1, 3);
  tell_event("data", set, EPOLLIN, 2000);
  tell_event("no more", set, EPOLLIN, 100);
  peer(peer_sends, 1, 3);
  tell_event("more data", set, EPOLLIN, 2000);
  await(fd, POLLIN);
  recv(fd, bytes, 2, 0);
  tell_event("read some", set, EPOLLIN, 100);
  recv(fd, bytes, sizeof bytes, 0);
  peer(peer_closes, 1, 0);
  tell_event("closed by peer", set, EPOLLRDHUP, 2000);
}

static void edge_of_failure(void) {
  const int port = peer(peer_binds, 0, 0);
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(fd, with_port(remote, port));
  const int set = watching(fd, EPOLLET);
  tell_failure(set);
  tell_error("SO_ERROR", fd);
  tell_event("no more", set, EPOLLERR, 100);
}

static void edge_before_connect(void) {
  const int port = peer(peer_listens, 0, 1);
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  const int set = watching(fd, EPOLLET);
  tell_event("fresh", set, EPOLLHUP, 2000);
  connect_to(fd, with_port(remote, port));
  tell_event("connected", set, EPOLLOUT, 2000);
}

static void edge_of_reset(void) {
  char byte;
  const int fd = connected_to_peer();
  const int set = watching(fd, EPOLLET);
  tell_event("at first", set, EPOLLOUT, 2000);
  peer(peer_resets, 1, 0);
  tell_event("reset", set, EPOLLHUP, 2000);
  take_second_edge(set);
  tell("recv", recv(fd, &byte, 1, 0));
  tell_event("no more", set, EPOLLHUP, 100);
}

static void edge_of_room(void) {
  static char bytes[1 << 20];
  const int fd = connected_to_peer();
  do_not_block(fd);
  struct pollfd state = {.fd = fd, .events = POLLOUT};
  while (poll(&state, 1, 300) == 1) {
    while (send(fd, bytes, sizeof bytes, 0) > 0) {
    }
  }
  const int set = watching(fd, EPOLLET);
  tell_event("full", set, EPOLLOUT, 100);
  peer(peer_drains, 1, 0);
  tell_event("room", set, EPOLLOUT, 2000);
}

static void listener_events(void) {
  const int fd = listening(5);
  do_not_block(fd);
  const int level = watching(fd, 0);
  const int edge = watching(fd, EPOLLET);
  tell_event("nobody", level, EPOLLIN, 100);
  peer(peer_connects, 1, port_of(fd));
  tell_event("one", edge, EPOLLIN, 2000);
  peer(peer_connects, 2, port_of(fd));
  tell_event("another", edge, EPOLLIN, 2000);
  tell_event("level", level, EPOLLIN, 2000);
  tell_fd("accept", accept(fd, NULL, NULL));
  tell_event("one left", level, EPOLLIN, 2000);
  tell_fd("accept again", accept(fd, NULL, NULL));
  tell_event("none left", level, EPOLLIN, 100);
  tell("accept nobody", accept(fd, NULL, NULL));
}

static void put(int fd, fd_set* in, fd_set* out, fd_set* other) {
  fd_set* const sets[] = {in, out, other};
  for (int i = 0; i < 3; ++i) {
    FD_ZERO(sets[i]);
    FD_SET(fd, sets[i]);
  }
}

static void selected(void) {
  const int fd = connected_to_peer();
  fd_set in, out, other;
  struct timeval wait = {0, 100 * 1000};
  put(fd, &in, &out, &other);
  tell("select", select(fd + 1, &in, &out, &other, &wait));
  say("sets", "%d%d%d", FD_ISSET(fd, &in), FD_ISSET(fd, &out), FD_ISSET(fd, &other));
  peer(peer_urges, 1, 'u');
  await(fd, POLLPRI);
  put(fd, &in, &out, &other);
  tell("select urgent", select(fd + 1, &in, &out, &other, &wait));
  say("urgent sets", "%d%d%d", FD_ISSET(fd, &in), FD_ISSET(fd, &out), FD_ISSET(fd, &other));
  peer(peer_resets, 1, 0);
  await(fd, POLLHUP);
  put(fd, &in, &out, &other);
  tell("select reset", select(fd + 1, &in, &out, NULL, &wait));
  say("reset sets", "%d%d", FD_ISSET(fd, &in), FD_ISSET(fd, &out));
}

static void await_signals(int count) {
  for (int left = 1000; left > 0 && signals < count; --left) poll(NULL, 0, 1);
}

static void by_signal(void) {
  const int fd = connected_to_peer();
  count_signal(SIGIO, 0);
  tell("F_SETOWN", fcntl(fd, F_SETOWN, getpid()));
  tell("O_ASYNC", fcntl(fd, F_SETFL, O_ASYNC));
  signals = 0;
  peer(peer_sends, 1, 3);
  await_signals(1);
  say("data", "%d", signals > 0);
  signals = 0;
  peer(peer_closes, 1, 0);
  await_signals(1);
  say("closed", "%d", signals > 0);
  const int listener = listening(1);
  fcntl(listener, F_SETOWN, getpid());
  fcntl(listener, F_SETFL, O_ASYNC);
  signals = 0;
  peer(peer_connects, 2, port_of(listener));
  await_signals(1);
  say("connection", "%d", signals > 0);
}

// Refused, told, and tried again with the same descriptor.
static void refused_again(void) {
  const int fd = make(SOCK_STREAM | SOCK_NONBLOCK);
  const int set = watching(fd, 0);
  connect_to(fd, with_port(remote, peer(peer_binds, 9, 0)));
  tell_failure(set);
  tell_error("SO_ERROR", fd);
  connect_to(fd, with_port(remote, peer(peer_listens, 0, 1)));
  await(fd, POLLOUT);
  connect_to(fd, with_port(remote, 1));  // where it told of no connection yet, it does so now
  tell_event("connected", set, EPOLLOUT, 200);
}

const struct situation event_situations[] = {
    {"epoll-level", level_triggered, true},
    {"epoll-edge", edge_triggered, true},
    {"epoll-refused", edge_of_failure, true},
    {"epoll-refused-again", refused_again, false},
    {"epoll-fresh", edge_before_connect, true},
    {"epoll-reset", edge_of_reset, true},
    {"epoll-room", edge_of_room, true},
    {"epoll-listener", listener_events, true},
    {"select", selected, true},
    {"sigio", by_signal, true},
    {0},
};
