// `catenet exec HOST -- CMD…` and `catenet sh HOST`: a program on a host of a running lab, as if
// its host were this machine.
#include <CLI/CLI.hpp>
#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "catenet/base/errno.hpp"

#include "live_client.hpp"
#include "output.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct ExecVerb {
  std::string lab;
  std::string host;
  std::vector<std::string> words;
  bool terminal = false;
  bool misplaced = false;  // an option stands behind the host
};

// The signals of the set, to be read. They do nothing else any more.
os::Descriptor catch_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return os::Descriptor(::signalfd(-1, &set, SFD_CLOEXEC));
}

int next_signal(int signals) {
  signalfd_siginfo about{};
  if (::read(signals, &about, sizeof about) != sizeof about) return 0;
  return static_cast<int>(about.ssi_signo);
}

// The exit code of an exec that has ended.
int tell_end(const lab::LiveReply& reply, const ExecVerb& verb) {
  if (reply.error && !reply.exit) return complain_of(reply.error->code, reply.error->text);
  if (reply.error) {
    complain_of(0, fmt::format("{}: {}: {}", verb.host, verb.words.front(), reply.error->text));
  }
  return reply.exit.value_or(machine_cannot);
}

lab::LiveRequest request_of(const ExecVerb& verb) {
  lab::LiveRequest request;
  request.verb = lab::LiveVerb::exec;
  request.host = verb.host;
  request.words = verb.words;
  request.terminal = verb.terminal;
  const char* const type = std::getenv("TERM");
  request.terminal_type = type ? type : "dumb";
  return request;
}

// With the caller's own streams. Not a byte passes through here, but what Catenet's tools print.
class Talk {
 public:
  Talk(const LiveClient& client, const ExecVerb& verb)
      : client_(client), verb_(verb), signals_(catch_signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT})) {}

  int go() {
    std::array<pollfd, 2> waiting{{{.fd = client_.socket(), .events = POLLIN, .revents = 0},
                                   {.fd = signals_.get(), .events = POLLIN, .revents = 0}}};
    for (;;) {
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if (waiting[1].revents != 0) client_.say({.signal = next_signal(signals_.get())});
      if (waiting[0].revents == 0) continue;
      const auto reply = client_.listen();
      if (!reply) return reply.error();
      // When we are gone the lab ends the tool.
      if (const auto code = print(reply->stream, reply->bytes)) return *code;
      if (reply->done) return tell_end(*reply, verb_);
    }
  }

 private:
  // A reader that does not read keeps no signal from the tool; a second one is for us. The exit
  // code, if it cannot go on.
  std::optional<int> print(int stream, std::string_view bytes) {
    std::array<pollfd, 2> waiting{{{.fd = stream, .events = POLLOUT, .revents = 0},
                                   {.fd = signals_.get(), .events = POLLIN, .revents = 0}}};
    int came = 0;
    while (!bytes.empty()) {
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if (waiting[1].revents != 0) {
        if (came != 0) return 128 + came;
        came = next_signal(signals_.get());
        client_.say({.signal = came});
      }
      if (waiting[0].revents == 0) continue;
      const std::string_view piece = bytes.substr(0, PIPE_BUF);  // which does not block
      if (!write_all(stream, piece)) {
        return complain_of(machine_cannot, fmt::format("cannot write to standard output: {}",
                                                       errno_text(static_cast<Errno>(errno))));
      }
      bytes.remove_prefix(piece.size());
    }
    return std::nullopt;
  }

  const LiveClient& client_;
  const ExecVerb& verb_;
  os::Descriptor signals_;
};

int exec_here(const ExecVerb& verb) {
  const auto client = LiveClient::reach(verb.lab);
  if (!client) return client.error();
  Talk talk(*client, verb);
  constexpr std::array<int, 3> streams{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  if (!client->ask(request_of(verb), streams)) return machine_cannot;
  return talk.go();
}

// On a terminal of its own, which lies between the user's and the program's.
class TerminalTalk {
 public:
  TerminalTalk(const LiveClient& client, Terminal& terminal, const ExecVerb& verb)
      : client_(client),
        terminal_(terminal),
        verb_(verb),
        signals_(catch_signals({SIGTERM, SIGHUP, SIGWINCH})) {}

  int go() {
    enum : u8 { lab, signals, keys, screen };
    std::array<pollfd, 4> waiting{{{.fd = client_.socket(), .events = POLLIN, .revents = 0},
                                   {.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                   {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                   {.fd = terminal_.own_end(), .events = POLLIN, .revents = 0}}};
    for (;;) {
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if (waiting[screen].revents != 0 && !terminal_.forward_output()) waiting[screen].fd = -1;
      if (waiting[keys].revents != 0 && !terminal_.forward_input()) waiting[keys].fd = -1;
      if (waiting[signals].revents != 0) {
        const int signal = next_signal(signals_.get());
        if (signal != SIGWINCH) return 128 + signal;  // the terminal is closed with us
        terminal_.resize();
      }
      if (waiting[lab].revents == 0) continue;
      terminal_.drain();
      const auto reply = client_.listen();
      if (!reply || reply->done || reply->no_terminal) terminal_.give_back();
      if (!reply) return reply.error();
      if (reply->done) return tell_end(*reply, verb_);
      if (reply->no_terminal) return Talk(client_, verb_).go();
    }
  }

 private:
  const LiveClient& client_;
  Terminal& terminal_;
  const ExecVerb& verb_;
  os::Descriptor signals_;
};

int exec_on_terminal(const ExecVerb& verb) {
  const auto client = LiveClient::reach(verb.lab);
  if (!client) return client.error();
  auto terminal = Terminal::open();
  if (!terminal) {
    return complain_of(machine_cannot,
                       fmt::format("cannot open a terminal: {}", errno_text(terminal.error())));
  }
  const int end = terminal->program_end().get();
  if (!client->ask(request_of(verb), std::array{end, end, end})) return machine_cannot;
  terminal->program_end().reset();
  terminal->take_keys();
  return TerminalTalk(*client, *terminal, verb).go();
}

int exec(const ExecVerb& verb) {
  if (verb.host.empty()) {
    return complain_of(bad_input, "say where to run what: catenet exec HOST -- CMD");
  }
  if (verb.host.starts_with('-')) {
    return complain_of(bad_input, fmt::format("there is no option {}; options stand before the "
                                              "host, the program's own behind it",
                                              verb.host));
  }
  if (verb.misplaced) {
    return complain_of(bad_input,
                       fmt::format("options stand before the host, the program's own behind it: "
                                   "catenet exec {} … {} -- CMD",
                                   verb.words.front(), verb.host));
  }
  if (verb.words.empty()) {
    return complain_of(bad_input,
                       fmt::format("say what to run: catenet exec {} -- CMD", verb.host));
  }
  return verb.terminal ? exec_on_terminal(verb) : exec_here(verb);
}

}  // namespace

void add_exec(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("exec", "Runs a program on a host of a running lab");
  auto verb = std::make_shared<ExecVerb>();
  add_lab_option(*sub, verb->lab);
  sub->add_flag("-t,--terminal", verb->terminal, "On a terminal of its own, as `sh` does");
  sub->footer("As in: catenet exec [OPTIONS] HOST -- CMD ARGUMENT...");
  sub->prefix_command();
  // From the host on, nothing is an option here.
  sub->callback([sub, &action, verb] {
    verb->words = sub->remaining();
    if (!verb->words.empty()) {
      verb->host = verb->words.front();
      verb->words.erase(verb->words.begin());
    }
    const std::string_view next = verb->words.empty() ? "" : std::string_view(verb->words.front());
    verb->misplaced = next.starts_with('-') && next != "--";
    if (next == "--") verb->words.erase(verb->words.begin());
    action = [verb] { return exec(*verb); };
  });
  CLI::App* shell = app.add_subcommand("sh", "A shell on a host of a running lab");
  auto shell_verb = std::make_shared<ExecVerb>();
  shell_verb->terminal = true;
  shell_verb->words = {"/bin/sh", "-i"};
  add_lab_option(*shell, shell_verb->lab);
  shell->add_option("HOST", shell_verb->host, "The host")->required();
  shell->callback([&action, shell_verb] { action = [shell_verb] { return exec(*shell_verb); }; });
}

}  // namespace catenet::tools
