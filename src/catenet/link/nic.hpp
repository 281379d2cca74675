// Nic: a port of a node. Upward it hands frames to the node's handler, downward to whatever carries
// them: one direction of a Link, a TAP. Captures listen here.
#pragma once

#include <string>

#include "catenet/engine/engine.hpp"
#include "catenet/engine/origin.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/trace/counters.hpp"
#include "catenet/trace/recorder.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

class Nic;

// What a node does with frames and carrier changes: a host's stack, a switch.
class FrameHandler {
 public:
  // `frame` begins at the Ethernet header; its FCS was right and is gone.
  virtual void on_frame(Nic& nic, Packet&& frame) = 0;
  virtual void on_carrier(Nic& nic, bool up) = 0;

 protected:
  ~FrameHandler() = default;
};

// What takes frames off a port.
class Transmitter {
 public:
  virtual void transmit(Packet&& frame) = 0;
  // Whether super-segments and deferred checksums may be handed down as they are.
  virtual bool takes_super_segments() const { return false; }
  virtual bool takes_deferred_checksums() const { return false; }
  // Adds what it dropped of the frames it took, by reason.
  virtual void add_own_drops(DropCounters&) const {}

 protected:
  ~Transmitter() = default;
};

// Wire frames, as every counter of frames: a super-segment counts as the segments it stands for.
struct NicCounters {
  u64 sent_frames = 0;
  u64 sent_bytes = 0;
  u64 received_frames = 0;
  u64 received_bytes = 0;
  u64 bad_fcs = 0;     // frames that the link ended here because of bit errors; not among `drops`
  DropCounters drops;  // by this port and the node behind it
};

class Nic {
 public:
  // `name` as captures print it, "alice:eth0"; `mtu` in payload bytes (68 to 65,535). `node` stamps
  // frame ids.
  Nic(std::string name, MacAddress mac, u32 mtu, Engine& engine, PacketPool& pool, Origin& node);
  Nic(const Nic&) = delete;
  Nic& operator=(const Nic&) = delete;

  const std::string& name() const { return name_; }
  MacAddress mac() const { return mac_; }
  u32 mtu() const { return mtu_; }
  void set_mtu(u32 mtu) { mtu_ = mtu; }
  Engine& engine() { return engine_; }
  PacketPool& pool() { return pool_; }
  Origin& node() { return node_; }

  void attach(FrameHandler& handler) { handler_ = &handler; }
  // nullptr unplugs.
  void connect(Transmitter* transmitter) { transmitter_ = transmitter; }
  Transmitter* transmitter() const { return transmitter_; }
  // Set by what is plugged in; tells the handler when it changes.
  bool carrier() const { return carrier_; }
  void set_carrier(bool up);

  // Frames to addresses that are not ours are dropped unless the port is promiscuous (a switch's
  // ports are).
  void set_promiscuous(bool on) { promiscuous_ = on; }
  bool promiscuous() const { return promiscuous_; }

  void set_recorder(Recorder* recorder, PortId port) {
    recorder_ = recorder;
    port_ = port;
  }
  Recorder* recorder() const { return recorder_; }
  PortId port() const { return port_; }

  // Down: gives a frame without an id its id, counts it, shows it to the recorder, hands it to the
  // transmitter. A port without transmitter or carrier drops it: no_peer, link_down.
  void output(Packet&& frame);
  // Up: what the link delivers.
  void input(Packet&& frame);
  // Ends a frame here for `reason`: counted, recorded, folded into the node's history. `consumed`
  // is how many bytes of the frame's front its owner has taken off, so that the recorder sees it
  // whole. A frame without an id is given one.
  [[gnu::cold]] void drop(Packet frame, Drop reason, u32 consumed = 0);
  // The same for a frame that was to leave here and did not, wherever it came from.
  [[gnu::cold]] void drop_unsent(Packet frame, Drop reason);

  const NicCounters& counters() const { return counters_; }
  NicCounters& counters() { return counters_; }
  // All that recorders are told of as dropped at this port: what the node refused, what its
  // transmitter lost, what came with a wrong FCS.
  DropCounters dropped() const;

 private:
  void give_id(PacketMeta& meta);

  std::string name_;
  MacAddress mac_;
  u32 mtu_;
  bool carrier_ = false;
  bool promiscuous_ = false;
  Engine& engine_;
  PacketPool& pool_;
  Origin& node_;
  FrameHandler* handler_ = nullptr;
  Transmitter* transmitter_ = nullptr;
  Recorder* recorder_ = nullptr;
  PortId port_ = 0;
  u32 passages_ = 0;  // frames that came and went
  NicCounters counters_;
};

}  // namespace catenet
