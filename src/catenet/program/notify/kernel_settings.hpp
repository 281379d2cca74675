// KernelSettings: what a program has set at a Unix socket of its that the kernel keeps for it.
#pragma once

#include <fcntl.h>
#include <sys/time.h>

namespace catenet::program::notify {

class KernelSettings {
 public:
  static KernelSettings of(int fd);
  void apply_to(int fd) const;

 private:
  timeval receive_limit_{};
  timeval send_limit_{};
  int least_to_receive_ = 1;
  int urgent_inline_ = 0;
  f_owner_ex owner_{};
  int signal_ = 0;
};

}  // namespace catenet::program::notify
