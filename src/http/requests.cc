#include "http/requests.h"

#include <charconv>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace moondial {
namespace {

Error wrong(std::string message) { return {Code::kInvalid, std::move(message), {}}; }

Error expected(std::string_view field, std::string_view what) {
  return wrong("'" + std::string(field) + "' is to be " + std::string(what));
}

/// An object without other fields than `known`. An empty body is an empty object.
Result<Json> parse_object(std::string_view body, std::span<const std::string> known) {
  if (body.empty()) return Json::object();
  size_t wrong_at = 0;
  Json json = parse_json(body, &wrong_at);
  if (json.is_discarded()) {
    return wrong("the body is no JSON: unexpected byte at " + std::to_string(wrong_at));
  }
  if (!json.is_object()) return wrong("the body is to be a JSON object");
  for (const auto& [name, value] : json.items()) {
    bool found = false;
    for (const std::string& field : known) found = found || field == name;
    if (found) continue;
    const std::string near = nearest(name, known);
    return wrong("unknown field '" + printable(name) + "'" +
                 (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  return json;
}

/// A parameter's text; numbers and booleans are taken as they are written.
Result<std::string> param_text(const std::string& name, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return format_number(value.get<double>());
  if (value.is_number() || value.is_boolean()) return json_text(value);
  return expected("params." + printable(name), "a text, a number or a boolean");
}

Status read_task(const Json& json, TaskRequest& out) {
  const auto task = json.find("task");
  if (task == json.end() || !task->is_string()) return expected("task", "the name of a task");
  out.task = task->get<std::string>();
  if (const auto params = json.find("params"); params != json.end()) {
    if (!params->is_object()) return expected("params", "an object");
    for (const auto& [name, value] : params->items()) {
      auto text = param_text(name, value);
      if (!text.ok()) return text.error();
      out.params.emplace_back(name, std::move(text).value());
    }
  }
  return {};
}

Status read_plan(const Json& json, PlanRequest& out) {
  if (Status status = read_task(json, out.tasks.emplace_back()); !status.ok()) return status;
  TaskRequest& task = out.tasks.front();
  if (const auto range = json.find("range"); range != json.end()) {
    if (!range->is_string()) return expected("range", "the name of a parameter");
    task.range = range->get<std::string>();
  }
  if (const auto reverse = json.find("reverse"); reverse != json.end()) {
    if (!reverse->is_boolean()) return expected("reverse", "true or false");
    task.last_first = reverse->get<bool>();
  }
  const auto force = json.find("force");
  if (force == json.end() || *force == "none") return {};
  if (*force == "roots") {
    out.force = Force::kRoots;
  } else if (*force == "all") {
    out.force = Force::kAll;
  } else if (*force == "downstream") {
    if (!task.range.empty()) return expected("force", "another one than \"downstream\" of a range");
    out.force = Force::kDownstream;
  } else {
    return expected("force", "\"none\", \"roots\", \"all\" or \"downstream\"");
  }
  return {};
}

std::optional<int64_t> whole_number(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<int64_t>();
}

Status read_limits(const Json& json, RunRequest& out) {
  if (const auto jobs = json.find("jobs"); jobs != json.end()) {
    const auto number = whole_number(*jobs);
    if (!number || *number < 1 || *number > 1'000'000) {
      return expected("jobs", "a number from 1 to 1000000");
    }
    out.jobs = static_cast<int>(*number);
  }
  if (const auto pools = json.find("pools"); pools != json.end()) {
    if (!pools->is_object()) return expected("pools", "an object");
    for (const auto& [name, value] : pools->items()) {
      const auto size = whole_number(value);
      if (!size || *size < 0) return expected("pools." + printable(name), "a number from 0");
      out.pools[name] = *size;
    }
  }
  if (const auto priority = json.find("priority"); priority != json.end()) {
    if (!priority->is_number()) return expected("priority", "a number");
    out.priority = priority->get<double>();
  }
  if (const auto fail_fast = json.find("fail_fast"); fail_fast != json.end()) {
    if (!fail_fast->is_boolean()) return expected("fail_fast", "true or false");
    out.fail_fast = fail_fast->get<bool>();
  }
  if (const auto wait = json.find("wait"); wait != json.end()) {
    if (!wait->is_boolean()) return expected("wait", "true or false");
    out.wait = wait->get<bool>();
  }
  return {};
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < digits.size(); i += 2) {
    unsigned byte = 0;
    const char* const end = digits.data() + i + 2;
    if (std::from_chars(digits.data() + i, end, byte, 16).ptr != end) return std::nullopt;
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

std::optional<std::string> environment_entry(const Json& entry) {
  std::optional<std::string> text;
  if (entry.is_string()) {
    text = entry.get<std::string>();
  } else if (entry.is_object() && entry.size() == 1 && entry.contains("hex") &&
             entry["hex"].is_string()) {
    text = from_hex(entry["hex"].get_ref<const std::string&>());
  }
  if (!text || text->find('=') == std::string::npos || text->find('\0') != std::string::npos) {
    return std::nullopt;
  }
  return text;
}

Status read_client(const Json& json, RunRequest& out) {
  if (const auto environment = json.find("environment"); environment != json.end()) {
    if (!environment->is_array()) return expected("environment", "a list");
    for (const Json& entry : *environment) {
      auto text = environment_entry(entry);
      if (!text) return expected("environment", "a list of \"NAME=value\"");
      out.environment.push_back(std::move(*text));
    }
  }
  if (const auto request = json.find("request"); request != json.end()) {
    if (!request->is_string()) return expected("request", "a text");
    out.request = request->get<std::string>();
    if (out.request.size() > 200) return expected("request", "at most 200 bytes long");
  }
  return {};
}

}  // namespace

Result<PlanRequest> parse_plan_request(std::string_view body) {
  static const std::vector<std::string> known = {"task", "params", "force", "range", "reverse"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  PlanRequest out;
  if (const Status status = read_plan(*json, out); !status.ok()) return status.error();
  return out;
}

Result<MarkRequest> parse_mark_request(std::string_view body) {
  static const std::vector<std::string> known = {"task", "params", "by"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  MarkRequest out;
  if (const Status status = read_task(*json, out.task); !status.ok()) return status.error();
  if (const auto by = json->find("by"); by != json->end()) {
    if (!by->is_string()) return expected("by", "a text");
    out.by = by->get<std::string>();
  }
  return out;
}

Result<RunRequest> parse_run_request(std::string_view body) {
  static const std::vector<std::string> known = {
      "task",     "params",    "force",       "range",   "reverse", "jobs", "pools",
      "priority", "fail_fast", "environment", "request", "kind",    "wait"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  RunRequest out;
  for (const Status& status :
       {read_plan(*json, out.plan), read_limits(*json, out), read_client(*json, out)}) {
    if (!status.ok()) return status.error();
  }
  if (const auto kind = json->find("kind"); kind != json->end()) {
    if (*kind != "run" && *kind != "backfill") return expected("kind", "\"run\" or \"backfill\"");
    out.kind = kind->get<std::string>();
  }
  return out;
}

Result<RunRequest> parse_retry_request(std::string_view body) {
  static const std::vector<std::string> known = {"jobs",        "pools",   "priority", "fail_fast",
                                                 "environment", "request", "wait"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  RunRequest out;
  for (const Status& status : {read_limits(*json, out), read_client(*json, out)}) {
    if (!status.ok()) return status.error();
  }
  return out;
}

Result<CancelRequest> parse_cancel_task_request(std::string_view body) {
  static const std::vector<std::string> known = {"task", "params", "kill"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  CancelRequest out;
  if (const Status status = read_task(*json, out.task); !status.ok()) return status.error();
  if (const auto kill = json->find("kill"); kill != json->end()) {
    if (!kill->is_boolean()) return expected("kill", "true or false");
    out.kill = kill->get<bool>();
  }
  return out;
}

Result<bool> parse_cancel_request(std::string_view body) {
  static const std::vector<std::string> known = {"kill"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  const auto kill = json->find("kill");
  if (kill == json->end()) return false;
  if (!kill->is_boolean()) return expected("kill", "true or false");
  return kill->get<bool>();
}

Result<std::optional<int64_t>> parse_pool_size_request(std::string_view body) {
  static const std::vector<std::string> known = {"size"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  const Json& size = json_member(*json, "size");
  if (size.is_null() && json->contains("size")) return std::optional<int64_t>();
  constexpr int64_t kMost = int64_t{1} << 60;
  if (!size.is_number_integer() || size < 0 || size > kMost) {
    return expected("size", "a number from 0 on, or null");
  }
  return std::optional(size.get<int64_t>());
}

Result<std::string> parse_backup_request(std::string_view body) {
  static const std::vector<std::string> known = {"file"};
  const auto json = parse_object(body, known);
  if (!json.ok()) return json.error();
  std::string file = json_string(*json, "file");
  if (!file.starts_with('/')) return expected("file", "an absolute path");
  return file;
}

}  // namespace moondial
