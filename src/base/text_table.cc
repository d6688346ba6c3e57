// Open addressing with linear probing; nothing is ever taken out.
#include "base/text_table.h"

#include <xxhash.h>

#include <cassert>
#include <utility>

namespace moondial {
namespace {

constexpr size_t kFirstSlots = 64;
constexpr uint64_t kNumberBits = TextTable::kMostNumber;

}  // namespace

TextTable::Slot TextTable::hash(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  Slot slot{hash.low64, hash.high64 & ~kNumberBits};
  if (slot.low == 0 && slot.high == 0) slot.low = 1;  // that of an empty slot
  return slot;
}

/// Where it is, or else the empty slot where it is to be put.
size_t TextTable::place(const Slot& hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash.low & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.low == hash.low && (slot.high & ~kNumberBits) == hash.high) return at;
    if (slot.low == 0 && slot.high == 0) return at;
  }
}

void TextTable::grow() {
  const std::vector<Slot> old =
      std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kFirstSlots : slots_.size() * 2));
  for (const Slot& slot : old) {
    if (slot.low == 0 && slot.high == 0) continue;
    slots_[place({slot.low, slot.high & ~kNumberBits})] = slot;
  }
}

bool TextTable::add(std::string_view text, unsigned number) {
  assert(number <= kMostNumber);
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  const Slot wanted = hash(text);
  Slot& slot = slots_[place(wanted)];
  if (slot.low != 0 || slot.high != 0) return false;
  slot = {wanted.low, wanted.high | number};
  ++size_;
  return true;
}

std::optional<unsigned> TextTable::find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[place(hash(text))];
  if (slot.low == 0 && slot.high == 0) return std::nullopt;
  return static_cast<unsigned>(slot.high & kNumberBits);
}

void TextTable::set(std::string_view text, unsigned number) {
  assert(number <= kMostNumber && contains(text));
  const Slot wanted = hash(text);
  slots_[place(wanted)].high = wanted.high | number;
}

}  // namespace moondial
