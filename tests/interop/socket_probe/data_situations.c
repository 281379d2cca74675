// Bytes of connections: how they are read and written, and how long that waits.
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "probe.h"

static void peek(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  tell("peek", recv(fd, bytes, sizeof bytes, MSG_PEEK));
  tell("peek two", recv(fd, bytes, 2, MSG_PEEK));
  tell("recv two", recv(fd, bytes, 2, 0));
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  tell("recv nothing", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
  tell("peek nothing", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK));
  tell("recv into nothing", recv(fd, bytes, 0, MSG_DONTWAIT));
  tell("send nothing", send(fd, bytes, 0, 0));
}

static void wait_all(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 3);
  peer(peer_sends_later, 1, 3);
  tell("recv", recv(fd, bytes, 6, MSG_WAITALL));
  peer(peer_sends, 1, 3);
  peer(peer_closes, 1, 0);
  tell("recv to the end", recv(fd, bytes, 6, MSG_WAITALL));
}

static void truncated(void) {
  char bytes[9];
  memset(bytes, '-', sizeof bytes);
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  tell("recv", recv(fd, bytes, 3, MSG_TRUNC));
  say("stored", "%c", bytes[0]);
  tell("recv then", recv(fd, bytes, sizeof bytes, 0));
}

static void urgent(void) {
  char bytes[9];
  int mark = -1;
  const int fd = connected_to_peer();
  tell("recv urgent early", recv(fd, bytes, 1, MSG_OOB));
  peer(peer_sends, 1, 2);
  peer(peer_urges, 1, 'u');
  tell_poll("poll", fd, POLLPRI | POLLIN);
  tell("recv urgent", recv(fd, bytes, 1, MSG_OOB));
  say("byte", "%c", bytes[0]);
  tell("recv urgent again", recv(fd, bytes, 1, MSG_OOB));
  tell("SIOCATMARK", ioctl(fd, SIOCATMARK, &mark));
  say("at mark", "%d", mark);
  peer(peer_sends, 1, 3);
  tell("recv to the mark", recv(fd, bytes, sizeof bytes, 0));
  tell("SIOCATMARK then", ioctl(fd, SIOCATMARK, &mark));
  say("at mark then", "%d", mark);
  await(fd, POLLIN);
  tell("recv behind it", recv(fd, bytes, sizeof bytes, 0));
  tell_poll("poll then", fd, 0);
}

static void urgent_inline(void) {
  char bytes[9];
  int mark = -1;
  const int fd = connected_to_peer();
  set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
  peer(peer_sends, 1, 2);
  peer(peer_urges, 1, 'u');
  tell_poll("poll", fd, POLLPRI | POLLIN);
  tell("recv urgent", recv(fd, bytes, 1, MSG_OOB));
  tell("recv to the mark", recv(fd, bytes, sizeof bytes, 0));
  ioctl(fd, SIOCATMARK, &mark);
  say("at mark", "%d", mark);
  tell("recv it", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
  say("byte", "%c", bytes[0]);
}

static void urgent_sent(void) {
  const int fd = connected_to_peer();
  tell("send", send(fd, "ab", 2, 0));
  tell("send urgent", send(fd, "u", 1, MSG_OOB));
  tell("peer receives urgent", peer(peer_receives_urgent, 1, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void receive_timeout(void) {
  char byte;
  const int fd = connected_to_peer();
  struct timeval wait = {0, 50 * 1000};
  tell("setsockopt", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait));
  tell("recv", recv(fd, &byte, 1, 0));
  tell("read", read(fd, &byte, 1));
}

static void send_timeout(void) {
  static char bytes[1 << 20];
  const int fd = connected_to_peer();
  const struct timeval wait = {0, 100 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  long sent;
  int rounds = 0;
  do {
    sent = send(fd, bytes, sizeof bytes, 0);
  } while (sent > 0 && ++rounds < 100);
  tell("send at last", sent);
  tell_poll("poll", fd, 0);
}

static void buffer_full(void) {
  static char bytes[1 << 20];
  const int fd = connected_to_peer();
  do_not_block(fd);
  // The other side takes some time to hold all it can.
  struct pollfd state = {.fd = fd, .events = POLLOUT};
  while (poll(&state, 1, 300) == 1) {
    while (send(fd, bytes, sizeof bytes, 0) > 0) {
    }
  }
  tell_poll("poll", fd, 0);
  int queued = 0;
  tell("SIOCOUTQ", ioctl(fd, SIOCOUTQ, &queued));
  say("some queued", "%d", queued > 0);
  peer(peer_drains, 1, 0);
  tell_poll("poll then", fd, POLLOUT);
}

static void low_water(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  set(fd, SOL_SOCKET, SO_RCVLOWAT, 4);
  tell("SO_RCVLOWAT", get(fd, SOL_SOCKET, SO_RCVLOWAT));
  peer(peer_sends, 1, 3);
  struct pollfd state = {.fd = fd, .events = POLLIN};
  tell("poll three", poll(&state, 1, 100));
  peer(peer_sends, 1, 3);
  tell_poll("poll six", fd, POLLIN);
  int waiting = 0;
  while (waiting < 6) ioctl(fd, FIONREAD, &waiting);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
}

static void queued(void) {
  int size = -1;
  const int fd = connected_to_peer();
  tell("FIONREAD", ioctl(fd, FIONREAD, &size));
  say("size", "%d", size);
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  ioctl(fd, FIONREAD, &size);
  say("size then", "%d", size);
  send(fd, "abc", 3, 0);
  peer(peer_receives, 1, 9);
  tell("SIOCOUTQ", ioctl(fd, SIOCOUTQ, &size));
  for (int left = 1000; left > 0 && size != 0; --left) {  // until it is acknowledged
    poll(NULL, 0, 1);
    ioctl(fd, SIOCOUTQ, &size);
  }
  say("unacknowledged", "%d", size);
  tell("SIOCOUTQNSD", ioctl(fd, SIOCOUTQNSD, &size));
  say("unsent", "%d", size);
  tell("no such request", ioctl(fd, 0x89ff, &size));
  const int listener = listening(1);
  tell("FIONREAD of listener", ioctl(listener, FIONREAD, &size));
  tell("SIOCOUTQ of listener", ioctl(listener, SIOCOUTQ, &size));
}

static void vectors(void) {
  char one[2], two[3], three[9];
  struct iovec parts[3] = {{one, 2}, {two, 3}, {three, 9}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 7);
  await(fd, POLLIN);
  union address name;
  memset(&name, 0, sizeof name);
  message.msg_name = &name;
  message.msg_namelen = sizeof name;
  message.msg_flags = -1;
  tell("recvmsg", recvmsg(fd, &message, 0));
  say("name", "%u", message.msg_namelen);
  tell_flags("flags", message.msg_flags);
  message.msg_name = NULL;
  tell("sendmsg", sendmsg(fd, &message, 0));
  tell("peer receives", peer(peer_receives, 1, 99));
  tell("writev", writev(fd, parts, 2));
  tell("peer then receives", peer(peer_receives, 1, 99));
  message.msg_iovlen = 5000;
  tell("too many parts", sendmsg(fd, &message, 0));
  message.msg_iov = (struct iovec*)8;
  message.msg_iovlen = 1;
  tell("bad parts", sendmsg(fd, &message, 0));
  tell("bad header", sendmsg(fd, (struct msghdr*)8, 0));
  tell("bad bytes", send(fd, (void*)8, 3, 0));
  tell("recv bad bytes", recv(fd, (void*)8, 3, MSG_DONTWAIT));
}

static void with_names(void) {
  char bytes[9];
  union address name;
  socklen_t size = sizeof name;
  const int fd = connected_to_peer();
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  tell("recvfrom", recvfrom(fd, bytes, sizeof bytes, 0, &name.any, &size));
  say("size", "%u", size);
  const union address to = with_port(remote, 9);
  tell("sendto", sendto(fd, "abc", 3, 0, &to.any, size_of(&to)));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void many_messages(void) {
  char one[4] = "abc", two[4] = "def";
  struct iovec parts[2] = {{one, 3}, {two, 3}};
  struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = parts, .msg_iovlen = 1}},
                                {.msg_hdr = {.msg_iov = parts + 1, .msg_iovlen = 1}}};
  const int fd = connected_to_peer();
  tell("sendmmsg", sendmmsg(fd, messages, 2, 0));
  say("lengths", "%u %u", messages[0].msg_len, messages[1].msg_len);
  peer(peer_receives, 1, 3);
  peer(peer_receives, 1, 3);
  peer(peer_sends, 1, 6);
  await(fd, POLLIN);
  struct pollfd state = {.fd = fd, .events = POLLIN};
  int waiting = 0;
  while (waiting < 6 && poll(&state, 1, 1000) == 1) ioctl(fd, FIONREAD, &waiting);
  tell("recvmmsg", recvmmsg(fd, messages, 2, MSG_DONTWAIT, NULL));
  say("received", "%u %u", messages[0].msg_len, messages[1].msg_len);
}

static void file_sent(void) {
  const int fd = connected_to_peer();
  FILE* const file = tmpfile();
  fputs("0123456789", file);
  fflush(file);
  off_t from = 2;
  tell("sendfile", sendfile(fd, fileno(file), &from, 99));
  tell("peer receives", peer(peer_receives, 1, 99));
  int ends[2];
  if (pipe(ends) != 0) return;
  peer(peer_sends, 1, 5);
  await(fd, POLLIN);
  tell("splice", splice(fd, NULL, ends[1], NULL, 99, 0));
}

static void receive_interrupted(void) {
  char byte;
  const int fd = connected_to_peer();
  count_signal(SIGALRM, 0);
  alarm_in(50, true);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("read", read(fd, &byte, 1));
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  tell("recvmsg", recvmsg(fd, &message, 0));
}

static void receive_restarted(void) {
  char bytes[9];
  const int fd = connected_to_peer();
  count_signal(SIGALRM, SA_RESTART);
  alarm_in(20, true);
  peer(peer_sends_later, 1, 5);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  say("signals", "%d", signals > 0);
  const struct timeval wait = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  tell("recv with a limit", recv(fd, bytes, sizeof bytes, 0));
}

static void* close_later(void* fd) {
  poll(NULL, 0, 50);
  close(*(const int*)fd);
  return NULL;
}

static void closed_while_receiving(void) {
  char bytes[9];
  int fd = connected_to_peer();
  pthread_t thread;
  pthread_create(&thread, NULL, close_later, &fd);
  peer(peer_sends_later, 1, 5);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  pthread_join(thread, NULL);
  tell("recv then", recv(fd, bytes, sizeof bytes, 0));
}

static void* shut_later(void* fd) {
  poll(NULL, 0, 50);
  shutdown(*(const int*)fd, SHUT_RD);
  return NULL;
}

static void shut_while_receiving(void) {
  char bytes[9];
  int fd = connected_to_peer();
  pthread_t thread;
  pthread_create(&thread, NULL, shut_later, &fd);
  tell("recv", recv(fd, bytes, sizeof bytes, 0));
  pthread_join(thread, NULL);
}

const struct situation data_situations[] = {
    {"data-peek", peek, true},
    {"data-wait-all", wait_all, true},
    {"data-trunc", truncated, true},
    {"data-urgent", urgent, true},
    {"data-urgent-inline", urgent_inline, true},
    {"data-urgent-sent", urgent_sent, true},
    {"data-receive-timeout", receive_timeout, false},
    {"data-send-timeout", send_timeout, true},
    {"data-full", buffer_full, true},
    {"data-low-water", low_water, true},
    {"data-queued", queued, true},
    {"data-vectors", vectors, true},
    {"data-names", with_names, true},
    {"data-mmsg", many_messages, false},
    {"data-file", file_sent, true},
    {"data-eintr", receive_interrupted, false},
    {"data-restart", receive_restarted, false},
    {"data-close", closed_while_receiving, true},
    {"data-shutdown", shut_while_receiving, false},
    {0},
};
