// The script, the expectations and the capture.
#include "catenet/lab/shape.hpp"

namespace catenet::lab {

namespace {

// What a run promises.
constexpr Shape exit_shape{.kind = ShapeKind::count, .max = 255};
constexpr Shape pattern_shape{.kind = ShapeKind::pattern};
constexpr Shape pattern_list{.kind = ShapeKind::list, .item = &pattern_shape};
constexpr const Shape* pattern_choices[] = {&pattern_shape, &pattern_list};
constexpr Shape patterns_shape{.kind = ShapeKind::choice, .choices = pattern_choices};
constexpr Field output_fields[] = {
    {"contains", &texts_shape, "Text that must be in it, or a list of such."},
    {"not_contains", &texts_shape, "Text that must not be in it, or a list of such."},
    {"equals", &text_shape, "All of it; one line end at its end does not matter."},
    {"matches", &patterns_shape,
     "Regular expressions in RE2's syntax; each must be found in some line."},
};
constexpr Shape output_shape{
    .kind = ShapeKind::object, .fields = output_fields, .name = "an expectation of output"};
constexpr Field takes_fields[] = {
    {"min", &duration_shape, "At least this long."},
    {"max", &duration_shape, "At most this long."},
};
constexpr Shape takes_shape{.kind = ShapeKind::object, .fields = takes_fields, .name = "takes"};
constexpr Field run_expect_fields[] = {
    {"exit", &exit_shape, "The exit status."},
    {"stdout", &output_shape, "What it prints."},
    {"stderr", &output_shape, "What it prints as errors."},
    {"within", &duration_shape, "It ends at most this long after its start."},
    {"takes", &takes_shape, "How long it runs, in the lab's time."},
};
constexpr Shape run_expect_shape{
    .kind = ShapeKind::object, .fields = run_expect_fields, .name = "a step's expectation"};

// Steps.
constexpr Shape times_shape{.kind = ShapeKind::count, .min = 2, .max = 10'000};
constexpr Shape name_list{.kind = ShapeKind::list, .min = 1, .item = &text_shape};
constexpr const Shape* target_choices[] = {&text_shape, &name_list};
constexpr Shape targets_shape{.kind = ShapeKind::choice, .choices = target_choices};
constexpr Shape node_set{.kind = ShapeKind::list, .min = 1, .item = &node_name_shape};
constexpr Shape partition_shape{.kind = ShapeKind::list, .min = 1, .item = &node_set};

constexpr std::string_view signal_words[] = {"TERM", "INT", "QUIT", "HUP", "KILL", "USR1", "USR2"};
constexpr Shape signal_shape{.kind = ShapeKind::word, .words = signal_words};
constexpr Shape wait_port_shape{.kind = ShapeKind::count, .min = 1, .max = 65'535};
constexpr Field listener_fields[] = {
    {"on", &node_name_shape, "The node.", true},
    {"port", &wait_port_shape, "Its TCP port.", true},
};
constexpr Shape listener_shape{
    .kind = ShapeKind::object, .fields = listener_fields, .name = "a listener"};
constexpr const Shape* wait_choices[] = {&text_shape, &listener_shape};
constexpr Shape wait_shape{.kind = ShapeKind::choice, .choices = wait_choices};

constexpr Field step_fields[] = {
    {"name", &text_shape, "The step's name, for reports and for `after`."},
    {"at", &duration_shape, "When, since the lab's 0 s."},
    {"after", &text_shape, "When the step of this name has ended."},
    {"delay", &duration_shape, "With `after`: so long after that."},
    {"every", &duration_shape, "With `at` and `times`: again and again, so far apart."},
    {"times", &times_shape, "With `every`: how often in all."},
    {"on", &node_name_shape, "The node to run on."},
    {"run", &text_shape, "A command, to its end: a tool of Catenet's or a program."},
    {"start", &text_shape,
     "A command that runs until it is stopped or the lab ends. Ending before that is a failure, "
     "unless `expect` says with what `exit`."},
    {"stop", &text_shape, "The name of the `start` step whose command is to end."},
    {"signal", &signal_shape, "With `stop`: the signal that it gets. TERM unless given."},
    {"wait", &wait_shape,
     "The name of a step, until it has ended; or {on, port}, until something listens on that TCP "
     "port of the node."},
    {"expect", &run_expect_shape,
     "With `run`, `start` and `stop`: what the command must do, and how long that may take."},
    {"timeout", &duration_shape,
     "With `run`: it is stopped then, and has failed. With `wait`: so long at most, 30 s unless "
     "given. With `stop`: then it is killed, and the step has failed; 2 s unless given."},
    {"link", &text_shape, "The link whose impairment changes, by name or as `a--b`."},
    {"impair", &impair_shape,
     "With `link`: what changes in both directions; `none` makes the link perfect."},
    {"impair_forward", &impair_shape,
     "With `link`: what changes from its first endpoint to its second."},
    {"impair_back", &impair_shape,
     "With `link`: what changes from its second endpoint to its first."},
    {"down", &targets_shape,
     "Takes links, or all links of nodes, down: both ends lose the carrier."},
    {"up", &targets_shape, "Brings them up again."},
    {"cut", &targets_shape,
     "Frames vanish on these links, or on all links of these nodes; the carrier stays."},
    {"heal", &targets_shape, "Ends a cut or a partition there; `all` ends every one."},
    {"partition", &partition_shape,
     "Cuts every link between these sets of nodes; nodes in none are one more set."},
};
constexpr Shape step_shape{.kind = ShapeKind::object, .fields = step_fields, .name = "a step"};

// What must hold in the end.
constexpr Field packets_fields[] = {
    {"where", &text_shape, "A link, a node, or node:interface.", true},
    {"filter", &text_shape,
     "Which frames, in the syntax of pcap-filter(7). Every one unless given."},
    {"count", &any_count_shape, "Exactly so many."},
    {"min", &any_count_shape, "At least so many."},
    {"max", &any_count_shape, "At most so many."},
    {"above", &any_count_shape, "More than so many."},
    {"below", &any_count_shape, "Fewer than so many."},
};
constexpr Shape packets_shape{
    .kind = ShapeKind::object, .fields = packets_fields, .name = "packets"};
constexpr Field expectation_fields[] = {
    {"name", &text_shape, "What the report calls it."},
    {"counter", &text_shape,
     "A counter: `r1:wan.dropped.queue_full` of a port, `r1--r2.dropped.random_loss` of a link."},
    {"is", &any_count_shape, "With `counter`: exactly so many."},
    {"min", &any_count_shape, "With `counter`: at least so many."},
    {"max", &any_count_shape, "With `counter`: at most so many."},
    {"above", &any_count_shape, "With `counter`: more than so many."},
    {"below", &any_count_shape, "With `counter`: fewer than so many."},
    {"packets", &packets_shape, "Frames seen at a place."},
};
constexpr Shape expectation_shape{
    .kind = ShapeKind::object, .fields = expectation_fields, .name = "an expectation"};

// Capture.
constexpr std::string_view capture_words[] = {"all", "none"};
constexpr Shape capture_word{.kind = ShapeKind::word, .words = capture_words};
constexpr Shape port_list{.kind = ShapeKind::list, .item = &text_shape};
constexpr const Shape* port_choices[] = {&capture_word, &port_list};
constexpr Shape ports_shape{.kind = ShapeKind::choice, .choices = port_choices};
constexpr Shape snap_shape{.kind = ShapeKind::size, .min = 14, .max = 262'144};
constexpr Field capture_fields[] = {
    {"ports", &ports_shape,
     "`all`, `none`, or a list of nodes and node:interface. all unless given."},
    {"filter", &text_shape,
     "Which frames, in the syntax of pcap-filter(7). Every one unless given."},
    {"promiscuous", &boolean_shape,
     "Whether a host's port also keeps frames for other stations. true unless given."},
    {"snap_length", &snap_shape, "How much of a frame is kept. All of it unless given."},
};
constexpr Shape capture_object{
    .kind = ShapeKind::object, .fields = capture_fields, .name = "the capture"};
constexpr const Shape* capture_choices[] = {&capture_word, &port_list, &capture_object};

}  // namespace

constinit const Shape script_shape{.kind = ShapeKind::list, .item = &step_shape};
constinit const Shape expect_shape{.kind = ShapeKind::list, .item = &expectation_shape};
constinit const Shape capture_shape{.kind = ShapeKind::choice, .choices = capture_choices};

}  // namespace catenet::lab
