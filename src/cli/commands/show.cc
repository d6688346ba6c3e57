#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/run_summary.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

constexpr size_t kStateWidth = 15;
constexpr size_t kTimeWidth = 8;
/// So many of what was complete before stand below the tasks of a run.
constexpr size_t kMostComplete = 20;

struct ShowArguments {
  uint64_t run = 0;
  std::string state;   ///< of the tasks to show; empty: all
  std::string source;  ///< a pipeline file whose text is asked for, not the run
  bool json = false;
};

std::string task_text(const TaskData& task, const Terminal& terminal) {
  const std::string time = task.attempts.empty() ? "" : duration_text(task.attempts.back().seconds);
  std::string out = terminal.paint(tone_of(task.state), pad_right(task.state, kStateWidth)) + "  " +
                    pad_left(time, kTimeWidth) + "  " + task.id;
  if (task.attempts.size() > 1) {
    out +=
        terminal.paint(Tone::kFaint, "  (" + std::to_string(task.attempts.size()) + " attempts)");
  }
  out += "\n";
  const std::string margin(kStateWidth + kTimeWidth + 4, ' ');
  if (task.state == "ready") out += terminal.paint(Tone::kFaint, indented(task.why, margin));
  const std::string error = error_of(task);
  if (task.state != "done" && !error.empty()) {
    // Of a failure all that is known: the failing line and its values too.
    const bool failed = task.state == "failed";
    const std::string_view shown = failed ? std::string_view(error) : first_line(error);
    out += terminal.paint(failed ? Tone::kBad : Tone::kFaint, indented(shown, margin));
  }
  return out;
}

/// What the tasks needed and the run had no part in.
std::string complete_text(const std::vector<std::string>& complete, size_t most,
                          const Terminal& terminal) {
  std::string out;
  for (size_t i = 0; i < std::min(complete.size(), most); ++i) {
    out += terminal.paint(Tone::kFaint, pad_right("complete", kStateWidth) +
                                            std::string(kTimeWidth + 4, ' ') + complete[i]) +
           "\n";
  }
  if (complete.size() > most) {
    const std::string more = std::to_string(complete.size() - most);
    out +=
        terminal.paint(Tone::kFaint, pad_right("", kStateWidth + kTimeWidth + 4) + "and " + more +
                                         " more that were complete: --state complete lists them") +
        "\n";
  }
  return out;
}

std::string run_text(const std::string& body, const std::string& state) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  const RunData run = read_run(body);
  const std::string number = std::to_string(run.run);
  std::string out = "run " + number + "  " + terminal.paint(tone_of(run.state), run.state) + "  " +
                    roots_text(run) + "\nstarted " + short_time(run.started) + ", " +
                    duration_text(run.seconds) + ", " + counts_text(run.counts) + "\n\n";
  const TaskData* failed = nullptr;
  for (const TaskData& task : run.tasks) {
    out += task_text(task, terminal);
    if (failed == nullptr && task.state == "failed" && !task.attempts.empty()) failed = &task;
  }
  if (state.empty() || state == "complete") {
    const size_t most = state.empty() ? kMostComplete : run.complete_before.size();
    out += complete_text(run.complete_before, most, terminal);
  }
  if (failed != nullptr) {
    out += "\nwhat it said:  moondial logs " + number + " " + shell_word(failed->id) + "\n";
  }
  return out;
}

/// The text of a file with which the run was made.
int show_source(const std::string& directory, const ShowArguments& arguments) {
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  const auto run = session.send({"GET", "runs/" + std::to_string(arguments.run), ""});
  if (!run.ok()) return report(run.error());
  if (!run->ok()) return report(*run, arguments.json);
  const Json sources = parse_json(run->body).value("sources", Json::object());
  const std::string sha256 = json_string(sources, arguments.source.c_str());
  if (sha256.empty()) {
    std::vector<std::string> files;
    for (const auto& [file, unused] : sources.items()) files.push_back(file);
    const std::string near = nearest(arguments.source, files);
    return report(Error{Code::kNotFound,
                        "run " + std::to_string(arguments.run) + " had no file " +
                            arguments.source + (near.empty() ? "" : "; did you mean " + near + "?"),
                        {}});
  }
  const auto text = session.send({"GET", "sources/" + sha256, ""});
  if (!text.ok()) return report(text.error());
  if (!text->ok()) return report(*text, arguments.json);
  print(arguments.json ? text->body + "\n" : json_string(parse_json(text->body), "text"));
  return kExitOk;
}

int show_command(const std::string& directory, const ShowArguments& arguments) {
  if (!arguments.source.empty()) return show_source(directory, arguments);
  std::string path = "runs/" + std::to_string(arguments.run);
  if (!arguments.state.empty()) path += "?state=" + arguments.state;
  return ask_and_show(directory, {"GET", path, ""}, arguments.json,
                      [&](const std::string& body) { return run_text(body, arguments.state); });
}

}  // namespace

void add_show_command(const CommandSet& set) {
  auto arguments = std::make_shared<ShowArguments>();
  CommandOptions show = set.add("show", "Shows a run with its tasks");
  add_run_number(show, arguments->run);
  show.option("--state", arguments->state, "Only tasks in this state")
      .one_of({"pending", "waiting", "ready", "running", "retrying", "done", "complete", "skipped",
               "failed", "upstream_failed", "blocked", "cancelled", "lost"});
  show.option("--source", arguments->source,
              "Only the text of this pipeline file, as the run used it");
  show.flag("--json", arguments->json, "Print a JSON document with every attempt");
  show.footer(
      "Example: moondial show 7 --state failed\n"
      "`moondial runs` lists the numbers. What its tasks needed and was complete before it stands "
      "last; "
      "what else was complete is only counted.");
  show.action([=] { return show_command(*set.directory, *arguments); });
}

}  // namespace moondial
