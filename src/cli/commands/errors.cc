#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

struct ErrorsArguments {
  std::string group;  ///< the id of one; empty: a list
  std::string state;
  std::string task;
  std::string text;
  int limit = 20;
  bool json = false;
};

std::string counted(int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// What went wrong, where, how often.
std::string head_text(const Json& group, const Terminal& terminal) {
  const std::string state = json_string(group, "state");
  const Tone tone = state == "resolved" ? Tone::kGood : Tone::kBad;
  const std::string place = json_string(group, "place");
  const int64_t tasks = group.value("task_count", int64_t{0});
  std::string message = json_string(group, "message");
  if (message.empty()) message = "no message";
  return terminal.paint(tone, pad_right(state, 10)) + "  " + json_string(group, "id") + "  " +
         terminal.paint(Tone::kStrong, json_string(group, "task")) +
         (place.empty() ? "" : "  " + place) + "\n  " + message + "\n" +
         terminal.paint(Tone::kFaint, "  " + counted(group.value("count", int64_t{0}), "time") +
                                          ", first " + short_time(json_string(group, "first")) +
                                          ", last " + short_time(json_string(group, "last")) +
                                          ", " +
                                          std::to_string(group.value("open_count", int64_t{0})) +
                                          " of " + counted(tasks, "task") + " open") +
         "\n";
}

std::string list_text(const std::string& body, bool all) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json groups = parse_json(body);
  if (!groups.is_array() || groups.empty()) {
    return all ? "no error is open; `moondial errors --state any` shows the resolved ones\n"
               : "there are no such errors\n";
  }
  std::string out;
  for (const Json& group : groups) out += head_text(group, terminal);
  return out;
}

std::string group_text(const std::string& body) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const Json group = parse_json(body);
  std::string out = head_text(group, terminal) + "\n";
  const Json& example = json_member(group, "example");
  out += json_string(example, "task") + " said last:\n" +
         indented(json_string(example, "error"), "  ") + "\n";
  const Json& tasks = json_member(group, "tasks");
  for (const Json& task : tasks) {
    const bool resolved = task.value("resolved", false);
    out += terminal.paint(resolved ? Tone::kGood : Tone::kBad,
                          pad_right(resolved ? "resolved" : "open", 10)) +
           "  " + pad_left("run " + std::to_string(task.value("run", uint64_t{0})), 8) + "  " +
           short_time(json_string(task, "last")) + "  " + json_string(task, "id") + "\n";
  }
  const auto more = group.value("task_count", int64_t{0}) - static_cast<int64_t>(tasks.size());
  if (more > 0) out += "and " + counted(more, "more task") + "\n";
  return out;
}

int errors_command(const std::string& directory, const ErrorsArguments& arguments) {
  if (!arguments.group.empty()) {
    return ask_and_show(directory, {"GET", "errors/" + query_value(arguments.group), ""},
                        arguments.json, &group_text);
  }
  std::string path = "errors?limit=" + std::to_string(arguments.limit);
  if (arguments.state != "any") path += "&state=" + query_value(arguments.state);
  if (!arguments.task.empty()) path += "&task=" + query_value(arguments.task);
  if (!arguments.text.empty()) path += "&text=" + query_value(arguments.text);
  const bool all =
      arguments.state == "unresolved" && arguments.task.empty() && arguments.text.empty();
  return ask_and_show(directory, {"GET", path, ""}, arguments.json,
                      [all](const std::string& body) { return list_text(body, all); });
}

}  // namespace

void add_errors_command(const CommandSet& set) {
  auto arguments = std::make_shared<ErrorsArguments>();
  arguments->state = "unresolved";
  CommandOptions errors = set.add("errors", "Lists what fails, by what goes wrong and where");
  errors.option("GROUP", arguments->group, "One of them: its error and its tasks");
  errors.option("-n", arguments->limit, "How many (20)").between(1, 500);
  errors.option("--state", arguments->state, "Only those in this state (unresolved)")
      .one_of({"unresolved", "open", "regressed", "resolved", "any"});
  errors.option("--task", arguments->task, "Only those of tasks of this name");
  errors.option("--text", arguments->text, "Only those with this in message, file or identity");
  errors.flag("--json", arguments->json, "Print a JSON document");
  errors.footer(
      "Example: moondial errors\n"
      "         moondial errors --task sem.FetchCost --state any\n"
      "Failures of the same task, line and shape of message are one.");
  errors.action([=] { return errors_command(*set.directory, *arguments); });
}

}  // namespace moondial
