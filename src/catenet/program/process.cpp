#include "catenet/program/process.hpp"

#include <array>
#include <fcntl.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program {

Result<os::Descriptor> OutputPipe::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return os::last_error();
  pipe_ = os::Descriptor(ends[0]);
  os::Descriptor write_end(ends[1]);
  // Only our end: a program must find an ordinary pipe.
  if (::fcntl(pipe_.get(), F_SETFL, O_NONBLOCK) != 0) return os::last_error();
  const auto watched = poller_.watch(pipe_.get(), os::Interest::readable, *this);
  if (!watched) {
    pipe_.reset();
    return Unexpected(watched.error());
  }
  return write_end;
}

void OutputPipe::on_ready(bool, bool) {
  // A program that prints without end must not keep the others waiting.
  for (int i = 0; i < 16 && read_some(); ++i) {
  }
}

std::string OutputPipe::finish() {
  // What a pipe holds, and no more: a background process may go on printing.
  constexpr int most_in_a_pipe = 1 << 20;
  for (int left = most_in_a_pipe / 4'096; left > 0 && read_some(); --left) {
  }
  close();
  return text_.take();
}

bool OutputPipe::read_some() {
  if (!pipe_) return false;
  std::array<char, 65'536> buffer;
  const ssize_t size = ::read(pipe_.get(), buffer.data(), buffer.size());
  if (size > 0) {
    text_.add({buffer.data(), static_cast<std::size_t>(size)});
    return true;
  }
  if (size < 0 && errno == EINTR) return true;
  if (size == 0 || errno != EAGAIN) close();
  return false;
}

void OutputPipe::close() {
  if (pipe_) poller_.forget(pipe_.get());
  pipe_.reset();
}

}  // namespace catenet::program
