// Prr: how much may be sent in fast recovery, so that the flight meets ssthresh at its end. Read
// RFC 9937 (which replaces RFC 6937).
#pragma once

#include <algorithm>

#include "catenet/base/types.hpp"

namespace catenet::tcp {

class Prr {
 public:
  // Recovery begins with `recover_fs` bytes in flight.
  void begin(u32 ssthresh, i64 recover_fs) {
    ssthresh_ = ssthresh;
    recover_fs_ = std::max<i64>(recover_fs, 1);
    delivered_ = out_ = 0;
  }
  // An ACK delivered `bytes`; `safe`: it moved SND.UNA and showed no further loss. Also without an
  // ACK, `bytes` 0, where losses were found by time.
  void on_ack(i64 bytes, i64 pipe, bool safe, u32 smss) {
    delivered_ += bytes;
    i64 count = 0;
    if (pipe > ssthresh_) {
      count = (delivered_ * ssthresh_ + recover_fs_ - 1) / recover_fs_ - out_;
    } else {
      count = std::max(delivered_ - out_, bytes);  // PRR-CRB
      if (safe) count += smss;                     // PRR-SSRB
      count = std::min(i64{ssthresh_} - pipe, count);
    }
    count = std::max<i64>(count, 0);
    if (out_ == 0) count = std::max<i64>(count, smss);  // the fast retransmit
    window_ = static_cast<u32>(std::clamp<i64>(pipe + count, 0, 1 << 30));
  }
  void on_sent(u32 bytes) { out_ += bytes; }
  // cwnd until the next ACK.
  u32 window() const { return window_; }
  i64 out() const { return out_; }

 private:
  i64 recover_fs_ = 1;
  i64 delivered_ = 0;
  i64 out_ = 0;
  u32 ssthresh_ = 0;
  u32 window_ = 0;
};

}  // namespace catenet::tcp
