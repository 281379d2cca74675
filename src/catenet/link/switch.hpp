// Switch: a learning bridge. Forwards a frame to the port where its destination was last heard,
// floods what it does not know and what is for many. Read IEEE 802.1Q clauses 8.6 to 8.8. It takes
// no part in a spanning tree: keep loops out.
#pragma once

#include <vector>

#include "catenet/link/mac_table.hpp"
#include "catenet/link/multiport.hpp"

namespace catenet {

struct SwitchOptions {
  u32 table_limit = 8'192;                   // stations, static ones included
  Duration ageing = Duration::seconds(300);  // IEEE 802.1Q table 8-6
};

class Switch final : public Multiport {
 public:
  Switch(Engine& engine, PacketPool& pool, Origin& node, const SwitchOptions& options = {});

  // A station that stays at `port` whatever is heard; false when the table is full of such.
  bool add_static(MacAddress mac, u32 port);
  bool remove_static(MacAddress mac);
  void set_ageing(Duration ageing) { table_.set_ageing(ageing); }
  // Forgets all that was learnt.
  void flush() { table_.flush(); }
  // What it knows now, by address.
  std::vector<MacTable::Entry> stations() const { return table_.snapshot(now()); }
  const MacTable& table() const { return table_; }

  // Frames sent on to one known port, and frames for all others.
  u64 forwarded() const { return forwarded_; }
  u64 flooded() const { return flooded_; }

 private:
  void on_frame(u32 ingress, Packet&& frame) override;
  void on_carrier(u32 port, bool up) override;

  MacTable table_;
  u64 forwarded_ = 0;
  u64 flooded_ = 0;
};

}  // namespace catenet
