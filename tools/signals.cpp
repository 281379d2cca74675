#include "signals.hpp"

#include <csignal>
#include <cstdlib>
#include <unistd.h>

#include "verbs.hpp"

namespace catenet::tools {
namespace {

volatile std::sig_atomic_t noted = 0;

void on_abort(int) { _exit(internal_error); }
void on_interrupt(int signal) { noted = signal; }
void on_failed_write(int) {}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction before{};
  ::sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void tame_signals() {
  handle(SIGPIPE, on_failed_write, SA_RESTART);
  handle(SIGXFSZ, on_failed_write, SA_RESTART);
  handle(SIGABRT, on_abort, 0);
}

void note_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    handle(signal, on_interrupt, static_cast<int>(SA_RESTART | SA_RESETHAND));
  }
}

int interrupted_by() { return noted; }

void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  ::raise(signal);
  std::_Exit(128 + signal);
}

}  // namespace catenet::tools
