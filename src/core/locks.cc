#include "core/locks.h"

#include <cassert>

namespace moondial {

Index Locks::acquire(const std::string& name) {
  if (name.empty()) return kNone;
  const auto [found, is_new] = by_name_.try_emplace(name, kNone);
  if (is_new) {
    found->second = locks_.add({});
    locks_[found->second].name = name;
  }
  ++locks_[found->second].users;
  return found->second;
}

void Locks::release(Index lock) {
  if (lock == kNone || --locks_[lock].users > 0) return;
  assert(locks_[lock].holder == kNone && locks_[lock].candidate == kNone);
  by_name_.erase(locks_[lock].name);
  locks_[lock] = Lock{};
  locks_.remove(lock);
}

Index Locks::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

}  // namespace moondial
