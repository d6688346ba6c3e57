#include "tests/sim/database.h"

#include <algorithm>
#include <cstdlib>

namespace moondial::sim {
namespace {

std::string named(RunId run) { return "run " + std::to_string(run.value); }
std::string named(AttemptId attempt) { return "attempt " + std::to_string(attempt.value); }
std::string named(RunId run, const std::string& task) { return task + " of " + named(run); }

}  // namespace

std::string Database::apply(const Record& record) {
  return std::visit([this](const auto& known) { return one(known); }, record);
}

Database::Task* Database::task(RunId run, const std::string& id) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return nullptr;
  const auto task = found->second.tasks.find(id);
  return task == found->second.tasks.end() ? nullptr : &task->second;
}

const Database::Attempt* Database::attempt(AttemptId id) const {
  const auto found = attempts_.find(id);
  return found == attempts_.end() ? nullptr : &found->second;
}

// --- Runs ---

std::string Database::one(const RunStarted& record) {
  if (runs_.contains(record.run)) return named(record.run) + " starts twice";
  if (!record.request.empty()) {
    for (const auto& [id, run] : runs_) {
      if (run.request == record.request)
        return named(record.run) + " and " + named(id) + " are of one request";
    }
  }
  Run& run = runs_[record.run];
  run.row.run = record.run;
  run.row.kind = record.kind;
  run.row.roots = record.roots;
  run.row.started = record.at;
  run.row.survives = record.survives;
  run.request = record.request;
  for (const auto& [path, sha256] : record.sources) {
    if (!sources_.contains(sha256))
      return "the text of " + path + " is not recorded before its run";
    run.version = std::strtoull(sha256.c_str(), nullptr, 10);
  }
  last_run_ = std::max(last_run_, record.run);
  return {};
}

std::string Database::one(const RunFinished& record) {
  const auto run = runs_.find(record.run);
  if (run == runs_.end()) return named(record.run) + " ended and was not started";
  if (run->second.ended) return named(record.run) + " ended twice";
  run->second.ended = true;
  run->second.row.state = record.state;
  run->second.row.ended = record.at;
  run->second.row.counts = record.counts;
  return {};
}

std::string Database::one(const SourceText& record) {
  sources_.insert(record.sha256);
  return {};
}

// --- Tasks ---

std::string Database::one(const TaskPlanned& record) {
  const auto found = runs_.find(record.run);
  if (found == runs_.end()) return named(record.run, record.id) + " is planned before its run";
  Run& run = found->second;
  if (run.ended) return named(record.run, record.id) + " is planned after its run has ended";
  if (!run.tasks.contains(record.id)) run.order.push_back(record.id);
  Task& task = run.tasks[record.id];
  task.name = record.name;
  task.params = record.params;
  task.state = record.joins ? TaskState::kRunning : record.state;
  if (!record.joins) return {};
  const auto attempt = attempts_.find(record.joins);
  if (attempt == attempts_.end() || attempt->second.row.task != record.id) {
    return named(record.run, record.id) + " joins " + named(record.joins) + ", which is not its";
  }
  task.attempts.push_back(record.joins);
  attempt->second.runs.push_back(record.run);
  return {};
}

std::string Database::one(const TaskAwaits& record) {
  if (task(record.run, record.id) != nullptr) return {};
  return named(record.run, record.id) + " awaits and was not planned";
}

std::string Database::one(const TaskEnded& record) {
  Task* const known = task(record.run, record.id);
  if (known == nullptr) return named(record.run, record.id) + " ended and was not planned";
  if (!is_final(record.state)) return named(record.run, record.id) + " ended as nothing final";
  if (runs_.at(record.run).ended) return named(record.run, record.id) + " ended after its run";
  known->state = record.state;
  return {};
}

// --- Attempts ---

std::string Database::one(const AttemptPrepared& record) {
  const bool is_new =
      prepared_
          .emplace(record.attempt, PreparedAttempt{record.attempt, record.task, record.outputs})
          .second;
  if (!is_new || attempts_.contains(record.attempt)) return named(record.attempt) + " is not new";
  last_attempt_ = std::max(last_attempt_, record.attempt);
  return {};
}

std::string Database::one(const AttemptDropped& record) {
  if (prepared_.erase(record.attempt) == 1) return {};
  return named(record.attempt) + " is dropped and was not prepared";
}

std::string Database::one(const AttemptStarted& record) {
  if (record.prepared != (prepared_.erase(record.attempt) == 1)) {
    return named(record.attempt) + (record.prepared ? " was not prepared" : " was prepared");
  }
  if (attempts_.contains(record.attempt)) return named(record.attempt) + " starts twice";
  Attempt& attempt = attempts_[record.attempt];
  attempt.row.attempt = record.attempt;
  attempt.row.run = record.run;
  attempt.row.task = record.task;
  attempt.row.final_paths = record.outputs;
  attempt.number = record.number;
  attempt.started_at = record.at;
  attempt.runs = {record.run};
  attempt.runs.insert(attempt.runs.end(), record.others.begin(), record.others.end());
  for (const RunId run : attempt.runs) {
    Task* const known = task(run, record.task);
    if (known == nullptr)
      return named(record.attempt) + ": its task is not planned in " + named(run);
    known->state = TaskState::kRunning;
    known->attempts.push_back(record.attempt);
  }
  last_attempt_ = std::max(last_attempt_, record.attempt);
  return {};
}

std::string Database::one(const AttemptProcess& record) {
  const auto attempt = attempts_.find(record.attempt);
  if (attempt == attempts_.end()) return named(record.attempt) + " has a process and no start";
  attempt->second.row.pid = record.pid;
  return {};
}

std::string Database::one(const PublishIntent& record) {
  const auto attempt = attempts_.find(record.attempt);
  if (attempt == attempts_.end()) return named(record.attempt) + " publishes and was not started";
  if (attempt->second.ended) return named(record.attempt) + " publishes and has ended";
  if (record.outputs.empty()) return named(record.attempt) + " publishes nothing";
  attempt->second.row.has_intent = true;
  attempt->second.row.outputs = record.outputs;
  return {};
}

std::string Database::one(const IntentWithdrawn& record) {
  const auto attempt = attempts_.find(record.attempt);
  if (attempt == attempts_.end() || !attempt->second.row.has_intent) {
    return named(record.attempt) + " withdraws an intent and has none";
  }
  attempt->second.row.has_intent = false;
  attempt->second.row.outputs.clear();
  return {};
}

std::string Database::one(const AttemptEnded& record) {
  const auto found = attempts_.find(record.attempt);
  if (found == attempts_.end()) return named(record.attempt) + " ended and was not started";
  Attempt& attempt = found->second;
  if (attempt.ended) return named(record.attempt) + " ended twice";
  attempt.ended = true;
  attempt.state = record.state;
  attempt.ended_at = record.at;
  attempt.row.has_intent = false;
  attempt.row.outputs.clear();
  const std::string& id = attempt.row.task;
  if (record.state == TaskState::kFailed || record.state == TaskState::kLost) await_retry(attempt);
  if (record.state != TaskState::kDone) return {};
  successes_[id] = id;
  if (record.marks) marks_.insert(id);
  return {};
}

/// Where the task is still running it is to have another attempt.
void Database::await_retry(const Attempt& attempt) {
  for (const RunId run : attempt.runs) {
    Task* const known = task(run, attempt.row.task);
    if (known != nullptr && known->state == TaskState::kRunning) {
      known->state = TaskState::kRetrying;
    }
  }
}

std::string Database::one(const TaskMarked& record) {
  marks_.insert(record.id);
  return {};
}

std::string Database::one(const StagingKept& record) {
  kept_staging_.insert(record.directory);
  return {};
}

std::string Database::one(const StagingCleared& /*record*/) {
  kept_staging_.clear();
  return {};
}

// --- What goes ---

void Database::forget(RunId id) {
  const auto node = runs_.extract(id);
  for (const auto& [name, task] : node.mapped().tasks) {
    for (const AttemptId attempt : task.attempts) {
      const auto known = attempts_.find(attempt);
      std::erase(known->second.runs, id);
      if (known->second.runs.empty()) attempts_.erase(known);
    }
  }
}

void Database::forget_sources_but(const std::string& sha256) {
  std::set<std::string> kept = {sha256};
  for (const auto& [id, run] : runs_) kept.insert(std::to_string(run.version));
  std::erase_if(sources_, [&](const std::string& one) { return !kept.contains(one); });
}

// --- Looking ---

RunDetail Database::detail(RunId id) const {
  const Run& run = runs_.at(id);
  RunDetail out;
  out.run = run.row;
  for (const std::string& name : run.order) {
    const Task& task = run.tasks.at(name);
    TaskRow row;
    row.id = name;
    row.name = task.name;
    row.params = task.params;
    row.state = task.state;
    for (const AttemptId attempt : task.attempts) {
      AttemptRow& one = row.attempts.emplace_back();
      one.attempt = attempt;
      one.number = attempts_.at(attempt).number;
      one.state = attempts_.at(attempt).state;
      one.started = attempts_.at(attempt).started_at;
      if (attempts_.at(attempt).ended) one.ended = attempts_.at(attempt).ended_at;
    }
    // As the real record gives them.
    std::ranges::sort(row.attempts, {}, &AttemptRow::attempt);
    out.tasks.push_back(std::move(row));
  }
  return out;
}

std::string Database::summary() const {
  std::string out;
  for (const auto& [id, run] : runs_) {
    out += named(id) + " " + std::string(to_string(run.row.state)) + "\n";
    for (const auto& [name, task] : run.tasks) {
      out += "  " + name + " " + std::string(to_string(task.state)) + "\n";
    }
    for (const auto& [state, count] : run.row.counts) {
      if (run.ended)
        out += "  " + std::string(to_string(state)) + " " + std::to_string(count) + "\n";
    }
  }
  for (const auto& [id, attempt] : attempts_) {
    out += named(id) + " of " + attempt.row.task + " " + std::string(to_string(attempt.state)) +
           (attempt.ended ? " ended" : "") + (attempt.row.has_intent ? " intends\n" : "\n");
  }
  for (const auto& [id, prepared] : prepared_) out += named(id) + " prepared\n";
  for (const std::string& mark : marks_) out += "mark " + mark + "\n";
  return out;
}

}  // namespace moondial::sim
