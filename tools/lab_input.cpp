#include "lab_input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fmt/core.h>

#include "catenet/base/errno.hpp"
#include "catenet/lab/report_printable.hpp"
#include "catenet/os/byte_file.hpp"

#include "lab_run.hpp"
#include "output.hpp"

namespace catenet::tools {
namespace {

constexpr const char* standard_input = "standard input";

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

lab::Diagnostics unreadable(const std::string& file, std::string message, std::string hint) {
  lab::Diagnostic diagnostic;
  diagnostic.file = file;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return {std::move(diagnostic)};
}

// Whether nothing happens in a lab but by itself. One that others reach is there for them.
bool is_idle(const lab::Plan& plan) {
  const bool reached = std::ranges::any_of(
      plan.nodes, [](const lab::PlanNode& node) { return node.kind == lab::NodeKind::outside; });
  return plan.script.empty() && plan.expect.empty() &&
         !(reached && plan.stop_time > Duration::zero() && plan.stop_time < Duration::infinite());
}

// Such a lab is well-formed, and may be there to be included.
lab::Diagnostic idle(std::string file) {
  lab::Diagnostic diagnostic;
  diagnostic.severity = lab::Severity::warning;
  diagnostic.file = std::move(file);
  diagnostic.message = "nothing is run and nothing expected: this lab passes whatever happens";
  diagnostic.hint = "give it a script, or an expect";
  return diagnostic;
}

std::expected<std::string, lab::Diagnostics> read_standard_input() {
  std::string text;
  std::array<char, 65'536> buffer;
  while (text.size() <= lab::largest_file) {
    const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), stdin);
    text.append(buffer.data(), size);
    if (size == buffer.size()) continue;
    if (std::ferror(stdin) == 0) break;
    return std::unexpected(unreadable(
        standard_input, fmt::format("it cannot be read: {}", errno_text(static_cast<Errno>(errno))),
        "give it a lab, as in catenet validate - < my.yaml"));
  }
  return text;
}

// Every finding, on standard error.
void tell(lab::Diagnostics found) {
  for (lab::Diagnostic& each : found) {
    for (std::string* text : {&each.file, &each.message, &each.hint}) *text = lab::printable(*text);
  }
  print_error(lab::to_string(found));
}

// A lab's text, and what stands for its path in messages.
struct LabText {
  std::string path;
  std::string text;
};

// `path` is the name of a file, or "-".
std::expected<LabText, lab::Diagnostics> read_text(const std::string& path, DiskFiles& files) {
  if (path.empty()) {
    return std::unexpected(
        unreadable("''", "no file has such a name", "name a lab file; - is standard input"));
  }
  if (path == "-") {
    auto text = read_standard_input();
    if (!text) return std::unexpected(std::move(text.error()));
    return LabText{standard_input, *std::move(text)};
  }
  auto text = lab::read_lab_file(path, files);
  if (!text) return std::unexpected(lab::Diagnostics{std::move(text.error())});
  return LabText{path, *std::move(text)};
}

}  // namespace

std::expected<lab::Plan, WrongLab> read_plan(const std::string& path, std::optional<u64> seed,
                                             bool may_idle) {
  DiskFiles files;
  lab::ReadOptions options;
  options.seed = seed;
  options.check_filter = check_filter;
  if (path == "-") options.name = "lab";
  const auto text = read_text(path, files);
  if (!text) {
    tell(text.error());
    return std::unexpected(WrongLab{});
  }
  auto plan = lab::read_lab_text(text->text, text->path, files, options);
  if (!plan) {
    tell(std::move(plan.error()));
    const auto name = lab::name_of_lab(text->path, text->text, options);
    return std::unexpected(WrongLab{name.value_or("")});
  }
  if (!may_idle && is_idle(*plan)) plan->warnings.push_back(idle(text->path));
  tell(plan->warnings);
  return *std::move(plan);
}

}  // namespace catenet::tools
