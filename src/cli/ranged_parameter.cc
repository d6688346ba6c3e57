#include "cli/ranged_parameter.h"

#include <algorithm>
#include <string_view>

namespace moondial {
namespace {

bool is_time(std::string_view kind) {
  return kind == "date" || kind == "month" || kind == "week" || kind == "hour";
}

std::string_view kind_of(const DeclaredTask* task, const std::string& name) {
  if (task == nullptr) return "";
  const auto found = std::ranges::find(task->params, name, &DeclaredTask::Param::name);
  return found == task->params.end() ? std::string_view() : std::string_view(found->kind);
}

Error not_one(size_t count) {
  return {Code::kInvalid,
          count == 0 ? "backfill takes one parameter as an interval, such as "
                       "date=2015-09-01..2015-09-18"
                     : "backfill takes one parameter as an interval, not " + std::to_string(count),
          {}};
}

}  // namespace

Result<std::string> ranged_parameter(const std::vector<std::string>& params,
                                     const DeclaredTask* task) {
  std::vector<std::string> dotted, dotted_counts, times;
  for (const std::string& param : params) {
    const size_t equals = param.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = param.substr(0, equals);
    const std::string_view kind = kind_of(task, name);
    const bool has_dots = param.find("..", equals) != std::string::npos;
    if (has_dots) dotted.push_back(name);
    if (has_dots && (is_time(kind) || kind == "int")) dotted_counts.push_back(name);
    if (is_time(kind)) times.push_back(name);
    if (params.size() == 1) return name;
  }
  for (const auto* names : {&dotted_counts, &dotted, &times}) {
    if (names->size() == 1) return names->front();
    if (names->size() > 1) return not_one(names->size());
    // What only looks like an interval is none where there is a time.
    if (names == &dotted_counts && times.size() == 1) return times.front();
  }
  return not_one(0);
}

}  // namespace moondial
