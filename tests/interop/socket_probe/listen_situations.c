// Listeners and what they accept.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "probe.h"

static void not_listening(void) {
  const int fd = make(SOCK_STREAM);
  tell("accept fresh", accept(fd, NULL, NULL));
  const int connected = connected_to_peer();
  tell("accept connected", accept(connected, NULL, NULL));
  tell("listen connected", listen(connected, 1));
  const int datagram = make(SOCK_DGRAM);
  tell("accept datagram", accept(datagram, NULL, NULL));
  tell("listen datagram", listen(datagram, 1));
}

static void listener_itself(void) {
  char byte;
  const int fd = listening(5);
  tell_poll("poll", fd, 0);
  tell("listen again", listen(fd, 7));
  tell("recv", recv(fd, &byte, 1, MSG_DONTWAIT));
  tell("send", send(fd, "x", 1, 0));
  tell("bind", bind_to(fd, own));
  union address name;
  socklen_t size = sizeof name;
  tell("getpeername", getpeername(fd, &name.any, &size));
  tell("SO_ACCEPTCONN", get(fd, SOL_SOCKET, SO_ACCEPTCONN));
  const int unbound = make(SOCK_STREAM);
  tell("listen unbound", listen(unbound, 0));
  say("has a port", "%d", port_of(unbound) != 0);
}

static void accepted(void) {
  const int fd = listening(5);
  do_not_block(fd);
  tell("accept nobody", accept(fd, NULL, NULL));
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  peer(peer_connects, 1, port_of(fd));
  tell_poll("poll", fd, POLLIN);
  union address name;
  socklen_t size = sizeof name;
  const int made = accept(fd, &name.any, &size);
  tell_fd("accept", made);
  tell_address("peer", &name, size);
  say("blocks", "%d", (fcntl(made, F_GETFL) & O_NONBLOCK) == 0);
  tell("nodelay", get(made, IPPROTO_TCP, TCP_NODELAY));
  tell("keepalive", get(made, SOL_SOCKET, SO_KEEPALIVE));
  tell_poll("poll made", made, POLLOUT);
  tell_poll("poll then", fd, 0);
  tell("send", send(made, "abc", 3, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
}

static void accepted_with_flags(void) {
  const int fd = listening(5);
  do_not_block(fd);
  tell("accept4 nonsense", accept4(fd, NULL, NULL, 0x40));
  peer(peer_connects, 1, port_of(fd));
  await(fd, POLLIN);
  const int made = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  tell_fd("accept4", made);
  say("blocks", "%d", (fcntl(made, F_GETFL) & O_NONBLOCK) == 0);
  say("closes on exec", "%d", (fcntl(made, F_GETFD) & FD_CLOEXEC) != 0);
}

static void accepted_badly(void) {
  const int fd = listening(5);
  do_not_block(fd);
  union address name;
  socklen_t size = (socklen_t)-1;
  peer(peer_connects, 1, port_of(fd));
  await(fd, POLLIN);
  tell("negative size", accept(fd, &name.any, &size));
  peer(peer_connects, 2, port_of(fd));
  await(fd, POLLIN);
  size = sizeof name;
  tell("bad pointer", accept(fd, (struct sockaddr*)8, &size));
  peer(peer_connects, 3, port_of(fd));
  await(fd, POLLIN);
  size = 4;
  tell_fd("short", accept(fd, &name.any, &size));
  say("size", "%u", size);
}

static void no_descriptors(void) {
  const int fd = listening(5);
  do_not_block(fd);
  peer(peer_connects, 1, port_of(fd));
  await(fd, POLLIN);
  struct rlimit all;
  getrlimit(RLIMIT_NOFILE, &all);
  struct rlimit few = all;
  few.rlim_cur = (rlim_t)fd + 1;
  setrlimit(RLIMIT_NOFILE, &few);
  tell("accept", accept(fd, NULL, NULL));
  tell("socket", socket(family, SOCK_STREAM, 0));
  setrlimit(RLIMIT_NOFILE, &all);
  tell_poll("poll", fd, POLLIN);
  const int made = accept(fd, NULL, NULL);
  tell_fd("accept then", made);
  peer(peer_sends, 1, 3);
  await(made, POLLIN);
  char bytes[9];
  tell("recv", recv(made, bytes, sizeof bytes, 0));
}

static void reset_before_accept(void) {
  char byte;
  const int fd = listening(5);
  do_not_block(fd);
  peer(peer_connects, 1, port_of(fd));
  await(fd, POLLIN);
  peer(peer_resets, 1, 0);
  tell_poll("poll", fd, POLLIN);
  const int made = accept(fd, NULL, NULL);
  tell_fd("accept", made);
  if (made < 0) return;
  tell_poll("poll made", made, POLLERR | POLLHUP);
  tell("recv", recv(made, &byte, 1, MSG_DONTWAIT));
}

static void closed_before_accept(void) {
  char bytes[9];
  const int fd = listening(5);
  peer(peer_connects, 1, port_of(fd));
  peer(peer_sends, 1, 3);
  peer(peer_closes, 1, 0);
  const int made = accept(fd, NULL, NULL);
  tell_fd("accept", made);
  await(made, POLLIN);
  tell("recv", recv(made, bytes, sizeof bytes, 0));
  tell("recv the end", recv(made, bytes, sizeof bytes, 0));
}

static void tell_places(const char* what, int backlog, int most) {
  const int port = peer(peer_listens, 0, backlog);
  int connected = 0;
  for (; connected < most; ++connected) {
    struct pollfd state = {.fd = make(SOCK_STREAM | SOCK_NONBLOCK), .events = POLLOUT};
    connect_to(state.fd, with_port(remote, port));
    if (poll(&state, 1, 300) == 0) break;
  }
  say(what, "%d", connected);
}

static void backlog_full(void) {
  tell_places("connected", 1, 9);
  tell_places("connected of 0", 0, 9);
  tell_places("connected of 3", 3, 9);
  tell_places("connected of -1", -1, 20);  // as many as there may be
}

static void accept_timeout(void) {
  const int fd = listening(5);
  const struct timeval wait = {0, 100 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  tell("accept", accept(fd, NULL, NULL));
}

static void accept_interrupted(void) {
  const int fd = listening(5);
  count_signal(SIGALRM, 0);
  alarm_in(50, true);
  tell("accept", accept(fd, NULL, NULL));
  say("signals", "%d", signals > 0);
}

// The abstract name that a socket has in the machine's table of Unix sockets, if it is one.
static struct sockaddr_un unix_name(int fd) {
  struct sockaddr_un found = {.sun_family = AF_UNIX};
  struct stat status;
  fstat(fd, &status);
  FILE* const table = fopen("/proc/net/unix", "r");
  char line[512], name[64];
  while (table && fgets(line, sizeof line, table)) {
    unsigned long inode;
    if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu @%63s", &inode, name) != 2) continue;
    if (inode == status.st_ino) memcpy(found.sun_path + 1, name, strlen(name));
  }
  if (table) fclose(table);
  return found;
}

// Somebody of the machine connects to what a lab host's listener is made of.
static void stranger(void) {
  const int fd = listening(5);
  do_not_block(fd);
  const struct sockaddr_un name = unix_name(fd);
  const size_t length = strlen(name.sun_path + 1);
  say("is a Unix socket", "%d", length > 0);
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
  const int other = socket(AF_UNIX, SOCK_STREAM, 0);
  connect(other, (const struct sockaddr*)&name, size);
  tell("accept nobody", accept(fd, NULL, NULL));
  peer(peer_connects, 1, port_of(fd));
  peer(peer_sends, 1, 3);
  await(fd, POLLIN);
  const int made = accept(fd, NULL, NULL);
  send(other, "strange", 7, MSG_NOSIGNAL);
  char bytes[9];
  await(made, POLLIN);
  tell("recv", recv(made, bytes, sizeof bytes, MSG_DONTWAIT));
  tell("send", send(made, "abcd", 4, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
  tell("accept again", accept(fd, NULL, NULL));
  // Before one that is let in.
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr*)&name, size);
  peer(peer_connects, 2, port_of(fd));
  peer(peer_sends, 2, 5);
  await(fd, POLLIN);
  do_not_block(fd);
  const int next = accept(fd, NULL, NULL);
  await(next, POLLIN);
  tell("recv of the next", recv(next, bytes, sizeof bytes, MSG_DONTWAIT));
}

// Whom a listener never accepted.
static void ended_unaccepted(void) {
  for (int shuts = 0; shuts < 2; ++shuts) {
    char byte;
    const int fd = listening(5);
    const int other = make(SOCK_STREAM);
    connect_to(other, with_port(own, port_of(fd)));
    await(fd, POLLIN);
    if (shuts) {
      shutdown(fd, SHUT_RD);
    } else {
      close(fd);
    }
    tell_poll("poll", other, POLLHUP);
    tell("recv", recv(other, &byte, 1, 0));
    tell("send", send(other, "x", 1, MSG_NOSIGNAL));
  }
}

static void* connect_later(void* listener) {
  poll(NULL, 0, 150);
  const int fd = make(SOCK_STREAM);
  tell("connect", connect_to(fd, with_port(own, *(const int*)listener)));
  return NULL;
}

static void accept_restarted(void) {
  const int fd = listening(5);
  int port = port_of(fd);
  sigset_t ticks;
  sigemptyset(&ticks);
  sigaddset(&ticks, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &ticks, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, connect_later, &port);
  pthread_sigmask(SIG_UNBLOCK, &ticks, NULL);
  count_signal(SIGALRM, SA_RESTART);
  alarm_in(20, true);
  const int made = accept(fd, NULL, NULL);
  pthread_join(thread, NULL);
  tell_fd("accept", made);
  say("signals", "%d", signals > 0);
}

static void* shut_later(void* fd) {
  poll(NULL, 0, 100);
  shutdown(*(const int*)fd, SHUT_RDWR);
  return NULL;
}

static void shut_while_accepting(void) {
  int fd = listening(5);
  pthread_t thread;
  pthread_create(&thread, NULL, shut_later, &fd);
  tell("accept", accept(fd, NULL, NULL));
  pthread_join(thread, NULL);
}

static void shut_listener(void) {
  const int fd = listening(5);
  const int port = port_of(fd);
  tell("write side", shutdown(fd, SHUT_WR));
  tell_poll("poll after that", fd, 0);
  tell("read side", shutdown(fd, SHUT_RD));
  tell_poll("poll", fd, POLLHUP);
  tell("accept", accept4(fd, NULL, NULL, SOCK_NONBLOCK));
  const int client = make(SOCK_STREAM);
  tell("connect", connect_to(client, with_port(own, port)));
  tell("listen again", listen(fd, 5));
  tell("connect then", connect_to(client, with_port(own, port)));
}

static void* close_later(void* fd) {
  poll(NULL, 0, 50);
  close(*(const int*)fd);
  return NULL;
}

static void closed_while_accepting(void) {
  int fd = listening(5);
  int port = port_of(fd);
  pthread_t closer, connector;
  pthread_create(&closer, NULL, close_later, &fd);
  pthread_create(&connector, NULL, connect_later, &port);
  const int made = accept(fd, NULL, NULL);
  pthread_join(closer, NULL);
  pthread_join(connector, NULL);
  tell_fd("accept", made);
}

static void two_processes(void) {
  const int fd = listening(5);
  int answers[2];
  if (pipe(answers) != 0) return;
  pid_t children[2];
  for (int i = 0; i < 2; ++i) {
    children[i] = fork();
    if (children[i] != 0) continue;
    const int made = accept(fd, NULL, NULL);
    const ssize_t told = write(answers[1], made >= 0 ? "y" : "n", 1);
    const ssize_t sent = send(made, "hi", 2, 0);
    poll(NULL, 0, 5000);
    _exit(told == 1 && sent == 2 ? 0 : 1);
  }
  for (int i = 1; i <= 2; ++i) peer(peer_connects, i, port_of(fd));
  char made[2] = "";
  for (int i = 0; i < 2; ++i) {
    await(answers[0], POLLIN);
    fcntl(answers[0], F_SETFL, O_NONBLOCK);
    if (read(answers[0], made + i, 1) != 1) made[i] = '-';
  }
  say("accepted", "%c%c", made[0], made[1]);
  for (int i = 1; i <= 2; ++i) tell("peer receives", peer(peer_receives, i, 9));
  for (int i = 0; i < 2; ++i) kill(children[i], SIGKILL);
}

static void listener_closed(void) {
  const int fd = listening(5);
  const int port = port_of(fd);
  close(fd);
  const int client = make(SOCK_STREAM);
  tell("connect", connect_to(client, with_port(own, port)));
  const int again = make(SOCK_STREAM);
  tell("bind", bind_to(again, with_port(own, port)));
  tell("listen", listen(again, 5));
}

static void closed_with_one_waiting(void) {
  const int fd = listening(5);
  tell("peer connects", peer(peer_connects, 1, port_of(fd)));
  await(fd, POLLIN);
  tell("close", close(fd));
  tell("peer receives", peer(peer_receives, 1, 9));
}

const struct situation listen_situations[] = {
    {"accept-not-listening", not_listening, false},
    {"listener", listener_itself, false},
    {"accept", accepted, true},
    {"accept-flags", accepted_with_flags, false},
    {"accept-bad", accepted_badly, false},
    {"accept-emfile", no_descriptors, true},
    {"accept-reset", reset_before_accept, true},
    {"accept-closed", closed_before_accept, true},
    {"accept-backlog", backlog_full, true},
    {"accept-stranger", stranger, false},
    {"accept-timeout", accept_timeout, false},
    {"accept-eintr", accept_interrupted, false},
    {"accept-restart", accept_restarted, false},
    {"accept-shutdown", shut_while_accepting, false},
    {"listener-shutdown", shut_listener, false},
    {"accept-close", closed_while_accepting, false},
    {"accept-processes", two_processes, true},
    {"listener-unaccepted", ended_unaccepted, false},
    {"listener-closed", listener_closed, false},
    {"listener-closed-waiting", closed_with_one_waiting, true},
    {0},
};
