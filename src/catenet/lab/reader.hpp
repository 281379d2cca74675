// reader: a Tree whose shape has been checked to the Model. What is left to find wrong here is what
// lies between values: a step without an action, a route without a way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catenet/lab/file_source.hpp"
#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/tree.hpp"
#include "catenet/lab/units.hpp"

namespace catenet::lab {

struct ReadContext {
  Report& report;
  FileSource& files;
  std::string path;  // of the file that is read: what it names lies beside it
};

// The kind that lab files call so.
NodeKind node_kind(std::string_view word);
NodeSettings read_node_settings(const Tree& tree, ReadContext& context);
InterfaceSettings read_interface(const Tree& tree, ReadContext& context);
// What `settings` leaves unsaid is taken from `from`.
void inherit(NodeSettings& settings, const NodeSettings& from);
std::vector<InlineFile> read_files(const Tree& tree, ReadContext& context);
std::vector<Service> read_services(const Tree& tree, ReadContext& context);

QueueSettings read_queue(const Tree& tree, ReadContext& context);
LinkModel read_link(const Tree& tree, ReadContext& context);
// The keys impair, impair_forward and impair_back of `tree`.
LinkPatch read_link_patch(const Tree& tree, ReadContext& context);

StepModel read_step(const Tree& tree, ReadContext& context);
ExpectationModel read_expectation(const Tree& tree, ReadContext& context);
CaptureModel read_capture(const Tree& tree);

// Scalars. The shape has been checked, so that they hold what they should.
inline Located<std::string> text_of(const Tree& tree) { return {tree.text, tree.at}; }
inline bool boolean_of(const Tree& tree) { return tree.text == "true"; }
inline Duration duration_of(const Tree& tree) {
  return parse_duration(tree.text).value_or(Duration());
}
inline u64 size_of(const Tree& tree) { return parse_size(tree.text).value_or(0); }
inline u32 percentage_of(const Tree& tree) { return parse_percentage(tree.text).value_or(0); }
inline u64 count_of(const Tree& tree) { return parse_count(tree.text, 0, ~u64{0}).value_or(0); }
inline u32 count32_of(const Tree& tree) { return static_cast<u32>(count_of(tree)); }
inline Located<Prefix> prefix_of(const Tree& tree) {
  return {Prefix::parse(tree.text).value_or(Prefix()), tree.at};
}
inline Located<IpAddress> address_of(const Tree& tree) {
  return {IpAddress::parse(tree.text).value_or(IpAddress()), tree.at};
}

// Calls use(value) when `map` has `key`.
template <typename Use>
void with(const Tree& map, std::string_view key, Use&& use) {
  if (const Tree* value = map.find(key)) use(*value);
}
// Calls use(item) for each item of a list, or for the one value that stands for a list of one.
template <typename Use>
void each(const Tree& one_or_more, Use&& use) {
  if (!one_or_more.is_list()) return use(one_or_more);
  for (const Tree& item : one_or_more.items) use(item);
}

}  // namespace catenet::lab
