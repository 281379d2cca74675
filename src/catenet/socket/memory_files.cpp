#include "catenet/socket/memory_files.hpp"

#include <algorithm>

namespace catenet {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string normal;
  for (std::string_view part : parts) normal.append("/").append(part);
  return normal.empty() ? "/" : normal;
}

const MemoryFiles::Node* MemoryFiles::find(const std::string& path) const {
  static const Node root{Kind::directory, {}, {}};
  const std::string normal = normal_path(path);
  if (normal == "/") return &root;
  const auto found = nodes_.find(normal);
  return found == nodes_.end() ? nullptr : &found->second;
}

Result<Files::Status> MemoryFiles::status(const std::string& path) {
  const Node* node = find(path);
  if (!node) return Unexpected(Errno::no_entry);
  const u64 version = node->kind == Kind::file ? node->written.value() | 1 : 0;
  return Status{node->kind, node->bytes.size(), modified_s_, version};
}

Result<u32> MemoryFiles::read(const std::string& path, u64 offset, MutableBytes into) {
  const Node* node = find(path);
  if (!node) return Unexpected(Errno::no_entry);
  if (node->kind == Kind::directory) return Unexpected(Errno::is_directory);
  if (offset >= node->bytes.size()) return 0;
  const std::size_t n = std::min<std::size_t>(into.size(), node->bytes.size() - offset);
  std::copy_n(node->bytes.begin() + static_cast<std::ptrdiff_t>(offset), n, into.begin());
  return static_cast<u32>(n);
}

Result<void> MemoryFiles::write(const std::string& path, ByteView bytes) {
  const Node* node = find(path);
  const u64 others = used_ - (node ? node->bytes.size() : 0);
  if (others + bytes.size() > capacity_) return Unexpected(Errno::no_space);
  return store(normal_path(path), bytes);
}

Result<void> MemoryFiles::store(const std::string& normal, ByteView bytes) {
  const Node* parent = find(parent_of(normal));
  if (!parent) return Unexpected(Errno::no_entry);
  if (parent->kind != Kind::directory) return Unexpected(Errno::not_directory);
  const Node* node = find(normal);
  if (node && node->kind == Kind::directory) return Unexpected(Errno::is_directory);
  if (node) used_ -= node->bytes.size();
  Node& made = nodes_[normal] = {Kind::file, std::string(as_text(bytes)), {}};
  made.written.add(bytes);
  used_ += bytes.size();
  return {};
}

Result<void> MemoryFiles::append(const std::string& path, ByteView bytes) {
  const Node* node = find(path);
  if (!node || node->kind == Kind::directory) return write(path, bytes);
  if (used_ + bytes.size() > capacity_) return Unexpected(Errno::no_space);
  Node& grown = nodes_[normal_path(path)];
  grown.bytes.append(as_text(bytes));
  grown.written.add(bytes);
  used_ += bytes.size();
  return {};
}

Result<void> MemoryFiles::remove(const std::string& path) {
  const std::string normal = normal_path(path);
  const Node* node = find(normal);
  if (!node) return Unexpected(Errno::no_entry);
  if (normal == "/") return Unexpected(Errno::busy);
  if (node->kind == Kind::directory && !list(normal)->empty()) return Unexpected(Errno::busy);
  used_ -= node->bytes.size();
  nodes_.erase(normal);
  return {};
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& path) {
  const Node* node = find(path);
  if (!node) return Unexpected(Errno::no_entry);
  if (node->kind != Kind::directory) return Unexpected(Errno::not_directory);
  const std::string normal = normal_path(path);
  const std::string prefix = normal == "/" ? "/" : normal + "/";
  std::vector<std::string> names;
  for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) names.push_back(name);
  }
  return names;
}

Result<void> MemoryFiles::make_folder(const std::string& path) {
  const std::string normal = normal_path(path);
  for (std::size_t slash = normal.find('/', 1);; slash = normal.find('/', slash + 1)) {
    const std::string folder = normal.substr(0, slash);
    const Node* node = find(folder);
    if (node && node->kind != Kind::directory) return Unexpected(Errno::not_directory);
    if (!node) nodes_[folder] = {Kind::directory, {}, {}};
    if (slash == std::string::npos) return {};
  }
}

Result<void> MemoryFiles::put(const std::string& path, std::string_view bytes) {
  const std::string normal = normal_path(path);
  if (auto made = make_folder(parent_of(normal)); !made) return made;
  return store(normal, as_bytes(bytes));
}

}  // namespace catenet
