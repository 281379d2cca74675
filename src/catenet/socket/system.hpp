// System: what a service or tool is written against. One code, two networks: a lab host, or the
// machine itself (os/).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/coro/scheduler.hpp"
#include "catenet/coro/task.hpp"
#include "catenet/engine/random.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet {

class Configuration;

// Files as a host sees them: a lab host's live in memory unless it was given a folder.
class Files {
 public:
  enum class Kind : u8 { file, directory };
  struct Status {
    Kind kind = Kind::file;
    u64 size = 0;        // bytes
    i64 modified_s = 0;  // seconds since 1970
    u64 version = 0;     // hangs on the content alone; 0: not known
  };

  virtual ~Files() = default;
  // ENOENT, EACCES. Paths are absolute, "/" separated; ".." never leaves the root.
  virtual Result<Status> status(const std::string& path) = 0;
  // Up to into.size() bytes from `offset`; 0 at the end. EISDIR.
  virtual Result<u32> read(const std::string& path, u64 offset, MutableBytes into) = 0;
  // Creates or replaces the whole. ENOENT for a missing folder, EISDIR, EACCES.
  virtual Result<void> write(const std::string& path, ByteView bytes) = 0;
  // Adds to the end, creating the file where there is none.
  virtual Result<void> append(const std::string& path, ByteView bytes) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // Names in byte order. ENOTDIR.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
};

class System {
 public:
  virtual ~System() = default;

  virtual const std::string& host_name() const = 0;
  virtual Scheduler& scheduler() = 0;
  // So that the frames of tasks that take a System& come from a pool.
  FramePool& frame_pool() { return scheduler().frame_pool(); }
  virtual Instant now() const = 0;
  // Seconds since 1970 at this instant: what HTTP's Date says. A lab's 0 s is 2000-01-01 00:00:00
  // UTC.
  virtual i64 calendar_s() const = 0;
  // The same in milliseconds.
  virtual i64 calendar_ms() const {
    return calendar_s() * 1'000 + now().since_start().ms() % 1'000;
  }
  virtual RandomStream& random() = 0;

  // EAFNOSUPPORT, EPROTONOSUPPORT; EPERM where raw sockets need a right that is missing. `protocol`
  // is for raw sockets. A datagram socket with ICMP or ICMPv6 sends and receives echoes alone, for
  // whoever has no right to raw ones: their identifier is the system's, and no IP header comes with
  // them. EPROTONOSUPPORT, EACCES where there is none.
  virtual Result<std::unique_ptr<Socket>> open(Family family, SocketType type, u8 protocol = 0) = 0;
  // A literal (inet_aton's shorthand too: "10.1"), a name of the host table, or what DNS says; in
  // RFC 6724 order, of `family` alone if given. ENOENT.
  virtual Task<Result<std::vector<IpAddress>>> resolve(std::string name,
                                                       std::optional<Family> family) = 0;
  // The name for an address from the host table; the address itself where there is none.
  virtual std::string name_of(const IpAddress& address) = 0;
  virtual Files& files() = 0;
  // Interfaces and neighbours.
  virtual Configuration& configuration() = 0;
  // A line in the host's log.
  virtual void log(std::string_view topic, std::string_view text) = 0;
};

// Where a tool's output goes.
class Output {
 public:
  virtual ~Output() = default;
  virtual void write(std::string_view text) = 0;
};

// One run of a tool: its arguments (arguments[0] is its name) and where it prints. Its result is
// the exit code.
struct Invocation {
  System& system;
  std::vector<std::string> arguments;
  Output& out;
  Output& error;

  FramePool& frame_pool() { return system.frame_pool(); }
};

}  // namespace catenet
