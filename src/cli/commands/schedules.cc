#include <unistd.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/run_request.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// `run 17 done`, or why there was none.
std::string last_text(const Json& schedule) {
  const auto found = schedule.find("last");
  if (found == schedule.end() || !found->is_object()) return "has not fired yet";
  const Json& last = *found;
  std::string out = "last " + short_time(json_string(last, "at")) + ": ";
  if (const auto run = last.find("run"); run != last.end() && run->is_number()) {
    out += "run " + std::to_string(run->get<uint64_t>()) + " " + json_string(last, "run_state");
  } else {
    const std::string note = json_string(last, "note");
    out += json_string(last, "state") + (note.empty() ? "" : ", " + note);
  }
  if (last.value("sla_missed", Json()) == Json(true)) out += ", SLA missed";
  return out;
}

/// As many of the next times as were asked for.
std::string next_text(const Json& schedule, int asked) {
  if (asked == 0) return "";
  std::string out;
  for (const Json& time : schedule.value("next", Json::array())) {
    out += (out.empty() ? "" : ", ") + short_time(time.get<std::string>());
  }
  return (out.empty() ? "fires no more" : "next " + out) + "; ";
}

std::string schedules_text(const std::string& body, int asked) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json schedules = parse_json(body);
  if (!schedules.is_array() || schedules.empty()) {
    return "no schedules are declared; `moondial reference schedule` shows how\n";
  }
  std::string out;
  for (const Json& schedule : schedules) {
    out += terminal.paint(Tone::kStrong, json_string(schedule, "name")) + "  " +
           json_string(schedule, "meaning");
    if (schedule.value("paused", false)) out += terminal.paint(Tone::kWarn, "  paused");
    out += "\n";
    if (const std::string doc = json_string(schedule, "doc"); !doc.empty()) {
      out += "  " + doc + "\n";
    }
    out += "  " + next_text(schedule, asked) + last_text(schedule) + "\n";
    std::string running;
    for (const Json& run : schedule.value("running", Json::array())) {
      running += " " + std::to_string(run.get<uint64_t>());
    }
    if (!running.empty()) out += "  runs now:" + running + "\n";
    if (const auto waiting = schedule.value("waiting", int64_t{0}); waiting > 0) {
      out += "  " + std::to_string(waiting) + " more wait for that\n";
    }
  }
  return out;
}

/// A command that acts on one schedule.
void add_action(
    const CommandSet& set, const std::string& verb, const std::string& help,
    const std::string& footer, const std::function<Result<std::string>()>& request_body,
    const std::function<std::string(const std::string& name, const std::string& body)>& done) {
  auto name = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CommandOptions command = set.add(verb, help);
  command.option("SCHEDULE", *name, "The name of a schedule").required();
  command.flag("--json", *json, "Print a JSON document");
  command.footer(footer);
  command.action([=] {
    const auto body = request_body();
    if (!body.ok()) return report(body.error());
    const ApiRequest request{"POST", "schedules/" + query_value(*name) + "/" + verb, *body};
    return ask_and_show(*set.directory, request, *json,
                        [&](const std::string& answer) { return done(*name, answer); });
  });
}

Result<std::string> nothing() { return std::string("{}"); }

}  // namespace

void add_schedules_command(const CommandSet& set) {
  auto next = std::make_shared<int>(1);
  auto json = std::make_shared<bool>(false);
  CommandOptions schedules = set.add("schedules", "Lists the schedules: when each fires, and did");
  schedules.option("--next", *next, "How many of the next times to show, 0 to 1000");
  schedules.flag("--json", *json, "Print a JSON list");
  schedules.footer(
      "Example: moondial schedules --next 10\n"
      "They fire while `moondial serve` runs. Times are those of each schedule's time zone.");
  schedules.action([=] {
    return ask_and_show(
        *set.directory, {"GET", "schedules?next=" + std::to_string(*next), ""}, *json,
        [asked = *next](const std::string& body) { return schedules_text(body, asked); });
  });
}

void add_schedule_actions(const CommandSet& set) {
  add_action(set, "pause", "Keeps a schedule from firing",
             "Example: moondial pause nightly\n"
             "What it has started goes on. `moondial resume` lets it fire again.",
             &nothing, [](const std::string& name, const std::string&) {
               return name + " is paused; `moondial resume " + name + "` lets it fire again\n";
             });
  add_action(set, "resume", "Lets a paused schedule fire again",
             "Example: moondial resume nightly\n"
             "It does not fire for the time in which it was paused; `moondial trigger` and\n"
             "`moondial backfill` make up for that.",
             &nothing, [](const std::string& name, const std::string&) {
               return name + " fires again; `moondial schedules` shows when\n";
             });
  add_action(set, "trigger", "Fires a schedule now",
             "Example: moondial trigger nightly\n"
             "Its `start` is asked with the time of now, paused or not.",
             &trigger_body, [](const std::string&, const std::string& body) {
               const std::string run = std::to_string(parse_json(body).value("run", uint64_t{0}));
               return "run " + run + " is started; `moondial show " + run + "` tells how it goes\n";
             });
}

}  // namespace moondial
