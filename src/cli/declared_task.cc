#include "cli/declared_task.h"

#include <utility>

#include "base/json.h"

namespace moondial {
namespace {

/// What the engine says of a default that a function gives.
constexpr const char* kComputed = "(computed)";

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& list(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

DeclaredTask::Param read_param(const Json& json) {
  DeclaredTask::Param out;
  out.name = text(json, "name");
  out.kind = text(json, "kind");
  out.doc = text(json, "doc");
  if (std::string standard = text(json, "default"); standard != kComputed) {
    out.standard = std::move(standard);
  }
  const auto required = json.find("required");
  out.required = required == json.end() || *required != false;
  for (const Json& choice : list(json, "choices")) {
    if (choice.is_string()) out.choices.push_back(choice.get<std::string>());
  }
  return out;
}

}  // namespace

std::vector<DeclaredTask> read_declared_tasks(std::string_view json_text) {
  const Json json = parse_json(json_text);
  std::vector<DeclaredTask> out;
  if (!json.is_array()) return out;
  for (const Json& item : json) {
    if (!item.is_object()) continue;
    DeclaredTask task{text(item, "name"), text(item, "doc"), {}};
    for (const Json& param : list(item, "params")) {
      if (param.is_object()) task.params.push_back(read_param(param));
    }
    out.push_back(std::move(task));
  }
  return out;
}

}  // namespace moondial
