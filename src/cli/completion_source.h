#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/completion.h"
#include "cli/session.h"

namespace moondial {

/// What the project's engine knows, within two seconds in all: somebody waits at a prompt. An
/// engine that is there is asked; else one is started, which takes a tenth of a second and ends by
/// itself.
/// Whatever goes wrong (no project, a file with an error, a deadline) gives nothing, silently.
class EngineCompletionSource final : public CompletionSource {
 public:
  explicit EngineCompletionSource(const std::string& directory);

  std::vector<DeclaredTask> tasks() override;
  std::vector<std::string> pools() override;
  std::vector<std::string> schedules() override;
  std::vector<RunData> runs() override;
  RunData run(uint64_t number) override;

 private:
  using Clock = std::chrono::steady_clock;
  std::string get(const std::string& path);
  std::vector<std::string> names_in(const std::string& path);

  const Clock::time_point deadline_;
  std::optional<Session> session_;
};

}  // namespace moondial
