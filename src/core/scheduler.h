#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "core/plan.h"
#include "core/task_state.h"

namespace moondial {

using AwaitId = Id<struct AwaitTag>;  ///< one await of one attempt

/// What a task went through before, in a run that is gone on with.
struct TaskPast {
  std::optional<TaskState> ended;  ///< final, and not done: it stays so
  int attempts = 0;                ///< the next one has the number after it
  int failures = 0;                ///< of these attempts; each has spent a retry
  int losses = 0;                  ///< of these attempts, the last ones in a row
  std::optional<MonoTime> due;     ///< of a retry; if it can run at all
};

struct RunOptions {
  bool fail_fast = false;     ///< after the first failure in this run, start nothing more for it
  double extra_priority = 0;  ///< added to the own priority of every task of this run's plan
  /// By the place in the plan. Nothing of it counts for a task that another run is at already.
  std::map<uint32_t, TaskPast> past = {};
};

/// How an attempt ended, as the engine saw it.
enum class Outcome : uint8_t {
  kSucceeded,  ///< durable and published
  kSkipped,
  kFailed,         ///< may be retried
  kFailedForGood,  ///< `fail`: never retried
  /// It was stopped. By StopAttempt: cancelled, or run again if a run has come to want it
  /// meanwhile. By somebody else: the task is cancelled in every run.
  kCancelled,
  kLost,  ///< vanished: runs again without spending a retry, three in a row fail it
};

/// Start attempt number `attempt` (from 1; lost ones count) of a job. Its pool units are taken, and
/// its lock.
struct StartAttempt {
  JobId job;
  int attempt = 1;
};
/// End the current attempt of a job; attempt_ended() is still expected for it.
struct StopAttempt {
  JobId job;
  bool kill = false;  ///< at once, without the graceful part
};
/// All requirements of a task with When::kAsk have ended: is it to run? when_answered() or
/// when_failed() is expected, unless the task ends meanwhile. It is pending until then.
struct AskWhen {
  JobId job;
};
/// A task that is awaited, as it ended.
struct AwaitedRoot {
  JobId job;  ///< none for one that was complete; else not forgotten before this is told
  TaskState state = TaskState::kComplete;
};
/// All that an await() of the running attempt asked for has ended: one entry for each root of its
/// plan, in their order. A failure among them is for the attempt to judge. Not told to an attempt
/// that is being stopped, or has ended.
struct AwaitEnded {
  JobId waiter;
  AwaitId await;
  std::vector<AwaitedRoot> roots;
};
/// The task entered running, waiting, retrying or a final state in this run; or a run has joined it
/// while it is in one of the first three; or it is pending again, by requires_more(). An attempt
/// that was lost, or was stopped for a run that is gone, makes it retrying with a due time that has
/// come. A task that an await brought into the run, and that was cancelled there because nothing in
/// the run needed it any more, may be wanted again by another await (Awaited::wants).
struct TaskChanged {
  RunId run;
  JobId job;
  TaskState state;
  JobId cause;                  ///< for upstream_failed: the task that failed; else none
  std::optional<MonoTime> due;  ///< for retrying
};
/// Every task of the run is in a final state. The last word about that run.
struct RunEnded {
  RunId run;
  RunState state;
};
/// No run holds the job any more: forget what is kept for it. The id is never used again. The
/// scheduler itself still answers for it until take_decisions() is called the next time.
struct JobForgotten {
  JobId job;
};
using Decision = std::variant<StartAttempt, StopAttempt, AskWhen, AwaitEnded, TaskChanged, RunEnded,
                              JobForgotten>;

/// A run has come to want a job.
struct Want {
  RunId run;
  JobId job;
};
/// What an await() or requires_more() has led to.
struct Awaited {
  AwaitId id;               ///< none for requires_more()
  std::vector<JobId> jobs;  ///< one for each task of the plan, as submit() returns them
  /// What the runs that want the waiter did not want before, and want now: of `jobs`, and of what
  /// the live ones among these wait for.
  std::vector<Want> wants;
};

struct PoolView {
  std::string name;
  int64_t size = 0;
  int64_t used = 0;
  int64_t waiting = 0;  ///< ready tasks that need units of it, and paused ones that may go on
};

/// Decides what runs when. A pure machine: events go in through its functions, decisions come out
/// of take_decisions() in the order in which they were made. It knows no clock (time is handed
/// in), no thread and no I/O; the same calls give the same decisions, also for the same `seed`
/// (jitter). Not thread-safe. Misuse (an unknown job, an end without a start) is an assertion.
///
/// How it works. An identity that some run wants is a *job*; runs share it, so that one identity
/// never runs twice at once. A job becomes ready when all its requirements ended done or were
/// complete. A failed one makes it upstream_failed at once. When all have ended and none failed, a
/// cancelled one cancels it, else a blocked one blocks it, and else a skipped one skips it: what it
/// ends as does not depend on which of them came first. Something external that is not complete is
/// blocked at once. Under another `when` than kAll it waits until all have ended, whatever
/// they end as; then the condition makes it ready, or skips it. Among ready jobs the order is:
/// urgency (the highest priority among the job and everything that waits for it, in any run), then
/// the longer remaining path (sum of estimates to the end of the plan), then the older job. In that
/// order each takes all its units at once; one that lacks units reserves them, so that nothing less
/// urgent can take them. A lock is held from an attempt's start to its end, and goes to the first
/// in that order of those that want it. Ready jobs are kept in one queue for each distinct set of
/// uses, so that a pass costs the number of distinct sets, not of ready jobs.
///
/// A job keeps the requirements that it was made with, and may get more at its start; a run that
/// joins it wants them as well, and what it awaits.
///
/// An attempt may find out that it needs more: it awaits. What it awaits inherits its urgency, and
/// is wanted by every run that wants the waiter. While all branches of an attempt wait it is
/// paused: it holds its lock, but no units, and competes for these like a ready job when there is
/// an answer. When the waiter has ended, what its awaits alone have brought into a run, and has not
/// ended, is cancelled there. A waiter that is retried keeps it, because it will most likely await
/// the same.
///
/// A run that was cancelled is kCancelled, whatever its tasks ended as; one that failed fast is
/// kFailed.
class Scheduler {
 public:
  explicit Scheduler(uint64_t seed);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Sets a pool's size (≥ 0), making it if it is new. What runs goes on when it shrinks.
  void set_pool(std::string_view name, int64_t size);

  /// Adds a run. `plan` has passed validate() against the pools as they are. Returns one job for
  /// each task of the plan; none for complete ones and for requirements of complete ones. A task
  /// whose identity is a live job of another run joins it. A run without anything to do ends at
  /// once. `run` is new.
  std::vector<JobId> submit(RunId run, const Plan& plan, const RunOptions& options, MonoTime now);

  /// The work of the running attempt is over, and only its publishing is left: gives its pool
  /// units back, but not its lock. Optional, at most once an attempt, before attempt_ended().
  void work_ended(JobId job);

  /// The current attempt ended, also one that is paused. Its units and its lock are free. The cause
  /// of a failure is the engine's business.
  void attempt_ended(JobId job, Outcome outcome, MonoTime now);

  /// The running attempt of `waiter` awaits the roots of `plan`, which is closed and has passed
  /// validate(), like that of submit(). Jobs are made or joined for every run that wants the
  /// waiter, with that run's extra priority; in a run that has failed fast nothing is started for
  /// it. AwaitEnded follows when all roots have ended, at once if all are complete. An attempt may
  /// have several awaits open at a time. Refused, with nothing changed: kInvalid if the attempt
  /// would wait for ever, because what it awaits needs the waiter, or a lock that the waiter holds,
  /// or one whose holder awaits in turn what needs one of these (the diagnostic shows the way; its
  /// place is that of the root's declaration); kCancelled if the attempt is being stopped.
  Result<Awaited> await(JobId waiter, const Plan& plan, MonoTime now);

  /// All branches of the running attempt wait for something that it awaits: its units go back, and
  /// its lock does not. The job is kWaiting until one of its awaits has ended and it has all its
  /// units again; then TaskChanged to running comes out, and AwaitEnded. False, and nothing
  /// changes, if that is not worth while: AwaitEnded is about to come out, or the attempt is being
  /// stopped.
  bool pause(JobId waiter);

  /// The branch that awaited is gone: AwaitEnded will not be told, and what only this await wanted
  /// is cancelled. Nothing if it has been told. A paused job keeps another await.
  void stop_awaiting(JobId waiter, AwaitId await);

  /// The job, for which StartAttempt was just decided, turns out to require the roots of `plan` as
  /// well, because what it was to read is gone. `plan` is like that of await(). The attempt is
  /// taken back: its units and its lock are free, its number is used again, and the job is pending
  /// until the new requirements have ended; they count like those that it was made with (with
  /// When::kAsk it is asked again). Refused like await(), and nothing is changed; kCancelled also
  /// if no run starts anything more for the job. attempt_ended() is then still expected.
  Result<Awaited> requires_more(JobId job, const Plan& plan, MonoTime now);

  /// The answer to AskWhen: the task becomes ready, or, without work, done; or is skipped. Ignored
  /// if the job does not ask, because it has ended since or its run is gone.
  void when_answered(JobId job, bool holds, MonoTime now);
  /// There is no answer: the task fails, as one whose attempt has failed for good. Ignored like
  /// when_answered().
  void when_failed(JobId job, MonoTime now);

  /// Cancels a task in all runs that want it: it ends as cancelled, at once or when its attempt has
  /// been stopped, and so does what needs it. Nothing if it has ended. Too late once it publishes:
  /// then it ends as it does.
  void cancel_job(JobId job, bool kill, MonoTime now);

  /// Cancels a run: its tasks that nobody else wants are cancelled at once if they do not run,
  /// and stopped if they do. Asked again with `kill`, stops them without grace. Tasks shared with
  /// another run go on there and are cancelled only in this run.
  void cancel_run(RunId run, bool kill, MonoTime now);

  /// Time has passed: retries that are due become ready.
  void tick(MonoTime now);
  /// When tick() is next needed; nullopt if nothing waits for time.
  [[nodiscard]] std::optional<MonoTime> next_due() const;

  /// Asked about a ready job whose units are there, just before it starts: an answer from outside,
  /// such as whether there is room on a disk. If not, the job is held back: it stays ready,
  /// reserves nothing and is no candidate for its lock, so that what comes after it may go first.
  using MayStart = std::function<bool(JobId)>;

  /// Starts what can start, and hands over all decisions made since the last call. While
  /// `allow_starts` is false nothing is started (shutting down), and nothing that was paused goes
  /// on. `may_start` (empty: all may) is asked once for each job that would start, and is not to
  /// call the scheduler but to look; what goes on after a pause is not asked about.
  std::vector<Decision> take_decisions(bool allow_starts = true, const MayStart& may_start = {});

  /// Those that were held back compete again, and `may_start` is asked again.
  void retry_held_back();
  [[nodiscard]] bool is_held_back(JobId job) const;
  /// How many jobs are held back.
  [[nodiscard]] size_t held_back() const;

  /// The jobs that are to start next when there is room, in their order, `most` at most: as things
  /// are now, which says nothing about whether they will. Changes nothing.
  [[nodiscard]] std::vector<JobId> next_starts(size_t most) const;

  [[nodiscard]] TaskState state(JobId job) const;  ///< of a live job
  /// The highest priority among a live job and all that wait for it, as of the last
  /// take_decisions().
  [[nodiscard]] double urgency(JobId job) const;
  [[nodiscard]] const std::string& id(JobId job) const;  ///< its identity
  [[nodiscard]] JobId find(std::string_view id) const;   ///< the live job of an identity, or none
  /// The runs that want the job, the oldest first.
  [[nodiscard]] std::vector<RunId> runs_of(JobId job) const;
  /// When a job that is ready became so.
  [[nodiscard]] MonoTime ready_since(JobId job) const;
  /// Jobs that a live run holds beside those of its plan: what the jobs that it joined still waited
  /// for when it was submitted, and what has been awaited since. The run hears of them like of its
  /// own.
  [[nodiscard]] std::vector<JobId> joined_along(RunId run) const;
  /// What a live job still waits for: requirements, and what it awaits.
  [[nodiscard]] std::vector<JobId> unmet(JobId job) const;
  /// The pools whose units a job lacks right now that is ready, or paused and may go on; and `lock
  /// NAME` if it waits for its lock.
  [[nodiscard]] std::vector<std::string> lacking(JobId job) const;
  [[nodiscard]] std::vector<PoolView> pools() const;
  [[nodiscard]] bool idle() const;  ///< no live run

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace moondial
