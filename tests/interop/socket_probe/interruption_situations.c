// Threads that wait in a call, and what a signal does to them (signal(7)).
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "probe.h"

static int bound_datagram(void) {
  const int fd = make(SOCK_DGRAM);
  bind_to(fd, own);
  return fd;
}

static void send_byte(int port) {
  const union address there = with_port(own, port);
  const int fd = make(SOCK_DGRAM);
  sendto(fd, "x", 1, 0, &there.any, size_of(&there));
  close(fd);
}

// By a call that names an address: such a one waits at the lab host.
static long receive(int fd) {
  char byte;
  union address name;
  socklen_t size = sizeof name;
  return recvfrom(fd, &byte, 1, 0, &name.any, &size);
}

// Only so long that others wait by then, or for certain.
static void let_wait(void) { poll(NULL, 0, 100); }

// --- stopped and continued ---

static void* just_receive(void* fd) {
  receive(*(const int*)fd);
  return NULL;
}

static void* just_pause(void* unused) {
  pause();
  return unused;
}

// A child that waits in a call, with other threads perhaps; whether it stops, and what the call
// gives when it goes on and a datagram comes.
static void stop(bool in_thread, bool beside_thread, long limit_s) {
  int fd = bound_datagram();
  const struct timeval limit = {limit_s, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    if (in_thread) pthread_create(&thread, NULL, just_receive, &fd);
    if (beside_thread) pthread_create(&thread, NULL, just_pause, NULL);
    if (in_thread) pthread_join(thread, NULL);
    const long got = in_thread ? 0 : receive(fd);
    _exit(got < 0 ? errno : 0);
  }
  let_wait();
  int status = 0;
  kill(child, SIGSTOP);
  waitpid(child, &status, WUNTRACED);
  say("stopped", "%d", WIFSTOPPED(status));
  kill(child, SIGCONT);
  if (limit_s == 0) send_byte(port_of(fd));
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  tell("receives", errno != 0 ? -1 : 0);
}

static void stopped(void) { stop(false, false, 0); }
static void stopped_with_limit(void) { stop(false, false, 100); }
static void stopped_thread(void) { stop(true, false, 0); }
static void stopped_beside_thread(void) { stop(false, true, 0); }

// --- signals to threads ---

struct receiver {
  pthread_t thread;
  int fd;
  long got;
  int error;
};

static void* receive_in(void* argument) {
  struct receiver* const receiver = argument;
  receiver->got = receive(receiver->fd);
  receiver->error = errno;
  return NULL;
}

static void start_receiver(struct receiver* receiver) {
  receiver->fd = bound_datagram();
  pthread_create(&receiver->thread, NULL, receive_in, receiver);
}

static void tell_received(const char* what, const struct receiver* receiver) {
  errno = receiver->error;
  tell(what, receiver->got);
}

static void to_one_thread(void) {
  struct receiver receivers[2];
  count_signal(SIGUSR1, 0);
  for (int i = 0; i < 2; ++i) start_receiver(&receivers[i]);
  let_wait();
  pthread_kill(receivers[1].thread, SIGUSR1);
  pthread_join(receivers[1].thread, NULL);
  tell_received("the one", &receivers[1]);
  send_byte(port_of(receivers[0].fd));
  pthread_join(receivers[0].thread, NULL);
  tell_received("the other", &receivers[0]);
  say("signals", "%d", signals);
}

// The first thread takes it, and the others go on waiting.
static void to_process(void) {
  struct receiver receiver;
  count_signal(SIGUSR1, 0);
  start_receiver(&receiver);
  let_wait();
  kill(getpid(), SIGUSR1);
  let_wait();
  say("signals", "%d", signals);
  send_byte(port_of(receiver.fd));
  pthread_join(receiver.thread, NULL);
  tell_received("receives", &receiver);
}

// The first thread blocks it: one of the others takes it.
static void to_others(void) {
  struct receiver receivers[2];
  sigset_t set;
  count_signal(SIGUSR1, 0);
  for (int i = 0; i < 2; ++i) start_receiver(&receivers[i]);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  let_wait();
  kill(getpid(), SIGUSR1);
  let_wait();
  int interrupted = 0, received = 0;
  for (int i = 0; i < 2; ++i) {
    send_byte(port_of(receivers[i].fd));
    pthread_join(receivers[i].thread, NULL);
    interrupted += receivers[i].got < 0 && receivers[i].error == EINTR;
    received += receivers[i].got == 1;
  }
  say("signals", "%d", signals);
  say("interrupted", "%d", interrupted);
  say("received", "%d", received);
}

// It takes a signal of its own and goes on with the call.
static void restarted_thread(void) {
  struct receiver receiver;
  count_signal(SIGUSR1, SA_RESTART);
  start_receiver(&receiver);
  let_wait();
  pthread_kill(receiver.thread, SIGUSR1);
  let_wait();
  say("signals", "%d", signals);
  send_byte(port_of(receiver.fd));
  pthread_join(receiver.thread, NULL);
  tell_received("receives", &receiver);
}

static void* receive_until_byte(void* argument) {
  struct receiver* const receiver = argument;
  while ((receiver->got = receive(receiver->fd)) < 0 && errno == EINTR) ++receiver->error;
  return NULL;
}

// One after the other, to the only thread that does not block them.
static void to_other_again(void) {
  struct receiver receiver = {.fd = bound_datagram()};
  sigset_t set;
  count_signal(SIGUSR1, 0);
  pthread_create(&receiver.thread, NULL, receive_until_byte, &receiver);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  let_wait();
  for (int count = 0; count < 3; ++count) {
    kill(getpid(), SIGUSR1);
    for (int tries = 400; signals == count && tries > 0; --tries) poll(NULL, 0, 5);
    let_wait();
  }
  send_byte(port_of(receiver.fd));
  pthread_join(receiver.thread, NULL);
  say("interrupted", "%d", receiver.error);
  say("signals", "%d", signals);
}

static void* receive_and_end(void* fd) { _exit(receive(*(const int*)fd) < 0 ? errno : 0); }

// The first thread is gone when the signal comes.
static void without_the_first(void) {
  int fd = bound_datagram(), status = 0;
  count_signal(SIGUSR1, 0);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, receive_and_end, &fd);
    pthread_exit(NULL);
  }
  let_wait();
  kill(child, SIGUSR1);
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  tell("receives", errno != 0 ? -1 : 0);
}

// Whom another thread tells that it is over.
static void shut_while_receiving(bool connected) {
  struct receiver receiver = {.fd = bound_datagram()};
  if (connected) connect_to(receiver.fd, with_port(own, port_of(bound_datagram())));
  pthread_create(&receiver.thread, NULL, receive_in, &receiver);
  let_wait();
  tell("shutdown", shutdown(receiver.fd, SHUT_RD));
  pthread_join(receiver.thread, NULL);
  tell_received("receives", &receiver);
  tell("receives again", receive(receiver.fd));
  tell_poll("poll", receiver.fd, POLLRDHUP);
}

static void shut_fresh(void) { shut_while_receiving(false); }
static void shut_connected(void) { shut_while_receiving(true); }

// recvmmsg(2): of two, one has come when the signal does.
static void several_interrupted(void) {
  const int fd = bound_datagram();
  char bytes[2][9];
  struct iovec parts[2] = {{bytes[0], 9}, {bytes[1], 9}};
  struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &parts[0], .msg_iovlen = 1}},
                                {.msg_hdr = {.msg_iov = &parts[1], .msg_iovlen = 1}}};
  count_signal(SIGALRM, SA_RESTART);
  send_byte(port_of(fd));
  alarm_in(100, false);
  tell("recvmmsg", recvmmsg(fd, messages, 2, 0, NULL));
  say("signals", "%d", signals);
}

static void cancelled(void) {
  struct receiver receiver;
  void* result = NULL;
  start_receiver(&receiver);
  let_wait();
  pthread_cancel(receiver.thread);
  pthread_join(receiver.thread, &result);
  say("cancelled", "%d", result == PTHREAD_CANCELED);
}

// The C library asks every thread by a signal, and none notices.
static void all_threads_asked(void) {
  struct receiver receiver;
  start_receiver(&receiver);
  let_wait();
  tell("setuid", setuid(getuid()));
  send_byte(port_of(receiver.fd));
  pthread_join(receiver.thread, NULL);
  tell_received("receives", &receiver);
}

// --- children ---

static void end_soon(int port) {
  fflush(stdout);
  if (fork() != 0) return;
  let_wait();
  if (port != 0) connect_to(make(SOCK_STREAM), with_port(own, port));
  _exit(0);
}

static void child_ends(void) {
  const int listener = listening(5);
  for (int restarts = 0; restarts < 2; ++restarts) {
    count_signal(SIGCHLD, restarts ? SA_RESTART : 0);
    signals = 0;
    end_soon(0);
    if (restarts) {
      let_wait();
      end_soon(port_of(listener));
    }
    tell_fd("accept", accept(listener, NULL, NULL));
    say("signals", "%d", signals > 0);
  }
}

static void* fork_and_receive(void* argument) {
  struct receiver* const receiver = argument;
  fflush(stdout);
  if (fork() == 0) {
    let_wait();
    _exit(0);
  }
  return receive_in(receiver);
}

// Whose child it is, is told, though the first thread waits as well.
static void child_of_thread(void) {
  struct receiver receiver = {.fd = bound_datagram()};
  const int fd = bound_datagram();
  count_signal(SIGCHLD, 0);
  pthread_create(&receiver.thread, NULL, fork_and_receive, &receiver);
  fflush(stdout);
  const int port = port_of(fd);
  if (fork() == 0) {
    for (int i = 0; i < 4; ++i) let_wait();
    send_byte(port);
    _exit(0);
  }
  tell("the first", receive(fd));
  pthread_join(receiver.thread, NULL);
  tell_received("the parent", &receiver);
}

// Ignored signals end nothing, nor do those whose default is to be.
static void ignored(void) {
  int fd = bound_datagram();
  const int port = port_of(fd);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  const pid_t us = getpid();
  fflush(stdout);
  if (fork() == 0) {
    let_wait();
    kill(us, SIGUSR1);
    kill(us, SIGWINCH);
    end_soon(0);
    let_wait();
    send_byte(port);
    _exit(0);
  }
  tell("receives", receive(fd));
}

static void killed_by(int number) {
  const int fd = bound_datagram();
  int status = 0;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit((int)receive(fd));
  let_wait();
  kill(child, number);
  waitpid(child, &status, 0);
  say("ended by", "%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void killed(void) {
  killed_by(SIGTERM);
  killed_by(SIGQUIT);  // with a core, so that the kernel ends it otherwise
  killed_by(SIGKILL);
}

const struct situation interruption_situations[] = {
    {"stop-waiting", stopped, false},
    {"stop-waiting-limit", stopped_with_limit, false},
    {"stop-waiting-thread", stopped_thread, false},
    {"stop-waiting-beside", stopped_beside_thread, false},
    {"signal-to-thread", to_one_thread, false},
    {"signal-to-process", to_process, false},
    {"signal-to-others", to_others, false},
    {"signal-thread-restart", restarted_thread, false},
    {"signal-to-other-again", to_other_again, false},
    {"signal-first-gone", without_the_first, false},
    {"signal-several", several_interrupted, false},
    {"shut-receiving", shut_fresh, false},
    {"shut-receiving-connected", shut_connected, false},
    {"signal-cancel", cancelled, false},
    {"signal-setuid", all_threads_asked, false},
    {"signal-child", child_ends, false},
    {"signal-child-of-thread", child_of_thread, false},
    {"signal-ignored", ignored, false},
    {"signal-fatal", killed, false},
    {0},
};
