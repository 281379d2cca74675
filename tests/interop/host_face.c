// Prints what getifaddrs, if_nameindex and the older ioctls say of this host: a line a fact.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int prefix_length(const struct sockaddr *mask) {
  const unsigned char *byte = mask->sa_family == AF_INET
                                  ? (const void *)&((const struct sockaddr_in *)mask)->sin_addr
                                  : (const void *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
  int size = mask->sa_family == AF_INET ? 4 : 16, length = 0;
  for (int i = 0; i < size; ++i) length += __builtin_popcount(byte[i]);
  return length;
}

static int print_addresses(void) {
  struct ifaddrs *all;
  if (getifaddrs(&all) != 0) return perror("getifaddrs"), 1;
  for (struct ifaddrs *each = all; each; each = each->ifa_next) {
    char text[NI_MAXHOST];
    if (!each->ifa_addr) continue;
    int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    socklen_t size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    getnameinfo(each->ifa_addr, size, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    printf("address %s %s/%d\n", each->ifa_name, text, prefix_length(each->ifa_netmask));
  }
  freeifaddrs(all);
  return 0;
}

static int print_interface(const char *name) {
  struct ifreq request;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, SIOCGIFMTU, &request) != 0) return perror("SIOCGIFMTU"), 1;
  printf("mtu %s %d\n", name, request.ifr_mtu);
  if (ioctl(fd, SIOCGIFADDR, &request) != 0) return perror("SIOCGIFADDR"), 1;
  printf("first %s %s\n", name,
         inet_ntoa(((struct sockaddr_in *)&request.ifr_addr)->sin_addr));
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) return perror("SIOCGIFFLAGS"), 1;
  printf("up %s %d\n", name, (request.ifr_flags & IFF_UP) != 0);
  if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) perror("SIOCSIFFLAGS");
  close(fd);
  return 0;
}

int main(void) {
  struct if_nameindex *all = if_nameindex();
  if (!all) return perror("if_nameindex"), 1;
  int failed = print_addresses();
  for (struct if_nameindex *each = all; each->if_index; ++each) {
    printf("interface %u %s\n", each->if_index, each->if_name);
    if (if_nametoindex(each->if_name) != each->if_index) failed = 1;
    failed |= print_interface(each->if_name);
  }
  if_freenameindex(all);
  return failed;
}
