// The top of a lab file, and the scalars that all its parts share.
#include "catenet/lab/shape.hpp"

namespace catenet::lab {

constinit const Shape text_shape{.kind = ShapeKind::text};
constinit const Shape boolean_shape{.kind = ShapeKind::boolean};
constinit const Shape duration_shape{.kind = ShapeKind::duration};
constinit const Shape percentage_shape{.kind = ShapeKind::percentage};
constinit const Shape size_shape{.kind = ShapeKind::size};
constinit const Shape address_shape{.kind = ShapeKind::address};
constinit const Shape prefix_shape{.kind = ShapeKind::prefix};
constinit const Shape mac_shape{.kind = ShapeKind::mac};
constinit const Shape node_name_shape{.kind = ShapeKind::node_name};
constinit const Shape interface_name_shape{.kind = ShapeKind::interface_name};
constinit const Shape any_count_shape{.kind = ShapeKind::count};

namespace {

constexpr Shape text_list{.kind = ShapeKind::list, .item = &text_shape};
constexpr const Shape* one_or_more_texts[] = {&text_shape, &text_list};
constexpr Shape prefix_list{.kind = ShapeKind::list, .item = &prefix_shape};
constexpr const Shape* one_or_more_prefixes[] = {&prefix_shape, &prefix_list};

}  // namespace

constinit const Shape texts_shape{.kind = ShapeKind::choice, .choices = one_or_more_texts};
constinit const Shape prefixes_shape{.kind = ShapeKind::choice, .choices = one_or_more_prefixes};

namespace {

constexpr Shape lab_name_shape{.kind = ShapeKind::lab_name};
constexpr std::string_view time_words[] = {"virtual", "wall"};
constexpr Shape time_shape{.kind = ShapeKind::word, .words = time_words};
constexpr std::string_view routing_words[] = {"static", "none"};
constexpr Shape routing_shape{.kind = ShapeKind::word, .words = routing_words};
constexpr std::string_view family_words[] = {"ipv4", "ipv6"};
constexpr Shape family_shape{.kind = ShapeKind::word, .words = family_words};
constexpr Shape families_shape{.kind = ShapeKind::list, .min = 1, .max = 2, .item = &family_shape};

constexpr Field topology_fields[] = {
    {"defaults", &node_settings_shape, "Settings that every node begins with."},
    {"kinds", &kinds_shape, "Settings that every node of a kind begins with."},
    {"groups", &groups_shape, "Named settings that nodes take with `group:`."},
    {"nodes", &nodes_shape, "The nodes by name."},
    {"links", &links_shape, "The links, in an order that numbers the segments."},
};
constexpr Shape topology_shape{
    .kind = ShapeKind::object, .fields = topology_fields, .name = "the topology"};

constexpr Field lab_fields[] = {
    {"name", &lab_name_shape,
     "The lab's name, for reports and captures. The file's name unless given."},
    {"description", &text_shape, "What the lab shows."},
    {"seed", &any_count_shape,
     "Where all luck comes from: equal seeds give equal runs. 1 unless given."},
    {"stop_time", &duration_shape,
     "The lab ends then at the latest. Unless given it ends when the script has ended and nothing "
     "is left to happen."},
    {"time", &time_shape,
     "`virtual` jumps from event to event; `wall` follows the clock, as real programs on the "
     "kernel's stack need. "
     "virtual unless a node is a namespace."},
    {"routing", &routing_shape,
     "`static` fills every router's table with shortest paths before the run; `none` leaves that "
     "to the file and to "
     "routing services. static unless given."},
    {"families", &families_shape, "Which addresses to fill in. Both unless given."},
    {"include", &texts_shape,
     "Lab files to read first, beside this one. Their nodes, links, script and expectations come "
     "before; what both "
     "say otherwise, this file decides."},
    {"topology", &topology_shape,
     "nodes, links, kinds, groups and defaults may stand below this, as containerlab has it."},
    {"defaults", &node_settings_shape, "Settings that every node begins with."},
    {"kinds", &kinds_shape, "Settings that every node of a kind begins with."},
    {"groups", &groups_shape, "Named settings that nodes take with `group:`."},
    {"nodes", &nodes_shape, "The nodes by name."},
    {"links", &links_shape, "The links, in an order that numbers the segments."},
    {"script", &script_shape, "What happens, and when."},
    {"expect", &expect_shape, "What must hold when the lab has ended."},
    {"capture", &capture_shape, "Which ports are captured. All unless given."},
};

}  // namespace

constinit const Shape lab_shape{.kind = ShapeKind::object, .fields = lab_fields, .name = "the lab"};

}  // namespace catenet::lab
