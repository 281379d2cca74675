// The server of the textbooks: hello_server PORT. Serves one client, then ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void error(const char* what) {
  perror(what);
  exit(1);
}

int main(int argc, char* argv[]) {
  if (argc < 2) return 2;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0) error("ERROR opening socket");
  struct sockaddr_in server, client;
  bzero((char*)&server, sizeof(server));
  server.sin_family = AF_INET;
  server.sin_addr.s_addr = INADDR_ANY;
  server.sin_port = htons(atoi(argv[1]));
  if (bind(listener, (struct sockaddr*)&server, sizeof(server)) < 0) error("ERROR on binding");
  listen(listener, 5);
  socklen_t size = sizeof(client);
  int connection = accept(listener, (struct sockaddr*)&client, &size);
  if (connection < 0) error("ERROR on accept");
  printf("Connection from %s\n", inet_ntoa(client.sin_addr));
  char buffer[256];
  bzero(buffer, 256);
  if (read(connection, buffer, 255) < 0) error("ERROR reading from socket");
  printf("Here is the message: %s\n", buffer);
  if (write(connection, "I got your message", 18) < 0) error("ERROR writing to socket");
  close(connection);
  close(listener);
  return 0;
}
