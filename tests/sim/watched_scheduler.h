// Put before every source of the engine that the simulator compiles for itself, by the compiler's
// -include: there the engine's Scheduler is one that reports all that it is told and says.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/core_scheduler.h"

namespace moondial {

namespace sim {
class Books;
}

/// The production scheduler, with books about it.
class WatchedScheduler {
 public:
  /// Reports to the books that were set last.
  explicit WatchedScheduler(uint64_t seed);
  ~WatchedScheduler();
  WatchedScheduler(const WatchedScheduler&) = delete;
  WatchedScheduler& operator=(const WatchedScheduler&) = delete;
  static void set_books(sim::Books* books);

  void set_pool(std::string_view name, int64_t size);
  std::vector<JobId> submit(RunId run, const Plan& plan, const RunOptions& options, MonoTime now);
  void work_ended(JobId job);
  void attempt_ended(JobId job, Outcome outcome, MonoTime now);
  Result<Awaited> await(JobId waiter, const Plan& plan, MonoTime now);
  bool pause(JobId waiter);
  void stop_awaiting(JobId waiter, AwaitId await);
  Result<Awaited> requires_more(JobId job, const Plan& plan, MonoTime now);
  void when_answered(JobId job, bool holds, MonoTime now);
  void when_failed(JobId job, MonoTime now);
  void cancel_job(JobId job, bool kill, MonoTime now);
  void cancel_run(RunId run, bool kill, MonoTime now);
  void tick(MonoTime now);
  [[nodiscard]] std::optional<MonoTime> next_due() const { return inner_.next_due(); }
  std::vector<Decision> take_decisions(bool allow_starts = true,
                                       const CoreScheduler::MayStart& may_start = {});
  void retry_held_back() { inner_.retry_held_back(); }
  [[nodiscard]] bool is_held_back(JobId job) const { return inner_.is_held_back(job); }
  [[nodiscard]] size_t held_back() const { return inner_.held_back(); }
  [[nodiscard]] std::vector<JobId> next_starts(size_t most) const {
    return inner_.next_starts(most);
  }
  [[nodiscard]] TaskState state(JobId job) const { return inner_.state(job); }
  [[nodiscard]] const std::string& id(JobId job) const { return inner_.id(job); }
  [[nodiscard]] JobId find(std::string_view id) const { return inner_.find(id); }
  [[nodiscard]] std::vector<RunId> runs_of(JobId job) const { return inner_.runs_of(job); }
  [[nodiscard]] MonoTime ready_since(JobId job) const { return inner_.ready_since(job); }
  [[nodiscard]] std::vector<JobId> joined_along(RunId run) const {
    return inner_.joined_along(run);
  }
  [[nodiscard]] std::vector<JobId> unmet(JobId job) const { return inner_.unmet(job); }
  [[nodiscard]] std::vector<std::string> lacking(JobId job) const { return inner_.lacking(job); }
  [[nodiscard]] std::vector<PoolView> pools() const { return inner_.pools(); }
  [[nodiscard]] bool idle() const { return inner_.idle(); }

 private:
  CoreScheduler inner_;
  sim::Books& books_;
};

}  // namespace moondial

#define Scheduler WatchedScheduler
