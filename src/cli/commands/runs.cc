#include <unistd.h>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

std::string runs_text(const std::string& body) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const auto runs = read_runs(body);
  if (runs.empty()) return "nothing was run yet\n";
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
  runs.option("-n", *limit, "How many (20)").between(1, 10'000);
  runs.flag("--json", *json, "Print a JSON list");
  runs.footer("Example: moondial runs -n 5");
  runs.action([=] {
    const ApiRequest request{"GET", "runs?limit=" + std::to_string(*limit), ""};
    return ask_and_show(*set.directory, request, *json, &runs_text);
  });
}

}  // namespace moondial
