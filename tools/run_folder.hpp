// RunFolder: where one run's capture and reports go. One run at a time; it begins empty of what
// runs leave, so that no capture ever lies beside another run's report. A file has its name once it
// is whole: what a run that was killed leaves is called otherwise, and the next run takes it away.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "catenet/base/errno.hpp"
#include "catenet/os/byte_file.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::tools {

// A file of a run that grows under a name of its own, and is gone unless it was finished. Where a
// pipe, a device or a link has the name, somebody laid it there to be written to.
class RunFile {
 public:
  static Result<std::unique_ptr<RunFile>> create(const std::string& path);
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;
  ~RunFile();

  ByteSink& bytes() { return *file_; }
  // It is whole and has its name, or why not. Once.
  Result<void> finish();

 private:
  RunFile(std::string path, std::string growing, std::unique_ptr<os::ByteFile> file)
      : path_(std::move(path)), growing_(std::move(growing)), file_(std::move(file)) {}

  std::string path_;
  std::string growing_;  // its name until then
  std::unique_ptr<os::ByteFile> file_;
  bool whole_ = false;
};

class RunFolder {
 public:
  static constexpr std::string_view capture = "lab.pcapng";
  static constexpr std::string_view json = "run.json";
  static constexpr std::string_view text = "report.txt";
  static constexpr std::string_view junit = "report.xml";
  static constexpr std::string_view page = "report.html";

  // Makes `path`, and locks it until this ends. Or a sentence: why it cannot be, and what to do.
  static std::expected<RunFolder, std::string> open(const std::string& path);

  // There will be no run: what an earlier one left at `path` goes, unless another is at work there.
  static void clear(const std::string& path);

  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  // There was no run: folders that open() made go again, as far as they are empty.
  void take_back();

 private:
  RunFolder(std::string path, os::Descriptor lock, std::vector<std::string> made)
      : path_(std::move(path)), made_(std::move(made)), lock_(std::move(lock)) {}

  std::string path_;
  std::vector<std::string> made_;  // the deepest first
  os::Descriptor lock_;
};

// "cannot write out/first/run.json: No space left on device; choose another folder with --out"
std::string cannot_write(const std::string& path, Errno error);

}  // namespace catenet::tools
