/* Two Ethernet interfaces of one lwIP joined by a queue, one thread for both ends: the wire copies each frame once. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#define QUEUE 65536

static struct netif left, right;
static struct { struct pbuf *frame; struct netif *to; } queue[QUEUE];
static unsigned head, tail;
static ip4_addr_t left_address, right_address;

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

u32_t sys_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return (u32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

struct netif *route_by_source(const void *from, const void *to) {
  const ip4_addr_t *address = from;
  if (address && address->addr == netif_ip4_addr(&left)->addr) return &left;
  if (address && address->addr == netif_ip4_addr(&right)->addr) return &right;
  address = to;
  return address->addr == netif_ip4_addr(&left)->addr ? &right : &left;
}

static err_t transmit(struct netif *from, struct pbuf *frame) {
  struct pbuf *copy = pbuf_alloc(PBUF_RAW, frame->tot_len, PBUF_POOL);
  if (!copy || tail - head >= QUEUE - 1) return ERR_MEM;
  pbuf_copy_partial(frame, copy->payload, frame->tot_len, 0);
  queue[tail % QUEUE].frame = copy;
  queue[tail++ % QUEUE].to = from == &left ? &right : &left;
  return ERR_OK;
}

static err_t set_up(struct netif *port) {
  const u8_t mac[6] = {2, 0, 0, 0, 0, port == &left ? 1 : 2};
  port->name[0] = 'e';
  port->name[1] = port == &left ? 'l' : 'r';
  port->output = etharp_output;
  port->linkoutput = transmit;
  port->mtu = 1500;
  port->hwaddr_len = 6;
  memcpy(port->hwaddr, mac, sizeof mac);
  port->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP | NETIF_FLAG_UP;
  return ERR_OK;
}

/* Moves what the wire holds; whether there was anything. */
static int pump(void) {
  static u32_t last;
  int n = 0;
  for (; head != tail && n < 64; ++n, ++head) {
    struct pbuf *frame = queue[head % QUEUE].frame;
    struct netif *to = queue[head % QUEUE].to;
    if (to->input(frame, to) != ERR_OK) pbuf_free(frame);
  }
  if (sys_now() != last) {
    last = sys_now();
    sys_check_timeouts();
  }
  return n;
}

/* 10.0.0.1 and 10.0.0.2, and who listens at port 5001 of the second. */
static void start(tcp_accept_fn on_accepted) {
  ip4_addr_t mask;
  struct tcp_pcb *listener;
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 256 << 20);
  IP4_ADDR(&left_address, 10, 0, 0, 1);
  IP4_ADDR(&right_address, 10, 0, 0, 2);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  lwip_init();
  netif_add(&left, &left_address, &mask, NULL, NULL, set_up, ethernet_input);
  netif_add(&right, &right_address, &mask, NULL, NULL, set_up, ethernet_input);
  listener = tcp_new();
  tcp_bind(listener, &right_address, 5001);
  tcp_accept(tcp_listen(listener), on_accepted);
}
