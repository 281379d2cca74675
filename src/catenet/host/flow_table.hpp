// FlowTable: finds the connection of a segment by its two endpoints. Chained through its members,
// buckets a power of two, the hash keyed so that a peer cannot choose its collisions.
#pragma once

#include <algorithm>
#include <vector>

#include "catenet/base/assert.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// A keyed hash of a pair of endpoints, for choosing a bucket and nothing else.
u64 hash_flow(SipKey secret, const Endpoint& local, const Endpoint& remote);

// `Node` has local(), remote() and a member `Node* next_in_table`.
template <typename Node>
class FlowTable {
 public:
  explicit FlowTable(SipKey secret) : secret_(secret) {}

  std::size_t size() const { return size_; }
  // nullptr when the pair is not there.
  Node* find(const Endpoint& local, const Endpoint& remote) const {
    if (size_ == 0) return nullptr;
    for (Node* node = buckets_[bucket(local, remote)]; node; node = node->next_in_table) {
      if (node->remote() == remote && node->local() == local) return node;
    }
    return nullptr;
  }
  // Its pair must not be in the table.
  void insert(Node& node) {
    if (size_ >= buckets_.size()) grow();
    CATENET_ASSERT(!find(node.local(), node.remote()));
    chain(node);
    ++size_;
  }
  void remove(Node& node) {
    Node** at = &buckets_[bucket(node.local(), node.remote())];
    while (*at != &node) {
      CATENET_ASSERT(*at);
      at = &(*at)->next_in_table;
    }
    *at = node.next_in_table;
    node.next_in_table = nullptr;
    --size_;
  }
  // Every node, by local then remote endpoint.
  std::vector<Node*> sorted() const {
    std::vector<Node*> nodes;
    for (Node* node : buckets_) {
      for (; node; node = node->next_in_table) nodes.push_back(node);
    }
    std::sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) {
      return a->local() != b->local() ? a->local() < b->local() : a->remote() < b->remote();
    });
    return nodes;
  }

 private:
  std::size_t bucket(const Endpoint& local, const Endpoint& remote) const {
    return hash_flow(secret_, local, remote) & (buckets_.size() - 1);
  }
  void chain(Node& node) {
    Node*& head = buckets_[bucket(node.local(), node.remote())];
    node.next_in_table = head;
    head = &node;
  }
  void grow() {
    std::vector<Node*> before(std::max<std::size_t>(4, buckets_.size() * 2));
    before.swap(buckets_);
    for (Node* node : before) {
      while (node) {
        Node* next = node->next_in_table;
        chain(*node);
        node = next;
      }
    }
  }

  SipKey secret_;
  std::vector<Node*> buckets_;
  std::size_t size_ = 0;
};

}  // namespace catenet
