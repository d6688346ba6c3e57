#include "cli/run_summary.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/json.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// Failed tasks that are told in full.
constexpr size_t kToldFailures = 20;

std::string counts_line(const RunData& run, const Terminal& terminal) {
  static constexpr std::array kOrder = {
      "done", "complete", "skipped", "failed", "upstream_failed", "blocked", "cancelled"};
  std::string out;
  for (const char* state : kOrder) {
    const auto found = run.counts.find(state);
    if (found == run.counts.end() || found->second == 0) continue;
    if (!out.empty()) out += ", ";
    out += terminal.paint(tone_of(state), std::to_string(found->second) + " " + state);
  }
  if (out.empty()) out = run.state;
  return out + " in " + duration_text(run.seconds) +
         terminal.paint(Tone::kFaint, " (run " + std::to_string(run.run) + ")") + "\n";
}

std::string failure(const TaskData& task, const RunEnd& end, const Terminal& terminal) {
  std::string out =
      "\n" + terminal.paint(Tone::kBad, "failed") + " " + terminal.paint(Tone::kStrong, task.id);
  if (task.attempts.size() > 1) {
    out += " after " + std::to_string(task.attempts.size()) + " attempts";
  }
  out += "\n" + indented(error_of(task), "  ");
  if (task.attempts.empty()) return out;
  const auto tail = end.log_tails.find(task.attempts.back().attempt_id);
  if (tail == end.log_tails.end() || tail->second.empty()) return out;
  return out + terminal.paint(Tone::kFaint, "  the end of its log:") + "\n" +
         indented(tail->second, "  | ");
}

std::string blocked(const TaskData& task, const Terminal& terminal) {
  return "\n" + terminal.paint(tone_of("blocked"), "blocked") + " " +
         terminal.paint(Tone::kStrong, task.id) + "\n" + indented(error_of(task), "  ");
}

}  // namespace

std::string error_of(const TaskData& task) {
  if (!task.error.empty() || task.attempts.empty()) return task.error;
  return task.attempts.back().error;
}

std::string run_summary(const RunEnd& end, const Terminal& terminal) {
  const RunData& run = end.run;
  const bool nothing_done = std::ranges::all_of(
      run.counts, [](const auto& count) { return count.first == "complete" || count.second == 0; });
  if (run.state == "done" && nothing_done) {
    if (run.roots.size() == 1) return "nothing to do: " + run.roots.front() + " is complete\n";
    return "nothing to do: all " + std::to_string(run.roots.size()) + " are complete\n";
  }
  std::string out;
  for (size_t i = 0; i < std::min(run.tasks.size(), kToldFailures); ++i) {
    out += failure(run.tasks[i], end, terminal);
  }
  if (run.tasks.size() > kToldFailures) {
    out += "\n… and " + std::to_string(run.tasks.size() - kToldFailures) + " more failed\n";
  }
  for (size_t i = 0; i < std::min(end.blocked.size(), kToldFailures); ++i) {
    out += blocked(end.blocked[i], terminal);
  }
  if (end.blocked.size() > kToldFailures) {
    out += "\n… and " + std::to_string(end.blocked.size() - kToldFailures) + " more are missing\n";
  }
  if (!out.empty()) out += "\n";
  out += counts_line(run, terminal);
  if (run.state == "done") return out;
  if (!run.tasks.empty()) out += "all of a log:     " + end.log_command + "\n";
  return out + "do what is left:  " + end.continue_command + "\n";
}

std::string run_json(const RunData& run) {
  OrderedJson failed = OrderedJson::array();
  for (const TaskData& task : run.tasks) {
    failed.push_back({{"id", task.id}, {"error", error_of(task)}});
  }
  OrderedJson counts = OrderedJson::object();
  for (const auto& [state, n] : run.counts) {
    if (n > 0) counts[state] = n;
  }
  const OrderedJson out{{"run", run.run},
                        {"state", run.state},
                        {"counts", counts},
                        {"seconds", run.seconds},
                        {"failed", failed}};
  return json_text(out) + "\n";
}

int exit_status(const std::string& state) {
  if (state == "done") return 0;
  if (state == "blocked") return 3;
  if (state == "cancelled") return 130;
  return 1;
}

namespace {

/// A line of a log without the time before it.
std::string_view without_time(std::string_view line) {
  const bool timed = line.size() > 10 && line[4] == '-' && line[10] == 'T';
  if (!timed) return line;
  return line.substr(std::min(line.find(' '), line.size() - 1) + 1);
}

/// Takes the last line off the log.
std::string_view take_last(std::string_view& log) {
  const size_t end = log.rfind('\n');
  const std::string_view line = end == std::string_view::npos ? log : log.substr(end + 1);
  log = end == std::string_view::npos ? std::string_view() : log.substr(0, end);
  return without_time(line);
}

/// The log without the error that ends it.
std::string_view before_error(std::string_view log, std::string_view error) {
  std::string_view rest = log;
  while (!error.empty()) {
    const size_t end = error.rfind('\n');
    const std::string line(error.substr(end == std::string_view::npos ? 0 : end + 1));
    error = end == std::string_view::npos ? std::string_view() : error.substr(0, end);
    if (take_last(rest) != "error: " + line) return log;
  }
  return rest;
}

}  // namespace

std::string log_tail(std::string_view log, std::string_view error, size_t lines) {
  while (log.ends_with('\n')) log.remove_suffix(1);
  log = before_error(log, error);
  std::vector<std::string_view> last;
  while (!log.empty() && last.size() < lines) last.push_back(take_last(log));
  std::string out;
  for (auto line = last.rbegin(); line != last.rend(); ++line) out.append(*line).append("\n");
  return out;
}

}  // namespace moondial
