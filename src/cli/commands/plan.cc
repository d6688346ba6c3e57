#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/plan_tree.h"

namespace moondial {
namespace {

struct PlanArguments {
  TaskArguments task;
  std::string format = "tree";
  bool json = false;
};

int plan_command(const PlanArguments& arguments, const std::string& directory) {
  const auto members = task_members(arguments.task);
  if (!members.ok()) return report(members.error());
  const bool json = arguments.json || arguments.format == "json";
  return ask_and_show(directory, {"POST", "plan", "{" + *members + "}"}, json,
                      [](const std::string& body) {
                        return plan_tree(read_plan(body), terminal_of(STDOUT_FILENO));
                      });
}

}  // namespace

void add_plan_command(const CommandSet& set) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* plan = set.app.add_subcommand("plan", "Shows what a run would do, and why");
  plan->add_option("TASK", arguments->task.task, "The task")->required();
  plan->add_option("PARAMS", arguments->task.params, "Its parameters, name=value each");
  plan->add_option("--format", arguments->format, "tree or json")
      ->check(CLI::IsMember({"tree", "json"}));
  plan->add_flag("--json", arguments->json, "As --format json");
  plan->footer(
      "Example: moondial plan sem.Report date=2015-09-18\n"
      "Nothing is run. What a complete task needs is not looked at.");
  plan->callback([set, arguments] {
    *set.chosen = [set, arguments] { return plan_command(*arguments, *set.directory); };
  });
}

}  // namespace moondial
