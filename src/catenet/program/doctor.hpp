// The doctor: what this machine allows, found by trying, and what can be done about the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/program/netns.hpp"

namespace catenet::program {

struct Finding {
  std::string name;    // "user namespaces"
  bool ok = false;     // it is there, or is enough
  std::string says;    // what was found: "cannot be opened: Permission denied"; may be empty
  std::string advice;  // one sentence; empty when there is nothing to do
};

struct Examination {
  std::vector<Finding> machine;
  // What Catenet can do here: labs in virtual time, nodes of kind namespace, …
  std::vector<Finding> modes;
  bool namespaces = false;
};

// Tries everything, in processes and namespaces of its own; nothing is left of it.
Examination examine_machine();

// Makes a namespace with one interface and takes it down again. Nothing: it works; else why not,
// and what to do about that.
std::optional<std::string> why_not_netns();

}  // namespace catenet::program
