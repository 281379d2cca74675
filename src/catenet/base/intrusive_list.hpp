// A doubly linked list through its members: no allocation, O(1) removal of a member that is known.
#pragma once

#include "catenet/base/assert.hpp"

namespace catenet {

// Derive T from ListHook<T>, or ListHook<T, Tag> for membership of several lists.
template <typename T, typename Tag = void>
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { unlink(); }

  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <typename, typename>
  friend class IntrusiveList;
  ListHook* next_ = nullptr;
  ListHook* previous_ = nullptr;
};

template <typename T, typename Tag = void>
class IntrusiveList {
  using Hook = ListHook<T, Tag>;

 public:
  IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    clear();
    head_.next_ = head_.previous_ = nullptr;
  }

  bool empty() const { return head_.next_ == &head_; }
  T& front() { return *owner(head_.next_); }
  T& back() { return *owner(head_.previous_); }

  void push_back(T& item) { insert_before(head_, item); }
  void push_front(T& item) { insert_before(*head_.next_, item); }
  // Puts `item` in front of `position`, a member of this list.
  void insert(T& position, T& item) { insert_before(static_cast<Hook&>(position), item); }
  T& pop_front() {
    CATENET_ASSERT(!empty());
    T& item = front();
    static_cast<Hook&>(item).unlink();
    return item;
  }
  // Unlinks every member; the members live on.
  void clear() {
    while (!empty()) pop_front();
  }

  class iterator {
   public:
    explicit iterator(Hook* at) : at_(at), next_(at->next_) {}
    T& operator*() const { return *owner(at_); }
    T* operator->() const { return owner(at_); }
    // The member under an iterator may be unlinked; its successor may not.
    iterator& operator++() {
      at_ = next_;
      next_ = at_->next_;
      return *this;
    }
    bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    Hook* at_;
    Hook* next_;
  };
  iterator begin() { return iterator(head_.next_); }
  iterator end() { return iterator(&head_); }

 private:
  static T* owner(Hook* hook) { return static_cast<T*>(hook); }
  static void insert_before(Hook& position, T& item) {
    Hook& hook = item;
    CATENET_ASSERT(!hook.linked());
    hook.next_ = &position;
    hook.previous_ = position.previous_;
    position.previous_->next_ = &hook;
    position.previous_ = &hook;
  }
  Hook head_;
};

}  // namespace catenet
