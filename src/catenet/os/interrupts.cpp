#include "catenet/os/interrupts.hpp"

#include <sys/signalfd.h>

#include "catenet/os/last_error.hpp"

namespace catenet::os {

Result<std::unique_ptr<Interrupts>> Interrupts::create(Poller& poller,
                                                       std::function<void(int signal)> told) {
  std::unique_ptr<Interrupts> made(new Interrupts(poller, std::move(told)));
  sigset_t wanted{};
  sigemptyset(&wanted);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, signal);
  ::sigprocmask(SIG_BLOCK, &wanted, &made->before_);
  made->signals_ = Descriptor(::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!made->signals_) return last_error();
  const auto watched = poller.watch(made->signals_.get(), Interest::readable, *made);
  if (!watched) return Unexpected(watched.error());
  return made;
}

Interrupts::~Interrupts() {
  poller_.forget(signals_.get());
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupts::on_ready(bool, bool) {
  signalfd_siginfo about{};
  if (::read(signals_.get(), &about, sizeof about) != sizeof about) return;
  came_ = static_cast<int>(about.ssi_signo);
  poller_.forget(signals_.get());
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  told_(came_);
}

}  // namespace catenet::os
