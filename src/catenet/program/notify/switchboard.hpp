// Switchboard: answers the trapped calls of the programs of one lab host.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/program/notify/host_files.hpp"
#include "catenet/program/notify/program_descriptor.hpp"
#include "catenet/program/notify/thread_files.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::program::notify {

class Switchboard {
 public:
  // `family` tells the processes that may hold descriptors of the host's sockets.
  Switchboard(os::Poller& poller, System& system, Surroundings surroundings,
              std::function<std::vector<pid_t>()> family);
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;
  ~Switchboard();

  void begin();
  // `begun` is told when a call begins to wait and none did.
  void on_wait(std::function<void()> begun) { wait_begun_ = std::move(begun); }
  // Looks at some of the calls that wait, and interrupts them where a signal has come for their
  // threads. False: none waits.
  bool heed_signals();
  void on_call(const TrappedCall& call);
  void on_tick();
  // A tree of processes is gone, and with it perhaps the last that held a socket.
  void on_tree_gone() { look_for_the_abandoned(); }

  os::Poller& poller() { return poller_; }
  System& system() { return system_; }
  // Room for bytes on their way, until the next call of anything.
  MutableBytes scratch() { return scratch_; }
  std::size_t sockets() const { return sockets_.size(); }

  // For the sockets themselves.
  ProgramDescriptor& add(std::unique_ptr<ProgramDescriptor> socket);
  // Tells `socket` whenever the host's socket behind it wakes who waits.
  void follow(ProgramDescriptor& socket);
  // Tells it once, when others have had their turn.
  void come_back_to(ProgramDescriptor& socket);
  // The same, at `when`.
  void come_back_at(ProgramDescriptor& socket, Instant when);
  // Destroys it, not yet.
  void bury(ProgramDescriptor& socket);
  // `socket` was in the table as `before`.
  void has_moved(ProgramDescriptor& socket, u64 before);
  // Ends listeners at `port` that nobody holds any more, as nobody told: somebody connects there.
  void look_at_port(u16 port);
  // Connects the Unix socket `fd` to one of ours, which is the result.
  Result<os::Descriptor> connect_to_us(int fd);
  // Ends the sockets that no process holds any more and whose end the kernel does not tell. False:
  // there were none.
  bool look_for_the_abandoned();
  // Somebody who holds it, though not who last called.
  std::optional<HeldAs> find_holder(const ProgramDescriptor& socket) const;
  // A call begins to wait at `socket`.
  void note_waiting(ProgramDescriptor& socket);
  // Says it in the host's log, but no second time.
  void say_once(const std::string& topic, const std::string& text);

 private:
  void ask_interfaces(const TrappedCall& call, u32 request);
  void dispatch(const TrappedCall& call, ProgramDescriptor& socket);
  void open_socket(const TrappedCall& call);
  void open_stream(const TrappedCall& call, Family family);
  void open_datagram(const TrappedCall& call, Family family, SocketType type);
  void open_netlink(const TrappedCall& call);
  // Answers socket(2) with `fd`, which is the program's end of `socket`.
  void give_socket(const TrappedCall& call, std::unique_ptr<ProgramDescriptor> socket, int fd);
  // What a task may refer to a socket by: it may be gone when the task runs again.
  struct Reference {
    u64 inode = 0;
    u64 serial = 0;
    auto operator<=>(const Reference&) const = default;
  };
  ProgramDescriptor* find(Reference reference);
  Task<void> follow_task(Reference reference);
  Task<void> alarm_task();
  Task<void> burial_task();
  class Search;
  std::vector<ProgramDescriptor*> missing();
  void bury_the_missing();
  bool in_flight();

  os::Poller& poller_;
  System& system_;
  HostFiles host_files_;
  std::function<std::vector<pid_t>()> family_;
  std::map<u64, std::unique_ptr<ProgramDescriptor>> sockets_;
  u64 next_serial_ = 1;
  std::vector<Reference> buried_;
  std::set<std::pair<Instant, Reference>> alarms_;
  WaitQueue alarm_set_;
  ThreadFiles files_;
  std::set<Reference> waited_at_;
  Reference next_look_;
  std::function<void()> wait_begun_;
  std::vector<u8> scratch_ = std::vector<u8>(256 * 1'024);
  std::set<std::string> said_;
  std::set<u64> missing_;  // that nobody held at the last look
  std::size_t look_at_size_ = 256;
  i64 no_search_before_ns_ = 0;
  TaskGroup tasks_;
};

// Whether the peer of a Unix socket that was accepted is this process. The names that the kernel
// picks for those that listen cannot be guessed, but they can be seen.
bool is_ours(int fd);

// A Unix socket of ours that is connected to the listening one `fd`, and does not block. Errors:
// EAGAIN (its queue is full), EMFILE.
Result<os::Descriptor> connect_to(int fd);

}  // namespace catenet::program::notify
