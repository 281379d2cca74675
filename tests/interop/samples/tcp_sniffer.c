// A sniffer of TCP on a raw socket: tcp_sniffer PORT. A line for each segment to or from that port
// that comes in, until one with FIN.
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char* argv[]) {
  if (argc < 2) return 2;
  const int port = atoi(argv[1]);
  const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
  if (raw < 0) {
    perror("socket");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  static unsigned char packet[65536];
  for (;;) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    const ssize_t got = recvfrom(raw, packet, sizeof packet, 0, (struct sockaddr*)&from, &size);
    if (got < 0) {
      perror("recvfrom");
      return 1;
    }
    const struct iphdr* const ip = (struct iphdr*)packet;
    const struct tcphdr* const tcp = (struct tcphdr*)(packet + ip->ihl * 4);
    if (ntohs(tcp->source) != port && ntohs(tcp->dest) != port) continue;
    printf("%s %s%s%s%s%s %d bytes\n", inet_ntoa(from.sin_addr), tcp->syn ? "S" : "",
           tcp->ack ? "A" : "", tcp->psh ? "P" : "", tcp->fin ? "F" : "", tcp->rst ? "R" : "",
           (int)(ntohs(ip->tot_len) - ip->ihl * 4 - tcp->doff * 4));
    fflush(stdout);
    if (tcp->fin) return 0;
  }
}
