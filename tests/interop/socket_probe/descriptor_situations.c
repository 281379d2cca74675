// Several descriptors, processes and threads of one socket.
#include <fcntl.h>
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

const struct situation descriptor_situations[] = {
    {"descriptor-dup", duplicated, true},     {"descriptor-fork", inherited, true},
    {"descriptor-passed", passed, true},      {"descriptor-exec", executed, true},
    {"descriptor-process-end", killed, true}, {0},
};
