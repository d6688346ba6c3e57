#include <algorithm>

#include "cli/command.h"

namespace moondial {
namespace {

struct CancelArguments {
  TaskArguments what;  ///< a run's number, or a task
  bool kill = false;
  bool json = false;
};

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

int cancel_run(const std::string& directory, const CancelArguments& arguments) {
  const std::string& number = arguments.what.task;
  const ApiRequest request{"POST", "runs/" + number + "/cancel",
                           arguments.kill ? R"({"kill":true})" : R"({"kill":false})"};
  return ask_and_show(directory, request, arguments.json, [&number](const std::string&) {
    return "run " + number + " is being cancelled; see `moondial show " + number + "`\n";
  });
}

int cancel_task(const std::string& directory, const CancelArguments& arguments) {
  const auto members = task_members(arguments.what);
  if (!members.ok()) return report(members.error());
  const ApiRequest request{"POST", "cancels",
                           "{" + *members + ",\"kill\":" + (arguments.kill ? "true}" : "false}")};
  return ask_and_show(directory, request, arguments.json, [&arguments](const std::string&) {
    return arguments.what.task + " is being cancelled, in all runs that want it\n";
  });
}

}  // namespace

void add_cancel_command(const CommandSet& set) {
  auto arguments = std::make_shared<CancelArguments>();
  CommandOptions cancel = set.add("cancel", "Stops a run, or a task");
  cancel.option("RUN|TASK", arguments->what.task, "The number of a run, or a task's name")
      .required();
  cancel.option("PARAMS", arguments->what.params, "The task's parameters, name=value each");
  cancel.flag("--kill", arguments->kill, "Without grace");
  cancel.flag("--json", arguments->json, "Print a JSON document");
  cancel.footer(
      "Example: moondial cancel 7\n"
      "         moondial cancel sem.FetchCost date=2015-09-18 engine=baidu\n"
      "Tasks of the run that another run wants as well go on. A task is cancelled in all runs,\n"
      "and with it what needs it there.");
  cancel.action([=] {
    return is_number(arguments->what.task) ? cancel_run(*set.directory, *arguments)
                                           : cancel_task(*set.directory, *arguments);
  });
}

}  // namespace moondial
