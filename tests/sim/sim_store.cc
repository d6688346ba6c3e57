#include "tests/sim/sim_store.h"

#include "tests/sim/watcher.h"

namespace moondial::sim {
namespace {

std::string number(uint64_t value) { return std::to_string(value); }

}  // namespace

std::string words(const Record& record) {
  struct Words {
    std::string operator()(const RunStarted& r) { return "run " + number(r.run.value) + " starts"; }
    std::string operator()(const RunFinished& r) {
      return "run " + number(r.run.value) + " " + std::string(to_string(r.state));
    }
    std::string operator()(const TaskPlanned& r) {
      return "planned " + r.id + " in run " + number(r.run.value) + " as " +
             std::string(to_string(r.state)) + (r.joins ? " joins #" + number(r.joins.value) : "");
    }
    std::string operator()(const TaskEnded& r) {
      return r.id + " in run " + number(r.run.value) + " " + std::string(to_string(r.state));
    }
    std::string operator()(const AttemptPrepared& r) {
      return "prepared #" + number(r.attempt.value) + " " + r.task;
    }
    std::string operator()(const AttemptDropped& r) {
      return "dropped #" + number(r.attempt.value);
    }
    std::string operator()(const AttemptStarted& r) {
      return "row #" + number(r.attempt.value) + " " + r.task + " for run " + number(r.run.value);
    }
    std::string operator()(const AttemptProcess& r) { return "pid #" + number(r.attempt.value); }
    std::string operator()(const PublishIntent& r) { return "intent #" + number(r.attempt.value); }
    std::string operator()(const IntentWithdrawn& r) {
      return "no intent #" + number(r.attempt.value);
    }
    std::string operator()(const AttemptEnded& r) {
      return "end #" + number(r.attempt.value) + " " + std::string(to_string(r.state)) +
             (r.error.empty() ? "" : ": " + r.error);
    }
    std::string operator()(const TaskAwaits& r) { return "awaits " + r.id; }
    std::string operator()(const PoolSized& r) { return "pool sized " + r.pool; }
    std::string operator()(const TaskMarked& r) { return "marked " + r.id; }
    std::string operator()(const SourceText& r) { return "text " + r.sha256; }
    std::string operator()(const StagingKept& r) { return "staging kept in " + r.directory; }
    std::string operator()(const StagingCleared&) { return "no staging kept"; }
    std::string operator()(const PruneBegun& r) { return "prunes run " + number(r.run.value); }
    std::string operator()(const TasksPruned& r) { return "tasks gone of " + number(r.run.value); }
    std::string operator()(const LogsPruned& r) { return "logs gone of " + number(r.run.value); }
    std::string operator()(const EventsPruned&) { return "events gone"; }
    std::string operator()(const PruneSwept&) { return "swept"; }
    std::string operator()(const SourcesInForce&) { return "sources in force"; }
    std::string operator()(const ScheduleKept& r) { return "schedule " + r.schedule; }
    std::string operator()(const SchedulePaused& r) { return "schedule paused " + r.schedule; }
    std::string operator()(const ScheduleFired& r) { return "schedule fired " + r.schedule; }
    std::string operator()(const FiringSettled& r) { return "firing settled of " + r.schedule; }
    std::string operator()(const SlaSettled& r) { return "SLA settled of " + r.schedule; }
    std::string operator()(const TaskSlaSettled& r) { return "SLA settled of " + r.id; }
    std::string operator()(const TriggerKept& r) { return "trigger " + r.trigger; }
    std::string operator()(const TriggerForgotten& r) { return "trigger gone " + r.trigger; }
    std::string operator()(const TriggerFired& r) { return "trigger fired " + r.trigger; }
    std::string operator()(const TroubleNoted& r) { return "trouble " + r.trouble.subject; }
    std::string operator()(const TroubleTold& r) { return "told of " + r.subject; }
    std::string operator()(const TroubleOver& r) { return "over " + r.subject; }
    std::string operator()(const ArrivalsGone& r) { return "files gone of " + r.trigger; }
  };
  return std::visit(Words(), record);
}

// --- Writing ---

void SimStore::write(std::vector<Record> records, std::function<void()> durable) {
  if (!context_.fate.passes()) return;
  for (const Record& record : records) watcher_.handed_over(record);
  if (failed_) return;
  note_starts(records);
  queue_.push_back({std::move(records), std::move(durable)});
  (void)context_.fate.passes();
}

/// As the real store: that a prepared attempt starts is known after the death of the process.
void SimStore::note_starts(const std::vector<Record>& records) {
  Machine& machine = context_.machine;
  for (const Record& record : records) {
    if (std::holds_alternative<AttemptPrepared>(record) && !std::exchange(has_prepared_, true)) {
      machine.starts.clear();
      machine.starts_unknown = false;
    }
    const auto* start = std::get_if<AttemptStarted>(&record);
    if (start != nullptr && start->prepared && has_prepared_) machine.starts.insert(start->attempt);
  }
}

void SimStore::keep(const Group& group) {
  for (const Record& record : group.records) {
    if (context_.trace.keeps_text()) context_.trace.say("  durable: ", words(record));
    const std::string nonsense = context_.machine.database.apply(record);
    if (!nonsense.empty()) context_.checks.broken("record", nonsense);
    watcher_.durable(record);
  }
}

void SimStore::commit(size_t groups) {
  context_.trace.say("commit ", groups);
  for (; groups > 0; --groups) {
    Group group = std::move(queue_.front());
    queue_.pop_front();
    keep(group);
    if (group.durable) loop_.post(std::move(group.durable));
  }
}

void SimStore::fail_commit(size_t kept) {
  context_.trace.say("commit fails, though ", kept, " of ", queue_.size(), " are kept");
  failed_ = true;
  for (size_t i = 0; i < kept; ++i) keep(queue_[i]);
  queue_.clear();
  loop_.post([this] {
    if (fatal_) fatal_(Status(Code::kIo, "the commit failed"));
  });
}

Status SimStore::flush() {
  if (!context_.fate.passes()) return {Code::kIo, "dead"};
  if (failed_) return {Code::kIo, "the commit failed"};
  if (!queue_.empty()) {
    if (!context_.is_calm && context_.random.one_in(context_.night.one_in_failing_commits)) {
      fail_commit(context_.random.one_in(2) ? queue_.size() : 0);
      return {Code::kIo, "the commit failed"};
    }
    commit(queue_.size());
  }
  (void)context_.fate.passes();
  return {};
}

// --- Reading ---

Result<std::vector<RunRow>> SimStore::runs(size_t limit, RunId before, const RunFilter&) {
  std::vector<RunRow> out;
  const auto& all = context_.machine.database.runs();
  for (auto run = all.rbegin(); run != all.rend() && out.size() < limit; ++run) {
    if (!before || run->first < before) out.push_back(run->second.row);
  }
  return out;
}

Result<std::optional<RunDetail>> SimStore::run(RunId run) {
  if (!context_.machine.database.runs().contains(run)) return std::optional<RunDetail>();
  return std::optional(context_.machine.database.detail(run));
}

Result<std::optional<RunId>> SimStore::run_of_request(const std::string& request) {
  for (const auto& [id, run] : context_.machine.database.runs()) {
    if (run.request == request) return std::optional(id);
  }
  return std::optional<RunId>();
}

Result<std::optional<OpenAttempt>> SimStore::attempt(AttemptId id) {
  const Database::Attempt* known = context_.machine.database.attempt(id);
  return known == nullptr ? std::optional<OpenAttempt>() : std::optional(known->row);
}

Result<std::vector<OpenAttempt>> SimStore::open_attempts() {
  std::vector<OpenAttempt> out;
  for (const auto& [id, attempt] : context_.machine.database.attempts()) {
    if (!attempt.ended) out.push_back(attempt.row);
  }
  return out;
}

Result<std::vector<PreparedAttempt>> SimStore::prepared_attempts() {
  std::vector<PreparedAttempt> out;
  const Machine& machine = context_.machine;
  for (const auto& [id, prepared] : machine.database.prepared()) {
    out.push_back(prepared);
    out.back().may_have_started = machine.starts_unknown || machine.starts.contains(id);
  }
  return out;
}

Result<std::vector<RunId>> SimStore::open_runs() {
  std::vector<RunId> out;
  for (const auto& [id, run] : context_.machine.database.runs()) {
    if (!run.ended) out.push_back(id);
  }
  return out;
}

Result<std::map<std::string, Duration>> SimStore::usual_durations() {
  return std::map<std::string, Duration>();
}

Result<std::vector<std::pair<std::string, Params>>> SimStore::succeeded_tasks() {
  std::vector<std::pair<std::string, Params>> out;
  for (const auto& [id, name] : context_.machine.database.successes()) out.push_back({name, {}});
  return out;
}

}  // namespace moondial::sim
