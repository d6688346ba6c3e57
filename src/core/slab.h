#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace moondial {

/// The index of an element of a Slab.
using Index = uint32_t;
constexpr Index kNone = UINT32_MAX;

/// Elements that come and go, in one block of memory: 4 bytes name one. What add() returns depends
/// on nothing but the calls before. References are valid until the next add() or reserve_more().
template <typename T>
class Slab {
 public:
  Index add(T element) {
    const Index index = add_place();
    elements_[index] = std::move(element);
    return index;
  }
  /// Adds an element that is what was last in its place, or new.
  Index add_place() {
    ++live_;
    if (free_.empty()) {
      assert(elements_.size() < kNone);
      elements_.emplace_back();
      return static_cast<Index>(elements_.size() - 1);
    }
    const Index index = free_.back();
    free_.pop_back();
    return index;
  }
  /// The element stays readable until its place is used again.
  void remove(Index index) {
    --live_;
    free_.push_back(index);
  }
  /// Makes room for `count` more at once, and still grows by factors when asked often.
  void reserve_more(size_t count) {
    const size_t needed = live_ + count;
    if (needed > elements_.capacity()) {
      elements_.reserve(needed > 2 * elements_.capacity() ? needed : 2 * elements_.capacity());
    }
  }
  /// Gives all memory back. Only if nothing is live.
  void clear() {
    assert(live_ == 0);
    elements_ = {};
    free_ = {};
  }
  T& operator[](Index index) { return elements_[index]; }
  const T& operator[](Index index) const { return elements_[index]; }
  [[nodiscard]] size_t places() const { return elements_.size(); }
  [[nodiscard]] size_t live() const { return live_; }

 private:
  std::vector<T> elements_;
  std::vector<Index> free_;
  size_t live_ = 0;
};

}  // namespace moondial
