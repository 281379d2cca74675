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

}  // namespace

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
  if (page != pages_.end()) return Status{Kind::file, page_size(page->second), modified_s_};
  if (folder_) {
    if (auto found = folder_->status(normal)) return found;
  }
  if (is_folder(normal)) return Status{Kind::directory, 0, modified_s_};
  return Unexpected(Errno::no_entry);
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
  const u64 key = page_key(seed_, normal);
  for (u64 i = 0; i < n; ++i) {
    into[i] =
        page.seeded_bytes ? byte_of_block(key, offset + i) : static_cast<u8>(page.text[offset + i]);
  }
  return static_cast<u32>(n);
}

Result<std::vector<std::string>> ServiceFiles::list(const std::string& path) {
  const std::string normal = normal_path(path);
  if (pages_.contains(normal)) return Unexpected(Errno::not_directory);
  std::set<std::string> names;
  const auto in_folder = folder_ ? folder_->list(normal) : Unexpected(Errno::no_entry);
  if (in_folder) names.insert(in_folder->begin(), in_folder->end());
  if (!in_folder && !is_folder(normal)) return Unexpected(in_folder.error());
  const std::string prefix = normal == "/" ? "/" : normal + "/";
  for (auto at = pages_.lower_bound(prefix); at != pages_.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string rest = at->first.substr(prefix.size());
    names.insert(rest.substr(0, rest.find('/')));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace catenet::lab
