#include "engine/recovery.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
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

/// What the record says of an attempt that was under way. Nothing if no run holds it.
std::optional<HeldAttempt> held_attempt(const OpenAttempt& attempt,
                                        const std::vector<RunDetail>& runs) {
  for (const RunDetail& run : runs) {
    const auto task = std::ranges::find(run.tasks, attempt.task, &TaskRow::id);
    if (task == run.tasks.end() || is_final(task->state)) continue;
    const auto row = std::ranges::find(task->attempts, attempt.attempt, &AttemptRow::attempt);
    if (row == task->attempts.end()) continue;
    return HeldAttempt{attempt.attempt, run.run.run,         attempt.task, row->number,
                       row->started,    attempt.final_paths, attempt.pid};
  }
  return std::nullopt;
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

  Status find_held(const std::vector<OpenAttempt>& open,
                   const std::vector<PreparedAttempt>& prepared, const std::vector<RunId>& runs,
                   const std::vector<AttemptId>& held);
  [[nodiscard]] std::set<AttemptId> held_ids() const;
  void forget_emitted(const std::vector<AttemptId>& left);
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
  [[nodiscard]] bool is_held(AttemptId attempt) const {
    return std::ranges::find(report.held, attempt, &HeldAttempt::attempt) != report.held.end();
  }
  [[nodiscard]] bool wants_held(const RunDetail& run) const;
  Result<std::vector<RunDetail>> details_of(const std::vector<RunId>& runs);

  Store& store_;
  Targets& targets_;
  const RecoveryOptions& options_;
  const UtcTime now_;
  std::vector<Record> records_;  // to be written
};

Result<std::vector<RunDetail>> Recovery::details_of(const std::vector<RunId>& runs) {
  std::vector<RunDetail> details;
  for (const RunId run : runs) {
    auto detail = store_.run(run);
    if (!detail.ok()) return detail.error();
    if (*detail) details.push_back(std::move(**detail));
  }
  return details;
}

/// Which attempts are not over, since their commands are not, or are and nobody has heard of it.
Status Recovery::find_held(const std::vector<OpenAttempt>& open,
                           const std::vector<PreparedAttempt>& prepared,
                           const std::vector<RunId>& runs, const std::vector<AttemptId>& held) {
  if (held.empty()) return Status();
  const auto details = details_of(runs);
  if (!details.ok()) return details.error();
  const std::set<AttemptId> found(held.begin(), held.end());
  for (const OpenAttempt& attempt : open) {
    if (attempt.has_intent || !found.contains(attempt.attempt)) continue;
    auto one = held_attempt(attempt, *details);
    if (one) report.held.push_back(*std::move(one));
  }
  for (const PreparedAttempt& attempt : prepared) {
    // Its holder is the proof that it has started, whatever else is known of that.
    auto start = found.contains(attempt.attempt) ? start_record(attempt, *details) : std::nullopt;
    if (!start) continue;
    start->host = options_.host_name;
    start->at = attempt.started.value_or(now_);
    report.held.push_back({start->attempt, start->run, start->task, start->number, start->at,
                           attempt.final_paths, 0});
    records_.emplace_back(*std::move(start));
  }
  return Status();
}

std::set<AttemptId> Recovery::held_ids() const {
  std::set<AttemptId> ids;
  for (const HeldAttempt& one : report.held) ids.insert(one.attempt);
  return ids;
}

/// Of attempts whose end was durable, and which were not forgotten in time.
void Recovery::forget_emitted(const std::vector<AttemptId>& left) {
  if (options_.state_dir.empty()) return;
  for (const AttemptId attempt : left) {
    if (!is_held(attempt)) forget_emit_file(options_.state_dir, attempt);
  }
}

/// Whether a task that the run is not through with is one of those that are held.
bool Recovery::wants_held(const RunDetail& run) const {
  return std::ranges::any_of(report.held, [&](const HeldAttempt& held) {
    const auto task = std::ranges::find(run.tasks, held.task, &TaskRow::id);
    return task != run.tasks.end() && !is_final(task->state);
  });
}

void Recovery::discard(AttemptId attempt, const std::vector<std::string>& final_paths) {
  targets_.discard(targets_.locate(attempt, final_paths));
  if (!options_.state_dir.empty()) forget_emit_file(options_.state_dir, attempt);
}

void Recovery::lose(AttemptId attempt) {
  records_.push_back(end_record(attempt, TaskState::kLost, now_));
  ++report.lost_attempts;
}

Status Recovery::end_attempt(const OpenAttempt& attempt) {
  if (is_held(attempt.attempt)) return Status();
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
  AttemptEnded end = end_record(attempt.attempt, TaskState::kDone, now_);
  if (attempt.pid != 0) end.exit = 0;  // its command has ended well, or there were no intent
  records_.push_back(std::move(end));
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
    auto read = details_of(runs);
    if (!read.ok()) return read.error();
    details = std::move(read).value();
  }
  for (const PreparedAttempt& attempt : prepared) {
    if (is_held(attempt.attempt)) continue;
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

/// When nothing is staged any more, but by held attempts: theirs may still be empty, as what is
/// kept is. So where they have some, it is for the next time.
void Recovery::clear_staging(const std::vector<std::string>& directories) {
  std::set<std::string> in_use;
  for (const HeldAttempt& held : report.held) {
    for (const StagedOutput& output : targets_.locate(held.attempt, held.final_paths)) {
      in_use.insert(directory_of_output(output));
    }
  }
  bool all = true;
  for (const std::string& directory : directories) {
    if (in_use.contains(directory)) {
      all = false;
    } else {
      targets_.remove_kept_staging(directory);
    }
  }
  if (!directories.empty() && all) records_.emplace_back(StagingCleared{});
}

Status Recovery::close_run(RunId id) {
  auto detail = store_.run(id);
  if (!detail.ok()) return detail.error();
  if (!*detail) return Status();
  if ((*detail)->run.survives || wants_held(**detail)) {
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

  Recovery recovery(store, targets, options, clock.utc());
  const std::vector<AttemptId> left = runner.held();
  Status status;
  if (options.hold) status = recovery.find_held(*attempts, *prepared, *runs, left);
  if (!status.ok()) return status.error();
  auto ended = runner.end_leftovers(recovery.held_ids());
  if (!ended.ok()) return ended.error();
  recovery.report.ended_processes = *ended;
  recovery.forget_emitted(left);
  for (const OpenAttempt& attempt : *attempts) {
    status = recovery.end_attempt(attempt);
    if (!status.ok()) return status.error();
  }
  status = recovery.end_prepared(*prepared, *runs);
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

Status end_held_attempt(Store& store, Targets& targets, ProcessRunner& runner, const Clock& clock,
                        const HeldAttempt& held, const std::string& state_dir) {
  Status ended = runner.end_held(held.attempt);
  if (!ended.ok()) return ended;
  targets.discard(targets.locate(held.attempt, held.final_paths));
  forget_emit_file(state_dir, held.attempt);
  store.write({end_record(held.attempt, TaskState::kLost, clock.utc())}, {});
  return Status();
}

}  // namespace moondial
