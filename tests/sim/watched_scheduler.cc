#include "tests/sim/watched_scheduler.h"

#include "tests/sim/books.h"

namespace moondial {
namespace {

sim::Books* current = nullptr;

}  // namespace

struct WatchedScheduler::Parts {
  explicit Parts(uint64_t seed) : inner(seed), books(*current) {}

  Scheduler inner;
  sim::Books& books;
};

WatchedScheduler::WatchedScheduler(uint64_t seed) : parts_(std::make_unique<Parts>(seed)) {}
WatchedScheduler::~WatchedScheduler() { parts_->books.check_over(parts_->inner); }

void WatchedScheduler::set_books(sim::Books* books) { current = books; }

void WatchedScheduler::set_pool(std::string_view name, int64_t size) {
  parts_->books.set_pool(name, size);
  parts_->inner.set_pool(name, size);
}

std::vector<JobId> WatchedScheduler::submit(RunId run, const Plan& plan, const RunOptions& options,
                                            MonoTime now) {
  parts_->books.time_is(now);
  auto jobs = parts_->inner.submit(run, plan, options, now);
  parts_->books.submitted(parts_->inner, run, plan, options, jobs);
  return jobs;
}

void WatchedScheduler::work_ended(JobId job) {
  parts_->inner.work_ended(job);
  parts_->books.work_ended(job);
}

void WatchedScheduler::attempt_ended(JobId job, Outcome outcome, MonoTime now) {
  parts_->books.time_is(now);
  parts_->books.attempt_ended(job, outcome, now);
  parts_->books.something_changes();
  parts_->inner.attempt_ended(job, outcome, now);
}

Result<Awaited> WatchedScheduler::await(JobId waiter, const Plan& plan, MonoTime now) {
  auto out = parts_->inner.await(waiter, plan, now);
  if (out.ok()) parts_->books.awaited(waiter, plan, *out);
  return out;
}

bool WatchedScheduler::pause(JobId waiter) {
  const bool is_paused = parts_->inner.pause(waiter);
  if (is_paused) parts_->books.paused(waiter);
  return is_paused;
}

void WatchedScheduler::stop_awaiting(JobId waiter, AwaitId await) {
  parts_->books.stopped_awaiting(waiter, await);
  parts_->books.something_changes();
  parts_->inner.stop_awaiting(waiter, await);
}

Result<Awaited> WatchedScheduler::requires_more(JobId job, const Plan& plan, MonoTime now) {
  auto out = parts_->inner.requires_more(job, plan, now);
  if (out.ok()) parts_->books.required_more(job, plan, *out);
  return out;
}

void WatchedScheduler::when_answered(JobId job, bool holds, MonoTime now) {
  parts_->books.answered(job, holds);
  parts_->inner.when_answered(job, holds, now);
}

void WatchedScheduler::when_failed(JobId job, MonoTime now) {
  parts_->books.failed_to_answer(job);
  parts_->inner.when_failed(job, now);
}

void WatchedScheduler::cancel_job(JobId job, bool kill, MonoTime now) {
  parts_->books.something_changes();
  parts_->inner.cancel_job(job, kill, now);
}

void WatchedScheduler::cancel_run(RunId run, bool kill, MonoTime now) {
  parts_->books.cancelled_run(run);
  parts_->books.something_changes();
  parts_->inner.cancel_run(run, kill, now);
}

void WatchedScheduler::tick(MonoTime now) {
  parts_->books.time_is(now);
  parts_->inner.tick(now);
}

std::vector<Decision> WatchedScheduler::take_decisions(bool allow_starts,
                                                       const Scheduler::MayStart& may_start) {
  auto decisions = parts_->inner.take_decisions(allow_starts, may_start);
  parts_->books.taken(parts_->inner, decisions, allow_starts);
  return decisions;
}

// --- What is only asked, or reported as a decision ---

std::optional<MonoTime> WatchedScheduler::next_due() const { return parts_->inner.next_due(); }
void WatchedScheduler::retry_held_back() { parts_->inner.retry_held_back(); }
bool WatchedScheduler::is_held_back(JobId job) const { return parts_->inner.is_held_back(job); }
size_t WatchedScheduler::held_back() const { return parts_->inner.held_back(); }
std::vector<JobId> WatchedScheduler::next_starts(size_t most) const {
  return parts_->inner.next_starts(most);
}
TaskState WatchedScheduler::state(JobId job) const { return parts_->inner.state(job); }
const std::string& WatchedScheduler::id(JobId job) const { return parts_->inner.id(job); }
JobId WatchedScheduler::find(std::string_view id) const { return parts_->inner.find(id); }
std::vector<RunId> WatchedScheduler::runs_of(JobId job) const { return parts_->inner.runs_of(job); }
MonoTime WatchedScheduler::ready_since(JobId job) const { return parts_->inner.ready_since(job); }
std::vector<JobId> WatchedScheduler::joined_along(RunId run) const {
  return parts_->inner.joined_along(run);
}
std::vector<JobId> WatchedScheduler::unmet(JobId job) const { return parts_->inner.unmet(job); }
std::vector<std::string> WatchedScheduler::lacking(JobId job) const {
  return parts_->inner.lacking(job);
}
std::vector<PoolView> WatchedScheduler::pools() const { return parts_->inner.pools(); }
bool WatchedScheduler::idle() const { return parts_->inner.idle(); }

}  // namespace moondial
