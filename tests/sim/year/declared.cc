#include "tests/sim/year/declared.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/duration.h"

namespace moondial::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// What "edited" is edited to, again and again.
constexpr std::array kEdits = {"15 9 * * 1-5", "30 2 * * *", "45 1 * * sun", "every 2h",
                               "0 3 * * *"};

struct Line {
  const char* name;
  const char* expression;
  CatchUp catch_up;
  Overlap overlap;
  minutes shortest, longest;
};

constexpr std::array kLines = {
    Line{"half", "0,30 */2 * * *", CatchUp::kLast, Overlap::kSkip, minutes(1), minutes(50)},
    Line{"hourly", "0 * * * *", CatchUp::kAll, Overlap::kParallel, minutes(1), minutes(90)},
    Line{"nightly", "30 2 * * *", CatchUp::kAll, Overlap::kQueue, minutes(40), minutes(240)},
    Line{"late", "30 1 * * *", CatchUp::kLast, Overlap::kCancel, hours(10), hours(26)},
    Line{"period", "every 105m", CatchUp::kNone, Overlap::kQueue, minutes(1), minutes(150)},
    Line{"sevens", "every 7h", CatchUp::kLast, Overlap::kParallel, minutes(1), minutes(30)},
    Line{"jittered", "30 0-23/2 * * *", CatchUp::kAll, Overlap::kParallel, minutes(1), minutes(30)},
    Line{"monthly", "0 6 L * *", CatchUp::kLast, Overlap::kSkip, minutes(5), minutes(50)},
    Line{"skipped", "15 */6 * * *", CatchUp::kNone, Overlap::kSkip, minutes(60), minutes(500)},
    Line{"all-or-wait", "45 */3 * * *", CatchUp::kAll, Overlap::kSkip, minutes(2), minutes(60)},
};

YearSchedule schedule(const std::string& name, const std::string& expression,
                      const std::string& zone) {
  YearSchedule out;
  out.expression = expression;
  out.info.name = name;
  out.info.times.timezone = zone;
  if (expression.starts_with("every ")) {
    out.info.times.every = *parse_duration(expression.substr(6));
  } else {
    out.info.times.cron = expression;
  }
  out.info.file = "nights.lua";
  out.info.catch_up_limit = 10'000;
  out.info.overlap = Overlap::kParallel;
  out.shortest = minutes(1);
  out.longest = minutes(20);
  return out;
}

TriggerInfo trigger(TriggerKind kind, const std::string& subject) {
  TriggerInfo out;
  out.kind = kind;
  out.subject = subject;
  out.file = "nights.lua";
  return out;
}

}  // namespace

std::vector<YearSchedule> schedules_of(uint64_t version, const std::string& zone) {
  std::vector<YearSchedule> out;
  for (const Line& line : kLines) {
    YearSchedule& one = out.emplace_back(schedule(line.name, line.expression, zone));
    one.info.catch_up = line.catch_up;
    one.info.overlap = line.overlap;
    one.shortest = line.shortest;
    one.longest = line.longest;
    if (one.info.name == "nightly") one.info.sla = Sla{std::nullopt, hours(3)};
    if (one.info.name == "jittered") one.info.jitter = minutes(10);
  }
  out.push_back(schedule("edited", kEdits[version / 2 % kEdits.size()], zone));
  if (version % 3 == 0) out.push_back(schedule("summer", "0 */4 * * *", zone));
  if (version % 4 == 1) out.push_back(schedule("winter", "10,50 1-4 * * *", zone));
  std::ranges::sort(out, {}, [](const YearSchedule& one) { return one.info.name; });
  return out;
}

Declarations declarations_of(uint64_t version, const std::string& zone) {
  Declarations out;
  for (YearSchedule& one : schedules_of(version, zone)) {
    out.schedules.push_back(std::move(one.info));
  }
  out.triggers = {trigger(TriggerKind::kDone, "Load"), trigger(TriggerKind::kFile, "in/*"),
                  trigger(TriggerKind::kWebhook, "order")};
  out.config.timezone = zone;
  out.config.retention = {hours(24 * 20), hours(24 * 10), 100};
  NotifyReceiver receiver;
  receiver.command = {"tell"};
  out.config.notify.receivers = {receiver};
  return out;
}

std::vector<std::string> all_expressions() {
  std::vector<std::string> out;
  for (const Line& line : kLines) out.emplace_back(line.expression);
  std::ranges::copy(kEdits, std::back_inserter(out));
  out.insert(out.end(), {"0 */4 * * *", "10,50 1-4 * * *"});
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

}  // namespace moondial::sim
