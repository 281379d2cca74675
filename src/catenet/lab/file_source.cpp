#include "catenet/lab/file_source.hpp"

#include <string_view>
#include <vector>

namespace catenet::lab {

std::expected<std::string, Errno> MemoryFileSource::read(const std::string& path) {
  const auto found = files_.find(path);
  if (found != files_.end()) return found->second;
  return std::unexpected(kind(path) == FileKind::folder ? Errno::is_directory : Errno::no_entry);
}

FileKind MemoryFileSource::kind(const std::string& path) {
  if (files_.contains(path)) return FileKind::file;
  const std::string below = path + "/";
  const auto first = files_.lower_bound(below);
  return first != files_.end() && first->first.starts_with(below) ? FileKind::folder
                                                                  : FileKind::none;
}

std::string path_beside(const std::string& from, const std::string& path) {
  if (path.starts_with('/')) return path;
  const std::size_t slash = from.rfind('/');
  const std::string whole = slash == std::string::npos ? path : from.substr(0, slash + 1) + path;
  std::vector<std::string_view> parts;
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.empty() || part == ".") continue;
    const bool climbs = part == ".." && !parts.empty() && parts.back() != "..";
    if (climbs)
      parts.pop_back();
    else if (part != ".." || !whole.starts_with('/'))
      parts.push_back(part);
  }
  std::string text = whole.starts_with('/') ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) text += '/';
    text += parts[i];
  }
  return text.empty() ? "." : text;
}

}  // namespace catenet::lab
