#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <numeric>

#include "fixture.h"
#include "store/writer.h"
#include "tests/catch.h"

namespace moondial::store_test {

using namespace moondial::test;  // NOLINT

namespace {

const RunId kRun(7);
const AttemptId kAttempt(3);

RunDetail detail(StoreFixture& fixture, RunId run) {
  auto found = fixture.store().run(run);
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  return **found;
}

}  // namespace

TEST_CASE("A run reads back as it was recorded") {
  StoreFixture fixture;
  RunStarted run = run_started(kRun, {"t.B(date=2015-09-18)", "t.A"});
  run.kind = "backfill";
  run.sources = {{"pipelines/a.lua", "aa"}, {"pipelines/b.lua", "bb"}};
  RunFinished finished;
  finished.run = kRun;
  finished.state = RunState::kFailed;
  finished.at = at(9'000'001);
  finished.counts = {{TaskState::kDone, 3}, {TaskState::kComplete, 1'000'000}};
  REQUIRE(fixture.write({SourceText{"aa", "task 'A' {}"}, SourceText{"bb", "b"},
                         SourceText{"aa", "again"}, run, finished}));
  fixture.reopen();

  const RunDetail found = detail(fixture, kRun);
  CHECK(found.run.run == kRun);
  CHECK(found.run.kind == "backfill");
  CHECK(found.run.roots == std::vector<std::string>{"t.B(date=2015-09-18)", "t.A"});
  CHECK(found.run.state == RunState::kFailed);
  CHECK(found.run.started == at(1'000'000));
  CHECK(found.run.ended == at(9'000'001));
  CHECK(found.run.counts == finished.counts);
  CHECK(found.sources == run.sources);
  CHECK(fixture.store().source_text("aa").value() == "task 'A' {}");
  CHECK(fixture.store().source_text("cc").error().code == Code::kNotFound);
  CHECK(fixture.store().run_of_request("request-7").value() == kRun);
  CHECK(fixture.store().run_of_request("request-8").value() == std::nullopt);
  CHECK(fixture.store().run(RunId(8)).value() == std::nullopt);
}

TEST_CASE("Tasks and attempts read back as they were recorded") {
  StoreFixture fixture;
  TaskPlanned first = planned(kRun, "t.B(date=2015-09-18,engine=x)");
  first.params = {{"date", "2015-09-18"}, {"engine", "x"}};
  first.why = "its output is missing";
  TaskPlanned second = planned(kRun, "t.A");
  second.state = TaskState::kComplete;
  AttemptStarted attempt = started(kAttempt, kRun, first.id);
  attempt.number = 2;
  AttemptEnded end = ended(kAttempt, TaskState::kFailed);
  end.exit = 137;
  end.error = "boom\nstack traceback:\n\tx";
  end.emitted = {{"rows", "120"}, {"note", "\"short\""}};
  end.cpu = Duration(1'234'567);
  end.peak_memory_bytes = int64_t{5} << 32;
  TaskEnded task_end = ended(kRun, first.id, TaskState::kFailed);
  task_end.error = "boom";
  REQUIRE(fixture.write(
      {run_started(kRun), first, second, attempt, AttemptProcess{kAttempt, 4711}, end, task_end}));

  const RunDetail found = detail(fixture, kRun);
  REQUIRE(found.tasks.size() == 2);
  const TaskRow& task = found.tasks[0];
  CHECK(task.id == first.id);
  CHECK(task.name == "t.B");
  CHECK(task.params == first.params);
  CHECK(task.state == TaskState::kFailed);
  CHECK(task.why == first.why);
  CHECK(task.error == "boom");
  CHECK(found.tasks[1].state == TaskState::kComplete);
  CHECK(found.tasks[1].attempts.empty());
  REQUIRE(task.attempts.size() == 1);
  const AttemptRow& row = task.attempts[0];
  CHECK(row.attempt == kAttempt);
  CHECK(row.number == 2);
  CHECK(row.state == TaskState::kFailed);
  CHECK(row.started == at(2'000'000));
  CHECK(row.ended == at(3'000'000));
  CHECK(row.exit == 137);
  CHECK(row.error == end.error);
  CHECK(row.host == "moon");
  CHECK(row.pid == 4711);
  CHECK(row.emitted == end.emitted);
  CHECK(row.cpu == end.cpu);
  CHECK(row.peak_memory_bytes == end.peak_memory_bytes);
}

TEST_CASE("What an open attempt left is found, until its end is recorded") {
  StoreFixture fixture;
  AttemptStarted attempt = started(kAttempt, kRun, "t.A");
  attempt.outputs = {"/p/a", "/p/link"};
  REQUIRE(fixture.write(
      {run_started(kRun), planned(kRun, "t.A"), attempt, AttemptProcess{kAttempt, 12}}));
  const auto check_open = [&](bool has_intent) {
    fixture.reopen();
    auto open = fixture.store().open_attempts();
    REQUIRE(open.ok());
    REQUIRE(open->size() == 1);
    const OpenAttempt& found = open->front();
    CHECK(found.attempt == kAttempt);
    CHECK(found.run == kRun);
    CHECK(found.task == "t.A");
    CHECK(found.pid == 12);
    CHECK(found.final_paths == attempt.outputs);
    CHECK(found.has_intent == has_intent);
    CHECK(fixture.store().open_runs().value() == std::vector{kRun});
    return found;
  };
  CHECK(check_open(false).outputs.empty());

  const std::vector<StagedOutput> staged = {{"/p/a", "/p/.moondial~3/a"}, {"/q/b", "/q/~/b"}};
  REQUIRE(fixture.write({PublishIntent{kAttempt, staged}}));
  const OpenAttempt found = check_open(true);
  REQUIRE(found.outputs.size() == 2);
  CHECK(found.outputs[0].final_path == "/p/a");
  CHECK(found.outputs[0].staging_path == "/p/.moondial~3/a");
  CHECK(found.outputs[1].final_path == "/q/b");
  SECTION("it may be withdrawn") {
    REQUIRE(fixture.write({IntentWithdrawn{kAttempt}}));
    CHECK(check_open(false).outputs.empty());
    CHECK_FALSE(fixture.write({IntentWithdrawn{AttemptId(99)}}));
    return;
  }

  RunFinished finished;
  finished.run = kRun;
  REQUIRE(fixture.write({ended(kAttempt), ended(kRun, "t.A"), finished}));
  CHECK(fixture.store().open_attempts().value().empty());
  CHECK(fixture.store().open_runs().value().empty());
  const auto closed = fixture.store().attempt(kAttempt).value();
  REQUIRE(closed);
  CHECK(closed->task == "t.A");
  CHECK_FALSE(closed->has_intent);
  CHECK(fixture.store().attempt(AttemptId(99)).value() == std::nullopt);
  CHECK(fixture.query("SELECT count(*) FROM open_outputs") == "0");
}

TEST_CASE("What is prepared is found until it starts or is dropped") {
  StoreFixture fixture;
  const AttemptPrepared two{AttemptId(4), "t.A", {"/p/a", "/p/\xff\n"}};
  REQUIRE(fixture.write({run_started(kRun), planned(kRun, "t.A"), planned(kRun, "t.B"), two,
                         AttemptPrepared{AttemptId(9), "t.B", {}}}));
  fixture.reopen();
  const auto found = fixture.store().prepared_attempts().value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].attempt == AttemptId(4));
  CHECK(found[0].task == "t.A");
  CHECK(found[0].final_paths == two.outputs);
  CHECK(found[1].attempt == AttemptId(9));
  CHECK(found[1].final_paths.empty());
  CHECK(fixture.store().open_attempts().value().empty());

  AttemptStarted attempt = started(AttemptId(4), kRun, "t.A");
  attempt.prepared = true;
  REQUIRE(fixture.write({attempt, AttemptDropped{AttemptId(9)}}));
  CHECK(fixture.store().prepared_attempts().value().empty());
  CHECK(fixture.store().open_attempts().value().size() == 1);
  fixture.reopen();
  CHECK(fixture.store().next_attempt() == AttemptId(10));  // what was dropped left its name
  CHECK_FALSE(fixture.write({AttemptDropped{AttemptId(9)}}));
}

TEST_CASE("Where staging is kept is known until it is cleared") {
  StoreFixture fixture;
  REQUIRE(fixture.write({StagingKept{"/p/b"}, StagingKept{"/p/a"}, StagingKept{"/p/b"}}));
  fixture.reopen();
  CHECK(fixture.store().kept_staging().value() == std::vector<std::string>{"/p/a", "/p/b"});
  REQUIRE(fixture.write({StagingCleared{}, StagingKept{"/p/c"}}));
  CHECK(fixture.store().kept_staging().value() == std::vector<std::string>{"/p/c"});
}

TEST_CASE("The states of an open run can be followed") {
  StoreFixture fixture;
  using Counts = std::map<TaskState, int64_t>;
  const auto counts = [&] { return detail(fixture, kRun).run.counts; };
  const auto state = [&] { return detail(fixture, kRun).tasks[0].state; };
  REQUIRE(fixture.write({run_started(kRun), planned(kRun, "t.A"), planned(kRun, "t.B")}));
  CHECK(counts() == Counts{{TaskState::kPending, 2}});
  REQUIRE(fixture.write({started(kAttempt, kRun, "t.A")}));
  CHECK(counts() == Counts{{TaskState::kPending, 1}, {TaskState::kRunning, 1}});
  CHECK(state() == TaskState::kRunning);
  fixture.reopen();
  REQUIRE(fixture.write({ended(kAttempt, TaskState::kLost)}));
  CHECK(state() == TaskState::kRetrying);
  REQUIRE(fixture.write({ended(kRun, "t.A", TaskState::kSkipped)}));
  CHECK(counts() == Counts{{TaskState::kPending, 1}, {TaskState::kSkipped, 1}});
  REQUIRE(fixture.write({ended(kRun, "t.B", TaskState::kCancelled)}));
  CHECK(counts() == Counts{{TaskState::kSkipped, 1}, {TaskState::kCancelled, 1}});
}

TEST_CASE("Every run that shares an attempt shows it") {
  StoreFixture fixture;
  const RunId second(8);
  const RunId late(9);
  const RunId gone(10);
  AttemptStarted attempt = started(kAttempt, kRun, "t.A");
  attempt.others = {second, gone};
  REQUIRE(fixture.write({run_started(kRun), run_started(second), run_started(gone),
                         planned(kRun, "t.A"), planned(second, "t.A"), planned(gone, "t.A"),
                         attempt, ended(gone, "t.A", TaskState::kCancelled)}));
  TaskPlanned joining = planned(late, "t.A");
  joining.joins = kAttempt;
  AttemptEnded end = ended(kAttempt, TaskState::kFailed);
  end.emitted = {{"rows", "1"}};
  REQUIRE(fixture.write({run_started(late), joining, end}));
  for (const RunId run : {kRun, second, late}) {
    const RunDetail found = detail(fixture, run);
    CHECK(found.tasks[0].state == TaskState::kRetrying);
    REQUIRE(found.tasks[0].attempts.size() == 1);
    CHECK(found.tasks[0].attempts[0].attempt == kAttempt);
    CHECK(found.tasks[0].attempts[0].emitted == end.emitted);
  }
  CHECK(detail(fixture, gone).tasks[0].state == TaskState::kCancelled);
  CHECK(fixture.store().attempt(kAttempt).value()->run == kRun);
}

TEST_CASE("A complete task whose output vanished is planned again") {
  StoreFixture fixture;
  TaskPlanned complete = planned(kRun, "t.A");
  complete.state = TaskState::kComplete;
  REQUIRE(fixture.write({run_started(kRun), complete}));
  TaskPlanned again = planned(kRun, "t.A");
  again.why = "vanished";
  REQUIRE(
      fixture.write({again, started(kAttempt, kRun, "t.A"), ended(kAttempt), ended(kRun, "t.A")}));
  const RunDetail found = detail(fixture, kRun);
  REQUIRE(found.tasks.size() == 1);
  CHECK(found.tasks[0].why == "vanished");
  CHECK(found.tasks[0].state == TaskState::kDone);
  CHECK(found.run.counts == std::map<TaskState, int64_t>{{TaskState::kDone, 1}});
}

TEST_CASE("Runs come newest first, a page at a time") {
  StoreFixture fixture;
  std::vector<Record> records;
  for (uint64_t run = 1; run <= 7; ++run) records.emplace_back(run_started(RunId(run)));
  REQUIRE(fixture.write(std::move(records)));
  std::vector<uint64_t> seen;
  RunId before;
  for (;;) {
    auto page = fixture.store().runs(3, before, {});
    REQUIRE(page.ok());
    if (page->empty()) break;
    CHECK(page->size() <= 3);
    for (const RunRow& row : *page) seen.push_back(row.run.value);
    before = page->back().run;
  }
  CHECK(seen == std::vector<uint64_t>{7, 6, 5, 4, 3, 2, 1});
}

TEST_CASE("Ids are above all that were ever used, also after rows are deleted") {
  StoreFixture fixture;
  CHECK(fixture.store().next_run() == RunId(1));
  CHECK(fixture.store().next_run() == RunId(2));
  CHECK(fixture.store().next_attempt() == AttemptId(1));
  REQUIRE(fixture.write({run_started(RunId(41)), planned(RunId(41), "t.A"),
                         started(AttemptId(17), RunId(41), "t.A"), ended(AttemptId(17))}));
  fixture.reopen();
  CHECK(fixture.store().next_run() == RunId(42));
  CHECK(fixture.store().next_attempt() == AttemptId(18));
  const std::string events = fixture.query("SELECT max(id) FROM events");
  {
    SQLite::Database db(fixture.path(), SQLite::OPEN_READWRITE, 1000);
    db.exec("PRAGMA foreign_keys = ON; DELETE FROM runs; DELETE FROM events");
    CHECK(db.execAndGet("SELECT count(*) FROM attempts").getInt() == 0);
    CHECK(db.execAndGet("SELECT count(*) FROM tasks").getInt() == 0);
  }
  fixture.reopen();
  CHECK(fixture.store().next_run() == RunId(42));
  CHECK(fixture.store().next_attempt() == AttemptId(18));
  REQUIRE(fixture.write({run_started(RunId(42))}));
  CHECK(fixture.query("SELECT min(id) FROM events") == std::to_string(std::stoi(events) + 1));
}

TEST_CASE("The usual duration is the mean of the last successes") {
  StoreFixture fixture;
  uint64_t next = 0;
  const auto attempt = [&](int64_t seconds, TaskState state) {
    const std::string id = "t.A(n=" + std::to_string(++next) + ")";
    AttemptEnded end = ended(AttemptId(next), state);
    end.at = at(2'000'000) + Duration(seconds * 1'000'000);
    REQUIRE(fixture.write({planned(kRun, id), started(AttemptId(next), kRun, id), end}));
  };
  const auto usual = [&] {
    return static_cast<double>(fixture.store().usual_durations().value().at("t.A").count()) / 1e6;
  };
  REQUIRE(fixture.write({run_started(kRun)}));
  CHECK(fixture.store().usual_durations().value().empty());
  attempt(10, TaskState::kDone);
  attempt(20, TaskState::kDone);
  attempt(60, TaskState::kFailed);
  attempt(-60, TaskState::kDone);  // the clock was set back: counts as nothing
  CHECK(usual() == Approx(10.0).margin(0.001));
  fixture.reopen();
  for (int i = 0; i < 60; ++i) attempt(100, TaskState::kDone);
  CHECK(usual() == Approx(100.0).margin(1.0));
}

TEST_CASE("An attempt of a dead engine does not count as usual") {
  StoreFixture fixture;
  REQUIRE(fixture.write({run_started(kRun), planned(kRun, "t.A"), started(kAttempt, kRun, "t.A")}));
  fixture.reopen();
  AttemptEnded end = ended(kAttempt);
  end.at = at(int64_t{3600} * 24 * 1'000'000);
  REQUIRE(fixture.write({end}));
  CHECK(fixture.store().usual_durations().value().empty());
}

TEST_CASE("Callbacks come in the order of the writes, each when its records can be read") {
  StoreFixture fixture;
  std::vector<int> called;
  constexpr int kWrites = 200;
  for (int i = 0; i < kWrites; ++i) {
    const RunId run(static_cast<uint64_t>(i + 1));
    fixture.store().write({run_started(run)}, [&, i, run] {
      called.push_back(i);
      CHECK(fixture.store().run(run).value().has_value());
    });
    if (i % 3 == 0) fixture.store().write({}, {});
  }
  CHECK(called.empty());  // never from inside write()
  fixture.loop.run_until([&] { return called.size() == kWrites; });
  std::vector<int> expected(kWrites);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(called == expected);
}

TEST_CASE("An empty write waits for all before it") {
  StoreFixture fixture;
  bool durable = false;
  fixture.store().write({run_started(kRun)}, {});
  fixture.store().write({}, [&] {
    durable = true;
    CHECK(fixture.store().run(kRun).value().has_value());
  });
  fixture.loop.run_until([&] { return durable; });
}

TEST_CASE("flush() returns when reads see what was written") {
  StoreFixture fixture;
  fixture.store().write({run_started(kRun)}, {});
  REQUIRE(fixture.store().flush().ok());
  CHECK(fixture.store().run(kRun).value().has_value());
  REQUIRE(fixture.store().flush().ok());
}

TEST_CASE("close() writes what was handed over, into one file") {
  StoreFixture fixture;
  int durable = 0;
  for (uint64_t run = 1; run <= 50; ++run) {
    fixture.store().write({run_started(RunId(run))}, [&] { ++durable; });
  }
  fixture.store().close();
  fixture.store().close();
  fixture.loop.run_posted();
  CHECK(durable == 50);
  CHECK(fixture.query("SELECT count(*) FROM runs") == "50");
  CHECK(::access((fixture.path() + "-wal").c_str(), F_OK) != 0);
}

TEST_CASE("Reads and writes go on beside each other") {
  StoreFixture fixture;
  constexpr uint64_t kRuns = 300;
  uint64_t durable = 0;
  for (uint64_t run = 1; run <= kRuns; ++run) {
    fixture.store().write(
        {run_started(RunId(run)), planned(RunId(run), "t.A"), planned(RunId(run), "t.B")},
        [&] { ++durable; });
    fixture.loop.run_posted();
    auto rows = fixture.store().runs(5, RunId(), {});
    REQUIRE(rows.ok());
    // A read sees whole commits, at least those that were reported.
    if (durable > 0) REQUIRE(rows->front().run.value >= durable);
    for (const RunRow& row : *rows) REQUIRE(row.counts.at(TaskState::kPending) == 2);
  }
  fixture.loop.run_until([&] { return durable == kRuns; });
}

TEST_CASE("Records that make no sense stop the store") {
  StoreFixture fixture;
  REQUIRE(fixture.write(
      {run_started(kRun), planned(kRun, "t.A"), started(kAttempt, kRun, "t.A"), ended(kAttempt)}));
  RunStarted without_source = run_started(RunId(8));
  without_source.sources = {{"pipelines/a.lua", "aa"}};
  RunStarted same_request = run_started(RunId(8));
  same_request.request = "request-7";
  const auto [what, record] = GENERATE_COPY(table<std::string, Record>({
      {"t.Unknown of run 7 was not planned", ended(kRun, "t.Unknown")},
      {"t.A of run 8 was not planned", started(AttemptId(4), RunId(8), "t.A")},
      {"attempt 3 ended twice", ended(kAttempt, TaskState::kLost)},
      {"attempt 4 ended and was not started", ended(AttemptId(4))},
      {"attempt 4 has a process", AttemptProcess{AttemptId(4), 1}},
      {"FOREIGN KEY", PublishIntent{AttemptId(4), {{"/a", "/b"}}}},
      {"FOREIGN KEY", planned(RunId(8), "t.A")},
      {"run 8 ended and was not started", RunFinished{RunId(8), RunState::kDone, {}, {}}},
      {"the text of pipelines/a.lua was not recorded", without_source},
      {"UNIQUE constraint failed: runs.request", same_request},
      {"UNIQUE constraint failed: attempts.id", started(kAttempt, kRun, "t.A")},
  }));
  CHECK_FALSE(fixture.write({run_started(RunId(20)), record}));
  REQUIRE(fixture.fatal.size() == 1);
  CHECK_THAT(fixture.fatal[0].error().message, Catch::Matchers::ContainsSubstring(what));
  CHECK_THAT(fixture.fatal[0].error().message, Catch::Matchers::ContainsSubstring(fixture.path()));

  // Nothing of the call was kept, nothing more is written, and reads still work.
  fixture.store().write({run_started(RunId(21))}, [] { FAIL("durable after a failure"); });
  CHECK_FALSE(fixture.store().flush().ok());
  CHECK(fixture.store().run(RunId(20)).value() == std::nullopt);
  CHECK(fixture.store().run(kRun).value().has_value());
  bool told_late = false;
  fixture.store().on_fatal([&](const Status&) { told_late = true; });
  fixture.loop.run_until([&] { return told_late; });
  fixture.reopen();
  CHECK(fixture.query("SELECT count(*) FROM runs") == "1");
}

TEST_CASE("Two tasks whose hashes meet are kept apart") {
  // Solves key(first run, a) == key(second run, b) for the second run; its factor is odd, so it has
  // an inverse modulo 2^64.
  const auto key = [](uint64_t run, const std::string& id) {
    return store::Writer::task_key(RunId(run), id);
  };
  const uint64_t factor = key(1, "t.A") ^ key(0, "t.A");
  uint64_t inverse = 1;
  for (int i = 0; i < 6; ++i) inverse *= 2 - factor * inverse;
  std::string id;
  uint64_t run = 0;
  for (int i = 0; run == 0 || run > INT64_MAX; ++i) {
    id = "t.B(n=" + std::to_string(i) + ")";
    run = (key(kRun.value, "t.A") ^ key(0, id)) * inverse;
  }
  const RunId second(run);
  REQUIRE(key(kRun.value, "t.A") == key(run, id));

  StoreFixture fixture;
  REQUIRE(fixture.write(
      {run_started(kRun), run_started(second), planned(kRun, "t.A"), planned(second, id),
       started(AttemptId(1), kRun, "t.A"), started(AttemptId(2), second, id), ended(AttemptId(1)),
       ended(AttemptId(2)), ended(second, id, TaskState::kSkipped), ended(kRun, "t.A")}));
  const RunDetail first_found = detail(fixture, kRun);
  const RunDetail second_found = detail(fixture, second);
  CHECK(first_found.tasks[0].state == TaskState::kDone);
  CHECK(first_found.tasks[0].attempts.at(0).attempt == AttemptId(1));
  CHECK(first_found.run.counts == std::map<TaskState, int64_t>{{TaskState::kDone, 1}});
  CHECK(second_found.tasks[0].state == TaskState::kSkipped);
  CHECK(second_found.tasks[0].attempts.at(0).attempt == AttemptId(2));
  CHECK(second_found.run.counts == std::map<TaskState, int64_t>{{TaskState::kSkipped, 1}});
}

TEST_CASE("Each end and each start is one event, in the order of the commits") {
  StoreFixture fixture;
  REQUIRE(fixture.write({run_started(kRun), planned(kRun, "t.A"), started(kAttempt, kRun, "t.A"),
                         ended(kAttempt), ended(kRun, "t.A"),
                         RunFinished{kRun, RunState::kDone, at(5'000'000), {}}}));
  CHECK(fixture.query("SELECT group_concat(kind || ' ' || ifnull(task, '-') || ' ' || state, ', ') "
                      "FROM event_list") ==
        "run_started - running, attempt_started t.A running, attempt_ended t.A done, "
        "task_ended t.A done, run_ended - done");
  CHECK(fixture.query("SELECT group_concat(event) FROM event_list") == "1,2,3,4,5");
  CHECK(fixture.query("SELECT at FROM event_list WHERE event = 5") == "1970-01-01T00:00:05.000Z");
}

}  // namespace moondial::store_test
