// Why a child that was forked did not become the program it was to be.
#pragma once

#include <cerrno>
#include <sys/mman.h>
#include <utility>

#include "catenet/base/errno.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::program {

// Lies in memory that both share until the child is another program, so that nothing a program says
// or exits with can be taken for it.
class StartFailure {
 public:
  static Result<StartFailure> create() {
    void* const page =
        ::mmap(nullptr, sizeof(Said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return os::last_error();
    return StartFailure(static_cast<Said*>(page));
  }
  StartFailure(StartFailure&& other) noexcept : said_(std::exchange(other.said_, nullptr)) {}
  StartFailure& operator=(StartFailure&&) = delete;
  ~StartFailure() {
    if (said_) ::munmap(said_, sizeof(Said));
  }

  // In the child. `at` is a literal: its address is the same in both.
  void tell(const char* at, int error) { *said_ = {at, error}; }
  // nullptr: it became the program.
  const char* at() const { return said_->at; }
  int error() const { return said_->error; }

 private:
  struct Said {
    const char* at;
    int error;
  };

  explicit StartFailure(Said* said) : said_(said) {}

  Said* said_;
};

}  // namespace catenet::program
