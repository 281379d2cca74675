#include "catenet/lab/capture_ports.hpp"
#include "catenet/lab/live_work.hpp"

namespace catenet::lab {
namespace {

class LiveCapture final : public LiveWork, private ByteSink {
 public:
  LiveCapture(TeeRecorder& recorders, LiveLine& line, const CaptureSection& section)
      : recorders_(recorders), line_(line), recorder_(*this, section) {
    recorders_.add(recorder_);
  }
  ~LiveCapture() override {
    recorders_.remove(recorder_);
    over_ = true;
  }

  CaptureRecorder& recorder() { return recorder_; }

  void on_word(const LiveWord& word) override {
    if (word.end) finish();
  }
  void on_gone() override { over_ = true; }
  void settle(Instant now) override {
    now_ = now;
    if (over_) return;
    recorder_.flush();
    send();
  }
  bool is_over() const override { return over_; }

 private:
  // One block of the file. A reader that is too slow loses whole ones.
  void write(ByteView bytes) override {
    constexpr std::size_t most_waiting = 16 << 20;
    if (over_) return;
    if (line_.waiting() > most_waiting) {
      ++lost_;
      return;
    }
    blocks_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    constexpr std::size_t part = 64 << 10;  // of one message
    if (blocks_.size() >= part) send();
  }
  void send() {
    if (blocks_.empty()) return;
    line_.send({.stream = 1, .bytes = std::exchange(blocks_, {})});
  }
  void finish() {
    if (over_) return;
    recorder_.finish(now_);
    send();
    over_ = true;
    line_.send_last({.done = true, .lost = lost_});
  }

  TeeRecorder& recorders_;
  LiveLine& line_;
  std::string blocks_;
  u64 lost_ = 0;
  bool over_ = false;
  Instant now_;
  CaptureRecorder recorder_;  // last: it writes when it goes
};

}  // namespace

std::unique_ptr<LiveWork> start_live_capture(const Plan& plan, const Network& network,
                                             TeeRecorder& recorders, LiveLine& line,
                                             std::span<const PlanEnd> ports,
                                             CaptureRecorder::Filter filter,
                                             const CaptureSection& section) {
  auto work = std::make_unique<LiveCapture>(recorders, line, section);
  for (PortId id = 0; id < network.ports().size(); ++id) {
    const bool wanted = std::ranges::find(ports, network.ports()[id]) != ports.end();
    if (wanted) add_port(plan, network, id, work->recorder());
  }
  add_names(plan, work->recorder());
  if (filter) work->recorder().set_filter(std::move(filter));
  return work;
}

}  // namespace catenet::lab
