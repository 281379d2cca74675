/* lwIP without an operating system, sized for bulk transfer. WINDOW: bytes; CHECKSUMS 0: neither made nor checked. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#ifndef WINDOW
#define WINDOW (256 * 1024)
#endif
#ifndef CHECKSUMS
#define CHECKSUMS 1
#endif

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ETHERNET 1
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_STATS 0
#define LWIP_NOASSERT 1
#define MEM_ALIGNMENT 8
#define MEM_LIBC_MALLOC 1
#define MEMP_NUM_TCP_SEG 65000
#define MEMP_NUM_PBUF 65000
#define PBUF_POOL_SIZE 16384
#define PBUF_POOL_BUFSIZE 1536
#define TCP_MSS 1460
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 7
#define TCP_WND WINDOW
#define TCP_SND_BUF WINDOW
#define TCP_SND_QUEUELEN 60000
#define TCP_SNDLOWAT 16384
#define TCP_SNDQUEUELOWAT 1000
#define TCP_QUEUE_OOSEQ 1
#define LWIP_TCP_SACK_OUT 1
#define LWIP_CHECKSUM_ON_COPY 0
#define LWIP_CHKSUM_ALGORITHM 2
#define CHECKSUM_GEN_IP CHECKSUMS
#define CHECKSUM_GEN_TCP CHECKSUMS
#define CHECKSUM_CHECK_IP CHECKSUMS
#define CHECKSUM_CHECK_TCP CHECKSUMS

struct netif;
struct netif *route_by_source(const void *source, const void *destination);
#define LWIP_HOOK_IP4_ROUTE_SRC(source, destination) route_by_source(source, destination)

#endif
