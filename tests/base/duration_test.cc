#include "base/duration.h"

#include "tests/catch.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial {

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

}  // namespace moondial
