#include "catenet/lab/filter_names.hpp"

#include <algorithm>

#include "catenet/os/pcap_filter.hpp"
#include "catenet/service/http_fields.hpp"

namespace catenet::lab {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == ':' || c == '\\';
}

// What the words before a name make of it. Those in front of the first name of a list ("src host a
// or b") go for all of it.
struct Qualifiers {
  bool host = false;
  bool other = false;  // a port, a net, a station: nothing that is a host
  std::optional<Family> family;

  void add(std::string_view word) {
    if (word == "host" || word == "src" || word == "dst")
      host = true;
    else if (word == "ip" || word == "arp" || word == "rarp")
      family = Family::ipv4;
    else if (word == "ip6")
      family = Family::ipv6;
    else
      other = true;
  }
};

class Translator {
 public:
  explicit Translator(const std::vector<HostsEntry>& hosts) : hosts_(hosts) {}

  std::string translate(std::string_view rest) {
    while (!rest.empty()) {
      const auto end = std::ranges::find_if_not(rest, is_word_character);
      const std::size_t size = static_cast<std::size_t>(end - rest.begin());
      if (size == 0) {
        add_operator(rest.front());
      } else {
        add_word(rest.substr(0, size));
      }
      rest.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return std::move(out_);
  }

 private:
  void add_operator(char c) {
    out_ += c;
    if (c != ' ' && c != '\t' && c != '\n') behind_qualifier_ = false;
  }

  void add_word(std::string_view word) {
    if (word == "and" || word == "or" || word == "not") {
      behind_qualifier_ = false;
      out_ += word;
      return;
    }
    // "host a or tcp": behind an operator, a word of the language is one.
    const bool may_be_host = qualifiers_.host && !qualifiers_.other &&
                             (behind_qualifier_ || !os::PcapFilter::is_keyword(word));
    const std::string addresses = may_be_host ? addresses_of(word) : std::string();
    if (!addresses.empty()) {
      behind_qualifier_ = false;
      out_ += addresses;
      return;
    }
    if (!behind_qualifier_) qualifiers_ = {};
    behind_qualifier_ = true;
    qualifiers_.add(word);
    out_ += word;
  }

  std::string addresses_of(std::string_view name) const {
    const auto entry = std::ranges::find_if(
        hosts_, [&](const HostsEntry& e) { return http::equal_without_case(e.name, name); });
    if (entry == hosts_.end()) return {};
    std::string list;
    for (const IpAddress& address : entry->addresses) {
      if (qualifiers_.family.value_or(address.family()) != address.family()) continue;
      list += (list.empty() ? "(" : " or ") + address.to_string();
    }
    return list.empty() ? list : list + ")";
  }

  const std::vector<HostsEntry>& hosts_;
  std::string out_;
  Qualifiers qualifiers_;
  bool behind_qualifier_ = false;
};

}  // namespace

std::string with_addresses(std::string_view expression, const std::vector<HostsEntry>& hosts) {
  return Translator(hosts).translate(expression);
}

}  // namespace catenet::lab
