
#include "cli/run_request.h"

namespace moondial {
namespace {

/// The parameter that is written as an interval, or the only one there is.
Result<std::string> ranged_parameter(const std::vector<std::string>& params) {
  std::vector<std::string> names;
  for (const std::string& param : params) {
    const size_t equals = param.find('=');
    if (equals == std::string::npos) continue;
    const bool is_interval = param.find("..", equals) != std::string::npos;
    if (is_interval || params.size() == 1) names.push_back(param.substr(0, equals));
  }
  if (names.size() == 1) return names.front();
  return Error{Code::kInvalid,
               names.empty() ? "backfill takes one parameter as an interval, such as "
                               "date=2015-09-01..2015-09-18"
                             : "backfill takes one parameter as an interval, not " +
                                   std::to_string(names.size()),
               {}};
}

int backfill_command(RunArguments arguments) {
  auto range = ranged_parameter(arguments.task.params);
  if (!range.ok()) return report(range.error());
  arguments.range = std::move(range).value();
  return start_run(arguments);
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
