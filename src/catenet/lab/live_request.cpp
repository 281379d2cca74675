#include "catenet/lab/live_request.hpp"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> verb_words{"exec", "ps",   "capture", "set",
                                                     "cut",  "heal", "down"};
constexpr std::array<std::string_view, 3> way_words{"both", "forward", "back"};

// Bytes that are no UTF-8 name nothing anyway.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }
std::string_view behind_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  return end == text.npos ? std::string_view() : text.substr(end + 1);
}

// Null: it is no JSON object.
Json parse_line(std::string_view text) {
  Json json = Json::parse(first_line(text), nullptr, false);
  return json.is_object() ? json : Json();
}

template <typename T>
T field(const Json& json, const char* key, T otherwise) {
  const auto found = json.find(key);
  if (found == json.end()) return otherwise;
  if constexpr (std::is_same_v<T, bool>) {
    return found->is_boolean() ? found->template get<bool>() : otherwise;
  } else if constexpr (std::is_integral_v<T>) {
    return found->is_number_integer() ? found->template get<T>() : otherwise;
  } else {
    return found->is_string() ? found->template get<T>() : otherwise;
  }
}

std::vector<std::string> texts(const Json& json, const char* key) {
  std::vector<std::string> found;
  const auto list = json.find(key);
  if (list == json.end() || !list->is_array()) return found;
  for (const Json& item : *list) {
    if (item.is_string()) found.push_back(item.get<std::string>());
  }
  return found;
}

template <std::size_t N>
std::optional<u8> place_of(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<u8>(found - words.begin());
}

// Empty: a word has no end.
std::vector<std::string> split_at_nul(std::string_view bytes) {
  std::vector<std::string> words;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0');
    if (end == bytes.npos) return {};
    words.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  return words;
}

// What a request lacks; empty: nothing.
std::string_view missing(const LiveRequest& request) {
  switch (request.verb) {
    case LiveVerb::exec:
      if (request.host.empty()) return "a host";
      return request.words.empty() || request.words.front().empty() ? "a command" : "";
    case LiveVerb::capture: return request.targets.size() == 1 ? "" : "one link or node";
    case LiveVerb::set:
      if (request.link.empty()) return "a link";
      return request.impair.empty() ? "an impairment" : "";
    case LiveVerb::cut:
    case LiveVerb::heal: return request.targets.empty() ? "a link or node" : "";
    case LiveVerb::ps:
    case LiveVerb::down: break;
  }
  return "";
}

// "delay:3ms" as "delay: 3ms", which is how YAML knows a key.
std::string with_spaces(std::string_view text) {
  std::string spaced;
  for (std::size_t i = 0; i < text.size(); ++i) {
    spaced += text[i];
    if (text[i] == ':' && i + 1 < text.size() && text[i + 1] != ' ') spaced += ' ';
  }
  return spaced;
}

std::vector<std::string_view> split_at_spaces(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!word.empty()) words.push_back(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return words;
}

Json to_json(const LiveRow& row) {
  return {
      {"host", row.host}, {"pid", row.pid}, {"since_ms", row.since_ms}, {"command", row.command}};
}

}  // namespace

std::string to_text(const LiveRequest& request) {
  Json json{{"catenet", live_protocol}, {"do", verb_words[static_cast<u8>(request.verb)]}};
  const auto put = [&json](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  put("host", request.host);
  if (request.terminal) json["terminal"] = true;
  put("term", request.terminal_type);
  put("link", request.link);
  if (request.way != LiveWay::both) json["way"] = way_words[static_cast<u8>(request.way)];
  put("impair", request.impair);
  if (!request.targets.empty()) json["targets"] = request.targets;
  put("filter", request.filter);
  std::string text = line_of(json);
  for (const std::string& word : request.words) (text += word) += '\0';
  return text;
}

std::expected<LiveRequest, LiveError> parse_request(std::string_view text) {
  const Json json = parse_line(text);
  if (json.is_null()) return std::unexpected(LiveError{"the request is no JSON line", 3});
  const int protocol = field(json, "catenet", 0);
  if (protocol != live_protocol) {
    return std::unexpected(LiveError{
        fmt::format("this lab's catenet speaks protocol {}, not {}: use the one that brought it up",
                    live_protocol, protocol),
        3});
  }
  const std::string word = field(json, "do", std::string());
  const auto verb = place_of(verb_words, word);
  if (!verb) return std::unexpected(LiveError{fmt::format("there is no request '{}'", word), 3});
  LiveRequest request;
  request.verb = LiveVerb{*verb};
  request.host = field(json, "host", std::string());
  request.words = split_at_nul(behind_line(text));
  request.terminal = field(json, "terminal", false);
  request.terminal_type = field(json, "term", std::string("dumb"));
  request.link = field(json, "link", std::string());
  request.way = LiveWay{place_of(way_words, field(json, "way", std::string())).value_or(0)};
  request.impair = field(json, "impair", std::string());
  request.targets = texts(json, "targets");
  request.filter = field(json, "filter", std::string());
  if (const std::string_view lack = missing(request); !lack.empty()) {
    return std::unexpected(LiveError{fmt::format("{}: {} is missing", word, lack), 2});
  }
  return request;
}

std::string as_typed(const LiveRequest& request) {
  std::string text(verb_words[static_cast<u8>(request.verb)]);
  const auto add = [&text](std::string_view word) { (text += ' ') += word; };
  if (request.way != LiveWay::both) add(request.way == LiveWay::back ? "--back" : "--forward");
  for (const std::string* word : {&request.host, &request.link, &request.impair}) {
    if (!word->empty()) add(*word);
  }
  for (const std::string& target : request.targets) add(target);
  if (!request.filter.empty()) add(request.filter);
  if (!request.words.empty()) add("--");
  for (const std::string& word : request.words) add(word);
  constexpr std::size_t most = 200;
  const std::string line = printable_line(text);
  return line.size() <= most ? line : fmt::format("{} …", utf8_prefix(line, most));
}

std::string to_text(const LiveWord& word) {
  if (word.end) return line_of({{"end", true}});
  return line_of({{"signal", word.signal}});
}

std::optional<LiveWord> parse_word(std::string_view text) {
  const Json json = parse_line(text);
  if (json.is_null()) return std::nullopt;
  const LiveWord word{field(json, "signal", 0), field(json, "end", false)};
  constexpr int last_signal = 31;
  if (word.signal < 0 || word.signal > last_signal) return std::nullopt;
  if (word.signal == 0 && !word.end) return std::nullopt;
  return word;
}

std::string to_text(const LiveReply& reply) {
  Json json = Json::object();
  if (reply.done) json["done"] = true;
  if (reply.exit) json["exit"] = *reply.exit;
  if (reply.error) {
    json["error"] = reply.error->text;
    json["code"] = reply.error->code;
  }
  if (reply.no_terminal) json["no_terminal"] = true;
  if (reply.stream != 0) json["stream"] = reply.stream;
  for (const LiveRow& row : reply.rows) json["rows"].push_back(to_json(row));
  if (reply.lost != 0) json["lost"] = reply.lost;
  return line_of(json) + reply.bytes;
}

std::expected<LiveReply, LiveError> parse_reply(std::string_view text) {
  const Json json = parse_line(text);
  if (json.is_null()) {
    return std::unexpected(LiveError{"the lab's answer is none that this catenet knows", 3});
  }
  LiveReply reply;
  reply.done = field(json, "done", false);
  if (json.contains("exit")) reply.exit = field(json, "exit", 0);
  if (json.contains("error")) {
    reply.error = LiveError{field(json, "error", std::string()), field(json, "code", 3)};
  }
  reply.no_terminal = field(json, "no_terminal", false);
  reply.stream = field(json, "stream", 0);
  reply.bytes = behind_line(text);
  reply.lost = field(json, "lost", u64{0});
  for (const Json& row : json.value("rows", Json::array())) {
    if (!row.is_object()) continue;
    reply.rows.push_back({field(row, "host", std::string()), field(row, "pid", i64{0}),
                          field(row, "since_ms", i64{0}), field(row, "command", std::string())});
  }
  return reply;
}

std::string with_commas(const std::vector<std::string>& words) {
  const std::string all = with_spaces(fmt::format("{}", fmt::join(words, " ")));
  std::string text;
  int depth = 0;
  for (const std::string_view word : split_at_spaces(all)) {
    const bool key = word.ends_with(':') && word.find_first_of("{[") == word.npos;
    const bool next = depth == 0 && key && !text.empty() && text.back() != ',';
    if (next) text += ',';
    if (!text.empty()) text += ' ';
    text += word;
    for (const char c : word) depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
  }
  return text;
}

}  // namespace catenet::lab
