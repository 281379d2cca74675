#include "catenet/trace/load_recorder.hpp"

#include "catenet/trace/offload.hpp"

namespace catenet {

void LoadRecorder::set_network(Instant start, std::vector<PortId> peers) {
  start_ = start;
  ports_.resize(peers.size());
  peers_ = std::move(peers);
}

void LoadRecorder::on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                            std::optional<Drop> reason) {
  const bool lost = event == FrameEvent::dropped && reason && *reason <= Drop::no_peer;
  if (event != FrameEvent::sent && !lost) return;
  // Bit errors show where the frame arrives; the link that made them is the sender's.
  LoadColumns* columns = columns_of(lost && *reason == Drop::bad_fcs ? peers_[port] : port);
  if (!columns) return;
  const WireSize size = wire_size(frame);
  const std::size_t column = column_at(now);
  if (lost) {
    columns->lost[column] += size.frames;
  } else {
    columns->bytes[column] += size.bytes;
  }
}

LoadColumns* LoadRecorder::columns_of(PortId port) {
  std::unique_ptr<LoadColumns>& columns = ports_[port];
  if (!columns && kept_ < most_ports) {
    columns = std::make_unique<LoadColumns>();
    ++kept_;
  }
  return columns.get();
}

std::size_t LoadRecorder::column_at(Instant now) {
  while ((now - start_) / width_ >= static_cast<i64>(LoadColumns::count)) widen();
  return static_cast<std::size_t>(std::max(i64{0}, (now - start_) / width_));
}

void LoadRecorder::widen() {
  width_ = width_ * 2;
  const auto fold = [](std::array<u64, LoadColumns::count>& values) {
    for (std::size_t i = 0; i < values.size() / 2; ++i)
      values[i] = values[2 * i] + values[2 * i + 1];
    for (std::size_t i = values.size() / 2; i < values.size(); ++i) values[i] = 0;
  };
  for (const auto& columns : ports_) {
    if (!columns) continue;
    fold(columns->bytes);
    fold(columns->lost);
  }
}

}  // namespace catenet
