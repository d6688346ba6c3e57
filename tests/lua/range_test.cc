// Intervals of tasks, and the text of a declaration.
#include "lua/range.h"
#include "lua/declared_text.h"
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::range_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Texts = std::vector<std::string>;

Texts values(script::Kind kind, const std::string& text) {
  script::ParamSpec spec;
  spec.name = "p";
  spec.kind = kind;
  return script::values_in_range(spec, text);
}

std::string refusal(script::Kind kind, const std::string& text) {
  try {
    (void)values(kind, text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("an interval of dates, months, weeks, hours and whole numbers holds both ends") {
  using script::Kind;
  CHECK(values(Kind::kDate, "2016-02-28..2016-03-01") ==
        Texts{"2016-02-28", "2016-02-29", "2016-03-01"});
  CHECK(values(Kind::kDate, "2015-02").size() == 28);
  CHECK(values(Kind::kDate, "2015-12..2016").size() == 31 + 366);
  CHECK(values(Kind::kMonth, "2015-11..2016-01") == Texts{"2015-11", "2015-12", "2016-01"});
  CHECK(values(Kind::kWeek, "2015-W52..2016-W01") == Texts{"2015-W52", "2015-W53", "2016-W01"});
  CHECK(values(Kind::kHour, "2015-09-18T23..2015-09-19T00") ==
        Texts{"2015-09-18T23", "2015-09-19T00"});
  CHECK(values(Kind::kInt, "-1..1") == Texts{"-1", "0", "1"});
  CHECK(values(Kind::kInt, "7") == Texts{"7"});
}

TEST_CASE("what is no interval is refused by name") {
  using script::Kind;
  CHECK_THAT(refusal(Kind::kDate, "2016-03-02..2016-03-01"), ContainsSubstring("2016-03-02"));
  CHECK_THAT(refusal(Kind::kMonth, "2016-03.."), ContainsSubstring("2015-09..2015-09"));
  CHECK_THAT(refusal(Kind::kMonth, "2016-03..2016-01"), ContainsSubstring("ends before"));
  CHECK_THAT(refusal(Kind::kInt, "1..b"), ContainsSubstring("whole numbers"));
  CHECK_THAT(refusal(Kind::kInt, "2..1"), ContainsSubstring("ends before"));
  CHECK_THAT(refusal(Kind::kInt, "-9223372036854775808..9223372036854775807"),
             ContainsSubstring("a million"));
  CHECK_THAT(refusal(Kind::kString, "a..b"), ContainsSubstring("of dates, months"));
}

TEST_CASE("the text of a declaration: its tokens, without comments and layout") {
  const std::string source = R"(local x = { "task" }
task "A" { -- a comment }
  sh = "a } b", --[[ } ]] run = [==[ } ]] }]==], t = { 1 }
}
task "B" {}
task(name)
task "C" { doc = 'it\'s }' })";
  CHECK(script::declared_text(source, 2) ==
        R"(task "A" { sh = "a } b" , run = [==[ } ]] }]==] , t = { 1 } } )");
  CHECK(script::declared_text(source, 5) == R"(task "B" { } )");
  CHECK(script::declared_text(source, 7) == R"(task "C" { doc = 'it\'s }' } )");
  // Without its end in sight, the whole file counts.
  CHECK_THAT(script::declared_text(source, 6), ContainsSubstring("local x"));
  CHECK(script::declared_text("on.file 'in/*' { start = f }\ntask 'A' { }", 1) ==
        "on . file 'in/*' { start = f } ");
  CHECK(script::declared_text("", 1).empty());
  CHECK(script::declared_text("task \"A\" { \"open", 1) == "task \"A\" { \"open ");
}

TEST_CASE("the tasks of an interval are the roots, the most urgent one first") {
  ScriptFixture project;
  project.pipeline(R"(task "Day" { params = { date = param.date, x = param.int }, priority = 5,
    output = "${date}-${x}", sh = "true" })");
  project.load_well();
  PlanRequest request;
  request.tasks = {{"Day", {{"date", "2015-01-30..2015-02-01"}, {"x", "3"}}, "date", false}};
  const auto plan = [&] {
    project.sink = {};
    const auto job = project.state->plan(request, &project.sink);
    project.drive(*job);
    return job->plan_result();
  };
  auto roots = plan();
  REQUIRE(roots.ok());
  CHECK(*roots ==
        Texts{"Day(date=2015-01-30,x=3)", "Day(date=2015-01-31,x=3)", "Day(date=2015-02-01,x=3)"});
  const auto priority = [&](const char* id) { return project.sink.task(id).priority; };
  CHECK(priority("Day(date=2015-01-30,x=3)") > priority("Day(date=2015-01-31,x=3)"));
  CHECK(priority("Day(date=2015-02-01,x=3)") > 5);
  CHECK(priority("Day(date=2015-01-30,x=3)") < 5.001);

  request.tasks[0].last_first = true;
  roots = plan();
  REQUIRE(roots.ok());
  CHECK(roots->front() == "Day(date=2015-02-01,x=3)");
  CHECK(priority("Day(date=2015-01-30,x=3)") < priority("Day(date=2015-01-31,x=3)"));

  request.tasks[0].range = "dat";
  roots = plan();
  REQUIRE_FALSE(roots.ok());
  CHECK_THAT(roots.error().message, ContainsSubstring("no parameter 'dat'"));
}

}  // namespace moondial::range_test
