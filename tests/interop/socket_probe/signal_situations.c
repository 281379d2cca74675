// Calls beneath signals and time limits, and whose descriptor is taken away meanwhile.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "probe.h"

static void limit(int fd, int option, long seconds, long microseconds) {
  const struct timeval wait = {seconds, microseconds};
  if (setsockopt(fd, SOL_SOCKET, option, &wait, sizeof wait) != 0) tell("limit", -1);
}

static int bound_datagram(void) {
  const int fd = make(SOCK_DGRAM);
  bind_to(fd, own);
  return fd;
}

static long receive_from(int fd) {
  char bytes[9];
  union address name;
  socklen_t size = sizeof name;
  return recvfrom(fd, bytes, sizeof bytes, 0, &name.any, &size);
}

static long send_byte(int port) {
  const union address there = with_port(own, port);
  return sendto(make(SOCK_DGRAM), "x", 1, 0, &there.any, size_of(&there));
}

// Does not need to be this late for what is told: only so late that the other waits already.
static pid_t later(int type, int port) {
  const pid_t child = fork();
  if (child != 0) return child;
  poll(NULL, 0, 60);
  if (type == SOCK_DGRAM) {
    send_byte(port);
  } else {
    connect_to(make(SOCK_STREAM), with_port(own, port));
  }
  _exit(0);
}

// --- calls that never block ---

static int failed, interrupted;

static long note(long result) {
  if (result >= 0 || errno == EINPROGRESS) return result;
  ++failed;
  if (errno == EINTR) ++interrupted;
  return result;
}

static void one_round(void) {
  int value = 1;
  socklen_t size = sizeof value;
  struct utsname names;
  const int fd = (int)note(socket(family, SOCK_STREAM, 0));
  note(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
  note(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size));
  note(bind_to(fd, own));
  note(listen(fd, 5));
  const int port = (int)note(port_of(fd));
  const int client = (int)note(socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));
  note(connect_to(client, with_port(own, port)));
  note(uname(&names));
  const int file = (int)note(open("/etc/passwd", O_RDONLY));
  close(file);
  close(client);
  close(fd);
}

static void done_once(void) {
  count_signal(SIGALRM, SA_RESTART);
  alarm_in(1, true);
  for (int rounds = 2000; rounds > 0; --rounds) one_round();
  alarm_in(0, false);
  say("failed", "%d", failed);
}

static void never_interrupted(void) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  count_signal(SIGALRM, 0);
  alarm_in(1, true);
  do {
    one_round();
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (interrupted == 0 && now.tv_sec - start.tv_sec < 2);
  alarm_in(0, false);
  say("interrupted", "%d", interrupted > 0);
}

// --- datagrams ---

enum { numbers = 1000 };

// Sends each number back, and then how many came twice.
static void echo_numbers(int fd) {
  static bool seen[numbers];
  int number, twice = 0;
  union address name;
  alarm_in(1, true);
  for (bool goes_on = true; goes_on;) {
    socklen_t size = sizeof name;
    if (recvfrom(fd, &number, sizeof number, 0, &name.any, &size) < 0) {
      if (errno == EINTR) continue;
      _exit(1);
    }
    goes_on = number >= 0;
    if (goes_on) {
      twice += seen[number];
      seen[number] = true;
    }
    const int answer = goes_on ? number : twice;
    sendto(fd, &answer, sizeof answer, 0, &name.any, size);
  }
  _exit(0);
}

static int ask(int fd, const union address* there, int number) {
  int answer;
  union address name;
  socklen_t size = sizeof name;
  sendto(fd, &number, sizeof number, 0, &there->any, size_of(there));
  while (recvfrom(fd, &answer, sizeof answer, 0, &name.any, &size) < 0 && errno == EINTR) {
  }
  return answer;
}

// Neither is any lost, for which the situation would hang, nor does any come twice.
static void datagrams_once(void) {
  const int fd = bound_datagram(), other = bound_datagram();
  const union address there = with_port(own, port_of(other));
  count_signal(SIGALRM, SA_RESTART);
  const pid_t child = fork();
  if (child == 0) echo_numbers(other);
  alarm_in(1, true);
  int wrong = 0;
  for (int number = 0; number < numbers; ++number) wrong += ask(fd, &there, number) != number;
  say("wrong answers", "%d", wrong);
  say("came twice", "%d", ask(fd, &there, -1));
  alarm_in(0, false);
  waitpid(child, NULL, 0);
}

// --- time limits ---

// Seconds that are too many for a clock of nanoseconds.
static void long_limits(void) {
  static const long seconds[] = {1000000000, 10000000000, 9000000000000000};
  for (int i = 0; i < 3; ++i) {
    const int fd = bound_datagram(), listener = listening(5), client = make(SOCK_STREAM);
    limit(fd, SO_RCVTIMEO, seconds[i], 0);
    later(SOCK_DGRAM, port_of(fd));
    tell("recvfrom", receive_from(fd));
    limit(listener, SO_RCVTIMEO, seconds[i], 0);
    later(SOCK_STREAM, port_of(listener));
    tell_fd("accept", accept(listener, NULL, NULL));
    limit(client, SO_SNDTIMEO, seconds[i], 0);
    tell("connect", connect_to(client, with_port(own, port_of(listener))));
  }
}

// signal(7): with a time limit these are not restarted, whatever the handler's flags.
static void limits_beneath_signals(void) {
  const int fd = bound_datagram(), listener = listening(5);
  limit(fd, SO_RCVTIMEO, 5, 0);
  limit(listener, SO_RCVTIMEO, 5, 0);
  for (int restarts = 0; restarts < 2; ++restarts) {
    count_signal(SIGALRM, restarts ? SA_RESTART : 0);
    alarm_in(40, true);
    tell("recvfrom", receive_from(fd));
    tell("accept", accept(listener, NULL, NULL));
    alarm_in(0, false);
  }
}

static void restarted_without_limits(void) {
  const int fd = bound_datagram(), listener = listening(5);
  count_signal(SIGALRM, SA_RESTART);
  alarm_in(20, true);
  later(SOCK_DGRAM, port_of(fd));
  tell("recvfrom", receive_from(fd));
  later(SOCK_STREAM, port_of(listener));
  tell_fd("accept", accept(listener, NULL, NULL));
  alarm_in(0, false);
}

// --- descriptors taken away ---

static void* receive_in_thread(void* fd) {
  tell("recvfrom", receive_from(*(const int*)fd));
  return NULL;
}

static void taken_while_receiving(bool replaced) {
  int fd = bound_datagram();
  const int port = port_of(fd);
  pthread_t thread;
  pthread_create(&thread, NULL, receive_in_thread, &fd);
  poll(NULL, 0, 100);  // it waits
  if (replaced) {
    dup2(open("/dev/null", O_RDONLY), fd);
  } else {
    close(fd);
  }
  // The call has it still; where a lab host doubts that, it looks now.
  tell("bind", bind_to(make(SOCK_DGRAM), with_port(own, port)));
  tell("sendto", send_byte(port));
  pthread_join(thread, NULL);
}

static void closed_while_receiving(void) { taken_while_receiving(false); }
static void replaced_while_receiving(void) { taken_while_receiving(true); }

const struct situation signal_situations[] = {
    {"signal-restart", done_once, false},
    {"signal-eintr", never_interrupted, false},
    {"signal-datagrams", datagrams_once, false},
    {"signal-limits", limits_beneath_signals, false},
    {"signal-no-limits", restarted_without_limits, false},
    {"limit-long", long_limits, false},
    {"close-receiving", closed_while_receiving, false},
    {"close-receiving-replaced", replaced_while_receiving, false},
    {0},
};
