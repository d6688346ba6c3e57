// Dates and months as values of Lua.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::date_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// "" if all is well.
std::string lua(const std::string& text) {
  ScriptFixture project;
  project.pipeline(text);
  return project.load();
}

}  // namespace

TEST_CASE("dates are interned values") {
  CHECK(lua(R"lua(
    local d = date "2015-09-18"
    assert(rawequal(d, date "2015-09-18") and rawequal(d + 1 - 1, d))
    assert(({ [d] = "x" })[date{ year = 2015, month = 9, day = 18 }] == "x")
    assert(d + 1 == date "2015-09-19" and 1 + d == d + 1 and d - 18 == date "2015-08-31")
    assert(date "2016-03-01" - date "2016-02-28" == 2)
    assert(d < d + 1 and d <= d and not (d > d) and d >= d - 1)
    assert(d.year == 2015 and d.month == 9 and d.day == 18 and d.weekday == 5 and d.week == 38)
    assert(date "2015-01-31":add{ months = 1 } == date "2015-02-28")
    assert(d:add{ years = 1, days = -1 } == date "2016-09-17" and d:add{ weeks = 1 } == d + 7)
    assert(d:format "%Y%m%d" == "20150918" and tostring(d) == "2015-09-18")
    assert("x-" .. d .. "-" .. d == "x-2015-09-18-2015-09-18" and d .. 1 == "2015-09-181")
    assert(#date.range(d, d + 6) == 7 and date.range(d, d)[1] == d and #date.range(d, d - 1) == 0)
    local m = date.month "2015-09"
    assert(m.first == date "2015-09-01" and m.last == date "2015-09-30" and m + 4 == date.month "2016-01")
    assert(date.month(d) == m and m - date.month "2015-01" == 8 and m.year == 2015 and m.month == 9)
    assert(m:add{ years = 1 } == m + 12 and m:format "%Y%m" == "201509" and m < m + 1)
  )lua") == "");
}

TEST_CASE("mistakes with dates are told") {
  CHECK_THAT(lua("return date '2015-02-30'"), ContainsSubstring("pipelines/a.lua:1: "));
  CHECK_THAT(lua("return date '2015-09-18' < '2015-09-19'"),
             ContainsSubstring("cannot compare 2015-09-18 with \"2015-09-19\""));
  CHECK_THAT(lua("return date '2015-09-18' < 3"), ContainsSubstring("cannot compare"));
  CHECK_THAT(lua("return date '2015-09-18' < date.month '2015-09'"),
             ContainsSubstring("cannot compare"));
  CHECK_THAT(lua("return (date '2015-09-18').yaer"), ContainsSubstring("did you mean 'year'?"));
  CHECK_THAT(lua("return date '2015-09-18' + 1.5"), ContainsSubstring("expected a whole number"));
  CHECK_THAT(lua("return date '2015-09-18' + '1'"), ContainsSubstring("expected a whole number"));
  CHECK_THAT(lua("return date '9999-12-31' + 1"), ContainsSubstring("pipelines/a.lua:1: "));
  CHECK_THAT(lua("return date '2015-09-18' - math.mininteger"), ContainsSubstring("too far away"));
  CHECK_THAT(lua("return 3 - date '2015-09-18'"),
             ContainsSubstring("cannot subtract a date from 3"));
  CHECK_THAT(lua("return (date '2015-09-18'):add{ mnths = 1 }"),
             ContainsSubstring("no unit \"mnths\""));
  CHECK_THAT(lua("return (date '2015-09-18'):format '%Q'"),
             ContainsSubstring("pipelines/a.lua:1: "));
  CHECK_THAT(lua("return date(3)"),
             ContainsSubstring("expected text such as \"2015-09-18\", got 3"));
  CHECK_THAT(lua("(date '2015-09-18').year = 3"), ContainsSubstring("pipelines/a.lua:1: "));
  CHECK_THAT(lua("return date.rnge"),
             ContainsSubstring("date has no 'rnge' (did you mean 'range'?)"));
  CHECK_THAT(lua("return nil .. date '2015-09-18'"), ContainsSubstring("cannot join nil"));
}

TEST_CASE("today follows the project's time zone") {
  ScriptFixture project;
  project.config("return { timezone = 'Asia/Shanghai' }");
  project.pipeline(
      "task 'T' { params = { a = param.date{ default = today }, "
      "b = param.date{ default = yesterday } } }");
  project.now = UtcTime{std::chrono::sys_days(std::chrono::year(2015) / 9 / 18)} +
                std::chrono::hours(17);  // 01:00 on the 19th there
  project.load_well();
  CHECK(*project.plan("T") == std::vector<std::string>{"T(a=2015-09-19,b=2015-09-18)"});
}

}  // namespace moondial::date_test
