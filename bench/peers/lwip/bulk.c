/* Two Ethernet interfaces of one lwIP joined by a queue, one thread for both ends: the wire copies each frame once, the
 * sender's bytes are copied in, the receiver's out. Prints the rate of 2 GB after a warm-up of 200 MB. */
#include <malloc.h>
#include <string.h>
#include <time.h>

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#define QUEUE 65536
#define WARM_UP 200000000L
#define MEASURED 2000000000L

static struct netif left, right;
static struct { struct pbuf *frame; struct netif *to; } queue[QUEUE];
static unsigned head, tail;
static struct tcp_pcb *sender;
static char source[64 * 1024], sink[64 * 1024];
static long received;
static int connected;

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

static void fill(void) {
  for (;;) {
    u32_t room = tcp_sndbuf(sender);
    if (room < 8 * TCP_MSS) break;
    if (room > sizeof source - 1) room = (sizeof source - 1) / TCP_MSS * TCP_MSS;
    if (tcp_write(sender, source, (u16_t)room, TCP_WRITE_FLAG_COPY) != ERR_OK) break;
  }
  tcp_output(sender);
}

static err_t on_sent(void *a, struct tcp_pcb *p, u16_t n) { (void)a; (void)p; (void)n; fill(); return ERR_OK; }
static err_t on_connected(void *a, struct tcp_pcb *p, err_t e) { (void)a; (void)p; (void)e; connected = 1; return ERR_OK; }
static err_t on_received(void *a, struct tcp_pcb *pcb, struct pbuf *bytes, err_t e) {
  (void)a; (void)e;
  if (!bytes) return ERR_OK;
  pbuf_copy_partial(bytes, sink, bytes->tot_len, 0);
  received += bytes->tot_len;
  tcp_recved(pcb, bytes->tot_len);
  pbuf_free(bytes);
  return ERR_OK;
}
static err_t on_accepted(void *a, struct tcp_pcb *p, err_t e) { (void)a; (void)e; tcp_recv(p, on_received); return ERR_OK; }

static void pump(void) {
  static u32_t last;
  for (int n = 0; head != tail && n < 64; ++n, ++head) {
    struct pbuf *frame = queue[head % QUEUE].frame;
    struct netif *to = queue[head % QUEUE].to;
    if (to->input(frame, to) != ERR_OK) pbuf_free(frame);
  }
  if (sys_now() != last) {
    last = sys_now();
    sys_check_timeouts();
  }
}

int main(void) {
  ip4_addr_t a, b, mask;
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 256 << 20);
  IP4_ADDR(&a, 10, 0, 0, 1);
  IP4_ADDR(&b, 10, 0, 0, 2);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  lwip_init();
  netif_add(&left, &a, &mask, NULL, NULL, set_up, ethernet_input);
  netif_add(&right, &b, &mask, NULL, NULL, set_up, ethernet_input);
  struct tcp_pcb *listener = tcp_new();
  tcp_bind(listener, &b, 5001);
  listener = tcp_listen(listener);
  tcp_accept(listener, on_accepted);
  sender = tcp_new();
  tcp_bind(sender, &a, 0);
  tcp_sent(sender, on_sent);
  tcp_connect(sender, &b, 5001, on_connected);
  while (!connected) pump();
  fill();
  while (received < WARM_UP) pump();
  const long from = received;
  const double start = now_s();
  while (received < from + MEASURED) pump();
  printf("{\"name\": \"lwip_bulk\", \"gbit_per_s\": %.3f}\n",
         (double)(received - from) * 8 / (now_s() - start) / 1e9);
  return 0;
}
