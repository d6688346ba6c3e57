#include <unistd.h>

#include <chrono>

#include "base/date.h"
#include "base/duration.h"
#include "base/json.h"
#include "cli/api_data.h"
#include "cli/command.h"
#include "core/timetable.h"

namespace moondial {
namespace {

constexpr std::chrono::milliseconds kAnswerBound(5000);
constexpr int kMostTimes = 10000;

struct CronArguments {
  std::vector<std::string> words;
  std::optional<std::string> timezone;
  std::optional<std::string> from;
  int next = 5;
  bool json = false;
};

/// As its engine has it.
Result<std::string> zone_of(Project project) {
  Session session(std::move(project));
  const auto answer = session.send_within({"GET", "config", ""}, kAnswerBound);
  if (!answer.ok()) return answer.error();
  if (!answer->ok()) return Error{Code::kInvalid, read_problem(answer->body).detail, {}};
  const std::string zone = json_string(parse_json(answer->body), "timezone");
  return zone.empty() ? "local" : zone;
}

/// What was asked for, else the project's, else this machine's.
Result<std::string> zone_for(const CronArguments& arguments, const std::string& directory) {
  if (arguments.timezone) return *arguments.timezone;
  auto project = find_project(directory);
  if (!project.ok()) {
    if (!directory.empty()) return project.error();
    return std::string("local");
  }
  auto zone = zone_of(std::move(project).value());
  if (zone.ok()) return zone;
  const Terminal terminal = terminal_of(STDERR_FILENO);
  terminal.write("moondial: the project's time zone is not known, so times are local: " +
                 zone.error().message + "\n");
  return std::string("local");
}

/// `every 15m`, or a cron expression: also as several words, as a shell makes them.
Result<TimetableSpec> read_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  TimetableSpec spec;
  constexpr std::string_view kEvery = "every ";
  if (!text.starts_with(kEvery)) {
    // So that an empty one is told apart from none.
    spec.cron = text.empty() ? " " : text;
    return spec;
  }
  const auto every = parse_duration(text.substr(kEvery.size()));
  if (!every.ok()) return every.error();
  spec.every = *every;
  return spec;
}

/// From when on times are looked for; the first that counts is a moment later.
Result<UtcTime> start_of(const CronArguments& arguments, const Zone& zone) {
  if (!arguments.from) {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  auto time = CivilTime::parse(*arguments.from);
  if (const auto day = Date::parse(*arguments.from); day.ok()) time = CivilTime::of(*day, 0);
  if (!time.ok()) {
    return Error{Code::kInvalid,
                 "--from: expected a date or a time, like 2015-09-18 or 2015-09-18T06:00",
                 {}};
  }
  const std::chrono::seconds local(time->seconds_since_epoch());
  return UtcTime(zone.first_instant(std::chrono::local_seconds(local))) - Duration(1);
}

/// "Mon 2026-11-30 01:30 +08:00"
std::string time_line(UtcTime time, const std::string& zone, bool with_seconds) {
  constexpr const char* kWeekdays[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto day = date_in_zone(time, zone);
  const std::string text = format_rfc3339(time, zone);  // 2026-11-30T01:30:00.000+08:00
  return std::string(kWeekdays[day.ok() ? day->weekday() : 0]) + " " + text.substr(0, 10) + " " +
         text.substr(11, with_seconds ? 8 : 5) + " " + text.substr(23);
}

std::string times_text(const Timetable& timetable, const std::vector<UtcTime>& times,
                       const std::string& zone, bool all) {
  bool with_seconds = false;
  for (const UtcTime time : times) {
    with_seconds |= time.time_since_epoch() % std::chrono::minutes(1) != Duration(0);
  }
  std::string out = timetable.meaning() + "\n";
  for (const UtcTime time : times) out += "  " + time_line(time, zone, with_seconds) + "\n";
  if (!all) out += times.empty() ? "  never\n" : "  no more after that\n";
  return out;
}

std::string times_json(const Timetable& timetable, const std::vector<UtcTime>& times,
                       const std::string& zone) {
  OrderedJson next = OrderedJson::array();
  for (const UtcTime time : times) next.push_back(format_rfc3339(time, zone));
  return json_text(OrderedJson{
             {"meaning", timetable.meaning()}, {"timezone", zone}, {"next", std::move(next)}}) +
         "\n";
}

int cron_command(const CronArguments& arguments, const std::string& directory) {
  auto spec = read_words(arguments.words);
  if (!spec.ok()) return report(spec.error());
  // First as UTC's: what is wrong needs no project.
  spec->timezone = arguments.timezone.value_or("UTC");
  auto timetable = Timetable::make(*spec);
  if (!timetable.ok()) return report(timetable.error());
  const auto zone = zone_for(arguments, directory);
  if (!zone.ok()) return report(zone.error());
  spec->timezone = *zone;
  timetable = Timetable::make(*spec);
  if (!timetable.ok()) return report(timetable.error());
  const auto start = start_of(arguments, timetable->zone());
  if (!start.ok()) return report(start.error());
  std::vector<UtcTime> times;
  std::optional<UtcTime> at = *start;
  for (int i = 0; i < arguments.next; ++i) {
    at = timetable->next(*at);
    if (!at) break;
    times.push_back(*at);
  }
  print(arguments.json ? times_json(*timetable, times, spec->timezone)
                       : times_text(*timetable, times, spec->timezone, at.has_value()));
  return kExitOk;
}

}  // namespace

void add_cron_command(const CommandSet& set) {
  auto arguments = std::make_shared<CronArguments>();
  CommandOptions cron = set.add("cron", "Says what a cron expression means, and its next times");
  cron.option("EXPR", arguments->words, "A cron expression, or: every 15m").required();
  cron.option("--tz", arguments->timezone,
              "A time zone of the IANA's, local or UTC (else the project's, else local)");
  cron.option("--from", arguments->from, "A date or a time in that zone (else now)");
  cron.option("--next", arguments->next, "How many times to show (5)").between(0, kMostTimes);
  cron.flag("--json", arguments->json, "Print a JSON document");
  cron.footer(
      "Example: moondial cron \"30 1 * * 1-5\" --tz Asia/Shanghai\n"
      "         moondial cron every 15m --from 2026-10-25 --next 100\n"
      "Fields: [second] minute hour day-of-month month day-of-week; or @hourly, @daily, @weekly,\n"
      "@monthly, @yearly. In a field: 5  1,5  1-5  fri-mon  */15; days of the month also L "
      "(last),\n"
      "L-3, 15W (nearest weekday), LW; of the week also 5L (last Friday), 5#2 (second).\n"
      "When the clock changes, a fixed time that is left out fires once, right after the jump, "
      "and\n"
      "one that comes twice fires once; with * in hour or minute, times follow the clock.\n"
      "docs/schedules.md tells all.");
  cron.action([=] { return cron_command(*arguments, *set.directory); });
}

}  // namespace moondial
