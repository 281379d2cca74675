// Links and what they do to frames.
#include "catenet/lab/shape.hpp"

namespace catenet::lab {

namespace {

constexpr Shape rate_shape{.kind = ShapeKind::rate};
constexpr Shape bit_error_shape{.kind = ShapeKind::bit_error_rate};
constexpr Shape small_count{.kind = ShapeKind::count, .min = 1, .max = 1'000'000'000};

constexpr std::string_view distribution_words[] = {"uniform", "normal", "pareto", "pareto_normal"};
constexpr Shape distribution_shape{.kind = ShapeKind::word, .words = distribution_words};
constexpr Field jitter_fields[] = {
    {"amount", &duration_shape,
     "Largest (uniform) or standard (the others) deviation from the delay.", true},
    {"distribution", &distribution_shape, "uniform unless given."},
    {"correlation", &percentage_shape,
     "How much of a frame's jitter is that of the frame before. 0 % unless given."},
    {"keep_order", &boolean_shape,
     "Whether frames may not overtake each other. false unless given."},
};
constexpr Shape jitter_object{.kind = ShapeKind::object, .fields = jitter_fields, .name = "jitter"};
constexpr const Shape* jitter_choices[] = {&duration_shape, &jitter_object};
constexpr Shape jitter_shape{.kind = ShapeKind::choice, .choices = jitter_choices};

constexpr Field gilbert_fields[] = {
    {"p", &percentage_shape, "Chance to go from good to bad before a frame.", true},
    {"r", &percentage_shape, "Chance to go back from bad to good.", true},
    {"good_loss", &percentage_shape, "Loss while good. 0 % unless given."},
    {"bad_loss", &percentage_shape, "Loss while bad. 100 % unless given."},
};
constexpr Shape gilbert_shape{
    .kind = ShapeKind::object, .fields = gilbert_fields, .name = "gilbert_elliott"};
constexpr Field loss_fields[] = {
    {"independent", &percentage_shape, "The chance of each frame, whatever became of others."},
    {"gilbert_elliott", &gilbert_shape, "Bursts: a good and a bad state."},
    {"every", &small_count, "Every n-th frame."},
};
constexpr Shape loss_object{.kind = ShapeKind::object, .fields = loss_fields, .name = "loss"};
constexpr const Shape* loss_choices[] = {&percentage_shape, &loss_object};
constexpr Shape loss_shape{.kind = ShapeKind::choice, .choices = loss_choices};

constexpr Field reorder_fields[] = {
    {"chance", &percentage_shape, "Chance of a frame to be held back.", true},
    {"by", &duration_shape, "How long; frames sent within that time overtake it.", true},
    {"gap", &small_count, "At least gap - 1 frames pass between two that are held back."},
};
constexpr Shape reorder_shape{
    .kind = ShapeKind::object, .fields = reorder_fields, .name = "reorder"};

constexpr Shape queue_bytes{.kind = ShapeKind::size, .min = 1, .max = 4'294'967'295};
constexpr Shape queue_frames{.kind = ShapeKind::count, .min = 1, .max = 1'000'000};
constexpr std::string_view discipline_words[] = {"drop_tail", "codel", "red"};
constexpr Shape discipline_shape{.kind = ShapeKind::word, .words = discipline_words};
constexpr const Shape* threshold_choices[] = {&queue_frames, &queue_bytes};
constexpr Shape threshold_shape{.kind = ShapeKind::choice, .choices = threshold_choices};
constexpr Shape weight_shape{.kind = ShapeKind::weight};
constexpr Shape avpkt_shape{.kind = ShapeKind::size, .min = 1, .max = 65'535};
constexpr Field queue_fields[] = {
    {"discipline", &discipline_shape, "Who is dropped, and when. drop_tail unless given."},
    {"frames", &queue_frames, "Frames that may wait. 1000 unless given."},
    {"bytes", &queue_bytes, "Bytes that may wait. No limit of its own unless given."},
    {"ecn", &boolean_shape,
     "Of codel and red: whether to mark packets that can be marked instead of dropping them. false "
     "unless given."},
    {"target", &duration_shape, "Of codel: waiting that does no harm. 5 ms unless given."},
    {"interval", &duration_shape,
     "Of codel: how long there may be more of it, a worst round trip. 100 ms unless given."},
    {"min", &threshold_shape,
     "Of red: the average, in frames or as a size, up to which nothing is dropped. A third of max "
     "unless given."},
    {"max", &threshold_shape,
     "Of red: the average at which a frame is dropped with the probability. Three times min, or a "
     "quarter of what may wait, unless given."},
    {"probability", &percentage_shape, "Of red: the chance at max. 10 % unless given."},
    {"weight", &weight_shape,
     "Of red: how much of the average the queue of now is, such as 0.002 or 2^-9. 2^-9 unless "
     "given."},
    {"gentle", &boolean_shape,
     "Of red: from max to twice that the chance rises to all, instead of at once. true unless "
     "given."},
    {"avpkt", &avpkt_shape, "Of red: the size of an average frame. 1000 B unless given."},
};
constexpr Shape queue_shape{.kind = ShapeKind::object, .fields = queue_fields, .name = "queue"};

constexpr Field impair_fields[] = {
    {"rate", &rate_shape,
     "Bits a second on the wire, preamble and gap counted. No limit unless given; 0 lifts it."},
    {"delay", &duration_shape, "Propagation delay. 0 s unless given."},
    {"jitter", &jitter_shape, "Random change of the delay: an amount, or more."},
    {"loss", &loss_shape, "Frames lost: a percentage, or bursts, or every n-th."},
    {"reorder", &reorder_shape, "Frames held back so that others overtake them."},
    {"duplicate", &percentage_shape, "Chance of a frame to arrive twice."},
    {"bit_errors", &bit_error_shape,
     "Wrong bits a bit, such as 1e-9. The frame's check sequence catches them."},
    {"queue", &queue_shape, "How much may wait for the transmitter, and who is dropped."},
    {"mtu", &interface_mtu_shape, "Frames that carry more are dropped. Any unless given."},
};
constexpr Shape impair_object{.kind = ShapeKind::object,
                              .fields = impair_fields,
                              .may_be_null = true,
                              .name = "an impairment"};
constexpr std::string_view no_impairment_words[] = {"none"};
constexpr Shape impair_none{.kind = ShapeKind::word, .words = no_impairment_words};
constexpr const Shape* impair_choices[] = {&impair_none, &impair_object};

}  // namespace

constinit const Shape impair_shape{.kind = ShapeKind::choice, .choices = impair_choices};

namespace {

constexpr Field endpoint_fields[] = {
    {"node", &node_name_shape, "The node.", true},
    {"interface", &interface_name_shape, "Its interface. The next ethN that is free unless given."},
    {"address", &interface_addresses_shape, "As in the node's interfaces."},
    {"mac", &mac_shape, "As in the node's interfaces."},
    {"mtu", &interface_mtu_shape, "As in the node's interfaces."},
};
constexpr Shape endpoint_object{
    .kind = ShapeKind::object, .fields = endpoint_fields, .name = "an endpoint"};
constexpr const Shape* endpoint_choices[] = {&text_shape, &endpoint_object};
constexpr Shape endpoint_shape{.kind = ShapeKind::choice, .choices = endpoint_choices};
constexpr Shape endpoints_shape{
    .kind = ShapeKind::list, .min = 2, .max = 2, .item = &endpoint_shape};

constexpr Field link_fields[] = {
    {"endpoints", &endpoints_shape, "The two ends: `node`, `node:interface`, or a mapping.", true},
    {"name", &text_shape, "The link's name. `a--b` after its nodes unless given."},
    {"impair", &impair_shape, "What both directions do to frames."},
    {"impair_forward", &impair_shape,
     "The direction from the first endpoint to the second; comes over `impair`."},
    {"impair_back", &impair_shape,
     "The direction from the second endpoint to the first; comes over `impair`."},
    {"up", &boolean_shape, "Whether the link is up at the start. true unless given."},
    {"subnet", &prefixes_shape,
     "Prefixes of the segment that the link is part of, at most one a family is filled from."},
};
constexpr Shape link_shape{.kind = ShapeKind::object, .fields = link_fields, .name = "a link"};

}  // namespace

constinit const Shape links_shape{.kind = ShapeKind::list, .item = &link_shape};

}  // namespace catenet::lab
