#include "cli/api_data.h"

#include "base/json.h"

namespace moondial {
namespace {

Json parse(std::string_view text) {
  Json json = parse_json(text);
  return json.is_discarded() ? Json() : json;
}

double number(const Json& object, const char* name, double otherwise = 0) {
  const Json& value = json_member(object, name);
  return value.is_number() ? value.get<double>() : otherwise;
}

int64_t whole(const Json& object, const char* name) {
  const Json& value = json_member(object, name);
  return value.is_number() ? value.get<int64_t>() : 0;
}

std::vector<std::string> texts(const Json& object, const char* name) {
  std::vector<std::string> out;
  for (const Json& item : json_member(object, name)) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::map<std::string, int64_t> whole_numbers(const Json& object, const char* name) {
  std::map<std::string, int64_t> out;
  for (const auto& [key, value] : json_member(object, name).items()) {
    if (value.is_number()) out[key] = value.get<int64_t>();
  }
  return out;
}

Counts counts(const Json& object) { return whole_numbers(object, "counts"); }

TaskData task(const Json& json) {
  TaskData out;
  out.id = json_string(json, "id");
  out.name = json_string(json, "name");
  out.state = json_string(json, "state");
  out.why = json_string(json, "why");
  out.error = json_string(json, "error");
  for (const Json& attempt : json_member(json, "attempts")) {
    out.attempts.push_back(
        {whole(attempt, "attempt"), static_cast<uint64_t>(whole(attempt, "attempt_id")),
         json_string(attempt, "state"), number(attempt, "seconds"), json_string(attempt, "error"),
         json_string(attempt, "started"), json_string(attempt, "ended")});
  }
  return out;
}

RunData run(const Json& json) {
  RunData out;
  out.run = static_cast<uint64_t>(whole(json, "run"));
  out.state = json_string(json, "state");
  out.roots = texts(json, "roots");
  out.started = json_string(json, "started");
  out.seconds = number(json, "seconds");
  out.counts = counts(json);
  for (const Json& item : json_member(json, "tasks")) out.tasks.push_back(task(item));
  out.complete_before = texts(json, "complete_before");
  return out;
}

std::vector<Diagnostic> diagnostics(const Json& list) {
  std::vector<Diagnostic> out;
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    out.push_back({json_string(item, "file"), static_cast<int>(whole(item, "line")),
                   json_string(item, "message"), json_string(item, "hint")});
  }
  return out;
}

}  // namespace

ProgressData read_progress(std::string_view text_of) {
  const Json json = parse(text_of);
  ProgressData out;
  out.counts = counts(json);
  for (const Json& item : json_member(json, "running")) {
    out.running.push_back({json_string(item, "id"), whole(item, "attempt"), number(item, "seconds"),
                           number(item, "fraction", -1), json_string(item, "text")});
  }
  if (json_member(json, "left").is_number()) out.left = number(json, "left");
  out.space = json_string(json_member(json, "space"), "message");
  for (const Json& item : json_member(json, "missing")) {
    out.missing.push_back({json_string(item, "id"), json_string(item, "why")});
  }
  return out;
}

std::vector<ChangeData> read_changes(std::string_view text_of) {
  const Json json = parse(text_of);
  std::vector<ChangeData> out;
  for (const Json& item : json_member(json, "tasks")) {
    out.push_back({json_string(item, "id"), json_string(item, "state"), whole(item, "attempt"),
                   number(item, "seconds"), json_string(item, "error"), json_string(item, "cause"),
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
  for (const Json& item : json_member(json, "tasks")) {
    PlanTaskData task{json_string(item, "id"), json_string(item, "state"), json_string(item, "why"),
                      texts(item, "requires"), whole_numbers(item, "uses")};
    task.name = json_string(item, "name");
    for (const auto& [name, value] : json_member(item, "params").items()) {
      if (value.is_string()) task.params[name] = value.get<std::string>();
    }
    task.lock = json_string(item, "lock");
    task.external = json_member(item, "external") == true;
    task.marks = json_member(item, "marks") == true;
    task.lacks_space = json_member(item, "space").is_object();
    out.tasks.push_back(std::move(task));
  }
  return out;
}

LogData read_log(std::string_view text_of) {
  const Json json = parse(text_of);
  const Json& ended = json_member(json, "ended");
  return {json_string(json, "text"), whole(json, "next_offset"),
          ended.is_boolean() && ended.get<bool>()};
}

ProblemData read_problem(std::string_view text_of) {
  const Json json = parse(text_of);
  return {json_string(json, "detail"), diagnostics(json_member(json, "errors"))};
}

std::vector<Diagnostic> read_diagnostics(std::string_view text_of) {
  return diagnostics(parse(text_of));
}

uint64_t read_run_id(std::string_view text_of) {
  return static_cast<uint64_t>(whole(parse(text_of), "run"));
}

}  // namespace moondial
