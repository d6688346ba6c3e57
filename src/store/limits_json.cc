#include "store/limits_json.h"

#include "base/json.h"
#include "store/connection.h"

namespace moondial::store {
namespace {

[[noreturn]] void refuse(const std::string& json) {
  throw Broken("the limits of a run do not make sense: " + json);
}

}  // namespace

std::string to_json(const RunLimits& limits) {
  Json out = Json::object();
  if (limits.jobs) out["jobs"] = *limits.jobs;
  if (!limits.pools.empty()) out["pools"] = limits.pools;
  if (limits.priority != 0) out["priority"] = limits.priority;
  if (limits.fail_fast) out["fail_fast"] = true;
  if (limits.wait) out["wait"] = true;
  return json_text(out);
}

RunLimits limits_from_json(const std::string& json) {
  const Json read = parse_json(json);
  if (!read.is_object()) refuse(json);
  RunLimits out;
  for (const auto& [name, value] : read.items()) {
    if (name == "jobs" && value.is_number_integer()) {
      out.jobs = value.get<int>();
    } else if (name == "pools" && value.is_object()) {
      for (const auto& [pool, size] : value.items()) {
        if (!size.is_number_integer()) refuse(json);
        out.pools[pool] = size.get<int64_t>();
      }
    } else if (name == "priority" && value.is_number()) {
      out.priority = value.get<double>();
    } else if (name == "fail_fast" && value.is_boolean()) {
      out.fail_fast = value.get<bool>();
    } else if (name == "wait" && value.is_boolean()) {
      out.wait = value.get<bool>();
    } else {
      refuse(json);
    }
  }
  return out;
}

}  // namespace moondial::store
