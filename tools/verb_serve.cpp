// `catenet serve http DIR` and `catenet serve echo`: services on this machine's own network.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <sys/stat.h>

#include "catenet/lab/report_printable.hpp"
#include "catenet/os/byte_file.hpp"
#include "catenet/os/folder_files.hpp"
#include "catenet/service/echo.hpp"
#include "catenet/service/http_server.hpp"
#include "catenet/socket/async.hpp"

#include "machine_run.hpp"
#include "options.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

// Descriptors that answers need beside the connections': of a file that is looked at three, and one
// for whoever is turned away.
constexpr u64 spare_descriptors = 4;

struct ServeVerb {
  std::string folder;
  u64 port = 0;
  std::string address;
};

// Raises this process's limit as far as it may, and gives it.
u64 raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1 << 16);
  if (limit.rlim_cur > before && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return limit.rlim_cur;
  return before;
}

// How many more connections may be open at a time, when everything else is.
u64 room_for_connections(u64 limit) {
  u64 open = 0;
  for (u64 fd = 0; fd < limit; ++fd) open += ::fcntl(static_cast<int>(fd), F_GETFD) >= 0;
  return limit - open > spare_descriptors ? limit - open - spare_descriptors : 0;
}

int refuse_without_room() {
  return complain_of(machine_cannot,
                     "this machine grants too few open files to serve anybody; raise the limit: "
                     "ulimit -n 1024");
}

int refuse_listening(const ServeVerb& verb, Errno error) {
  const std::string where =
      verb.address.empty() ? std::string() : fmt::format(" of {}", verb.address);
  switch (error) {
    case Errno::address_in_use:
      return complain_of(machine_cannot, fmt::format("port {}{} is taken", verb.port, where));
    case Errno::access_denied: {
      const auto first = os::read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", 16);
      const std::string known = first ? first->substr(0, first->find('\n')) : "1024";
      return complain_of(
          machine_cannot,
          fmt::format("port {} needs root (net.ipv4.ip_unprivileged_port_start is {})", verb.port,
                      known));
    }
    case Errno::address_not_available:
      return complain_of(machine_cannot,
                         fmt::format("this machine has no address {}", verb.address));
    default:
      return complain_of(machine_cannot, fmt::format("cannot listen on port {}{}: {}", verb.port,
                                                     where, errno_text(error)));
  }
}

// Where to listen: one address, or all of both families.
Result<std::unique_ptr<Socket>> open_stream(System& system, const ServeVerb& verb) {
  const auto port = static_cast<u16>(verb.port);
  if (verb.address.empty()) return listen_stream(system, port, 4'096);
  return listen_stream(system, {*IpAddress::parse(verb.address), port}, 4'096);
}

Result<std::unique_ptr<Socket>> open_datagrams(System& system, const ServeVerb& verb, u16 port) {
  if (verb.address.empty()) return bind_datagrams(system, port);
  return bind_datagrams(system, {*IpAddress::parse(verb.address), port});
}

void note_end(const Result<void>& ended, int& code) {
  if (ended || ended.error() == Errno::canceled) return;
  code = complain_of(machine_cannot, fmt::format("stopped: {}", errno_text(ended.error())));
}

Task<void> run_http(System& system, std::unique_ptr<Socket> listener,
                    const HttpServerOptions& options, int& code) {
  const auto ended = co_await serve_http_on(system, std::move(listener), options);
  note_end(ended, code);
}

Task<void> run_echo_stream(System& system, std::unique_ptr<Socket> listener, int& code) {
  const auto ended = co_await serve_echo_stream_on(system, std::move(listener));
  note_end(ended, code);
}

Task<void> run_echo_datagrams(System& system, std::unique_ptr<Socket> socket, int& code) {
  const auto ended = co_await serve_echo_datagrams_on(system, std::move(socket));
  note_end(ended, code);
}

bool say_ready(std::string_view sentence) {
  print_out(sentence);
  return flush_out();
}

int serve_http_folder(const ServeVerb& verb) {
  os::FolderFiles files(verb.folder);
  struct stat about{};
  const bool found = ::stat(verb.folder.c_str(), &about) == 0;
  const Errno error = found ? Errno::not_directory : static_cast<Errno>(errno);
  if (!found || !S_ISDIR(about.st_mode)) {
    return complain_of(bad_input,
                       fmt::format("cannot serve {}: {}", verb.folder, errno_text(error)));
  }
  const auto system = open_machine();
  if (!system) return machine_cannot;
  auto listener = open_stream(*system, verb);
  if (!listener) return refuse_listening(verb, listener.error());
  const Endpoint local = (*listener)->local();
  HttpServerOptions options;
  options.files = &files;
  int code = all_held;
  TaskGroup tasks(system->scheduler());
  const auto interrupts = watch_signals(*system, tasks);
  if (!interrupts) return machine_cannot;
  const u64 room = room_for_connections(raise_descriptor_limit());
  if (room == 0) return refuse_without_room();
  options.max_connections = static_cast<u32>(std::min<u64>(options.max_connections, room));
  tasks.spawn(run_http(*system, *std::move(listener), options, code));
  if (!say_ready(fmt::format("serving {} on {}, at most {} connections at a time\n",
                             lab::printable(verb.folder), local.to_string(),
                             options.max_connections))) {
    return machine_cannot;
  }
  run_to_end(*system, tasks);
  return code;
}

int serve_echo(const ServeVerb& verb) {
  const auto system = open_machine();
  if (!system) return machine_cannot;
  auto listener = open_stream(*system, verb);
  if (!listener) return refuse_listening(verb, listener.error());
  const Endpoint local = (*listener)->local();
  auto datagrams = open_datagrams(*system, verb, local.port);
  if (!datagrams) return refuse_listening(verb, datagrams.error());
  int code = all_held;
  TaskGroup tasks(system->scheduler());
  const auto interrupts = watch_signals(*system, tasks);
  if (!interrupts) return machine_cannot;
  if (room_for_connections(raise_descriptor_limit()) == 0) return refuse_without_room();
  tasks.spawn(run_echo_stream(*system, *std::move(listener), code));
  tasks.spawn(run_echo_datagrams(*system, *std::move(datagrams), code));
  if (!say_ready(fmt::format("echo on {}, TCP and UDP\n", local.to_string()))) {
    return machine_cannot;
  }
  run_to_end(*system, tasks);
  return code;
}

std::string check_address(const std::string& text) {
  return IpAddress::parse(text) ? "" : fmt::format("{} is no address", text);
}

void add_where(CLI::App& verb, const std::shared_ptr<ServeVerb>& chosen, u16 usual) {
  chosen->port = usual;
  add_number(
      verb, "--port", [chosen](u64 port) { chosen->port = port; },
      fmt::format("The port; 0 is any free one, {} the default", usual));
  verb.add_option("--bind", chosen->address, "This address alone, not all of both families")
      ->check(check_address);
}

int check_port(const ServeVerb& verb, int (*serve)(const ServeVerb&)) {
  if (verb.port <= 65'535) return serve(verb);
  return complain_of(bad_input, fmt::format("there is no port {}; 65535 is the last", verb.port));
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("serve", "Serves on this machine's own network until SIGINT");
  verb->require_subcommand(1);
  auto http = std::make_shared<ServeVerb>();
  CLI::App* http_verb = verb->add_subcommand("http", "The files of a folder, by HTTP");
  http_verb->add_option("DIR", http->folder, "The folder that / stands for")->required();
  add_where(*http_verb, http, 80);
  http_verb->callback(
      [&action, http] { action = [http] { return check_port(*http, serve_http_folder); }; });
  auto echo = std::make_shared<ServeVerb>();
  CLI::App* echo_verb = verb->add_subcommand("echo", "What comes goes back, by TCP and UDP");
  add_where(*echo_verb, echo, 7);
  echo_verb->callback(
      [&action, echo] { action = [echo] { return check_port(*echo, serve_echo); }; });
}

}  // namespace catenet::tools
