// The other end of the situations: does as it is told over its control connection.
#include <time.h>

#include "probe.h"

struct message {
  int order, slot, value;
};

enum { slots = 64 };
static int held[slots];
static union address last_source;
static int control_end = -1;

static bool all(int fd, void* bytes, size_t size, bool out) {
  for (char* at = bytes; size > 0;) {
    const ssize_t done = out ? send(fd, at, size, MSG_NOSIGNAL) : recv(fd, at, size, 0);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    size -= (size_t)done;
  }
  return true;
}

static int or_errno(long result) { return result < 0 ? -errno : (int)result; }

static int hold(int slot, int fd) {
  if (fd < 0) return -errno;
  held[slot] = fd;
  return 0;
}

static int reset(int fd) {
  const struct linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  return or_errno(close(fd));
}

static int send_bytes(int fd, int count, const union address* to) {
  char* bytes = malloc((size_t)count + 1);
  memset(bytes, 'x', (size_t)count);
  const ssize_t sent =
      sendto(fd, bytes, (size_t)count, MSG_NOSIGNAL, to ? &to->any : NULL, to ? size_of(to) : 0);
  const int result = or_errno(sent);
  free(bytes);
  return result;
}

static int receive_bytes(int fd, int most, union address* from) {
  await(fd, POLLIN);
  char* bytes = malloc((size_t)most + 1);
  socklen_t size = sizeof *from;
  const int result = or_errno(recvfrom(fd, bytes, (size_t)most, MSG_DONTWAIT,
                                       from ? &from->any : NULL, from ? &size : NULL));
  free(bytes);
  return result;
}

static int receive_urgent(int fd) {
  char byte = 0;
  await(fd, POLLPRI);
  return recv(fd, &byte, 1, MSG_OOB) == 1 ? byte : -errno;
}

static int drain(int fd) {
  static char bytes[1 << 20];
  struct pollfd state = {.fd = fd, .events = POLLIN};
  while (poll(&state, 1, 300) == 1 && recv(fd, bytes, sizeof bytes, 0) > 0) {
  }
  return 0;
}

static int obey(struct message m) {
  const int fd = held[m.slot];
  char byte = (char)m.value;
  switch ((enum order)m.order) {
    case peer_listens: hold(m.slot, listening(m.value)); return port_of(held[m.slot]);
    case peer_accepts:
      if (!await(held[m.value], POLLIN)) return -EAGAIN;
      return hold(m.slot, accept(held[m.value], NULL, NULL));
    case peer_binds:
      hold(m.slot, make(SOCK_STREAM));
      bind_to(held[m.slot], own);
      return port_of(held[m.slot]);
    case peer_connects:
      hold(m.slot, make(SOCK_STREAM));
      return or_errno(connect_to(held[m.slot], with_port(remote, m.value)));
    case peer_sends: return send_bytes(fd, m.value, NULL);
    case peer_receives: return receive_bytes(fd, m.value, NULL);
    case peer_shuts: return or_errno(shutdown(fd, m.value));
    case peer_closes: return or_errno(close(fd));
    case peer_resets: return reset(fd);
    case peer_urges: return or_errno(send(fd, &byte, 1, MSG_OOB | MSG_NOSIGNAL));
    case peer_receives_urgent: return receive_urgent(fd);
    case peer_opens_datagram:
      hold(m.slot, make(SOCK_DGRAM));
      bind_to(held[m.slot], own);
      return port_of(held[m.slot]);
    case peer_receives_from: return receive_bytes(fd, m.value, &last_source);
    case peer_sends_back: return send_bytes(fd, m.value, &last_source);
    case peer_drains: return drain(fd);
    case peer_sends_later: return 0;
  }
  return -EINVAL;
}

// Not a moment that anything depends on: only late enough that the other end waits, mostly.
static void act_later(struct message m) {
  const struct timespec wait = {0, 100 * 1000 * 1000};
  nanosleep(&wait, NULL);
  send_bytes(held[m.slot], m.value, NULL);
}

void serve_peer(int control) {
  struct message m;
  while (all(control, &m, sizeof m, false)) {
    int answer = obey(m);
    if (!all(control, &answer, sizeof answer, true)) break;
    if (m.order == peer_sends_later) act_later(m);
  }
  _exit(0);
}

void meet_peer(int control) { control_end = control; }

int peer(enum order order, int slot, int value) {
  struct message m = {(int)order, slot, value};
  int answer = -EPIPE;
  if (!all(control_end, &m, sizeof m, true) || !all(control_end, &answer, sizeof answer, false)) {
    say("peer", "gone");
    exit(1);
  }
  return answer;
}

int connected_to_peer(void) {
  const int port = peer(peer_listens, 0, 5);
  const int fd = make(SOCK_STREAM);
  if (connect_to(fd, with_port(remote, port)) != 0) tell("connecting", -1);
  const int accepted = peer(peer_accepts, 1, 0);
  if (accepted != 0) say("peer accepted", "%s", strerrorname_np(-accepted));
  return fd;
}

int datagram_to_peer(int* port) {
  *port = peer(peer_opens_datagram, 1, 0);
  const int fd = make(SOCK_DGRAM);
  bind_to(fd, own);
  return fd;
}
