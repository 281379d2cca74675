#include "catenet/drill/parser.hpp"

#include "catenet/drill/parser_parts.hpp"

namespace catenet::drill {
namespace {

class Parser {
 public:
  Parser(std::string_view text, Problems& problems) : in_(text, problems) {}

  Script run(std::span<const std::string> definitions) {
    for (const std::string& each : definitions) define({"define", each, {}});
    read_options();
    while (!in_.done()) {
      const Token& first = in_.peek();
      if (in_.peek().kind == TokenKind::command) {
        read_command();
      } else if (Event event; read_event(event)) {
        script_.events.push_back(std::move(event));
      } else {
        in_.skip_to_event(first);
      }
    }
    if (script_.events.empty() && !in_.problems().fatal()) {
      in_.fail_at({}, "a script without events",
                  "as in: 0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    }
    return std::move(script_);
  }

 private:
  void read_options() {
    while (in_.peek().kind == TokenKind::option) {
      const Token& token = in_.next();
      const auto equals = token.text.find('=');
      ScriptOption option{token.text.substr(0, equals), {}, token.place};
      if (equals != std::string::npos) option.value = token.text.substr(equals + 1);
      if (option.name == "define") define(option);
      script_.options.push_back(std::move(option));
    }
  }

  // "SIZE=1000": the word stands for what follows it from here on.
  void define(const ScriptOption& option) {
    const auto equals = option.value.find('=');
    const std::string name = option.value.substr(0, equals);
    if (name.empty() || equals == std::string::npos) {
      in_.fail_at(option.place, "a definition without a name or a value",
                  "as in --define=SIZE=1000");
      return;
    }
    const std::vector<Token> meaning = lex(option.value.substr(equals + 1), in_.problems());
    if (meaning.size() != 2) {
      in_.fail_at(option.place, "what a definition stands for is one word, number or string");
      return;
    }
    in_.replace(name, meaning[0]);
  }

  // Commands without a time stand before and behind the events.
  void read_command() {
    const Token& token = in_.next();
    auto& list = script_.events.empty() ? script_.setup : script_.cleanup;
    list.push_back({token.text, token.place});
  }

  bool read_event(Event& event) {
    const Token& first = in_.peek();
    event.place = first.place;
    if (!script_.cleanup.empty()) {
      return in_.fail_at(script_.cleanup.back().place, "a command without a time between events",
                         "give it one, as in +0 `…`");
    }
    if (!read_when(event.when)) return false;
    const Token& deed = in_.peek();
    if (!read_action(event)) return false;
    event.source = in_.text_since(first);
    event.deed = in_.text_since(deed);
    const auto* packet = std::get_if<PacketEvent>(&event.action);
    if ((event.when.is_range() || event.when.kind == TimeKind::any) &&
        (!packet || packet->inbound)) {
      return in_.fail_at(event.place, "a range of times for what the script does itself",
                         "ranges and * are for packets that are expected: >");
    }
    return true;
  }

  bool read_when(When& when) {
    if (in_.take('*')) {
      when.kind = TimeKind::any;
      return true;
    }
    const bool relative = in_.take('+');
    if (in_.peek().kind != TokenKind::number) {
      return in_.fail(relative ? "a time in seconds" : "a time (as 0.1, +.1 or *)");
    }
    when.kind = relative ? TimeKind::relative : TimeKind::absolute;
    const Place place = in_.peek().place;
    if (!in_.duration(when.at)) return false;
    if (!in_.take('~')) return true;
    when.kind = relative ? TimeKind::relative_range : TimeKind::absolute_range;
    if (in_.take('+') != relative) {
      return in_.fail_at(place, "half of this range is relative, the other is not",
                         "as in +.1~+.2, or 1.1~1.2");
    }
    if (!in_.duration(when.until)) return false;
    return when.at <= when.until || in_.fail_at(place, "a range that ends before it begins");
  }

  bool read_action(Event& event) {
    const Token& token = in_.peek();
    if (token.is('<') || token.is('>')) {
      return parse_packet(in_, event.action.emplace<PacketEvent>());
    }
    if (token.kind == TokenKind::command) {
      event.action = CommandEvent{in_.next().text, token.place};
      return true;
    }
    if (token.kind == TokenKind::code) {
      event.action = CodeEvent{in_.next().text, token.place};
      return true;
    }
    if (token.kind != TokenKind::word && token.kind != TokenKind::ellipsis) {
      return in_.fail("a packet (< or >), a system call, `a command` or %{ code }%");
    }
    return parse_call(in_, event.action.emplace<CallEvent>());
  }

  TokenStream in_;
  Script script_;
};

}  // namespace

Script parse(std::string_view text, Problems& problems, std::span<const std::string> definitions) {
  Script script = Parser(text, problems).run(definitions);
  problems.sort();
  return script;
}

}  // namespace catenet::drill
