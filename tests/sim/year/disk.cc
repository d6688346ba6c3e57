#include "tests/sim/year/disk.h"

#include <algorithm>

#include "base/date.h"

namespace moondial::sim {
namespace {

std::string named(const Disk::Key& key) {
  return key.first + " of " + format_rfc3339(key.second, "UTC");
}

}  // namespace

void Disk::apply(const std::vector<Record>& records, UtcTime now) {
  std::set<RunId> started, settled_for;
  for (const Record& record : records) {
    const std::string nonsense = keep(record, now);
    if (!nonsense.empty() && problems.size() < 20) problems.push_back(nonsense);
    if (const auto* run = std::get_if<RunStarted>(&record)) started.insert(run->run);
    if (const auto* firing = std::get_if<FiringSettled>(&record)) {
      if (firing->run) settled_for.insert(firing->run);
    }
  }
  if (started != settled_for) {
    problems.emplace_back("a run and the end of its firing are not one transaction");
  }
}

std::string Disk::keep(const Record& record, UtcTime now) {
  now_ = now;
  return std::visit([this](const auto& known) { return one(known); }, record);
}

std::string Disk::one(const ScheduleKept& record) {
  ScheduleRow& row = schedules[record.schedule];
  if (record.position < row.position) return record.schedule + " goes back";
  row = {record.schedule, record.times, record.position, row.paused};
  return {};
}

std::string Disk::one(const SchedulePaused& record) {
  schedules[record.schedule].paused = record.paused;
  return {};
}

std::string Disk::one(const ScheduleFired& record) {
  Fired firing{
      {record.schedule, record.instant, record.state, {}, record.note, record.sla, {}, {}, {}},
      now_,
      record.by_hand};
  if (record.by_hand) return fired(std::move(firing));
  ScheduleRow& row = schedules[record.schedule];
  const bool is_again = record.instant <= row.position;
  row.position = std::max(row.position, record.instant);
  const std::string nonsense = fired(std::move(firing));
  return is_again ? named({record.schedule, record.instant}) + " was dealt with" : nonsense;
}

std::string Disk::one(const FiringSettled& record) { return settled(record); }

std::string Disk::one(const SlaSettled& record) {
  FiringRow& row = firings.at({record.schedule, record.instant}).row;
  if (row.sla_missed) return named({record.schedule, record.instant}) + ": two ends of its SLA";
  row.sla_missed = record.missed;
  look_if_open({record.schedule, record.instant});
  return {};
}

std::string Disk::one(const TriggerKept& record) {
  triggers[record.trigger] = {record.trigger, record.position, record.files};
  return {};
}

std::string Disk::one(const TriggerForgotten& record) {
  return triggers.erase(record.trigger) == 1 ? "" : record.trigger + " was not known";
}

std::string Disk::one(const TriggerFired& record) {
  TriggerRow& row = triggers.at(record.trigger);
  row.position = std::max(row.position, record.position);
  if (!record.stamp.empty()) row.files[record.cause] = record.stamp;
  Fired firing{
      {record.trigger, record.instant, FiringState::kWaiting, {}, {}, {}, {}, {}, record.cause},
      now_};
  const std::string nonsense = fired(std::move(firing));
  if (causes_.emplace(record.trigger, record.cause + " " + record.stamp).second) return nonsense;
  return record.trigger + " fires twice for " + record.cause;
}

std::string Disk::one(const ArrivalsGone& record) {
  for (const std::string& path : record.paths) triggers.at(record.trigger).files.erase(path);
  return {};
}

std::string Disk::one(const TroubleNoted& record) {
  troubles[record.trouble.subject] = record.trouble;
  return {};
}

std::string Disk::one(const TroubleTold& record) {
  troubles.at(record.subject).told = true;
  return {};
}

std::string Disk::one(const TroubleOver& record) {
  return troubles.erase(record.subject) == 1 ? "" : record.subject + " was in no trouble";
}

std::string Disk::one(const SourcesInForce& record) {
  in_force = record.sources.begin()->second;
  return {};
}

std::string Disk::one(const RunStarted& record) {
  past[record.run].started = record.at;
  return database.apply(record);
}

std::string Disk::one(const RunFinished& record) {
  Past& run = past[record.run];
  run.ended = record.at;
  run.state = record.state;
  look_if_open(run.firing);
  return database.apply(record);
}

std::string Disk::one(const AttemptEnded& record) {
  const Database::Attempt* const attempt = database.attempt(record.attempt);
  if (attempt != nullptr && record.state == TaskState::kDone) {
    const std::string& id = attempt->row.task;
    const std::string name = id.substr(0, id.find('('));
    successes[name][id] = {++position, id, {}};
    if (name == "Load") ++loads;
  }
  return database.apply(record);
}

std::string Disk::one(const PruneBegun& record) {
  going_.insert(record.run);
  to_sweep_ = true;
  return past[record.run].ended ? "" : "an open run is pruned";
}

std::string Disk::one(const TasksPruned& record) {
  if (!record.last) return {};
  database.forget(record.run);
  going_.erase(record.run);
  ++pruned;
  return {};
}

std::string Disk::one(const PruneSwept& /*record*/) {
  to_sweep_ = false;
  database.forget_sources_but(in_force);
  return {};
}

std::string Disk::fired(Fired firing) {
  const Key key{firing.row.schedule, firing.row.instant};
  if (!firings.emplace(key, std::move(firing)).second) return named(key) + " fires twice";
  look_if_open(key);
  return {};
}

std::string Disk::settled(const FiringSettled& record) {
  const Key key{record.schedule, record.instant};
  FiringRow& row = firings.at(key).row;
  if (row.state != FiringState::kWaiting) return named(key) + " is settled twice";
  row.state = record.state;
  row.run = record.run;
  row.note = record.note;
  // As the real record: nobody waits for what is dropped.
  if (row.state == FiringState::kDropped && !row.sla_missed) row.sla.reset();
  std::string nonsense;
  if (record.run) {
    if (!past.contains(record.run)) nonsense = named(key) + ": there is no such run";
    if (!past[record.run].firing.first.empty()) nonsense = named(key) + ": its run is another's";
    past[record.run].firing = key;
  }
  look_if_open(key);
  return nonsense;
}

void Disk::look_if_open(const Key& key) {
  const auto firing = firings.find(key);
  if (firing == firings.end()) return;
  FiringRow& row = firing->second.row;
  if (row.run) row.run_state = past.at(row.run).state;
  const bool has_deadline = row.sla && !row.sla_missed;
  const bool is_open =
      row.state == FiringState::kWaiting || row.run_state == RunState::kRunning || has_deadline;
  if (is_open) {
    open.insert(key);
  } else {
    open.erase(key);
  }
}

std::optional<PruneStep> Disk::next_prunable(const RetentionCutoffs& cutoffs) const {
  PruneStep step;
  const size_t most = static_cast<size_t>(cutoffs.keep_last);
  if (cutoffs.runs_before && database.runs().size() > most) {
    // The oldest ones; the first few of them may go on.
    auto run = database.runs().begin();
    for (int looked = 0; looked < 5 && run != database.runs().end(); ++looked, ++run) {
      if (!run->second.ended || *run->second.row.ended >= *cutoffs.runs_before) continue;
      step.run = run->first;
      step.begun = going_.contains(run->first);
      step.tasks = {1};
      step.last = true;
      for (const auto& [name, task] : run->second.tasks) {
        step.attempts.insert(step.attempts.end(), task.attempts.begin(), task.attempts.end());
      }
      return step;
    }
  }
  if (to_sweep_) return step;
  return std::nullopt;
}

}  // namespace moondial::sim
