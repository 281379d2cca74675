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
  static const Node root{.kind = Kind::directory};
  const std::string normal = normal_path(path);
  if (normal == "/") return &root;
  const auto found = nodes_.find(normal);
  return found == nodes_.end() ? nullptr : &found->second;
}

Result<Files::Status> MemoryFiles::status(const std::string& path) {
  const Node* node = find(path);
  if (!node) return Unexpected(Errno::no_entry);
  const u64 hash = node->make ? node->made_version : node->written.value();
  return Status{node->kind, node->size(), modified_s_, node->kind == Kind::file ? hash | 1 : 0};
}

Result<u32> MemoryFiles::read(const std::string& path, u64 offset, MutableBytes into) {
  const Node* node = find(path);
  if (!node) return Unexpected(Errno::no_entry);
  if (node->kind == Kind::directory) return Unexpected(Errno::is_directory);
  if (offset >= node->size()) return 0;
  const std::size_t n = std::min<std::size_t>(into.size(), node->size() - offset);
  if (node->make)
    node->make(offset, into.first(n));
  else
    std::copy_n(node->bytes.begin() + static_cast<std::ptrdiff_t>(offset), n, into.begin());
  return static_cast<u32>(n);
}

Result<void> MemoryFiles::write(const std::string& path, ByteView bytes) {
  const Node* node = find(path);
  const u64 others = used_ - (node ? node->size() : 0);
  if (others + bytes.size() > capacity_) return Unexpected(Errno::no_space);
  return store(normal_path(path), bytes);
}

Result<void> MemoryFiles::store(const std::string& normal, ByteView bytes) {
  Node made;
  made.bytes = as_text(bytes);
  made.written.add(bytes);
  return place(normal, std::move(made));
}

Result<void> MemoryFiles::place(const std::string& normal, Node made) {
  const Node* parent = find(parent_of(normal));
  if (!parent) return Unexpected(Errno::no_entry);
  if (parent->kind != Kind::directory) return Unexpected(Errno::not_directory);
  const Node* node = find(normal);
  if (node && node->kind == Kind::directory) return Unexpected(Errno::is_directory);
  if (node) used_ -= node->size();
  used_ += made.size();
  nodes_[normal] = std::move(made);
  return {};
}

void MemoryFiles::keep_made_bytes(Node& node) {
  if (!node.make) return;
  std::vector<u8> bytes(node.made_size);
  node.make(0, bytes);
  node.bytes = as_text(bytes);
  node.written.add(bytes);
  node.make = nullptr;
}

Result<void> MemoryFiles::append(const std::string& path, ByteView bytes) {
  const Node* node = find(path);
  if (!node || node->kind == Kind::directory) return write(path, bytes);
  if (used_ + bytes.size() > capacity_) return Unexpected(Errno::no_space);
  Node& grown = nodes_[normal_path(path)];
  keep_made_bytes(grown);
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
  used_ -= node->size();
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
    if (!node) nodes_[folder].kind = Kind::directory;
    if (slash == std::string::npos) return {};
  }
}

Result<void> MemoryFiles::put(const std::string& path, std::string_view bytes) {
  const std::string normal = normal_path(path);
  if (auto made = make_folder(parent_of(normal)); !made) return made;
  return store(normal, as_bytes(bytes));
}

Result<void> MemoryFiles::put_made(const std::string& path, u64 size, u64 version, Maker make) {
  const std::string normal = normal_path(path);
  if (auto folder = make_folder(parent_of(normal)); !folder) return folder;
  Node made;
  made.make = std::move(make);
  made.made_size = size;
  made.made_version = version;
  return place(normal, std::move(made));
}

}  // namespace catenet
