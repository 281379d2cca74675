#include "live_client.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catenet/lab/diagnostic.hpp"
#include "catenet/program/lab_socket.hpp"

#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

int none_up() {
  return complain_of(machine_cannot,
                     fmt::format("no lab is up in {}; bring one up: catenet up LAB --detach",
                                 program::labs_folder()));
}

int refuse_lab(const std::string& lab, Errno error, const std::vector<std::string>& up) {
  if (error == Errno::access_denied) {
    return complain_of(machine_cannot, fmt::format("the lab {} is another user's", lab));
  }
  if (error != Errno::no_entry && error != Errno::connection_refused) {
    return complain_of(machine_cannot,
                       fmt::format("cannot reach the lab {}: {}", lab, errno_text(error)));
  }
  if (up.empty()) return none_up();
  const std::vector<std::string_view> known(up.begin(), up.end());
  return complain_of(bad_input,
                     fmt::format("no lab '{}' is up; up: {}", lab, lab::list_words(known, "and")));
}

int gone() { return complain_of(machine_cannot, "the lab has ended"); }

}  // namespace

std::expected<LiveClient, int> LiveClient::reach(const std::string& lab) {
  const auto up = program::labs_up();
  if (!up) return std::unexpected(complain_of(machine_cannot, up.error().text()));
  if (lab.empty() && up->empty()) return std::unexpected(none_up());
  if (lab.empty() && up->size() > 1) {
    const std::vector<std::string_view> names(up->begin(), up->end());
    return std::unexpected(complain_of(
        bad_input,
        fmt::format("{} labs are up; say --lab {}", up->size(), lab::list_words(names, "or"))));
  }
  const std::string& name = lab.empty() ? up->front() : lab;
  auto socket = program::connect_to_lab(name);
  if (!socket) return std::unexpected(refuse_lab(name, socket.error(), *up));
  return LiveClient(*std::move(socket));
}

bool LiveClient::ask(const lab::LiveRequest& request, std::span<const int> descriptors) const {
  const auto sent =
      program::send_line(socket(), lab::to_text(request), program::Patience::wait, descriptors);
  if (sent) return true;
  if (sent.error() == Errno::message_size) {
    complain_of(bad_input, "the command is too long for one message");
  } else {
    gone();
  }
  return false;
}

void LiveClient::say(const lab::LiveWord& word) const {
  static_cast<void>(program::send_line(socket(), lab::to_text(word), program::Patience::wait));
}

std::expected<lab::LiveReply, int> LiveClient::listen() const {
  const auto message = program::receive_line(socket(), program::Patience::wait);
  if (!message || !*message) return std::unexpected(gone());
  auto reply = lab::parse_reply((*message)->text);
  if (!reply) return std::unexpected(complain_of(reply.error().code, reply.error().text));
  return *std::move(reply);
}

void LiveClient::await_end() const {
  while (true) {
    const auto message = program::receive_line(socket(), program::Patience::wait);
    if (!message || !*message) return;
  }
}

std::expected<lab::LiveReply, int> ask_once(const std::string& lab,
                                            const lab::LiveRequest& request) {
  const auto client = LiveClient::reach(lab);
  if (!client) return std::unexpected(client.error());
  if (!client->ask(request)) return std::unexpected(machine_cannot);
  auto reply = client->listen();
  if (reply && reply->error) {
    return std::unexpected(complain_of(reply->error->code, reply->error->text));
  }
  return reply;
}

void add_lab_option(CLI::App& verb, std::string& lab) {
  verb.add_option("--lab", lab, "The lab, where several are up");
}

}  // namespace catenet::tools
