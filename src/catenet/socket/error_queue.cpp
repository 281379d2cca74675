#include "catenet/socket/error_queue.hpp"

#include <algorithm>

namespace catenet {

void ErrorQueue::push(const IcmpError& error, const Endpoint& remote, ByteView sent) {
  if (errors_.size() >= most) return;
  errors_.push_back({{error.error, error.type, error.code, error.mtu, error.offender},
                     remote,
                     {sent.begin(), sent.end()}});
}

Result<Message> ErrorQueue::take(MutableBytes into) {
  if (errors_.empty()) return Unexpected(Errno::again);
  const Entry entry = errors_.pop_front();
  Message message;
  message.size = static_cast<u32>(entry.quoted.size());
  std::copy_n(entry.quoted.begin(), std::min(into.size(), entry.quoted.size()), into.begin());
  message.source = entry.remote;
  message.error = entry.what;
  return message;
}

}  // namespace catenet
