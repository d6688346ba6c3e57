
#include "cli/run_request.h"

namespace moondial {
namespace {

/// With --downstream it first says what will be remade; the run then shows how it goes.
int redo_command(RunArguments arguments) {
  arguments.force = true;
  if (arguments.downstream && !arguments.dry_run && !arguments.json) {
    RunArguments look = arguments;
    look.dry_run = true;
    if (const int status = start_run(look); status != kExitOk) return status;
  }
  return start_run(arguments);
}

}  // namespace

void add_redo_command(const CommandSet& set) {
  auto arguments = std::make_shared<RunArguments>();
  CommandOptions redo = set.add("redo", "Makes a task again, and what was made from it");
  redo.option("TASK", arguments->task.task, "The task").required();
  redo.option("PARAMS", arguments->task.params, "Its parameters, name=value each");
  redo.flag("--downstream", arguments->downstream, "Also all that was made from it");
  redo.flag("--dry-run", arguments->dry_run, "Only say what would be remade");
  add_run_options(redo, *arguments);
  redo.footer(
      "Example: moondial redo sem.FetchCost date=2015-09-18 engine=baidu --downstream\n"
      "What was made from it are the tasks that have succeeded and need it, directly or not.\n"
      "Old outputs stay until they are replaced.");
  redo.action([=] {
    arguments->directory = *set.directory;
    return redo_command(*arguments);
  });
}

}  // namespace moondial
