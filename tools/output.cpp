#include "output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "catenet/base/errno.hpp"
#include "catenet/lab/report_printable.hpp"

#include "verbs.hpp"

namespace catenet::tools {
namespace {

int first_error = 0;

}  // namespace

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest free number is this one.
    ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void print_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && first_error == 0) {
    first_error = errno;
  }
}

bool flush_out() {
  if (std::fflush(stdout) != 0 && first_error == 0) first_error = errno;
  return first_error == 0;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

int complain_of(int code, std::string_view sentence) {
  std::fputs(fmt::format("catenet: {}\n", lab::printable(sentence)).c_str(), stderr);
  return code;
}

void print_error(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text += lab::printable(lines.substr(0, end));
    if (end == lines.npos) break;
    text += '\n';
    lines.remove_prefix(end + 1);
  }
  std::fputs(text.c_str(), stderr);
}

int finish_output(int code) {
  if (flush_out()) return code;
  complain_of(code, fmt::format("cannot write to standard output: {}",
                                errno_text(static_cast<Errno>(first_error))));
  return std::max(code, static_cast<int>(machine_cannot));
}

}  // namespace catenet::tools
