// Why a task waits: from a plan down to the first causes, and how it is told.
#include "cli/why.h"
#include "base/json.h"

#include "tests/catch.h"
#include "tests/cli/pipe.h"

namespace moondial::why_test {
using Catch::Matchers::ContainsSubstring;

namespace {

PlanTaskData task(const std::string& id, const std::string& state,
                  const std::vector<std::string>& needs, const std::string& why = "") {
  return {id, state, why, needs, {}};
}

std::vector<std::vector<std::string>> paths(const std::vector<PlanTaskData>& tasks,
                                            const std::string& root) {
  std::vector<std::vector<std::string>> out;
  for (const WhyCause& cause : first_causes({{root}, tasks})) out.push_back(cause.path);
  return out;
}

using Paths = std::vector<std::vector<std::string>>;

RunData failed_run() {
  return read_run(R"json({"run": 7, "state": "failed", "started": "2015-09-18T05:00:00.000+08:00",
    "tasks": [
      {"id": "Bad(x=1)", "name": "Bad", "state": "failed", "error": "", "attempts": [
        {"attempt": 1, "attempt_id": 3, "state": "failed", "error": "exit 2",
         "ended": "2015-09-18T05:00:01.000+08:00"},
        {"attempt": 2, "attempt_id": 4, "state": "failed", "error": "exit 3\nat p.lua:4",
         "ended": "2015-09-18T06:00:01.000+08:00"}]},
      {"id": "Early", "state": "failed", "error": "its requires failed", "attempts": []},
      {"id": "Good", "state": "done", "attempts": [{"attempt": 1, "state": "done"}]},
      {"id": "Again", "state": "retrying", "attempts": [{"attempt": 1, "state": "lost",
         "error": "vanished", "ended": null}]}]
})json");
}

}  // namespace

TEST_CASE("the first causes are those that wait for nothing themselves, by the shortest way") {
  const std::vector<PlanTaskData> tasks = {task("Root", "pending", {"A", "B", "Done"}),
                                           task("A", "pending", {"Deep"}),
                                           task("B", "pending", {"A", "Other"}),
                                           task("Deep", "running", {"Done"}),
                                           task("Other", "failed", {}),
                                           task("Done", "complete", {"Unseen"})};
  CHECK(paths(tasks, "Root") == Paths{{"A", "Deep"}, {"B", "Other"}});
  CHECK(paths(tasks, "B") == Paths{{"Other"}, {"A", "Deep"}});
  CHECK(paths(tasks, "Deep").empty());
  CHECK(paths(tasks, "Done").empty());
  CHECK(paths(tasks, "Nothing").empty());
  CHECK(first_causes({}).empty());
}

TEST_CASE("a deep chain has one cause, and a wide plan many") {
  std::vector<PlanTaskData> chain;
  PlanTaskData all = task("All", "pending", {});
  std::vector<PlanTaskData> wide;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = "T" + std::to_string(i);
    const std::string next = "T" + std::to_string(i + 1);
    chain.push_back(
        task(id, "pending",
             i + 1 < 20'000 ? std::vector<std::string>{next} : std::vector<std::string>{}));
    wide.push_back(task(id, "pending", {}));
    all.needs.push_back(id);
  }
  wide.push_back(all);
  const Paths one = paths(chain, "T0");
  REQUIRE(one.size() == 1);
  CHECK(one[0].size() == 19'999);
  CHECK(paths(wide, "All").size() == 20'000);

  Why why;
  why.task = all;
  why.causes = first_causes({{"All"}, wide});
  CHECK_THAT(why_text(why, {"moondial", "moondial run All"}, kPipe),
             ContainsSubstring("… and 19990 more\n"));
}

TEST_CASE("the last failure of a task in a run") {
  const RunData run = failed_run();
  const auto bad = failure_in(run, run.tasks[0], "moondial -C /p");
  REQUIRE(bad);
  CHECK(bad->run == 7);
  CHECK(bad->attempt == 2);
  CHECK(bad->error == "exit 3\nat p.lua:4");
  CHECK(bad->time == "2015-09-18T06:00:01.000+08:00");
  CHECK(bad->log_command == "moondial -C /p logs 7 'Bad(x=1)'");
  const auto early = failure_in(run, run.tasks[1], "moondial");
  REQUIRE(early);
  CHECK(early->error == "its requires failed");
  CHECK(early->attempt == 0);
  CHECK(early->time == run.started);
  CHECK_FALSE(failure_in(run, run.tasks[2], "moondial"));
  CHECK(failure_in(run, run.tasks[3], "moondial")->error == "vanished");
}

TEST_CASE("why, for people") {
  const RunData run = failed_run();
  Why why;
  why.task = task("Root", "pending", {"Bad(x=1)"}, "output r.csv is missing");
  why.causes.push_back({task("Bad(x=1)", "pending", {}, "output b.csv is missing"),
                        {"Mid", "Bad(x=1)"},
                        failure_in(run, run.tasks[0], "moondial")});
  CHECK(why_text(why, {"moondial", "moondial run Root"}, kPipe) ==
        "Root  pending: output r.csv is missing\n"
        "it waits for:\n"
        "  Bad(x=1)  pending: output b.csv is missing\n"
        "    needed by Mid\n"
        "    last failed in run 7, 2015-09-18 06:00:01, attempt 2:\n"
        "      exit 3\n"
        "    its log:  moondial logs 7 'Bad(x=1)'\n"
        "no run is at it; this does what is left:  moondial run Root\n");
}

TEST_CASE("why, of a task within a run") {
  Why why;
  why.task = task("Root", "ready", {});
  why.live.push_back({8, "ready", 0, 0});
  why.uses["cpu"] = {1, std::nullopt};
  why.uses["db"] = {2, 4};
  why.lock = "door";
  CHECK(why_text(why, {"moondial", "moondial run Root"}, kPipe) ==
        "Root  ready\n"
        "in run 8, which goes on: ready\n"
        "it waits until it can have 1 of cpu, 2 of db (which has 4), the lock door\n");
  why.task.state = "running";
  why.uses.clear();
  why.lock.clear();
  why.live[0] = {8, "running", 3, 62};
  CHECK_THAT(why_text(why, {}, kPipe),
             ContainsSubstring("in run 8, which goes on: running for 1m 02s, attempt 3\n"));
}

TEST_CASE("why, of an attempt that awaits, says where to look for what") {
  Why why;
  why.task = task("Root", "waiting", {});
  why.live.push_back({8, "waiting", 1, 3});
  CHECK_THAT(why_text(why, {"moondial -C /p", ""}, kPipe),
             ContainsSubstring("waiting, for what it awaits; moondial -C /p show 8 has it\n"));
}

TEST_CASE("why, of what others make, tells how it comes to be there") {
  const PlanData plan = read_plan(R"json({"roots": ["Root"], "tasks": [
    {"id": "Ok(by=it's)", "name": "Ok", "params": {"by": "it's"}, "state": "pending",
     "why": "it is not marked as done", "external": true, "marks": true},
    {"id": "Feed", "name": "Feed", "state": "pending", "why": "output f is missing",
     "external": true, "marks": false},
    {"id": "Root", "name": "Root", "state": "pending", "requires": ["Ok(by=it's)", "Feed"]}]})json");
  Why why;
  why.task = plan.tasks[2];
  why.causes = first_causes(plan);
  CHECK(why_text(why, {"moondial", "moondial run Root"}, kPipe) ==
        "Root  pending\n"
        "it waits for:\n"
        "  Ok(by=it's)  pending: it is not marked as done\n"
        "    somebody has to say that it is done:  moondial mark Ok 'by=it'\\''s'\n"
        "  Feed  pending: output f is missing\n"
        "    others make it: no run of this project does\n"
        "no run is at it; then this does what is left:  moondial run Root\n");
  why.task = plan.tasks[1];
  why.causes.clear();
  CHECK(why_text(why, {"moondial", "moondial run Feed"}, kPipe) ==
        "Feed  pending: output f is missing\n"
        "others make it: no run of this project does\n");
}

TEST_CASE("why, of what is complete, says that nothing is to be done") {
  Why why;
  why.task = task("Root", "complete", {});
  CHECK(why_text(why, {"moondial", "moondial run Root"}, kPipe) ==
        "Root  complete\nnothing is to be done for it\n");
}

TEST_CASE("why, as JSON") {
  Why why;
  why.task = task("Root", "pending", {"A"}, "output r is missing");
  why.causes.push_back(
      {task("A", "failed", {}), {"A"}, WhyFailure{7, "", 0, "no", "moondial logs 7 A"}});
  why.live.push_back({8, "pending", 0, 0});
  why.uses["db"] = {2, std::nullopt};
  CHECK(parse_json(why_json(why)) == parse_json(R"({
    "id": "Root", "state": "pending", "why": "output r is missing", "external": false,
    "waits_for": [{"id": "A", "state": "failed", "why": "", "external": false,
      "path": ["A"], "last_failure":
      {"run": 7, "time": null, "attempt": 0, "error": "no", "log": "moondial logs 7 A"}}],
    "live": [{"run": 8, "state": "pending", "attempt": 0, "seconds": 0.0}],
    "uses": {"db": {"units": 2, "size": null}}, "lock": null, "lacks_space": false,
    "last_failure": null})"));
}

TEST_CASE("a task without room on a disk says so, and nothing of pools") {
  Why why;
  why.task = task("Root", "ready", {}, "waits for disk space: 5 B are free at /data");
  why.task.lacks_space = true;
  why.task.lock = "table";
  why.live.push_back({8, "ready", 0, 0});
  const std::string text = why_text(why, {"moondial", "moondial run Root"}, kPipe);
  CHECK_THAT(text, ContainsSubstring("Root  ready: waits for disk space: 5 B are free at /data"));
  CHECK_THAT(text, !ContainsSubstring("until it can have"));
  CHECK(parse_json(why_json(why))["lacks_space"] == true);
}

}  // namespace moondial::why_test
