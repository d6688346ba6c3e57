#include "store/migrations.h"

#include <array>

namespace moondial::store {
namespace {

// docs/schema.md explains the tables. Numbers of states: core/task_state.h; words stand here, too,
// so that a database can be read without the program (a test compares them).
constexpr const char* kVersion1 = R"sql(
CREATE TABLE task_states(id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
INSERT INTO task_states VALUES
  (0, 'pending'), (1, 'waiting'), (2, 'ready'), (3, 'running'), (4, 'retrying'), (5, 'done'),
  (6, 'complete'), (7, 'skipped'), (8, 'failed'), (9, 'upstream_failed'), (10, 'blocked'),
  (11, 'cancelled'), (12, 'lost');
CREATE TABLE run_states(id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
INSERT INTO run_states VALUES
  (0, 'running'), (1, 'done'), (2, 'failed'), (3, 'cancelled'), (4, 'blocked'), (5, 'lost');
CREATE TABLE event_kinds(id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
INSERT INTO event_kinds VALUES
  (1, 'run_started'), (2, 'run_ended'), (3, 'attempt_started'), (4, 'attempt_ended'),
  (5, 'task_ended');

CREATE TABLE sequences(name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO sequences VALUES ('run', 0), ('task', 0), ('attempt', 0), ('event', 0);

CREATE TABLE sources(
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE runs(
  id INTEGER PRIMARY KEY,
  request TEXT UNIQUE,
  kind TEXT NOT NULL,
  state INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE INDEX runs_open ON runs(id) WHERE ended IS NULL;

CREATE TABLE run_roots(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  identity TEXT NOT NULL,
  PRIMARY KEY(run, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_counts(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  state INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY(run, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_sources(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  path TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES sources,
  PRIMARY KEY(run, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_sources_source ON run_sources(source);

CREATE TABLE tasks(
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  identity TEXT NOT NULL,
  name TEXT NOT NULL,
  params TEXT NOT NULL,
  state INTEGER NOT NULL,
  why TEXT NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  ended INTEGER,
  UNIQUE(run, identity)
) STRICT;

CREATE TABLE attempts(
  id INTEGER PRIMARY KEY,
  task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  exit INTEGER,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  cpu_us INTEGER NOT NULL DEFAULT 0,
  peak_memory_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX attempts_task ON attempts(task);
CREATE INDEX attempts_open ON attempts(id) WHERE ended IS NULL;

CREATE TABLE shared_attempts(
  task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
  attempt INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
  PRIMARY KEY(task, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_attempts_attempt ON shared_attempts(attempt);

CREATE TABLE emitted(
  attempt INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(attempt, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE open_outputs(
  attempt INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  path TEXT NOT NULL,
  final_path TEXT,
  staging_path TEXT,
  PRIMARY KEY(attempt, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE durations(
  name TEXT PRIMARY KEY,
  mean_us INTEGER NOT NULL,
  samples INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  run INTEGER NOT NULL,
  task INTEGER,
  attempt INTEGER,
  state INTEGER NOT NULL
) STRICT;

CREATE TRIGGER runs_deleted AFTER DELETE ON runs BEGIN
  UPDATE sequences SET last = max(last, old.id) WHERE name = 'run';
END;
CREATE TRIGGER tasks_deleted AFTER DELETE ON tasks BEGIN
  UPDATE sequences SET last = max(last, old.id) WHERE name = 'task';
END;
CREATE TRIGGER attempts_deleted AFTER DELETE ON attempts BEGIN
  UPDATE sequences SET last = max(last, old.id) WHERE name = 'attempt';
END;
CREATE TRIGGER events_deleted AFTER DELETE ON events BEGIN
  UPDATE sequences SET last = max(last, old.id) WHERE name = 'event';
END;

CREATE VIEW run_list AS
SELECT r.id AS run, r.kind, s.word AS state,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.started / 1e6, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.ended / 1e6, 'unixepoch') AS ended,
  (r.ended - r.started) / 1e6 AS seconds,
  (SELECT group_concat(identity, ' ') FROM run_roots o WHERE o.run = r.id) AS roots
FROM runs r JOIN run_states s ON s.id = r.state;

CREATE VIEW task_list AS
SELECT t.run, t.identity AS task, t.name, t.params, s.word AS state, t.why, t.error,
  strftime('%Y-%m-%dT%H:%M:%fZ', t.ended / 1e6, 'unixepoch') AS ended
FROM tasks t JOIN task_states s ON s.id = t.state;

CREATE VIEW attempt_list AS
SELECT t.run, t.identity AS task, t.name, a.id AS attempt, a.number, s.word AS state,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.started / 1e6, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.ended / 1e6, 'unixepoch') AS ended,
  (a.ended - a.started) / 1e6 AS seconds, a.exit, a.error, a.host, a.pid,
  a.cpu_us / 1e6 AS cpu_seconds, a.peak_memory_bytes
FROM attempts a JOIN tasks t ON t.id = a.task JOIN task_states s ON s.id = a.state;

CREATE VIEW event_list AS
SELECT e.id AS event, strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1e6, 'unixepoch') AS at,
  k.word AS kind, e.run, t.identity AS task, e.attempt,
  iif(e.kind <= 2, (SELECT word FROM run_states r WHERE r.id = e.state),
                   (SELECT word FROM task_states s WHERE s.id = e.state)) AS state
FROM events e JOIN event_kinds k ON k.id = e.kind LEFT JOIN tasks t ON t.id = e.task;
)sql";

// What is known of tasks apart from runs.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE successes(
  identity TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  params TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  fingerprint TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO successes
SELECT identity, name, params, position, attempt, at, '' FROM (
  SELECT t.identity, t.name, t.params, e.id AS position, a.id AS attempt, a.ended AS at,
    row_number() OVER (PARTITION BY t.identity ORDER BY e.id DESC) AS newest
  FROM attempts a JOIN tasks t ON t.id = a.task JOIN events e ON e.attempt = a.id AND e.kind = 4
  WHERE a.state = 5)
WHERE newest = 1;

CREATE TABLE marks(
  identity TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

/// Version 3: attempts that are about to start.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE prepared_attempts(
  attempt INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  identity TEXT NOT NULL,
  path TEXT,
  PRIMARY KEY(attempt, ordinal)
) STRICT, WITHOUT ROWID;
)sql";

/// Version 4: where empty staging directories wait for the next attempt.
constexpr const char* kVersion4 = R"sql(
CREATE TABLE kept_staging(
  directory TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
)sql";

/// Version 5: what old runs leave behind when they go. runs.kept: 2 all, 1 all but logs, 0 it is
/// going. `sweep` is 1 while there is something to sweep up after runs that went. What successes
/// need of an attempt is moved beside them before the attempt goes.
constexpr const char* kVersion5 = R"sql(
ALTER TABLE runs ADD COLUMN kept INTEGER NOT NULL DEFAULT 2;
CREATE INDEX runs_ended ON runs(ended);
CREATE INDEX runs_going ON runs(id) WHERE kept = 0;
INSERT INTO sequences VALUES ('sweep', 0);

ALTER TABLE successes ADD COLUMN started INTEGER;
CREATE TABLE kept_emitted(
  attempt INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(attempt, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER successes_replaced AFTER UPDATE OF attempt ON successes BEGIN
  DELETE FROM kept_emitted WHERE attempt = old.attempt;
END;

DROP VIEW run_list;
CREATE VIEW run_list AS
SELECT r.id AS run, r.kind, s.word AS state,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.started / 1e6, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.ended / 1e6, 'unixepoch') AS ended,
  (r.ended - r.started) / 1e6 AS seconds,
  (SELECT group_concat(identity, ' ') FROM run_roots o WHERE o.run = r.id) AS roots
FROM runs r JOIN run_states s ON s.id = r.state WHERE r.kept > 0;
)sql";

/// Version 6: runs that outlive their engine, and schedules. firings.state and sla_state are kept
/// as numbers of FiringState, and 0 none, 1 open, 2 kept, 3 missed.
constexpr const char* kVersion6 = R"sql(
ALTER TABLE runs ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN survives INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sources_in_force(
  path TEXT PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES sources(id)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedules(
  name TEXT PRIMARY KEY,
  times TEXT NOT NULL,
  position INTEGER NOT NULL,
  paused INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE firing_states(id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
INSERT INTO firing_states VALUES (0, 'waiting'), (1, 'started'), (2, 'dropped'), (3, 'failed');

CREATE TABLE firings(
  schedule TEXT NOT NULL,
  instant INTEGER NOT NULL,
  state INTEGER NOT NULL,
  run INTEGER,
  note TEXT NOT NULL,
  sla INTEGER,
  sla_state INTEGER NOT NULL,
  PRIMARY KEY(schedule, instant)
) STRICT, WITHOUT ROWID;
CREATE INDEX firings_waiting ON firings(instant) WHERE state = 0;
CREATE INDEX firings_of_run ON firings(run) WHERE run IS NOT NULL;
CREATE INDEX firings_due ON firings(sla) WHERE sla_state = 1;

CREATE VIEW firing_list AS
SELECT f.schedule, strftime('%Y-%m-%dT%H:%M:%fZ', f.instant / 1e6, 'unixepoch') AS instant,
  s.word AS state, f.run, f.note,
  strftime('%Y-%m-%dT%H:%M:%fZ', f.sla / 1e6, 'unixepoch') AS sla,
  CASE f.sla_state WHEN 1 THEN 'open' WHEN 2 THEN 'kept' WHEN 3 THEN 'missed' END AS sla_state
FROM firings f JOIN firing_states s ON s.id = f.state;
)sql";

/// Version 7: triggers, whose firings have a cause, deadlines of tasks, and what is wrong.
/// tasks.sla_state is as firings.sla_state.
constexpr const char* kVersion7 = R"sql(
ALTER TABLE firings ADD COLUMN cause TEXT NOT NULL DEFAULT '';
CREATE TABLE triggers(
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE arrivals(
  trigger TEXT NOT NULL REFERENCES triggers(name) ON DELETE CASCADE,
  path TEXT NOT NULL,
  stamp TEXT NOT NULL,
  PRIMARY KEY(trigger, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX successes_position ON successes(position);
CREATE TABLE troubles(
  subject TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  run INTEGER,
  at INTEGER NOT NULL,
  text TEXT NOT NULL,
  is_sla INTEGER NOT NULL,
  told INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE tasks ADD COLUMN sla INTEGER;
ALTER TABLE tasks ADD COLUMN sla_state INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tasks_name ON tasks(name, run);
CREATE INDEX tasks_due ON tasks(sla) WHERE sla_state = 1;

DROP VIEW firing_list;
CREATE VIEW firing_list AS
SELECT f.schedule, strftime('%Y-%m-%dT%H:%M:%fZ', f.instant / 1e6, 'unixepoch') AS instant,
  s.word AS state, f.run, f.note,
  strftime('%Y-%m-%dT%H:%M:%fZ', f.sla / 1e6, 'unixepoch') AS sla,
  CASE f.sla_state WHEN 1 THEN 'open' WHEN 2 THEN 'kept' WHEN 3 THEN 'missed' END AS sla_state,
  f.cause
FROM firings f JOIN firing_states s ON s.id = f.state;
DROP VIEW task_list;
CREATE VIEW task_list AS
SELECT t.run, t.identity AS task, t.name, t.params, s.word AS state, t.why, t.error,
  strftime('%Y-%m-%dT%H:%M:%fZ', t.ended / 1e6, 'unixepoch') AS ended,
  strftime('%Y-%m-%dT%H:%M:%fZ', t.sla / 1e6, 'unixepoch') AS sla,
  CASE t.sla_state WHEN 1 THEN 'open' WHEN 2 THEN 'kept' WHEN 3 THEN 'missed' END AS sla_state
FROM tasks t JOIN task_states s ON s.id = t.state;
)sql";

/// Version 8: what a task of a run needs of the others, what failed is found, sizes of pools that
/// somebody has set.
constexpr const char* kVersion8 = R"sql(
ALTER TABLE tasks ADD COLUMN requires TEXT;
CREATE INDEX attempts_failed ON attempts(id) WHERE state = 8;
ALTER TABLE marks ADD COLUMN params TEXT NOT NULL DEFAULT '{}';
CREATE TABLE pool_sizes(
  pool TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  declared INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW requirement_list AS
SELECT t.run, t.identity AS task, needed.identity AS requires
FROM tasks t, json_each(t.requires) r JOIN tasks needed ON needed.id = r.value;
)sql";

/// Version 9: what tasks of a run needed that was complete before it. tasks.complete_needs is JSON
/// of ordinals in complete_before; more_complete counts those beyond the first of one task.
constexpr const char* kVersion9 = R"sql(
CREATE TABLE complete_before(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  identity TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY(run, identity)
) STRICT, WITHOUT ROWID;
ALTER TABLE tasks ADD COLUMN complete_needs TEXT;
ALTER TABLE tasks ADD COLUMN more_complete INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tasks_missed ON tasks(sla) WHERE sla_state = 3;

DROP VIEW requirement_list;
CREATE VIEW requirement_list AS
SELECT t.run, t.identity AS task, needed.identity AS requires
FROM tasks t, json_each(t.requires) r JOIN tasks needed ON needed.id = r.value
UNION ALL
SELECT t.run, t.identity, c.identity
FROM tasks t, json_each(t.complete_needs) n
JOIN complete_before c ON c.run = t.run AND c.ordinal = n.value;
)sql";

/// Version 10: runs of the same texts share one set of them; run_sources, which had a row for each
/// file of each run, is a view. Old sets are named after the first run that has them.
constexpr const char* kVersion10 = R"sql(
CREATE TABLE source_sets(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE source_set_files(
  source_set INTEGER NOT NULL REFERENCES source_sets ON DELETE CASCADE,
  path TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES sources,
  PRIMARY KEY(source_set, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_set_files_path ON source_set_files(path, source);
CREATE INDEX source_set_files_source ON source_set_files(source);
ALTER TABLE runs ADD COLUMN source_set INTEGER REFERENCES source_sets;
CREATE INDEX runs_source_set ON runs(source_set, kept);

CREATE TABLE old_sets(run INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
INSERT INTO old_sets SELECT run, group_concat(length(path) || ' ' || path || source, ' ')
FROM (SELECT run, path, source FROM run_sources ORDER BY run, path) GROUP BY run;
CREATE TABLE old_set_firsts(content TEXT PRIMARY KEY, run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO old_set_firsts SELECT content, min(run) FROM old_sets GROUP BY content;
INSERT INTO source_sets SELECT run, 'run ' || run FROM old_set_firsts;
INSERT INTO source_set_files SELECT r.run, r.path, r.source
FROM old_set_firsts f JOIN run_sources r ON r.run = f.run;
UPDATE runs SET source_set = (SELECT f.run FROM old_sets o
  JOIN old_set_firsts f ON f.content = o.content WHERE o.run = runs.id);
DROP TABLE old_sets;
DROP TABLE old_set_firsts;
DROP TABLE run_sources;

CREATE VIEW run_sources AS
SELECT r.id AS run, f.path AS path, f.source AS source
FROM runs r JOIN source_set_files f ON f.source_set = r.source_set;
)sql";

constexpr std::array kSteps = {kVersion1, kVersion2, kVersion3, kVersion4, kVersion5,
                               kVersion6, kVersion7, kVersion8, kVersion9, kVersion10};

int64_t read_integer(SQLite::Database& db, const char* sql) {
  return db.execAndGet(sql).getInt64();
}

void take_step(SQLite::Database& db, const char* sql, int64_t version) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  db.exec(sql);
  db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.exec("PRAGMA user_version = " + std::to_string(version));
  transaction.commit();
}

}  // namespace

std::span<const char* const> steps() { return kSteps; }

Status migrate(SQLite::Database& db, const std::string& path, std::span<const char* const> steps) {
  const int64_t application = read_integer(db, "PRAGMA application_id");
  const int64_t version = read_integer(db, "PRAGMA user_version");
  const int64_t objects = read_integer(db, "SELECT count(*) FROM sqlite_schema");
  const auto newest = static_cast<int64_t>(steps.size());
  const bool is_new = application == 0 && version == 0 && objects == 0;
  if (!is_new && application != kApplicationId) {
    return {Code::kCorrupt, path + " is a database of another program. Move it away"};
  }
  if (version < 0 || (!is_new && version == 0)) {
    return {Code::kCorrupt, path + " has no valid version of its tables"};
  }
  if (version > newest) {
    return {Code::kConflict, path + " was written by a newer moondial: its tables have version " +
                                 std::to_string(version) + ", and this moondial knows them up to " +
                                 std::to_string(newest) + ". Use that newer one"};
  }
  // So that pruned runs give their space back; only a database without tables takes it on.
  if (is_new) db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  for (int64_t next = version; next < newest; ++next) {
    take_step(db, steps[static_cast<size_t>(next)], next + 1);
  }
  return {};
}

}  // namespace moondial::store
