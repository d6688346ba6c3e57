-- A record as a project has it after some years of nights, put into an empty one: 100,000 runs of 20
-- pipelines with 10 tasks each, 5,000 dates of each task, 20,000 failures of some hundred kinds, of
-- which most were made good by another attempt. Runs that ended a while ago have no events any more.
-- :runs is how many; :now is the end of the last one, in microseconds.
PRAGMA synchronous = OFF;
PRAGMA foreign_keys = OFF;
PRAGMA cache_size = -200000;
BEGIN;

CREATE TEMP TABLE run_numbers AS
WITH RECURSIVE n(r) AS (SELECT 1 UNION ALL SELECT r + 1 FROM n WHERE r < :runs)
SELECT r, r % 20 AS pipeline, date('2002-01-01', (r / 20) || ' days') AS day,
  :now - (:runs - r) * 60000000 - 59000000 AS started,
  -- Each fifth run has a failure in one of its tasks, and each fourth of these fails.
  iif((r + r / 20) % 5 = 0, (r / 5) % 10, -1) AS bad, (r + r / 20) % 20 = 0 AS fails
FROM n;

CREATE TEMP TABLE task_numbers AS
WITH steps(step) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))
SELECT (r - 1) * 10 + step + 1 AS id, r, step, started + step * 5000000 AS started,
  printf('p%02d.Step%d', pipeline, step) AS name, '{"date":"' || day || '"}' AS params,
  printf('p%02d.Step%d(date=%s)', pipeline, step, day) AS identity, step = bad AS bad,
  CASE WHEN NOT fails OR step < bad THEN 5 WHEN step = bad THEN 8 ELSE 9 END AS state,
  printf('pipelines/p%02d.lua:%d: %s', pipeline, 10 + step,
         CASE r / 20 % 3 WHEN 0 THEN 'the file of ' || day || ' has ' || r || ' rows too many'
           WHEN 1 THEN 'attempt to index a nil value (field ''cost'')'
           ELSE 'http://vendor.example/' || r || ': timed out after 30 s' END) AS error
FROM run_numbers, steps ORDER BY r, step;

INSERT INTO sources(id, sha256, text)
  SELECT 100 + r, printf('%064d', r), printf('-- version %d' || char(10), r)
  FROM run_numbers WHERE r <= 200;
INSERT INTO source_sets SELECT DISTINCT 1000 + r / 5000, printf('set %d', r / 5000) FROM run_numbers;
INSERT INTO source_set_files
  SELECT s.id, printf('pipelines/p%02d.lua', p.value), 101 + (s.id - 1000) * 10 + p.value % 10
  FROM source_sets s, json_each('[0, 1, 2, 3, 4]') p WHERE s.id >= 1000;
INSERT INTO runs(id, kind, state, started, ended, source_set)
  SELECT r, CASE r % 20 WHEN 0 THEN 'run' WHEN 1 THEN 'backfill' WHEN 2 THEN 'retry' ELSE 'schedule' END,
    iif(fails, 2, 1), started, started + 58000000, 1000 + r / 5000 FROM run_numbers;
INSERT INTO run_roots SELECT r, 0, printf('p%02d.Step9(date=%s)', pipeline, day) FROM run_numbers;
INSERT INTO tasks(id, run, identity, name, params, state, why, error, ended, requires)
  SELECT id, r, identity, name, params, state, 'its output is missing', iif(state = 8, error, ''),
    started + 4000000, iif(step > 0, '[' || (id - 1) || ']', NULL) FROM task_numbers;
INSERT INTO run_counts SELECT run, state, count(*) FROM tasks GROUP BY run, state;
INSERT INTO attempts(id, task, number, state, started, ended, exit, host, pid, error, cpu_us,
                     peak_memory_bytes)
  SELECT 2 * id, id, 1, iif(bad, 8, 5), started, started + 1000000 + id % 1000000, iif(bad, 1, 0),
    'batch', 4242, iif(bad, error, ''), 500000, 50000000 FROM task_numbers WHERE state <> 9;
INSERT INTO attempts(id, task, number, state, started, ended, exit, host, pid)
  SELECT 2 * id + 1, id, 2, 5, started + 3000000, started + 4000000, 0, 'batch', 4243
  FROM task_numbers WHERE bad AND state = 5;
INSERT INTO emitted SELECT 2 * id, 'rows', id % 1000 FROM task_numbers WHERE state = 5 AND step = 9;
INSERT INTO successes(identity, name, params, position, attempt, at, fingerprint)
  SELECT identity, name, params, id, 2 * id + bad, started + 4000000, ''
  FROM task_numbers WHERE state = 5;
INSERT INTO durations SELECT name, 1500000, 10 FROM task_numbers GROUP BY name;
INSERT INTO firings(schedule, instant, state, run, note, sla, sla_state)
  SELECT printf('p%02d', pipeline), started, 1, r, '', started + 3600000000, 2
  FROM run_numbers WHERE r % 20 > 2;
INSERT INTO events(id, at, kind, run, task, attempt, state)
  SELECT 10 * :runs + 4 * r, started, 1, r, NULL, NULL, 0 FROM run_numbers WHERE r > :runs - 10000
  UNION ALL
  SELECT 10 * :runs + 4 * r + 1, started + 58000000, 2, r, NULL, NULL, iif(fails, 2, 1)
  FROM run_numbers WHERE r > :runs - 10000;
UPDATE sequences SET last = 20 * :runs WHERE name = 'event';
COMMIT;
ANALYZE sqlite_temp_master;
