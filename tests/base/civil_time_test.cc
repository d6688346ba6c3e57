#include "base/civil_time.h"

#include "tests/base/day.h"
#include "tests/catch.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial::civil_time_test {
namespace {

Week week(const char* text) { return *Week::parse(text); }
Hour hour(const char* text) { return *Hour::parse(text); }
CivilTime time_of(const char* text) { return *CivilTime::parse(text); }

template <typename T>
void check_refused(std::initializer_list<const char*> texts, const char* expected) {
  for (const char* text : texts) {
    CAPTURE(text);
    const auto parsed = T::parse(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == Code::kInvalid);
    CHECK_THAT(parsed.error().message, ContainsSubstring(expected));
  }
}

}  // namespace

TEST_CASE("weeks are read and written") {
  const Week w = week("2015-W38");
  CHECK(w.year() == 2015);
  CHECK(w.week() == 38);
  CHECK(w.first() == day("2015-09-14"));
  CHECK(w.last() == day("2015-09-20"));
  CHECK(w.to_string() == "2015-W38");
  CHECK(*w.format("%G-W%V %Y%m%d") == "2015-W38 20150914");
  CHECK(week("2015-W37") < w);
  CHECK(week("1970-W01").weeks_since_epoch() == 0);
}

TEST_CASE("weeks belong to ISO's years") {
  CHECK(Week::containing(day("2015-01-01"))->to_string() == "2015-W01");
  CHECK(week("2015-W01").first() == day("2014-12-29"));
  CHECK(Week::containing(day("2016-01-01"))->to_string() == "2015-W53");
  CHECK(Week::containing(day("2016-01-03"))->to_string() == "2015-W53");
  CHECK(Week::containing(day("2016-01-04"))->to_string() == "2016-W01");
  CHECK(week("2020-W53").last() == day("2021-01-03"));
  CHECK(week("2009-W53").first() == day("2009-12-28"));
  CHECK(week("2015-W53").add_weeks(1)->to_string() == "2016-W01");
  CHECK(week("2016-W01").add_weeks(-1)->to_string() == "2015-W53");
  CHECK(week("2014-W52").add_weeks(1)->to_string() == "2015-W01");
  check_refused<Week>({"2016-W53", "2014-W53", "2019-W53"}, "has 52 weeks");
  check_refused<Week>({"2015-W00", "2015-W54", "2015-W99"}, "is no week of the calendar");
}

TEST_CASE("what is no week is refused with what was expected") {
  check_refused<Week>(
      {"", "2015-38", "2015W38", "2015-w38", "2015-W8", "2015-W38 ", "2015-W381", "2015-W3a"},
      "YYYY-Www");
  check_refused<Week>({"0000-W01", "9999-W52"}, "outside the years");
}

TEST_CASE("weeks stay in the calendar") {
  CHECK(week("0001-W01").first() == day("0001-01-01"));
  CHECK(week("9999-W51").last() == day("9999-12-26"));
  CHECK_FALSE(week("0001-W01").add_weeks(-1).ok());
  CHECK_FALSE(week("9999-W51").add_weeks(1).ok());
  CHECK_FALSE(week("2015-W01").add_weeks(INT64_MAX).ok());
  CHECK_FALSE(week("2015-W01").add_weeks(INT64_MIN).ok());
  CHECK_FALSE(Week::containing(day("9999-12-31")).ok());
  CHECK_FALSE(Week::from_iso(10000, 1).ok());
  CHECK_FALSE(Week::from_iso(2015, -1).ok());
}

TEST_CASE("every week reads back") {
  Week w = week("0001-W01");
  int64_t count = 1;
  for (; w.to_string() != "9999-W51"; w = *w.add_weeks(1)) {
    if (count % 13 == 0) {
      REQUIRE(*Week::parse(w.to_string()) == w);
      REQUIRE(*Week::containing(w.last()) == w);
    }
    ++count;
  }
  CHECK(count == 521722);
}

TEST_CASE("hours are read, written and added") {
  const Hour h = hour("2015-09-18T13");
  CHECK(h.date() == day("2015-09-18"));
  CHECK(h.hour() == 13);
  CHECK(h.to_string() == "2015-09-18T13");
  CHECK(*h.format("%Y%m%d%H %T") == "2015091813 13:00:00");
  CHECK(h.add_hours(11)->to_string() == "2015-09-19T00");
  CHECK(h.add_hours(-14)->to_string() == "2015-09-17T23");
  CHECK(hour("2016-02-28T23").add_hours(1)->to_string() == "2016-02-29T00");
  CHECK(hour("1969-12-31T23").add_hours(1)->hours_since_epoch() == 0);
  CHECK(hour("1969-12-31T23").hour() == 23);
  CHECK(hour("0001-01-01T00").to_string() == "0001-01-01T00");
  CHECK(hour("9999-12-31T23").to_string() == "9999-12-31T23");
  CHECK_FALSE(hour("9999-12-31T23").add_hours(1).ok());
  CHECK_FALSE(hour("0001-01-01T00").add_hours(-1).ok());
  CHECK_FALSE(h.add_hours(INT64_MIN).ok());
  CHECK_FALSE(Hour::of(day("2015-09-18"), 24).ok());
  CHECK_FALSE(Hour::of(day("2015-09-18"), -1).ok());
}

TEST_CASE("what is no hour is refused with what was expected") {
  check_refused<Hour>({"", "2015-09-18", "2015-09-18 13", "2015-09-18T24", "2015-09-18T1",
                       "2015-09-18T13Z", "2015-09-18T-1", "2015-09-18t13", "2015-09-18T13:00"},
                      "YYYY-MM-DDThh");
  check_refused<Hour>({"2015-02-30T13"}, "2015-02-30 is no day of the calendar");
}

TEST_CASE("times are read, written and added") {
  const CivilTime t = time_of("2015-09-18T13:45:07");
  CHECK(t.date() == day("2015-09-18"));
  CHECK(t.hour() == hour("2015-09-18T13"));
  CHECK(t.second_of_day() == 49507);
  CHECK(t.to_string() == "2015-09-18T13:45:07");
  CHECK(*t.format("%Y%m%d_%H%M%S") == "20150918_134507");
  CHECK(time_of("2015-09-18T13:45").to_string() == "2015-09-18T13:45:00");
  CHECK(t.add_seconds(-50000)->to_string() == "2015-09-17T23:51:47");
  CHECK(time_of("2016-02-28T23:59:59").add_seconds(1)->to_string() == "2016-02-29T00:00:00");
  CHECK(time_of("1969-12-31T23:59:59").seconds_since_epoch() == -1);
  CHECK_FALSE(time_of("9999-12-31T23:59:59").add_seconds(1).ok());
  CHECK_FALSE(time_of("0001-01-01T00:00:00").add_seconds(-1).ok());
  CHECK_FALSE(t.add_seconds(INT64_MAX).ok());
  CHECK_FALSE(CivilTime::of(day("2015-09-18"), 86400).ok());
}

TEST_CASE("what is no time is refused with what was expected") {
  check_refused<CivilTime>(
      {"", "2015-09-18", "2015-09-18T13", "2015-09-18T24:00:00", "2015-09-18T13:60:00",
       "2015-09-18T13:45:60", "2015-09-18 13:45:00", "2015-09-18T13:45:00Z", "2015-09-18T13-45",
       "2015-09-18T13:45:00+08:00", "2015-09-18T13:45:0", "2015-09-18T13:45-00"},
      "YYYY-MM-DDThh:mm:ss without a zone");
  check_refused<CivilTime>({"2015-02-29T13:45:00"}, "no day of the calendar");
}

TEST_CASE("what a clock shows depends on the zone") {
  const UtcTime evening{std::chrono::sys_days(std::chrono::year(2015) / 9 / 17) + 22h + 1999ms};
  CHECK(civil_time_in_zone(evening, "")->to_string() == "2015-09-17T22:00:01");
  CHECK(civil_time_in_zone(evening, "Asia/Shanghai")->to_string() == "2015-09-18T06:00:01");
  CHECK(civil_time_in_zone(evening, "America/St_Johns")->to_string() == "2015-09-17T19:30:01");
  CHECK(civil_time_in_zone(UtcTime(-1us), "UTC")->to_string() == "1969-12-31T23:59:59");
  CHECK_FALSE(civil_time_in_zone(evening, "Mars/Olympus").ok());
}

TEST_CASE("a time with its offset reads back, down to the second") {
  const UtcTime time{std::chrono::seconds(1442527200)};
  for (const char* text : {"2015-09-17T22:00:00Z", "2015-09-18T06:00:00+08:00",
                           "2015-09-17T18:30:00.999-03:30", "2015-09-17T22:00:00z"}) {
    INFO(text);
    REQUIRE(parse_rfc3339(text).ok());
    CHECK(*parse_rfc3339(text) == time);
  }
  CHECK(*parse_rfc3339(format_rfc3339(time, "Asia/Kolkata")) == time);
  for (const char* text :
       {"", "2015-09-18", "2015-09-18T06:00:00", "2015-09-18T06:00:00+8",
        "2015-09-18T06:00:00+0800", "2015-09-18T06:00:00.Z", "2015-09-18T25:00:00Z",
        "2015-09-18T06:00:00+24:00", "2015-09-18T06:00:00Z+08:00", "2015-02-30T06:00:00Z",
        "2015-09-18T06:00:00 08:00"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text).ok());
  }
}

}  // namespace moondial::civil_time_test
