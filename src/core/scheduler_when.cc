// What follows for a task from what its requirements ended as.
#include "core/scheduler_impl.h"

namespace moondial {

void Scheduler::Impl::note_need(Job& job, TaskState ended_as) {
  switch (ended_as) {
    case TaskState::kFailed:
    case TaskState::kUpstreamFailed:
      job.need_failed = true;
      break;
    case TaskState::kSkipped:
      job.need_skipped = true;
      break;
    case TaskState::kCancelled:
      job.need_cancelled = true;
      break;
    case TaskState::kBlocked:
      job.need_blocked = true;
      break;
    default:
      job.need_succeeded = true;
  }
}

/// All that the job needed has ended. Under When::kAll nothing of it failed.
void Scheduler::Impl::needs_ended(Index index) {
  Job& job = jobs[index];
  if (job.need_cancelled) return end(index, TaskState::kCancelled);
  if (job.need_blocked) return end(index, TaskState::kBlocked);
  if (job.when == When::kAsk) {
    job.asking = true;
    decisions.emplace_back(AskWhen{jobs.name(index)});
    return;
  }
  if (!when_holds(job)) return end(index, TaskState::kSkipped);
  go_ahead(index);
}

bool Scheduler::Impl::when_holds(const Job& job) {
  switch (job.when) {
    case When::kAll:
      return !job.need_skipped;
    case When::kAny:
      return job.need_succeeded;
    case When::kFailed:
      return job.need_failed;
    case When::kAllFailed:
      return job.need_failed && !job.need_succeeded && !job.need_skipped;
    case When::kEnded:
    case When::kAsk:
      break;
  }
  return true;
}

void Scheduler::Impl::go_ahead(Index job) {
  if (!jobs[job].has_work) return end(job, TaskState::kDone);
  make_ready(job);
}

/// The job of that name, which asks no longer; kNone if it did not ask.
Index Scheduler::Impl::take_asking(JobId id) {
  const Index job = jobs.find(id);
  if (job == kNone || !jobs[job].asking) return kNone;
  jobs[job].asking = false;
  return job;
}

}  // namespace moondial
