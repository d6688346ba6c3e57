#include <unistd.h>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

std::string runs_text(const std::string& body, bool all) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const auto runs = read_runs(body);
  if (runs.empty()) return all ? "nothing was run yet\n" : "there are no such runs\n";
  std::string out;
  for (const RunData& run : runs) {
    out += pad_left(std::to_string(run.run), 5) + "  " +
           terminal.paint(tone_of(run.state), pad_right(run.state, 9)) + "  " +
           short_time(run.started) + "  " + pad_left(duration_text(run.seconds), 8) + "  " +
           roots_text(run) + terminal.paint(Tone::kFaint, "  " + counts_text(run.counts)) + "\n";
  }
  return out;
}

}  // namespace

void add_runs_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  auto limit = std::make_shared<int>(20);
  CommandOptions runs = set.add("runs", "Lists the last runs, newest first");
  auto state = std::make_shared<std::string>();
  auto task = std::make_shared<std::string>();
  runs.option("-n", *limit, "How many (20)").between(1, 10'000);
  runs.option("--state", *state, "Only those in this state")
      .one_of({"running", "done", "failed", "cancelled", "blocked", "lost"});
  runs.option("--task", *task, "Only those with this task: its name, or all of its identity");
  runs.flag("--json", *json, "Print a JSON list");
  runs.footer(
      "Example: moondial runs -n 5\n"
      "         moondial runs --state failed --task sem.FetchCost");
  runs.action([=] {
    std::string path = "runs?limit=" + std::to_string(*limit);
    if (!state->empty()) path += "&state=" + query_value(*state);
    if (!task->empty()) path += "&task=" + query_value(*task);
    const bool all = state->empty() && task->empty();
    return ask_and_show(*set.directory, {"GET", path, ""}, *json,
                        [all](const std::string& body) { return runs_text(body, all); });
  });
}

}  // namespace moondial
