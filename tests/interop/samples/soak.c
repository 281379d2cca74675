// Load for a host: an edge-triggered echo server, and clients that ask much of it.
//   soak server PORT                 until it is ended
//   soak many HOST PORT COUNT        so many connections at once, each with a message and its echo
//   soak row HOST PORT COUNT         one after the other
//   soak bulk HOST PORT MEGABYTES    through one, both ways
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[1 << 18];

static void fail(const char* what) {
  perror(what);
  exit(1);
}

struct pending {
  size_t from, size;
  char* bytes;
};
static struct pending pending[65536];

// Reads and echoes until the kernel has no more of either; 0: the connection has ended.
static int echo(int fd) {
  struct pending* p = &pending[fd];
  for (;;) {
    while (p->size > p->from) {
      const ssize_t n = write(fd, p->bytes + p->from, p->size - p->from);
      if (n < 0) return errno == EAGAIN;
      p->from += n;
    }
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    p->bytes = realloc(p->bytes, n);
    memcpy(p->bytes, buffer, n);
    p->from = 0;
    p->size = n;
  }
}

static void forget(int fd) {
  free(pending[fd].bytes);
  memset(&pending[fd], 0, sizeof pending[fd]);
  close(fd);
}

static void serve(int port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  const int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr*)&any, sizeof any) || listen(listener, 128)) fail("listen");
  const int queue = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = listener}, ready[256];
  epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    const int count = epoll_wait(queue, ready, 256, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[i].data.fd;
      if (fd != listener) {
        if (!echo(fd)) forget(fd);
        continue;
      }
      int accepted;
      while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        event = (struct epoll_event){EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.fd = accepted}};
        epoll_ctl(queue, EPOLL_CTL_ADD, accepted, &event);
      }
    }
  }
}

static struct addrinfo* peer;
static void look_up(const char* host, const char* port) {
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  if (getaddrinfo(host, port, &hints, &peer)) fail(host);
}

static int open_one(int flags) {
  const int fd = socket(peer->ai_family, SOCK_STREAM | flags, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, peer->ai_addr, peer->ai_addrlen) && errno != EINPROGRESS) fail("connect");
  return fd;
}

static void wait_for(int fd, int events) {
  struct pollfd one = {fd, events, 0};
  if (poll(&one, 1, 30000) != 1 || !(one.revents & events)) fail("poll");
}

static void talk(int fd, int number) {
  char said[32], heard[32];
  const int size = snprintf(said, sizeof said, "message %d", number);
  if (write(fd, said, size) != size) fail("write");
  for (int got = 0; got < size;) {
    const ssize_t n = read(fd, heard + got, sizeof heard - got);
    if (n < 0 && errno == EAGAIN) {
      wait_for(fd, POLLIN);
      continue;
    }
    if (n <= 0) fail("read");
    got += n;
  }
  if (memcmp(said, heard, size)) fail("another echo");
}

static void many(int count) {
  int* fds = calloc(count, sizeof *fds);
  for (int i = 0; i < count; ++i) fds[i] = open_one(SOCK_NONBLOCK);
  for (int i = 0; i < count; ++i) {
    int error;
    socklen_t size = sizeof error;
    wait_for(fds[i], POLLOUT);
    if (getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &error, &size) || error) fail("SO_ERROR");
  }
  for (int i = 0; i < count; ++i) talk(fds[i], i);
  for (int i = 0; i < count; ++i) close(fds[i]);
  free(fds);
}

static void row(int count) {
  for (int i = 0; i < count; ++i) {
    const int fd = open_one(0);
    talk(fd, i);
    close(fd);
  }
}

static void bulk(long long bytes) {
  const int fd = open_one(0);
  long long sent = 0, got = 0;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  while (got < bytes) {
    if (sent < bytes) {
      const long long left = bytes - sent;
      const ssize_t n = write(fd, buffer, left < (long long)sizeof buffer ? left : sizeof buffer);
      if (n > 0) sent += n;
      if (sent == bytes) shutdown(fd, SHUT_WR);
    }
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n > 0) got += n;
    if (n == 0) break;
    if (n < 0 && errno == EAGAIN) wait_for(fd, POLLIN | (sent < bytes ? POLLOUT : 0));
    if (n < 0 && errno != EAGAIN) fail("read");
  }
  close(fd);
  if (got != bytes) fail("lost bytes");
}

int main(int count, char** words) {
  const struct rlimit most = {8192, 8192};
  setrlimit(RLIMIT_NOFILE, &most);
  if (count == 3 && !strcmp(words[1], "server")) serve(atoi(words[2]));
  if (count != 5) return 2;
  look_up(words[2], words[3]);
  if (!strcmp(words[1], "many")) many(atoi(words[4]));
  if (!strcmp(words[1], "row")) row(atoi(words[4]));
  if (!strcmp(words[1], "bulk")) bulk(atoll(words[4]) * 1000000);
  puts("done");
}
