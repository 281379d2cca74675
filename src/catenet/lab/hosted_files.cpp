#include "catenet/lab/hosted_files.hpp"

#include <charconv>
#include <fmt/core.h>

namespace catenet::lab {

std::string HostedFiles::add(Files& site) {
  sites_.push_back(&site);
  return fmt::format("/{}", sites_.size() - 1);
}

Result<HostedFiles::Place> HostedFiles::find(std::string_view path) const {
  if (!path.starts_with('/')) return Unexpected(Errno::no_entry);
  path.remove_prefix(1);
  const std::string_view number = path.substr(0, path.find('/'));
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc() || end != number.data() + number.size() || index >= sites_.size())
    return Unexpected(Errno::no_entry);
  path.remove_prefix(number.size());
  return Place{sites_[index], path.empty() ? "/" : std::string(path)};
}

Result<Files::Status> HostedFiles::status(const std::string& path) {
  const auto place = find(path);
  if (!place) return Unexpected(place.error());
  return place->site->status(place->path);
}

Result<u32> HostedFiles::read(const std::string& path, u64 offset, MutableBytes into) {
  const auto place = find(path);
  if (!place) return Unexpected(place.error());
  return place->site->read(place->path, offset, into);
}

Result<std::vector<std::string>> HostedFiles::list(const std::string& path) {
  const auto place = find(path);
  if (!place) return Unexpected(place.error());
  return place->site->list(place->path);
}

}  // namespace catenet::lab
