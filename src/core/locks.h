#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "core/ready_queue.h"
#include "core/slab.h"

namespace moondial {

/// A name that one job at a time holds, and the ready jobs that want it.
struct Lock {
  std::string name;
  size_t users = 0;         ///< jobs that want it at some time
  Index holder = kNone;     ///< the job whose attempt is under way
  Index candidate = kNone;  ///< the ready job that gets it next; none while it is held
  ReadyQueue waiting;       ///< the other ready jobs …
  ReadyQueue hopeless;      ///< … and those that need more units than there are
};

/// The locks that jobs want. One that no job wants any more is forgotten.
class Locks {
 public:
  /// Adds a user of the lock of that name. kNone for the empty name, which is no lock.
  Index acquire(const std::string& name);
  void release(Index lock);
  /// kNone if no job wants such a lock.
  [[nodiscard]] Index find(std::string_view name) const;
  Lock& operator[](Index lock) { return locks_[lock]; }
  const Lock& operator[](Index lock) const { return locks_[lock]; }
  /// Calls `f` with each lock, by name.
  template <typename F>
  void each(F f) {
    for (const auto& [name, lock] : by_name_) f(lock);
  }

 private:
  Slab<Lock> locks_;
  std::map<std::string, Index, std::less<>> by_name_;
};

}  // namespace moondial
