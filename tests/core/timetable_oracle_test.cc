// A year of firings in zones that change their clocks in all ways, against timetable_oracle.py,
// which looks at every minute of it.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/date.h"
#include "base/duration.h"
#include "core/timetable.h"
#include "tests/catch.h"

namespace moondial::timetable_oracle_test {
namespace {

using Firings = std::vector<std::vector<int64_t>>;  // of each expression, seconds since 1970

constexpr const char* kText = R"(*/5 * * * *
*/15 * * * *
*/7 3 * * *
0 * * * *
30 * * * *
59 */2 * * *
30 1 * * *
0 2 * * *
30 2 * * *
15,45 2 * * *
0 3 * * *
0 0 * * *
0,30 0,1,2,3,23 * * *
30 0-23 * * *
* 2 * * *
*/20 1-3 * * *
0 6 L * *
0 6 L-3 * *
0 6 LW * *
15 2 15W * *
0 6 1W * *
45 1 31W * *
0 6 * * 5L
30 2 * * sunL
30 1 * * sun#1
30 2 * 3,10 0#2
0 0 13 * 5
0 0 */2 * 1
0 12 1-7 * */2
0 9-17 * * 1-5
0 0 29 2 *
5 4 1,15 jan-jun ?
0 0 ? * 7
every 10m
every 15m
every 45m
every 1h
every 2h
every 7h
every 24h
every 3d
)";

const std::vector<std::string> kExpressions = [] {
  std::vector<std::string> out;
  std::istringstream text(kText);
  for (std::string line; std::getline(text, line);) out.push_back(line);
  return out;
}();

/// What the program says; nothing, and a warning, where there is no Python with zones.
std::optional<Firings> oracle(const std::string& zone, int year) {
  const auto input =
      std::filesystem::temp_directory_path() /
      ("moondial_oracle_" + std::to_string(getpid()) + zone.substr(zone.find('/') + 1));
  std::ofstream(input) << kText;
  // Tests run in their source folder.
  const std::string command = "python3 timetable_oracle.py " + zone + " " + std::to_string(year) +
                              " < '" + input.string() + "'";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Firings out(kExpressions.size());
  size_t index = 0;
  long long second = 0;
  while (std::fscanf(pipe, "%zu %lld", &index, &second) == 2) out.at(index).push_back(second);
  const int status = pclose(pipe);
  std::filesystem::remove(input);
  if (status == 0) return out;
  REQUIRE(std::system("python3 -c 'import zoneinfo; zoneinfo.ZoneInfo(\"Asia/Shanghai\")'") != 0);
  WARN("not tested: there is no python3 with zoneinfo");
  return std::nullopt;
}

UtcTime start_of(int year) { return std::chrono::sys_days{std::chrono::year(year) / 1 / 1}; }

std::vector<int64_t> firings_of(const std::string& text, const std::string& zone, int year) {
  TimetableSpec spec;
  spec.timezone = zone;
  if (text.starts_with("every ")) {
    spec.every = *parse_duration(text.substr(6));
  } else {
    spec.cron = text;
  }
  const auto timetable = Timetable::make(spec);
  REQUIRE(timetable.ok());
  std::vector<int64_t> out;
  auto at = timetable->next(start_of(year) - Duration(1));
  for (; at && *at < start_of(year + 1); at = timetable->next(*at)) {
    out.push_back(std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count());
  }
  return out;
}

std::string shown(int64_t second, const std::string& zone) {
  return format_rfc3339(UtcTime(std::chrono::seconds(second)), zone);
}

void compare(const std::string& zone, int year) {
  const auto expected = oracle(zone, year);
  if (!expected) return;
  for (size_t i = 0; i < kExpressions.size(); ++i) {
    const std::vector<int64_t> got = firings_of(kExpressions[i], zone, year);
    const auto [a, b] = std::ranges::mismatch(got, (*expected)[i]);
    const std::string first = a == got.end() ? "no more" : shown(*a, zone);
    const std::string wanted = b == (*expected)[i].end() ? "no more" : shown(*b, zone);
    INFO(kExpressions[i] << " in " << zone << ": got " << first << ", expected " << wanted);
    CHECK(got == (*expected)[i]);
  }
}

TEST_CASE("a year of firings is as expected in America/New_York") {
  compare("America/New_York", 2026);
}
TEST_CASE("a year of firings is as expected in Europe/Berlin") { compare("Europe/Berlin", 2026); }
TEST_CASE("a year of firings is as expected in Australia/Lord_Howe") {
  compare("Australia/Lord_Howe", 2026);
}
TEST_CASE("a year of firings is as expected in Asia/Shanghai") { compare("Asia/Shanghai", 2026); }
TEST_CASE("a year of firings is as expected in America/Asuncion") {
  compare("America/Asuncion", 2023);
}
TEST_CASE("a year of firings is as expected in Africa/Cairo") { compare("Africa/Cairo", 2026); }
TEST_CASE("a year of firings is as expected in Pacific/Apia") { compare("Pacific/Apia", 2011); }

}  // namespace
}  // namespace moondial::timetable_oracle_test
