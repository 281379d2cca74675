#include "catenet/os/name_resolver.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <system_error>

#include "catenet/os/last_error.hpp"
#include "catenet/os/socket_address.hpp"

namespace catenet::os {
namespace {

NameResolver::Addresses ask(const std::string& name, std::optional<Family> family) {
  addrinfo hints{};
  hints.ai_family = !family ? AF_UNSPEC : *family == Family::ipv4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once for every type
  addrinfo* list = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) {
    return Unexpected(Errno::no_entry);
  }
  std::vector<IpAddress> found;
  for (const addrinfo* one = list; one; one = one->ai_next) {
    found.push_back(to_endpoint(one->ai_addr).address);
  }
  ::freeaddrinfo(list);
  return found;
}

}  // namespace

NameResolver::~NameResolver() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  asked_something_.notify_one();
  thread_.join();
  loop_.poller().forget(told_.get());
}

Result<void> NameResolver::start() {
  if (thread_.joinable()) return {};
  told_ = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!told_) return last_error();
  if (auto watched = loop_.poller().watch(told_.get(), Interest::readable, *this); !watched) {
    return watched;
  }
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error& error) {
    loop_.poller().forget(told_.get());
    return Unexpected(static_cast<Errno>(error.code().value()));
  }
  return {};
}

Task<NameResolver::Addresses> NameResolver::resolve(std::string name,
                                                    std::optional<Family> family) {
  if (auto started = start(); !started) co_return Unexpected(started.error());
  const auto question = std::make_shared<Question>(std::move(name), family, std::nullopt);
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back(question);
    ++asked_;
  }
  asked_something_.notify_one();
  // Whoever is cancelled goes away; the question is answered all the same, to nobody.
  co_return co_await waiting_.until([&question] { return question->answer; });
}

void NameResolver::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_something_.wait(lock, [this] { return over_ || !questions_.empty(); });
    if (over_) return;
    const Shared question = questions_.front();
    questions_.pop_front();
    lock.unlock();
    Addresses answer = ask(question->name, question->family);
    lock.lock();
    answered_.emplace_back(question, std::move(answer));
    static_cast<void>(::eventfd_write(told_.get(), 1));
  }
}

void NameResolver::on_ready(bool, bool) {
  eventfd_t count = 0;
  static_cast<void>(::eventfd_read(told_.get(), &count));
  std::deque<std::pair<Shared, Addresses>> answered;
  {
    const std::lock_guard lock(mutex_);
    answered.swap(answered_);
    asked_ -= static_cast<u32>(answered.size());
  }
  for (auto& [question, answer] : answered) question->answer = std::move(answer);
  waiting_.wake_all();
}

}  // namespace catenet::os
