// A queue on one growing array: push at the back, pop at the front, index from the front. Capacity
// is a power of two.
#pragma once

#include <memory>
#include <utility>

#include "catenet/base/assert.hpp"
#include "catenet/base/types.hpp"

namespace catenet {

template <typename T>
class Ring {
 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { swap(other); }
  Ring& operator=(Ring&& other) noexcept {
    Ring taken(std::move(other));
    swap(taken);
    return *this;
  }

  bool empty() const { return head_ == tail_; }
  std::size_t size() const { return tail_ - head_; }
  T& front() { return (*this)[0]; }
  T& back() { return (*this)[size() - 1]; }
  T& operator[](std::size_t i) { return items_[(head_ + i) & (capacity_ - 1)]; }
  const T& operator[](std::size_t i) const { return items_[(head_ + i) & (capacity_ - 1)]; }

  void push_back(T&& item) {
    if (size() == capacity_) grow();
    items_[tail_++ & (capacity_ - 1)] = std::move(item);
  }
  void push_back(const T& item) { push_back(T(item)); }
  // What is left in its place is as moving leaves it.
  T pop_front() {
    CATENET_ASSERT(!empty());
    return std::move(items_[head_++ & (capacity_ - 1)]);
  }
  void clear() {
    while (!empty()) pop_front();
  }

 private:
  void swap(Ring& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(capacity_, other.capacity_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
  }
  [[gnu::cold]] void grow() {
    const std::size_t wider = capacity_ == 0 ? 8 : capacity_ * 2;
    auto items = std::make_unique<T[]>(wider);
    const std::size_t n = size();
    for (std::size_t i = 0; i < n; ++i) items[i] = std::move((*this)[i]);
    items_ = std::move(items);
    capacity_ = wider;
    head_ = 0;
    tail_ = n;
  }
  std::unique_ptr<T[]> items_;
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace catenet
