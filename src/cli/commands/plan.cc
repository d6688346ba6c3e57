#include <unistd.h>

#include <optional>
#include <string>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/plan_graph.h"
#include "cli/plan_tree.h"

namespace moondial {
namespace {

struct PlanArguments {
  TaskArguments task;
  std::optional<std::string> format;
  bool json = false;
};

std::string plan_text(const std::string& body, const std::string& format) {
  const PlanData plan = read_plan(body);
  if (format == "dot") return plan_dot(plan);
  if (format == "mermaid") return plan_mermaid(plan);
  return plan_tree(plan, terminal_of(STDOUT_FILENO));
}

int plan_command(const PlanArguments& arguments, const std::string& directory) {
  const auto members = task_members(arguments.task);
  if (!members.ok()) return report(members.error());
  const std::string format = arguments.format.value_or(arguments.json ? "json" : "tree");
  if (arguments.json && format != "json") {
    return report(Error{Code::kInvalid, "--json is --format json, not " + format, {}});
  }
  return ask_and_show(directory, {"POST", "plan", "{" + *members + "}"}, format == "json",
                      [format](const std::string& body) { return plan_text(body, format); });
}

}  // namespace

void add_plan_command(const CommandSet& set) {
  auto arguments = std::make_shared<PlanArguments>();
  CommandOptions plan = set.add("plan", "Shows what a run would do, and why");
  plan.option("TASK", arguments->task.task, "The task").required();
  plan.option("PARAMS", arguments->task.params, "Its parameters, name=value each");
  plan.option("--format", arguments->format, "tree (unless told), dot, mermaid or json")
      .one_of({"tree", "dot", "mermaid", "json"});
  plan.flag("--json", arguments->json, "As --format json");
  plan.footer(
      "Example: moondial plan sem.Report date=2015-09-18\n"
      "         moondial plan sem.Report date=2015-09-18 --format dot | dot -Tsvg > plan.svg\n"
      "Nothing is run. What a complete task needs is not looked at.\n"
      "dot is for Graphviz; mermaid is for Markdown pages, and folds a plan that is too large.");
  plan.action([=] { return plan_command(*arguments, *set.directory); });
}

}  // namespace moondial
