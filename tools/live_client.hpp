// The other end of a running lab's socket: what exec, ps, capture and the others share.
#pragma once

#include <expected>
#include <functional>
#include <span>
#include <string>

#include "catenet/lab/live_request.hpp"
#include "catenet/os/descriptor.hpp"

namespace CLI {
class App;
}

namespace catenet::tools {

class LiveClient {
 public:
  // Connects to that lab; without a name, to the only one. Or the exit code: why not was told.
  static std::expected<LiveClient, int> reach(const std::string& lab);

  int socket() const { return socket_.get(); }
  // False: the lab is gone, or the request too long, which was told.
  bool ask(const lab::LiveRequest& request, std::span<const int> descriptors = {}) const;
  // A lab that is gone is told by the next answer.
  void say(const lab::LiveWord& word) const;
  // Waits for the next answer. Or the exit code: why there is none was told.
  std::expected<lab::LiveReply, int> listen() const;
  // Waits until the lab has let go.
  void await_end() const;

 private:
  explicit LiveClient(os::Descriptor socket) : socket_(std::move(socket)) {}
  os::Descriptor socket_;
};

// Asks, and gives the one answer that comes. Or the exit code.
std::expected<lab::LiveReply, int> ask_once(const std::string& lab,
                                            const lab::LiveRequest& request);

// The option --lab.
void add_lab_option(CLI::App& verb, std::string& lab);

}  // namespace catenet::tools
