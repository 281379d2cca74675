// What the situations share: the peer, which lives in another process and perhaps on another host,
// and how answers are told. The same program runs on the kernel's sockets and on a lab host's.
#ifndef SOCKET_PROBE_H
#define SOCKET_PROBE_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct situation {
  const char* name;
  void (*run)(void);
  bool across;  // makes sense with the peer on another host, too
};

// Each ends with a situation without a name.
extern const struct situation connect_situations[];
extern const struct situation closing_situations[];
extern const struct situation listen_situations[];
extern const struct situation bind_situations[];
extern const struct situation data_situations[];
extern const struct situation event_situations[];
extern const struct situation datagram_situations[];
extern const struct situation option_situations[];
extern const struct situation descriptor_situations[];
extern const struct situation message_situations[];
extern const struct situation signal_situations[];
extern const struct situation interruption_situations[];

// --- addresses ---

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_storage room;
};
extern int family;            // AF_INET or AF_INET6
extern union address own;     // where we are, without a port
extern union address remote;  // where the peer is

socklen_t size_of(const union address* address);
union address with_port(union address address, int port);
union address parse_address(const char* text);
int port_of(int fd);

// --- telling ---

// "situation: what=value"
void say(const char* what, const char* format, ...) __attribute__((format(printf, 2, 3)));
// The result of a call: its value, or errno's name where it is negative.
void tell(const char* what, long result);
// The same, but of a descriptor only that it is one.
void tell_fd(const char* what, int fd);
// SO_ERROR.
void tell_error(const char* what, int fd);
// The bits of poll(2), once those of `awaited` are all there, or there is nothing to hope for.
void tell_poll(const char* what, int fd, int awaited);
void tell_flags(const char* what, int flags);
void tell_address(const char* what, const union address* address, socklen_t size);
// Waits for one of the bits; false: in vain.
bool await(int fd, int bits);

// --- sockets ---

int make(int type);
void set(int fd, int level, int name, int value);
int get(int fd, int level, int name);
void do_not_block(int fd);
int connect_to(int fd, union address address);
int bind_to(int fd, union address address);
// Bound to our address and any port, and listening.
int listening(int backlog);
// Has the signal counted in `signals`.
extern volatile int signals;
void count_signal(int number, int flags);
// SIGALRM in so many milliseconds, again and again where `again`.
void alarm_in(int milliseconds, bool again);

// --- the peer ---

enum order {
  peer_listens,          // slot, backlog: its port
  peer_binds,            // slot: the port of a socket that does not listen
  peer_accepts,          // slot, slot of the listener
  peer_connects,         // slot, port of ours
  peer_sends,            // slot, bytes
  peer_receives,         // slot, bytes at most: those that came, 0 at the end
  peer_shuts,            // slot, how
  peer_closes,           // slot
  peer_resets,           // slot: closes it with SO_LINGER 0
  peer_urges,            // slot, byte: as urgent data
  peer_receives_urgent,  // slot: the byte
  peer_opens_datagram,   // slot: its port
  peer_receives_from,    // slot: a datagram's size, and remembers whose it was
  peer_sends_back,       // slot, bytes: to that one
  peer_drains,           // slot: what comes until nothing more does
  peer_sends_later,      // slot, bytes: when the answer is gone, and some milliseconds more
};
// Its answer: a value, or an errno made negative.
int peer(enum order order, int slot, int value);
// A TCP connection to the peer, which has its end in slot 1.
int connected_to_peer(void);
// A UDP socket, and its peer's port in slot 1.
int datagram_to_peer(int* port);
void serve_peer(int control);
void meet_peer(int control);

#endif
