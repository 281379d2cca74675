// LiveLine: a running lab's end of a connection to one of its user's programs. It never waits: what
// the other end does not take yet is kept.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "catenet/lab/live_request.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/program/lab_socket.hpp"

namespace catenet::lab {

class LiveLine final : public os::FdHandler {
 public:
  struct Listener {
    virtual void on_message(program::LabMessage message) = 0;
    // The other end is gone. Once.
    virtual void on_gone() = 0;

   protected:
    ~Listener() = default;
  };

  // Both outlive it.
  LiveLine(os::Poller& poller, os::Descriptor socket, Listener& listener)
      : poller_(poller), socket_(std::move(socket)), listener_(listener) {}
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;
  ~LiveLine() { close(); }

  // Errors: ENOSPC, ENOMEM.
  Result<void> begin() { return poller_.watch(socket_.get(), os::Interest::readable, *this); }
  void send(const LiveReply& reply);
  // The last one; the line is closed when it is sent.
  void send_last(const LiveReply& reply);
  // What is kept for the other end, in bytes.
  std::size_t waiting() const { return waiting_bytes_; }
  bool is_open() const { return static_cast<bool>(socket_); }
  void close();
  // Nothing is told or sent any more, but the other end does not see it closed.
  os::Descriptor release();

  void on_ready(bool readable, bool writable) override;

 private:
  // False: the other end takes no more now, or is gone.
  bool send_now(std::string_view text);
  void send_waiting();
  void read();
  void lose();

  os::Poller& poller_;
  os::Descriptor socket_;
  Listener& listener_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool last_ = false;
};

}  // namespace catenet::lab
