/* The least that can join two namespaces: a TAP in each, and frames read from one and written to
 * the other. With `offload` a virtio header stands before each frame, so that segments of up to
 * 64 KiB pass whole and unsummed.
 *
 * forward NAMESPACE NAMESPACE plain|offload; each gets a tap0. Prints "ready" and runs until it is
 * ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { frame_size = 70000, at_a_time = 64 };

static void fail(const char *what) {
  fprintf(stderr, "forward: error: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_tap(const char *space, int offload) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", space);
  int net = open(path, O_RDONLY | O_CLOEXEC);
  if (net < 0 || setns(net, CLONE_NEWNET) != 0) fail(path);
  close(net);
  int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap < 0) fail("/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0);
  strcpy(request.ifr_name, "tap0");
  if (ioctl(tap, TUNSETIFF, &request) != 0) fail("TUNSETIFF");
  unsigned wanted = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (offload && ioctl(tap, TUNSETOFFLOAD, wanted) != 0) fail("TUNSETOFFLOAD");
  return tap;
}

/* Frames that the other side cannot take are lost, as on any wire. */
static void pass(int from, int to, char *frame) {
  for (int n = 0; n < at_a_time; ++n) {
    ssize_t size = read(from, frame, frame_size);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) fail("read");
    ssize_t written = write(to, frame, (size_t)size);
    (void)written;
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int offload = strcmp(argv[3], "offload") == 0;
  static char frame[frame_size];
  struct pollfd taps[2];
  for (int i = 0; i < 2; ++i) {
    taps[i].fd = open_tap(argv[1 + i], offload);
    taps[i].events = POLLIN;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (poll(taps, 2, -1) < 0 && errno != EINTR) fail("poll");
    for (int i = 0; i < 2; ++i) {
      if (taps[i].revents & POLLIN) pass(taps[i].fd, taps[1 - i].fd, frame);
    }
  }
}
