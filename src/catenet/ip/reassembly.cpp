#include "catenet/ip/reassembly.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/ip/reassembly_state.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {
namespace {

// Spare machines kept for the next datagrams, so that the steady state allocates nothing.
constexpr std::size_t max_spares = 64;
constexpr std::size_t max_spare_pieces = 64;

constexpr u8 ecn_bit(wire::Ecn ecn) { return static_cast<u8>(1u << static_cast<u8>(ecn)); }

u64 hash_of(const FragmentInfo& info, u64 key) {
  const u64 protocol = info.source.is_v6() ? 0 : info.protocol;
  const u64 rest = u64{info.identification} << 8 | protocol;
  return mix64(mix64(mix64(info.source.hash() ^ key) + info.destination.hash()) ^ rest);
}

}  // namespace

Reassembler::Reassembler(const Limits& limits, u64 key) : limits_(limits), key_(key) {}

Reassembler::~Reassembler() { clear(); }

ReassemblyResult Reassembler::refuse(Packet packet, Drop reason) {
  Result result;
  result.outcome = Result::Outcome::dropped;
  result.reason = reason;
  result.packet = std::move(packet);
  return result;
}

ReassemblyResult Reassembler::add(Instant now, Packet packet, const FragmentInfo& info) {
  if (info.source.is_v6() && info.offset == 0 && !info.more) {
    // RFC 6946 4: an atomic fragment has nothing to do with any other.
    strip_fragment_header(packet, info);
    Result result;
    result.outcome = Result::Outcome::complete;
    result.fragments = 1;
    result.packet = std::move(packet);
    return result;
  }
  if (auto refused = check_fragment(packet, info, limits_)) return std::move(*refused);
  const u64 hash = hash_of(info, key_);
  Datagram* datagram = find(info, hash);
  if (!datagram) datagram = &make(now, info, hash);
  if (datagram->poisoned) return refuse(std::move(packet), datagram->poison);
  switch (datagram->judge(info)) {
    case Datagram::Verdict::fits: break;
    // RFC 8200 4.5, RFC 5722 4: the network may duplicate, that is no overlap.
    case Datagram::Verdict::duplicate: return refuse(std::move(packet), Drop::fragment_duplicate);
    case Datagram::Verdict::overlap:
      return poison(*datagram, std::move(packet), Drop::fragment_overlap);
    case Datagram::Verdict::conflict:
      return poison(*datagram, std::move(packet), Drop::fragment_bad);
  }
  PacketQueue evicted;
  const u64 cost = packet.footprint();
  Result result;
  if (!make_room(*datagram, cost, evicted)) {
    result = poison(*datagram, std::move(packet), Drop::reassembly_memory);
  } else {
    place(*datagram, std::move(packet), info);
    if (datagram->done()) result = complete(*datagram);
  }
  result.evicted = std::move(evicted);
  return result;
}

// Whether the fragment goes with what is here.
Reassembler::Datagram::Verdict Reassembler::Datagram::judge(const FragmentInfo& info) {
  const u32 end = u32{info.offset} + info.payload_size;
  if (total_known() ? (info.more ? end >= total : end != total) : !info.more && end < highest) {
    return Verdict::conflict;
  }
  const u32 first = info.offset / 8;
  const u32 last = (end + 7) / 8;
  const u32 taken = covered.count(first, last);
  if (taken != 0) {
    const bool same_start = taken == last - first && starts.test(first);
    const bool same_end = last == UnitBitmap::units || !covered.test(last) || starts.test(last);
    const bool one_piece = starts.count(first, last) == 1;
    return same_start && same_end && one_piece ? Verdict::duplicate : Verdict::overlap;
  }
  // With the header of the first fragment, which may be longer than this one's (the ping of death).
  const u32 header = info.offset == 0 ? info.header_size : first_seen ? key.header_size : 0u;
  const u32 base = key.source.is_v6() ? wire::ipv6::header_size : 0;
  if (header != 0 && header - base + std::max(highest, end) > 65'535) return Verdict::conflict;
  // RFC 3168 5.3: congestion experienced cannot be told to who would not understand it.
  const u8 ecn = static_cast<u8>(ecn_seen | 1u << info.ecn);
  if (ecn & ecn_bit(wire::Ecn::ce) && ecn & ecn_bit(wire::Ecn::not_ect)) return Verdict::conflict;
  return Verdict::fits;
}

Reassembler::Datagram* Reassembler::find(const FragmentInfo& info, u64 hash) {
  if (!state_) state_ = std::make_unique<State>();
  return state_->by_key.find(hash, [&](const Datagram& datagram) { return datagram.is(info); });
}

Reassembler::Datagram& Reassembler::make(Instant now, const FragmentInfo& info, u64 hash) {
  auto& spares = state_->spare_datagrams;
  std::unique_ptr<Datagram> owned;
  if (spares.empty()) {
    owned = std::make_unique<Datagram>();
  } else {
    owned = std::move(spares.back());
    spares.pop_back();
  }
  Datagram& datagram = *owned.release();
  datagram.key = info;
  datagram.hash = hash;
  datagram.deadline = now + limits_.timeout;
  datagram.peer = &peer_of(info.source);
  datagram.bytes = sizeof(Datagram);
  datagram.peer->bytes += sizeof(Datagram);
  datagram.peer->datagrams.push_back(datagram);
  state_->by_key.insert(datagram);
  state_->by_age.push_back(datagram);
  bytes_ += sizeof(Datagram);
  ++datagrams_;
  return datagram;
}

Reassembler::Peer& Reassembler::peer_of(const IpAddress& source) {
  const u64 hash = mix64(source.hash() ^ key_);
  if (Peer* known =
          state_->by_source.find(hash, [&](const Peer& p) { return p.source == source; })) {
    return *known;
  }
  auto& spares = state_->spare_peers;
  std::unique_ptr<Peer> owned;
  if (spares.empty()) {
    owned = std::make_unique<Peer>();
  } else {
    owned = std::move(spares.back());
    spares.pop_back();
  }
  Peer& peer = *owned.release();
  peer.source = source;
  peer.hash = hash;
  peer.bytes = 0;
  state_->by_source.insert(peer);
  return peer;
}

bool Reassembler::fits(const Datagram& datagram, u64 more) const {
  return bytes_ + more <= limits_.host_bytes && datagram.peer->bytes + more <= limits_.peer_bytes &&
         datagrams_ <= limits_.datagrams;
}

// Gives up the oldest datagrams, the same source's before others', until `more` bytes can be taken
// in for `keep`.
bool Reassembler::make_room(const Datagram& keep, u64 more, PacketQueue& evicted) {
  auto oldest_but = [&](auto& list) -> Datagram* {
    for (Datagram& datagram : list) {
      if (&datagram != &keep) return &datagram;
    }
    return nullptr;
  };
  while (!fits(keep, more)) {
    const bool peer_is_over = keep.peer->bytes + more > limits_.peer_bytes;
    Datagram* victim = oldest_but(keep.peer->datagrams);
    if (!victim && !peer_is_over) victim = oldest_but(state_->by_age);
    if (!victim) return false;
    take_packets(*victim, evicted);
    release(*victim);
  }
  return true;
}

void Reassembler::place(Datagram& datagram, Packet packet, const FragmentInfo& info) {
  const u64 cost = packet.footprint();
  const u32 end = u32{info.offset} + info.payload_size;
  packet.meta().delivery_order = info.interface;
  datagram.covered.set(info.offset / 8u, (end + 7) / 8);
  datagram.starts.set(info.offset / 8u);
  datagram.highest = std::max(datagram.highest, end);
  datagram.received += info.payload_size;
  datagram.ecn_seen = static_cast<u8>(datagram.ecn_seen | 1u << info.ecn);
  if (!info.more) datagram.total = end;
  if (info.offset == 0) {
    datagram.key = info;
    datagram.first_seen = true;
  }
  datagram.pieces.push_back(
      {info.offset, info.payload_size, info.payload_start, std::move(packet)});
  datagram.bytes += cost;
  datagram.peer->bytes += cost;
  bytes_ += cost;
}

// RFC 5722 4: all that is here goes, and all that is still to come; so the entry stays until its
// time is over.
ReassemblyResult Reassembler::poison(Datagram& datagram, Packet packet, Drop reason) {
  Result result = refuse(std::move(packet), reason);
  take_packets(datagram, result.discarded);
  datagram.poisoned = true;
  datagram.poison = reason;
  return result;
}

void Reassembler::take_packets(Datagram& datagram, PacketQueue& out) {
  for (Datagram::Piece& piece : datagram.pieces) out.push_back(std::move(piece.packet));
  datagram.pieces.clear();
  const u64 freed = datagram.bytes - sizeof(Datagram);
  datagram.bytes -= freed;
  datagram.peer->bytes -= freed;
  bytes_ -= freed;
}

void Reassembler::release(Datagram& datagram) {
  std::unique_ptr<Datagram> owned(&datagram);
  Peer& peer = *datagram.peer;
  state_->by_key.erase(datagram);
  datagram.ListHook<Datagram>::unlink();
  datagram.ListHook<Datagram, OfPeer>::unlink();
  peer.bytes -= datagram.bytes;
  bytes_ -= datagram.bytes;
  --datagrams_;
  if (peer.datagrams.empty()) {
    std::unique_ptr<Peer> owned_peer(&peer);
    state_->by_source.erase(peer);
    if (state_->spare_peers.size() < max_spares)
      state_->spare_peers.push_back(std::move(owned_peer));
  }
  if (state_->spare_datagrams.size() >= max_spares) return;
  datagram.reset();
  state_->spare_datagrams.push_back(std::move(owned));
}

void Reassembler::Datagram::reset() {
  total = highest = received = 0;
  ecn_seen = 0;
  first_seen = poisoned = false;
  pieces.clear();
  if (pieces.capacity() > max_spare_pieces) std::vector<Piece>().swap(pieces);
  covered.clear();
  starts.clear();
}

// RFC 791 3.2, RFC 8200 4.5: the first fragment's headers, then everybody's data.
Packet Reassembler::Datagram::join() {
  const u32 latest = pieces.back().packet.meta().passage;
  auto by_offset = [](const Piece& a, const Piece& b) { return a.offset < b.offset; };
  if (!std::is_sorted(pieces.begin(), pieces.end(), by_offset)) {
    std::sort(pieces.begin(), pieces.end(), by_offset);
  }
  const Packet& first = pieces.front().packet;
  const u32 link = std::min<u32>(first.meta().network_offset, first.headroom());
  Packet whole = first.pool().allocate(key.header_size + total,
                                       std::max(PacketPool::default_headroom, first.headroom()));
  u8* to = whole.append(key.header_size + total);
  std::memcpy(to - link, first.data() - link, link + key.header_size);
  to += key.header_size;
  for (const Piece& piece : pieces) {
    piece.packet.copy_out(piece.start, {to, piece.size});
    to += piece.size;
  }
  whole.meta() = first.meta();
  whole.meta().passage = latest;  // whose arrival a drop of the whole ends
  whole.meta().segment_size = 0;
  whole.meta().checksum = ChecksumState::present;
  whole.meta().delivery_order = 0;
  return whole;
}

ReassemblyResult Reassembler::complete(Datagram& datagram) {
  Result result;
  result.outcome = Result::Outcome::complete;
  result.fragments = static_cast<u32>(datagram.pieces.size());
  result.packet = datagram.join();
  u8* header = result.packet.data();
  const bool congested = (datagram.ecn_seen & ecn_bit(wire::Ecn::ce)) != 0;
  if (datagram.key.source.is_v4()) {
    store16(header + 2, static_cast<u16>(result.packet.size()));
    store16(header + 6, load16(header + 6) & 0x4000);  // Don't Fragment alone may stay
    if (congested) header[1] |= 3;
    wire::ipv4_edit::store_checksum(header);
  } else {
    wire::ipv6_edit::set_payload_length(
        header, static_cast<u16>(result.packet.size() - wire::ipv6::header_size));
    header[datagram.key.next_header_field] = datagram.key.protocol;
    if (congested) wire::ipv6_edit::set_ecn(header, wire::Ecn::ce);
  }
  PacketQueue used;
  take_packets(datagram, used);
  release(datagram);
  return result;
}

std::optional<ExpiredDatagram> Reassembler::poll_expired(Instant now) {
  while (next_deadline() <= now) {
    Datagram& datagram = state_->by_age.front();
    ExpiredDatagram expired;
    expired.interface = datagram.key.interface;
    expired.fragments = static_cast<u32>(datagram.pieces.size());
    for (Datagram::Piece& piece : datagram.pieces) {
      if (piece.offset == 0) {
        expired.first = std::move(piece.packet);
      } else {
        expired.rest.push_back(std::move(piece.packet));
      }
    }
    const bool poisoned = datagram.poisoned;
    datagram.pieces.clear();
    release(datagram);
    if (!poisoned) return expired;
  }
  return std::nullopt;
}

Instant Reassembler::next_deadline() const {
  return datagrams_ == 0 ? Instant::never() : state_->by_age.front().deadline;
}

PacketQueue Reassembler::clear() {
  PacketQueue all;
  while (datagrams_ > 0) {
    Datagram& datagram = state_->by_age.front();
    take_packets(datagram, all);
    release(datagram);
  }
  state_.reset();
  return all;
}

}  // namespace catenet
