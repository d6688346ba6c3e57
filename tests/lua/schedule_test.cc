// Schedules: what they may say, what their start answers, and the time that a run sees.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::schedule_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Ids = std::vector<std::string>;

constexpr const char* kTask = R"lua(
task "T" { params = { date = param.date }, output = "t/${date}", run = print }
task "Free" { run = print }
task "Kind" { params = { h = param.hour, at = param.time }, run = print }
)lua";

/// The errors of a schedule with these fields after a cron expression, `start` and its name.
std::string errors_of(const std::string& fields,
                      const std::string& rest = "cron = '30 1 * * *', start = function() end") {
  ScriptFixture project;
  project.pipeline("schedule \"s\" { " + rest + ",\n" + fields + "\n}");
  return project.load();
}

Result<Ids> start(ScriptFixture& project, const std::string& schedule, const std::string& at) {
  PlanRequest request;
  request.start = StartCall{schedule, CivilTime::parse(at).value()};
  const auto job = project.state->plan(std::move(request), &project.sink);
  project.drive(*job);
  return job->plan_result();
}

}  // namespace

TEST_CASE("a schedule is declared with what it says, and defaults for the rest") {
  ScriptFixture project;
  project.config("return { timezone = 'Asia/Tokyo' }");
  project.pipeline(std::string(kTask) + R"lua(
schedule "nightly" {
  doc = "all of it", cron = "30 1 * * *", tz = "Asia/Shanghai", catchup = "all", catchup_limit = 7,
  overlap = "queue", sla = "06:00", jitter = "90s", from = "2015-09-01", to = date "2015-09-30",
  paused = true, start = function(at) return tasks.T{ date = at.date } end,
}
schedule "a.often" { every = "15m", sla = "2h", start = function() end }
)lua");
  project.load_well();
  const auto& declared = project.state->declarations().schedules;
  REQUIRE(declared.size() == 2);
  const ScheduleInfo& often = declared[0];
  CHECK(often.name == "a.often");
  CHECK(often.times.every == Duration(std::chrono::minutes(15)));
  CHECK(often.times.timezone == "Asia/Tokyo");
  CHECK(often.sla->within == Duration(std::chrono::hours(2)));
  CHECK(often.catch_up == CatchUp::kLast);
  CHECK(often.catch_up_limit == 100);
  CHECK(often.overlap == Overlap::kSkip);
  CHECK_FALSE(often.paused);
  const ScheduleInfo& nightly = declared[1];
  CHECK(nightly.doc == "all of it");
  CHECK(nightly.times.cron == "30 1 * * *");
  CHECK(nightly.times.timezone == "Asia/Shanghai");
  CHECK(nightly.times.from == "2015-09-01");
  CHECK(nightly.times.to == "2015-09-30");
  CHECK(nightly.sla->second_of_day == 6 * 3600);
  CHECK(nightly.catch_up == CatchUp::kAll);
  CHECK(nightly.catch_up_limit == 7);
  CHECK(nightly.overlap == Overlap::kQueue);
  CHECK(nightly.jitter == Duration(std::chrono::seconds(90)));
  CHECK(nightly.paused);
  CHECK(nightly.line == 6);
}

TEST_CASE("each mistake in a schedule is told at its line") {
  CHECK(errors_of("") == "");
  CHECK(errors_of("ctachup = 'all'") ==
        "pipelines/a.lua:2: schedule \"s\": unknown field 'ctachup' (did you mean 'catchup'?)");
  CHECK_THAT(errors_of("catchup = 'al'"),
             ContainsSubstring("there is no \"al\"; did you mean 'all'?"));
  CHECK_THAT(errors_of("overlap = 'wait'"), ContainsSubstring("skip, queue, parallel, cancel"));
  CHECK_THAT(errors_of("tz = 'Asia/Shangai'"), ContainsSubstring("pipelines/a.lua:2: schedule "
                                                                 "\"s\": tz: "));
  CHECK_THAT(errors_of("sla = '25:00'"), ContainsSubstring("is no time of day"));
  CHECK_THAT(errors_of("sla = 'soon'"), ContainsSubstring("sla: "));
  CHECK_THAT(errors_of("jitter = true"), ContainsSubstring("jitter is true, expected"));
  CHECK_THAT(errors_of("catchup_limit = 0"), ContainsSubstring("a whole number from 1"));
  CHECK_THAT(errors_of("from = '2015-02-30'"), ContainsSubstring("pipelines/a.lua:2: schedule "
                                                                 "\"s\": from: "));
  CHECK_THAT(errors_of("every = '15m'"), ContainsSubstring("it has both cron and every"));
  CHECK_THAT(errors_of("", "start = function() end"),
             ContainsSubstring("it has no times: add cron"));
  CHECK_THAT(errors_of("", "cron = '@daily'"), ContainsSubstring("it starts nothing: add start"));
  CHECK_THAT(errors_of("cron = '61 * * * *'", "start = function() end"),
             ContainsSubstring("pipelines/a.lua:2: schedule \"s\": cron: "));
  CHECK_THAT(errors_of("every = 0", "start = function() end"), ContainsSubstring("never rests"));

  ScriptFixture project;
  project.pipeline("schedule 'x y' {}", "pipelines/a.lua");
  project.pipeline("schedule 'forgotten'", "pipelines/b.lua");
  project.pipeline("for i = 1, 2 do schedule 'twice' { cron = '@daily', start = print } end",
                   "pipelines/c.lua");
  const std::string errors = project.load();
  CHECK_THAT(errors, ContainsSubstring("pipelines/a.lua:1: schedule: \"x y\" is no name"));
  CHECK_THAT(errors, ContainsSubstring("schedule \"forgotten\" has no { … } after it"));
  CHECK_THAT(errors, ContainsSubstring("it is declared twice, also at pipelines/c.lua:1"));
}

TEST_CASE("what start answers is what is asked for, in any shape") {
  ScriptFixture project;
  project.pipeline(std::string(kTask) + R"lua(
local function s(name, start) schedule(name) { cron = "@daily", start = start } end
s("one", function(at) return tasks.T{ date = at.date - 1 } end)
s("many", function(at)
  return { tasks.T{ date = at.date }, more = { tasks.T{ date = at.date - 1 }, tasks.Free } }
end)
s("same", function(at) return { tasks.Free, tasks.Free{} } end)
s("times", function(at) return tasks.Kind{ h = at.hour, at = at.time } end)
s("none", function(at) if at.date.weekday > 5 then return tasks.Free end end)
s("empty", function() return {} end)
)lua");
  project.load_well();
  const auto asked = [&](const std::string& schedule) {
    return start(project, schedule, "2015-09-18T01:30:00").value();
  };
  CHECK(asked("one") == Ids{"T(date=2015-09-17)"});
  CHECK(project.sink.task("T(date=2015-09-17)").outputs.size() == 1);
  CHECK(asked("many") == Ids{"T(date=2015-09-18)", "T(date=2015-09-17)", "Free"});
  CHECK(asked("same") == Ids{"Free"});
  CHECK(asked("times") == Ids{"Kind(at=2015-09-18T01:30:00,h=2015-09-18T01)"});
  CHECK(asked("none").empty());
  CHECK(asked("empty").empty());
  CHECK(start(project, "none", "2015-09-19T00:00:00").value() == Ids{"Free"});
}

TEST_CASE("an error in start names the schedule and the line") {
  ScriptFixture project;
  project.pipeline(std::string(kTask) + R"lua(
local function s(name, start) schedule(name) { cron = "@daily", start = start } end
s("raises", function(at) error "no luck" end)
s("typo", function(at) return tasks.T{ date = at.dat } end)
s("bare", function(at) return tasks.T end)
s("text", function(at) return "T" end)
s("works", function(at) sh "ls" end)
)lua");
  project.load_well();
  const auto error_of = [&](const std::string& schedule) {
    const auto made = start(project, schedule, "2015-09-18T01:30:00");
    REQUIRE_FALSE(made.ok());
    return made.error().message;
  };
  CHECK(error_of("raises") == "pipelines/a.lua:7: schedule \"raises\": start: no luck");
  CHECK_THAT(error_of("typo"), ContainsSubstring("pipelines/a.lua:8: schedule \"typo\": start: at "
                                                 "has no 'dat'"));
  CHECK_THAT(error_of("bare"), ContainsSubstring("parameter 'date'"));
  CHECK_THAT(error_of("text"), ContainsSubstring("schedule \"text\": start: "));
  CHECK_THAT(error_of("works"), ContainsSubstring("schedule \"works\": start: "));
  CHECK_THAT(error_of("nowhere"), ContainsSubstring("there is no schedule \"nowhere\""));
}

TEST_CASE("a start that computes without end is sliced, and can be stopped") {
  ScriptFixture project;
  project.pipeline("schedule 's' { cron = '@daily', start = function() while true do end end }");
  project.load_well();
  PlanRequest request;
  request.start = StartCall{"s", CivilTime()};
  const auto job = project.state->plan(std::move(request), &project.sink);
  for (int i = 0; i < 5; ++i) CHECK(job->resume() == ScriptJob::Step::kSliced);
  job->stop();
  CHECK(job->plan_result().error().code == Code::kCancelled);
}

TEST_CASE("a run sees the time that its schedule fired for, or nil") {
  ScriptFixture project;
  project.pipeline(R"lua(
task "T" { run = function(t) print(t.scheduled_at, t.scheduled_at and t.scheduled_at.date) end }
task "Pure" { requires = function(t) return t.scheduled_at end, run = print }
)lua");
  project.load_well();
  ScriptAttempt attempt;
  attempt.name = "T";
  attempt.attempt = AttemptId(1);
  SECTION("of a schedule") {
    attempt.scheduled_at = CivilTime::parse("2015-09-18T01:30:00").value();
    const auto job = project.state->run(attempt, &project.sink);
    project.drive(*job);
    CHECK(project.sink.logs.at(0).second == "2015-09-18T01:30:00\t2015-09-18");
  }
  SECTION("of none") {
    const auto job = project.state->run(attempt, &project.sink);
    project.drive(*job);
    CHECK(project.sink.logs.at(0).second == "nil\tnil");
  }
  SECTION("it is known in run and check only") {
    CHECK_THAT(project.plan_error("Pure"),
               ContainsSubstring("t.scheduled_at is known in run and check only"));
  }
}

}  // namespace moondial::schedule_test
