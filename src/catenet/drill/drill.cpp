#include "catenet/drill/drill.hpp"

#include "catenet/drill/icmp_names.hpp"
#include "catenet/drill/parser.hpp"
#include "catenet/drill/run.hpp"
#include "catenet/drill/tcp_info_names.hpp"

namespace catenet::drill {
namespace {

// What can be told before anything runs.
class Check {
 public:
  Check(const Scene& setup, Problems& problems) : setup_(setup), problems_(problems) {}

  void run(const Script& script) {
    for (const Event& event : script.events) {
      std::visit([&](const auto& action) { look(event, action); }, event.action);
    }
    for (const Command& command : script.cleanup) apply_command(setup_, command, problems_);
  }

 private:
  void look(const Event&, const CallEvent& call) { Calls::check(call, problems_); }
  void look(const Event&, const CommandEvent& command) {
    apply_command(setup_, {command.text, command.place}, problems_);
  }
  void look(const Event&, const CodeEvent& code) {
    const auto beyond =
        formula_.check(code.text, [](std::string_view name) -> std::optional<Value> {
          if (const auto constant = tcp_constant(name)) return *constant;
          const auto value = tcp_info_value(name, {}, {});
          return value ? std::optional<Value>(*value) : std::nullopt;
        });
    if (!beyond) return;
    problems_.unsupported(place_in(code, beyond->at), beyond->what,
                          "docs/drill.md has what is known");
  }
  void look(const Event&, const PacketEvent& packet) {
    const auto* icmp = std::get_if<IcmpMessage>(&packet.body);
    if (!icmp) return;
    const Family family = setup_.version == IpVersion::ipv6 ? Family::ipv6 : Family::ipv4;
    const auto type = icmp_type(family, icmp->type);
    if (!type) {
      problems_.error(icmp->type_place, "no type of ICMP: " + icmp->type,
                      icmp_hint(family, icmp->type));
    } else if (!icmp_code(family, *type, icmp->code)) {
      problems_.error(icmp->code_place, "no code of this type: " + icmp->code,
                      icmp_hint(family, icmp->code));
    }
  }

  Scene setup_;
  Problems& problems_;
  Formula formula_;
};

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::failed: return "failed";
    case Verdict::unsupported: return "unsupported";
    case Verdict::bad: return "bad";
  }
  return {};
}

DrillReport drill(std::string_view file, std::string_view text, const DrillOptions& options) {
  DrillReport report;
  const Script script = parse(text, report.problems, options.definitions);
  Scene setup;
  if (options.linux_defaults) setup.take_linux_defaults();
  apply_setup(setup, script, report.problems);
  if (options.seed) setup.seed = *options.seed;
  Check(setup, report.problems).run(script);
  report.problems.sort();
  if (report.problems.fatal()) {
    report.verdict = report.problems.wrong() ? Verdict::bad : Verdict::unsupported;
    return report;
  }
  Run(file, script, setup, options).run(report);
  return report;
}

}  // namespace catenet::drill
