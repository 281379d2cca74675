// What one packet costs in each room on its path, in nanoseconds: one thread, warm. `rooms`.
#include "catenet/base/text.hpp"

#include "rooms/cost.hpp"

int main() {
  std::string rooms;
  for (const auto& measure : {bench::ground, bench::network, bench::transport}) {
    for (const bench::Cost& cost : measure()) {
      catenet::append_format(rooms, "{}{{\"room\": \"{}\", \"what\": \"{}\", \"ns\": {:.1f}}}",
                             rooms.empty() ? "" : ", ", cost.room, cost.what, cost.ns);
    }
  }
  fmt::print("{{\"name\": \"rooms\", \"rooms\": [{}]}}\n", rooms);
}
