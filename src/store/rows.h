#pragma once

#include "engine/record_rows.h"
#include "store/connection.h"

namespace moondial::store {

// Columns that several queries have.

/// Id, number, state, started, ended, exit, error, host, pid, CPU and peak memory of an attempt,
/// from column `first` on.
[[nodiscard]] inline AttemptRow read_attempt_row(const Query& query, int first) {
  AttemptRow row;
  row.attempt = query.id<AttemptId>(first);
  row.number = static_cast<int>(query.integer(first + 1));
  row.state = query.enumerator(first + 2, TaskState::kLost);
  row.started = query.time(first + 3);
  if (!query.null(first + 4)) row.ended = query.time(first + 4);
  if (!query.null(first + 5)) row.exit = static_cast<int>(query.integer(first + 5));
  row.error = query.text(first + 6);
  row.host = query.text(first + 7);
  row.pid = static_cast<int>(query.integer(first + 8));
  row.cpu = query.duration(first + 9);
  row.peak_memory_bytes = query.integer(first + 10);
  return row;
}
constexpr const char* kAttemptColumns =
    "a.id, a.number, a.state, a.started, a.ended, a.exit, a.error, a.host, a.pid, a.cpu_us, "
    "a.peak_memory_bytes ";

/// A row of kFirings.
[[nodiscard]] inline FiringRow read_firing(const Query& query) {
  FiringRow row;
  row.schedule = query.text(0);
  row.instant = query.time(1);
  row.state = query.enumerator(2, FiringState::kFailed);
  if (!query.null(3)) row.run = query.id<RunId>(3);
  row.note = query.text(4);
  if (!query.null(5)) row.sla = query.time(5);
  if (query.integer(6) > 1) row.sla_missed = query.integer(6) == 3;
  if (!query.null(7)) row.run_state = query.enumerator(7, RunState::kLost);
  row.cause = query.text(8);
  return row;
}
constexpr const char* kFirings =
    "SELECT f.schedule, f.instant, f.state, f.run, f.note, f.sla, f.sla_state, r.state, f.cause "
    "FROM firings f LEFT JOIN runs r ON r.id = f.run ";

}  // namespace moondial::store
