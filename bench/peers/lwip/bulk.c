/* The sender's bytes are copied in, the receiver's out; with ZERO_COPY neither, and the wire's copy is the only one.
 * Prints the rate of 2 GB after a warm-up of 200 MB. */
#include "ports.h"

#ifndef ZERO_COPY
#define ZERO_COPY 0
#endif

#define WARM_UP 200000000L
#define MEASURED 2000000000L

static struct tcp_pcb *sender;
static char source[64 * 1024], sink[64 * 1024];
static long received;
static int connected;

static void fill(void) {
  for (;;) {
    u32_t room = tcp_sndbuf(sender);
    if (room < 8 * TCP_MSS) break;
    if (room > sizeof source - 1) room = (sizeof source - 1) / TCP_MSS * TCP_MSS;
    if (tcp_write(sender, source, (u16_t)room, ZERO_COPY ? 0 : TCP_WRITE_FLAG_COPY) != ERR_OK) break;
  }
  tcp_output(sender);
}

static err_t on_sent(void *a, struct tcp_pcb *p, u16_t n) { (void)a; (void)p; (void)n; fill(); return ERR_OK; }
static err_t on_connected(void *a, struct tcp_pcb *p, err_t e) { (void)a; (void)p; (void)e; connected = 1; return ERR_OK; }
static err_t on_received(void *a, struct tcp_pcb *pcb, struct pbuf *bytes, err_t e) {
  (void)a; (void)e;
  if (!bytes) return ERR_OK;
  if (!ZERO_COPY) pbuf_copy_partial(bytes, sink, bytes->tot_len, 0);
  received += bytes->tot_len;
  tcp_recved(pcb, bytes->tot_len);
  pbuf_free(bytes);
  return ERR_OK;
}
static err_t on_accepted(void *a, struct tcp_pcb *p, err_t e) { (void)a; (void)e; tcp_recv(p, on_received); return ERR_OK; }

int main(void) {
  start(on_accepted);
  sender = tcp_new();
  tcp_bind(sender, &left_address, 0);
  tcp_sent(sender, on_sent);
  tcp_connect(sender, &right_address, 5001, on_connected);
  while (!connected) pump();
  fill();
  while (received < WARM_UP) pump();
  const long from = received;
  const double start_s = now_s();
  while (received < from + MEASURED) pump();
  printf("{\"name\": \"lwip_bulk\", \"gbit_per_s\": %.3f}\n",
         (double)(received - from) * 8 / (now_s() - start_s) / 1e9);
  return 0;
}
