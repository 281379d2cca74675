// LabSocket: where a running lab listens for its user, and how he finds it: a Unix socket named
// after the lab, in a folder that is his alone. Read unix(7), flock(2).
//
// What a lab that was killed leaves, its keeper takes away: a process that does nothing but wait
// for the lab's end. Whoever kills the keeper instead finds that the lab does it by itself.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/program/problem.hpp"

namespace catenet::program {

class LabSocket {
 public:
  // Listens for `lab`, a lab's name. Errors: a lab of that name is up; the folder is another
  // user's. Before this process is anybody's subreaper, and before it has threads.
  static std::expected<LabSocket, Problem> open(const std::string& lab);
  LabSocket(LabSocket&&) = default;
  LabSocket& operator=(LabSocket&&) = delete;
  // Nobody finds it any more, and nothing is left.
  ~LabSocket();

  // Ready to be read when somebody wants in; does not block.
  int listener() const { return listener_.get(); }
  // Whoever waits. Errors: EAGAIN (nobody), EACCES (somebody else's process: he was shown out).
  Result<os::Descriptor> accept();

 private:
  LabSocket() = default;
  std::optional<Problem> lock(const std::string& lab);
  std::optional<Problem> listen();
  std::optional<Problem> set_keeper();
  void take_away() const;

  os::Descriptor folder_;
  std::string name_;
  os::Descriptor lock_;
  os::Descriptor listener_;
  os::Descriptor keeper_;  // it is told by this that there is nothing left to do
};

// Where this user's labs listen.
std::string labs_folder();
// The names of this user's labs that are up, sorted. An error: the folder is another user's.
std::expected<std::vector<std::string>, Problem> labs_up();
// Errors of connect_to_lab(): ENOENT or ECONNREFUSED (it is not up), EACCES (another user's).
Result<os::Descriptor> connect_to_lab(const std::string& lab);

// What is said over it: one JSON line, after which bytes may follow.
struct LabMessage {
  std::string text;
  std::vector<os::Descriptor> descriptors;
};
// Of a message that the other end has no room for, or that is not there yet.
enum class Patience : u8 { wait, none };
// At most three descriptors. Errors: EPIPE, EAGAIN (without patience), EMSGSIZE.
Result<void> send_line(int socket, std::string_view text, Patience patience,
                       std::span<const int> descriptors = {});
// Nothing: the other end is gone. Errors: EAGAIN (without patience).
Result<std::optional<LabMessage>> receive_line(int socket, Patience patience);

}  // namespace catenet::program
