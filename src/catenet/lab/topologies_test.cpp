#include "catenet/lab/topologies.hpp"

#include "catenet/lab/read_test.hpp"

namespace catenet::lab {
namespace {

struct Count {
  std::size_t hosts = 0, switches = 0, routers = 0, links = 0, segments = 0;
  bool operator==(const Count&) const = default;
};
void PrintTo(const Count& c, std::ostream* out) {
  *out << c.hosts << " hosts " << c.switches << " switches " << c.routers << " routers " << c.links
       << " links " << c.segments << " segments";
}

Count count(std::string_view line) {
  const auto text = topology_text(line);
  if (!text) {
    ADD_FAILURE() << text.error().message;
    return {};
  }
  const Plan plan = plan_of(*text);
  EXPECT_EQ(plan.name, line);
  EXPECT_TRUE(plan.warnings.empty()) << to_string(plan.warnings);
  Count c;
  for (const PlanNode& node : plan.nodes) {
    (node.kind == NodeKind::host      ? c.hosts
     : node.kind == NodeKind::switch_ ? c.switches
                                      : c.routers) += 1;
  }
  c.links = plan.links.size();
  c.segments = plan.segments.size();
  return c;
}

TEST(Topologies, one_line_makes_a_lab) {
  EXPECT_EQ(count("linear,4"), (Count{4, 4, 0, 7, 1}));
  EXPECT_EQ(count("star,8"), (Count{8, 1, 0, 8, 1}));
  EXPECT_EQ(count("tree,2,3"), (Count{9, 4, 0, 12, 1}));
  EXPECT_EQ(count("tree,3"), (Count{27, 13, 0, 39, 1}));
  EXPECT_EQ(count("ring,5"), (Count{5, 0, 5, 10, 10}));
  EXPECT_EQ(count("ring,2"), (Count{2, 0, 2, 3, 3}));
  EXPECT_EQ(count("torus,3,4"), (Count{12, 0, 12, 36, 36}));
  EXPECT_EQ(count("torus,1,1"), (Count{1, 0, 1, 1, 1}));
}

TEST(Topologies, what_makes_none_is_told) {
  const auto told = [](std::string_view line) {
    const auto text = topology_text(line);
    return text ? std::string("made") : text.error().message + "; " + text.error().hint;
  };
  EXPECT_EQ(told("lienar,4"), "no topology 'lienar'; did you mean 'linear'?");
  EXPECT_EQ(told("linear"), "'linear' has 0 numbers; say linear,4");
  EXPECT_EQ(told("star,1,2"), "'star,1,2' has 2 numbers; say star,4");
  EXPECT_EQ(told("tree,2,"), "'' is not a whole number; from 1 to 100000");
  EXPECT_EQ(told("torus,0,3"), "0 is out of range; from 1 to 100000");
  EXPECT_EQ(told("torus,400,400"), "'torus,400,400' is more than 100000 nodes; ");
  EXPECT_EQ(told("tree,99999,2"), "'tree,99999,2' is more than 100000 nodes; ");
}

}  // namespace
}  // namespace catenet::lab
