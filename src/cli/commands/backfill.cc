
#include <algorithm>

#include "cli/declared_task.h"
#include "cli/ranged_parameter.h"
#include "cli/run_request.h"

namespace moondial {
namespace {

int backfill_range(RunArguments arguments, const DeclaredTask* task) {
  auto range = ranged_parameter(arguments.task.params, task);
  if (!range.ok()) return report(range.error());
  arguments.range = std::move(range).value();
  return start_run(arguments);
}

/// Of several parameters the engine knows the kinds.
int backfill_command(const RunArguments& arguments) {
  if (arguments.task.params.size() < 2) return backfill_range(arguments, nullptr);
  if (const auto members = task_members(arguments.task); !members.ok()) {
    return report(members.error());
  }
  auto project = find_project(arguments.directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  const auto answer = session.send({"GET", "tasks", ""});
  if (!answer.ok()) return report(answer.error());
  if (!answer->ok()) return report(*answer, arguments.json);
  session.hang_up();
  const std::vector<DeclaredTask> tasks = read_declared_tasks(answer->body);
  const auto task = std::ranges::find(tasks, arguments.task.task, &DeclaredTask::name);
  return backfill_range(arguments, task == tasks.end() ? nullptr : &*task);
}

}  // namespace

void add_backfill_command(const CommandSet& set) {
  auto arguments = std::make_shared<RunArguments>();
  CommandOptions backfill = set.add("backfill", "Runs what is missing in an interval of a task");
  backfill.option("TASK", arguments->task.task, "The task").required();
  backfill.option("PARAMS", arguments->task.params,
                  "Its parameters, name=value each; one of them is an interval, date=A..B");
  backfill.flag("--reverse", arguments->reverse, "The last ones first");
  backfill.flag("--force", arguments->force, "All of the interval, complete or not");
  backfill.flag("--dry-run", arguments->dry_run, "Only say which are missing");
  add_run_options(backfill, *arguments);
  backfill.footer(
      "Example: moondial backfill sem.Report date=2015-09-01..2015-09-18 -j 4\n"
      "An interval is of dates (also 2015-09, 2015-W38, 2015), months, weeks, hours or whole\n"
      "numbers, and holds both ends. Its tasks give way to all others (priority -100 unless\n"
      "told), the first one first. Stopped, it goes on where it was when started again.");
  backfill.action([=] {
    arguments->directory = *set.directory;
    return backfill_command(*arguments);
  });
}

}  // namespace moondial
