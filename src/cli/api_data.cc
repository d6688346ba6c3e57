#include "cli/api_data.h"

#include "base/json.h"

namespace moondial {
namespace {

Json parse(std::string_view text) {
  Json json = parse_json(text);
  return json.is_discarded() ? Json() : json;
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

double number(const Json& object, const char* name, double otherwise = 0) {
  const Json& value = member(object, name);
  return value.is_number() ? value.get<double>() : otherwise;
}

int64_t whole(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number() ? value.get<int64_t>() : 0;
}

std::vector<std::string> texts(const Json& object, const char* name) {
  std::vector<std::string> out;
  for (const Json& item : member(object, name)) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::map<std::string, int64_t> whole_numbers(const Json& object, const char* name) {
  std::map<std::string, int64_t> out;
  for (const auto& [key, value] : member(object, name).items()) {
    if (value.is_number()) out[key] = value.get<int64_t>();
  }
  return out;
}

Counts counts(const Json& object) { return whole_numbers(object, "counts"); }

TaskData task(const Json& json) {
  TaskData out;
  out.id = text(json, "id");
  out.name = text(json, "name");
  out.state = text(json, "state");
  out.why = text(json, "why");
  out.error = text(json, "error");
  for (const Json& attempt : member(json, "attempts")) {
    out.attempts.push_back(
        {whole(attempt, "attempt"), static_cast<uint64_t>(whole(attempt, "attempt_id")),
         text(attempt, "state"), number(attempt, "seconds"), text(attempt, "error"),
         text(attempt, "started"), text(attempt, "ended")});
  }
  return out;
}

RunData run(const Json& json) {
  RunData out;
  out.run = static_cast<uint64_t>(whole(json, "run"));
  out.state = text(json, "state");
  out.roots = texts(json, "roots");
  out.started = text(json, "started");
  out.seconds = number(json, "seconds");
  out.counts = counts(json);
  for (const Json& item : member(json, "tasks")) out.tasks.push_back(task(item));
  return out;
}

std::vector<Diagnostic> diagnostics(const Json& list) {
  std::vector<Diagnostic> out;
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    out.push_back({text(item, "file"), static_cast<int>(whole(item, "line")), text(item, "message"),
                   text(item, "hint")});
  }
  return out;
}

}  // namespace

ProgressData read_progress(std::string_view text_of) {
  const Json json = parse(text_of);
  ProgressData out;
  out.counts = counts(json);
  for (const Json& item : member(json, "running")) {
    out.running.push_back({text(item, "id"), whole(item, "attempt"), number(item, "seconds"),
                           number(item, "fraction", -1), text(item, "text")});
  }
  if (member(json, "left").is_number()) out.left = number(json, "left");
  out.space = text(member(json, "space"), "message");
  for (const Json& item : member(json, "missing")) {
    out.missing.push_back({text(item, "id"), text(item, "why")});
  }
  return out;
}

std::vector<ChangeData> read_changes(std::string_view text_of) {
  const Json json = parse(text_of);
  std::vector<ChangeData> out;
  for (const Json& item : member(json, "tasks")) {
    out.push_back({text(item, "id"), text(item, "state"), whole(item, "attempt"),
                   number(item, "seconds"), text(item, "error"), text(item, "cause"),
                   number(item, "retry_in", -1)});
  }
  return out;
}

RunData read_run(std::string_view text_of) { return run(parse(text_of)); }

std::vector<RunData> read_runs(std::string_view text_of) {
  std::vector<RunData> out;
  const Json json = parse(text_of);
  if (!json.is_array()) return out;
  for (const Json& item : json) out.push_back(run(item));
  return out;
}

PlanData read_plan(std::string_view text_of) {
  const Json json = parse(text_of);
  PlanData out;
  out.roots = texts(json, "roots");
  for (const Json& item : member(json, "tasks")) {
    PlanTaskData task{text(item, "id"), text(item, "state"), text(item, "why"),
                      texts(item, "requires"), whole_numbers(item, "uses")};
    task.name = text(item, "name");
    for (const auto& [name, value] : member(item, "params").items()) {
      if (value.is_string()) task.params[name] = value.get<std::string>();
    }
    task.lock = text(item, "lock");
    task.external = member(item, "external") == true;
    task.marks = member(item, "marks") == true;
    task.lacks_space = member(item, "space").is_object();
    out.tasks.push_back(std::move(task));
  }
  return out;
}

LogData read_log(std::string_view text_of) {
  const Json json = parse(text_of);
  const Json& ended = member(json, "ended");
  return {text(json, "text"), whole(json, "next_offset"), ended.is_boolean() && ended.get<bool>()};
}

ProblemData read_problem(std::string_view text_of) {
  const Json json = parse(text_of);
  return {text(json, "detail"), diagnostics(member(json, "errors"))};
}

std::vector<Diagnostic> read_diagnostics(std::string_view text_of) {
  return diagnostics(parse(text_of));
}

uint64_t read_run_id(std::string_view text_of) {
  return static_cast<uint64_t>(whole(parse(text_of), "run"));
}

}  // namespace moondial
