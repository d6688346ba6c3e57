#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "core/plan.h"
#include "core/slab.h"
#include "core/task_state.h"

namespace moondial {

/// One identity that some run wants. Lists are indices into slabs, so that a job is small and its
/// lists need no memory of their own.
struct Job {
  std::string id;
  uint64_t order = 0;        ///< above that of all it needs; the older job has the smaller one
  double urgency = 0;        ///< the highest priority among it and all that wait for it
  int64_t remaining_us = 0;  ///< sum of estimates to the end of the plan, its own included
  int64_t estimate_us = 0;
  MonoTime due;  ///< while retrying; while ready, since when

  uint32_t generation = 0;   ///< tells the jobs of one place apart
  Index first_need = kNone;  ///< edges to what it still waits for
  Index last_need = kNone;
  Index first_dependent = kNone;  ///< edges from what waits for it
  Index last_dependent = kNone;
  Index first_hold = kNone;  ///< runs, in the order in which they came
  Index last_hold = kNone;
  Index uses = kNone;         ///< of ReadyQueues
  Index lock = kNone;         ///< of Locks
  Index retry = kNone;        ///< of RetryPolicies
  Index queue_place = kNone;  ///< while ready, or held back
  int attempts = 0;
  int retries = 0;
  TaskState state = TaskState::kPending;

  bool has_work : 1 = true;
  bool holds_units : 1 = false;
  bool stopping : 1 = false;        ///< StopAttempt was decided for the current attempt
  bool cancelled : 1 = false;       ///< by cancel_job(): for all runs
  bool killing : 1 = false;         ///< … without grace
  bool order_dirty : 1 = false;     ///< its urgency and remaining path are to be found anew
  bool asking : 1 = false;          ///< AskWhen was decided, and not answered yet
  bool need_succeeded : 1 = false;  ///< something that it needed did, or was complete
  bool need_failed : 1 = false;
  bool need_skipped : 1 = false;
  bool need_cancelled : 1 = false;
  bool need_blocked : 1 = false;
  bool waits : 1 = false;  ///< it has a record of what it awaits
  When when : 3 = When::kAll;
  bool held_back : 1 = false;  ///< ready, and in no queue: whoever drives the scheduler said so
  uint8_t losses : 2 = 0;      ///< in a row; at the third it fails

  /// An attempt is under way.
  [[nodiscard]] bool started() const {
    return state == TaskState::kRunning || state == TaskState::kWaiting;
  }
};
static_assert(sizeof(Job) <= 128, "a million of them are kept; what is rare has its own table");

/// `job` waits for `need`. Both are live; the edge goes when one of them ends.
struct Edge {
  Index job = kNone;
  Index need = kNone;
  Index next_need = kNone;  ///< of `job`
  Index previous_need = kNone;
  Index next_dependent = kNone;  ///< of `need`
  Index previous_dependent = kNone;
};

/// The jobs and what waits for what.
class Jobs {
 public:
  Jobs() : by_id_(0, Hash{this}, Equal{this}) {}
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Adds a live job. The newest has the highest order.
  Index add(std::string_view id);
  void reserve_more(size_t jobs, size_t edges);
  /// Its identity may be taken by another job from now on; it has no edges any more.
  void leave_index(Index job) { by_id_.erase(job); }
  /// Its place may be taken by another job from now on. Its JobId is never given out again.
  void remove(Index job);

  Job& operator[](Index job) { return jobs_[job]; }
  const Job& operator[](Index job) const { return jobs_[job]; }
  /// The live job of an identity, or kNone.
  [[nodiscard]] Index find(std::string_view id) const;
  [[nodiscard]] JobId name(Index job) const;
  /// The job of that name, which must not have been removed.
  [[nodiscard]] Index at(JobId id) const;
  /// The job of that name, or kNone if it has been removed.
  [[nodiscard]] Index find(JobId id) const;

  Index connect(Index job, Index need);
  void disconnect(Index index);
  [[nodiscard]] const Edge& edge(Index edge) const { return edges_[edge]; }

 private:
  struct Hash {
    using is_transparent = void;
    const Jobs* jobs;
    size_t operator()(std::string_view id) const noexcept;
    size_t operator()(Index job) const noexcept { return (*this)((*jobs)[job].id); }
  };
  struct Equal {
    using is_transparent = void;
    const Jobs* jobs;
    [[nodiscard]] std::string_view id(std::string_view id) const { return id; }
    [[nodiscard]] std::string_view id(Index job) const { return (*jobs)[job].id; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return id(a) == id(b);
    }
  };

  Slab<Job> jobs_;
  Slab<Edge> edges_;
  std::unordered_set<Index, Hash, Equal> by_id_;  // live ones; only looked up
  uint64_t last_order_ = 0;
  uint32_t first_generation_ = 0;  // of places that were never used
};

}  // namespace moondial
