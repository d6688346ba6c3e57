#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// `run 17 done, by in/a.csv`, or why there was none.
std::string last_firing_text(const Json& trigger) {
  const Json& last = json_member(trigger, "last");
  if (!last.is_object()) return "has not fired yet";
  std::string out = "last " + short_time(json_string(last, "at")) + ": ";
  if (const Json& run = json_member(last, "run"); run.is_number()) {
    out += "run " + std::to_string(run.get<uint64_t>()) + " " + json_string(last, "run_state");
  } else {
    const std::string note = json_string(last, "note");
    out += json_string(last, "state") + (note.empty() ? "" : ", " + note);
  }
  const std::string cause =
      json_string(trigger, "kind") == "webhook" ? "" : json_string(last, "cause");
  return out + (cause.empty() ? "" : ", by " + cause);
}

std::string triggers_text(const std::string& body) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json triggers = parse_json(body);
  if (!triggers.is_array() || triggers.empty()) {
    return "no triggers are declared; `moondial reference on` shows how\n";
  }
  std::string out;
  for (const Json& trigger : triggers) {
    out += terminal.paint(Tone::kStrong, json_string(trigger, "name")) + "  " +
           json_string(trigger, "file") + ":" + std::to_string(trigger.value("line", 0)) + "\n";
    if (const std::string doc = json_string(trigger, "doc"); !doc.empty()) {
      out += "  " + doc + "\n";
    }
    out += "  " + last_firing_text(trigger) + "\n";
    if (const auto waiting = trigger.value("waiting", int64_t{0}); waiting > 0) {
      out += "  " + std::to_string(waiting) + " more are about to start\n";
    }
  }
  return out;
}

}  // namespace

void add_triggers_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  CommandOptions triggers = set.add("triggers", "Lists the triggers, and what made them fire last");
  triggers.flag("--json", *json, "Print a JSON list");
  triggers.footer(
      "Example: moondial triggers\n"
      "on.file, on.webhook and on.done of the pipelines. They fire while `moondial serve` runs.");
  triggers.action([=] {
    return ask_and_show(*set.directory, {"GET", "triggers", ""}, *json, &triggers_text);
  });
}

}  // namespace moondial
