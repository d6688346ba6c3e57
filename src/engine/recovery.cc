#include "engine/recovery.h"

#include <unistd.h>

#include <utility>

#include "engine/emit_file.h"

namespace moondial {
namespace {

constexpr const char* kLostError = "the engine ended before the attempt did";

AttemptEnded attempt_record(const OpenAttempt& attempt, TaskState state, UtcTime at) {
  AttemptEnded out;
  out.attempt = attempt.attempt;
  out.state = state;
  out.at = at;
  if (state == TaskState::kLost) out.error = kLostError;
  return out;
}

/// How a task of an interrupted run ended: as its last attempt did, if it got that far.
TaskState settled_state(const TaskRow& task) {
  if (task.attempts.empty()) return TaskState::kCancelled;
  const TaskState last = task.attempts.back().state;
  return last == TaskState::kFailed ? TaskState::kCancelled : last;
}

Status close_run(Store& store, RunId id, UtcTime at) {
  auto detail = store.run(id);
  if (!detail.ok()) return detail.error();
  if (!*detail) return Status();
  std::vector<Record> records;
  RunFinished finished;
  finished.run = id;
  finished.state = RunState::kLost;
  finished.at = at;
  for (const TaskRow& task : (*detail)->tasks) {
    TaskState state = task.state;
    if (!is_final(state)) {
      state = settled_state(task);
      TaskEnded ended;
      ended.run = id;
      ended.id = task.id;
      ended.state = state;
      if (state == TaskState::kLost) ended.error = kLostError;
      ended.at = at;
      records.push_back(std::move(ended));
    }
    ++finished.counts[state];
  }
  records.push_back(std::move(finished));
  store.write(std::move(records), {});
  return Status();
}

}  // namespace

Result<RecoveryReport> recover(Store& store, Targets& targets, ProcessRunner& runner,
                               const Clock& clock, const std::string& state_dir, bool died) {
  RecoveryReport report;
  auto attempts = store.open_attempts();
  if (!attempts.ok()) return attempts.error();
  auto runs = store.open_runs();
  if (!runs.ok()) return runs.error();
  auto prepared = store.prepared_attempts();
  if (!prepared.ok()) return prepared.error();
  const bool nothing_open = attempts->empty() && runs->empty() && prepared->empty();
  if (nothing_open && !died) return report;

  auto ended = runner.end_leftovers();
  if (!ended.ok()) return ended.error();
  report.ended_processes = *ended;

  const UtcTime now = clock.utc();
  std::vector<Record> records;
  const auto discard = [&](AttemptId attempt, const std::vector<std::string>& final_paths) {
    targets.discard(targets.locate(attempt, final_paths));
    if (!state_dir.empty()) ::unlink(emit_path(state_dir, attempt).c_str());
  };
  for (const OpenAttempt& attempt : *attempts) {
    if (attempt.has_intent) {
      const Status published = targets.publish(attempt.outputs);
      if (!published.ok()) return published.error();
      records.push_back(attempt_record(attempt, TaskState::kDone, now));
      ++report.finished_attempts;
    } else {
      discard(attempt.attempt, attempt.final_paths);
      records.push_back(attempt_record(attempt, TaskState::kLost, now));
      ++report.lost_attempts;
    }
  }
  for (const PreparedAttempt& attempt : *prepared) {
    discard(attempt.attempt, attempt.final_paths);
    records.push_back(AttemptDropped{attempt.attempt});
  }
  store.write(std::move(records), {});
  if (Status flushed = store.flush(); !flushed.ok()) return flushed.error();
  for (const RunId run : *runs) {
    const Status closed = close_run(store, run, now);
    if (!closed.ok()) return closed.error();
    ++report.closed_runs;
  }
  return report;
}

}  // namespace moondial
