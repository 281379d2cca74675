#include "catenet/program/control.hpp"

#include <array>

#include "catenet/program/datagram.hpp"

namespace catenet::program {

Result<void> send_message(int socket, const MessageHead& head, std::string_view text,
                          std::span<const int> descriptors) {
  std::array<iovec, 2> parts{{{const_cast<MessageHead*>(&head), sizeof head},
                              {const_cast<char*>(text.data()), text.size()}}};
  return send_datagram(socket, parts, descriptors);
}

Result<std::optional<Message>> receive_message(int socket, int flags) {
  const auto size = next_datagram(socket, flags);
  if (!size) return Unexpected(size.error());
  if (*size == 0) return std::nullopt;
  if (*size < sizeof(MessageHead)) return Unexpected(Errno::protocol_error);
  Message received;
  received.text.resize(*size - sizeof(MessageHead));
  std::array<iovec, 2> parts{
      {{&received.head, sizeof received.head}, {received.text.data(), received.text.size()}}};
  auto datagram = receive_datagram(socket, parts, flags);
  if (!datagram) return Unexpected(datagram.error());
  received.descriptors = std::move(datagram->descriptors);
  return received;
}

}  // namespace catenet::program
