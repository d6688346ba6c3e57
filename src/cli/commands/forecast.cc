#include <unistd.h>

#include <cmath>

#include "base/json.h"
#include "cli/command.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// What became of it: `ends 05:41:10 after 2h 10m`, or why it does not.
std::string fate_text(const Json& run) {
  const std::string fate = json_string(run, "fate");
  const std::string finish = short_time(json_string(run, "finish"));
  const std::string why = json_string(run, "why");
  if (fate == "ends") return finish.empty() ? "has nothing to do" : "ends " + finish;
  if (fate == "skipped") return "is skipped: the one before still goes on";
  if (fate == "cancelled") return "is cancelled by a later one at " + finish;
  if (fate == "blocked") return "is blocked: " + why;
  if (fate == "refused") return "cannot start: " + why;
  return "never ends: it needs units that a pool does not have";
}

std::string sla_text(const Json& run, const Terminal& terminal) {
  const std::string sla = json_string(run, "sla");
  if (sla.empty()) return "";
  std::string out = "SLA " + short_time(sla);
  const bool at_risk = run.value("at_risk", false);
  if (const Json& slack = json_member(run, "slack"); slack.is_number()) {
    const auto seconds = slack.get<double>();
    out += seconds < 0 ? ", late by " : ", kept by ";
    out += duration_text(std::abs(seconds));
  } else if (at_risk) {
    out += ", not kept";
  }
  return "; " + (at_risk ? terminal.paint(Tone::kBad, out) : out);
}

std::string hold_text(const Json& hold) {
  const std::string kind = json_string(hold, "kind");
  const std::string name = json_string(hold, "name");
  const std::string time = duration_text(hold.value("seconds", 0.0));
  if (kind == "task") return name + " (" + time + ")";
  if (kind == "overlap") return "waiting for the one before (" + time + ")";
  return "waiting for " + kind + " " + name + " (" + time + ")";
}

std::string forecast_run_text(const Json& run, const Terminal& terminal) {
  const Json& number = json_member(run, "run");
  std::string out = short_time(json_string(run, "at")) + "  " +
                    terminal.paint(Tone::kStrong, json_string(run, "name"));
  if (number.is_number()) out += " (run " + std::to_string(number.get<uint64_t>()) + ")";
  out += "  " + fate_text(run) + sla_text(run, terminal) + "\n";
  constexpr size_t kMostHolds = 3;
  std::string holds;
  const Json& held_up = json_member(run, "held_up");
  for (size_t i = 0; i < std::min(held_up.size(), kMostHolds); ++i) {
    holds += (holds.empty() ? "" : ", ") + hold_text(held_up[i]);
  }
  if (!holds.empty()) out += "    takes its time: " + holds + "\n";
  return out;
}

std::string forecast_text(const std::string& body) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json forecast = parse_json(body);
  const std::string until = short_time(json_string(forecast, "until"));
  const Json& runs = json_member(forecast, "runs");
  if (!runs.is_array() || runs.empty())
    return "nothing runs, and nothing fires until " + until + "\n";
  std::string out;
  uint64_t unknown = 0;
  for (const Json& run : runs) {
    out += forecast_run_text(run, terminal);
    unknown += run.value("unknown", uint64_t{0});
  }
  if (forecast.value("cut", false)) out += "more fires until " + until + ": ask for less\n";
  if (unknown > 0) {
    const bool one = unknown == 1;
    out += std::to_string(unknown) +
           (one ? " task has never run and has" : " tasks have never run and have") +
           " no `takes`: " + duration_text(forecast.value("assumed", 0.0)) + " was assumed" +
           (one ? "" : " for each") + "\n";
  }
  return out;
}

}  // namespace

void add_forecast_command(const CommandSet& set) {
  auto until = std::make_shared<std::string>("12h");
  auto json = std::make_shared<bool>(false);
  CommandOptions forecast =
      set.add("forecast", "Plays the coming hours: what ends when, and which SLA is at risk");
  forecast.option("--until", *until, "A time of day such as 06:00, or a duration such as 12h");
  forecast.flag("--json", *json, "Print a JSON document");
  forecast.footer(
      "Example: moondial forecast --until 06:00\n"
      "What runs, and what schedules will start, is planned as things are now and played with the\n"
      "order, pools and locks of the scheduler; tasks take what they took in past runs.");
  forecast.action([=] {
    return ask_and_show(*set.directory, {"GET", "forecast?until=" + query_value(*until), ""}, *json,
                        &forecast_text);
  });
}

}  // namespace moondial
