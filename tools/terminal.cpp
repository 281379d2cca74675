#include "terminal.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"

#include "output.hpp"

namespace catenet::tools {
namespace {

std::string_view read_some(int fd, std::span<char> into) {
  ssize_t size;
  do {
    size = ::read(fd, into.data(), into.size());
  } while (size < 0 && errno == EINTR);
  return {into.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

Result<Terminal> Terminal::open() {
  Terminal made;
  made.own_end_ = os::Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!made.own_end_) return os::last_error();
  std::array<char, 64> name{};
  if (::grantpt(made.own_end()) != 0 || ::unlockpt(made.own_end()) != 0 ||
      ::ptsname_r(made.own_end(), name.data(), name.size()) != 0) {
    return os::last_error();
  }
  made.program_end_ = os::Descriptor(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!made.program_end_) return os::last_error();
  made.resize();
  return made;
}

Terminal::~Terminal() {
  if (own_end_) give_back();
}

void Terminal::take_keys() {
  termios now{};
  if (::tcgetattr(STDIN_FILENO, &now) != 0) return;  // it is no terminal
  before_ = now;
  ::cfmakeraw(&now);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}

void Terminal::give_back() {
  if (before_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
  before_.reset();
}

void Terminal::resize() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(own_end(), TIOCSWINSZ, &size);
}

bool Terminal::forward_input() {
  std::array<char, 4'096> buffer;
  const std::string_view text = read_some(STDIN_FILENO, buffer);
  if (!text.empty()) return write_all(own_end(), text);
  termios settings{};
  if (::tcgetattr(own_end(), &settings) == 0) {
    const char end = static_cast<char>(settings.c_cc[VEOF]);
    write_all(own_end(), {&end, 1});
  }
  return false;
}

bool Terminal::forward_output() {
  std::array<char, 65'536> buffer;
  const std::string_view text = read_some(own_end(), buffer);
  return !text.empty() && write_all(STDOUT_FILENO, text);
}

void Terminal::drain() {
  pollfd more{.fd = own_end(), .events = POLLIN, .revents = 0};
  while (::poll(&more, 1, 0) > 0 && (more.revents & POLLIN) != 0 && forward_output()) {
  }
}

}  // namespace catenet::tools
