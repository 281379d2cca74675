// The numbers of pcapng that writer and reader share: block types and option codes of
// draft-ietf-opsawg-pcapng.
#pragma once

#include "catenet/base/types.hpp"

namespace catenet::pcapng {

inline constexpr u32 section_header_block = 0x0a0d0d0a;
inline constexpr u32 interface_description_block = 1;
inline constexpr u32 simple_packet_block = 3;
inline constexpr u32 name_resolution_block = 4;
inline constexpr u32 interface_statistics_block = 5;
inline constexpr u32 enhanced_packet_block = 6;
inline constexpr u32 decryption_secrets_block = 10;

inline constexpr u32 byte_order_magic = 0x1a2b3c4d;
inline constexpr u32 tls_key_log = 0x544c534b;

inline constexpr u16 opt_end = 0;
inline constexpr u16 opt_comment = 1;

inline constexpr u16 shb_hardware = 2;
inline constexpr u16 shb_os = 3;
inline constexpr u16 shb_userappl = 4;

inline constexpr u16 if_name = 2;
inline constexpr u16 if_description = 3;
inline constexpr u16 if_ipv4_addr = 4;
inline constexpr u16 if_ipv6_addr = 5;
inline constexpr u16 if_mac_addr = 6;
inline constexpr u16 if_speed = 8;
inline constexpr u16 if_tsresol = 9;
inline constexpr u16 if_tsoffset = 14;

inline constexpr u16 epb_flags = 2;
inline constexpr u16 epb_packetid = 5;

inline constexpr u16 nrb_record_end = 0;
inline constexpr u16 nrb_record_ipv4 = 1;
inline constexpr u16 nrb_record_ipv6 = 2;

inline constexpr u16 isb_ifrecv = 4;
inline constexpr u16 isb_ifdrop = 5;

// What `size` bytes take up: everything is padded to 32 bits.
constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

}  // namespace catenet::pcapng
