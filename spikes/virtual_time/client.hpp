// Small programs that do one kind of system call again and again, to be measured.
#pragma once

namespace spike {

int run_client(const char* kind, long times);

}  // namespace spike
