// A small record, and what an engine does with one that it finds.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "store/sqlite_store.h"
#include "store/task_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/store/fixture.h"

namespace moondial::fuzz {

inline std::string file_contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Records of a run that ended and of one that was open when its engine died.
inline std::vector<Record> some_records() {
  using namespace test;  // NOLINT
  std::vector<Record> records = {SourceText{"ab12", "task 'A' {}"}};
  RunStarted first = run_started(RunId(1), {"t.A(n=1)"});
  first.sources = {{"pipelines/a.lua", "ab12"}};
  TaskPlanned task = planned(RunId(1), "t.A(n=1)");
  task.params = {{"n", "1"}, {"raw", "\xff"}};
  AttemptStarted attempt = started(AttemptId(1), RunId(1), "t.A(n=1)");
  attempt.outputs = {"/p/data/1.csv"};
  AttemptEnded success = ended(AttemptId(1));
  success.emitted = {{"rows", "3"}};
  success.fingerprint = "f00d";
  RunFinished over{RunId(1), RunState::kDone, at(5), {{TaskState::kDone, 1}}};
  records.insert(records.end(),
                 {first, task, attempt,
                  PublishIntent{AttemptId(1), {{"/p/data/1.csv", "/p/data/.moondial~1/1.csv"}}},
                  success, ended(RunId(1), "t.A(n=1)"), over});

  AttemptStarted second = started(AttemptId(2), RunId(2), "t.B");
  second.outputs = {"/p/b"};
  AttemptEnded failure = ended(AttemptId(2), TaskState::kFailed);
  failure.exit = 3;
  failure.error = "it failed";
  records.insert(
      records.end(),
      {run_started(RunId(2), {"t.C"}), planned(RunId(2), "t.B"), planned(RunId(2), "t.C"), second,
       failure, started(AttemptId(3), RunId(2), "t.B"), AttemptProcess{AttemptId(3), 4711},
       PublishIntent{AttemptId(3), {{"/p/b", "/p/.moondial~3/b"}}},
       AttemptPrepared{AttemptId(4), "t.C", {"/p/c"}}, TaskMarked{"t.M", "somebody", at(9)}});
  return records;
}

/// The bytes of a record's file, in which `prepare` has changed something.
template <typename Prepare>
std::string record_bytes(Prepare prepare) {
  const test::TempDir dir;
  {
    test::PostLoop loop;
    auto store = SqliteStore::open(loop, dir.database());
    expect(store.ok(), "a new record can be made");
    (*store)->write(some_records(), {});
    expect((*store)->flush().ok(), "records can be written");
    (*store)->close();
    loop.run_posted();
  }
  prepare(dir.database());
  return file_contents(dir.database());
}

/// A refusal is of a damaged record, not of what nobody has thought of.
inline void expect_sense(const Status& status) {
  if (status.ok()) return;
  expect_same(status.error().code == Code::kInternal ? status.error().message : "", "",
              "an error of the record is understood");
}

/// What a new engine reads at its start, and what people ask for.
inline void read_all(SqliteStore& store) {
  const auto runs = store.runs(10, RunId(), {});
  expect_sense(runs.status());
  for (const uint64_t run : {1, 2, 3}) expect_sense(store.run(RunId(run)).status());
  for (const uint64_t attempt : {1, 2, 3}) {
    expect_sense(store.attempt(AttemptId(attempt)).status());
  }
  expect_sense(store.run_of_request("request-1").status());
  expect_sense(store.prepared_attempts().status());
  expect_sense(store.usual_durations().status());
  expect_sense(store.succeeded_tasks().status());
  expect_sense(store.emitted("t.A(n=1)").status());
  const auto text = store.source_text("ab12");
  if (!text.ok() && text.error().code != Code::kNotFound) expect_sense(text.status());
}

/// Ends what was open, as recovery does, and makes a run of its own.
inline void write_more(SqliteStore& store) {
  using namespace test;  // NOLINT
  std::vector<Record> records;
  const auto attempts = store.open_attempts();
  const auto runs = store.open_runs();
  expect_sense(attempts.status());
  expect_sense(runs.status());
  if (!attempts.ok() || !runs.ok()) return;
  for (const OpenAttempt& attempt : *attempts) {
    records.emplace_back(ended(attempt.attempt, TaskState::kLost));
  }
  for (const RunId run : *runs) {
    records.emplace_back(RunFinished{run, RunState::kLost, at(10), {{TaskState::kLost, 1}}});
  }
  const RunId run = store.next_run();
  const AttemptId attempt = store.next_attempt();
  RunStarted started_run = run_started(run, {"t.A"});
  started_run.request = "another";
  records.insert(records.end(), {started_run, planned(run, "t.A"), started(attempt, run, "t.A"),
                                 ended(attempt), ended(run, "t.A")});
  store.write(std::move(records), {});
  expect_sense(store.flush());
}

/// What an engine does with the record at `path`, whatever is in it.
inline void use_record(const std::string& path) {
  test::PostLoop loop;
  {
    auto store = SqliteStore::open(loop, path);
    expect_sense(store.status());
    if (store.ok()) {
      read_all(**store);
      write_more(**store);
      const auto tasks = open_task_records(path);
      expect_sense(tasks->marked("t.M").status());
      expect_sense(tasks->success("t.A(n=1)").status());
      expect_sense(tasks->emitted("t.A(n=1)").status());
      (*store)->close();
    }
  }
  loop.run_posted();
}

/// A place for the record of one input after another.
inline std::string scratch_record(const std::string& bytes) {
  static const test::TempDir dir;
  for (const char* beside : {"-wal", "-shm", "-journal"}) {
    std::filesystem::remove(dir.database() + beside);
  }
  write_file(dir.database(), bytes);
  return dir.database();
}

}  // namespace moondial::fuzz
