// Triggers: what they may say, and what their start is called with.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::trigger_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Ids = std::vector<std::string>;

constexpr const char* kTasks = R"lua(
task "Day" { params = { date = param.date, note = param.string{ default = "x", significant = false } },
  output = "d/${date}", run = print }
task "Load" { params = { path = param.string{ path = true } }, run = print }
)lua";

std::string errors_of(const std::string& text) {
  ScriptFixture project;
  project.pipeline(kTasks, "pipelines/tasks.lua");
  project.pipeline(text);
  return project.load();
}

Result<Ids> start(ScriptFixture& project, const std::string& trigger, const std::string& cause) {
  PlanRequest request;
  request.start = StartCall{trigger, CivilTime(), cause};
  const auto job = project.state->plan(std::move(request), &project.sink);
  project.drive(*job);
  return job->plan_result();
}

}  // namespace

TEST_CASE("triggers are declared with what they say") {
  ScriptFixture project;
  project.pipeline(kTasks, "pipelines/tasks.lua");
  project.pipeline(R"lua(
on.webhook "orders" { doc = "from the shop", start = function(body) end }
on.file "in/**/*.csv" { settle = "2m", start = function(path) end }
on.done "Day" { start = function(t) end }
)lua");
  project.load_well();
  const auto& declared = project.state->declarations().triggers;
  REQUIRE(declared.size() == 3);
  CHECK(declared[0].name() == "on.done Day");
  CHECK(declared[1].name() == "on.file in/**/*.csv");
  CHECK(declared[1].settle == Duration(std::chrono::minutes(2)));
  CHECK(declared[1].line == 3);
  CHECK(declared[2].name() == "on.webhook orders");
  CHECK(declared[2].doc == "from the shop");
  CHECK(declared[2].settle == Duration(std::chrono::seconds(1)));
}

TEST_CASE("each mistake in a trigger is told at its line") {
  CHECK(errors_of("on.file 'a' { start = print }") == "");
  CHECK(errors_of("\non.file 'a' { strat = print }") ==
        "pipelines/a.lua:2: on.file \"a\": unknown field 'strat' (did you mean 'start'?)\n"
        "pipelines/a.lua:2: on.file \"a\": it starts nothing: add start = function(…) return "
        "tasks.X{ … } end");
  CHECK_THAT(errors_of("on.file 'a' { start = 3 }"),
             ContainsSubstring("start is 3, expected function"));
  CHECK_THAT(errors_of("on.file 'a' { start = print, settle = 'soon' }"),
             ContainsSubstring("settle: "));
  CHECK_THAT(errors_of("on.webhook 'a' { start = print, settle = '1s' }"),
             ContainsSubstring("unknown field 'settle'"));
  CHECK_THAT(errors_of("on.file '../a' { start = print }"), ContainsSubstring("no parent folder"));
  CHECK_THAT(errors_of("on.file 'a/' { start = print }"), ContainsSubstring("matches no file"));
  CHECK_THAT(errors_of("on.webhook 'a b' { start = print }"), ContainsSubstring("is no name"));
  CHECK_THAT(errors_of("on.done 'Dya' { start = print }"),
             ContainsSubstring("pipelines/a.lua:1: on.done \"Dya\": there is no task 'Dya'"));
  CHECK_THAT(errors_of("on.done(tasks.Day) { start = print }"),
             ContainsSubstring("on.done: expected a task's name"));
  CHECK_THAT(errors_of("on.done 'Day'"), ContainsSubstring("on.done \"Day\" has no { … }"));
  CHECK_THAT(errors_of("for _ = 1, 2 do on.done 'Day' { start = print } end"),
             ContainsSubstring("is declared twice, also at pipelines/a.lua:1"));
  CHECK_THAT(errors_of("on.fiel 'a' { start = print }"), ContainsSubstring("'file'"));
}

TEST_CASE("what a trigger's start is called with") {
  ScriptFixture project;
  project.pipeline(kTasks, "pipelines/tasks.lua");
  project.pipeline(R"lua(
on.file "in/*" { start = function(path) return tasks.Load{ path = path } end }
on.done "Day" { start = function(t)
  assert(t.note == "x" and t.name == "Day")
  return tasks.Day{ date = t.date + 1 }
end }
on.webhook "w" { start = function(body)
  if type(body) == "table" then return each(body.days, function(d) return tasks.Day{ date = d } end) end
  if body ~= "nothing" then return tasks.Load{ path = body } end
end }
)lua");
  project.load_well();
  CHECK(start(project, "on.file in/*", "in/a b").value() == Ids{"Load(path=\"in/a b\")"});
  const std::string done =
      "{\"task\":\"Day(date=2015-09-17)\",\"params\":{\"date\":\"2015-09-17\"}}";
  CHECK(start(project, "on.done Day", done).value() == Ids{"Day(date=2015-09-18)"});
  const std::string days = "{\"days\":[\"2015-09-01\",\"2015-09-02\"]}";
  CHECK(start(project, "on.webhook w", days).value() ==
        Ids{"Day(date=2015-09-01)", "Day(date=2015-09-02)"});
  CHECK(start(project, "on.webhook w", "no JSON").value() == Ids{"Load(path=\"no JSON\")"});
  CHECK(start(project, "on.webhook w", "nothing").value().empty());
  const auto wrong = start(project, "on.webhook w", "{\"days\":[\"x\"]}");
  CHECK_THAT(wrong.error().diagnostics.at(0).message, ContainsSubstring("on.webhook w: start: "));
  CHECK_FALSE(start(project, "on.webhook gone", "").ok());
}

TEST_CASE("a task's sla is a time of day or a duration") {
  ScriptFixture project;
  project.pipeline(R"lua(
task "Clock" { sla = "06:30", run = print }
task "After" { sla = "2h", run = print }
task "None" { run = print }
)lua");
  project.load_well();
  REQUIRE(project.plan("Clock").ok());
  CHECK(project.sink.tasks.back().sla->second_of_day == 6 * 3600 + 30 * 60);
  REQUIRE(project.plan("After").ok());
  CHECK(project.sink.tasks.back().sla->within == Duration(std::chrono::hours(2)));
  REQUIRE(project.plan("None").ok());
  CHECK_FALSE(project.sink.tasks.back().sla);
  CHECK_THAT(errors_of("task 'A' { sla = '25:00', run = print }"),
             ContainsSubstring("pipelines/a.lua:1: A: sla: \"25:00\" is no time of day"));
}

}  // namespace moondial::trigger_test
