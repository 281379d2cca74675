#include "catenet/os/host_table.hpp"

#include "catenet/os/byte_file.hpp"

namespace catenet::os {
namespace {

constexpr std::string_view blanks = " \t\r";
// Lists of what is not to be reached have grown to a few megabytes.
constexpr u64 longest = 64 << 20;

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

HostTable::HostTable(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto address = IpAddress::parse(take_word(line));
    const std::string_view name = take_word(line);
    if (address && !name.empty()) names_.emplace(*address, name);
  }
}

HostTable HostTable::of_machine() {
  const auto text = read_file("/etc/hosts", longest);
  return HostTable(text ? std::string_view(*text) : std::string_view());
}

std::string_view HostTable::name_of(const IpAddress& address) const {
  const auto at = names_.find(address);
  return at == names_.end() ? std::string_view() : at->second;
}

}  // namespace catenet::os
