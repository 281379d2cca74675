// Every header of the room, for programs that look at all protocols; the others include what they
// need.
#pragma once

#include "catenet/wire/address.hpp"
#include "catenet/wire/arp.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/crc32.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/ipv6_extension.hpp"
#include "catenet/wire/ndp.hpp"
#include "catenet/wire/ports.hpp"
#include "catenet/wire/tcp.hpp"
#include "catenet/wire/udp.hpp"
