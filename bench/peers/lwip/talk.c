/* `idle PAIRS`: how long so many connections take, one after the other, and what an end of each keeps allocated.
 * `talk`: exchanges of one byte in a second, and connections that carry one and are reset, or closed in order, so that
 * each stays in TIME-WAIT. */
#include "ports.h"

#define EXCHANGES 1000000L
#define CONNECTIONS 20000

static long exchanged, wanted, connected;
static char byte[1];

static err_t answer(void *a, struct tcp_pcb *p, struct pbuf *bytes, err_t e) {
  (void)a; (void)e;
  if (!bytes) return tcp_close(p);
  tcp_recved(p, bytes->tot_len);
  tcp_write(p, byte, 1, TCP_WRITE_FLAG_COPY);
  tcp_output(p);
  pbuf_free(bytes);
  return ERR_OK;
}
static err_t again(void *a, struct tcp_pcb *p, struct pbuf *bytes, err_t e) {
  (void)a; (void)e;
  if (!bytes) return ERR_OK;
  tcp_recved(p, bytes->tot_len);
  pbuf_free(bytes);
  if (++exchanged >= wanted) return ERR_OK;
  tcp_write(p, byte, 1, TCP_WRITE_FLAG_COPY);
  tcp_output(p);
  return ERR_OK;
}
static err_t on_accepted(void *a, struct tcp_pcb *p, err_t e) {
  (void)a; (void)e;
  tcp_nagle_disable(p);
  tcp_recv(p, answer);
  return ERR_OK;
}
static err_t on_connected(void *a, struct tcp_pcb *p, err_t e) { (void)a; (void)p; (void)e; ++connected; return ERR_OK; }

static struct tcp_pcb *call(long number) {
  struct tcp_pcb *p = tcp_new();
  tcp_bind(p, &left_address, (u16_t)(1025 + number % 60000));
  tcp_nagle_disable(p);
  tcp_recv(p, again);
  tcp_connect(p, &right_address, 5001, on_connected);
  for (long before = connected; connected == before;) pump();
  while (pump()) {
  }
  return p;
}

static void exchange(struct tcp_pcb *p, long times) {
  exchanged = 0;
  wanted = times;
  tcp_write(p, byte, 1, TCP_WRITE_FLAG_COPY);
  tcp_output(p);
  while (exchanged < times) pump();
}

static void idle(long pairs) {
  const size_t before = mallinfo2().uordblks;
  const double from = now_s();
  for (long i = 0; i < pairs; ++i) call(i);
  printf("{\"name\": \"lwip_idle\", \"setup_s\": %.3f, \"bytes_per_end\": %.1f}\n", now_s() - from,
         (double)(mallinfo2().uordblks - before) / (2.0 * (double)pairs));
}

/* How many connections there are in a second whose client ends them so. */
static double connections(void (*end)(struct tcp_pcb *)) {
  const double from = now_s();
  for (long i = 1; i <= CONNECTIONS; ++i) {
    struct tcp_pcb *p = call(i);
    exchange(p, 1);
    end(p);
    while (pump()) {
    }
  }
  return CONNECTIONS / (now_s() - from);
}
static void close_in_order(struct tcp_pcb *p) { tcp_close(p); }

static void talk(void) {
  struct tcp_pcb *p = call(0);
  const double from = now_s();
  exchange(p, EXCHANGES);
  const double exchanges = EXCHANGES / (now_s() - from);
  const double reset = connections(tcp_abort); /* first, for nothing is left of them */
  printf("{\"name\": \"lwip_talk\", \"exchanges_per_s\": %.0f, \"reset_per_s\": %.0f, \"connections_per_s\": %.0f}\n",
         exchanges, reset, connections(close_in_order));
}

int main(int argc, char **argv) {
  start(on_accepted);
  if (argc > 2 && !strcmp(argv[1], "idle")) {
    idle(atol(argv[2]));
  } else {
    talk();
  }
  return 0;
}
