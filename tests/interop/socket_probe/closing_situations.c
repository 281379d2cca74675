// Ends of connections, in order and otherwise.
#include <signal.h>

#include "probe.h"

static void peer_closed(void) {
  char byte;
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 3);
  peer(peer_closes, 1, 0);
  tell_poll("poll", fd, POLLIN | POLLRDHUP);
  char bytes[9];
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("recv the end", recv(fd, &byte, 1, 0));
  tell("recv again", recv(fd, &byte, 1, 0));
  tell("send", send(fd, "x", 1, 0));
  tell_poll("poll then", fd, POLLERR | POLLHUP);
  tell_error("SO_ERROR", fd);
  tell("send again", send(fd, "x", 1, 0));
}

static void peer_closed_then_send_twice(void) {
  char byte;
  const int fd = connected_to_peer();
  peer(peer_closes, 1, 0);
  tell_poll("poll", fd, POLLIN | POLLRDHUP);
  tell("send", send(fd, "x", 1, 0));
  tell_poll("poll then", fd, POLLHUP);
  tell("send again", send(fd, "x", 1, 0));
  tell("recv", recv(fd, &byte, 1, 0));
}

static void reset_read(void) {
  char byte;
  const int fd = connected_to_peer();
  peer(peer_resets, 1, 0);
  tell_poll("poll", fd, POLLERR | POLLHUP);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("recv again", recv(fd, &byte, 1, 0));
  tell_error("SO_ERROR", fd);
  tell_poll("poll then", fd, POLLHUP);
  tell("send", send(fd, "x", 1, 0));
}

static void reset_write(void) {
  char byte;
  const int fd = connected_to_peer();
  peer(peer_resets, 1, 0);
  await(fd, POLLHUP);
  tell("send", send(fd, "x", 1, 0));
  tell("send again", send(fd, "x", 1, 0));
  tell("recv", recv(fd, &byte, 1, 0));
}

static void reset_error(void) {
  char byte;
  union address name;
  socklen_t size = sizeof name;
  const int fd = connected_to_peer();
  peer(peer_resets, 1, 0);
  await(fd, POLLHUP);
  tell_error("SO_ERROR", fd);
  tell_error("SO_ERROR again", fd);
  tell_poll("poll", fd, POLLHUP);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("getpeername", getpeername(fd, &name.any, &size));
  tell("shutdown", shutdown(fd, SHUT_RDWR));
}

static void reset_unread(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  peer(peer_resets, 1, 0);
  tell_poll("poll", fd, POLLERR | POLLHUP);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("recv then", recv(fd, bytes, sizeof bytes, 0));
  tell("recv at last", recv(fd, bytes, sizeof bytes, 0));
}

static void reset_then_connect(void) {
  const int fd = connected_to_peer();
  peer(peer_resets, 1, 0);
  await(fd, POLLHUP);
  tell_error("SO_ERROR", fd);
  const int port = peer(peer_listens, 2, 1);
  tell("connect", connect_to(fd, with_port(remote, port)));
}

static void half_closed(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  tell("shutdown", shutdown(fd, SHUT_WR));
  tell_poll("poll", fd, 0);
  tell("send", send(fd, "x", 1, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
  tell("peer sends", peer(peer_sends, 1, 4));
  await(fd, POLLIN);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("shutdown again", shutdown(fd, SHUT_WR));
  peer(peer_closes, 1, 0);
  tell_poll("poll then", fd, POLLIN | POLLHUP);
  tell("recv the end", recv(fd, bytes, sizeof bytes, 0));
}

static void peer_half_closed(void) {
  const int fd = connected_to_peer();
  peer(peer_shuts, 1, SHUT_WR);
  tell_poll("poll", fd, POLLIN | POLLRDHUP);
  tell("send", send(fd, "abcd", 4, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
  tell("shutdown", shutdown(fd, SHUT_WR));
  tell_poll("poll then", fd, POLLHUP);
  tell("peer receives the end", peer(peer_receives, 1, 9));
}

static void shut_reading(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  tell("shutdown", shutdown(fd, SHUT_RD));
  tell_poll("poll", fd, POLLIN | POLLRDHUP);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("send", send(fd, "abc", 3, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
  tell("peer sends", peer(peer_sends, 1, 4));
  tell("recv then", recv(fd, bytes, sizeof bytes, 0));
  peer(peer_shuts, 1, SHUT_WR);
}

static void shut_wrongly(void) {
  const int fd = connected_to_peer();
  tell("no such way", shutdown(fd, 3));
  tell("negative", shutdown(fd, -1));
  const int fresh = make(SOCK_STREAM);
  tell("fresh", shutdown(fresh, SHUT_RDWR));
  tell_poll("fresh poll", fresh, 0);
}

static void shut_both(void) {
  char byte;
  const int fd = connected_to_peer();
  tell("shutdown", shutdown(fd, SHUT_RDWR));
  tell_poll("poll", fd, POLLHUP);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("send", send(fd, "x", 1, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void closed_unread(void) {
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  tell("close", close(fd));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void closed_with_linger_zero(void) {
  const struct linger at_once = {1, 0};
  const int fd = connected_to_peer();
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  tell("close", close(fd));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void closed_with_linger(void) {
  const struct linger while_sent = {1, 5};
  const int fd = connected_to_peer();
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &while_sent, sizeof while_sent);
  tell("send", send(fd, "abcd", 4, 0));
  tell("close", close(fd));
  tell("peer receives", peer(peer_receives, 1, 9));
  tell("peer receives the end", peer(peer_receives, 1, 9));
}

static void pipe_signal(void) {
  const int fd = connected_to_peer();
  count_signal(SIGPIPE, 0);
  shutdown(fd, SHUT_WR);
  tell("write", write(fd, "x", 1));
  say("signals", "%d", signals);
  tell("send", send(fd, "x", 1, MSG_NOSIGNAL));
  say("signals then", "%d", signals);
}

const struct situation closing_situations[] = {
    {"close-by-peer", peer_closed, true},
    {"close-by-peer-sends", peer_closed_then_send_twice, true},
    {"reset-read", reset_read, true},
    {"reset-write", reset_write, true},
    {"reset-error", reset_error, true},
    {"reset-unread", reset_unread, true},
    {"reset-connect", reset_then_connect, true},
    {"half-close", half_closed, true},
    {"half-close-by-peer", peer_half_closed, true},
    {"shutdown-reading", shut_reading, true},
    {"shutdown-wrong", shut_wrongly, false},
    {"shutdown-both", shut_both, true},
    {"close-unread", closed_unread, true},
    {"close-linger-zero", closed_with_linger_zero, true},
    {"close-linger", closed_with_linger, true},
    {"close-sigpipe", pipe_signal, true},
    {0},
};
