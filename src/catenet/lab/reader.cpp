// From the files to the Model: includes, the topology wrapper, and what two files say of the same
// thing.
#include "catenet/lab/reader.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>

#include "catenet/lab/shape.hpp"
#include "catenet/lab/yaml_reader.hpp"

namespace catenet::lab {

namespace {

constexpr std::size_t most_files = 256;

class LabReader {
 public:
  LabReader(FileSource& files, Report& report) : files_(files), report_(report) {}

  void read(const std::string& path, std::string text) {
    const u32 file = report_.add_file(path, std::move(text));
    open_.push_back({path, files_.identity(path)});
    const std::optional<Tree> tree = read_yaml(file, report_);
    if (tree && tree->is_null())
      report_.error({file, 1, 1}, "the file is empty", "a lab needs at least nodes");
    if (tree && !tree->is_null()) read_tree(*tree, path);
    open_.pop_back();
  }

  Model take() { return std::move(model_); }

 private:
  void read_tree(const Tree& tree, const std::string& path) {
    ReadContext context{report_, files_, path};
    check_shape(tree, lab_shape, "the lab", report_);
    // What was included is checked even when this file is wrong.
    if (tree.is_map()) with(tree, "include", [&](const Tree& t) { read_includes(t, path); });
    if (!report_.failed()) read_top(tree, context);
  }

  void read_includes(const Tree& tree, const std::string& path) {
    each(tree, [&](const Tree& item) {
      if (item.is_scalar()) include(item, path_beside(path, item.text));
    });
  }

  void include(const Tree& item, const std::string& path) {
    const std::string identity = files_.identity(path);
    const auto same = [&](const Open& file) { return file.identity == identity; };
    const auto loop = std::find_if(open_.begin(), open_.end(), same);
    if (loop != open_.end()) {
      std::string chain;
      for (auto step = loop; step != open_.end(); ++step) chain += step->path + " includes ";
      report_.error(item.at, fmt::format("include: a loop: {}{}", chain, path),
                    "leave one of them out", item.width());
      return;
    }
    if (std::find(read_.begin(), read_.end(), identity) != read_.end()) return;  // once is enough
    if (read_.size() >= most_files) {
      report_.error(item.at, fmt::format("include: more than {} files", most_files),
                    "join some of them", item.width());
      return;
    }
    read_.push_back(identity);
    if (std::optional<std::string> text = read_included(item, path)) read(path, std::move(*text));
  }

  std::optional<std::string> read_included(const Tree& item, const std::string& path) {
    const auto refuse = [&](std::string_view why) {
      report_.error(item.at, fmt::format("include: cannot read '{}': {}", item.text, why),
                    fmt::format("looked for {}", path), item.width());
      return std::nullopt;
    };
    if (files_.kind(path) == FileKind::other) return refuse("it is no regular file");
    std::expected<std::string, Errno> text = files_.read(path);
    if (!text) return refuse(errno_text(text.error()));
    return std::move(*text);
  }

  void read_top(const Tree& tree, ReadContext& context) {
    read_settings(tree);
    with(tree, "topology", [&](const Tree& topology) {
      for (const Tree::Key& key : topology.keys) {
        const Tree::Key* again = tree.find_key(key.text);
        if (!again) continue;
        report_.error(key.at,
                      fmt::format("'{}' stands both at the top and below 'topology'", key.text),
                      fmt::format("the other is on {}", report_.place(again->at, key.at)));
      }
      read_topology(topology, context);
    });
    read_topology(tree, context);
    with(tree, "script", [&](const Tree& t) {
      for (const Tree& item : t.items) model_.script.push_back(read_step(item, context));
    });
    with(tree, "expect", [&](const Tree& t) {
      for (const Tree& item : t.items) model_.expect.push_back(read_expectation(item, context));
    });
    with(tree, "capture", [&](const Tree& t) { model_.capture = read_capture(t); });
  }

  void read_settings(const Tree& tree) {
    with(tree, "name", [&](const Tree& t) { model_.name = text_of(t); });
    with(tree, "description", [&](const Tree& t) { model_.description = t.text; });
    with(tree, "seed", [&](const Tree& t) { model_.seed = count_of(t); });
    with(tree, "stop_time", [&](const Tree& t) { model_.stop_time = duration_of(t); });
    with(tree, "time", [&](const Tree& t) {
      model_.time = {t.text == "wall" ? TimeMode::wall : TimeMode::virtual_, t.at};
    });
    with(tree, "routing", [&](const Tree& t) {
      model_.routing = t.text == "none" ? Routing::none : Routing::static_;
    });
    with(tree, "families", [&](const Tree& t) {
      const auto named = [&](std::string_view word) {
        return std::any_of(t.items.begin(), t.items.end(),
                           [&](const Tree& i) { return i.text == word; });
      };
      if (t.items.size() == 2 && t.items[0].text == t.items[1].text) {
        report_.error(t.items[1].at, fmt::format("families: '{}' is given twice", t.items[1].text),
                      {}, t.items[1].width());
      }
      model_.ipv4 = named("ipv4");
      model_.ipv6 = named("ipv6");
    });
  }

  void read_topology(const Tree& tree, ReadContext& context) {
    with(tree, "defaults", [&](const Tree& t) { merge_settings(model_.defaults, t, context); });
    with(tree, "kinds", [&](const Tree& t) { merge_named(model_.kinds, t, context); });
    with(tree, "groups", [&](const Tree& t) { merge_named(model_.groups, t, context); });
    with(tree, "nodes", [&](const Tree& t) { read_nodes(t, context); });
    with(tree, "links", [&](const Tree& t) {
      for (const Tree& item : t.items) model_.links.push_back(read_link(item, context));
    });
  }

  // This file's word comes over what was included.
  static void merge_settings(NodeSettings& settings, const Tree& tree, ReadContext& context) {
    NodeSettings mine = read_node_settings(tree, context);
    inherit(mine, settings);
    settings = std::move(mine);
  }

  static void merge_named(Named<NodeSettings>& named, const Tree& tree, ReadContext& context) {
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const Tree::Key& key = tree.keys[i];
      const auto same = [&](const auto& entry) { return entry.first.value == key.text; };
      auto entry = std::find_if(named.begin(), named.end(), same);
      if (entry == named.end()) {
        named.emplace_back(Located<std::string>{key.text, key.at}, NodeSettings{});
        entry = named.end() - 1;
      }
      merge_settings(entry->second, tree.items[i], context);
    }
  }

  void read_nodes(const Tree& tree, ReadContext& context) {
    model_.nodes_at = tree.at;
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const Tree::Key& key = tree.keys[i];
      const auto [first, fresh] = node_marks_.emplace(key.text, key.at);
      if (!fresh) {
        report_.error(key.at, fmt::format("node '{}' is given twice", key.text),
                      fmt::format("first in {}", report_.place(first->second, key.at)),
                      static_cast<u32>(key.text.size()));
      }
      model_.nodes.push_back({{key.text, key.at}, read_node_settings(tree.items[i], context)});
    }
  }

  struct Open {
    std::string path;
    std::string identity;
  };

  FileSource& files_;
  Report& report_;
  Model model_;
  std::vector<Open> open_;         // the files being read, outermost first
  std::vector<std::string> read_;  // the identity of every file included so far
  std::unordered_map<std::string, Mark> node_marks_;
};

}  // namespace

std::optional<Model> read_model(const std::string& path, std::string text, FileSource& files,
                                Report& report) {
  LabReader reader(files, report);
  reader.read(path, std::move(text));
  if (report.failed()) return std::nullopt;
  return reader.take();
}

}  // namespace catenet::lab
