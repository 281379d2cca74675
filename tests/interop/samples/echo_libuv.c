/* TCP and UDP echo on libuv.    echo_libuv serve PORT | echo_libuv ask HOST PORT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { size = 1000000, datagram_size = 1000 };

static unsigned char message[size];
static unsigned long got;
static int same = 1;

static void check(int result, const char* what) {
  if (result >= 0) return;
  fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
  exit(1);
}

static void allocate(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void)handle;
  *buffer = uv_buf_init(malloc(suggested), (unsigned)suggested);
}

static void on_written(uv_write_t* write, int status) {
  check(status, "write");
  free(write->data);
  free(write);
}

static void on_handle_closed(uv_handle_t* handle) { free(handle); }

static void echo_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  if (length < 0) {
    free(buffer->base);
    uv_close((uv_handle_t*)stream, on_handle_closed);
    return;
  }
  uv_write_t* write = malloc(sizeof *write);
  uv_buf_t out = uv_buf_init(buffer->base, (unsigned)length);
  write->data = buffer->base;
  check(uv_write(write, stream, &out, 1, on_written), "uv_write");
}

static void on_connection(uv_stream_t* listener, int status) {
  check(status, "connection");
  uv_tcp_t* stream = malloc(sizeof *stream);
  uv_tcp_init(listener->loop, stream);
  check(uv_accept(listener, (uv_stream_t*)stream), "uv_accept");
  check(uv_read_start((uv_stream_t*)stream, allocate, echo_read), "uv_read_start");
}

static void on_sent(uv_udp_send_t* send, int status) {
  check(status, "send");
  free(send->data);
  free(send);
}

static void echo_datagram(uv_udp_t* socket, ssize_t length, const uv_buf_t* buffer,
                          const struct sockaddr* from, unsigned flags) {
  (void)flags;
  check((int)length, "recv");
  if (!from) {
    free(buffer->base);
    return;
  }
  uv_udp_send_t* send = malloc(sizeof *send);
  uv_buf_t out = uv_buf_init(buffer->base, (unsigned)length);
  send->data = buffer->base;
  check(uv_udp_send(send, socket, &out, 1, from, on_sent), "uv_udp_send");
}

static void serve(uv_loop_t* loop, int port) {
  static uv_tcp_t listener;
  static uv_udp_t datagrams;
  struct sockaddr_in6 any;
  uv_ip6_addr("::", port, &any);
  uv_tcp_init(loop, &listener);
  check(uv_tcp_bind(&listener, (struct sockaddr*)&any, 0), "uv_tcp_bind");
  uv_udp_init(loop, &datagrams);
  check(uv_udp_bind(&datagrams, (struct sockaddr*)&any, 0), "uv_udp_bind");
  check(uv_udp_recv_start(&datagrams, allocate, echo_datagram), "uv_udp_recv_start");
  check(uv_listen((uv_stream_t*)&listener, 16, on_connection), "uv_listen");
}

static void ask_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  check((int)length, "read");
  same &= memcmp(buffer->base, message + got, (size_t)length) == 0;
  got += (unsigned long)length;
  free(buffer->base);
  if (got < size) return;
  printf("tcp echoed %d\n", same);
  uv_close((uv_handle_t*)stream, NULL);
}

static void on_connected(uv_connect_t* connect, int status) {
  check(status, "connect");
  uv_write_t* write = calloc(1, sizeof *write);
  uv_buf_t out = uv_buf_init((char*)message, size);
  check(uv_write(write, connect->handle, &out, 1, on_written), "uv_write");
  check(uv_read_start(connect->handle, allocate, ask_read), "uv_read_start");
}

static void ask_datagram(uv_udp_t* socket, ssize_t length, const uv_buf_t* buffer,
                         const struct sockaddr* from, unsigned flags) {
  (void)flags;
  check((int)length, "recv");
  if (from) {
    printf("udp echoed %d\n", length == datagram_size);
    uv_close((uv_handle_t*)socket, NULL);
  }
  free(buffer->base);
}

static void on_address(uv_getaddrinfo_t* request, int status, struct addrinfo* found) {
  static uv_tcp_t stream;
  static uv_udp_t datagrams;
  static uv_connect_t connect;
  check(status, "getaddrinfo");
  uv_tcp_init(request->loop, &stream);
  check(uv_tcp_connect(&connect, &stream, found->ai_addr, on_connected), "uv_tcp_connect");
  uv_udp_init(request->loop, &datagrams);
  uv_udp_send_t* send = calloc(1, sizeof *send);
  uv_buf_t out = uv_buf_init((char*)message, datagram_size);
  check(uv_udp_send(send, &datagrams, &out, 1, found->ai_addr, on_sent), "uv_udp_send");
  check(uv_udp_recv_start(&datagrams, allocate, ask_datagram), "uv_udp_recv_start");
  uv_freeaddrinfo(found);
}

int main(int count, char** words) {
  uv_loop_t* loop = uv_default_loop();
  static uv_getaddrinfo_t request;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  for (int i = 0; i < size; ++i) message[i] = (unsigned char)(i % 251);
  if (count == 3) {
    serve(loop, atoi(words[2]));
  } else {
    check(uv_getaddrinfo(loop, &request, on_address, words[2], words[3], &hints), words[2]);
  }
  return uv_run(loop, UV_RUN_DEFAULT);
}
