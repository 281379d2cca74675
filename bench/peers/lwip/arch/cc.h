#ifndef CC_H
#define CC_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#define LWIP_TIMEVAL_PRIVATE 0
#define LWIP_ERRNO_INCLUDE <errno.h>
#define LWIP_RAND() ((u32_t)rand())
#define LWIP_PLATFORM_ASSERT(text) do { fprintf(stderr, "lwip: %s\n", text); abort(); } while (0)
#define LWIP_PLATFORM_DIAG(text) do { printf text; } while (0)
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS
#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_ntohs(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)
#define lwip_ntohl(x) __builtin_bswap32(x)

#endif
