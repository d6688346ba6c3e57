// What people ask of the record who look back: engine/history.h.
#include "fixture.h"
#include "tests/catch.h"

namespace moondial::look_back_test {
namespace {

using namespace test;

TaskPlanned planned_with(RunId run, const std::string& id, std::vector<std::string> needs,
                         Params params = {}) {
  TaskPlanned out = planned(run, id);
  out.requires_ = std::move(needs);
  out.params = std::move(params);
  return out;
}

/// Run n, at n seconds: one task, which ends in `state`.
std::vector<Record> run_of(uint64_t n, const std::string& task, Params params, TaskState state,
                           const std::string& error = "") {
  RunStarted begun = run_started(RunId(n), {task});
  begun.at = at(static_cast<int64_t>(n) * 1'000'000);
  AttemptEnded attempt = ended(AttemptId(n), state);
  attempt.at = begun.at;
  attempt.error = error;
  RunFinished end;
  end.run = RunId(n);
  end.state = state == TaskState::kDone ? RunState::kDone : RunState::kFailed;
  end.at = begun.at;
  return {begun,
          planned_with(RunId(n), task, {}, std::move(params)),
          started(AttemptId(n), RunId(n), task),
          attempt,
          ended(RunId(n), task, state),
          end};
}

}  // namespace

TEST_CASE("A run knows what each of its tasks needs of the others") {
  StoreFixture fixture;
  const RunId run(1);
  REQUIRE(fixture.write({run_started(run), planned(run, "t.A"), planned(run, "t.B"),
                         planned_with(run, "t.C", {"t.A", "t.B", "t.Complete"}),
                         planned_with(run, "t.D", {"t.Complete"})}));
  const auto tasks_of = [&] { return fixture.store().run(run).value()->tasks; };
  auto tasks = tasks_of();
  REQUIRE(tasks.size() == 4);
  CHECK(tasks[2].requires_ == std::vector<size_t>{0, 1});
  CHECK(tasks[3].requires_.empty());

  // What is awaited comes in addition, once; also where it is planned after the waiter.
  REQUIRE(fixture.write({planned(run, "t.E"), TaskAwaits{run, "t.C", {"t.E", "t.A"}}}));
  tasks = tasks_of();
  CHECK(tasks[2].requires_ == std::vector<size_t>{0, 1, 4});

  // After a restart the rows of a run that goes on are found too.
  fixture.reopen();
  REQUIRE(fixture.write({planned_with(run, "t.F", {"t.E", "t.C"})}));
  CHECK(tasks_of()[5].requires_ == std::vector<size_t>{4, 2});
}

TEST_CASE("A run knows what its tasks needed that was complete before it, each once") {
  StoreFixture fixture;
  const RunId run(1);
  TaskPlanned complete = planned_with(run, "t.Root", {"t.Old", "t.Older"});
  complete.state = TaskState::kComplete;
  REQUIRE(fixture.write({run_started(run), planned(run, "t.A"),
                         planned_with(run, "t.B", {"t.Old", "t.A", "t.Raw"}),
                         planned_with(run, "t.C", {"t.Raw"}), complete}));
  const auto detail = [&] { return fixture.store().run(run).value().value(); };
  RunDetail shown = detail();
  CHECK(shown.complete_before == std::vector<std::string>{"t.Old", "t.Raw"});
  CHECK(shown.tasks[1].requires_ == std::vector<size_t>{0});
  CHECK(shown.tasks[1].complete_needs == std::vector<size_t>{0, 1});
  CHECK(shown.tasks[2].complete_needs == std::vector<size_t>{1});
  CHECK(shown.tasks[3].complete_needs.empty());  // a complete one: not even looked at
  CHECK(fixture.query("SELECT count(*) FROM complete_before") == "2");
  CHECK(fixture.query("SELECT group_concat(requires) FROM requirement_list WHERE task = 't.B'") ==
        "t.A,t.Old,t.Raw");

  // Awaited while it ran, also by an engine that has just begun.
  fixture.reopen();
  REQUIRE(fixture.write(
      {TaskAwaits{run, "t.A", {"t.Raw", "t.New"}}, TaskAwaits{run, "t.A", {"t.New"}}}));
  shown = detail();
  CHECK(shown.complete_before == std::vector<std::string>{"t.Old", "t.Raw", "t.New"});
  CHECK(shown.tasks[0].complete_needs == std::vector<size_t>{1, 2});

  // What has vanished since is made again, as a task of the run.
  REQUIRE(fixture.write({planned(run, "t.Old")}));
  shown = detail();
  CHECK(shown.complete_before == std::vector<std::string>{"t.Raw", "t.New"});
  CHECK(shown.tasks[1].requires_ == std::vector<size_t>{0, 4});
  CHECK(shown.tasks[1].complete_needs == std::vector<size_t>{0});

  // It goes with its run.
  RunFinished end;
  end.run = run;
  REQUIRE(fixture.write({end, PruneBegun{run}, TasksPruned{run, {1, 2, 3, 4, 5}, true}}));
  CHECK(fixture.query("SELECT count(*) FROM complete_before") == "0");
}

TEST_CASE("A task that gathers very much keeps the first thousand by name and counts the rest") {
  StoreFixture fixture;
  std::vector<std::string> needs = {"t.A"};
  for (int n = 0; n < 1500; ++n) needs.push_back("t.Old(n=" + std::to_string(n) + ")");
  REQUIRE(fixture.write(
      {run_started(RunId(1)), planned(RunId(1), "t.A"), planned_with(RunId(1), "t.All", needs)}));
  const RunDetail shown = fixture.store().run(RunId(1)).value().value();
  CHECK(shown.tasks[1].requires_ == std::vector<size_t>{0});
  CHECK(shown.tasks[1].complete_needs.size() == 1000);
  CHECK(shown.tasks[1].more_complete == 500);
  CHECK(shown.complete_before.size() == 1000);
}

TEST_CASE("An attempt is found by its id, with its task and what it emitted") {
  StoreFixture fixture;
  REQUIRE(fixture.write(run_of(1, "t.A(n=1)", {{"n", "1"}}, TaskState::kFailed, "no luck")));
  const auto found = fixture.store().history().attempt(AttemptId(1)).value();
  REQUIRE(found);
  CHECK(found->run == RunId(1));
  CHECK(found->name == "t.A");
  CHECK(found->params == Params{{"n", "1"}});
  CHECK(found->attempt.error == "no luck");
  CHECK_FALSE(fixture.store().history().attempt(AttemptId(2)).value());
}

TEST_CASE("Of each task of a name the newest state is known, and whether it ever succeeded") {
  StoreFixture fixture;
  REQUIRE(fixture.write(run_of(1, "t.A(n=1)", {{"n", "1"}}, TaskState::kDone)));
  REQUIRE(fixture.write(run_of(2, "t.A(n=2)", {{"n", "2"}}, TaskState::kFailed)));
  REQUIRE(fixture.write(run_of(3, "t.A(n=1)", {{"n", "1"}}, TaskState::kCancelled)));
  REQUIRE(fixture.write(run_of(4, "t.B", {}, TaskState::kDone)));
  auto states = fixture.store().history().last_states("t.A").value();
  REQUIRE(states.size() == 2);
  CHECK(states[0].params == Params{{"n", "1"}});
  CHECK(states[0].state == TaskState::kCancelled);
  CHECK(states[0].run == RunId(3));
  CHECK(states[0].has_succeeded);
  CHECK(states[1].state == TaskState::kFailed);
  CHECK_FALSE(states[1].has_succeeded);
  CHECK(fixture.store().history().last_states("t").value().empty());

  // Somebody says that they are done: one that a run had found blocked, and one of no run.
  REQUIRE(fixture.write(run_of(5, "t.M(n=1)", {{"n", "1"}}, TaskState::kCancelled)));
  REQUIRE(fixture.write({TaskMarked{"t.M(n=1)", "me", at(1), {{"n", "1"}}},
                         TaskMarked{"t.M(n=2)", "me", at(1), {{"n", "2"}}},
                         TaskMarked{"t.More", "me", at(1), {}}}));
  states = fixture.store().history().last_states("t.M").value();
  REQUIRE(states.size() == 2);
  CHECK(states[0].state == TaskState::kDone);
  CHECK(states[0].run == RunId(5));
  CHECK(states[1].params == Params{{"n", "2"}});
  CHECK_FALSE(states[1].run);
}

TEST_CASE("Missed deadlines are those of tasks that have not succeeded since") {
  StoreFixture fixture;
  // Run n begins at n s, has its deadline a second later, misses it, and ends after another one.
  const auto late = [&](uint64_t n, const std::string& task, TaskState state) {
    std::vector<Record> records = run_of(n, task, {}, state);
    std::get<TaskPlanned>(records[1]).sla = at(static_cast<int64_t>(n + 1) * 1'000'000);
    records.insert(records.begin() + 2, Record(TaskSlaSettled{RunId(n), task, true}));
    std::get<RunFinished>(records.back()).at = at(static_cast<int64_t>(n + 2) * 1'000'000);
    return records;
  };
  const auto missed = [&](UtcTime since) {
    std::string out;
    const auto rows = fixture.store().history().missed(since, 10).value();
    for (const MissedTask& row : rows) out += std::to_string(row.run.value) + " " + row.id + "; ";
    return out;
  };
  REQUIRE(fixture.write(late(1, "t.A", TaskState::kFailed)));
  REQUIRE(fixture.write(late(2, "t.B", TaskState::kFailed)));
  REQUIRE(fixture.write(late(3, "t.C", TaskState::kDone)));  // late, but done
  TaskPlanned open = planned(RunId(4), "t.D");
  open.sla = at(6'000'000);
  REQUIRE(fixture.write({run_started(RunId(4)), open, TaskSlaSettled{RunId(4), "t.D", true}}));
  CHECK(missed(at(0)) == "4 t.D; 2 t.B; 1 t.A; ");
  CHECK(missed(at(2'500'000)) == "4 t.D; 2 t.B; ");
  CHECK(missed(at(7'000'000)) == "");
  CHECK(fixture.store().history().missed(at(0), 1).value().size() == 1);
  CHECK(fixture.store().history().missed(at(0), 1).value()[0].state == TaskState::kPending);
  // Another run makes it good, or somebody says that it is.
  REQUIRE(fixture.write(run_of(9, "t.A", {}, TaskState::kDone)));
  CHECK(missed(at(0)) == "4 t.D; 2 t.B; ");
  REQUIRE(fixture.write({TaskMarked{"t.B", "me", at(9'000'000), {}}}));
  CHECK(missed(at(0)) == "4 t.D; ");
}

TEST_CASE("Failures come newest first, with the last success of their tasks") {
  StoreFixture fixture;
  REQUIRE(fixture.write(run_of(1, "t.A", {}, TaskState::kFailed, "x")));
  REQUIRE(fixture.write(run_of(2, "t.B", {}, TaskState::kFailed, "y")));
  REQUIRE(fixture.write(run_of(3, "t.A", {}, TaskState::kDone)));
  const auto failures = fixture.store().history().failures(10).value();
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].past.task == "t.B");
  CHECK_FALSE(failures[0].succeeded);
  CHECK(failures[1].past.attempt.error == "x");
  CHECK(failures[1].succeeded == at(3'000'000));
  CHECK(fixture.store().history().failures(1).value().size() == 1);
}

TEST_CASE("The texts of a file come with the runs that used them, the newest first") {
  StoreFixture fixture;
  const auto run_with = [&](uint64_t n, const std::string& sha256) {
    RunStarted run = run_started(RunId(n));
    run.at = at(static_cast<int64_t>(n));
    run.sources = {{"pipelines/p.lua", sha256}};
    REQUIRE(fixture.write({SourceText{sha256, "text of " + sha256}, run}));
  };
  run_with(1, "a");
  run_with(2, "b");
  run_with(3, "a");
  const auto versions = fixture.store().history().versions("pipelines/p.lua").value();
  REQUIRE(versions.size() == 2);
  CHECK(versions[0].sha256 == "a");
  CHECK(versions[0].runs == 2);
  CHECK(versions[0].first_run == RunId(1));
  CHECK(versions[0].last == at(3));
  CHECK(versions[1].sha256 == "b");
  CHECK(fixture.store().history().versions("pipelines/q.lua").value().empty());
  CHECK(fixture.store().history().source("b").value() == "text of b");
  CHECK_FALSE(fixture.store().history().source("c").value());
}

TEST_CASE("Firings come newest first, before an instant, and a run knows what started it") {
  StoreFixture fixture;
  for (int64_t n = 1; n <= 3; ++n) {
    ScheduleFired fired;
    fired.schedule = "nightly";
    fired.instant = at(n);
    REQUIRE(fixture.write({fired}));
  }
  const auto firings = fixture.store().history().firings("nightly", 2, at(3)).value();
  REQUIRE(firings.size() == 2);
  CHECK(firings[0].instant == at(2));
  CHECK(firings[1].instant == at(1));

  REQUIRE(fixture.write({run_started(RunId(1)),
                         FiringSettled{"nightly", at(2), FiringState::kStarted, RunId(1), ""}}));
  CHECK(fixture.store().run(RunId(1)).value()->run.cause == "nightly");
  CHECK(fixture.store().runs(1, RunId(), {}).value().at(0).cause == "nightly");
}

TEST_CASE("Sizes of pools that somebody has set outlive an engine") {
  StoreFixture fixture;
  REQUIRE(fixture.write({PoolSized{"api", 1, 2}, PoolSized{"db", 0, 4}}));
  REQUIRE(fixture.write({PoolSized{"api", 3, 2}, PoolSized{"db", std::nullopt, 4},
                         PoolSized{"none", std::nullopt, 0}}));
  fixture.reopen();
  const auto sizes = fixture.store().pool_sizes().value();
  REQUIRE(sizes.size() == 1);
  CHECK(sizes[0].pool == "api");
  CHECK(sizes[0].size == 3);
  CHECK(sizes[0].declared == 2);
}

}  // namespace moondial::look_back_test
