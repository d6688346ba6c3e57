#include "engine/recovery.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "engine/emit_file.h"

namespace moondial {
namespace {

constexpr const char* kLostError = "the engine ended before the attempt did";

AttemptEnded end_record(AttemptId attempt, TaskState state, UtcTime at) {
  AttemptEnded out;
  out.attempt = attempt;
  out.state = state;
  out.at = at;
  if (state == TaskState::kLost) out.error = kLostError;
  return out;
}

/// The start of a prepared attempt, as its engine would have recorded it. Nothing if no run holds
/// its task.
std::optional<AttemptStarted> start_record(const PreparedAttempt& attempt,
                                           const std::vector<RunDetail>& runs) {
  AttemptStarted start;
  for (const RunDetail& run : runs) {
    const auto task = std::ranges::find(run.tasks, attempt.task, &TaskRow::id);
    if (task == run.tasks.end() || is_final(task->state)) continue;
    if (start.run) {
      start.others.push_back(run.run.run);
      continue;
    }
    start.run = run.run.run;
    start.name = task->name;
    start.number = static_cast<int>(task->attempts.size()) + 1;
  }
  if (!start.run) return std::nullopt;
  start.attempt = attempt.attempt;
  start.task = attempt.task;
  start.outputs = attempt.final_paths;
  start.prepared = true;
  return start;
}

Error cannot_complete(const OpenAttempt& attempt, const Error& why) {
  return {why.code,
          "an engine died while it published what " + attempt.task +
              " had made, and this one cannot complete that: " + why.message +
              "; when that is mended, the same command goes on",
          {}};
}

class Recovery {
 public:
  Recovery(Store& store, Targets& targets, const RecoveryOptions& options, UtcTime now)
      : store_(store), targets_(targets), options_(options), now_(now) {}

  Status end_attempt(const OpenAttempt& attempt);
  Status end_prepared(const std::vector<PreparedAttempt>& prepared, const std::vector<RunId>& runs);
  void clear_staging(const std::vector<std::string>& directories);
  Status close_run(RunId id);
  [[nodiscard]] Status flush() {
    store_.write(std::exchange(records_, {}), {});
    return store_.flush();
  }

  RecoveryReport report;

 private:
  Status publish_rest(const OpenAttempt& attempt, const std::string& why);
  void discard(AttemptId attempt, const std::vector<std::string>& final_paths);
  void lose(AttemptId attempt);

  Store& store_;
  Targets& targets_;
  const RecoveryOptions& options_;
  const UtcTime now_;
  std::vector<Record> records_;  // to be written
};

void Recovery::discard(AttemptId attempt, const std::vector<std::string>& final_paths) {
  targets_.discard(targets_.locate(attempt, final_paths));
  const std::string& state_dir = options_.state_dir;
  if (!state_dir.empty()) ::unlink(emit_path(state_dir, attempt).c_str());
}

void Recovery::lose(AttemptId attempt) {
  records_.push_back(end_record(attempt, TaskState::kLost, now_));
  ++report.lost_attempts;
}

Status Recovery::end_attempt(const OpenAttempt& attempt) {
  if (!attempt.has_intent) {
    discard(attempt.attempt, attempt.final_paths);
    lose(attempt.attempt);
    return Status();
  }
  const Status published = targets_.publish(attempt.outputs);
  if (!published.ok() && published.error().code == Code::kNotFound) {
    return publish_rest(attempt, published.error().message);
  }
  if (!published.ok()) return cannot_complete(attempt, published.error());
  records_.push_back(end_record(attempt.attempt, TaskState::kDone, now_));
  ++report.finished_attempts;
  return Status();
}

/// Somebody has removed an output with what was staged for it. Those that are left are published,
/// so that they are not mixed; the task lacks one, and so is not complete.
Status Recovery::publish_rest(const OpenAttempt& attempt, const std::string& why) {
  std::vector<StagedOutput> left;
  std::ranges::copy_if(attempt.outputs, std::back_inserter(left), [this](const StagedOutput& one) {
    return targets_.exists(one.staging_path) || targets_.exists(one.final_path);
  });
  const Status published = targets_.publish(left);
  if (!published.ok()) return cannot_complete(attempt, published.error());
  lose(attempt.attempt);
  std::get<AttemptEnded>(records_.back()).error += ": " + why;
  return Status();
}

/// Those that may have started are lost; the others were none.
Status Recovery::end_prepared(const std::vector<PreparedAttempt>& prepared,
                              const std::vector<RunId>& runs) {
  std::vector<RunDetail> details;  // large, and mostly not needed
  if (std::ranges::any_of(prepared, &PreparedAttempt::may_have_started)) {
    for (const RunId run : runs) {
      auto detail = store_.run(run);
      if (!detail.ok()) return detail.error();
      if (*detail) details.push_back(std::move(**detail));
    }
  }
  for (const PreparedAttempt& attempt : prepared) {
    discard(attempt.attempt, attempt.final_paths);
    auto start = attempt.may_have_started ? start_record(attempt, details) : std::nullopt;
    if (!start) {
      records_.emplace_back(AttemptDropped{attempt.attempt});
      continue;
    }
    start->host = options_.host_name;
    start->at = attempt.started.value_or(now_);
    records_.emplace_back(*std::move(start));
    lose(attempt.attempt);
  }
  return Status();
}

/// When nothing is staged any more.
void Recovery::clear_staging(const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) targets_.remove_kept_staging(directory);
  if (!directories.empty()) records_.emplace_back(StagingCleared{});
}

Status Recovery::close_run(RunId id) {
  auto detail = store_.run(id);
  if (!detail.ok()) return detail.error();
  if (!*detail) return Status();
  if ((*detail)->run.survives) {
    report.kept_runs.push_back(id);
    return Status();
  }
  store_.write(lost_run(**detail, now_), {});
  ++report.closed_runs;
  return Status();
}

}  // namespace

TaskState settled_state(const TaskRow& task) {
  if (task.attempts.empty()) return TaskState::kCancelled;
  const TaskState last = task.attempts.back().state;
  return last == TaskState::kFailed ? TaskState::kCancelled : last;
}

std::vector<Record> lost_run(const RunDetail& run, UtcTime now) {
  std::vector<Record> records;
  RunFinished finished;
  finished.run = run.run.run;
  finished.state = RunState::kLost;
  finished.at = now;
  for (const TaskRow& task : run.tasks) {
    TaskState state = task.state;
    if (!is_final(state)) {
      state = settled_state(task);
      TaskEnded ended;
      ended.run = finished.run;
      ended.id = task.id;
      ended.state = state;
      if (state == TaskState::kLost) ended.error = kLostError;
      ended.at = now;
      records.emplace_back(std::move(ended));
    }
    ++finished.counts[state];
  }
  records.emplace_back(std::move(finished));
  return records;
}

Result<RecoveryReport> recover(Store& store, Targets& targets, ProcessRunner& runner,
                               const Clock& clock, const RecoveryOptions& options) {
  auto attempts = store.open_attempts();
  if (!attempts.ok()) return attempts.error();
  auto runs = store.open_runs();
  if (!runs.ok()) return runs.error();
  auto prepared = store.prepared_attempts();
  if (!prepared.ok()) return prepared.error();
  auto kept = store.kept_staging();
  if (!kept.ok()) return kept.error();
  const bool in_order = attempts->empty() && runs->empty() && prepared->empty() && kept->empty();
  if (in_order && !options.engine_died) return RecoveryReport();

  auto ended = runner.end_leftovers();
  if (!ended.ok()) return ended.error();
  Recovery recovery(store, targets, options, clock.utc());
  recovery.report.ended_processes = *ended;
  for (const OpenAttempt& attempt : *attempts) {
    if (Status status = recovery.end_attempt(attempt); !status.ok()) return status.error();
  }
  Status status = recovery.end_prepared(*prepared, *runs);
  recovery.clear_staging(*kept);
  if (status.ok()) status = recovery.flush();
  for (auto run = runs->begin(); status.ok() && run != runs->end(); ++run) {
    status = recovery.close_run(*run);
  }
  // Nobody is to find a run open that no engine goes on with.
  if (status.ok()) status = store.flush();
  if (!status.ok()) return status.error();
  return recovery.report;
}

}  // namespace moondial
