#include "catenet/lab/service_files.hpp"

#include <algorithm>
#include <set>

#include "catenet/base/hash.hpp"
#include "catenet/socket/memory_files.hpp"

namespace catenet::lab {
namespace {

u64 page_size(const InlineFile& page) { return page.seeded_bytes.value_or(page.text.size()); }

u8 byte_of_block(u64 key, u64 offset) {
  return static_cast<u8>(mix64(key + offset / 8) >> (offset % 8 * 8));
}

u64 page_key(u64 seed, std::string_view path) { return mix64(seed) ^ hash_name(path); }

// Never 0.
u64 page_version(u64 seed, std::string_view path, const InlineFile& page) {
  return page.seeded_bytes ? version_of_seeded(seed, path, *page.seeded_bytes)
                           : hash_name(page.text) | 1;
}

}  // namespace

void fill_with_seeded_bytes(u64 seed, std::string_view path, u64 offset, MutableBytes into) {
  const u64 key = page_key(seed, path);
  for (u64 i = 0; i < into.size(); ++i) into[i] = byte_of_block(key, offset + i);
}

u64 version_of_seeded(u64 seed, std::string_view path, u64 size) {
  return mix64(page_key(seed, path) + size) | 1;
}

std::string text_of_file(const InlineFile& file, u64 seed) {
  if (!file.seeded_bytes) return file.text;
  const u64 key = page_key(seed, file.path);
  std::string text(*file.seeded_bytes, '\0');
  for (u64 i = 0; i < text.size(); ++i) text[i] = static_cast<char>(byte_of_block(key, i));
  return text;
}

u8 seeded_byte(u64 seed, std::string_view path, u64 offset) {
  return byte_of_block(page_key(seed, path), offset);
}

ServiceFiles::ServiceFiles(const std::vector<InlineFile>& pages, u64 seed, i64 modified_s,
                           Files* folder)
    : seed_(seed), modified_s_(modified_s), folder_(folder) {
  for (const InlineFile& page : pages) pages_[normal_path(page.path)] = page;
}

bool ServiceFiles::is_folder(const std::string& path) const {
  if (path == "/") return true;
  const auto below = pages_.lower_bound(path + "/");
  return below != pages_.end() && below->first.starts_with(path + "/");
}

Result<Files::Status> ServiceFiles::status(const std::string& path) {
  const std::string normal = normal_path(path);
  const auto page = pages_.find(normal);
  if (page != pages_.end()) {
    return Status{Kind::file, page_size(page->second), modified_s_,
                  page_version(seed_, normal, page->second)};
  }
  const auto found = folder_ ? folder_status(normal) : Unexpected(Errno::no_entry);
  if (!found && is_folder(normal)) return Status{Kind::directory, 0, modified_s_};
  return found;
}

Result<Files::Status> ServiceFiles::folder_status(const std::string& path) {
  auto found = folder_->status(path);
  if (!found) return found;
  if (found->kind == Kind::file && found->version == 0) {
    Known& known = known_[path];
    if (known.version == 0 || known.size != found->size || known.modified_s != found->modified_s) {
      const auto hash = hash_of(path);
      if (!hash) return Unexpected(hash.error());
      known = {found->size, found->modified_s, *hash};
    }
    found->version = known.version;
  }
  found->modified_s = modified_s_;
  return found;
}

Result<u64> ServiceFiles::hash_of(const std::string& path) {
  RunningHash hash;
  std::vector<u8> piece(65'536);
  for (u64 offset = 0;;) {
    const auto n = folder_->read(path, offset, piece);
    if (!n) return Unexpected(n.error());
    if (*n == 0) return hash.value() | 1;
    hash.add(ByteView(piece).first(*n));
    offset += *n;
  }
}

Result<u32> ServiceFiles::read(const std::string& path, u64 offset, MutableBytes into) {
  const std::string normal = normal_path(path);
  const auto found = pages_.find(normal);
  if (found == pages_.end()) {
    if (folder_) return folder_->read(normal, offset, into);
    return Unexpected(is_folder(normal) ? Errno::is_directory : Errno::no_entry);
  }
  const InlineFile& page = found->second;
  if (offset >= page_size(page)) return 0;
  const u64 n = std::min<u64>(into.size(), page_size(page) - offset);
  if (page.seeded_bytes)
    fill_with_seeded_bytes(seed_, normal, offset, into.first(n));
  else
    std::copy_n(as_bytes(page.text).begin() + static_cast<std::ptrdiff_t>(offset), n, into.begin());
  return static_cast<u32>(n);
}

Result<std::vector<std::string>> ServiceFiles::list(const std::string& path) {
  const std::string normal = normal_path(path);
  if (pages_.contains(normal)) return Unexpected(Errno::not_directory);
  std::set<std::string> names;
  const auto in_folder = folder_ ? folder_->list(normal) : Unexpected(Errno::no_entry);
  if (in_folder) names.insert(in_folder->begin(), in_folder->end());
  const bool not_there = !in_folder && in_folder.error() == Errno::no_entry;
  if (!in_folder && !(not_there && is_folder(normal))) return Unexpected(in_folder.error());
  const std::string prefix = normal == "/" ? "/" : normal + "/";
  for (auto at = pages_.lower_bound(prefix); at != pages_.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string rest = at->first.substr(prefix.size());
    names.insert(rest.substr(0, rest.find('/')));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace catenet::lab
