#include "catenet/drill/calls.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/drill/symbols.hpp"

namespace catenet::drill {

std::span<const Calls::Row> Calls::rows() {
  static constexpr std::array<Row, 23> all = {{
      {"socket", 3, 3, &Calls::socket},
      {"bind", 3, 3, &Calls::bind},
      {"listen", 2, 2, &Calls::listen},
      {"accept", 3, 3, &Calls::accept},
      {"accept4", 4, 4, &Calls::accept},
      {"connect", 3, 3, &Calls::connect},
      {"shutdown", 2, 2, &Calls::shutdown},
      {"close", 1, 1, &Calls::close},
      {"fcntl", 2, 3, &Calls::fcntl},
      {"ioctl", 3, 3, &Calls::ioctl},
      {"read", 3, 3, &Calls::read},
      {"readv", 3, 3, &Calls::readv},
      {"recv", 4, 4, &Calls::recv},
      {"recvfrom", 6, 6, &Calls::recvfrom},
      {"recvmsg", 3, 3, &Calls::recvmsg},
      {"write", 3, 3, &Calls::write},
      {"writev", 3, 3, &Calls::writev},
      {"send", 4, 4, &Calls::send},
      {"sendto", 6, 6, &Calls::sendto},
      {"sendmsg", 3, 3, &Calls::sendmsg},
      {"getsockopt", 5, 5, &Calls::getsockopt},
      {"setsockopt", 5, 5, &Calls::setsockopt},
      {"poll", 3, 3, &Calls::poll},
  }};
  return all;
}

const Calls::Row* Calls::row(std::string_view name) {
  const auto all = rows();
  const auto found = std::ranges::find(all, name, &Row::name);
  return found == all.end() ? nullptr : &*found;
}

void Calls::check(const CallEvent& call, Problems& problems) {
  const Place place = call.place;
  const Row* known = row(call.name);
  if (!known) {
    std::vector<std::string_view> names;
    for (const Row& each : rows()) names.push_back(each.name);
    return problems.unsupported(place, "the system call '" + call.name + "'",
                                did_you_mean(call.name, names));
  }
  const std::size_t count = call.arguments.size();
  if (count < known->least || count > known->most) {
    const std::string wanted = known->least == known->most
                                   ? fmt::format("{}", known->least)
                                   : fmt::format("{} or {}", known->least, known->most);
    return problems.error(place,
                          fmt::format("{} with {} arguments; it has {}", call.name, count, wanted));
  }
  for (const Expression& argument : call.arguments) check_symbols(argument, problems);
  check_symbols(call.result, problems);
  if (!call.error.empty() && !errno_by_name(call.error)) {
    problems.error(place, "no error of POSIX: " + call.error, "as in -1 EAGAIN");
  }
  for (const auto& problem : {option_problem(call), flags_problem(call)}) {
    if (problem) problems.unsupported(problem->place, problem->message, problem->hint);
  }
}

Calls::Result Calls::prepare(const CallEvent& call) {
  CallArguments in(call);
  Result prepared = (this->*row(call.name)->method)(in);
  if (prepared && in.problem()) return std::unexpected(*in.problem());
  return prepared;
}

const Socket* Calls::under_test() const {
  const auto found = descriptors_.find(under_test_);
  return found == descriptors_.end() ? nullptr : found->second.socket.get();
}

Calls::Descriptor* Calls::descriptor(i64 number) {
  const auto found = descriptors_.find(number);
  return found == descriptors_.end() ? nullptr : &found->second;
}

// Under the number that the script wants where that is free.
i64 Calls::adopt(Descriptor descriptor, const Expression& wanted) {
  i64 number = 3;
  while (descriptors_.contains(number)) ++number;
  const bool asked = wanted.kind == Expression::Kind::integer && wanted.value > 2;
  if (asked && !descriptors_.contains(wanted.value)) number = wanted.value;
  if (descriptor.type == SocketType::stream || under_test_ < 0) under_test_ = number;
  descriptors_.emplace(number, std::move(descriptor));
  return number;
}

// --- Arguments ---

void CallArguments::complain(const Expression& at, std::string message, std::string hint) {
  if (problem_) return;
  problem_ = Problem{Gravity::error, at.place, std::move(message), std::move(hint)};
}

i64 CallArguments::number(const Expression& expression) {
  const auto value = evaluate(expression);
  if (value) return *value;
  if (!problem_) problem_ = value.error();
  return 0;
}

u64 CallArguments::size_of(std::size_t i) {
  constexpr i64 most = 64 << 20;
  const i64 value = number(i);
  if (value >= 0 && value <= most) return static_cast<u64>(value);
  complain(at(i), fmt::format("{} is no length", value), fmt::format("from 0 to {}", most));
  return 0;
}

u64 CallArguments::vector_size(const Expression& list) {
  u64 size = 0;
  for (const auto& part : list.parts) {
    const auto& fields = part.parts;
    if (fields.size() != 2) {
      complain(part, "this is no piece of memory", "as in [{..., 1000}]");
      return 0;
    }
    size += static_cast<u64>(std::clamp<i64>(number(fields[1]), 0, 1 << 20));
  }
  return size;
}

std::optional<i64> CallArguments::stored(const Expression& expression) {
  if (expression.kind == Expression::Kind::ellipsis) return std::nullopt;
  if (expression.kind != Expression::Kind::list) return number(expression);
  if (expression.parts.size() != 1) {
    complain(expression, "one value is stored here", "as in [4]");
    return std::nullopt;
  }
  return stored(expression.parts[0]);
}

namespace {

const Expression* field(const Expression& structure, std::string_view name4,
                        std::string_view name6) {
  const Expression* found = structure.part(name4);
  return found ? found : structure.part(name6);
}

}  // namespace

Endpoint CallArguments::address(std::size_t i, const Endpoint& instead) {
  const Expression& from = at(i);
  if (is_open(i)) return instead;
  const Expression* family = field(from, "sa_family", "sin6_family");
  const Expression* port = field(from, "sin_port", "sin6_port");
  const Expression* address = field(from, "sin_addr", "sin6_addr");
  if (!family || !port || !address) {
    complain(from, "this is no address",
             "as in {sa_family = AF_INET, sin_port = htons(8080), "
             "sin_addr = inet_addr(\"192.0.2.1\")}, or ...");
    return instead;
  }
  Endpoint endpoint = instead;
  endpoint.port = static_cast<u16>(number(*port));
  if (address->kind == Expression::Kind::word && address->text == "INADDR_ANY") {
    endpoint.address = IpAddress::any(Family::ipv4);
    return endpoint;
  }
  const bool call = address->kind == Expression::Kind::call && address->parts.size() == 1;
  const auto parsed = call ? IpAddress::parse(address->parts[0].text) : std::optional<IpAddress>();
  if (!parsed) {
    complain(*address, "no IP address stands here", "as in inet_addr(\"192.0.2.1\")");
    return endpoint;
  }
  endpoint.address = *parsed;
  return endpoint;
}

}  // namespace catenet::drill
