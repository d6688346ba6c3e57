// Cron expressions: what they allow, how they are refused, and what is said of them.
#include "core/cron.h"

#include "core/cron_words.h"
#include "tests/catch.h"

namespace moondial::cron_test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using std::chrono::local_days;
using std::chrono::local_seconds;

CronExpression cron(const std::string& text) {
  const auto read = CronExpression::parse(text);
  INFO(text);
  if (!read.ok()) FAIL(read.error().message);
  return *read;
}

std::string error_of(const std::string& text) {
  const auto read = CronExpression::parse(text);
  INFO(text);
  REQUIRE(!read.ok());
  CHECK(read.error().code == Code::kInvalid);
  return read.error().message;
}

std::vector<int> bits(uint64_t set) {
  std::vector<int> out;
  for (int i = 0; i < 64; ++i) {
    if ((set >> i & 1) != 0) out.push_back(i);
  }
  return out;
}

using Days = std::vector<int>;

Days days(const std::string& text, int year, unsigned month) {
  return bits(cron(text).days_in(std::chrono::year(year) / std::chrono::month(month)));
}

TEST_CASE("fields are numbers, ranges, steps and lists") {
  CHECK(bits(cron("5 * * * *").minutes) == Days{5});
  CHECK(bits(cron("5,1,5 * * * *").minutes) == Days{1, 5});
  CHECK(bits(cron("10-13 * * * *").minutes) == Days{10, 11, 12, 13});
  CHECK(bits(cron("*/20 * * * *").minutes) == Days{0, 20, 40});
  CHECK(bits(cron("5/20 * * * *").minutes) == Days{5, 25, 45});
  CHECK(bits(cron("1-9/4,59 * * * *").minutes) == Days{1, 5, 9, 59});
  CHECK(bits(cron("*/60 */24 */31 */12 *").minutes) == Days{0});
  CHECK(bits(cron("* * * * *").seconds) == Days{0});
  CHECK(bits(cron("*/30 * * * * *").seconds) == Days{0, 30});
  CHECK(bits(cron("007 * * * *").minutes) == Days{7});
  CHECK(bits(cron(" \t0  1\t* * * \n").hours) == Days{1});
}

TEST_CASE("months and days of the week have names, and ranges go round") {
  CHECK(bits(cron("0 0 * JAN,Jul,december *").months) == Days{1, 7, 12});
  CHECK(bits(cron("0 0 * nov-feb *").months) == Days{1, 2, 11, 12});
  CHECK(bits(cron("0 0 * * Mon-FRI").week_days.days) == Days{1, 2, 3, 4, 5});
  CHECK(bits(cron("0 0 * * fri-mon").week_days.days) == Days{0, 1, 5, 6});
  CHECK(bits(cron("0 0 * * fri-mon/2").week_days.days) == Days{0, 5});
  CHECK(bits(cron("0 0 * * thursday").week_days.days) == Days{4});
  CHECK(bits(cron("0 22-2 * * *").hours) == Days{0, 1, 2, 22, 23});
  CHECK(bits(cron("0 0 30-2 * *").month_days.days) == Days{1, 2, 30, 31});
}

TEST_CASE("0 and 7 are Sunday") {
  for (const char* text : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 7-7", "0 0 * * */7"}) {
    CHECK(bits(cron(text).week_days.days) == Days{0});
  }
  CHECK(bits(cron("0 0 * * 5-7").week_days.days) == Days{0, 5, 6});
  CHECK(bits(cron("0 0 * * 7-2").week_days.days) == Days{0, 1, 2});
  CHECK(bits(cron("0 0 * * 6-0").week_days.days) == Days{0, 6});
  CHECK(bits(cron("0 0 * * 7/3").week_days.days) == Days{0, 3, 6});
  CHECK(bits(cron("0 0 * * 0-7").week_days.days) == Days{0, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("days of the month count from both ends") {
  CHECK(days("0 0 L * *", 2028, 2) == Days{29});
  CHECK(days("0 0 L * *", 2026, 2) == Days{28});
  CHECK(days("0 0 L-3,l-30 * *", 2026, 1) == Days{1, 28});
  CHECK(days("0 0 L-30 * *", 2026, 4).empty());
  CHECK(days("0 0 31 * *", 2026, 4).empty());
}

TEST_CASE("the nearest weekday stays in its month") {
  CHECK(days("0 0 15W * *", 2026, 8) == Days{14});   // a Saturday
  CHECK(days("0 0 15W * *", 2026, 11) == Days{16});  // a Sunday
  CHECK(days("0 0 1W * *", 2026, 8) == Days{3});     // a Saturday: not July's last
  CHECK(days("0 0 31W * *", 2026, 5) == Days{29});   // a Sunday: not June's first
  CHECK(days("0 0 31W * *", 2026, 4).empty());
  CHECK(days("0 0 LW * *", 2026, 5) == Days{29});
  CHECK(days("0 0 L-2W,3W * *", 2026, 8) == Days{3, 28});
}

TEST_CASE("days of the week may be counted in the month") {
  CHECK(days("0 0 * * 5L", 2026, 11) == Days{27});
  CHECK(days("0 0 * * friL,tue#1", 2026, 9) == Days{1, 25});
  CHECK(days("0 0 * * 5#2", 2026, 11) == Days{13});
  CHECK(days("0 0 * * 0#5", 2026, 11) == Days{29});
  CHECK(days("0 0 * * 7#5", 2026, 10).empty());
  CHECK(days("0 0 * * MON", 2026, 11) == Days{2, 9, 16, 23, 30});
}

TEST_CASE("of both fields of days one suffices, unless one has a star") {
  CHECK(days("0 0 13 * 5", 2026, 3) == Days{6, 13, 20, 27});
  CHECK(days("0 0 14 * 5", 2026, 3) == Days{6, 13, 14, 20, 27});
  CHECK(days("0 0 ? * 5", 2026, 3) == Days{6, 13, 20, 27});
  CHECK(days("0 0 14 * ?", 2026, 3) == Days{14});
  // As cron does it, whose manual speaks of the star itself.
  CHECK(days("0 0 */2 * 5", 2026, 3) == Days{13, 27});
  CHECK(days("0 0 1-31/2 * 5", 2026, 3).size() == 18);
  CHECK(days("0 0 1-7 * */5", 2026, 3) == Days{1, 6});
}

TEST_CASE("words with @ stand for expressions") {
  const auto at = [](const std::string& text) {
    return cron(text).next(local_days{2026y / 11 / 29} + 1s);
  };
  CHECK(at("@yearly") == local_days{2027y / 1 / 1});
  CHECK(at("@Annually") == local_days{2027y / 1 / 1});
  CHECK(at("@monthly") == local_days{2026y / 12 / 1});
  CHECK(at("@weekly") == local_days{2026y / 12 / 6});
  CHECK(at("@daily") == local_days{2026y / 11 / 30});
  CHECK(at("@midnight") == local_days{2026y / 11 / 30});
  CHECK(at("@hourly") == local_days{2026y / 11 / 29} + 1h);
}

TEST_CASE("the next time is at the given one or after it") {
  const local_seconds noon = local_days{2026y / 2 / 28} + 12h;
  CHECK(cron("0 12 * * *").next(noon) == noon);
  CHECK(cron("0 12 * * *").next(noon + 1s) == noon + 24h);
  CHECK(cron("30 5 12 * * *").next(noon) == noon + 5min + 30s);
  CHECK(cron("10,40 0,30 * * * *").next(noon + 11s) == noon + 40s);
  CHECK(cron("10,40 0,30 * * * *").next(noon + 41s) == noon + 30min + 10s);
  CHECK(cron("10,40 0,30 * * * *").next(noon + 59min) == noon + 1h + 10s);
  CHECK(cron("59 23 31 12 *").next(local_days{2026y / 12 / 31} + 24h - 1s) ==
        local_days{2027y / 12 / 31} + 24h - 1min);
  CHECK(cron("0 0 29 2 *").next(noon) == local_days{2028y / 2 / 29});
  CHECK(cron("0 0 29 2 *").next(local_days{2096y / 3 / 1}) == local_days{2104y / 2 / 29});
  CHECK(cron("0 0 29 2 */7").next(noon) == local_days{2032y / 2 / 29});
  CHECK(cron("0 0 1 1 *").next(local_days{9999y / 1 / 2}) == std::nullopt);
}

TEST_CASE("an error names the field, the text and what is expected") {
  CHECK_THAT(error_of("60 * * * *"), ContainsSubstring("minute 60: minutes are 0 to 59"));
  CHECK_THAT(error_of("0 24 * * *"), ContainsSubstring("hour 24: hours are 0 to 23"));
  CHECK_THAT(error_of("0 0 0 * *"), ContainsSubstring("day of the month 0: "));
  CHECK_THAT(error_of("0 0 32W * *"), ContainsSubstring("day of the month 32W: "));
  CHECK_THAT(error_of("0 0 * 13 *"), ContainsSubstring("month 13: months are 1 to 12"));
  CHECK_THAT(error_of("0 0 * * 8"), ContainsSubstring("day of the week 8: "));
  CHECK_THAT(error_of("60 * * * * *"), ContainsSubstring("second 60: seconds are 0 to 59"));
  CHECK_THAT(error_of("0 0 * jnu *"), ContainsSubstring("did you mean jun?"));
  CHECK_THAT(error_of("0 0 * * wendesday"), ContainsSubstring("did you mean wednesday?"));
  CHECK_THAT(error_of("@dayly"), ContainsSubstring("did you mean @daily?"));
  CHECK_THAT(error_of("0 0 * * L"), ContainsSubstring("5L is the last Friday"));
  CHECK_THAT(error_of("0 0 * * 5#6"), ContainsSubstring("1 to 5"));
  CHECK_THAT(error_of("*/90 * * * *"), ContainsSubstring("a step here is 1 to 60"));
  CHECK_THAT(error_of("? * * * *"), ContainsSubstring("? is for the two fields of days"));
  CHECK_THAT(error_of("@reboot"), ContainsSubstring("a start of the machine is no time"));
  CHECK_THAT(error_of("@every 15m"), ContainsSubstring("every = \"15m\""));
  CHECK_THAT(error_of("@daily x"), ContainsSubstring("nothing stands after @daily"));
  CHECK_THAT(error_of("1 2 3 4"), ContainsSubstring("has 4 fields"));
  CHECK_THAT(error_of("1"), ContainsSubstring("has 1 field;"));
  CHECK_THAT(error_of("0 0 1 1 * ? 2026"), ContainsSubstring("`from` and `to`"));
  CHECK_THAT(error_of("30 1 * * * /bin/x"), ContainsSubstring("a command is none"));
  CHECK_THAT(error_of(" "), ContainsSubstring("empty"));
  CHECK_THAT(error_of("\x1b[2J * * * *"), ContainsSubstring("minute \\x1b[2J: "));
}

TEST_CASE("all errors of an expression are told") {
  const std::string error = error_of("60 24 * 13 *");
  CHECK_THAT(error, ContainsSubstring("minute 60"));
  CHECK_THAT(error, ContainsSubstring("hour 24"));
  CHECK_THAT(error, ContainsSubstring("month 13"));
}

TEST_CASE("what is no field is refused") {
  for (const char* minute : {"",   "x",  "-",     "1-",  "-1",  "1,",    ",1",    "1,,2",    "*/0",
                             "*/", "/5", "1/2/3", "**",  "1*",  "99999", "1.5",   "+1",      "0x1",
                             "L",  "W",  "1W",    "5#1", "mon", "*-5",   "1-2-3", "\xc3\xa9"}) {
    INFO(minute);
    CHECK(!CronExpression::parse(std::string(minute) + " 0 * * *").ok());
  }
  for (const char* day : {"0", "W", "LL", "L-", "L-31", "L3", "LW-3", "1-5W", "15W/2", "L/2", "?/2",
                          "1,?", "WL", "jan"}) {
    INFO(day);
    CHECK(!CronExpression::parse(std::string("0 0 ") + day + " * *").ok());
  }
  for (const char* day :
       {"5#0", "5#", "#2", "1-5#2", "5#2L", "8L", "1-5L", "5L/2", "mo", "mond", "15W", "5 #2"}) {
    INFO(day);
    CHECK(!CronExpression::parse(std::string("0 0 * * ") + day).ok());
  }
}

TEST_CASE("a day that never comes is refused") {
  CHECK_THAT(error_of("0 0 30 2 *"),
             ContainsSubstring("there is never such a day: day of the month 30 in month 2"));
  error_of("0 0 31 4,6,9,11 *");
  error_of("0 0 31W feb ?");
  error_of("0 0 L-29 2 *");
  error_of("0 0 */31 2-3/5 1#2");
  cron("0 0 30 2,3 *");
  cron("0 0 30 2 1");
  cron("0 0 L-28 2 *");
}

TEST_CASE("what it means is said as somebody would say it") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"30 1 * * *", "at 01:30 every day"},
      {"30 1 * * 1-5", "at 01:30 on weekdays"},
      {"*/15 * * * *", "every 15 minutes"},
      {"0 6 * * 5L", "at 06:00 on the last Friday of the month"},
      {"* * * * *", "every minute"},
      {"0 * * * *", "every hour"},
      {"15 * * * *", "at minute 15 of every hour"},
      {"0,20,30 * * * *", "at minutes 0, 20 and 30 of every hour"},
      {"5/15 * * * *", "every 15 minutes from minute 5 of the hour"},
      {"0 */2 * * *", "every 2 hours"},
      {"30 1-23/2 * * *", "every 2 hours from 01:30"},
      {"0 6,12,18 * * *", "at 06:00, 12:00 and 18:00 every day"},
      {"0 9-17 * * 1-5", "every hour from 09:00 to 17:00 on weekdays"},
      {"*/15 9-17 * * mon-fri", "every 15 minutes from 09:00 to 17:45 on weekdays"},
      {"*/10 9 * * *", "every 10 minutes from 09:00 to 09:50 every day"},
      {"*/10 8,20 * * *", "every 10 minutes of the hours 8 and 20 every day"},
      {"0,7,30 8-10,20 * * *", "at minutes 0, 7 and 30 of the hours 8 to 10 and 20 every day"},
      {"0-29 * * * *", "at minutes 0 to 29 of every hour"},
      {"1-7 3 * * *", "every minute from 03:01 to 03:07 every day"},
      {"*/20 9-17,20 * * *", "every 20 minutes of the hours 9 to 17 and 20 every day"},
      {"0-10 0 9 * * *", "at seconds 0 to 10 of a minute, at 09:00 every day"},
      {"*/15 * * * 1", "every 15 minutes on Mondays"},
      {"0 0 * * 1,3,5", "at 00:00 on Mondays, Wednesdays and Fridays"},
      {"0 0 * * 0,6", "at 00:00 on weekends"},
      {"0 0 * * fri-mon", "at 00:00 from Friday to Monday"},
      {"0 0 * * 1,5L", "at 00:00 on Mondays and on the last Friday of the month"},
      {"0 0 * * tue#2", "at 00:00 on the second Tuesday of the month"},
      {"0 0 * 3 tue#2", "at 00:00 on the second Tuesday of March"},
      {"0 0 1,15 * *", "at 00:00 on the 1st and 15th of the month"},
      {"0 0 1-7,22 * *", "at 00:00 on the 1st to 7th and 22nd of the month"},
      {"0 0 */2 * *", "at 00:00 on every 2nd day from the 1st of the month"},
      {"0 0 L * *", "at 00:00 on the last day of the month"},
      {"0 0 15,L * *", "at 00:00 on the 15th and the last day of the month"},
      {"0 0 L-1 * *", "at 00:00 on the day before the last one of the month"},
      {"0 0 L-3 * *", "at 00:00 on the 3rd day before the last one of the month"},
      {"0 0 15W * *", "at 00:00 on the weekday nearest to the 15th of the month"},
      {"0 0 LW * *", "at 00:00 on the last weekday of the month"},
      {"0 0 1 1 *", "at 00:00 on 1 January"},
      {"0 0 29 2 *", "at 00:00 on 29 February"},
      {"0 0 1 1,4,7,10 *", "at 00:00 on the 1st of January, April, July and October"},
      {"0 0 1 3-5 *", "at 00:00 on the 1st of each month from March to May"},
      {"0 0 * 7 *", "at 00:00 every day in July"},
      {"0 0 * nov-feb *", "at 00:00 every day from November to February"},
      {"0 0 * 1 mon", "at 00:00 on Mondays in January"},
      {"0 0 13 * 5", "at 00:00 on the 13th of the month and on Fridays"},
      {"0 0 13 6 5", "at 00:00 on the 13th of the month and on Fridays, in June"},
      {"0 0 1-31 * 5", "at 00:00 every day"},
      {"0 0 */16 * 5", "at 00:00 on Fridays that fall on the 1st and 17th of the month"},
      {"15 30 1 * * *", "at 01:30:15 every day"},
      {"*/10 * * * * *", "every 10 seconds"},
      {"30 * * * * *", "every minute, at second 30"},
      {"5 */10 * * * *", "every 10 minutes, at second 5"},
      {"0,5 * * * * *", "at seconds 0 and 5 of every minute"},
      {"* 30 1 * * *", "every second of a minute, at 01:30 every day"},
  };
  for (const auto& [text, words] : cases) {
    INFO(text);
    CHECK(cron_in_words(cron(text)) == words);
  }
}

TEST_CASE("a period is said in its largest unit") {
  CHECK(period_in_words(15min) == "every 15 minutes");
  CHECK(period_in_words(1h) == "every hour");
  CHECK(period_in_words(90min) == "every 90 minutes");
  CHECK(period_in_words(7h) == "every 7 hours from midnight");
  CHECK(period_in_words(30s) == "every 30 seconds");
  CHECK(period_in_words(24h) == "every day at 00:00");
  CHECK(period_in_words(168h) == "every 7 days at 00:00");
}

}  // namespace
}  // namespace moondial::cron_test
