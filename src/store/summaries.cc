#include "store/summaries.h"

#include <algorithm>

#include "store/connection.h"

namespace moondial::store {
namespace {

// In the order of Sequence.
constexpr const char* kLastIds =
    "SELECT max(last, ifnull((SELECT max(id) FROM runs), 0)) FROM sequences WHERE name = 'run' "
    "UNION ALL "
    "SELECT max(last, ifnull((SELECT max(id) FROM tasks), 0)) FROM sequences WHERE name = 'task' "
    "UNION ALL SELECT max(last, ifnull((SELECT max(id) FROM attempts), 0), "
    "ifnull((SELECT max(attempt) FROM prepared_attempts), 0)) FROM sequences "
    "WHERE name = 'attempt' "
    "UNION ALL SELECT max(last, ifnull((SELECT max(id) FROM events), 0)) FROM sequences "
    "WHERE name = 'event'";

}  // namespace

Summaries::Summaries(SQLite::Database& db)
    : read_counts_(db, "SELECT state, count FROM run_counts WHERE run = ?"),
      set_count_(db,
                 "INSERT INTO run_counts(run, state, count) VALUES (?, ?, ?) "
                 "ON CONFLICT DO UPDATE SET count = excluded.count"),
      forget_counts_(db, "DELETE FROM run_counts WHERE run = ?"),
      read_duration_(db, "SELECT mean_us, samples FROM durations WHERE name = ?"),
      set_duration_(db,
                    "INSERT INTO durations(name, mean_us, samples) VALUES (?, ?, ?) ON CONFLICT "
                    "DO UPDATE SET mean_us = excluded.mean_us, samples = excluded.samples") {
  SQLite::Statement last_ids(db, kLastIds);
  Query query(last_ids);
  for (int64_t& last : last_ids_) {
    if (!query.next()) throw Broken("a sequence of ids is missing");
    last = query.integer(0);
    if (!is_sane(last)) throw Broken("there is no further id after " + std::to_string(last));
  }
}

Summaries::Counts& Summaries::counts_of(RunId run) {
  const auto [entry, is_new] = counts_.try_emplace(run);
  if (is_new) {
    Query query(read_counts_, run);
    while (query.next()) {
      const auto state = query.enumerator(0, TaskState::kLost);
      const int64_t count = query.integer(1);
      if (!is_sane(count)) throw Broken("there are " + std::to_string(count) + " tasks in a run");
      entry->second[static_cast<size_t>(state)].count = count;
    }
  }
  return entry->second;
}

void Summaries::change(RunId run, TaskState state, int64_t by) {
  Count& count = counts_of(run)[static_cast<size_t>(state)];
  count.count += by;
  count.changed = true;
  if (changed_runs_.empty() || changed_runs_.back() != run) changed_runs_.push_back(run);
}

void Summaries::ended(RunId run, const std::map<TaskState, int64_t>& counts) {
  counts_.erase(run);
  execute(forget_counts_, run);
  for (const auto& [state, count] : counts) execute(set_count_, run, state, count);
}

void Summaries::succeeded(const std::string& name, Duration wall) {
  const auto [entry, is_new] = durations_.try_emplace(name);
  Usual& usual = entry->second;
  if (is_new) {
    Query query(read_duration_, name);
    if (query.next() && is_sane(query.integer(0)) && is_sane(query.integer(1))) {
      usual = {query.integer(0), query.integer(1), false};
    }
  }
  usual.samples = std::min(usual.samples + 1, kSamples);
  usual.mean_us +=
      (std::clamp<int64_t>(wall.count(), 0, kGreatest) - usual.mean_us) / usual.samples;
  if (!usual.changed) changed_durations_.push_back(name);
  usual.changed = true;
}

void Summaries::flush() {
  flush_counts();
  flush_durations();
}

void Summaries::flush_counts() {
  for (const RunId run : changed_runs_) {
    const auto entry = counts_.find(run);
    if (entry == counts_.end()) continue;  // has ended
    for (size_t state = 0; state < kTaskStates; ++state) {
      Count& count = entry->second[state];
      if (!count.changed) continue;
      execute(set_count_, run, static_cast<int>(state), count.count);
      count.changed = false;
    }
  }
  changed_runs_.clear();
}

void Summaries::flush_durations() {
  for (const std::string& name : changed_durations_) {
    Usual& usual = durations_.at(name);
    execute(set_duration_, name, usual.mean_us, usual.samples);
    usual.changed = false;
  }
  changed_durations_.clear();
}

}  // namespace moondial::store
