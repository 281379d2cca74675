// `catenet capture TARGET -w FILE`: what passes a link or node of a running lab, as it passes.
#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "catenet/base/errno.hpp"

#include "live_client.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct CaptureVerb {
  std::string lab;
  std::string target;
  std::vector<std::string> filter;
  std::string file = "-";
};

class LiveCaptureFile {
 public:
  LiveCaptureFile(const LiveClient& client, const CaptureVerb& verb)
      : client_(client), verb_(verb) {}

  // What cannot be written to, as far as that is known before. The exit code.
  std::optional<int> refuse() const {
    if (verb_.file != "-" || ::isatty(STDOUT_FILENO) == 0) return std::nullopt;
    return complain_of(bad_input,
                       "a capture is nothing for a terminal: give -w FILE, or a pipe as in "
                       "catenet capture HOST | wireshark -k -i -");
  }

  // The lab's first answer says whether there is a capture at all: until then no file is touched.
  // The exit code, if it is over.
  std::optional<int> begin() {
    const auto reply = client_.listen();
    if (!reply) return reply.error();
    if (reply->error) return complain_of(reply->error->code, reply->error->text);
    if (verb_.file != "-") {
      constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
      own_ = os::Descriptor(::open(verb_.file.c_str(), flags, 0666));
      if (!own_) return cannot_write();
    }
    return take(*reply);
  }

  int go() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    const os::Descriptor signals(::signalfd(-1, &set, SFD_CLOEXEC));
    std::array<pollfd, 3> waiting{{{.fd = client_.socket(), .events = POLLIN, .revents = 0},
                                   {.fd = signals.get(), .events = POLLIN, .revents = 0},
                                   {.fd = out(), .events = 0, .revents = 0}}};
    for (;;) {
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if ((waiting[2].revents & POLLERR) != 0) return all_held;  // its reader has had enough
      if (waiting[1].revents != 0) {
        client_.say({.end = true});
        waiting[1].fd = -1;
      }
      if (waiting[0].revents == 0) continue;
      const auto reply = client_.listen();
      if (!reply) return reply.error();
      if (const auto code = take(*reply)) return *code;
    }
  }

 private:
  int out() const { return own_ ? own_.get() : STDOUT_FILENO; }
  int cannot_write() const {
    return complain_of(machine_cannot, fmt::format("cannot write {}: {}", verb_.file,
                                                   errno_text(static_cast<Errno>(errno))));
  }
  std::optional<int> take(const lab::LiveReply& reply) const {
    if (!write_all(out(), reply.bytes)) {
      return errno == EPIPE ? static_cast<int>(all_held) : cannot_write();
    }
    if (reply.error) return complain_of(reply.error->code, reply.error->text);
    if (!reply.done) return std::nullopt;
    if (reply.lost > 0) {
      complain_of(0, fmt::format("{} records are missing: what they are written to was too slow",
                                 reply.lost));
    }
    return all_held;
  }

  const LiveClient& client_;
  const CaptureVerb& verb_;
  os::Descriptor own_;
};

int capture(const CaptureVerb& verb) {
  const auto client = LiveClient::reach(verb.lab);
  if (!client) return client.error();
  LiveCaptureFile file(*client, verb);
  if (const auto code = file.refuse()) return *code;
  lab::LiveRequest request;
  request.verb = lab::LiveVerb::capture;
  request.targets = {verb.target};
  for (const std::string& word : verb.filter) {
    request.filter += (request.filter.empty() ? "" : " ") + word;
  }
  if (!client->ask(request)) return machine_cannot;
  if (const auto code = file.begin()) return *code;
  return file.go();
}

}  // namespace

void add_capture(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("capture", "Captures in a running lab until it is ended");
  auto verb = std::make_shared<CaptureVerb>();
  add_lab_option(*sub, verb->lab);
  sub->add_option("TARGET", verb->target, "A link, a node, or node:interface")->required();
  sub->add_option("FILTER", verb->filter, "Which frames, in the syntax of pcap-filter(7)");
  sub->add_option("-w", verb->file, "Where the pcapng goes; - is standard output")
      ->capture_default_str();
  sub->callback([&action, verb] { action = [verb] { return capture(*verb); }; });
}

}  // namespace catenet::tools
