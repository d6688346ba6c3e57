#include "cli/declared_task.h"

#include <utility>

#include "base/json.h"

namespace moondial {
namespace {

/// What the engine says of a default that a function gives.
constexpr const char* kComputed = "(computed)";

DeclaredTask::Param read_param(const Json& json) {
  DeclaredTask::Param out;
  out.name = json_string(json, "name");
  out.kind = json_string(json, "kind");
  out.doc = json_string(json, "doc");
  if (std::string standard = json_string(json, "default"); standard != kComputed) {
    out.standard = std::move(standard);
  }
  const auto required = json.find("required");
  out.required = required == json.end() || *required != false;
  for (const Json& choice : json_member(json, "choices")) {
    if (choice.is_string()) out.choices.push_back(choice.get<std::string>());
  }
  return out;
}

}  // namespace

std::vector<DeclaredTask> read_declared_tasks(std::string_view tasks_json) {
  const Json json = parse_json(tasks_json);
  std::vector<DeclaredTask> out;
  if (!json.is_array()) return out;
  for (const Json& item : json) {
    if (!item.is_object()) continue;
    DeclaredTask task{json_string(item, "name"), json_string(item, "doc"), {}};
    for (const Json& param : json_member(item, "params")) {
      if (param.is_object()) task.params.push_back(read_param(param));
    }
    out.push_back(std::move(task));
  }
  return out;
}

}  // namespace moondial
