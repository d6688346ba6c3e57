#include "cli/completion_source.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <utility>

#include "http/unix_socket.h"

namespace moondial {
namespace {

constexpr std::chrono::milliseconds kBound(1000);
/// Runs that are offered.
constexpr const char* kRunsPath = "runs?limit=30";

/// Readable after `ms`.
OwnedFd timer_after(long ms) {
  OwnedFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec due{};
  due.it_value.tv_sec = ms / 1000;
  due.it_value.tv_nsec = ms % 1000 * 1'000'000 + 1;  // never zero, which would be no timer
  if (fd) ::timerfd_settime(fd.get(), 0, &due, nullptr);
  return fd;
}

}  // namespace

EngineCompletionSource::EngineCompletionSource(const std::string& directory)
    : deadline_(Clock::now() + kBound) {
  auto project = find_project(directory);
  if (project.ok()) session_.emplace(std::move(project).value());
}

long EngineCompletionSource::left_ms() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
  return std::max<long>(left.count(), 0);
}

bool EngineCompletionSource::start_engine() {
  if (std::exchange(started_, true)) return false;
  const OwnedFd timer = timer_after(left_ms());
  return timer && launch_engine(session_->project(), {timer.get(), [] { return false; }}).ok();
}

std::string EngineCompletionSource::get(const std::string& path) {
  if (!session_) return "";
  for (;;) {
    const long left = left_ms();
    if (left == 0) return "";
    const auto answer = session_->send_to_running({"GET", path, ""}, left);
    if (answer.ok()) return answer->ok() ? answer->body : "";
    if (answer.error().code != Code::kUnavailable || !start_engine()) return "";
  }
}

std::vector<DeclaredTask> EngineCompletionSource::tasks() {
  return read_declared_tasks(get("tasks"));
}

std::vector<std::string> EngineCompletionSource::pools() {
  std::vector<std::string> out;
  for (const DeclaredTask& pool : read_declared_tasks(get("pools"))) out.push_back(pool.name);
  return out;
}

std::vector<RunData> EngineCompletionSource::runs() { return read_runs(get(kRunsPath)); }

RunData EngineCompletionSource::run(uint64_t number) {
  return read_run(get("runs/" + std::to_string(number)));
}

}  // namespace moondial
