#include "cli/completion_source.h"

#include <utility>

namespace moondial {
namespace {

constexpr std::chrono::milliseconds kBound(2000);
/// Runs that are offered.
constexpr const char* kRunsPath = "runs?limit=30";

}  // namespace

EngineCompletionSource::EngineCompletionSource(const std::string& directory)
    : deadline_(Clock::now() + kBound) {
  auto project = find_project(directory);
  if (project.ok()) session_.emplace(std::move(project).value());
}

std::string EngineCompletionSource::get(const std::string& path) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
  if (!session_ || left.count() <= 0) return "";
  const auto answer = session_->send_within({"GET", path, ""}, left);
  return answer.ok() && answer->ok() ? answer->body : "";
}

std::vector<DeclaredTask> EngineCompletionSource::tasks() {
  return read_declared_tasks(get("tasks"));
}

/// Of a list of what has a name.
std::vector<std::string> EngineCompletionSource::names_in(const std::string& path) {
  std::vector<std::string> out;
  for (const DeclaredTask& each : read_declared_tasks(get(path))) out.push_back(each.name);
  return out;
}

std::vector<std::string> EngineCompletionSource::pools() { return names_in("pools"); }

std::vector<std::string> EngineCompletionSource::schedules() { return names_in("schedules"); }

std::vector<RunData> EngineCompletionSource::runs() { return read_runs(get(kRunsPath)); }

RunData EngineCompletionSource::run(uint64_t number) {
  return read_run(get("runs/" + std::to_string(number)));
}

}  // namespace moondial
