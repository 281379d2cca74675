// read_lab: a lab file in, a Plan or everything that is wrong with it out. docs/lab-file.md is the
// user's page.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/file_source.hpp"
#include "catenet/lab/model.hpp"
#include "catenet/lab/plan.hpp"

namespace catenet::lab {

struct ReadOptions {
  std::optional<u64> seed;  // instead of the file's
  std::string name;         // of a lab that does not say its own; empty: as its file is called
  // Says what is wrong with a pcap filter, or nothing: os/ has the compiler. Unset: filters are
  // taken as they are.
  std::function<std::optional<std::string>(const std::string& filter)> check_filter;
};

// The text of the lab file `path`, or why it cannot be had.
std::expected<std::string, Diagnostic> read_lab_file(const std::string& path, FileSource& files);

// Reads `path` and what it includes from `files`.
std::expected<Plan, Diagnostics> read_lab(const std::string& path, FileSource& files,
                                          const ReadOptions& options = {});
// The same for text that is no file (standard input, a test); `name` stands in its messages.
std::expected<Plan, Diagnostics> read_lab_text(std::string text, const std::string& name,
                                               FileSource& files, const ReadOptions& options = {});

// What the lab of that file is called, though the rest of it may be wrong. Nothing where that
// cannot be told: it is no YAML, or has no name of its own and includes files that may have one.
std::optional<std::string> name_of_lab(const std::string& path, std::string text,
                                       const ReadOptions& options = {});

// The two halves: what the files say, and what follows from it. Both add what they find wrong to
// `report`.
std::optional<Model> read_model(const std::string& path, std::string text, FileSource& files,
                                Report& report);
std::optional<Plan> make_plan(const Model& model, Report& report, const ReadOptions& options = {});

// The JSON Schema (draft 2020-12) of lab files, indented by two, for editors and `catenet schema`.
std::string lab_schema();

}  // namespace catenet::lab
