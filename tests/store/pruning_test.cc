// Old runs go, and nothing that anybody still needs goes with them.
#include "fixture.h"
#include "store/task_reader.h"
#include "tests/catch.h"

namespace moondial::pruning_test {

using namespace moondial::test;  // NOLINT

namespace {

constexpr int64_t kDay = 86'400'000'000;

/// A record in which run N ends on day N.
struct Days : StoreFixture {
  /// A run of one task, which succeeds and emits `rows`; attempt N belongs to run N.
  void add(uint64_t day, const std::string& task, const std::string& rows = "") {
    const RunId run(day);
    const AttemptId attempt(day);
    RunStarted start = run_started(run, {task});
    start.at = at(static_cast<int64_t>(day) * kDay);
    AttemptStarted begun = started(attempt, run, task);
    begun.at = start.at + std::chrono::seconds(1);
    AttemptEnded end = ended(attempt);
    end.at = start.at + std::chrono::seconds(2);
    if (!rows.empty()) end.emitted = {{"rows", rows}};
    TaskEnded task_end = ended(run, task);
    task_end.at = end.at;
    REQUIRE(write({start, planned(run, task), begun, end, task_end, finished(day)}));
  }
  static RunFinished finished(uint64_t day) {
    RunFinished record;
    record.run = RunId(day);
    record.at = at(static_cast<int64_t>(day) * kDay + 3'000'000);
    record.counts = {{TaskState::kDone, 1}};
    return record;
  }
  static RetentionCutoffs before(int64_t day, int64_t keep_last = 0) {
    return {at(day * kDay), std::nullopt, keep_last};
  }
  static RetentionCutoffs logs_before(int64_t day, int64_t keep_last = 0) {
    return {std::nullopt, at(day * kDay), keep_last};
  }
  std::optional<PruneStep> next(const RetentionCutoffs& cutoffs) {
    auto step = store().next_prunable(cutoffs);
    REQUIRE(step.ok());
    return *step;
  }
  /// Prunes as the engine does. Returns the attempts whose logs would have gone.
  std::vector<uint64_t> prune(const RetentionCutoffs& cutoffs) {
    std::vector<uint64_t> logs;
    int64_t events = 0;
    for (auto step = next(cutoffs); step; step = next(cutoffs)) {
      for (const AttemptId attempt : step->attempts) logs.push_back(attempt.value);
      if (step->only_logs) {
        REQUIRE(write({LogsPruned{step->run}}));
      } else if (step->run && !step->begun) {
        REQUIRE(write({PruneBegun{step->run}}));
      } else if (step->run) {
        REQUIRE(write({TasksPruned{step->run, step->tasks, step->last}}));
      } else {
        const auto up_to = store().old_events(events, *cutoffs.runs_before).value();
        if (up_to) {
          REQUIRE(write({EventsPruned{std::exchange(events, *up_to), *up_to}}));
        } else {
          REQUIRE(write({PruneSwept{cutoffs.runs_before}}));
        }
      }
    }
    return logs;
  }
  std::vector<uint64_t> runs() {
    std::vector<uint64_t> out;
    const auto rows = store().runs(100, RunId(), {}).value();
    for (const RunRow& row : rows) out.push_back(row.run.value);
    return out;
  }
};

using Numbers = std::vector<uint64_t>;

}  // namespace

TEST_CASE("Runs that ended before go with all that hangs on them, and the others stay") {
  Days days;
  for (const uint64_t day : {1, 2, 3, 4})
    days.add(day, "t.A(date=" + std::to_string(day) + ")", "5");
  CHECK(days.prune(Days::before(3)) == Numbers{1, 2});
  CHECK(days.runs() == Numbers{4, 3});
  for (const char* table : {"runs", "tasks", "attempts", "run_roots", "emitted"}) {
    INFO(table);
    CHECK(days.query(std::string("SELECT count(*) FROM ") + table) == "2");
  }
  CHECK(days.query("SELECT count(*) FROM events WHERE run <= 2") == "0");
  CHECK(days.query("SELECT count(*) FROM events WHERE run > 2") == "10");
  CHECK_FALSE(days.store().run(RunId(1)).value());
  CHECK(days.store().was_pruned(RunId(1)).value());
  CHECK_FALSE(days.store().was_pruned(RunId(3)).value());
  CHECK_FALSE(days.store().was_pruned(RunId(5)).value());
  CHECK_FALSE(days.store().was_pruned(RunId()).value());
  CHECK_FALSE(days.next(Days::before(3)));  // and nothing is swept again and again
}

TEST_CASE("Events are read from any of them on, and what has gone is told") {
  Days days;
  CHECK(days.store().event_bounds()->newest == 0);
  for (const uint64_t day : {1, 2, 3}) days.add(day, "t.A");
  CHECK(days.store().event_bounds()->newest == 15);
  CHECK(days.store().event_bounds()->gone == 0);
  const auto all = days.store().events(0, 100).value();
  REQUIRE(all.size() == 15);
  CHECK(all.front().kind == EventKind::kRunStarted);
  CHECK(all.front().run == RunId(1));
  CHECK(all.front().task.empty());
  const auto attempt = std::ranges::find(all, EventKind::kAttemptEnded, &EventRow::kind);
  REQUIRE(attempt != all.end());
  CHECK(attempt->task == "t.A");
  CHECK(attempt->attempt == AttemptId(1));
  CHECK(attempt->number == 1);
  CHECK(attempt->task_state == TaskState::kDone);
  for (size_t i = 0; i < all.size(); ++i) CHECK(all[i].id == static_cast<int64_t>(i + 1));
  const auto some = days.store().events(7, 3).value();
  REQUIRE(some.size() == 3);
  CHECK(some.front().id == 8);
  CHECK(days.store().events(15, 3)->empty());

  (void)days.prune(Days::before(2));
  CHECK(days.store().event_bounds()->gone == 5);
  (void)days.prune(Days::before(9));
  CHECK(days.store().event_bounds()->gone == 15);
  CHECK(days.store().event_bounds()->newest == 15);
}

TEST_CASE("Ids of runs and attempts are not used again after all of them went") {
  Days days;
  days.add(1, "t.A");
  days.add(2, "t.A");
  (void)days.prune(Days::before(9));
  CHECK(days.runs().empty());
  days.reopen();
  CHECK(days.store().next_run() == RunId(3));
  CHECK(days.store().next_attempt() == AttemptId(3));
  CHECK(days.store().was_pruned(RunId(2)).value());
}

TEST_CASE("The newest runs stay, however old they are") {
  Days days;
  for (const uint64_t day : {1, 2, 3, 4}) days.add(day, "t.A");
  CHECK_FALSE(days.next(Days::before(100, 4)));
  CHECK_FALSE(days.next(Days::before(100, 1000)));
  CHECK(days.prune(Days::before(100, 3)) == Numbers{1});
  CHECK_FALSE(days.next(Days::logs_before(100, 3)));
  CHECK(days.prune(Days::logs_before(100, 2)) == Numbers{2});
}

TEST_CASE("Marks, last successes, what they emitted, and usual durations outlive their runs") {
  Days days;
  days.add(1, "t.Once", "120");
  days.add(2, "t.Twice", "1");
  days.add(3, "t.Twice", "2");
  REQUIRE(days.write({TaskMarked{"t.Approval", "me", at(kDay)}}));
  const auto records = open_task_records(days.path());
  const TaskSuccess before = records->success("t.Once").value().value();
  const auto usual = days.store().usual_durations().value();
  (void)days.prune(Days::before(100));
  CHECK(days.query("SELECT count(*) FROM attempts") == "0");
  using Values = std::map<std::string, std::string>;
  CHECK(days.store().emitted("t.Once").value() == Values{{"rows", "120"}});
  CHECK(days.store().emitted("t.Twice").value() == Values{{"rows", "2"}});
  CHECK(records->emitted("t.Once").value() ==
        std::vector<std::pair<std::string, std::string>>{{"rows", "120"}});
  const TaskSuccess after = records->success("t.Once").value().value();
  CHECK(after.position == before.position);
  CHECK(after.started == before.started);  // staleness compares it with other files' times
  CHECK(after.at == before.at);
  CHECK(after.fingerprint == before.fingerprint);
  CHECK(records->marked("t.Approval").value());
  CHECK(days.store().usual_durations().value() == usual);
  CHECK(days.store().succeeded_tasks().value().size() == 2);
  // A new success takes its place, with what the old one emitted.
  days.add(9, "t.Once", "121");
  CHECK(days.store().emitted("t.Once").value() == Values{{"rows", "121"}});
  CHECK(days.query("SELECT count(*) FROM kept_emitted") == "1");
}

TEST_CASE("Open runs, and runs whose attempts go on or are shown by others, stay") {
  Days days;
  const std::string task = "t.Slow";
  RunStarted first = run_started(RunId(1), {task});
  RunStarted second = run_started(RunId(2), {task});
  AttemptStarted attempt = started(AttemptId(1), RunId(1), task);
  attempt.others = {RunId(2)};
  REQUIRE(days.write({first, planned(RunId(1), task), second, planned(RunId(2), task), attempt}));
  CHECK_FALSE(days.next(Days::before(100)));
  // The first is cancelled, and the second goes on with the attempt.
  REQUIRE(days.write({ended(RunId(1), task, TaskState::kCancelled), Days::finished(1)}));
  CHECK_FALSE(days.next(Days::before(100)));
  REQUIRE(days.write({ended(AttemptId(1)), ended(RunId(2), task)}));
  CHECK_FALSE(days.next(Days::before(100)));
  CHECK_FALSE(days.next(Days::logs_before(100)));
}

TEST_CASE("A run stays while a younger one shows its attempts, and goes after that one") {
  Days days;
  const std::string task = "t.Slow";
  AttemptStarted attempt = started(AttemptId(1), RunId(1), task);
  attempt.others = {RunId(2)};
  RunFinished late = Days::finished(2);
  late.at = at(20 * kDay);
  REQUIRE(days.write({run_started(RunId(1), {task}), planned(RunId(1), task),
                      run_started(RunId(2), {task}), planned(RunId(2), task), attempt,
                      ended(AttemptId(1)), ended(RunId(1), task), ended(RunId(2), task),
                      Days::finished(1), late}));
  CHECK_FALSE(days.next(Days::before(10)));
  CHECK_FALSE(days.next(Days::logs_before(10)));
  const auto second = days.store().run(RunId(2)).value();
  REQUIRE(second->tasks[0].attempts.size() == 1);
  CHECK(days.prune(Days::logs_before(30)) == Numbers{1});  // both are old enough now
  CHECK(days.prune(Days::before(30)) == Numbers{1});
  CHECK(days.runs().empty());
}

TEST_CASE("Logs go before their runs do, once, and the run says so") {
  Days days;
  for (const uint64_t day : {1, 2, 3}) days.add(day, "t.A");
  CHECK(days.prune(Days::logs_before(3)) == Numbers{1, 2});
  CHECK_FALSE(days.next(Days::logs_before(3)));
  const auto rows = days.store().runs(10, RunId(), {}).value();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].has_logs);
  CHECK_FALSE(rows[1].has_logs);
  CHECK_FALSE(rows[2].has_logs);
  CHECK(days.prune(Days::before(3)) == Numbers{1, 2});
}

TEST_CASE(
    "A run of many tasks goes in pieces, is hidden from the first on, and a crash between "
    "them loses nothing") {
  Days days;
  constexpr int kTasks = 1200;
  std::vector<Record> records = {run_started(RunId(1))};
  for (int i = 1; i <= kTasks; ++i) {
    const std::string task = "t.Many(n=" + std::to_string(i) + ")";
    records.push_back(planned(RunId(1), task));
    records.push_back(started(AttemptId(static_cast<uint64_t>(i)), RunId(1), task));
    AttemptEnded end = ended(AttemptId(static_cast<uint64_t>(i)));
    end.emitted = {{"n", std::to_string(i)}};
    records.push_back(end);
    records.push_back(ended(RunId(1), task));
  }
  records.push_back(Days::finished(1));
  REQUIRE(days.write(std::move(records)));
  const auto cutoffs = Days::before(100);
  REQUIRE(days.write({PruneBegun{days.next(cutoffs)->run}}));
  CHECK(days.runs().empty());
  CHECK_FALSE(days.store().run(RunId(1)).value());
  CHECK(days.query("SELECT count(*) FROM run_list") == "0");
  const PruneStep step = days.next(cutoffs).value();
  CHECK(step.begun);
  CHECK_FALSE(step.last);
  CHECK(step.tasks.size() < kTasks);
  CHECK(step.attempts.size() == step.tasks.size());
  REQUIRE(days.write({TasksPruned{step.run, step.tasks, step.last}}));
  days.reopen();
  const PruneStep again = days.next(RetentionCutoffs{}).value();  // whatever the policy says now
  CHECK(again.run == RunId(1));
  const auto left = days.prune(cutoffs);
  CHECK(left.size() == kTasks - step.tasks.size());
  CHECK(days.query("SELECT count(*) FROM runs") == "0");
  CHECK(days.query("SELECT count(*) FROM successes") == std::to_string(kTasks));
  CHECK(days.store().emitted("t.Many(n=7)").value().at("n") == "7");
}

TEST_CASE(
    "Firings go with their runs, and where they stand in time does not: nothing fires again") {
  Days days;
  const auto fire = [&](int day, FiringState state, RunId run = RunId()) {
    std::vector<Record> records = {
        ScheduleFired{"s", at(day * kDay), FiringState::kWaiting, "", {}, false}};
    if (run) {
      records.push_back(run_started(run));
      records.push_back(FiringSettled{"s", at(day * kDay), state, run, ""});
      RunFinished end = Days::finished(run.value);
      end.at = at(day * kDay);
      records.push_back(end);
    } else if (state != FiringState::kWaiting) {
      records.push_back(FiringSettled{"s", at(day * kDay), state, RunId(), "nothing to do"});
    }
    REQUIRE(days.write(std::move(records)));
  };
  REQUIRE(days.write({ScheduleKept{"s", "daily", at(0)}}));
  fire(1, FiringState::kStarted, RunId(1));
  fire(2, FiringState::kDropped);
  fire(3, FiringState::kWaiting);  // somebody is still to start it
  fire(20, FiringState::kStarted, RunId(2));
  fire(21, FiringState::kDropped);
  (void)days.prune(Days::before(10));
  CHECK(days.query("SELECT group_concat(instant / 86400000000) FROM "
                   "(SELECT instant - " +
                   std::to_string(at(0).time_since_epoch().count()) +
                   " AS instant FROM firings ORDER BY instant)") == "3,20,21");
  CHECK(days.store().schedules().value().at(0).position == at(21 * kDay));
  CHECK(days.store().open_firings().value().size() == 1);
  CHECK_FALSE(days.next(Days::before(10)));
}

TEST_CASE("Firings that start nothing do not gather where no run goes") {
  Days days;
  REQUIRE(days.write({ScheduleKept{"s", "daily", at(0)}}));
  for (int day = 1; day <= 5; ++day) {
    REQUIRE(days.write({ScheduleFired{"s", at(day * kDay), FiringState::kWaiting, "", {}, false},
                        FiringSettled{"s", at(day * kDay), FiringState::kDropped, RunId(), "no"}}));
  }
  (void)days.prune(Days::before(3));
  CHECK(days.query("SELECT count(*) FROM firings") == "3");
  (void)days.prune(Days::before(100));
  CHECK(days.query("SELECT count(*) FROM firings") == "1");  // the newest tells how it stands
  CHECK_FALSE(days.next(Days::before(100)));
}

TEST_CASE("Pruning gives space back to the disk, and texts that no run used any more go") {
  Days days;
  const auto pages = [&] { return std::stoi(days.query("PRAGMA page_count")); };
  std::vector<Record> records = {SourceText{"old", std::string(3'000'000, 'x')}};
  RunStarted first = run_started(RunId(1));
  first.sources = {{"pipelines/p.lua", "old"}};
  records.push_back(first);
  records.push_back(Days::finished(1));
  REQUIRE(days.write(std::move(records)));
  RunStarted second = run_started(RunId(2));
  second.sources = {{"pipelines/p.lua", "new"}};
  RunFinished end = Days::finished(2);
  end.at = at(50 * kDay);
  REQUIRE(days.write({SourceText{"new", "y"}, second, end}));
  const int before = pages();
  (void)days.prune(Days::before(10));
  CHECK(days.store().source_text("new").ok());
  CHECK_FALSE(days.store().source_text("old").ok());
  CHECK(pages() < before - 600);
  CHECK(days.query("PRAGMA freelist_count") == "0");
  CHECK(days.query("PRAGMA integrity_check") == "ok");
}

TEST_CASE("A set of texts that went with its last run comes back with the next one") {
  Days days;
  RunStarted run = run_started(RunId(1));
  run.sources = {{"pipelines/p.lua", "aa"}};
  REQUIRE(days.write({SourceText{"aa", "x"}, run, Days::finished(1)}));
  (void)days.prune(Days::before(10));
  CHECK(days.query("SELECT count(*) FROM source_sets") == "0");
  CHECK(days.query("SELECT count(*) FROM source_set_files") == "0");
  for (const uint64_t id : {2, 3}) {
    RunStarted later = run_started(RunId(id));
    later.sources = run.sources;
    REQUIRE(days.write({SourceText{"aa", "x"}, later}));
  }
  CHECK(days.query("SELECT count(*) FROM source_set_files") == "1");
  CHECK(days.store().run(RunId(2)).value()->sources == run.sources);
  CHECK(days.store().run(RunId(3)).value()->sources == run.sources);
}

}  // namespace moondial::pruning_test
