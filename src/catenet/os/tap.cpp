#include "catenet/os/tap.hpp"

#include <array>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet::os {
namespace {

// Frames taken before other descriptors get their turn.
constexpr u32 batch = 64;

Unexpected last_error() { return Unexpected(static_cast<Errno>(errno)); }

ifreq request_for(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

Result<u32> index_of(const std::string& name) {
  const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(name);
  if (!any || ::ioctl(any.get(), SIOCGIFINDEX, &request) != 0) return last_error();
  return static_cast<u32>(request.ifr_ifindex);
}

}  // namespace

Result<Tap> open_tap(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) return Unexpected(Errno::invalid);
  Tap tap;
  tap.fd = Descriptor(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!tap.fd) return last_error();
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(tap.fd.get(), TUNSETIFF, &request) != 0) return last_error();
  const auto index = index_of(name);
  if (!index) return Unexpected(index.error());
  tap.index = *index;
  return tap;
}

TapPort::TapPort(Nic& nic, Descriptor tap, Poller& poller)
    : nic_(nic), tap_(std::move(tap)), poller_(poller) {
  nic_.attach(*this);
  nic_.set_promiscuous(true);
  on_carrier(nic_, nic_.carrier());
  const auto watched = poller_.watch(tap_.get(), Interest::readable, *this);
  CATENET_ASSERT(watched.has_value());
}

TapPort::~TapPort() { poller_.forget(tap_.get()); }

void TapPort::on_carrier(Nic&, bool up) {
  // Linux before 5.0 cannot; then the kernel's end does not notice.
  int carrier = up ? 1 : 0;
  static_cast<void>(::ioctl(tap_.get(), TUNSETCARRIER, &carrier));
}

void TapPort::on_frame(Nic&, Packet frame) {
  if (frame.meta().segment_size == 0) return write(std::move(frame));
  segment_frame(frame, nic_.pool(), [this](Packet segment) { write(std::move(segment)); });
}

void TapPort::write(Packet frame) {
  complete_checksum(frame);
  std::array<iovec, 3> runs{};
  int count = 0;
  frame.for_each_run(0, [&](ByteView run) {
    runs[static_cast<std::size_t>(count++)] = {const_cast<u8*>(run.data()), run.size()};
  });
  ssize_t written;
  do {
    written = ::writev(tap_.get(), runs.data(), count);
  } while (written < 0 && errno == EINTR);
  if (written >= 0) return;
  const bool full = errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
  nic_.drop(std::move(frame), full ? Drop::queue_full : Drop::interface_down);
}

void TapPort::on_ready(bool, bool) {
  for (u32 i = 0; i < batch && read_one(); ++i) {
  }
}

bool TapPort::read_one() {
  const u32 longest = nic_.mtu() + wire::ethernet::header_size + wire::ethernet::vlan_tag_size;
  // One byte more shows a frame that is too long; of such the kernel gives the beginning.
  Packet frame = nic_.pool().allocate(longest + 1);
  u8* const at = frame.append(longest + 1);
  const ssize_t size = ::read(tap_.get(), at, longest + 1);
  if (size < 0) {
    // The interface is gone: its namespace took it away.
    if (errno != EAGAIN && errno != EINTR) poller_.forget(tap_.get());
    return errno == EINTR;
  }
  // A program may give the interface a larger MTU than the link's.
  if (static_cast<u64>(size) > longest) {
    nic_.drop(std::move(frame), Drop::frame_too_long);
    return true;
  }
  frame.truncate(static_cast<u32>(size));
  nic_.output(std::move(frame));
  return true;
}

}  // namespace catenet::os
