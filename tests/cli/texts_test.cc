// Plan trees, summaries, and what they are made of.

#include "base/json.h"
#include "cli/plan_tree.h"
#include "cli/run_summary.h"
#include "cli/run_text.h"
#include "tests/catch.h"
#include "tests/cli/pipe.h"

namespace moondial::texts_test {

namespace {

PlanData diamond() {
  return read_plan(R"({"roots": ["Top"], "tasks": [
    {"id": "Base", "state": "complete", "why": "", "requires": ["Deep"]},
    {"id": "Left", "state": "pending", "why": "output l is missing", "requires": ["Base"]},
    {"id": "Right", "state": "pending", "why": "output r is missing", "requires": ["Left", "Base"]},
    {"id": "Top", "state": "pending", "why": "", "requires": ["Left", "Right"]}]})");
}

}  // namespace

TEST_CASE("a plan is a tree whose repeated parts are shown once") {
  CHECK(plan_tree(diamond(), kPipe) ==
        "Top  pending\n"
        "├─ Left  pending: output l is missing\n"
        "│  └─ Base  complete\n"
        "│     └─ Deep\n"
        "└─ Right  pending: output r is missing\n"
        "   ├─ Left  pending: output l is missing  (see above)\n"
        "   └─ Base  complete  (see above)\n"
        "3 to do, 1 complete\n");
}

TEST_CASE("a dry run says what would be run, requirements first") {
  CHECK(plan_lines(diamond(), kPipe) ==
        "would run Left: output l is missing\n"
        "would run Right: output r is missing\n"
        "would run Top\n"
        "3 to do, 1 complete\n");
}

TEST_CASE("a run that had nothing to do says so") {
  RunEnd end;
  end.run =
      read_run(R"j({"run": 3, "state": "done", "roots": ["A(x=1)"], "counts": {"complete": 1}})j");
  CHECK(run_summary(end, kPipe) == "nothing to do: A(x=1) is complete\n");
}

TEST_CASE("the summary tells each failure with the end of its log, and how to go on") {
  RunEnd end;
  end.run = read_run(R"({"run": 3, "state": "failed", "roots": ["All"], "seconds": 83,
    "counts": {"done": 58, "failed": 1, "upstream_failed": 2, "pending": 0},
    "tasks": [{"id": "Bad", "state": "failed", "error": "",
      "attempts": [{"attempt": 1, "attempt_id": 8, "error": "exit 2"},
                   {"attempt": 2, "attempt_id": 9, "error": "exit 3\nat p.lua:4"}]}]})");
  end.log_tails[9] = log_tail(
      "2015-09-18T01:00:00.000Z first\n2015-09-18T01:00:00.000Z no luck\n2015-09-18T01:00:00.000Z "
      "bye\n2015-09-18T01:00:00.000Z error: exit 3\n2015-09-18T01:00:00.000Z error: at p.lua:4\n",
      "exit 3\nat p.lua:4", 2);
  CHECK(log_tail("error: mine\n", "exit 3", 2) == "error: mine\n");
  CHECK(log_tail("error: exit 3\n", "exit 3", 2).empty());
  end.continue_command = "moondial run All";
  end.log_command = "moondial logs 3";
  CHECK(run_summary(end, kPipe) ==
        "\nfailed Bad after 2 attempts\n"
        "  exit 3\n"
        "  at p.lua:4\n"
        "  the end of its log:\n"
        "  | no luck\n"
        "  | bye\n"
        "\n58 done, 1 failed, 2 upstream_failed in 1m 23s (run 3)\n"
        "all of a log:     moondial logs 3\n"
        "do what is left:  moondial run All\n");
  CHECK(parse_json(run_json(end.run)) == parse_json(R"({
    "run": 3, "state": "failed", "counts": {"done": 58, "failed": 1, "upstream_failed": 2},
    "seconds": 83.0, "failed": [{"id": "Bad", "error": "exit 3\nat p.lua:4"}]})"));
}

TEST_CASE("exit statuses") {
  CHECK(exit_status("done") == 0);
  CHECK(exit_status("failed") == 1);
  CHECK(exit_status("blocked") == 3);
  CHECK(exit_status("cancelled") == 130);
}

TEST_CASE("answers of another shape do no harm") {
  for (const char* text : {"", "null", "[]", "{}", "7", "\"x\"", "{\"tasks\": 5, \"counts\": []}",
                           "{\"tasks\": [5, null, {\"attempts\": 3}]}"}) {
    CHECK(read_run(text).run == 0);
    CHECK(read_plan(text).roots.empty());
    CHECK(read_progress(text).running.empty());
    CHECK(read_log(text).text.empty());
    CHECK(read_problem(text).errors.empty());
    (void)read_changes(text);
    (void)read_runs(text);
    (void)read_diagnostics(text);
  }
}

TEST_CASE("of many roots only the first are named, and how many more") {
  RunData run;
  CHECK(roots_text(run).empty());
  run.roots = {"A", "B", "C"};
  CHECK(roots_text(run) == "A B C");
  run.roots.emplace_back("D");
  CHECK(roots_text(run) == "A B C and 1 more");
  CHECK(counts_text({{"done", 2}, {"failed", 1}, {"pending", 0}}) == "2 done, 1 failed");
  CHECK(short_time("2015-09-18T06:00:01.123+08:00") == "2015-09-18 06:00:01");
  CHECK(short_time("").empty());
}

}  // namespace moondial::texts_test
