#include "catenet/lab/topologies.hpp"

#include <array>
#include <fmt/core.h>
#include <vector>

#include "catenet/lab/diagnostic.hpp"

namespace catenet::lab {

namespace {

class Text {
 public:
  explicit Text(std::string_view line) : nodes_(fmt::format("name: \"{}\"\nnodes:\n", line)) {}

  void host(u64 n) { nodes_ += fmt::format("  h{}: {{}}\n", n); }
  void inner(char letter, u64 n) {
    nodes_ += fmt::format("  {}{}: {{kind: {}}}\n", letter, n, letter == 's' ? "switch" : "router");
  }
  void link(char a, u64 a_number, char b, u64 b_number) {
    links_ += fmt::format("  - endpoints: [{}{}, {}{}]\n", a, a_number, b, b_number);
  }
  std::string take() { return nodes_ + "links:\n" + links_; }

 private:
  std::string nodes_;
  std::string links_;
};

using Sizes = std::array<u64, 2>;

std::string linear(std::string_view line, Sizes sizes) {
  Text text(line);
  for (u64 n = 1; n <= sizes[0]; ++n) {
    text.inner('s', n);
    text.host(n);
    text.link('h', n, 's', n);
    if (n > 1) text.link('s', n - 1, 's', n);
  }
  return text.take();
}

std::string star(std::string_view line, Sizes sizes) {
  Text text(line);
  text.inner('s', 1);
  for (u64 n = 1; n <= sizes[0]; ++n) {
    text.host(n);
    text.link('h', n, 's', 1);
  }
  return text.take();
}

// Level by level: the switches of one are the parents of the next.
std::string tree(std::string_view line, Sizes sizes) {
  Text text(line);
  text.inner('s', 1);
  std::vector<u64> parents{1};
  u64 switches = 1;
  for (u64 level = 1; level < sizes[0]; ++level) {
    std::vector<u64> children;
    for (u64 parent : parents) {
      for (u64 i = 0; i < sizes[1]; ++i) {
        text.inner('s', ++switches);
        text.link('s', parent, 's', switches);
        children.push_back(switches);
      }
    }
    parents = std::move(children);
  }
  u64 hosts = 0;
  for (u64 parent : parents) {
    for (u64 i = 0; i < sizes[1]; ++i) {
      text.host(++hosts);
      text.link('h', hosts, 's', parent);
    }
  }
  return text.take();
}

// Routers, since a ring of switches carries a broadcast round for ever. A side of two has one link,
// not two.
std::string torus(std::string_view line, Sizes sizes) {
  Text text(line);
  const auto [columns, rows] = sizes;
  const auto number = [&](u64 x, u64 y) { return y % rows * columns + x % columns + 1; };
  for (u64 y = 0; y < rows; ++y) {
    for (u64 x = 0; x < columns; ++x) {
      text.inner('r', number(x, y));
      text.host(number(x, y));
      text.link('h', number(x, y), 'r', number(x, y));
      if (columns > 2 || (columns == 2 && x == 0))
        text.link('r', number(x, y), 'r', number(x + 1, y));
      if (rows > 2 || (rows == 2 && y == 0)) text.link('r', number(x, y), 'r', number(x, y + 1));
    }
  }
  return text.take();
}

struct Form {
  std::string_view name;
  u32 sizes;  // how many numbers it takes
  std::string (*make)(std::string_view, Sizes);
};
constexpr std::array<Form, 5> forms{{{"linear", 1, linear},
                                     {"star", 1, star},
                                     {"tree", 2, tree},
                                     {"ring", 1, torus},
                                     {"torus", 2, torus}}};

u64 node_count(const Form& form, Sizes sizes) {
  if (form.make != tree) return sizes[0] * sizes[1] * 2;
  u64 count = 1, level = 1;
  for (u64 i = 0; i < sizes[0] && count <= most_generated_nodes; ++i) count += level *= sizes[1];
  return sizes[1] == 1 ? sizes[0] + 1 : count;
}

}  // namespace

std::expected<std::string, UnitError> topology_text(std::string_view line) {
  const std::size_t comma = std::min(line.find(','), line.size());
  const std::string_view name = line.substr(0, comma);
  const Form* form = nullptr;
  std::vector<std::string_view> known;
  for (const Form& candidate : forms) {
    known.push_back(candidate.name);
    if (candidate.name == name) form = &candidate;
  }
  if (!form)
    return std::unexpected(
        UnitError{fmt::format("no topology '{}'", name), suggestion(name, known)});

  Sizes sizes{1, 1};
  u32 given = 0;
  for (std::string_view rest = line.substr(comma); !rest.empty();) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(','), rest.size());
    const Unit<u64> size = parse_count(rest.substr(0, end), 1, most_generated_nodes);
    if (!size) return std::unexpected(size.error());
    if (given < sizes.size()) sizes[given] = *size;
    ++given;
    rest.remove_prefix(end);
  }
  if (given == 1 && form->sizes == 2) sizes[1] = sizes[0];
  if (given == 0 || given > form->sizes) {
    return std::unexpected(UnitError{
        fmt::format("'{}' has {} numbers", line, given),
        form->sizes == 1 ? fmt::format("say {},4", name) : fmt::format("say {},3,3", name)});
  }
  if (node_count(*form, sizes) > most_generated_nodes) {
    return std::unexpected(
        UnitError{fmt::format("'{}' is more than {} nodes", line, most_generated_nodes), {}});
  }
  return form->make(line, sizes);
}

}  // namespace catenet::lab
