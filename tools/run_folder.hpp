// RunFolder: where one run's capture and reports go. One run at a time; it begins empty of what
// runs leave, so that no capture ever lies beside another run's report.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "catenet/base/errno.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::tools {

class RunFolder {
 public:
  static constexpr std::string_view capture = "lab.pcapng";
  static constexpr std::string_view json = "run.json";
  static constexpr std::string_view text = "report.txt";

  // Makes `path`, and locks it until this ends. Or a sentence: why it cannot be, and what to do.
  static std::expected<RunFolder, std::string> open(const std::string& path);

  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  RunFolder(std::string path, os::Descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  os::Descriptor lock_;
};

// "cannot write out/first/run.json: No space left on device; choose another folder with --out"
std::string cannot_write(const std::string& path, Errno error);

}  // namespace catenet::tools
