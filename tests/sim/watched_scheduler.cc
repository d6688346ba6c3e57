#include "tests/sim/watched_scheduler.h"

#include "tests/sim/books.h"

namespace moondial {
namespace {

sim::Books* current = nullptr;

}  // namespace

WatchedScheduler::WatchedScheduler(uint64_t seed) : inner_(seed), books_(*current) {}
WatchedScheduler::~WatchedScheduler() { books_.check_over(inner_); }

void WatchedScheduler::set_books(sim::Books* books) { current = books; }

void WatchedScheduler::set_pool(std::string_view name, int64_t size) {
  books_.set_pool(name, size);
  inner_.set_pool(name, size);
}

std::vector<JobId> WatchedScheduler::submit(RunId run, const Plan& plan, const RunOptions& options,
                                            MonoTime now) {
  books_.time_is(now);
  auto jobs = inner_.submit(run, plan, options, now);
  books_.submitted(inner_, run, plan, options, jobs);
  return jobs;
}

void WatchedScheduler::work_ended(JobId job) {
  inner_.work_ended(job);
  books_.work_ended(job);
}

void WatchedScheduler::attempt_ended(JobId job, Outcome outcome, MonoTime now) {
  books_.time_is(now);
  books_.attempt_ended(job, outcome, now);
  books_.something_changes();
  inner_.attempt_ended(job, outcome, now);
}

Result<Awaited> WatchedScheduler::await(JobId waiter, const Plan& plan, MonoTime now) {
  auto out = inner_.await(waiter, plan, now);
  if (out.ok()) books_.awaited(waiter, plan, *out);
  return out;
}

bool WatchedScheduler::pause(JobId waiter) {
  const bool is_paused = inner_.pause(waiter);
  if (is_paused) books_.paused(waiter);
  return is_paused;
}

void WatchedScheduler::stop_awaiting(JobId waiter, AwaitId await) {
  books_.stopped_awaiting(waiter, await);
  books_.something_changes();
  inner_.stop_awaiting(waiter, await);
}

Result<Awaited> WatchedScheduler::requires_more(JobId job, const Plan& plan, MonoTime now) {
  auto out = inner_.requires_more(job, plan, now);
  if (out.ok()) books_.required_more(job, plan, *out);
  return out;
}

void WatchedScheduler::when_answered(JobId job, bool holds, MonoTime now) {
  books_.answered(job, holds);
  inner_.when_answered(job, holds, now);
}

void WatchedScheduler::when_failed(JobId job, MonoTime now) {
  books_.failed_to_answer(job);
  inner_.when_failed(job, now);
}

void WatchedScheduler::cancel_job(JobId job, bool kill, MonoTime now) {
  books_.something_changes();
  inner_.cancel_job(job, kill, now);
}

void WatchedScheduler::cancel_run(RunId run, bool kill, MonoTime now) {
  books_.cancelled_run(run);
  books_.something_changes();
  inner_.cancel_run(run, kill, now);
}

void WatchedScheduler::tick(MonoTime now) {
  books_.time_is(now);
  inner_.tick(now);
}

std::vector<Decision> WatchedScheduler::take_decisions(bool allow_starts,
                                                       const CoreScheduler::MayStart& may_start) {
  auto decisions = inner_.take_decisions(allow_starts, may_start);
  books_.taken(inner_, decisions, allow_starts);
  return decisions;
}

}  // namespace moondial
