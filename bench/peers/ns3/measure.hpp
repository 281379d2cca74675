// Wall time and resident memory, for what is measured beside Catenet's own benches.
#pragma once

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

// Seconds since the first call.
inline double wall_s() {
  static const auto start = std::chrono::steady_clock::now();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Bytes resident now.
inline double resident_bytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atof(line.c_str() + 6) * 1024;
  }
  return 0;
}

// The n-th argument as a number.
inline int argument(int argc, char** argv, int n, int otherwise) {
  return n < argc ? std::atoi(argv[n]) : otherwise;
}
