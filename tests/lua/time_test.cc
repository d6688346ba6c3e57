// Weeks, hours, times, durations and intervals of dates as values of Lua.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::time_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// "" if all is well.
std::string lua(const std::string& text) {
  ScriptFixture project;
  project.pipeline(text);
  return project.load();
}

}  // namespace

TEST_CASE("weeks are interned values") {
  CHECK(lua(R"lua(
    local w = date.week "2015-W38"
    assert(rawequal(w, date.week "2015-W38") and rawequal(w + 1 - 1, w) and rawequal(1 + w - 1, w))
    assert(({ [w] = "x" })[date.week(date "2015-09-18")] == "x")
    assert(w.year == 2015 and w.week == 38)
    assert(w.first == date "2015-09-14" and w.last == date "2015-09-20")
    assert(date.week "2016-W01" - date.week "2015-W53" == 1 and date.week "2015-W53" + 1 == date.week "2016-W01")
    assert(date.week(date "2015-01-01") == date.week "2015-W01")
    assert(date.week(date "2016-01-01") == date.week "2015-W53")
    assert(date.week "2020-W53".last == date "2021-01-03")
    assert(w < w + 1 and w <= w and not (w > w) and w ~= w + 1)
    assert(w:add{ weeks = 2 } == w + 2 and w:format "%G%V" == "201538" and tostring(w) == "2015-W38")
    assert("x-" .. w .. "-" .. 1 == "x-2015-W38-1")
    assert(#date.range(w, w + 3) == 4 and date.range(w, w + 3)[4] == w + 3)
  )lua") == "");
}

TEST_CASE("hours are interned values") {
  CHECK(lua(R"lua(
    local h = date.hour "2015-09-18T13"
    assert(rawequal(h, date.hour(date "2015-09-18", 13)) and rawequal(h + 24 - 24, h))
    assert(({ [h] = "x" })[date.hour(date.time "2015-09-18T13:45:00")] == "x")
    assert(h.year == 2015 and h.month == 9 and h.day == 18 and h.weekday == 5 and h.week == 38)
    assert(h.iso_year == 2015 and h.hour == 13 and h.date == date "2015-09-18" and date(h) == h.date)
    assert(date.month(h) == date.month "2015-09" and date.week(h) == date.week "2015-W38")
    assert(h + 11 == date.hour(date "2015-09-19") and (h + 11) - h == 11)
    assert(date.hour "2016-02-28T23" + 1 == date.hour "2016-02-29T00")
    assert(h < h + 1 and h <= h and not (h > h))
    assert(h:add{ days = 1, hours = -13 } == date.hour "2015-09-19T00")
    assert(date.hour "2015-01-31T05":add{ months = 1 } == date.hour "2015-02-28T05")
    assert(h:format "%Y%m%d%H" == "2015091813" and tostring(h) == "2015-09-18T13")
    assert(h .. "x" == "2015-09-18T13x" and #date.range(h, h + 23) == 24)
  )lua") == "");
}

TEST_CASE("times are interned values") {
  CHECK(lua(R"lua(
    local t = date.time "2015-09-18T13:45:07"
    assert(rawequal(t, date.time(date "2015-09-18", "13:45:07")) and rawequal(t + 60 - 60, t))
    assert(({ [t] = "x" })[date.time "2015-09-18T13:45:07"] == "x")
    assert(t.year == 2015 and t.month == 9 and t.day == 18 and t.weekday == 5 and t.week == 38)
    assert(t.hour == 13 and t.minute == 45 and t.second == 7 and t.date == date "2015-09-18")
    assert(date(t) == t.date and date.hour(t) == date.hour "2015-09-18T13")
    assert(date.time(date.hour(t)) == date.time "2015-09-18T13:00" and date.time(t.date).hour == 0)
    assert(date.time(t.date, "13:45") == t - 7 and t - date.time(t.date) == 49507)
    assert(t + duration "15m" == t + 900 and duration "15m" + t == t + 900)
    assert(t - duration "1d" == t:add{ days = -1 })
    assert(t:add{ hours = 1, minutes = 15, seconds = -7 } == date.time "2015-09-18T15:00:00")
    assert(t < t + 1 and t <= t and not (t > t))
    assert(t:format "%Y%m%d_%H%M%S" == "20150918_134507" and tostring(t) == "2015-09-18T13:45:07")
    assert("at " .. t == "at 2015-09-18T13:45:07" and #date.range(t, t + 9) == 10)
  )lua") == "");
}

TEST_CASE("durations are interned values") {
  CHECK(lua(R"lua(
    local d = duration "15m"
    assert(rawequal(d, duration(900)) and rawequal(d, duration "0.25h") and rawequal(duration(d), d))
    assert(({ [d] = "x" })[duration "900s"] == "x")
    assert(d.seconds == 900 and d.minutes == 15 and d.hours == 0.25 and math.type(d.minutes) == "integer")
    assert(duration "250ms".seconds == 0.25 and duration "36h".days == 1.5)
    assert(d + 60 == duration "16m" and 60 + d == d + 60 and d - 60 == duration "14m")
    assert(d + duration "1h" == duration "75m" and duration "1h" - d == duration "45m")
    assert(d * 4 == duration "1h" and 2 * d == d * 2 and duration "1h" / 4 == d and duration "1h" / d == 4)
    assert(d < duration "1h" and d <= d and not (d > d))
    assert(tostring(d) == "15m" and tostring(d * 6) == "90m" and tostring(duration(0)) == "0s")
    assert(d .. "!" == "15m!" and d:format "%H:%M:%S" == "00:15:00" and d:format "%s" == "900")
  )lua") == "");
}

TEST_CASE("intervals of dates are interned values that can be walked") {
  CHECK(lua(R"lua(
    local i = date.dates "2015-09-01..2015-09-18"
    assert(rawequal(i, date.dates(date "2015-09-01", date "2015-09-18")))
    assert(({ [i] = "x" })[date.dates "2015-09-01..2015-09-18"] == "x")
    assert(i.first == date "2015-09-01" and i.last == date "2015-09-18" and #i == 18)
    assert(i[1] == i.first and i[18] == i.last and i[19] == nil and i[0] == nil)
    local count, last = 0, nil
    for d in i do assert(last == nil or d == last + 1); count, last = count + 1, d end
    assert(count == 18 and last == i.last)
    count = 0
    for n, d in ipairs(i) do assert(d == i.first + (n - 1)); count = count + 1 end
    assert(count == 18)
    count = 0
    for n, d in pairs(i) do assert(d == i[n]); count = count + 1 end
    assert(count == 18)
    local days = each(i, function(d, n) return d.day + n end)
    assert(#days == 18 and days[1] == 2 and days[18] == 36)
    assert(#date.range(i) == 18 and date.range(i)[2] == date "2015-09-02")
    local month = date.dates "2015-09"
    assert(month == date.dates(date.month "2015-09") and tostring(month) == "2015-09" and #month == 30)
    assert(date.dates "2015-09-01..2015-09-30" == month)
    assert(date.dates(date.week "2015-W38") == date.dates "2015-W38" and #date.dates "2015-W38" == 7)
    assert(date.dates(date "2015-09-18") == date.dates "2015-09-18" and #date.dates "2015-09-18" == 1)
    assert(date.dates(date.month "2015-01", date.month "2015-03") == date.dates "2015-01..2015-03")
    assert(#date.dates "2016-02" == 29 and #date.dates "2015" == 365)
    assert("x " .. i == "x 2015-09-01..2015-09-18" and i:format "%d" == "01..18")
    for d in date.dates "9999-12-31" do assert(d == date "9999-12-31") end
  )lua") == "");
}

TEST_CASE("mistakes with times are told") {
  CHECK_THAT(lua("return date.week '2016-W53'"),
             ContainsSubstring("pipelines/a.lua:1: 2016-W53 is no week of the calendar"));
  CHECK_THAT(lua("return date.week(3)"),
             ContainsSubstring("date.week: expected text such as \"2015-W38\", got 3"));
  CHECK_THAT(lua("return date.hour '2015-09-18T24'"), ContainsSubstring("like 2015-09-18T13"));
  CHECK_THAT(lua("return date.hour(date '2015-09-18', 24)"),
             ContainsSubstring("24 is no hour of a day"));
  CHECK_THAT(lua("return date.time '2015-09-18T13:45:00Z'"), ContainsSubstring("without a zone"));
  CHECK_THAT(lua("return date.time(date '2015-09-18', '25:00')"),
             ContainsSubstring("\"25:00\" is no time of day (like 13:45 or 13:45:00)"));
  CHECK_THAT(lua("return date.time(date '2015-09-18', 13)"), ContainsSubstring("got 13"));
  CHECK_THAT(lua("return date.dates '2015-09-18..2015-09-17'"),
             ContainsSubstring("ends before it begins"));
  CHECK_THAT(lua("return date.dates(date '2015-09-18', date '2015-09-17')"),
             ContainsSubstring("ends before it begins"));
  CHECK_THAT(lua("return duration '15 min'"), ContainsSubstring("is not a duration"));
  CHECK_THAT(lua("return duration(-1)"), ContainsSubstring("-1 is no number of seconds from 0"));
  CHECK_THAT(lua("return duration(0/0)"), ContainsSubstring("is no number of seconds from 0"));
  CHECK_THAT(lua("return duration{}"),
             ContainsSubstring("duration: expected text such as \"15m\""));
  for (const char* value :
       {"date.week '2015-W38'", "date.hour '2015-09-18T13'", "date.time '2015-09-18T13:45:00'",
        "duration '15m'", "date.dates '2015-09'"}) {
    CAPTURE(value);
    const std::string v(value);
    CHECK_THAT(lua("return " + v + " < '2015-09-19'"),
               ContainsSubstring("pipelines/a.lua:1: cannot compare"));
    CHECK_THAT(lua("return date '2015-09-18' <= " + v), ContainsSubstring("cannot compare"));
    CHECK_THAT(lua("return (" + v + ").frist"), ContainsSubstring("has no field \"frist\""));
    CHECK_THAT(lua("(" + v + ").year = 3"), ContainsSubstring("pipelines/a.lua:1: "));
    CHECK_THAT(lua("return (" + v + "):format '%Q'"), ContainsSubstring("no conversion"));
    CHECK_THAT(lua("return (" + v + "):format(3)"), ContainsSubstring("format: expected text"));
    CHECK_THAT(lua("return nil .. (" + v + ")"), ContainsSubstring("cannot join nil"));
  }
  CHECK_THAT(lua("return date.week '2015-W38' + 1.5"),
             ContainsSubstring("week + weeks: expected a whole number, got 1.5"));
  CHECK_THAT(lua("return date.hour '9999-12-31T23' + 1"), ContainsSubstring("outside the years"));
  CHECK_THAT(lua("return date.time '2015-09-18T13:45' - math.mininteger"),
             ContainsSubstring("too far away"));
  CHECK_THAT(lua("return date.time '2015-09-18T13:45' + duration '1ms'"),
             ContainsSubstring("no fractions of a second"));
  CHECK_THAT(lua("return date '2015-09-18' - date.hour '2015-09-18T13'"),
             ContainsSubstring("expected a whole number, got 2015-09-18T13"));
  CHECK_THAT(lua("return 3 - date.week '2015-W38'"),
             ContainsSubstring("cannot subtract a week from 3"));
  CHECK_THAT(lua("return duration '1m' - duration '2m'"), ContainsSubstring("would be negative"));
  CHECK_THAT(lua("return duration '1m' * duration '2m'"), ContainsSubstring("expected a number"));
  CHECK_THAT(lua("return 3 / duration '1m'"), ContainsSubstring("cannot divide 3 by a duration"));
  CHECK_THAT(lua("return duration '100000000d' * 1e9"), ContainsSubstring("too long"));
  CHECK_THAT(lua("return date.week '2015-W38':add{ days = 1 }"),
             ContainsSubstring("no unit \"days\"; there are weeks"));
  CHECK_THAT(lua("return date.dates '2015-09' + 1"), ContainsSubstring("pipelines/a.lua:1: "));
  CHECK_THAT(lua("return date.range(date '2015-09-18', date.month '2015-09')"),
             ContainsSubstring("date.range: expected a date, got 2015-09"));
  CHECK_THAT(lua("return date.range(date.time '2000-01-01T00:00', date.time '2015-01-01T00:00')"),
             ContainsSubstring("more than a list is good for"));
  CHECK_THAT(lua("return date.range(3, 4)"), ContainsSubstring("expected a date, got 3"));
  CHECK_THAT(lua("return date.dates '2015-09'(3, 4)"), ContainsSubstring("is no function"));
  CHECK_THAT(lua("return each('x', print)"), ContainsSubstring("dates or two numbers"));
  CHECK_THAT(lua("duration = 3"), ContainsSubstring("'duration' is the library's"));
}

TEST_CASE("times in JSON, rows and commands are their texts") {
  ScriptFixture project;
  const ScriptOutcome outcome = project.run_body(R"lua(
    local values = { date.week "2015-W38", date.hour "2015-09-18T13", date.time "2015-09-18T13:45:00",
      duration "90m", date.dates "2015-09" }
    assert(json.encode(values) == '["2015-W38","2015-09-18T13","2015-09-18T13:45:00","90m","2015-09"]')
    assert(csv.encode{ { w = values[1], d = values[4] } } == "d,w\n90m,2015-W38\n")
    sh{ "x", values[1], values[2], values[3], values[4], values[5], env = { W = values[1] },
      timeout = values[4] }
  )lua");
  CHECK(outcome.text == "");
  REQUIRE(project.sink.commands.size() == 1);
  CHECK(project.sink.commands[0].argv == std::vector<std::string>{"x", "2015-W38", "2015-09-18T13",
                                                                  "2015-09-18T13:45:00", "90m",
                                                                  "2015-09"});
  CHECK(project.sink.commands[0].extra_environment == std::vector<std::string>{"W=2015-W38"});
  CHECK(project.sink.commands[0].timeout == std::chrono::minutes(90));
}

}  // namespace moondial::time_test
