#include "cli/secret_params.h"

#include "base/json.h"

namespace moondial {

SecretParams SecretParams::read(std::string_view tasks_json, std::string_view task) {
  SecretParams out;
  const Json tasks = parse_json(tasks_json);
  if (!tasks.is_array()) return out;
  for (const Json& one : tasks) {
    const Json& params = json_member(one, "params");
    if (json_member(one, "name") != task || !params.is_array()) continue;
    out.known_ = true;
    for (const Json& param : params) {
      const Json& name = json_member(param, "name");
      if (json_member(param, "secret") == true && name.is_string()) out.names_.insert(name);
    }
  }
  return out;
}

std::string SecretParams::shown(const std::string& param) const {
  const size_t equals = param.find('=');
  if (equals == std::string::npos) return param;
  const bool hidden = !known_ || names_.contains(std::string_view(param).substr(0, equals));
  return hidden ? param.substr(0, equals) + "=***" : param;
}

}  // namespace moondial
