// socket_probe local ADDRESS [SITUATION…]     both ends here
// socket_probe server                          the peer of others
// socket_probe across ADDRESS [SITUATION…]    with the peer that serves there
//
// Tells of each situation what the calls gave: errno, poll bits, sizes. Each is a process of its
// own, which SIGKILL ends when it hangs.
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "probe.h"

enum { server_port = 9777, patience_ms = 2000, longest_s = 8 };

int family = AF_INET;
union address own, remote;
volatile int signals;
static const char* situation_name = "?";

// --- addresses ---

socklen_t size_of(const union address* address) {
  return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

union address with_port(union address address, int port) {
  address.v4.sin_port = htons((uint16_t)port);  // it lies where that of IPv6 does
  return address;
}

union address parse_address(const char* text) {
  union address parsed = {0};
  const bool v6 = strchr(text, ':') != NULL;
  parsed.any.sa_family = v6 ? AF_INET6 : AF_INET;
  void* const bytes = v6 ? (void*)&parsed.v6.sin6_addr : (void*)&parsed.v4.sin_addr;
  if (inet_pton(parsed.any.sa_family, text, bytes) != 1) {
    fprintf(stderr, "socket_probe: %s is no address\n", text);
    exit(2);
  }
  return parsed;
}

int port_of(int fd) {
  union address address;
  socklen_t size = sizeof address;
  if (getsockname(fd, &address.any, &size) != 0) return -errno;
  return ntohs(address.v4.sin_port);
}

// --- telling ---

void say(const char* what, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("%s: %s=", situation_name, what);
  vprintf(format, arguments);
  printf("\n");
  fflush(stdout);
  va_end(arguments);
}

void tell(const char* what, long result) {
  if (result < 0) {
    say(what, "%s", strerrorname_np(errno));
  } else {
    say(what, "%ld", result);
  }
}

void tell_fd(const char* what, int fd) {
  if (fd < 0) return tell(what, -1);
  say(what, "fd");
}

void tell_error(const char* what, int fd) {
  const int error = get(fd, SOL_SOCKET, SO_ERROR);
  say(what, "%s", error == 0 ? "0" : strerrorname_np(error));
}

static void tell_bits(const char* what, int bits, const int* known, const char* const* names) {
  char text[128] = "";
  for (int i = 0; known[i] != 0; ++i) {
    if ((bits & known[i]) == 0) continue;
    if (text[0]) strcat(text, "|");
    strcat(text, names[i]);
  }
  say(what, "%s", text[0] ? text : "0");
}

void tell_poll(const char* what, int fd, int awaited) {
  static const int known[] = {POLLIN, POLLPRI, POLLOUT, POLLRDHUP, POLLERR, POLLHUP, POLLNVAL, 0};
  static const char* const names[] = {"IN", "PRI", "OUT", "RDHUP", "ERR", "HUP", "NVAL"};
  struct pollfd state = {.fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP};
  for (int left = patience_ms; left > 0; --left) {
    poll(&state, 1, 0);
    if ((state.revents & awaited) == awaited) break;
    poll(NULL, 0, 1);
  }
  tell_bits(what, state.revents, known, names);
}

void tell_flags(const char* what, int flags) {
  static const int known[] = {MSG_OOB, MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE, MSG_EOR, 0};
  static const char* const names[] = {"OOB", "TRUNC", "CTRUNC", "ERRQUEUE", "EOR"};
  tell_bits(what, flags, known, names);
}

// Without the port, which differs, but whether there is one.
void tell_address(const char* what, const union address* address, socklen_t size) {
  char text[INET6_ADDRSTRLEN] = "";
  if (size == 0) return say(what, "none");
  if (size < sizeof(sa_family_t)) return say(what, "%u bytes", size);
  if (address->any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof text);
  } else if (address->any.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &address->v6.sin6_addr, text, sizeof text);
  } else {
    return say(what, "family %d, %u bytes", address->any.sa_family, size);
  }
  union address bare = with_port(*address, 0);
  const bool is_ours = memcmp(&bare, &own, size_of(&own)) == 0;
  const bool is_theirs = memcmp(&bare, &remote, size_of(&remote)) == 0;
  if (is_ours || is_theirs) snprintf(text, sizeof text, "an end");
  say(what, "%s port %s, %u bytes", text, address->v4.sin_port != 0 ? "some" : "0", size);
}

bool await(int fd, int bits) {
  struct pollfd state = {.fd = fd, .events = (short)bits};
  return poll(&state, 1, patience_ms) == 1;
}

// --- sockets ---

int make(int type) {
  const int fd = socket(family, type, 0);
  if (fd < 0) tell("socket", -1);
  return fd;
}

void set(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) tell("setsockopt", -1);
}

int get(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  if (getsockopt(fd, level, name, &value, &size) != 0) tell("getsockopt", -1);
  return value;
}

void do_not_block(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

int connect_to(int fd, union address address) {
  return connect(fd, &address.any, size_of(&address));
}

int bind_to(int fd, union address address) { return bind(fd, &address.any, size_of(&address)); }

int listening(int backlog) {
  const int fd = make(SOCK_STREAM);
  if (bind_to(fd, own) != 0 || listen(fd, backlog) != 0) tell("listening", -1);
  return fd;
}

static void on_signal(int number) {
  (void)number;
  ++signals;
}

void count_signal(int number, int flags) {
  struct sigaction action = {0};
  action.sa_handler = on_signal;
  action.sa_flags = flags;
  sigaction(number, &action, NULL);
  signals = 0;
}

void alarm_in(int milliseconds, bool again) {
  struct itimerval timer = {{0, again ? milliseconds * 1000 : 0}, {0, milliseconds * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

// --- modes ---

static int call_server(void) {
  const int control = make(SOCK_STREAM);
  for (int tries = 100; connect_to(control, with_port(remote, server_port)) != 0; --tries) {
    if (tries == 0) {
      perror("socket_probe: connect to the server");
      exit(2);
    }
    poll(NULL, 0, 50);
  }
  socklen_t size = sizeof own;
  getsockname(control, &own.any, &size);
  own = with_port(own, 0);
  return control;
}

static int fork_peer(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) exit(2);
  if (fork() == 0) {
    close(ends[0]);
    serve_peer(ends[1]);
  }
  close(ends[1]);
  return ends[0];
}

static void run_one(const struct situation* situation, bool across) {
  situation_name = situation->name;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGPIPE, SIG_IGN);
    meet_peer(across ? call_server() : fork_peer());
    situation->run();
    exit(0);
  }
  int status = 0;
  for (int left = longest_s * 1000; waitpid(child, &status, WNOHANG) == 0; --left) {
    if (left == 0) {
      kill(child, SIGKILL);
      say("hangs", "yes");
    }
    poll(NULL, 0, 1);
  }
  if (WIFSIGNALED(status)) say("killed", "%d", WTERMSIG(status));
}

static void run_all(int count, char** names, bool across) {
  const struct situation* const tables[] = {
      connect_situations,    closing_situations, listen_situations,   bind_situations,
      data_situations,       event_situations,   datagram_situations, option_situations,
      descriptor_situations, message_situations, signal_situations,   interruption_situations};
  for (size_t t = 0; t < sizeof tables / sizeof tables[0]; ++t) {
    for (const struct situation* s = tables[t]; s->name; ++s) {
      bool wanted = count == 0 && (!across || s->across);
      for (int i = 0; i < count; ++i) wanted |= strncmp(names[i], s->name, strlen(names[i])) == 0;
      if (wanted) run_one(s, across);
    }
  }
}

static void serve(void) {
  signal(SIGCHLD, SIG_IGN);
  family = AF_INET6;
  own = with_port(parse_address("::"), server_port);
  const int listener = make(SOCK_STREAM);
  set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind_to(listener, own) != 0 || listen(listener, 16) != 0) {
    perror("socket_probe: serve");
    exit(2);
  }
  printf("serving\n");
  fflush(stdout);
  for (;;) {
    socklen_t size = sizeof remote;
    const int control = accept(listener, &remote.any, &size);
    if (control < 0) continue;
    if (fork() == 0) {
      size = sizeof own;
      getsockname(control, &own.any, &size);
      own = with_port(own, 0);
      serve_peer(control);
    }
    close(control);
  }
}

int main(int count, char** words) {
  if (count >= 2 && strcmp(words[1], "server") == 0) serve();
  const bool across = count >= 3 && strcmp(words[1], "across") == 0;
  if (count < 3 || (!across && strcmp(words[1], "local") != 0)) {
    fprintf(stderr, "socket_probe local|across ADDRESS [SITUATION...] | server\n");
    return 2;
  }
  own = remote = parse_address(words[2]);
  family = own.any.sa_family;
  run_all(count - 3, words + 3, across);
  return 0;
}
