#pragma once

#include <cstddef>
#include <vector>

#include "core/jobs.h"

namespace moondial {

/// `a` comes before `b`: more urgent, then the longer remaining path, then the older.
[[nodiscard]] bool comes_before(const Job& a, const Job& b);

/// Ready jobs, the most urgent first: a binary heap whose places the jobs know, so that one can be
/// taken out or moved wherever it is.
class ReadyQueue {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] size_t size() const { return heap_.size(); }
  [[nodiscard]] Index first() const { return heap_.front(); }
  /// All of them; only the place of the first means something.
  [[nodiscard]] const std::vector<Index>& jobs() const { return heap_; }
  void push(Jobs& jobs, Index job);
  void remove(Jobs& jobs, Index job);
  /// Its urgency or remaining path is another one now.
  void moved(Jobs& jobs, Index job);

 private:
  void place(Jobs& jobs, size_t at, Index job);
  void up(Jobs& jobs, size_t at);
  void down(Jobs& jobs, size_t at);

  std::vector<Index> heap_;
};

}  // namespace moondial
