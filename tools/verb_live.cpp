// `catenet ps`, `set`, `cut`, `heal` and `down`: one question to a running lab, one answer.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "catenet/lab/report_printable.hpp"
#include "catenet/time/time.hpp"

#include "live_client.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct LiveVerbOptions {
  std::string lab;
  lab::LiveRequest request;
  bool forward = false;
  bool back = false;
  bool json = false;
  std::vector<std::string> words;
};

std::string since_text(const lab::LiveRow& row) {
  return to_string(Duration::milliseconds(row.since_ms));
}

void print_json(const std::vector<lab::LiveRow>& rows) {
  nlohmann::json all = nlohmann::json::array();
  for (const lab::LiveRow& row : rows) {
    nlohmann::json one{{"host", row.host},
                       {"since", since_text(row)},
                       {"since_s", static_cast<double>(row.since_ms) / 1e3},
                       {"command", row.command}};
    if (row.pid != 0) one["pid"] = row.pid;
    all.push_back(std::move(one));
  }
  print_out(all.dump(2) + "\n");
}

void print_table(const std::vector<lab::LiveRow>& rows) {
  std::size_t host = 4;
  std::size_t since = 5;
  for (const lab::LiveRow& row : rows) {
    host = std::max(host, row.host.size());
    since = std::max(since, since_text(row).size());
  }
  print_out(
      fmt::format("{:<{}}  {:>7}  {:>{}}  {}\n", "HOST", host, "PID", "SINCE", since, "COMMAND"));
  for (const lab::LiveRow& row : rows) {
    print_out(fmt::format("{:<{}}  {:>7}  {:>{}}  {}\n", row.host, host,
                          row.pid == 0 ? "-" : std::to_string(row.pid), since_text(row), since,
                          lab::printable(row.command)));
  }
}

int ps(const LiveVerbOptions& verb) {
  const auto reply = ask_once(verb.lab, verb.request);
  if (!reply) return reply.error();
  if (verb.json) {
    print_json(reply->rows);
  } else {
    print_table(reply->rows);
  }
  return all_held;
}

int change(const LiveVerbOptions& verb) {
  const auto reply = ask_once(verb.lab, verb.request);
  return reply ? static_cast<int>(all_held) : reply.error();
}

int set(LiveVerbOptions verb) {
  if (verb.forward && verb.back) {
    return complain_of(bad_input, "--forward and --back are both ways; leave both out");
  }
  verb.request.impair = lab::with_commas(verb.words);
  if (verb.request.impair.empty()) {
    return complain_of(bad_input, fmt::format("say what {0} is to do: catenet set {0} delay: 20 ms "
                                              "loss: 1 %, or none",
                                              verb.request.link));
  }
  verb.request.way = verb.forward ? lab::LiveWay::forward
                     : verb.back  ? lab::LiveWay::back
                                  : lab::LiveWay::both;
  return change(verb);
}

int down(const LiveVerbOptions& verb) {
  const auto client = LiveClient::reach(verb.lab);
  if (!client) return client.error();
  if (!client->ask(verb.request)) return machine_cannot;
  const auto verdict = client->listen();
  client->await_end();
  if (!verdict) return verdict.error();
  if (verdict->error) return complain_of(verdict->error->code, verdict->error->text);
  return verdict->exit.value_or(all_held);
}

std::shared_ptr<LiveVerbOptions> add(CLI::App& app, CLI::App*& verb, const char* name,
                                     const char* about, lab::LiveVerb what) {
  verb = app.add_subcommand(name, about);
  auto options = std::make_shared<LiveVerbOptions>();
  options->request.verb = what;
  add_lab_option(*verb, options->lab);
  return options;
}

void add_set(CLI::App& app, Action& action) {
  CLI::App* verb = nullptr;
  auto options = add(app, verb, "set", "Changes a link of a running lab: delay: 20 ms loss: 1 %",
                     lab::LiveVerb::set);
  verb->add_option("LINK", options->request.link, "The link, by name or as a--b")->required();
  verb->add_option("IMPAIRMENT", options->words, "As in the lab file's impair; or none");
  verb->add_flag("--forward", options->forward, "From the link's first end to its second alone");
  verb->add_flag("--back", options->back, "The other way alone");
  verb->callback([&action, options] { action = [options] { return set(*options); }; });
}

}  // namespace

void add_live(CLI::App& app, Action& action) {
  CLI::App* verb = nullptr;
  const auto rows = add(app, verb, "ps", "What runs in a running lab", lab::LiveVerb::ps);
  verb->add_flag("--json", rows->json, "Print it as JSON");
  verb->callback([&action, rows] { action = [rows] { return ps(*rows); }; });
  add_set(app, action);
  const auto cut =
      add(app, verb, "cut", "Frames vanish on links of a running lab, or on all of nodes",
          lab::LiveVerb::cut);
  verb->add_option("TARGET", cut->request.targets, "Links or nodes")->required();
  verb->callback([&action, cut] { action = [cut] { return change(*cut); }; });
  const auto heal = add(app, verb, "heal", "Ends a cut; all: every one", lab::LiveVerb::heal);
  verb->add_option("TARGET", heal->request.targets, "Links or nodes, or all")->required();
  verb->callback([&action, heal] { action = [heal] { return change(*heal); }; });
  const auto last = add(app, verb, "down", "Ends a running lab; its exit code is that of up",
                        lab::LiveVerb::down);
  verb->callback([&action, last] { action = [last] { return down(*last); }; });
}

}  // namespace catenet::tools
