#include "catenet/lab/yaml_reader.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "catenet/lab/file_source.hpp"
#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {

const Tree::Key* Tree::find_key(std::string_view key) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.text == key; });
  return found == keys.end() ? nullptr : &*found;
}

const Tree* Tree::find(std::string_view key) const {
  const Key* found = find_key(key);
  return found ? &items[static_cast<std::size_t>(found - keys.data())] : nullptr;
}

std::string found(const Tree& tree) {
  constexpr std::size_t longest = 40;
  switch (tree.kind) {
    case Tree::Kind::null: return "nothing";
    case Tree::Kind::list: return "a list";
    case Tree::Kind::map: return "a mapping";
    case Tree::Kind::scalar: break;
  }
  if (tree.text.size() <= longest) return fmt::format("'{}'", tree.text);
  return fmt::format("'{}...'", utf8_prefix(tree.text, longest));
}

namespace {

struct Stop {};  // the document cannot be read on; why has been reported

u64 count_values(const Tree& tree) {
  u64 count = 1;
  for (const Tree& item : tree.items) count += count_values(item);
  return count;
}

u32 height(const Tree& tree) {
  u32 tallest = 0;
  for (const Tree& item : tree.items) tallest = std::max(tallest, height(item));
  return tallest + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(u32 file, Report& report) : file_(file), report_(report) {}

  Tree take() { return std::move(root_); }
  // Of quoted text, what came last.
  Mark last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    fail(mark_of(mark), "a second document begins here", "a lab file is one YAML document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Tree tree;
    tree.at = mark_of(mark);
    anchored(std::move(tree), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Tree tree;
    tree.kind = Tree::Kind::scalar;
    tree.at = mark_of(mark);
    tree.quoted = tag != "?";
    if (tree.quoted) last_quoted_ = tree.at;
    tree.text = value;
    check_tag(tag, tree.at);
    if (!tree.quoted && (value == "~" || value == "null")) {
      tree.kind = Tree::Kind::null;
      tree.text.clear();
    }
    anchored(std::move(tree), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Mark at = mark_of(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(at, "this alias names a value that it lies within");
    charge(found->second, at);
    Tree copy = found->second;
    add(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Tree::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Tree::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Tree tree;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool has_key = false;  // a map whose next value belongs to `key`
    bool merging = false;  // that key is <<
    Tree::Key key;
    Mark merge_key;
    std::vector<Tree> merged;
    std::unordered_map<std::string, Mark> seen;  // looked up only, never walked
  };

  Mark mark_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, static_cast<u32>(mark.line) + 1, static_cast<u32>(mark.column) + 1};
  }

  [[noreturn]] void fail(Mark at, std::string message, std::string hint = {}) {
    report_.error(at, std::move(message), std::move(hint));
    throw Stop{};
  }

  void check_tag(const std::string& tag, Mark at) {
    constexpr std::string_view core = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with(core)) return;
    report_.error(at, fmt::format("unknown tag '{}'", tag), "leave it out");
  }

  void charge(const Tree& tree, Mark at) {
    if (stack_.size() + height(tree) > deepest_nesting) too_deep(at);
    copied_ += count_values(tree);
    if (copied_ <= most_copied_values) return;
    fail(at, fmt::format("aliases stand for more than {} values here", most_copied_values));
  }

  [[noreturn]] void too_deep(Mark at) {
    fail(at, fmt::format("nested deeper than {} levels", deepest_nesting));
  }

  void open(Tree::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    Open level;
    level.tree.kind = kind;
    level.tree.at = mark_of(mark);
    level.anchor = anchor;
    check_tag(tag, level.tree.at);
    if (stack_.size() >= deepest_nesting) too_deep(level.tree.at);
    stack_.push_back(std::move(level));
  }

  void close() {
    Open level = std::move(stack_.back());
    stack_.pop_back();
    for (Tree& merged : level.merged) merge(level, std::move(merged));
    anchored(std::move(level.tree), level.anchor);
  }

  // A value is complete: remembers it for its aliases and hands it to what it lies in.
  void anchored(Tree tree, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      charge(tree, tree.at);
      anchors_.insert_or_assign(anchor, tree);
    }
    add(std::move(tree));
  }

  void add(Tree tree) {
    if (stack_.empty()) {
      root_ = std::move(tree);
    } else if (Open& level = stack_.back(); level.tree.is_list()) {
      if (tree.is_null()) tree.at = place_of_item(tree.at);
      level.tree.items.push_back(std::move(tree));
    } else if (level.has_key) {
      level.has_key = false;
      add_value(level, std::move(tree));
    } else {
      add_key(level, tree);
    }
  }

  // The '-' that nothing follows; yaml-cpp names what comes next. `~` and `null` stand where they
  // stand.
  Mark place_of_item(Mark at) const {
    const std::string here = report_.line_text(at);
    const std::string_view rest =
        at.column <= here.size() ? std::string_view(here).substr(at.column - 1) : "";
    if (rest.starts_with('~') || rest.starts_with("null") || rest.starts_with("Null") ||
        rest.starts_with("NULL")) {
      return at;
    }
    for (u32 line = at.line; line-- > 1;) {
      const std::string text = report_.line_text({file_, line, 1});
      std::string_view said = text;
      said = said.substr(0, said.starts_with('#') ? 0 : said.find(" #"));
      const std::size_t last = said.find_last_not_of(" \t");
      if (last == said.npos) continue;
      return said[last] == '-' ? Mark{file_, line, static_cast<u32>(last) + 1} : at;
    }
    return at;
  }

  void add_key(Open& level, const Tree& tree) {
    if (!tree.is_scalar()) fail(tree.at, fmt::format("a key must be text, found {}", found(tree)));
    level.has_key = true;
    level.merging = tree.text == "<<" && !tree.quoted;
    level.key = {tree.text, tree.at};
    if (!level.merging) return;
    if (level.merge_key.known()) {
      report_.error(tree.at, "key '<<' is given twice",
                    fmt::format("first on {}; merge several as <<: [*a, *b]",
                                report_.place(level.merge_key, tree.at)),
                    2);
    }
    level.merge_key = tree.at;
  }

  void add_value(Open& level, Tree tree) {
    // A value that is missing is where it is missing, not where the next one stands.
    if (tree.is_null() && tree.at.line > level.key.at.line) tree.at = level.key.at;
    if (level.merging) {
      add_merge(level, std::move(tree));
      return;
    }
    const auto [first, fresh] = level.seen.emplace(level.key.text, level.key.at);
    if (!fresh) {
      report_.error(level.key.at, fmt::format("key '{}' is given twice", level.key.text),
                    fmt::format("first on {}", report_.place(first->second, level.key.at)),
                    static_cast<u32>(level.key.text.size()));
      return;
    }
    level.tree.keys.push_back(std::move(level.key));
    level.tree.items.push_back(std::move(tree));
  }

  void add_merge(Open& level, Tree tree) {
    std::vector<Tree> sources;
    if (tree.is_list())
      sources = std::move(tree.items);
    else
      sources.push_back(std::move(tree));
    for (Tree& source : sources) {
      if (source.is_map())
        level.merged.push_back(std::move(source));
      else
        report_.error(source.at, fmt::format("<< merges mappings, found {}", found(source)));
    }
  }

  // What the map says itself wins, then what was merged first.
  static void merge(Open& level, Tree source) {
    for (std::size_t i = 0; i < source.keys.size(); ++i) {
      if (!level.seen.emplace(source.keys[i].text, source.keys[i].at).second) continue;
      level.tree.keys.push_back(std::move(source.keys[i]));
      level.tree.items.push_back(std::move(source.items[i]));
    }
  }

  u32 file_;
  Report& report_;
  u32 documents_ = 0;
  u64 copied_ = 0;
  Mark last_quoted_;
  Tree root_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, Tree> anchors_;
};

// yaml-cpp's shorter remarks, with what helps.
std::string hint_for(std::string_view message, std::string_view line) {
  const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != indent.npos) return "indent with blanks, not with tabs";
  if (message.find("illegal map value") != message.npos) return "text that holds ': ' needs quotes";
  if (message.find("end of map") != message.npos)
    return "are the lines of this block equally indented?";
  if (message.find("end of sequence") != message.npos)
    return "is a ']' or an item's '-' missing, or its indent wrong?";
  return {};
}

// What begins with a quote, to the end of the file: whether that quote is never closed. yaml-cpp
// takes the rest of the file for its text.
bool is_open_quote(std::string_view text) {
  const char quote = text.empty() ? ' ' : text.front();
  if (quote != '\'' && quote != '"') return false;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || !text.substr(at + 1).starts_with('\'')) return false;
      ++at;  // '' stands for one
    }
  }
  return true;
}

bool report_open_quote(Mark at, Report& report) {
  if (!at.known()) return false;
  std::string_view rest = report.text(at.file);
  // A byte order mark has no column.
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  for (u32 line = 1; line < at.line && !rest.empty(); ++line) {
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  }
  rest.remove_prefix(std::min<std::size_t>(at.column - 1, rest.size()));
  if (!is_open_quote(rest)) return false;
  report.error(at, "not YAML: this quote is never closed",
               fmt::format("put {} where the text ends", rest.front()));
  return true;
}

// What makes a file no text as we know it. UTF-16 and UTF-32 are text, and full of NULs.
bool report_no_text(u32 file, Report& report) {
  const std::string_view text = report.text(file);
  const std::string_view first = text.substr(0, 4);
  const bool wide = first.find('\0') != first.npos || first.starts_with("\xff\xfe") ||
                    first.starts_with("\xfe\xff");
  const std::size_t nul = wide ? text.npos : text.find('\0');
  if (nul != text.npos) {
    const std::string_view before = text.substr(0, nul);
    const auto line = static_cast<u32>(std::ranges::count(before, '\n'));
    const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
    report.error({file, line + 1, static_cast<u32>(nul - begin) + 1}, "not YAML: a NUL byte",
                 "a lab file is text; in double quotes \\0 stands for one");
    return true;
  }
  const std::size_t carriage_return = text.find('\r');
  if (wide || carriage_return == text.npos || text.find('\n') != text.npos) return false;
  report.error({file, 1, static_cast<u32>(carriage_return) + 1},
               "not YAML as it is read here: lines end with CR alone",
               "end them with LF, or CR LF");
  return true;
}

// What no plain text of YAML begins with (YAML 1.2, 5.3), where yaml-cpp knows no token.
bool report_reserved(Mark at, std::string_view message, Report& report) {
  if (message.find("unknown token") == message.npos) return false;
  const std::string line = report.line_text(at);
  if (at.column == 0 || at.column > line.size()) return false;
  const char c = line[at.column - 1];
  if (c != '@' && c != '`' && c != '%') return false;
  report.error(at, fmt::format("not YAML: text cannot begin with '{}'", c), "put it in quotes");
  return true;
}

}  // namespace

std::optional<Tree> read_yaml(u32 file, Report& report) {
  if (report.text(file).size() > largest_file) {
    report.error({file, 0, 0}, fmt::format("larger than {} MiB", largest_file >> 20));
    return std::nullopt;
  }
  if (report_no_text(file, report)) return std::nullopt;
  std::istringstream stream{std::string(report.text(file))};
  TreeBuilder builder(file, report);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    if (report_open_quote(builder.last_quoted(), report)) return std::nullopt;
    return builder.take();
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    if (report_open_quote(builder.last_quoted(), report)) return std::nullopt;
    const bool known = !error.mark.is_null();
    const Mark at{file, known ? static_cast<u32>(error.mark.line) + 1 : 0,
                  known ? static_cast<u32>(error.mark.column) + 1 : 0};
    if (report_reserved(at, error.msg, report)) return std::nullopt;
    report.error(at, "not YAML: " + error.msg, hint_for(error.msg, report.line_text(at)));
  }
  return std::nullopt;
}

}  // namespace catenet::lab
