#include "http/history_views.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/civil_time.h"
#include "base/text.h"
#include "http/views_json.h"

namespace moondial {
namespace {

/// Of a text that does not load: lines on each side of the failing one, and bytes of each.
constexpr size_t kLinesAround = 3;
constexpr size_t kMostOfLine = 500;

OrderedJson past_view(const PastAttempt& past, bool with_params, std::string_view zone,
                      UtcTime now) {
  OrderedJson row{{"run", past.run.value}, {"task", printable(past.task)}};
  if (with_params) {
    row["name"] = printable(past.name);
    row["params"] = params_view(past.params);
  }
  row.update(attempt_view(past.attempt, zone, now));
  return row;
}

/// The lines around one of a text, which counts from 1; its last lines if it has fewer.
OrderedJson excerpt_view(std::string_view text, size_t line) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const size_t to = std::min(line + kLinesAround, lines.size());
  const size_t from =
      std::min(line, lines.size()) - std::min({line, lines.size(), kLinesAround + 1});
  OrderedJson shown = OrderedJson::array();
  for (size_t i = from; i < to; ++i) {
    shown.push_back(printable(std::string(lines[i].substr(0, kMostOfLine))));
  }
  return {{"first", from + 1}, {"lines", std::move(shown)}};
}

OrderedJson load_errors_view(const ScriptsView& scripts) {
  OrderedJson out = diagnostics_view(scripts.problems);
  for (size_t i = 0; i < out.size(); ++i) {
    const Diagnostic& problem = scripts.problems[i];
    const auto text = scripts.failed.find(problem.file);
    const bool is_known = problem.line > 0 && text != scripts.failed.end();
    out[i]["source"] = is_known ? excerpt_view(text->second, static_cast<size_t>(problem.line))
                                : OrderedJson(nullptr);
  }
  return out;
}

/// What a calendar shows for a task: a success stays one when a later run did not get to it.
TaskState shown_state(const LastState& last) {
  switch (last.state) {
    case TaskState::kComplete:
      return TaskState::kDone;
    case TaskState::kUpstreamFailed:
    case TaskState::kBlocked:
    case TaskState::kCancelled:
    case TaskState::kLost:
    case TaskState::kSkipped:
      return last.has_succeeded ? TaskState::kDone : last.state;
    default:
      return last.state;
  }
}

/// What each file declares.
struct FileNames {
  OrderedJson tasks = OrderedJson::array();
  OrderedJson schedules = OrderedJson::array();
  OrderedJson triggers = OrderedJson::array();
};

}  // namespace

std::string past_attempts_json(const std::vector<PastAttempt>& attempts, std::string_view zone,
                               UtcTime now) {
  OrderedJson out = OrderedJson::array();
  for (const PastAttempt& past : attempts) out.push_back(past_view(past, false, zone, now));
  return json_text(out);
}

std::string attempt_json(const PastAttempt& attempt, std::string_view zone, UtcTime now) {
  return json_text(past_view(attempt, true, zone, now));
}

std::string dates_json(const std::string& task, const std::string& param,
                       const std::vector<LastState>& states) {
  struct Value {
    std::map<TaskState, int64_t> counts;
    RunId run;
  };
  std::map<std::string, Value> values;
  for (const LastState& last : states) {
    const auto found =
        std::ranges::find(last.params, param, [](const auto& one) { return one.first; });
    if (found == last.params.end()) continue;
    Value& value = values[found->second];
    ++value.counts[shown_state(last)];
    if (last.run.value > value.run.value) value.run = last.run;
  }
  OrderedJson dates = OrderedJson::array();
  for (const auto& [text, value] : values) {
    dates.push_back({{"value", printable(text)},
                     {"counts", counts_view(value.counts)},
                     {"run", value.run ? OrderedJson(value.run.value) : OrderedJson(nullptr)}});
  }
  return json_text(OrderedJson{
      {"task", printable(task)}, {"param", printable(param)}, {"dates", std::move(dates)}});
}

std::string firings_json(const std::vector<FiringRow>& firings, std::string_view zone) {
  OrderedJson out = OrderedJson::array();
  for (const FiringRow& firing : firings) out.push_back(firing_view(firing, zone));
  return json_text(out);
}

std::string missed_json(const std::vector<MissedTask>& tasks, std::string_view zone) {
  OrderedJson out = OrderedJson::array();
  for (const MissedTask& task : tasks) {
    out.push_back({{"run", task.run.value},
                   {"task", printable(task.id)},
                   {"name", printable(task.name)},
                   {"sla", format_rfc3339(task.sla, zone)},
                   {"state", to_string(task.state)}});
  }
  return json_text(out);
}

std::string scripts_json(const ScriptsView& scripts, std::string_view zone) {
  std::map<std::string, FileNames> names;
  for (const TaskInfo& task : scripts.declared.tasks) {
    names[task.file].tasks.push_back(printable(task.name));
  }
  for (const ScheduleInfo& one : scripts.declared.schedules) {
    names[one.file].schedules.push_back(printable(one.name));
  }
  for (const TriggerInfo& one : scripts.declared.triggers) {
    names[one.file].triggers.push_back(printable(one.name()));
  }
  std::map<std::string, std::string> files = scripts.sources;
  std::set<std::string> failed;
  for (const Diagnostic& problem : scripts.problems) {
    if (problem.file.empty()) continue;
    files.try_emplace(problem.file);
    failed.insert(problem.file);
  }
  OrderedJson list = OrderedJson::array();
  for (const auto& [path, sha256] : files) {
    FileNames& declared = names[path];
    list.push_back({{"file", printable(path)},
                    {"sha256", sha256},
                    {"state", failed.contains(path) ? "failed" : "in_force"},
                    {"tasks", std::move(declared.tasks)},
                    {"schedules", std::move(declared.schedules)},
                    {"triggers", std::move(declared.triggers)}});
  }
  OrderedJson last(nullptr);
  if (scripts.last) {
    last = OrderedJson{{"at", format_rfc3339(scripts.last->at, zone)},
                       {"changes", reload_view(scripts.last->report)}};
  }
  return json_text(OrderedJson{{"errors", load_errors_view(scripts)},
                               {"last", std::move(last)},
                               {"files", std::move(list)}});
}

std::string versions_json(const std::vector<SourceVersion>& versions, std::string_view zone) {
  OrderedJson out = OrderedJson::array();
  for (const SourceVersion& version : versions) {
    out.push_back({{"sha256", version.sha256},
                   {"runs", version.runs},
                   {"first_run", version.first_run.value},
                   {"first", format_rfc3339(version.first, zone)},
                   {"last_run", version.last_run.value},
                   {"last", format_rfc3339(version.last, zone)}});
  }
  return json_text(out);
}

std::string source_json(const std::string& sha256, const std::string& text) {
  return json_text(OrderedJson{{"sha256", sha256}, {"text", text}});
}

}  // namespace moondial
