// backfill, retry, redo and cancelling a task: from outside.
#include <algorithm>
#include <csignal>
#include <map>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::backfill_test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::vector<std::string> lines_of(const Project& project, const std::string& path) {
  std::vector<std::string> lines;
  if (!project.exists(path)) return lines;
  std::istringstream text(project.read(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

const char* const kDays = R"(
  local Raw = task "Raw" { params = { date = param.date }, output = "raw/${date}", sh = "touch ${output}" }
  task "Day" { params = { date = param.date }, requires = { Raw }, output = "day/${date}",
    sh = "echo ${date} >> order; touch ${output}" }
)";

}  // namespace

TEST_CASE("backfill runs what is missing of an interval, the first one first") {
  const Project project;
  project.write("pipelines/p.lua", kDays);
  REQUIRE(project.moondial({"run", "Day", "date=2016-02-29"}).code == 0);
  std::filesystem::remove(project / "order");

  const Finished dry =
      project.moondial({"backfill", "Day", "date=2016-02-27..2016-03-02", "--dry-run"});
  CHECK(dry.code == 0);
  CHECK_THAT(dry.out, ContainsSubstring("4 of 5 are missing") &&
                          ContainsSubstring("would run Day(date=2016-02-27)"));
  CHECK_FALSE(project.exists("day/2016-02-27"));

  const Finished out =
      project.moondial({"backfill", "Day", "date=2016-02-27..2016-03-02", "-j", "1", "--json"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(out.json()["counts"]["done"] == 8);
  CHECK(out.json()["counts"]["complete"] == 1);
  CHECK(lines_of(project, "order") ==
        std::vector<std::string>{"2016-02-27", "2016-02-28", "2016-03-01", "2016-03-02"});
  CHECK(project.moondial({"show", "2", "--json"}).json()["kind"] == "backfill");

  CHECK(project.moondial({"backfill", "Day", "date=2016-02-27..2016-03-02"}).out ==
        "nothing to do: all 5 are complete\n");
  REQUIRE(project.moondial({"backfill", "Day", "date=2016-W10", "-j", "1", "--reverse"}).code == 0);
  const auto order = lines_of(project, "order");
  REQUIRE(order.size() == 11);
  CHECK(order[4] == "2016-03-13");
  CHECK(order.back() == "2016-03-07");
}

TEST_CASE("backfill says what is wrong with its interval") {
  const Project project;
  project.write("pipelines/p.lua", kDays);
  project.write("pipelines/q.lua", R"(task "N" { params = { n = param.int, s = param.string },
    output = "n/${n}${s}", sh = "touch ${output}" })");
  const auto refused = [&](const std::vector<std::string>& params) {
    std::vector<std::string> words = {"backfill"};
    words.insert(words.end(), params.begin(), params.end());
    const Finished out = project.moondial(words);
    CHECK(out.code == 2);
    return out.err;
  };
  CHECK_THAT(refused({"Day"}), ContainsSubstring("one parameter as an interval"));
  CHECK_THAT(refused({"Day", "date=2016-03-02..2016-03-01"}), ContainsSubstring("2016-03-02"));
  CHECK_THAT(refused({"N", "s=a..b", "n=1"}), ContainsSubstring("an interval A..B is of dates"));
  CHECK_THAT(refused({"N", "s=x", "n=1..x"}), ContainsSubstring("whole numbers"));
  CHECK_THAT(refused({"Day", "dat=2016-01..2016-02"}), ContainsSubstring("did you mean 'date'"));
  CHECK(project.moondial({"backfill", "N", "s=x", "n=8..11"}).code == 0);
  CHECK(project.exists("n/11x"));
  // A text that only looks like an interval; an interval without dots, beside another parameter.
  CHECK(project.moondial({"backfill", "N", "s=a..b", "n=1..2"}).code == 0);
  CHECK(project.exists("n/2a..b"));
  project.write("pipelines/r.lua", R"(task "S" { params = { date = param.date, s = param.string },
    output = "s/${date}${s}", sh = "touch ${output}" })");
  CHECK(project.moondial({"backfill", "S", "s=x", "date=2015-W38"}).code == 0);
  CHECK(project.exists("s/2015-09-20x"));
}

TEST_CASE(
    "a backfill of a year by four, killed three times, ends complete with nothing done twice") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    task "Day" { params = { date = param.date }, output = "day/${date}",
      sh = "echo ${date} >> begun; touch ${output}; echo ${date} >> order" }
  )");
  const std::vector<std::string> command = {"backfill", "Day", "date=2015", "-j", "4"};
  for (const size_t until : {20, 130, 260}) {
    Running run = project.start(command);
    wait_until("some days are done", [&] { return lines_of(project, "order").size() >= until; });
    ::kill(project.engine_pid(), SIGKILL);
    (void)run.finish();
  }
  REQUIRE(project.moondial(command).code == 0);
  auto order = lines_of(project, "order");
  std::ranges::sort(order);
  const auto unique = std::ranges::unique(order);
  CHECK(order.size() - unique.size() == 365);
  // Twice only what was between its last line and its being recorded when the engine died.
  CHECK(unique.size() < 180);
  // What was recorded as done is not done again.
  std::map<std::string, int> done;
  for (const auto& run : project.moondial({"runs", "--json"}).json()) {
    const std::string number = std::to_string(run["run"].get<int>());
    const auto shown = project.moondial({"show", number, "--json"}).json();
    for (const auto& task : shown["tasks"]) {
      for (const auto& attempt : task["attempts"]) {
        if (attempt["state"] == "done") ++done[task["id"]];
      }
    }
  }
  CHECK(done.size() == 365);
  for (const auto& [id, times] : done) CHECK(times == 1);
}

TEST_CASE("retry goes on with a run: what succeeded there and has no output is not done again") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Send = task "Send" { run = function() sh "echo sent >> sent" end }
    local Made = task "Made" { output = "made.txt", sh = "echo made >> made; touch ${output}" }
    task "All" { params = { n = param.int }, requires = { Send, Made }, sh = "echo try >> tries; test -e fixed" }
  )");
  CHECK(project.moondial({"run", "All", "n=1"}).code == 1);
  CHECK(project.moondial({"retry", "1"}).code == 1);
  project.write("fixed", "");
  const Finished out = project.moondial({"retry", "2"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(lines_of(project, "sent").size() == 1);
  CHECK(lines_of(project, "made").size() == 1);
  CHECK(lines_of(project, "tries").size() == 3);
  CHECK(project.moondial({"retry", "3"}).code == 0);  // nothing is left
  CHECK(lines_of(project, "tries").size() == 3);
  const Finished none = project.moondial({"retry", "77"});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, ContainsSubstring("there is no run 77"));
}

TEST_CASE("redo --downstream shows and remakes what was made from a task") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Raw = task "Raw" { params = { n = param.int }, output = "raw/${n}", sh = "echo raw${n} >> made; touch ${output}" }
    local Clean = task "Clean" { params = { n = param.int }, requires = { Raw }, output = "clean/${n}",
      sh = "echo clean${n} >> made; touch ${output}" }
    task "Report" { requires = { Clean{ n = 1 }, Clean{ n = 2 } }, output = "report", sh = "echo report >> made; touch ${output}" }
    task "Other" { requires = { Raw{ n = 2 } }, output = "other", sh = "echo other >> made; touch ${output}" }
  )");
  REQUIRE(project.moondial({"run", "Report"}).code == 0);
  REQUIRE(project.moondial({"run", "Other"}).code == 0);
  std::filesystem::remove(project / "made");
  const Finished dry = project.moondial({"redo", "Raw", "n=1", "--downstream", "--dry-run"});
  INFO(dry.all());
  CHECK(dry.code == 0);
  CHECK_THAT(dry.out, ContainsSubstring("Clean(n=1)") && ContainsSubstring("Report") &&
                          !ContainsSubstring("Other") && !ContainsSubstring("n=2"));
  const Finished out = project.moondial({"redo", "Raw", "n=1", "--downstream"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(lines_of(project, "made") == std::vector<std::string>{"raw1", "clean1", "report"});
  REQUIRE(project.moondial({"redo", "Raw", "n=1"}).code == 0);
  CHECK(lines_of(project, "made").size() == 4);
}

TEST_CASE("a task is cancelled in all runs that want it") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Long = task "Long" { output = "long", sh = "touch started; sleep 60; touch ${output}" }
    task "A" { requires = Long, output = "a", sh = "touch ${output}" }
    task "B" { requires = Long, output = "b", sh = "touch ${output}" }
    task "C" { requires = { tasks.A, tasks.D } }
    task "D" { output = "d", sh = "touch ${output}" }
  )");
  Running first = project.start({"run", "C"});
  wait_until("it runs", [&] { return project.exists("started"); });
  Running second = project.start({"run", "B"});
  wait_until("both are there", [&] {
    return project.moondial({"runs", "--json"}).json().size() == 2;
  });
  const Finished cancelled = project.moondial({"cancel", "Long"});
  CHECK(cancelled.code == 0);
  CHECK(first.finish().code != 0);
  CHECK(second.finish().code != 0);
  CHECK(project.exists("d"));
  CHECK_FALSE(project.exists("a"));
  const auto shown = project.moondial({"show", "1", "--json"}).json();
  for (const auto& task : shown["tasks"]) {
    CHECK(task["state"] == (task["id"] == "D" ? "done" : "cancelled"));
  }
  const Finished again = project.moondial({"cancel", "Long"});
  CHECK(again.code != 0);
  CHECK_THAT(again.err, ContainsSubstring("no run is at Long"));
}

}  // namespace moondial::e2e::backfill_test
