// What was filled in: a plan's nodes with their interfaces, addresses and routes.
#pragma once

#include <string>

#include "catenet/lab/plan.hpp"

namespace catenet::lab {

// Tables for people.
std::string plan_text(const Plan& plan);

// One JSON document for programs.
std::string plan_json(const Plan& plan);

}  // namespace catenet::lab
