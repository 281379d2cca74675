#include "catenet/tcp/segment_writer.hpp"

#include "catenet/tcp/reset.hpp"
#include "catenet/wire/checksum.hpp"

namespace catenet::tcp {

Packet write_segment(Environment& env, const Endpoint& local, const Endpoint& remote,
                     wire::TcpHeader header) {
  const u32 size = header.size();
  header.source_port = local.port;
  header.destination_port = remote.port;
  header.checksum =
      wire::pseudo_header(local.address, remote.address, wire::IpProtocol::tcp, size).folded();
  Packet packet = env.pool.allocate(size);
  header.emit({packet.append(size), size});
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_offset = wire::TcpHeader::checksum_offset;
  ++env.counters.out_segs;
  if (header.flags.rst()) ++env.counters.out_rsts;
  return packet;
}

Packet reset_for(Environment& env, const Endpoint& local, const Endpoint& remote,
                 const wire::TcpHeader& seg, u32 payload_bytes) {
  if (seg.flags.rst()) return {};
  wire::TcpHeader header;
  header.flags = wire::TcpFlag::rst;
  if (seg.flags.ack()) {
    header.seq = seg.ack;
  } else {
    header.flags |= wire::TcpFlag::ack;
    header.ack = seg.seq + payload_bytes + (seg.flags.syn() ? 1 : 0) + (seg.flags.fin() ? 1 : 0);
  }
  return write_segment(env, local, remote, header);
}

}  // namespace catenet::tcp
