#include "catenet/os/kernel_port.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

#include "catenet/base/endian.hpp"
#include "catenet/os/vnet_header.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet::os {
namespace {

// Frames taken before other descriptors get their turn.
constexpr u32 batch = 64;
// Of a frame with the longest IP packet, and two tags.
constexpr u32 largest_frame = 65'535 + wire::ethernet::header_size + 8;
// A frame no longer than this is copied to a packet of its size.
constexpr u32 small_frame = 1'800;

struct Received {
  ssize_t size = -1;  // of the frame; -1: errno says why
  VnetHeader header;
  u32 tag = 0;  // that the kernel took off, type and tag; 0: none
};

u32 stripped_tag(msghdr& message) {
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_level != SOL_PACKET || at->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata data;
    std::memcpy(&data, CMSG_DATA(at), sizeof data);
    if ((data.tp_status & TP_STATUS_VLAN_VALID) == 0) return 0;
    const bool typed = (data.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    const u32 type = typed ? data.tp_vlan_tpid : static_cast<u16>(wire::EtherType::vlan);
    return type << 16 | data.tp_vlan_tci;
  }
  return 0;
}

Received receive(const KernelWire& wire, u8* into, u32 room) {
  Received got;
  std::array<iovec, 2> parts{{{&got.header, vnet_header_size}, {into, room}}};
  if (wire.kind == WireKind::tap) {
    got.size = ::readv(wire.fd.get(), parts.data(), parts.size());
  } else {
    alignas(cmsghdr) std::array<u8, CMSG_SPACE(sizeof(tpacket_auxdata))> control;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    got.size = ::recvmsg(wire.fd.get(), &message, 0);
    if (got.size >= 0) got.tag = stripped_tag(message);
  }
  if (got.size >= 0) got.size -= std::min<ssize_t>(got.size, vnet_header_size);
  return got;
}

// Where the kernel had taken a tag off, it stands again.
void restore_tag(Packet& frame, u32 tag) {
  constexpr u32 addresses = 2 * MacAddress::byte_size;
  u8* const at = frame.prepend(wire::ethernet::vlan_tag_size);
  std::memmove(at, at + wire::ethernet::vlan_tag_size, addresses);
  store32(at + addresses, tag);
  frame.meta().checksum_start =
      static_cast<u16>(frame.meta().checksum_start + wire::ethernet::vlan_tag_size);
}

}  // namespace

KernelPort::KernelPort(Nic& nic, KernelWire wire, Poller& poller, bool offload)
    : nic_(nic), wire_(std::move(wire)), poller_(poller), offload_(offload) {
  nic_.attach(*this);
  nic_.set_promiscuous(true);
  on_carrier(nic_, nic_.carrier());
  const auto watched = poller_.watch(wire_.fd.get(), Interest::readable, *this);
  CATENET_ASSERT(watched.has_value());
}

KernelPort::~KernelPort() {
  write_merged();
  poller_.forget(wire_.fd.get());
}

void KernelPort::on_carrier(Nic&, bool up) { set_carrier(wire_, up); }

// --- To the kernel ---

void KernelPort::on_frame(Nic&, Packet&& frame) {
  if (offload_ && frame.meta().segment_size == 0) {
    const bool held = merger_.take(frame);
    if (!held) write_merged();
    if (held || merger_.take(frame)) {
      if (merger_.complete()) return write_merged();
      constexpr u64 last = ~u64{0};
      if (!merged_.scheduled()) nic_.engine().schedule_at(nic_.engine().now(), last, merged_);
      return;
    }
  }
  write_merged();
  if (frame.meta().segment_size == 0 || (offload_ && kernel_can_cut(frame))) {
    return write(std::move(frame));
  }
  segment_frame(frame, nic_.pool(), [this](Packet segment) { write(std::move(segment)); });
}

void KernelPort::write(Packet frame) {
  if (!offload_) complete_checksum(frame);
  VnetHeader header = vnet_header_of(frame);
  std::array<iovec, 4> runs{{{&header, vnet_header_size}}};
  int count = 1;
  frame.for_each_run(0, [&](ByteView run) {
    runs[static_cast<std::size_t>(count++)] = {const_cast<u8*>(run.data()), run.size()};
  });
  const int error = write_runs(runs.data(), static_cast<std::size_t>(count));
  if (error != 0) drop_unwritten(std::move(frame), error);
}

void KernelPort::write_merged() {
  if (merger_.empty()) return;
  merged_.cancel();
  const std::vector<iovec>& runs = merger_.gather();
  const int error = write_runs(runs.data(), runs.size());
  if (error != 0) {
    for (Packet& frame : merger_.held()) drop_unwritten(std::move(frame), error);
  }
  merger_.clear();
}

int KernelPort::write_runs(const iovec* runs, std::size_t count) {
  // That the interface was down once is told in place of sending.
  bool was_down = false;
  ssize_t written;
  do {
    written = ::writev(wire_.fd.get(), runs, static_cast<int>(count));
  } while (written < 0 &&
           (errno == EINTR || (errno == ENETDOWN && !std::exchange(was_down, true))));
  return written < 0 ? errno : 0;
}

void KernelPort::drop_unwritten(Packet frame, int error) {
  if (error == EMSGSIZE) return nic_.drop(std::move(frame), Drop::frame_too_long);
  const bool full = (error == EAGAIN || error == ENOBUFS || error == ENOMEM) && has_carrier(wire_);
  nic_.drop(std::move(frame), full ? Drop::queue_full : Drop::interface_down);
}

// --- From the kernel ---

void KernelPort::on_ready(bool, bool) {
  for (u32 i = 0; i < batch && read_one(); ++i) {
  }
}

bool KernelPort::read_one() {
  if (!spare_) spare_ = nic_.pool().allocate(largest_frame);
  u8* const at = spare_.append(largest_frame);
  const Received got = receive(wire_, at, largest_frame);
  spare_.truncate(static_cast<u32>(std::max<ssize_t>(got.size, 0)));
  if (got.size < 0) {
    // ENETDOWN: the far end of a pair was down meanwhile, or the interface is gone.
    if (errno == EINTR || (errno == ENETDOWN && !is_gone(wire_))) return true;
    if (errno != EAGAIN) leave();
    return false;
  }
  Packet frame = got.size <= small_frame ? nic_.pool().copy_of(spare_.linear_bytes())
                                         : std::exchange(spare_, Packet());
  if (spare_) spare_.truncate(0);
  if (!apply_vnet_header(got.header, frame)) {
    nic_.drop(std::move(frame), Drop::bad_transport_header);
    return true;
  }
  if (got.tag != 0 && frame.size() >= wire::ethernet::header_size) restore_tag(frame, got.tag);
  take(std::move(frame));
  return true;
}

void KernelPort::leave() {
  poller_.forget(wire_.fd.get());
  if (const auto tell = std::exchange(gone_, {})) tell();
}

void KernelPort::take(Packet frame) {
  if (frame.meta().segment_size == 0 || offload_) return output(std::move(frame));
  segment_frame(frame, nic_.pool(), [this](Packet segment) { output(std::move(segment)); });
}

void KernelPort::output(Packet frame) {
  if (!offload_) complete_checksum(frame);
  const SegmentCutter wire(frame);
  // A program may give the interface a larger MTU than the link's.
  if (wire.frame_size(0) > longest_frame())
    return nic_.drop(std::move(frame), Drop::frame_too_long);
  nic_.output(std::move(frame));
}

u32 KernelPort::longest_frame() const {
  return nic_.mtu() + wire::ethernet::header_size + wire::ethernet::vlan_tag_size;
}

}  // namespace catenet::os
