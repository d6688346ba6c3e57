// When schedules fire: clock changes of every kind, periods, bounds. timetable_oracle_test.cc has
// whole years.
#include "core/timetable.h"

#include "base/date.h"
#include "base/duration.h"
#include "tests/catch.h"

namespace moondial::timetable_test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Texts = std::vector<std::string>;

TimetableSpec cron_spec(const std::string& cron, const std::string& zone = "UTC") {
  TimetableSpec spec;
  spec.cron = cron;
  spec.timezone = zone;
  return spec;
}

TimetableSpec every_spec(const std::string& every, const std::string& zone = "UTC") {
  TimetableSpec spec;
  spec.every = *parse_duration(every);
  spec.timezone = zone;
  return spec;
}

Timetable make(const TimetableSpec& spec) {
  const auto made = Timetable::make(spec);
  if (!made.ok()) FAIL(made.error().message);
  return *made;
}

std::string error_of(const TimetableSpec& spec) {
  const auto made = Timetable::make(spec);
  REQUIRE(!made.ok());
  CHECK(made.error().code == Code::kInvalid);
  return made.error().message;
}

/// The first instant that the zone's clock shows that time.
UtcTime at(const std::string& local, const std::string& zone = "UTC") {
  const auto time = CivilTime::parse(local);
  return Zone::find(zone)->first_instant(
      std::chrono::local_seconds(std::chrono::seconds(time->seconds_since_epoch())));
}

/// The firings after `from` and before `to`, as the zone's clock shows them, with the offset.
Texts firings(const TimetableSpec& spec, const std::string& from, const std::string& to) {
  const Timetable timetable = make(spec);
  const UtcTime end = at(to, spec.timezone);
  Texts out;
  auto time = timetable.next(at(from, spec.timezone));
  for (; time && *time < end; time = timetable.next(*time)) {
    std::string text = format_rfc3339(*time, spec.timezone);
    out.push_back(text.erase(16, 7));  // seconds
  }
  return out;
}

TEST_CASE("the next firing is after the given time, strictly") {
  const Timetable noon = make(cron_spec("0 12 * * *"));
  CHECK(noon.next(at("2026-11-30T11:59:59") + 999999us) == at("2026-11-30T12:00"));
  CHECK(noon.next(at("2026-11-30T12:00") - 1us) == at("2026-11-30T12:00"));
  CHECK(noon.next(at("2026-11-30T12:00")) == at("2026-12-01T12:00"));
  CHECK(noon.next(UtcTime::min()) == at("0001-01-02T12:00"));
  CHECK(noon.next(UtcTime::max()) == std::nullopt);
  CHECK(noon.next(at("9999-12-30T12:00")) == std::nullopt);
}

TEST_CASE("a fixed time that a jump leaves out fires once, right after it") {
  const std::string zone = "Europe/Berlin";
  CHECK(firings(cron_spec("30 2 * * *", zone), "2026-03-28T03:00", "2026-03-30T03:00") ==
        Texts{"2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"});
  CHECK(firings(cron_spec("0,30 2,3 * * *", zone), "2026-03-29T00:00", "2026-03-29T12:00") ==
        Texts{"2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00"});
  CHECK(firings(cron_spec("* 30 2 * * *", zone), "2026-03-29T00:00", "2026-03-29T12:00") ==
        Texts{"2026-03-29T03:00+02:00"});
  // Asked in the middle of it all, it is not made up for again.
  CHECK(make(cron_spec("30 2 29 3 *", zone)).next(at("2026-03-29T03:00", zone)) ==
        at("2027-03-29T02:30", zone));
}

TEST_CASE("a fixed time that comes twice fires the first time") {
  const std::string zone = "Europe/Berlin";
  CHECK(firings(cron_spec("30 2 * * *", zone), "2026-10-25T00:00", "2026-10-26T00:00") ==
        Texts{"2026-10-25T02:30+02:00"});
  CHECK(firings(cron_spec("0 2,3 * * *", zone), "2026-10-25T00:00", "2026-10-26T00:00") ==
        Texts{"2026-10-25T02:00+02:00", "2026-10-25T03:00+01:00"});
  // From within the second hour, too.
  const UtcTime within = at("2026-10-25T02:59", zone) + 20min;
  CHECK(make(cron_spec("30 2 * * *", zone)).next(within) == at("2026-10-26T02:30", zone));
}

TEST_CASE("an entry with a wildcard hour or minute follows the clock") {
  const std::string zone = "Europe/Berlin";
  CHECK(firings(cron_spec("30 * * * *", zone), "2026-03-29T01:00", "2026-03-29T05:00") ==
        Texts{"2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00", "2026-03-29T04:30+02:00"});
  CHECK(firings(cron_spec("*/30 2 * * *", zone), "2026-03-29T00:00", "2026-03-29T12:00").empty());
  CHECK(firings(cron_spec("*/30 2 * * *", zone), "2026-10-25T00:00", "2026-10-25T12:00") ==
        Texts{"2026-10-25T02:00+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00",
              "2026-10-25T02:30+01:00"});
  // Also where its next day is far away.
  CHECK(firings(cron_spec("*/30 2 25 10 *", zone), "2026-10-25T02:15", "2026-10-25T12:00") ==
        Texts{"2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00"});
}

TEST_CASE("a day may begin at one o'clock, and midnight may be shown before it comes") {
  CHECK(firings(cron_spec("0 0 * * *", "Africa/Cairo"), "2026-04-23T12:00", "2026-04-26T00:00") ==
        Texts{"2026-04-24T01:00+03:00", "2026-04-25T00:00+03:00"});
  CHECK(firings(cron_spec("30 23 * * *", "Africa/Cairo"), "2026-10-29T12:00", "2026-10-31T00:00") ==
        Texts{"2026-10-29T23:30+03:00", "2026-10-30T23:30+02:00"});
  CHECK(firings(cron_spec("15 0 * * *", "America/Asuncion"), "2023-09-30T12:00",
                "2023-10-03T00:00") == Texts{"2023-10-01T01:00-03:00", "2023-10-02T00:15-03:00"});
  CHECK(firings(every_spec("12h", "America/Asuncion"), "2023-09-30T12:00", "2023-10-02T00:00") ==
        Texts{"2023-10-01T01:00-03:00", "2023-10-01T12:00-03:00"});
}

TEST_CASE("a jump may be of half an hour") {
  const std::string zone = "Australia/Lord_Howe";
  CHECK(firings(cron_spec("15 2 * * *", zone), "2026-10-04T00:00", "2026-10-04T12:00") ==
        Texts{"2026-10-04T02:30+11:00"});
  CHECK(firings(cron_spec("45 1 * * *", zone), "2026-04-05T00:00", "2026-04-05T12:00") ==
        Texts{"2026-04-05T01:45+11:00"});
  CHECK(firings(cron_spec("45 * * * *", zone), "2026-04-05T01:00", "2026-04-05T03:00") ==
        Texts{"2026-04-05T01:45+11:00", "2026-04-05T01:45+10:30", "2026-04-05T02:45+10:30"});
}

TEST_CASE("a day that a zone leaves out has no firings") {
  const std::string zone = "Pacific/Apia";  // no 30 December in 2011
  CHECK(firings(cron_spec("0 12 * * *", zone), "2011-12-29T00:00", "2012-01-01T00:00") ==
        Texts{"2011-12-29T12:00-10:00", "2011-12-31T12:00+14:00"});
  CHECK(firings(cron_spec("0 0 30 * *", zone), "2011-12-01T00:00", "2012-02-01T00:00") ==
        Texts{"2012-01-30T00:00+14:00"});
  CHECK(firings(every_spec("12h", zone), "2011-12-29T00:00", "2012-01-01T00:00") ==
        Texts{"2011-12-29T12:00-10:00", "2011-12-31T00:00+14:00", "2011-12-31T12:00+14:00"});
}

TEST_CASE("a period begins anew at each midnight") {
  CHECK(firings(every_spec("7h"), "2026-11-30T00:00", "2026-12-01T08:00") ==
        Texts{"2026-11-30T07:00+00:00", "2026-11-30T14:00+00:00", "2026-11-30T21:00+00:00",
              "2026-12-01T00:00+00:00", "2026-12-01T07:00+00:00"});
  CHECK(firings(every_spec("6h", "Asia/Kolkata"), "2026-11-30T00:00", "2026-11-30T13:00") ==
        Texts{"2026-11-30T06:00+05:30", "2026-11-30T12:00+05:30"});
  CHECK(make(every_spec("90s")).next(at("2026-11-30T00:00:01")) == at("2026-11-30T00:01:30"));
  CHECK(make(every_spec("1d", "Asia/Shanghai")).next(at("2026-11-30T00:00", "Asia/Shanghai")) ==
        at("2026-12-01T00:00", "Asia/Shanghai"));
}

TEST_CASE("a period of days counts from 1970-01-01") {
  CHECK(firings(every_spec("2d"), "1969-12-29T12:00", "1970-01-04T00:00") ==
        Texts{"1969-12-30T00:00+00:00", "1970-01-01T00:00+00:00", "1970-01-03T00:00+00:00"});
  CHECK(firings(every_spec("7d", "Europe/Berlin"), "2026-03-25T00:00", "2026-04-04T00:00") ==
        Texts{"2026-03-26T00:00+01:00", "2026-04-02T00:00+02:00"});
}

TEST_CASE("a period at a clock change") {
  const std::string zone = "Europe/Berlin";
  // What fits into the hour that comes twice goes on through it; what does not fires once.
  CHECK(firings(every_spec("30m", zone), "2026-10-25T01:59", "2026-10-25T03:01") ==
        Texts{"2026-10-25T02:00+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00",
              "2026-10-25T02:30+01:00", "2026-10-25T03:00+01:00"});
  CHECK(firings(every_spec("1h", zone), "2026-10-25T01:59", "2026-10-25T03:01") ==
        Texts{"2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00"});
  CHECK(firings(every_spec("2h", zone), "2026-10-25T00:00", "2026-10-25T05:00") ==
        Texts{"2026-10-25T02:00+02:00", "2026-10-25T04:00+01:00"});
  // What is left out is made up for at the jump.
  CHECK(firings(every_spec("2h", zone), "2026-03-29T00:00", "2026-03-29T05:00") ==
        Texts{"2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"});
  CHECK(firings(every_spec("30m", zone), "2026-03-29T01:00", "2026-03-29T03:31") ==
        Texts{"2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00"});
}

TEST_CASE("both ends of the time in force count") {
  TimetableSpec spec = cron_spec("0 */6 * * *", "Europe/Berlin");
  spec.from = "2026-03-29";
  spec.to = "2026-03-29";
  CHECK(firings(spec, "2026-01-01T00:00", "2027-01-01T00:00") ==
        Texts{"2026-03-29T00:00+01:00", "2026-03-29T06:00+02:00", "2026-03-29T12:00+02:00",
              "2026-03-29T18:00+02:00"});
  spec.from = "2026-03-29T06:00";
  spec.to = "2026-03-29T12:00:00";
  CHECK(firings(spec, "2026-01-01T00:00", "2027-01-01T00:00") ==
        Texts{"2026-03-29T06:00+02:00", "2026-03-29T12:00+02:00"});
  spec.from = "2026-03-29T06:00:01";
  spec.to = "2026-03-29T11:59:59";
  CHECK(firings(spec, "2026-01-01T00:00", "2027-01-01T00:00").empty());
  spec = cron_spec("30 * * * *", "Europe/Berlin");
  spec.from = spec.to = "2026-10-25T02:30";  // comes twice
  CHECK(firings(spec, "2026-01-01T00:00", "2027-01-01T00:00").size() == 2);
  spec = cron_spec("30 2 * * *", "Europe/Berlin");
  spec.from = spec.to = "2026-03-29T02:30";  // is left out
  CHECK(firings(spec, "2026-01-01T00:00", "2027-01-01T00:00") == Texts{"2026-03-29T03:00+02:00"});
}

TEST_CASE("what a timetable cannot be made of is refused, all of it at once") {
  TimetableSpec spec = cron_spec("60 * * * *", "Mars/Olympus");
  spec.from = "tomorrow";
  const std::string error = error_of(spec);
  CHECK_THAT(error, ContainsSubstring("minute 60: minutes are 0 to 59"));
  CHECK_THAT(error, ContainsSubstring("\"Mars/Olympus\" is no time zone"));
  CHECK_THAT(error, ContainsSubstring("from \"tomorrow\": expected a date or a time"));

  spec = every_spec("15m");
  spec.cron = "@daily";
  CHECK_THAT(error_of(spec), ContainsSubstring("not both"));
  CHECK_THAT(error_of(TimetableSpec{}), ContainsSubstring("is expected"));
  spec = cron_spec("@daily");
  spec.from = "2026-01-02";
  spec.to = "2026-01-01";
  CHECK_THAT(error_of(spec), ContainsSubstring("from 2026-01-02 is after to 2026-01-01"));
  CHECK_THAT(error_of(cron_spec("0 0 30 2 *")), ContainsSubstring("there is never such a day"));
}

TEST_CASE("a period is a second at least, whole seconds, and over a day whole days") {
  CHECK_THAT(error_of(every_spec("500ms")), ContainsSubstring("the shortest period is 1s"));
  CHECK_THAT(error_of(every_spec("0s")), ContainsSubstring("the shortest period is 1s"));
  CHECK_THAT(error_of(every_spec("1.5")), ContainsSubstring("whole seconds"));
  CHECK_THAT(error_of(every_spec("36h")), ContainsSubstring("every 36h: a period of more than"));
  CHECK_THAT(error_of(every_spec("4000d")), ContainsSubstring("the longest period is 3660d"));
  TimetableSpec negative;
  negative.every = -15min;
  CHECK_THAT(error_of(negative), ContainsSubstring("every a negative time"));
  make(every_spec("1s"));
  make(every_spec("3660d"));
}

TEST_CASE("a timetable says what it means") {
  TimetableSpec spec = cron_spec("30 1 * * *", "Asia/Shanghai");
  CHECK(make(spec).meaning() == "at 01:30 every day, Asia/Shanghai");
  spec.from = "2026-01-01";
  CHECK(make(spec).meaning() == "at 01:30 every day, Asia/Shanghai, from 2026-01-01");
  spec.to = "2026-12-31T12:00";
  CHECK(make(spec).meaning() ==
        "at 01:30 every day, Asia/Shanghai, from 2026-01-01 to 2026-12-31T12:00:00");
  spec.from.reset();
  CHECK(make(spec).meaning() == "at 01:30 every day, Asia/Shanghai, until 2026-12-31T12:00:00");
  CHECK(make(every_spec("15m")).meaning() == "every 15 minutes, UTC");
  CHECK(make(every_spec("15m", "local")).meaning() == "every 15 minutes, local time");
}

TEST_CASE("a timetable is small") { CHECK(sizeof(Timetable) <= 160); }

}  // namespace
}  // namespace moondial::timetable_test
