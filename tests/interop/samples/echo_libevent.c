/* TCP echo on libevent's bufferevents, HTTP on its evhttp.
 *   echo_libevent serve PORT | echo_libevent ask HOST PORT */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { size = 1000000 };

static void echo_read(struct bufferevent* stream, void* unused) {
  (void)unused;
  bufferevent_write_buffer(stream, bufferevent_get_input(stream));
}

static void close_drained(struct bufferevent* stream, void* unused) {
  (void)unused;
  bufferevent_free(stream);
}

static void echo_event(struct bufferevent* stream, short what, void* unused) {
  (void)unused;
  if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))) return;
  if (evbuffer_get_length(bufferevent_get_output(stream)) == 0) {
    bufferevent_free(stream);
  } else {
    bufferevent_setcb(stream, NULL, close_drained, echo_event, NULL);
  }
}

static void on_accept(struct evconnlistener* listener, evutil_socket_t fd, struct sockaddr* from,
                      int length, void* unused) {
  (void)from, (void)length, (void)unused;
  struct bufferevent* stream =
      bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(stream, echo_read, NULL, echo_event, NULL);
  bufferevent_enable(stream, EV_READ | EV_WRITE);
}

static void on_request(struct evhttp_request* request, void* unused) {
  (void)unused;
  struct evbuffer* body = evbuffer_new();
  evbuffer_add_printf(body, "%s", evhttp_request_get_uri(request));
  evhttp_send_reply(request, 200, "OK", body);
  evbuffer_free(body);
}

static int serve(struct event_base* base, int port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
  struct evhttp* web = evhttp_new(base);
  evhttp_set_gencb(web, on_request, NULL);
  if (evhttp_bind_socket(web, "::", (unsigned short)(port + 1)) != 0 ||
      !evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE, -1,
                               (struct sockaddr*)&any, sizeof any)) {
    perror("listen");
    return 1;
  }
  return event_base_dispatch(base);
}

static void ask_read(struct bufferevent* stream, void* base) {
  if (evbuffer_get_length(bufferevent_get_input(stream)) < size) return;
  unsigned char* data = evbuffer_pullup(bufferevent_get_input(stream), size);
  int same = 1;
  for (int i = 0; i < size; ++i) same &= data[i] == (unsigned char)(i % 251);
  printf("tcp echoed %d\n", same);
  bufferevent_free(stream);
  event_base_loopexit(base, NULL);
}

static void ask_event(struct bufferevent* stream, short what, void* unused) {
  (void)stream, (void)unused;
  if (what & BEV_EVENT_CONNECTED) return;
  fprintf(stderr, "stream ended: %#x %s\n", (unsigned)what,
          evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
  exit(1);
}

static void on_answer(struct evhttp_request* request, void* base) {
  char text[100] = "";
  if (request) evbuffer_remove(evhttp_request_get_input_buffer(request), text, sizeof text - 1);
  printf("http echoed %d\n", strcmp(text, "/x") == 0);
  event_base_loopexit(base, NULL);
}

static int ask(struct event_base* base, const char* host, int port) {
  static unsigned char message[size];
  for (int i = 0; i < size; ++i) message[i] = (unsigned char)(i % 251);
  struct evdns_base* names = evdns_base_new(base, 0);
  evdns_base_load_hosts(names, "/etc/hosts");
  struct bufferevent* stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(stream, ask_read, NULL, ask_event, base);
  bufferevent_enable(stream, EV_READ | EV_WRITE);
  bufferevent_write(stream, message, size);
  bufferevent_socket_connect_hostname(stream, names, AF_INET, host, port);
  event_base_dispatch(base);
  struct evhttp_connection* web =
      evhttp_connection_base_new(base, names, host, (unsigned short)(port + 1));
  struct evhttp_request* request = evhttp_request_new(on_answer, base);
  evhttp_add_header(evhttp_request_get_output_headers(request), "Host", host);
  evhttp_make_request(web, request, EVHTTP_REQ_GET, "/x");
  return event_base_dispatch(base);
}

int main(int count, char** words) {
  struct event_base* base = event_base_new();
  if (count == 3) return serve(base, atoi(words[2]));
  return ask(base, words[2], atoi(words[3]));
}
