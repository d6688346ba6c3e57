#include "base/date_interval.h"

#include "tests/base/day.h"
#include "tests/catch.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::date_interval_test {
namespace {

DateInterval interval(const char* text) { return *DateInterval::parse(text); }

std::string again(const char* text) {
  const auto parsed = DateInterval::parse(text);
  return parsed.ok() ? parsed->to_string() : parsed.error().message;
}

}  // namespace

TEST_CASE("intervals of dates hold both ends") {
  const DateInterval i = interval("2015-09-01..2015-09-18");
  CHECK(i.first() == day("2015-09-01"));
  CHECK(i.last() == day("2015-09-18"));
  CHECK(i.days() == 18);
  CHECK(*i.format("%Y%m%d") == "20150901..20150918");
  CHECK(*interval("2015-09-18").format("%d") == "18");
  CHECK_FALSE(i.format("%Q").ok());
  CHECK(interval("2016-02").days() == 29);
  CHECK(interval("2015-02").days() == 28);
  CHECK(interval("2015-W38").first() == day("2015-09-14"));
  CHECK(interval("2015-W38").days() == 7);
  CHECK(interval("2016").days() == 366);
  CHECK(interval("2015-11..2016-02").last() == day("2016-02-29"));
  CHECK(interval("2014-W52..2015-01").first() == day("2014-12-22"));
  CHECK(interval("0001..9999").days() == 3652059);
}

TEST_CASE("an interval has one text however it was written") {
  CHECK(again("2015-09-01..2015-09-18") == "2015-09-01..2015-09-18");
  CHECK(again("2015-09-01..2015-09-30") == "2015-09");
  CHECK(again("2015-09") == "2015-09");
  CHECK(again("2015-09..2015-09") == "2015-09");
  CHECK(again("2015-09-14..2015-09-20") == "2015-W38");
  CHECK(again("2014-12-29..2015-01-04") == "2015-W01");
  CHECK(again("2015-W38") == "2015-W38");
  CHECK(again("2015-09-18..2015-09-18") == "2015-09-18");
  CHECK(again("2015-01-01..2015-12-31") == "2015");
  CHECK(again("2015-01..2015-12") == "2015");
  CHECK(again("2015-01..2015-03") == "2015-01-01..2015-03-31");
  CHECK(again("2015-01-01..2016-12-31") == "2015-01-01..2016-12-31");
  CHECK(again("2015-W38..2015-W39") == "2015-09-14..2015-09-27");
  CHECK(again("9999-12-31") == "9999-12-31");
  for (const char* text : {"2015", "2015-09", "2015-W38", "2015-09-18", "2015-09-01..2015-09-18"}) {
    CHECK(interval(text) == interval(interval(text).to_string().c_str()));
  }
}

TEST_CASE("what is no interval is refused with what was expected") {
  CHECK_THAT(again("2015-09-18..2015-09-17"), ContainsSubstring("ends before it begins"));
  CHECK_THAT(again("2015-10..2015-09"), ContainsSubstring("ends before it begins"));
  for (const char* text : {"", "..", "2015-09-01..", "..2015-09-18", "2015-9", "x", "201509",
                           "2015-09-01...2015-09-18", "2015-09-01..2015-09-18..2015-09-19",
                           "2015-09-01 ..2015-09-18", "abcd"}) {
    CAPTURE(text);
    CHECK_THAT(again(text), ContainsSubstring("2015-09-01..2015-09-18, 2015-09 or 2015-W38"));
  }
  CHECK_THAT(again("2015-13"), ContainsSubstring("2015-13 is no month"));
  CHECK_THAT(again("2016-W53"), ContainsSubstring("has 52 weeks"));
  CHECK_THAT(again("2015-02-30..2015-03-01"), ContainsSubstring("2015-02-30"));
  CHECK_THAT(again("0000"), ContainsSubstring("outside the years"));
}

}  // namespace moondial::date_interval_test
