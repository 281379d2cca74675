// LiveLab: a lab that is up. Its user's other programs ask things of it over its socket, several at
// once, and it carries them out between two events. docs/live.md says what and how.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catenet/lab/live_work.hpp"
#include "catenet/lab/real_nodes.hpp"
#include "catenet/program/lab_socket.hpp"

namespace catenet::lab {

struct LiveOptions {
  // Called once, at 0 s, when addresses are usable and services run.
  std::function<void()> stands;
  // Asked now and then, whether the lab is to end.
  std::function<bool()> ended;
  // What is wrong with a pcap filter, or nothing; and a judge of frames.
  std::function<std::optional<std::string>(const std::string& filter)> check_filter;
  std::function<CaptureRecorder::Filter(const std::string& filter)> compile_filter;
  CaptureSection section;  // of captures
};

class LiveLab {
 public:
  LiveLab(program::LabSocket socket, LiveOptions options);
  LiveLab(const LiveLab&) = delete;
  LiveLab& operator=(const LiveLab&) = delete;
  // Whoever asked for the lab's end sees it now.
  ~LiveLab();
  // What came of the lab, for them: an exit code, and a sentence unless all held. Once, after
  // end().
  void tell_verdict(int exit, const std::string& sentence);

  // Sees everything that the network's recorder is told.
  Recorder& recorder() { return recorders_; }
  // Listens from now on, until end(). An error: no more can be watched.
  Result<void> begin(Runner& runner, RealNodes& nodes);
  // Between events.
  void settle();
  // Somebody wants the lab's end.
  bool is_over() const { return over_; }
  // What its users did to it, one line each, for the notes of the report.
  std::vector<std::string> take_notes();
  // Nothing is carried out any more. Before what begin() was given goes.
  void end();

 private:
  class Door;
  class Session;

  void open(os::Descriptor socket);
  void on_tick();
  void note(const LiveRequest& request);
  std::vector<LiveRow> rows() const;
  void add_processes(NodeIndex index, std::vector<LiveRow>& rows) const;

  // The lab, while it is up.
  struct Up {
    Runner& runner;
    RealNodes& nodes;
    const Plan& plan;
    Network& network;
  };

  LiveOptions options_;
  TeeRecorder recorders_;
  std::optional<Up> up_;
  std::vector<std::string> notes_;
  u64 unnoted_ = 0;
  i64 zero_ms_ = 0;  // the lab's 0 s, since the machine's start
  bool over_ = false;
  std::vector<os::Descriptor> wait_for_end_;
  std::optional<program::LabSocket> socket_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<program::Timer> ticks_;
  std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace catenet::lab
