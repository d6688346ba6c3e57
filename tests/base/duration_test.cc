#include "base/duration.h"

#include "tests/catch.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial::duration_test {

TEST_CASE("durations are read in each unit") {
  CHECK(*parse_duration("90s") == 90s);
  CHECK(*parse_duration("15m") == 15min);
  CHECK(*parse_duration("2h") == 2h);
  CHECK(*parse_duration("1d") == 24h);
  CHECK(*parse_duration("250ms") == 250ms);
  CHECK(*parse_duration("1.5") == 1500ms);
  CHECK(*parse_duration("0.1s") == 100ms);
  CHECK(*parse_duration("1.5h") == 90min);
  CHECK(*parse_duration("0") == 0s);
  CHECK(*parse_duration("1e3") == 1000s);
  CHECK(*parse_duration("106000000d") == 106000000 * 24h);
}

TEST_CASE("what is no duration is refused, and the message shows what is one") {
  for (const char* text : {"", "-1", "-0s", "nan", "inf", "s", "1x", "1 s", " 1s", "1s ", "1h30m",
                           "0x10", "+5", "1e400", "1e18", "106900000d", "1,5s", "1\n"}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == Code::kInvalid);
    CHECK_THAT(parsed.error().message, ContainsSubstring("90s"));
  }
}

TEST_CASE("a duration has one text, which reads back") {
  CHECK(canonical_duration(0s) == "0s");
  CHECK(canonical_duration(15min) == "15m");
  CHECK(canonical_duration(900s) == "15m");
  CHECK(canonical_duration(90min) == "90m");
  CHECK(canonical_duration(60min) == "1h");
  CHECK(canonical_duration(24h) == "1d");
  CHECK(canonical_duration(36h) == "36h");
  CHECK(canonical_duration(1500ms) == "1500ms");
  CHECK(canonical_duration(100ms) == "100ms");
  CHECK(canonical_duration(500us) == "0.5ms");
  CHECK(canonical_duration(1001us) == "1.001ms");
  CHECK(canonical_duration(1010us) == "1.01ms");
  for (const int64_t us :
       {int64_t{1}, int64_t{999}, int64_t{9'007'199'254'740'993},
        int64_t{9'007'199'254'740'992'999}, int64_t{86'400'000'001},
        int64_t{9'199'999'999'999'999'999}, int64_t{9'158'400'000'000'000'000}}) {
    CAPTURE(us, canonical_duration(Duration(us)));
    CHECK(parse_duration(canonical_duration(Duration(us)))->count() == us);
  }
}

TEST_CASE("durations are formatted as hours, minutes and seconds") {
  const auto shown = [](Duration d, const char* format) { return *format_duration_as(d, format); };
  CHECK(shown(3725s, "%H:%M:%S") == "01:02:05");
  CHECK(shown(3725s, "%T %R") == "01:02:05 01:02");
  CHECK(shown(100h, "%T") == "100:00:00");
  CHECK(shown(90min, "%s") == "5400");
  CHECK(shown(250ms, "%s|%S") == "0.25|00");
  CHECK(shown(0s, "100%% in %s") == "100% in 0");
  for (const char* format : {"%Y", "%", "%H%"}) {
    const auto formatted = format_duration_as(1s, format);
    REQUIRE_FALSE(formatted.ok());
    CHECK_THAT(formatted.error().message, ContainsSubstring("is no conversion of a duration"));
  }
}

TEST_CASE("durations are shown for people") {
  CHECK(format_duration(0ms) == "0ms");
  CHECK(format_duration(85ms) == "85ms");
  CHECK(format_duration(3200ms) == "3.2s");
  CHECK(format_duration(59900ms) == "59.9s");
  CHECK(format_duration(245s) == "4m 05s");
  CHECK(format_duration(123min) == "2h 03m");
  CHECK(format_duration(76h) == "3d 4h");
  CHECK(format_duration(-245s) == "-4m 05s");
}

TEST_CASE("rounding carries into the next unit") {
  CHECK(format_duration(999600us) == "1.0s");
  CHECK(format_duration(59960ms) == "1m 00s");
  CHECK(format_duration(3599700ms) == "1h 00m");
  CHECK(format_duration(23h + 59min + 40s) == "1d 0h");
  CHECK(format_duration(Duration::max()).ends_with("h"));
  CHECK(format_duration(Duration::min()).starts_with("-"));
}

}  // namespace moondial::duration_test
