#include "store/reader.h"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "store/connection.h"
#include "store/limits_json.h"
#include "store/params_json.h"
#include "store/rows.h"
#include "store/rows_json.h"

namespace moondial::store {
namespace {

/// Readers and the writer do not lock each other out; this is for somebody who locks the file by
/// hand, and short, because the loop waits.
constexpr int kBusyTimeoutMs = 1000;

// Own attempts and those of other runs that the tasks of run ?1 share, as (task, attempt).
constexpr const char* kAttemptsOfRun =
    "WITH pairs(task, attempt) AS ("
    "SELECT t.id, a.id FROM tasks t JOIN attempts a ON a.task = t.id WHERE t.run = ?1 "
    "UNION ALL "
    "SELECT t.id, s.attempt FROM tasks t JOIN shared_attempts s ON s.task = t.id "
    "WHERE t.run = ?1) ";

/// What one row says is there.
template <typename T>
T found(std::optional<T> row, const std::string& what) {
  if (!row) throw Broken(what + " is there and is not");
  return std::move(*row);
}

/// The place of a row that another one refers to.
template <typename Map, typename Key>
auto place_of(const Map& places, const Key& key, const char* what) {
  const auto place = places.find(key);
  if (place == places.end()) throw Broken(std::string(what) + " belongs to nothing");
  return place->second;
}

}  // namespace

Reader::Statements::Statements(SQLite::Database& db)
    : run_ids(db,
              "SELECT r.id FROM runs r WHERE r.id < ?1 AND r.kept > 0 "
              "AND (?2 IS NULL OR r.state = ?2) AND (?3 = '' OR r.kind = ?3) "
              "AND (?4 IS NULL OR r.started >= ?4) AND (?5 IS NULL OR r.started < ?5) "
              "ORDER BY r.id DESC LIMIT ?6"),
      // From the tasks of a name to their runs, however rare they are among all runs.
      run_ids_with(db,
                   "SELECT DISTINCT t.run FROM tasks t CROSS JOIN runs r ON r.id = t.run "
                   "WHERE t.name = ?7 AND t.run < ?1 AND (?8 = '' OR t.identity = ?8) "
                   "AND r.kept > 0 AND (?2 IS NULL OR r.state = ?2) AND (?3 = '' OR r.kind = ?3) "
                   "AND (?4 IS NULL OR r.started >= ?4) AND (?5 IS NULL OR r.started < ?5) "
                   "ORDER BY t.run DESC LIMIT ?6"),
      run(db,
          "SELECT state, kind, started, ended, kept, limits, survives FROM runs WHERE id = ? AND "
          "kept > 0"),
      roots(db, "SELECT identity FROM run_roots WHERE run = ? ORDER BY ordinal"),
      counts(db, "SELECT state, count FROM run_counts WHERE run = ? AND count > 0"),
      cause(db, "SELECT schedule FROM firings WHERE run = ?"),
      run_sources(db,
                  "SELECT r.path, s.sha256 FROM run_sources r JOIN sources s ON s.id = r.source "
                  "WHERE r.run = ?"),
      tasks(db,
            "SELECT id, identity, name, params, state, why, error, requires, complete_needs, "
            "more_complete FROM tasks WHERE run = ? ORDER BY id"),
      complete_before(
          db, "SELECT ordinal, identity FROM complete_before WHERE run = ? ORDER BY ordinal"),
      task_attempts(db, std::string(kAttemptsOfRun) + "SELECT p.task, " + kAttemptColumns +
                            "FROM pairs p JOIN attempts a ON a.id = p.attempt ORDER BY a.id"),
      task_emitted(db, std::string(kAttemptsOfRun) +
                           "SELECT e.attempt, e.name, e.value "
                           "FROM pairs p JOIN emitted e ON e.attempt = p.attempt"),
      run_of_request(db, "SELECT id FROM runs WHERE request = ?"),
      attempt(db,
              "SELECT t.run, t.identity, a.pid FROM attempts a JOIN tasks t ON t.id = a.task "
              "WHERE a.id = ?"),
      outputs(db,
              "SELECT path, final_path, staging_path FROM open_outputs WHERE attempt = ? "
              "ORDER BY ordinal"),
      open_attempts(db, "SELECT id FROM attempts WHERE ended IS NULL ORDER BY id"),
      prepared_attempts(db,
                        "SELECT attempt, identity, path FROM prepared_attempts "
                        "ORDER BY attempt, ordinal"),
      open_runs(db, "SELECT id FROM runs WHERE ended IS NULL ORDER BY id"),
      kept_staging(db, "SELECT directory FROM kept_staging ORDER BY directory"),
      sources_in_force(db,
                       "SELECT f.path, s.text FROM sources_in_force f "
                       "JOIN sources s ON s.id = f.source"),
      schedules(db, "SELECT name, times, position, paused FROM schedules ORDER BY name"),
      open_firings(db, std::string(kFirings) +
                           "WHERE f.state = 0 OR f.sla_state = 1 OR f.run IN "
                           "(SELECT id FROM runs WHERE ended IS NULL) "
                           "ORDER BY f.instant, f.schedule"),
      firings(db, std::string(kFirings) + "WHERE f.schedule = ? ORDER BY f.instant DESC LIMIT ?"),
      triggers(db, "SELECT name, position FROM triggers ORDER BY name"),
      arrivals(db, "SELECT path, stamp FROM arrivals WHERE trigger = ?"),
      successes_after(db,
                      "SELECT position, identity, params FROM successes "
                      "WHERE position > ? AND name = ? ORDER BY position"),
      task_deadlines(db,
                     "SELECT run, identity, name, params, sla FROM tasks WHERE sla_state = 1 "
                     "ORDER BY sla, id"),
      troubles(db, "SELECT subject, name, run, at, text, is_sla, told FROM troubles"),
      pool_sizes(db, "SELECT pool, size, declared FROM pool_sizes ORDER BY pool"),
      durations(db, "SELECT name, mean_us FROM durations"),
      succeeded(db, "SELECT name, params FROM successes ORDER BY position"),
      emitted(db,
              "SELECT e.name, e.value FROM successes s JOIN emitted e ON e.attempt = s.attempt "
              "WHERE s.identity = ?1 UNION ALL "
              "SELECT k.name, k.value FROM successes s JOIN kept_emitted k "
              "ON k.attempt = s.attempt WHERE s.identity = ?1"),
      source_text(db, "SELECT text FROM sources WHERE sha256 = ?"),
      events(db,
             "SELECT e.id, e.at, e.kind, e.run, ifnull(t.identity, ''), ifnull(e.attempt, 0), "
             "ifnull(a.number, 0), e.state FROM events e LEFT JOIN tasks t ON t.id = e.task "
             "LEFT JOIN attempts a ON a.id = e.attempt WHERE e.id > ? ORDER BY e.id LIMIT ?"),
      event_bounds(db,
                   "SELECT max(last, ifnull((SELECT max(id) FROM events), 0)), last "
                   "FROM sequences WHERE name = 'event'") {}

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path) {
  return at_seam(path, [&]() -> Result<std::unique_ptr<Reader>> {
    SQLite::Database db = connect(path, kBusyTimeoutMs);
    db.exec("PRAGMA query_only = ON; PRAGMA cache_size = -8192;");
    // Also when it is the last to close, after the writer failed.
    sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return std::unique_ptr<Reader>(new Reader(path, std::move(db)));
  });
}

Reader::Reader(const std::string& path, SQLite::Database db)
    : db_(std::move(db)), read_(db_, path), sql_(db_), history_(db_, path), prune_(db_) {}

// --- Runs ---

Result<std::vector<RunRow>> Reader::runs(size_t limit, RunId before, const RunFilter& filter) {
  return read_([&] {
    std::vector<RunId> ids;
    const int64_t end = before ? static_cast<int64_t>(before.value) : INT64_MAX;
    const auto most = static_cast<int64_t>(limit);
    const auto take = [&](Query&& query) {
      while (query.next()) ids.push_back(query.id<RunId>(0));
    };
    if (filter.task.empty()) {
      take(Query(sql_.run_ids, end, filter.state, filter.kind, filter.since, filter.until, most));
    } else {
      const size_t bracket = filter.task.find('(');
      const std::string name = filter.task.substr(0, bracket);
      const std::string identity = bracket == std::string::npos ? "" : filter.task;
      take(Query(sql_.run_ids_with, end, filter.state, filter.kind, filter.since, filter.until,
                 most, name, identity));
    }
    std::vector<RunRow> rows;
    rows.reserve(ids.size());
    for (const RunId id : ids) {
      rows.push_back(found(read_run(id), "run " + std::to_string(id.value)));
    }
    return rows;
  });
}

std::optional<RunRow> Reader::read_run(RunId run) {
  Query query(sql_.run, run);
  if (!query.next()) return std::nullopt;
  RunRow row;
  row.run = run;
  row.state = query.enumerator(0, RunState::kLost);
  row.kind = query.text(1);
  row.started = query.time(2);
  if (!query.null(3)) row.ended = query.time(3);
  row.has_logs = query.integer(4) == 2;
  row.limits = limits_from_json(query.text(5));
  row.survives = query.integer(6) != 0;
  Query roots(sql_.roots, run);
  while (roots.next()) row.roots.push_back(roots.text(0));
  Query cause(sql_.cause, run);
  if (cause.next()) row.cause = cause.text(0);
  Query counts(sql_.counts, run);
  while (counts.next()) {
    row.counts[counts.enumerator(0, TaskState::kLost)] = counts.integer(1);
  }
  return row;
}

Result<std::optional<RunDetail>> Reader::run(RunId run) {
  return read_([&]() -> std::optional<RunDetail> {
    std::optional<RunRow> row = read_run(run);
    if (!row) return std::nullopt;
    RunDetail detail{std::move(*row), {}, {}};
    read_tasks(run, detail);
    Query sources(sql_.run_sources, run);
    while (sources.next()) detail.sources.emplace(sources.text(0), sources.text(1));
    return detail;
  });
}

void Reader::read_tasks(RunId run, RunDetail& detail) {
  std::vector<TaskRow>& tasks = detail.tasks;
  std::unordered_map<int64_t, size_t> index_of_row;
  std::vector<std::pair<size_t, std::string>> needs, complete;
  Query query(sql_.tasks, run);
  while (query.next()) {
    if (!query.null(7)) needs.emplace_back(tasks.size(), query.text(7));
    if (!query.null(8)) complete.emplace_back(tasks.size(), query.text(8));
    index_of_row.emplace(query.integer(0), tasks.size());
    tasks.push_back({query.text(1),
                     query.text(2),
                     params_from_json(query.text(3)),
                     query.enumerator(4, TaskState::kLost),
                     query.text(5),
                     query.text(6),
                     {}});
    tasks.back().more_complete = query.integer(9);
  }
  for (const auto& [task, rows] : needs) {
    for (const int64_t row : rows_from_json(rows)) {
      tasks[task].requires_.push_back(place_of(index_of_row, row, "a requirement"));
    }
  }
  if (!complete.empty()) read_complete_needs(run, complete, detail);
  std::unordered_map<AttemptId, Place> places;
  Query attempts(sql_.task_attempts, run);
  while (attempts.next()) {
    AttemptRow row = read_attempt_row(attempts, 1);
    const size_t task = place_of(index_of_row, attempts.integer(0), "an attempt");
    places[row.attempt] = {task, tasks[task].attempts.size()};
    tasks[task].attempts.push_back(std::move(row));
  }
  read_emitted(run, places, tasks);
}

/// What had been complete may have vanished and been planned after all: then it is a task of the
/// run.
void Reader::read_complete_needs(RunId run,
                                 const std::vector<std::pair<size_t, std::string>>& needs,
                                 RunDetail& detail) {
  std::unordered_map<std::string_view, size_t> planned;
  for (size_t i = 0; i < detail.tasks.size(); ++i) planned.emplace(detail.tasks[i].id, i);
  struct Found {
    bool in_run = false;
    size_t index = 0;
  };
  std::unordered_map<int64_t, Found> places;
  Query query(sql_.complete_before, run);
  while (query.next()) {
    std::string identity = query.text(1);
    if (const auto task = planned.find(identity); task != planned.end()) {
      places[query.integer(0)] = {true, task->second};
    } else {
      places[query.integer(0)] = {false, detail.complete_before.size()};
      detail.complete_before.push_back(std::move(identity));
    }
  }
  for (const auto& [task, ordinals] : needs) {
    TaskRow& row = detail.tasks[task];
    for (const int64_t ordinal : rows_from_json(ordinals)) {
      const Found place = place_of(places, ordinal, "what was complete");
      std::vector<size_t>& list = place.in_run ? row.requires_ : row.complete_needs;
      if (std::ranges::find(list, place.index) == list.end()) list.push_back(place.index);
    }
  }
}

void Reader::read_emitted(RunId run, const std::unordered_map<AttemptId, Place>& places,
                          std::vector<TaskRow>& tasks) {
  Query query(sql_.task_emitted, run);
  while (query.next()) {
    const Place place = place_of(places, query.id<AttemptId>(0), "an emitted value");
    AttemptRow& attempt = tasks[place.task].attempts[place.attempt];
    attempt.emitted.emplace(query.text(1), query.text(2));
  }
}

Result<std::vector<PoolSizeRow>> Reader::pool_sizes() {
  return read_([&] {
    std::vector<PoolSizeRow> out;
    Query query(sql_.pool_sizes);
    while (query.next()) out.push_back({query.text(0), query.integer(1), query.integer(2)});
    return out;
  });
}

Result<std::optional<RunId>> Reader::run_of_request(const std::string& request) {
  return read_([&]() -> std::optional<RunId> {
    Query query(sql_.run_of_request, request);
    if (!query.next()) return std::nullopt;
    return query.id<RunId>(0);
  });
}

Result<std::vector<RunId>> Reader::open_runs() {
  return read_([&] {
    std::vector<RunId> runs;
    Query query(sql_.open_runs);
    while (query.next()) runs.push_back(query.id<RunId>(0));
    return runs;
  });
}

Result<std::vector<std::string>> Reader::kept_staging() {
  return read_([&] {
    std::vector<std::string> directories;
    Query query(sql_.kept_staging);
    while (query.next()) directories.push_back(query.text(0));
    return directories;
  });
}

Result<std::map<std::string, std::string>> Reader::sources_in_force() {
  return read_([&] {
    std::map<std::string, std::string> texts;
    Query query(sql_.sources_in_force);
    while (query.next()) texts.emplace(query.text(0), query.text(1));
    return texts;
  });
}

// --- Schedules ---

Result<std::vector<ScheduleRow>> Reader::schedules() {
  return read_([&] {
    std::vector<ScheduleRow> rows;
    Query query(sql_.schedules);
    while (query.next()) {
      ScheduleRow& row = rows.emplace_back();
      row.schedule = query.text(0);
      row.times = query.text(1);
      row.position = query.time(2);
      if (!query.null(3)) row.paused = query.integer(3) != 0;
    }
    return rows;
  });
}

Result<std::vector<FiringRow>> Reader::open_firings() {
  return read_([&] {
    std::vector<FiringRow> rows;
    Query query(sql_.open_firings);
    while (query.next()) rows.push_back(read_firing(query));
    return rows;
  });
}

Result<std::vector<FiringRow>> Reader::firings(const std::string& schedule, size_t limit) {
  return read_([&] {
    std::vector<FiringRow> rows;
    Query query(sql_.firings, schedule, static_cast<int64_t>(limit));
    while (query.next()) rows.push_back(read_firing(query));
    return rows;
  });
}

// --- Triggers and deadlines ---

Result<std::vector<TriggerRow>> Reader::triggers() {
  return read_([&] {
    std::vector<TriggerRow> rows;
    Query query(sql_.triggers);
    while (query.next()) rows.push_back({query.text(0), query.integer(1), {}});
    for (TriggerRow& row : rows) {
      Query files(sql_.arrivals, row.trigger);
      while (files.next()) row.files.emplace(files.text(0), files.text(1));
    }
    return rows;
  });
}

Result<std::vector<SuccessRow>> Reader::successes_after(const std::string& name, int64_t position) {
  return read_([&] {
    std::vector<SuccessRow> rows;
    Query query(sql_.successes_after, position, name);
    while (query.next())
      rows.push_back({query.integer(0), query.text(1), params_from_json(query.text(2))});
    return rows;
  });
}

Result<std::vector<TroubleRow>> Reader::troubles() {
  return read_([&] {
    std::vector<TroubleRow> rows;
    Query query(sql_.troubles);
    while (query.next()) {
      TroubleRow& row = rows.emplace_back();
      row.subject = query.text(0);
      row.name = query.text(1);
      if (!query.null(2)) row.run = query.id<RunId>(2);
      row.at = query.time(3);
      row.text = query.text(4);
      row.is_sla = query.integer(5) != 0;
      row.told = query.integer(6) != 0;
    }
    return rows;
  });
}

Result<std::vector<TaskDeadlineRow>> Reader::open_task_deadlines() {
  return read_([&] {
    std::vector<TaskDeadlineRow> rows;
    Query query(sql_.task_deadlines);
    while (query.next()) {
      rows.push_back({query.id<RunId>(0), query.text(1), query.text(2),
                      params_from_json(query.text(3)), query.time(4)});
    }
    return rows;
  });
}

// --- Events ---

namespace {

EventRow read_event(const Query& query) {
  EventRow row;
  row.id = query.integer(0);
  row.at = query.time(1);
  row.kind = query.enumerator(2, EventKind::kTaskEnded);
  row.run = query.id<RunId>(3);
  row.task = query.text(4);
  row.attempt = query.id<AttemptId>(5);
  row.number = static_cast<int>(query.integer(6));
  if (row.kind == EventKind::kRunStarted || row.kind == EventKind::kRunEnded) {
    row.run_state = query.enumerator(7, RunState::kLost);
  } else {
    row.task_state = query.enumerator(7, TaskState::kLost);
  }
  return row;
}

}  // namespace

Result<std::vector<EventRow>> Reader::events(int64_t after, size_t limit) {
  return read_([&] {
    std::vector<EventRow> rows;
    Query query(sql_.events, after, static_cast<int64_t>(limit));
    while (query.next()) rows.push_back(read_event(query));
    return rows;
  });
}

Result<EventBounds> Reader::event_bounds() {
  return read_([&] {
    EventBounds bounds;
    Query query(sql_.event_bounds);
    if (query.next()) bounds = {query.integer(0), query.integer(1)};
    return bounds;
  });
}

// --- Attempts ---

std::optional<OpenAttempt> Reader::read_attempt(AttemptId attempt) {
  Query query(sql_.attempt, attempt);
  if (!query.next()) return std::nullopt;
  OpenAttempt found;
  found.attempt = attempt;
  found.run = query.id<RunId>(0);
  found.task = query.text(1);
  found.pid = static_cast<int>(query.integer(2));
  Query outputs(sql_.outputs, attempt);
  while (outputs.next()) {
    found.final_paths.push_back(outputs.text(0));
    if (!outputs.null(2)) found.outputs.push_back({outputs.text(1), outputs.text(2)});
  }
  found.has_intent = !found.outputs.empty();
  return found;
}

Result<std::optional<OpenAttempt>> Reader::attempt(AttemptId attempt) {
  return read_([&] { return read_attempt(attempt); });
}

Result<std::vector<OpenAttempt>> Reader::open_attempts() {
  return read_([&] {
    std::vector<AttemptId> ids;
    Query query(sql_.open_attempts);
    while (query.next()) ids.push_back(query.id<AttemptId>(0));
    std::vector<OpenAttempt> attempts;
    attempts.reserve(ids.size());
    for (const AttemptId id : ids) {
      attempts.push_back(
          found(read_attempt(id), "the task of attempt " + std::to_string(id.value)));
    }
    return attempts;
  });
}

Result<std::vector<PreparedAttempt>> Reader::prepared_attempts() {
  return read_([&] {
    std::vector<PreparedAttempt> out;
    Query query(sql_.prepared_attempts);
    while (query.next()) {
      const auto id = query.id<AttemptId>(0);
      if (out.empty() || out.back().attempt != id) out.push_back({id, query.text(1), {}});
      if (!query.null(2)) out.back().final_paths.push_back(query.text(2));
    }
    return out;
  });
}

// --- The rest ---

Result<std::map<std::string, Duration>> Reader::usual_durations() {
  return read_([&] {
    std::map<std::string, Duration> durations;
    Query query(sql_.durations);
    while (query.next()) {
      // No more than an estimate: what makes no sense is as good as none.
      if (is_sane(query.integer(1))) durations.emplace(query.text(0), Duration(query.integer(1)));
    }
    return durations;
  });
}

Result<std::vector<std::pair<std::string, Params>>> Reader::succeeded_tasks() {
  return read_([&] {
    std::vector<std::pair<std::string, Params>> tasks;
    Query query(sql_.succeeded);
    while (query.next()) tasks.emplace_back(query.text(0), params_from_json(query.text(1)));
    return tasks;
  });
}

Result<std::map<std::string, std::string>> Reader::emitted(const std::string& identity) {
  return read_([&] {
    std::map<std::string, std::string> values;
    Query query(sql_.emitted, identity);
    while (query.next()) values.emplace(query.text(0), query.text(1));
    return values;
  });
}

Result<bool> Reader::was_pruned(RunId run) {
  return read_([&] { return prune_.was_pruned(run); });
}

Result<std::optional<PruneStep>> Reader::next_prunable(const RetentionCutoffs& cutoffs) {
  return read_([&] { return prune_.next(cutoffs); });
}

Result<std::optional<int64_t>> Reader::old_events(int64_t after, UtcTime before) {
  return read_([&] { return prune_.old_events(after, before); });
}

Result<std::string> Reader::source_text(const std::string& sha256) {
  auto text = read_([&]() -> std::optional<std::string> {
    Query query(sql_.source_text, sha256);
    if (!query.next()) return std::nullopt;
    return query.text(0);
  });
  if (!text.ok()) return text.error();
  if (!text->has_value())
    return Error{Code::kNotFound, "no source text has the hash " + sha256, {}};
  return std::move(**text);
}

}  // namespace moondial::store
