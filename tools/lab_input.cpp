#include "lab_input.hpp"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "catenet/os/byte_file.hpp"
#include "catenet/os/pcap_filter.hpp"

namespace catenet::tools {
namespace {

class DiskFiles final : public lab::FileSource {
 public:
  std::expected<std::string, Errno> read(const std::string& path) override {
    return os::read_file(path, lab::largest_file);
  }
  lab::FileKind kind(const std::string& path) override {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return lab::FileKind::folder;
    if (!std::filesystem::exists(path, ignored)) return lab::FileKind::none;
    return std::filesystem::is_regular_file(path, ignored) ? lab::FileKind::file
                                                           : lab::FileKind::other;
  }
  std::string identity(const std::string& path) override {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
    return error ? path : real.string();
  }
};

std::optional<std::string> check_filter(const std::string& filter) {
  const auto compiled = os::PcapFilter::compile(filter);
  return compiled ? std::nullopt : std::optional(compiled.error());
}

}  // namespace

std::optional<lab::Plan> read_plan(const std::string& path, std::optional<u64> seed) {
  DiskFiles files;
  lab::ReadOptions options;
  options.seed = seed;
  options.check_filter = check_filter;
  std::expected<lab::Plan, lab::Diagnostics> plan = [&] {
    if (path != "-") return lab::read_lab(path, files, options);
    std::string text;
    for (std::istreambuf_iterator<char> at(std::cin), end;
         at != end && text.size() <= lab::largest_file; ++at) {
      text += *at;
    }
    return lab::read_lab_text(std::move(text), "standard input", files, options);
  }();
  const lab::Diagnostics& found = plan ? plan->warnings : plan.error();
  std::cerr << lab::to_string(found);
  if (!plan) return std::nullopt;
  return *std::move(plan);
}

}  // namespace catenet::tools
