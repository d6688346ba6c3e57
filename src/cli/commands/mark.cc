#include <pwd.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"

namespace moondial {
namespace {

/// Who marks, for the record.
std::string user_name() {
  const passwd* user = ::getpwuid(::getuid());
  return user == nullptr ? std::to_string(::getuid()) : user->pw_name;
}

int mark_command(const std::string& directory, const TaskArguments& task, bool json) {
  const Result<std::string> members = task_members(task);
  if (!members.ok()) return report(members.error());
  const std::string by = json_text(Json(user_name()));
  return ask_and_show(directory, {"POST", "marks", "{" + *members + ",\"by\":" + by + "}"}, json,
                      [](const std::string& body) {
                        const auto answer = parse_json(body);
                        return answer.value("task", std::string()) + " is marked as done\n";
                      });
}

}  // namespace

void add_mark_command(const CommandSet& set) {
  auto task = std::make_shared<TaskArguments>();
  auto json = std::make_shared<bool>(false);
  CommandOptions mark = set.add("mark", "Says that a task with output = mark() is done");
  mark.option("TASK", task->task, "The task").required();
  mark.option("PARAMS", task->params, "Its parameters, name=value each");
  mark.flag("--json", *json, "Print a JSON document");
  mark.footer(
      "Example: moondial mark shop.Approved date=2015-09-18\n"
      "What waits for it goes on in a `moondial run --wait`, else runs with the next one.");
  mark.action([=] { return mark_command(*set.directory, *task, *json); });
}

}  // namespace moondial
