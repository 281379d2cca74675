// The web server: read RFC 9110 (semantics) and RFC 9112 (HTTP/1.1 on the wire).
#pragma once

#include <string>
#include <vector>

#include "catenet/service/http_message.hpp"
#include "catenet/socket/system.hpp"

namespace catenet {

// A site of its own for requests whose Host is `name`, compared without case and port.
struct HttpVirtualHost {
  std::string name;
  std::string root;
};

struct HttpServerOptions {
  u16 port = 80;
  // Where the pages are; outlives the server. nullptr: the system's files.
  Files* files = nullptr;
  // The folder of `files` that "/" stands for.
  std::string root = "/";
  // A connection that says nothing for so long is closed; so is one that takes so long over a
  // request's head, or over taking some bytes of an answer.
  Duration idle_timeout = Duration::seconds(60);
  std::vector<HttpVirtualHost> virtual_hosts{};
  // Whether a folder without an index.html shows its names; else it is 403.
  bool list_folders = true;
  // Connections at one time; whoever comes beyond gets 503.
  u32 max_connections = 4'096;
  // Bytes of a request's body that are read over; 413 beyond.
  u64 max_body = 1 << 20;
  http::Limits limits{};
};

// Serves until it is cancelled. The result says why it could not begin.
Task<Result<void>> serve_http(System& system, HttpServerOptions options);
// The same on a listener that is there, whatever `options.port` says.
Task<Result<void>> serve_http_on(System& system, std::unique_ptr<Socket> listener,
                                 HttpServerOptions options);

}  // namespace catenet
