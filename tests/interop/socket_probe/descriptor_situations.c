// Several descriptors, processes and threads of one socket, and none.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "probe.h"

static void duplicated(void) {
  const int fd = connected_to_peer();
  const int copy = dup(fd);
  tell("close", close(fd));
  tell("send", send(copy, "abc", 3, 0));
  tell("peer receives", peer(peer_receives, 1, 9));
  do_not_block(copy);
  const int third = dup2(copy, 100);
  say("shares flags", "%d", (fcntl(third, F_GETFL) & O_NONBLOCK) != 0);
  close(copy);
  tell("close the last", close(third));
  tell("peer receives the end", peer(peer_receives, 1, 9));
}

static void inherited(void) {
  const int fd = connected_to_peer();
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    const ssize_t got = recv(fd, &byte, 1, 0);
    _exit(send(fd, "from the child", 14, 0) == 14 && got == 1 ? 0 : 1);
  }
  tell("close", close(fd));
  peer(peer_sends, 1, 1);
  tell("peer receives", peer(peer_receives, 1, 99));
  int status = -1;
  waitpid(child, &status, 0);
  say("child", "%d", status);
  tell("peer receives the end", peer(peer_receives, 1, 9));
}

static void pass(int over, int fd) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  char control[CMSG_SPACE(sizeof fd)] = {0};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  tell("sendmsg", sendmsg(over, &message, 0));
}

static int take(int over) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  tell("recvmsg", recvmsg(over, &message, 0));
  struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  int fd = -1;
  if (head) memcpy(&fd, CMSG_DATA(head), sizeof fd);
  return fd;
}

static void passed(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return;
  const int fd = connected_to_peer();
  pass(ends[0], fd);
  tell("close", close(fd));
  // On the way nobody has it.
  peer(peer_sends, 1, 3);
  const int taken = take(ends[1]);
  tell_fd("taken", taken);
  char bytes[9];
  await(taken, POLLIN);
  tell("recv", recv(taken, bytes, sizeof bytes, 0));
  union address name;
  socklen_t size = sizeof name;
  tell("getpeername", getpeername(taken, &name.any, &size));
  const int listener = listening(5);
  const int port = port_of(listener);
  pass(ends[0], listener);
  close(listener);
  const int again = take(ends[1]);
  peer(peer_connects, 2, port);
  const int made = accept(again, NULL, NULL);
  tell_fd("accept", made);
}

static void executed(void) {
  const int fd = connected_to_peer();
  const pid_t child = fork();
  if (child == 0) {
    dup2(fd, 1);
    close(fd);
    execlp("echo", "echo", "hello", (char*)NULL);
    _exit(127);
  }
  close(fd);
  tell("peer receives", peer(peer_receives, 1, 99));
  waitpid(child, NULL, 0);
  tell("peer receives the end", peer(peer_receives, 1, 99));
}

static void killed(void) {
  const pid_t child = fork();
  if (child == 0) {
    connected_to_peer();
    _exit(0);  // the kernel closes it
  }
  waitpid(child, NULL, 0);
  tell("peer receives the end", peer(peer_receives, 1, 99));
}

// --- what is held where no descriptor of the main thread tells of it ---

struct held {
  int datagram, listener;
  int datagram_port, listener_port;
};

static struct held hold(void) {
  struct held held = {.datagram = make(SOCK_DGRAM), .listener = listening(5)};
  bind_to(held.datagram, own);
  held.datagram_port = port_of(held.datagram);
  held.listener_port = port_of(held.listener);
  return held;
}

// Asked for an address, a lab host looks whether its socket is still somebody's.
static void tell_taken(const struct held* held) {
  const int type[2] = {SOCK_DGRAM, SOCK_STREAM};
  const int port[2] = {held->datagram_port, held->listener_port};
  for (int i = 0; i < 2; ++i) {
    const int fd = make(type[i]);
    tell("bind beside it", bind_to(fd, with_port(own, port[i])));
    close(fd);
  }
}

static void tell_use(const struct held* held) {
  char byte;
  const union address there = with_port(own, held->datagram_port);
  tell("sendto", sendto(make(SOCK_DGRAM), "x", 1, 0, &there.any, size_of(&there)));
  await(held->datagram, POLLIN);
  tell("recv", recv(held->datagram, &byte, 1, MSG_DONTWAIT));
  tell("connect", connect_to(make(SOCK_STREAM), with_port(own, held->listener_port)));
  do_not_block(held->listener);
  tell_fd("accept", accept(held->listener, NULL, NULL));
  say("same port", "%d", port_of(held->datagram) == held->datagram_port);
}

static void in_flight_for(int milliseconds) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return;
  struct held held = hold();
  pass(ends[0], held.datagram);
  pass(ends[0], held.listener);
  close(held.datagram);
  close(held.listener);
  poll(NULL, 0, milliseconds);
  tell_taken(&held);
  held.datagram = take(ends[1]);
  held.listener = take(ends[1]);
  tell_use(&held);
}

static void in_flight(void) { in_flight_for(0); }
// Longer than a lab host looks for those that nobody holds.
static void in_flight_for_long(void) { in_flight_for(2600); }

static pthread_t main_thread;

static void* go_on_alone(void* nothing) {
  (void)nothing;
  pthread_join(main_thread, NULL);
  const struct held held = hold();
  tell_taken(&held);
  tell_use(&held);
  exit(0);
}

static void main_thread_ended(void) {
  main_thread = pthread_self();
  pthread_t thread;
  pthread_create(&thread, NULL, go_on_alone, NULL);
  pthread_exit(NULL);
}

static void* use_own_table(void* nothing) {
  (void)nothing;
  tell("unshare", unshare(CLONE_FILES));
  const struct held held = hold();
  tell_taken(&held);
  tell_use(&held);
  return NULL;
}

static void own_table(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, use_own_table, NULL);
  pthread_join(thread, NULL);
}

// What a program does that holds keys: nobody but root may look into it.
static void not_dumpable(void) {
  struct utsname names;
  union address name;
  socklen_t size = sizeof name;
  tell("prctl", prctl(PR_SET_DUMPABLE, 0));
  const struct held held = hold();
  tell("getsockname", getsockname(held.listener, &name.any, &size));
  tell_address("name", &name, size);
  tell_taken(&held);
  tell_use(&held);
  tell("uname", uname(&names));
  tell_fd("open", open("/etc/hosts", O_RDONLY));
}

// --- resets, read by others than those who made the connection ---

static void tell_reset(int fd) {
  char byte;
  tell_poll("poll", fd, POLLERR | POLLHUP);
  tell("recv", recv(fd, &byte, 1, 0));
  tell("recv again", recv(fd, &byte, 1, 0));
}

static void reset_inherited(void) {
  int ends[2];
  if (pipe(ends) != 0) return;
  const int fd = connected_to_peer();
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    if (read(ends[0], &byte, 1) == 1) tell_reset(fd);
    _exit(0);
  }
  close(fd);
  peer(peer_resets, 1, 0);
  tell("write", write(ends[1], "x", 1));
  waitpid(child, NULL, 0);
}

static void reset_duplicated(void) {
  const int fd = connected_to_peer();
  const int copy = dup(fd);
  close(fd);
  peer(peer_resets, 1, 0);
  tell_reset(copy);
}

static void* accept_in_thread(void* fd) {
  *(int*)fd = accept(*(int*)fd, NULL, NULL);
  return NULL;
}

static void reset_when_thread_ended(void) {
  int fd = listening(5);
  pthread_t thread;
  pthread_create(&thread, NULL, accept_in_thread, &fd);
  peer(peer_connects, 1, port_of(fd));
  pthread_join(thread, NULL);
  peer(peer_resets, 1, 0);
  tell_reset(fd);
}

static void reset_executed(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  const int fd = connected_to_peer();
  const pid_t child = fork();
  if (child == 0) {
    dup2(fd, 0);
    close(fd);
    dup2(open("/dev/null", O_WRONLY), 2);
    execlp("cat", "cat", (char*)NULL);
    _exit(127);
  }
  close(fd);
  close(ends[1]);
  char byte;
  tell("until it is executed", read(ends[0], &byte, 1));
  peer(peer_resets, 1, 0);
  int status = -1;
  waitpid(child, &status, 0);
  say("cat fails", "%d", WEXITSTATUS(status));
}

const struct situation descriptor_situations[] = {
    {"descriptor-dup", duplicated, true},
    {"descriptor-fork", inherited, true},
    {"descriptor-passed", passed, true},
    {"descriptor-exec", executed, true},
    {"descriptor-process-end", killed, true},
    {"held-in-flight", in_flight, false},
    {"held-in-flight-long", in_flight_for_long, false},
    {"held-main-thread-ended", main_thread_ended, false},
    {"held-own-table", own_table, false},
    {"held-not-dumpable", not_dumpable, false},
    {"reset-inherited", reset_inherited, true},
    {"reset-duplicated", reset_duplicated, true},
    {"reset-thread-ended", reset_when_thread_ended, true},
    {"reset-executed", reset_executed, true},
    {0},
};
