// The client of the textbooks: hello_client HOST PORT MESSAGE.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void error(const char* what) {
  perror(what);
  exit(1);
}

int main(int argc, char* argv[]) {
  if (argc < 4) return 2;
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connection < 0) error("ERROR opening socket");
  struct hostent* host = gethostbyname(argv[1]);
  if (host == NULL) {
    fprintf(stderr, "ERROR, no such host\n");
    exit(1);
  }
  struct sockaddr_in server;
  bzero((char*)&server, sizeof(server));
  server.sin_family = AF_INET;
  bcopy((char*)host->h_addr, (char*)&server.sin_addr.s_addr, host->h_length);
  server.sin_port = htons(atoi(argv[2]));
  printf("Connecting to %s\n", inet_ntoa(server.sin_addr));
  if (connect(connection, (struct sockaddr*)&server, sizeof(server)) < 0) error("ERROR connecting");
  if (write(connection, argv[3], strlen(argv[3])) < 0) error("ERROR writing to socket");
  char buffer[256];
  bzero(buffer, 256);
  if (read(connection, buffer, 255) < 0) error("ERROR reading from socket");
  printf("%s\n", buffer);
  close(connection);
  return 0;
}
