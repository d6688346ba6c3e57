#include "base/date.h"

#include "tests/base/day.h"
#include "tests/catch.h"
#include "tests/large.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial::date_test {

TEST_CASE("dates are read and written") {
  const Date d = day("2015-09-18");
  CHECK(d.year() == 2015);
  CHECK(d.month() == 9);
  CHECK(d.day() == 18);
  CHECK(d.weekday() == 5);
  CHECK(d.to_string() == "2015-09-18");
  CHECK(d.days_since_epoch() == 16696);
  CHECK(day("0001-01-01").to_string() == "0001-01-01");
  CHECK(day("9999-12-31").to_string() == "9999-12-31");
  CHECK(day("2016-02-29").to_string() == "2016-02-29");
  CHECK(day("2015-09-17") < d);
}

TEST_CASE("what is no date is refused with what was expected") {
  for (const char* text : {"", "2015-9-18", "20150918", "2015-09-18 ", "2015/09/18", "0x15-09-18",
                           "2015-09-1a", "-015-09-18", "2015-09-18\n"}) {
    CAPTURE(text);
    const auto parsed = Date::parse(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring("YYYY-MM-DD"));
  }
  for (const char* text : {"2015-02-30", "2015-02-29", "1900-02-29", "2015-13-01", "2015-00-10",
                           "2015-04-31", "2015-01-00", "2015-01-32", "0000-01-01"}) {
    CAPTURE(text);
    const auto parsed = Date::parse(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(text));
  }
  CHECK_FALSE(Date::from_civil(2015, -1, 257).ok());
  CHECK_FALSE(Date::from_civil(2015, 257, 1).ok());
  CHECK_FALSE(Date::from_civil(10000, 1, 1).ok());
  CHECK_FALSE(Date::from_civil(-2015, 1, 1).ok());
}

TEST_CASE("ISO weeks at the ends of years") {
  CHECK(day("2015-12-31").iso_week() == 53);
  CHECK(day("2016-01-01").iso_week() == 53);
  CHECK(day("2016-01-01").iso_year() == 2015);
  CHECK(day("2014-12-29").iso_year() == 2015);
  CHECK(day("2014-12-29").iso_week() == 1);
  CHECK(day("2015-09-18").iso_week() == 38);
}

TEST_CASE("days and months are added within the calendar") {
  CHECK(day("2015-12-31").add_days(1)->to_string() == "2016-01-01");
  CHECK(day("2016-03-01").add_days(-1)->to_string() == "2016-02-29");
  CHECK(day("0001-01-01").add_days(3652058)->to_string() == "9999-12-31");
  CHECK_FALSE(day("9999-12-31").add_days(1).ok());
  CHECK_FALSE(day("0001-01-01").add_days(-1).ok());
  CHECK_FALSE(day("2015-01-01").add_days(INT64_MAX).ok());
  CHECK_FALSE(day("2015-01-01").add_days(INT64_MIN).ok());

  CHECK(day("2015-01-31").add_months(1)->to_string() == "2015-02-28");
  CHECK(day("2016-01-31").add_months(1)->to_string() == "2016-02-29");
  CHECK(day("2015-03-31").add_months(-1)->to_string() == "2015-02-28");
  CHECK(day("2015-01-15").add_months(-13)->to_string() == "2013-12-15");
  CHECK_FALSE(day("9999-12-01").add_months(1).ok());
  CHECK_FALSE(day("0001-01-01").add_months(-1).ok());
  CHECK_FALSE(day("2015-01-01").add_months(INT64_MAX).ok());
}

TEST_CASE("dates are formatted in the C locale, times as midnight") {
  const Date d = day("2015-09-08");
  CHECK(*d.format("%Y%m%d") == "20150908");
  CHECK(*d.format("%a %A %b %B %e|%j|%y|%C") == "Tue Tuesday Sep September  8|251|15|20");
  CHECK(*d.format("%H:%M:%S %T %R") == "00:00:00 00:00:00 00:00");
  CHECK(*d.format("%G-W%V-%u %U %W %w") == "2015-W37-2 36 36 2");
  CHECK(*d.format("%F %D 100%% %z %Z") == "2015-09-08 09/08/15 100% +0000 UTC");
  CHECK(*d.format("日%d") == "日08");
  CHECK(d.format("")->empty());
  CHECK(*day("0033-01-02").format("%Y") == "0033");
}

TEST_CASE("an unknown conversion is an error that names it") {
  for (const char* format : {"%Q", "%-d", "%", "%Y%", "%E", "%Oz", "%s", "%k"}) {
    CAPTURE(format);
    const auto formatted = day("2015-09-18").format(format);
    REQUIRE_FALSE(formatted.ok());
    CHECK_THAT(formatted.error().message, ContainsSubstring(format));
  }
  CHECK_FALSE(day("2015-09-18").format(std::string_view("%Y\0%m", 5)).ok());
}

TEST_CASE("months") {
  const Month m = *Month::parse("2015-09");
  CHECK(m.year() == 2015);
  CHECK(m.month() == 9);
  CHECK(m.to_string() == "2015-09");
  CHECK(m.first().to_string() == "2015-09-01");
  CHECK(m.last().to_string() == "2015-09-30");
  CHECK(Month::parse("2016-02")->last().to_string() == "2016-02-29");
  CHECK(*m.format("%b %Y") == "Sep 2015");
  CHECK(m.add_months(4)->to_string() == "2016-01");
  CHECK(m.add_months(-9)->to_string() == "2014-12");
  CHECK(m.add_months(-600)->to_string() == "1965-09");
  CHECK(m.months_since_epoch() == 548);
  CHECK(Month::parse("0001-01")->to_string() == "0001-01");
  CHECK(Month::parse("9999-12")->last().to_string() == "9999-12-31");
  CHECK_FALSE(Month::parse("9999-12")->add_months(1).ok());
  CHECK_FALSE(Month::parse("0001-01")->add_months(-1).ok());
  CHECK_FALSE(m.add_months(INT64_MIN).ok());
  for (const char* text : {"2015", "2015-9", "2015-13", "2015-00", "0000-01", "2015-09-01"}) {
    CHECK_FALSE(Month::parse(text).ok());
  }
}

TEST_CASE("every day of the calendar reads back") {
  constexpr int kStep = kSanitized ? 13 : 1;  // days
  int64_t steps = 0;
  for (Result<Date> d = day("0001-01-01"); d.ok(); d = d->add_days(kStep)) {
    if (steps % 97 == 0) REQUIRE(*Date::parse(d->to_string()) == *d);
    ++steps;
  }
  CHECK(steps == (3652059 + kStep - 1) / kStep);
}

TEST_CASE("the civil day depends on the zone") {
  const UtcTime evening{std::chrono::sys_days(std::chrono::year(2015) / 9 / 17) + 22h};
  CHECK(date_in_zone(evening, "")->to_string() == "2015-09-17");
  CHECK(date_in_zone(evening, "UTC")->to_string() == "2015-09-17");
  CHECK(date_in_zone(evening, "Asia/Shanghai")->to_string() == "2015-09-18");
  CHECK(date_in_zone(evening - 20h, "America/Los_Angeles")->to_string() == "2015-09-16");
  CHECK(date_in_zone(evening, "local").ok());
  for (const char* zone : {"Mars/Olympus", "utc+8", "../etc/passwd", "Asia/", "local "}) {
    const auto found = date_in_zone(evening, zone);
    REQUIRE_FALSE(found.ok());
    CHECK_THAT(found.error().message, ContainsSubstring(zone));
  }
}

TEST_CASE("times are shown with the offset of their zone") {
  const UtcTime t{std::chrono::sys_days(std::chrono::year(2015) / 9 / 17) + 22h + 123999us};
  CHECK(format_rfc3339(t, "Asia/Shanghai") == "2015-09-18T06:00:00.123+08:00");
  CHECK(format_rfc3339(t, "America/New_York") == "2015-09-17T18:00:00.123-04:00");
  CHECK(format_rfc3339(t, "America/St_Johns") == "2015-09-17T19:30:00.123-02:30");
  CHECK(format_rfc3339(t, "") == "2015-09-17T22:00:00.123+00:00");
  CHECK(format_rfc3339(t, "No/Such") == "2015-09-17T22:00:00.123+00:00");
  CHECK(format_rfc3339(UtcTime(-1us), "") == "1969-12-31T23:59:59.999+00:00");
  for (const UtcTime far : {UtcTime::min(), UtcTime::max()}) {
    const std::string text = format_rfc3339(far, "Asia/Shanghai");
    CHECK_THAT(text, Catch::Matchers::StartsWith(far < UtcTime() ? "0001-01-0" : "9999-12-30"));
    CHECK_FALSE(date_in_zone(far, "Asia/Shanghai").ok());
  }

  // The hour that occurs twice, both times.
  const UtcTime twice{std::chrono::sys_days(std::chrono::year(2015) / 11 / 1) + 5h + 30min};
  CHECK(format_rfc3339(twice, "America/New_York") == "2015-11-01T01:30:00.000-04:00");
  CHECK(format_rfc3339(twice + 1h, "America/New_York") == "2015-11-01T01:30:00.000-05:00");
  // Local mean time: its seconds have no place in the offset, but the instant stays the same.
  const UtcTime old{std::chrono::sys_days(std::chrono::year(1890) / 1 / 1)};
  CHECK(format_rfc3339(old, "Asia/Shanghai") == "1890-01-01T08:05:00.000+08:05");
}

}  // namespace moondial::date_test
