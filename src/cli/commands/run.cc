
#include "cli/run_request.h"

namespace moondial {

void add_run_command(const CommandSet& set) {
  auto arguments = std::make_shared<RunArguments>();
  CommandOptions run = set.add("run", "Runs a task and all it needs");
  run.option("TASK", arguments->task.task, "The task").required();
  run.option("PARAMS", arguments->task.params, "Its parameters, name=value each");
  run.flag("--force", arguments->force, "Run the named task also if it is complete");
  run.flag("--force-all", arguments->force_all, "Run it and all it needs, complete or not");
  run.flag("--dry-run", arguments->dry_run, "Only say what would be run");
  add_run_options(run, *arguments);
  run.footer(
      "Example: moondial run sem.Report date=2015-09-18 -j 4\n"
      "What is complete is not run again. Ctrl-C stops gracefully, twice kills.\n"
      "Exit status: 0 done, 1 a task failed, 2 wrong usage or declarations, 3 blocked,\n"
      "130 interrupted.");
  run.action([=] {
    arguments->directory = *set.directory;
    return start_run(*arguments);
  });
}

}  // namespace moondial
