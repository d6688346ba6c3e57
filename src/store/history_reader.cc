#include "store/history_reader.h"

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "store/params_json.h"
#include "store/rows.h"

namespace moondial::store {
namespace {

/// A row of run, identity, name, params and the columns of the attempt.
PastAttempt read_past(const Query& query) {
  return {query.id<RunId>(0), query.text(1), read_attempt_row(query, 4), query.text(2),
          params_from_json(query.text(3))};
}

std::string select_past(const std::string& rest) {
  return "SELECT t.run, t.identity, t.name, t.params, " + std::string(kAttemptColumns) + rest;
}

}  // namespace

HistoryReader::Statements::Statements(SQLite::Database& db)
    : place_of_attempt(db,
                       "SELECT t.run, t.id FROM attempts a JOIN tasks t ON t.id = a.task "
                       "WHERE a.id = ?"),
      attempts_of(db, select_past("FROM tasks t JOIN attempts a ON a.task = t.id "
                                  "WHERE t.name = ?1 AND (t.run, t.id, a.id) < (?2, ?3, ?4) "
                                  "ORDER BY t.run DESC, t.id DESC, a.id DESC LIMIT ?5")),
      attempt(db, select_past("FROM attempts a JOIN tasks t ON t.id = a.task WHERE a.id = ?")),
      emitted(db, "SELECT name, value FROM emitted WHERE attempt = ?"),
      // With max() the other columns are of the row that has it (SQLite's promise).
      last_states(db,
                  "SELECT t.identity, t.params, t.state, max(t.run) FROM tasks t "
                  "WHERE t.name = ? GROUP BY t.identity"),
      // All identities of a name stand between these two.
      successes(db,
                "SELECT identity, params FROM successes "
                "WHERE identity = ?1 OR (identity > ?1 || '(' AND identity < ?1 || ')')"),
      marks(db,
            "SELECT identity, params FROM marks "
            "WHERE identity = ?1 OR (identity > ?1 || '(' AND identity < ?1 || ')')"),
      firings(db, std::string(kFirings) +
                      "WHERE f.schedule = ? AND f.instant < ? ORDER BY f.instant DESC LIMIT ?"),
      failures(db, "SELECT t.run, t.identity, t.name, t.params, " + std::string(kAttemptColumns) +
                       ", s.at FROM attempts a JOIN tasks t ON t.id = a.task "
                       "LEFT JOIN successes s ON s.identity = t.identity "
                       "WHERE a.state = 8 ORDER BY a.id DESC LIMIT ?"),
      // Done is 5, complete 6, skipped 7.
      missed(db,
             "SELECT t.run, t.identity, t.name, t.sla, t.state "
             "FROM tasks t INDEXED BY tasks_missed CROSS JOIN runs r ON r.id = t.run "
             "LEFT JOIN successes s ON s.identity = t.identity "
             "LEFT JOIN marks m ON m.identity = t.identity "
             "WHERE r.kept > 0 AND t.sla_state = 3 AND t.sla >= ?1 AND t.state NOT IN (5, 6, 7) "
             "AND ifnull(s.at, 0) < r.started AND ifnull(m.at, 0) < r.started "
             "ORDER BY t.sla DESC, t.id DESC LIMIT ?2"),
      // Runs are looked at only where a text begins and ends: ids grow with the time of the start.
      versions(db,
               "SELECT s.sha256, v.runs, v.first, v.last, f.started, l.started FROM ("
               "SELECT u.source, count(*) AS runs, min(r.id) AS first, max(r.id) AS last "
               "FROM source_set_files u JOIN runs r ON r.source_set = u.source_set "
               "WHERE u.path = ? AND r.kept > 0 GROUP BY u.source) v "
               "JOIN sources s ON s.id = v.source JOIN runs f ON f.id = v.first "
               "JOIN runs l ON l.id = v.last ORDER BY v.last DESC"),
      source(db, "SELECT text FROM sources WHERE sha256 = ?") {}

void HistoryReader::read_emitted(AttemptRow& attempt) {
  Query query(sql_.emitted, attempt.attempt);
  while (query.next()) attempt.emitted.emplace(query.text(0), query.text(1));
}

Result<std::vector<PastAttempt>> HistoryReader::attempts_of(const std::string& name, size_t limit,
                                                            AttemptId before) {
  return read_([&] {
    std::vector<PastAttempt> out;
    int64_t run = INT64_MAX;
    int64_t task = INT64_MAX;
    int64_t attempt = INT64_MAX;
    if (before) {
      Query place(sql_.place_of_attempt, before);
      if (!place.next()) return out;
      run = place.integer(0);
      task = place.integer(1);
      attempt = static_cast<int64_t>(before.value);
    }
    {
      Query query(sql_.attempts_of, name, run, task, attempt, static_cast<int64_t>(limit));
      while (query.next()) out.push_back(read_past(query));
    }
    for (PastAttempt& past : out) read_emitted(past.attempt);
    return out;
  });
}

Result<std::optional<PastAttempt>> HistoryReader::attempt(AttemptId attempt) {
  return read_([&]() -> std::optional<PastAttempt> {
    std::optional<PastAttempt> out;
    {
      Query query(sql_.attempt, attempt);
      if (!query.next()) return out;
      out = read_past(query);
    }
    read_emitted(out->attempt);
    return out;
  });
}

Result<std::vector<LastState>> HistoryReader::last_states(const std::string& name) {
  return read_([&] {
    std::vector<LastState> out;
    std::unordered_map<std::string, size_t> places;
    Query states(sql_.last_states, name);
    while (states.next()) {
      places[states.text(0)] = out.size();
      out.push_back({states.text(0), params_from_json(states.text(1)),
                     states.enumerator(2, TaskState::kLost), states.id<RunId>(3), false});
    }
    Query successes(sql_.successes, name);
    while (successes.next()) {
      const auto [place, is_new] = places.try_emplace(successes.text(0), out.size());
      if (is_new) {
        out.push_back({successes.text(0), params_from_json(successes.text(1)), TaskState::kDone,
                       RunId(), true});
      }
      out[place->second].has_succeeded = true;
    }
    Query marks(sql_.marks, name);
    while (marks.next()) {
      const auto [place, is_new] = places.try_emplace(marks.text(0), out.size());
      if (is_new) {
        out.push_back(
            {marks.text(0), params_from_json(marks.text(1)), TaskState::kDone, RunId(), true});
      }
      out[place->second].state = TaskState::kDone;
      out[place->second].has_succeeded = true;
    }
    return out;
  });
}

Result<std::vector<FiringRow>> HistoryReader::firings(const std::string& schedule, size_t limit,
                                                      UtcTime before) {
  return read_([&] {
    std::vector<FiringRow> out;
    Query query(sql_.firings, schedule, before, static_cast<int64_t>(limit));
    while (query.next()) out.push_back(read_firing(query));
    return out;
  });
}

Result<std::vector<Failure>> HistoryReader::failures(size_t limit) {
  return read_([&] {
    std::vector<Failure> out;
    Query query(sql_.failures, static_cast<int64_t>(limit));
    while (query.next()) {
      out.push_back({read_past(query), std::nullopt});
      if (!query.null(15)) out.back().succeeded = query.time(15);
    }
    return out;
  });
}

Result<std::vector<MissedTask>> HistoryReader::missed(UtcTime since, size_t limit) {
  return read_([&] {
    std::vector<MissedTask> out;
    Query query(sql_.missed, since, static_cast<int64_t>(limit));
    while (query.next()) {
      out.push_back({query.id<RunId>(0), query.text(1), query.text(2), query.time(3),
                     query.enumerator(4, TaskState::kLost)});
    }
    return out;
  });
}

Result<std::vector<SourceVersion>> HistoryReader::versions(const std::string& path) {
  return read_([&] {
    std::vector<SourceVersion> out;
    Query query(sql_.versions, path);
    while (query.next()) {
      out.push_back({query.text(0), query.integer(1), query.id<RunId>(2), query.id<RunId>(3),
                     query.time(4), query.time(5)});
    }
    return out;
  });
}

Result<std::optional<std::string>> HistoryReader::source(const std::string& sha256) {
  return read_([&]() -> std::optional<std::string> {
    Query query(sql_.source, sha256);
    if (!query.next()) return std::nullopt;
    return query.text(0);
  });
}

}  // namespace moondial::store
