#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/scheduler.h"

namespace moondial {

namespace sim {
class Books;
}

/// The production scheduler, with books about it: reports all that it is told and says.
///
/// The simulator's copy of the engine, whose sources know nothing of it, calls these functions
/// where the engine calls those of Scheduler: rename_scheduler.cmake gives the symbols these names.
/// So each has the name and the signature of one of Scheduler, and an object has its size.
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
  [[nodiscard]] std::optional<MonoTime> next_due() const;
  std::vector<Decision> take_decisions(bool allow_starts = true,
                                       const Scheduler::MayStart& may_start = {});
  void retry_held_back();
  [[nodiscard]] bool is_held_back(JobId job) const;
  [[nodiscard]] size_t held_back() const;
  [[nodiscard]] std::vector<JobId> next_starts(size_t most) const;
  [[nodiscard]] TaskState state(JobId job) const;
  [[nodiscard]] const std::string& id(JobId job) const;
  [[nodiscard]] JobId find(std::string_view id) const;
  [[nodiscard]] std::vector<RunId> runs_of(JobId job) const;
  [[nodiscard]] MonoTime ready_since(JobId job) const;
  [[nodiscard]] std::vector<JobId> joined_along(RunId run) const;
  [[nodiscard]] std::vector<JobId> unmet(JobId job) const;
  [[nodiscard]] std::vector<std::string> lacking(JobId job) const;
  [[nodiscard]] std::vector<PoolView> pools() const;
  [[nodiscard]] bool idle() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

static_assert(sizeof(WatchedScheduler) == sizeof(Scheduler));
static_assert(alignof(WatchedScheduler) == alignof(Scheduler));

}  // namespace moondial
