// runs, show, cancel: what was and is run.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/run_summary.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

std::string counts_text(const Counts& counts) {
  std::string out;
  for (const auto& [state, n] : counts) {
    if (n > 0) out += (out.empty() ? "" : ", ") + std::to_string(n) + " " + state;
  }
  return out;
}

std::string roots_text(const RunData& run) {
  std::string out;
  for (const std::string& root : run.roots) out += (out.empty() ? "" : " ") + root;
  return out;
}

/// `2015-09-18 06:00:00` of an RFC 3339 time.
std::string short_time(const std::string& time) {
  std::string out = time.substr(0, 19);
  std::replace(out.begin(), out.end(), 'T', ' ');
  return out;
}

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

std::string run_text(const std::string& body) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const RunData run = read_run(body);
  std::string out = "run " + std::to_string(run.run) + "  " +
                    terminal.paint(tone_of(run.state), run.state) + "  " + roots_text(run) +
                    "\nstarted " + short_time(run.started) + ", " + duration_text(run.seconds) +
                    ", " + counts_text(run.counts) + "\n\n";
  for (const TaskData& task : run.tasks) {
    const std::string time =
        task.attempts.empty() ? "" : duration_text(task.attempts.back().seconds);
    out += terminal.paint(tone_of(task.state), pad_right(task.state, 15)) + "  " +
           pad_left(time, 8) + "  " + task.id;
    if (task.attempts.size() > 1) {
      out +=
          terminal.paint(Tone::kFaint, "  (" + std::to_string(task.attempts.size()) + " attempts)");
    }
    out += "\n";
    const std::string error = error_of(task);
    if (task.state == "failed" && !error.empty()) {
      out += "                   " + terminal.paint(Tone::kBad, first_line(error)) + "\n";
    }
  }
  return out;
}

int runs_command(const std::string& directory, int limit, bool json) {
  return ask_and_show(directory, {"GET", "runs?limit=" + std::to_string(limit), ""}, json,
                      &runs_text);
}

}  // namespace

void add_runs_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  auto limit = std::make_shared<int>(20);
  CLI::App* runs = set.app.add_subcommand("runs", "Lists the last runs, newest first");
  runs->add_option("-n", *limit, "How many (20)")->check(CLI::Range(1, 10'000));
  runs->add_flag("--json", *json, "Print a JSON list");
  runs->footer("Example: moondial runs -n 5");
  runs->callback([set, json, limit] {
    *set.chosen = [=] { return runs_command(*set.directory, *limit, *json); };
  });
}

void add_show_command(const CommandSet& set) {
  auto json = std::make_shared<bool>(false);
  auto run = std::make_shared<uint64_t>(0);
  CLI::App* show = set.app.add_subcommand("show", "Shows a run with its tasks");
  show->add_option("RUN", *run, "Number of the run")->required();
  show->add_flag("--json", *json, "Print a JSON document with every attempt");
  show->footer("Example: moondial show 7\n`moondial runs` lists the numbers.");
  show->callback([set, json, run] {
    *set.chosen = [=] {
      return ask_and_show(*set.directory, {"GET", "runs/" + std::to_string(*run), ""}, *json,
                          &run_text);
    };
  });
}

void add_cancel_command(const CommandSet& set) {
  auto kill = std::make_shared<bool>(false);
  auto run = std::make_shared<uint64_t>(0);
  CLI::App* cancel = set.app.add_subcommand("cancel", "Stops a run");
  cancel->add_option("RUN", *run, "Number of the run")->required();
  cancel->add_flag("--kill", *kill, "Without grace");
  cancel->footer(
      "Example: moondial cancel 7\n"
      "Tasks that another run wants as well go on.");
  cancel->callback([set, kill, run] {
    *set.chosen = [=] {
      const ApiRequest request{"POST", "runs/" + std::to_string(*run) + "/cancel",
                               *kill ? R"({"kill":true})" : R"({"kill":false})"};
      return ask_and_show(*set.directory, request, false, [run](const std::string&) {
        return "run " + std::to_string(*run) + " is being cancelled\n";
      });
    };
  });
}

}  // namespace moondial
