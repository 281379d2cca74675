// Conversations over TCP between the kernel and Catenet, whichever has the first word.
#pragma once

#include "kernel_link_test.hpp"

namespace catenet::interop {

class TcpTalk : public KernelLink {
 protected:
  // `first` connected, `second` was connected to.
  struct Pair {
    SocketPtr first, second;
  };

  static Errno connect_error(const Result<void>& result) {
    return result || result.error() == Errno::in_progress ? Errno::ok : result.error();
  }
  SocketPtr listener(bool kernel, Family family, u16 number) {
    SocketPtr made = open(kernel, family, SocketType::stream);
    EXPECT_TRUE(made->set_option(SocketOption::reuse_address, 1));
    EXPECT_TRUE(made->bind({address(kernel, family), number}));
    EXPECT_TRUE(made->listen(8));
    return made;
  }
  // How the connection of `socket` that is being opened ended.
  Errno outcome(Socket& socket) {
    const bool ended = until([&] {
      const Readiness ready = socket.readiness();
      return ready.writable || ready.error || ready.hang_up;
    });
    return ended ? socket.take_error() : Errno::timed_out;
  }
  SocketPtr accepted(Socket& listening) {
    SocketPtr peer;
    until([&] {
      if (auto made = listening.accept()) peer = *std::move(made);
      return peer != nullptr;
    });
    return peer;
  }
  Pair connect(Roles roles, u16 from = 0, u16 to = 45'001) {
    const SocketPtr listening = listener(!roles.kernel_first, roles.family, to);
    return connect_to(*listening, roles, from, to);
  }
  Pair connect_to(Socket& listening, Roles roles, u16 from, u16 to) {
    Pair pair;
    pair.first = open(roles.kernel_first, roles.family, SocketType::stream);
    if (from != 0) {
      EXPECT_TRUE(pair.first->set_option(SocketOption::reuse_address, 1));
      EXPECT_TRUE(pair.first->bind({address(roles.kernel_first, roles.family), from}));
    }
    EXPECT_EQ(connect_error(pair.first->connect({address(!roles.kernel_first, roles.family), to})),
              Errno::ok);
    EXPECT_EQ(outcome(*pair.first), Errno::ok);
    pair.second = accepted(listening);
    EXPECT_NE(pair.second, nullptr);
    return pair;
  }

  // All of `text`, as fast as the socket takes it, while `reader` keeps what comes.
  std::string transfer(Socket& writer, Socket& reader, std::string_view text) {
    std::string got;
    std::size_t sent = 0;
    until([&] {
      sent += write_some(writer, text.substr(sent));
      got += read_now(reader);
      return got.size() >= text.size();
    });
    return got;
  }
  static std::size_t write_some(Socket& socket, std::string_view text) {
    if (text.empty()) return 0;
    const auto n = socket.send(as_bytes(text));
    return n ? *n : 0;
  }
  // What is there.
  static std::string read_now(Socket& socket) {
    std::string got;
    std::vector<u8> buffer(65'536);
    while (const auto n = socket.receive(buffer)) {
      if (*n == 0) break;
      got += as_text(ByteView(buffer).first(*n));
    }
    return got;
  }
  // "": the end of the stream; the name of an error; what was still to be read.
  std::string ending(Socket& socket) {
    std::string word = "nothing";
    std::vector<u8> buffer(65'536);
    until([&] {
      const auto n = socket.receive(buffer);
      if (!n && n.error() == Errno::again) return false;
      word =
          n ? std::string(as_text(ByteView(buffer).first(*n))) : std::string(errno_name(n.error()));
      return true;
    });
    return word;
  }
  // Until Catenet holds no connection but those in TIME-WAIT.
  bool ours_is_over() {
    return until([&] { return host.tcp().connections().empty(); });
  }
  std::string kernel_states(u16 number) {
    return run(fmt::format("cat /proc/net/tcp /proc/net/tcp6 | awk '$2 ~ /:{0:04X}$/ || "
                           "$3 ~ /:{0:04X}$/ {{print $4}}' | sort | tr '\\n' ' '",
                           number))
        .output;
  }
  // Fills `writer` until `reader` ("ours", "kernel") has closed its window and no more is taken for
  // 200 ms; the bytes that were taken.
  std::size_t fill(Socket& writer, std::string_view reader) {
    const std::string block(32'768, 'z');
    std::size_t taken = 0;
    Instant last = clock->now();
    until([&] {
      if (const std::size_t n = write_some(writer, block); n > 0) {
        taken += n;
        last = clock->now();
      }
      return clock->now() - last > Duration::milliseconds(200) && lines.count(reader, "win 0,") > 0;
    });
    return taken;
  }
  void set_delay(Duration delay) {
    Impairment slow;
    slow.delay = delay;
    ASSERT_TRUE(link.set_both(slow).has_value());
  }
  // Segments that carry `flags`, as dissect_line spells them, at Catenet's port from either side.
  std::size_t flags(std::string_view flags) const {
    return lines.count("ours", fmt::format("Flags [{}]", flags)) +
           lines.count("kernel", fmt::format("Flags [{}]", flags));
  }
  std::size_t resets() const { return flags("R") + flags("R."); }
};

class TcpTalkEach : public TcpTalk, public testing::WithParamInterface<Roles> {};

}  // namespace catenet::interop
