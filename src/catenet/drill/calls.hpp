// Calls: the system calls of a script on the host's sockets. A call is prepared, then attempted: at
// once, and, where it blocks, at each wake of its socket.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catenet/drill/conversation.hpp"
#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"
#include "catenet/drill/stage.hpp"

namespace catenet::drill {

// What came of a call.
struct Outcome {
  i64 value = 0;
  Errno error = Errno::ok;           // with -1
  std::vector<std::string> wrong{};  // what it stored and the script expected otherwise

  static Outcome failure(Errno error) { return {-1, error, {}}; }
};

// Nothing: it would block.
using Attempt = std::function<std::optional<Outcome>()>;

struct Prepared {
  Attempt attempt;
  Socket* socket = nullptr;  // whose wakes to wait for
  Duration patience = Duration::infinite();
  i64 value_then = 0;  // what it gives when patience is at an end
};

class CallArguments;

class Calls {
 public:
  using Result = std::expected<Prepared, Problem>;

  Calls(Stage& stage, const Scene& setup, Conversation& conversation)
      : stage_(stage), setup_(setup), conversation_(conversation) {}

  // Names what is not supported of `call` before anything runs.
  static void check(const CallEvent& call, Problems& problems);
  // The problem: an argument that makes no sense.
  Result prepare(const CallEvent& call);

  // The socket that code asks about: the last that connected, was accepted or, else, was opened.
  // nullptr: there is none.
  const Socket* under_test() const;

 private:
  struct Descriptor {
    std::unique_ptr<Socket> socket{};
    SocketType type = SocketType::stream;
    Family family = Family::ipv4;
    bool nonblocking = false;
    bool close_on_exec = false;
    bool listens = false;
    u32 written = 0;  // bytes of the stream's pattern
    u32 read = 0;
  };
  using Method = Result (Calls::*)(CallArguments&);
  struct Row {
    std::string_view name;
    u32 least;
    u32 most;
    Method method;
  };
  static std::span<const Row> rows();
  static const Row* row(std::string_view name);

  // calls.cpp
  Descriptor* descriptor(i64 number);
  i64 adopt(Descriptor descriptor, const Expression& wanted);
  static Prepared done(i64 value) {
    return {[value] { return Outcome{value, Errno::ok, {}}; }};
  }
  static Prepared failed(Errno error) {
    return {[error] { return Outcome::failure(error); }};
  }
  // `result` without a value as 0 or -1.
  static Prepared settled(const catenet::Result<void>& result) {
    return result ? done(0) : failed(result.error());
  }
  // calls_open.cpp
  Result socket(CallArguments& in);
  Result bind(CallArguments& in);
  Result listen(CallArguments& in);
  Result accept(CallArguments& in);
  Result connect(CallArguments& in);
  Result shutdown(CallArguments& in);
  Result close(CallArguments& in);
  Result fcntl(CallArguments& in);
  Result ioctl(CallArguments& in);
  // calls_data.cpp
  Result read(CallArguments& in);
  Result readv(CallArguments& in);
  Result recv(CallArguments& in);
  Result recvfrom(CallArguments& in);
  Result recvmsg(CallArguments& in);
  Result write(CallArguments& in);
  Result writev(CallArguments& in);
  Result send(CallArguments& in);
  Result sendto(CallArguments& in);
  Result sendmsg(CallArguments& in);
  Result receive_bytes(CallArguments& in, u64 size, i64 flags);
  Result send_bytes(CallArguments& in, u64 size, i64 flags, std::optional<Endpoint> remote);
  Outcome received(Descriptor& by, ReceiveFlags how, ByteView bytes);
  Attempt fast_open_send(Descriptor& to, u64 size, bool wait, const Endpoint& remote);
  Attempt stream_send(Descriptor& to, u64 size, bool wait, bool out_of_band);
  // calls_options.cpp
  Result getsockopt(CallArguments& in);
  Result setsockopt(CallArguments& in);
  // calls_poll.cpp
  Result poll(CallArguments& in);

  Stage& stage_;
  const Scene& setup_;
  Conversation& conversation_;
  std::map<i64, Descriptor> descriptors_;
  i64 under_test_ = -1;
};

// The arguments of one call, as its method reads them. The first thing that makes no sense is kept.
class CallArguments {
 public:
  explicit CallArguments(const CallEvent& call) : call_(call) {}

  const CallEvent& call() const { return call_; }
  std::size_t size() const { return call_.arguments.size(); }
  const Expression& at(std::size_t i) const { return call_.arguments[i]; }
  bool is_open(std::size_t i) const { return at(i).kind == Expression::Kind::ellipsis; }
  // 0 where it is none.
  i64 number(std::size_t i) { return number(at(i)); }
  i64 number(const Expression& expression);
  // A length or count.
  u64 size_of(std::size_t i);
  // {sa_family = …}, or `instead` for "...".
  Endpoint address(std::size_t i, const Endpoint& instead);
  // The bytes of [{..., 100}, {..., 200}].
  u64 vector_size(const Expression& list);
  // The number in "[5]", or alone; nothing for "...".
  std::optional<i64> stored(const Expression& expression);

  void complain(const Expression& at, std::string message, std::string hint = {});
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  const CallEvent& call_;
  std::optional<Problem> problem_;
};

// Why the flags of a call that sends or receives make no sense here.
std::optional<Problem> flags_problem(const CallEvent& call);
// Why a call on an option makes no sense here: the level and name are not known.
std::optional<Problem> option_problem(const CallEvent& call);

}  // namespace catenet::drill
