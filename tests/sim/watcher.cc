#include "tests/sim/watcher.h"

#include <algorithm>
#include <cstdlib>

#include "tests/sim/books.h"
#include "tests/sim/sim_store.h"

namespace moondial::sim {

void Watcher::broken(std::string_view invariant, AttemptId attempt, const std::string& what) {
  const auto started = started_.find(attempt);
  context_.checks.broken(
      invariant, "#" + std::to_string(attempt.value) +
                     (started == started_.end() ? "" : " of " + started->second.task) + ": " +
                     what);
}

// --- What is recorded ---

void Watcher::handed_over(const Record& record) {
  if (context_.trace.keeps_text()) context_.trace.say("  handed over: ", words(record));
  if (const auto* run = std::get_if<RunStarted>(&record)) {
    for (const auto& [path, sha256] : run->sources) {
      books_.set_version(run->run, std::strtoull(sha256.c_str(), nullptr, 10));
    }
  } else if (const auto* planned = std::get_if<TaskPlanned>(&record)) {
    hear(*planned);
  } else if (const auto* started = std::get_if<AttemptStarted>(&record)) {
    hear(*started);
  } else if (const auto* ended = std::get_if<AttemptEnded>(&record)) {
    hear(*ended);
  }
}

void Watcher::hear(const TaskPlanned& record) {
  announced_.tasks.erase({record.run, record.id});
  ++planned_[{record.run, record.id}];
  if (!record.joins) return;
  const auto current = current_.find(record.id);
  if (current == current_.end() || current->second != record.joins ||
      !books_.is_under_way(record.id)) {
    broken("record", record.joins, "a run joins it, and it is not under way");
  }
}

/// The engine has just looked at what the task needs.
void Watcher::hear(const AttemptStarted& record) {
  Started& started = started_[record.attempt];
  started.task = record.task;
  started.version = books_.version_of(record.task);
  if (started.version != 0) {
    started.missing = missing_of(record.task, started.version);
    started.lock = context_.machine.version(started.version).find(record.task)->instance.lock;
  }
  current_[record.task] = record.attempt;
}

/// The end of an attempt gives back all that it had: nothing of it may be left.
void Watcher::hear(const AttemptEnded& record) {
  for (const auto& [pid, process] : context_.machine.processes) {
    if (process.attempt == record.attempt)
      broken("all-ended", record.attempt, "ends, and a process of it lives");
  }
  if (scripts_.contains(record.attempt))
    broken("all-ended", record.attempt, "ends, and its script runs");
  if (context_.machine.files.staged.contains(record.attempt)) {
    broken("nothing-left", record.attempt, "ends, and its staging is there");
  }
}

/// The attempt is known here, and by its own version of the declarations its task leaves nothing.
bool Watcher::leaves_nothing(AttemptId attempt) const {
  const auto started = started_.find(attempt);
  if (started == started_.end() || started->second.version == 0) return false;
  const Graph& graph = context_.machine.version(started->second.version);
  const TaskInstance& task = graph.find(started->second.task)->instance;
  return task.outputs.empty() && !task.marks && !task.publishes;
}

/// A task that leaves nothing succeeds at most once in a run.
void Watcher::durable(const Record& record) {
  if (const auto* planned = std::get_if<TaskPlanned>(&record)) {
    announced_.tasks.erase({planned->run, planned->id});  // an await wants it again
  }
  const auto* ended = std::get_if<AttemptEnded>(&record);
  if (ended == nullptr || ended->state != TaskState::kDone) return;
  if (!leaves_nothing(ended->attempt)) return;
  const Database& database = context_.machine.database;
  const Database::Attempt& attempt = *database.attempt(ended->attempt);
  for (const RunId run : attempt.runs) {
    const auto& attempts = database.runs().at(run).tasks.at(attempt.row.task).attempts;
    const auto successes = std::ranges::count_if(attempts, [&](AttemptId one) {
      const Database::Attempt* known = database.attempt(one);
      return known->ended && known->state == TaskState::kDone && leaves_nothing(one);
    });
    if (successes > 1) broken("one-success", ended->attempt, "succeeds again in one run");
  }
}

// --- What is done ---

void Watcher::before_process(const SimProcess& process, uint64_t version) {
  check_start(process.attempt, version, "a process");
}

void Watcher::before_step(const ScriptAttempt& attempt, uint64_t version) {
  const Database& database = context_.machine.database;
  if (attempt.step >= ScriptStep::kOnSuccess) {
    const Database::Attempt* row = database.attempt(attempt.attempt);
    if (attempt.event.kind == "run_end" ? !database.runs().at(attempt.run).ended
                                        : row == nullptr || !row->ended) {
      broken("announced-durable", attempt.attempt, "a hook is told before it is durable");
    }
    return;
  }
  if (attempt.step == ScriptStep::kRun) check_start(attempt.attempt, version, "a script");
  if (attempt.step == ScriptStep::kCheck) {
    const auto staged = context_.machine.files.staged.find(attempt.attempt);
    const bool is_synced =
        staged == context_.machine.files.staged.end() ||
        std::ranges::all_of(staged->second, [](const auto& file) { return file.second.synced; });
    if (!is_synced) broken("whole", attempt.attempt, "is checked before its outputs are synced");
  }
  scripts_[attempt.attempt] = attempt.name;
}

/// Before anything of the user's runs for an attempt.
void Watcher::check_start(AttemptId attempt, uint64_t version, const std::string& what) {
  const Database::Attempt* row = context_.machine.database.attempt(attempt);
  const auto known = started_.find(attempt);
  const bool was_prepared = context_.machine.database.prepared().contains(attempt);
  if (!(row != nullptr && !row->ended) && !was_prepared) {
    return broken("row-first", attempt, what + " starts before the attempt's row is durable");
  }
  if (known == started_.end()) return broken("row-first", attempt, what + " starts unannounced");
  const Started& started = known->second;
  if (started.version != version) {
    broken("one-version", attempt,
           what + " of version " + std::to_string(version) + " starts in one of " +
               std::to_string(started.version));
  }
  if (!started.missing.empty()) {
    broken("requirements", attempt, what + " starts without " + started.missing);
  }
  check_alone(attempt, started);
}

/// Neither another attempt of the identity nor another holder of its lock is alive.
void Watcher::check_alone(AttemptId attempt, const Started& started) {
  const auto check = [&](AttemptId other, const std::string& task) {
    if (other == attempt) return;
    if (task == started.task) broken("one-attempt", attempt, "starts while another one lives");
    const auto holder = started_.find(other);
    if (started.lock.empty() || holder == started_.end()) return;
    if (holder->second.lock == started.lock) {
      broken("one-holder", attempt, "starts while " + task + " lives, which has its lock");
    }
  };
  for (const auto& [pid, process] : context_.machine.processes) {
    check(process.attempt, process.task);
  }
  for (const auto& [other, task] : scripts_) check(other, task);
}

void Watcher::staging_is_gone(AttemptId attempt, const std::string& task) {
  const Database::Attempt* row = context_.machine.database.attempt(attempt);
  // A dead engine's processes may work on while the next one cleans up; not before it ends them.
  broken(
      "all-ended", attempt,
      "the staging of " + task + " is gone while it works" + (row == nullptr ? ", unknown" : ""));
}

/// What a task that needs all of its requirements lacks, as the disk and the record are now.
std::string Watcher::missing_of(const std::string& task, uint64_t version) const {
  const Graph& graph = context_.machine.version(version);
  const Declared& declared = *graph.find(task);
  if (declared.instance.when != When::kAll || !books_.is_of_one_version(task)) return {};
  for (const std::string& need : declared.instance.requires_) {
    if (!is_there(graph, graph.find(need)->instance)) return need;
  }
  return {};
}

/// Some run has found it complete, by another version of the files; a retry of that run goes by it.
bool Watcher::was_complete(const std::string& task) const {
  return std::ranges::any_of(context_.machine.database.runs(), [&](const auto& entry) {
    const auto found = entry.second.tasks.find(task);
    return found != entry.second.tasks.end() && is_success(found->second.state);
  });
}

bool Watcher::is_there(const Graph& graph, const TaskInstance& need) const {
  const Database& database = context_.machine.database;
  if (!need.outputs.empty()) {
    if (need.asks_complete) return true;
    return std::ranges::all_of(need.outputs, [&](const std::string& path) {
      const auto content = context_.machine.files.finals.find(path);
      if (content == context_.machine.files.finals.end()) return false;
      if (!content->second.by) return true;
      const Database::Attempt* by = database.attempt(content->second.by);
      // Another run may be replacing it: an intent is carried out whatever happens.
      return by != nullptr && (by->row.has_intent || by->state == TaskState::kDone);
    });
  }
  if (need.external || need.marks) return database.marked(need.id);
  // Where a later attempt fails, the user's own code may remove the target.
  if (need.publishes) {
    return context_.machine.own_targets.contains(need.id) || database.succeeded(need.id);
  }
  if (need.work != WorkKind::kNone) return database.succeeded(need.id) || was_complete(need.id);
  if (need.when != When::kAll) return true;  // a wrapper that does not need all
  return std::ranges::all_of(need.requires_, [&](const std::string& id) {
    const TaskInstance& next = graph.find(id)->instance;
    // Files that a wrapper hands on are not looked at again.
    return !next.outputs.empty() || is_there(graph, next);
  });
}

// --- What is told ---

void Watcher::told(RunId run, const RunEvent& event) {
  if (const auto* ended = std::get_if<RunEvent::Ended>(&event.what)) {
    context_.trace.say("  told: run ", run.value, " ", to_string(ended->state));
    announced_.runs[run] = ended->state;
    if (!context_.machine.database.runs().at(run).ended) {
      context_.checks.broken("announced-durable", "the end of a run is told before it is durable");
    }
    return;
  }
  const auto* task = std::get_if<RunEvent::Task>(&event.what);
  if (task == nullptr || !is_final(task->state)) return;
  context_.trace.say("  told: ", task->id, " ", to_string(task->state), " in run ", run.value);
  if (context_.machine.database.runs().at(run).tasks.at(task->id).state == task->state) {
    announced_.tasks[{run, task->id}] = task->state;
  } else if (planned_[{run, task->id}] < 2) {
    context_.checks.broken("announced-durable", task->id + " is told before it is durable");
  }
  if (task->state != TaskState::kDone || !task->attempt) return;
  const Database::Attempt* row = context_.machine.database.attempt(task->attempt);
  if (row == nullptr || !row->ended || row->state != TaskState::kDone) {
    broken("announced-durable", task->attempt, "is told as done before that is durable");
  }
}

void Watcher::answered(RunId run) {
  announced_.answered.insert(run);
  if (context_.machine.database.runs().contains(run)) return;
  context_.checks.broken("announced-durable", "a run is answered before it is durable");
}

void Announced::check(const Database& database, Checks& checks) const {
  for (const RunId run : answered) {
    if (!database.runs().contains(run)) {
      checks.broken("announced-stays", "run " + std::to_string(run.value) + " is forgotten");
    }
  }
  for (const auto& [run, state] : runs) {
    if (database.runs().at(run).row.state != state) {
      checks.broken("announced-stays", "run " + std::to_string(run.value) + " has another end");
    }
  }
  for (const auto& [place, state] : tasks) {
    const auto& [run, id] = place;
    const TaskState now = database.runs().at(run).tasks.at(id).state;
    if (now == state) continue;
    checks.broken("announced-stays", id + " in run " + std::to_string(run.value) +
                                         " was told to be " + std::string(to_string(state)) +
                                         " and is " + std::string(to_string(now)));
  }
}

}  // namespace moondial::sim
