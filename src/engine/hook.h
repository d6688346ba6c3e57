#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret_masker.h"
#include "engine/attempt.h"
#include "engine/attempt_log.h"
#include "engine/script_commands.h"
#include "engine/script_host.h"

namespace moondial {

/// What a hook works with.
struct HookOrder {
  GenerationId generation;           ///< pinned by the caller while the hook lives
  std::vector<ScriptAttempt> steps;  ///< at least one, all of one attempt id; run in their order
  std::vector<std::string> secrets;
  Environment environment;
  std::string log_path;  ///< lines are appended
};

/// Functions of the user's that are told what happened, after the fact: on_success, on_failure and
/// on.*. What they raise is logged and changes nothing; each step has a bounded time. Loop thread.
class Hook final : private ScriptListener {
 public:
  static constexpr Duration kLongestStep = std::chrono::minutes(10);

  /// `done` is the last call; the hook may be destroyed any time after it has returned.
  Hook(AttemptServices& services, HookOrder order, std::function<void()> done);
  ~Hook() override = default;

  void begin() { next(); }
  /// Ends it soon; with `kill`, its commands without grace.
  void stop(bool kill);

 private:
  void on_command(ScriptCommand command) override;
  void on_await(ScriptAwait await) override;
  void on_cancel(uint64_t request) override;
  void on_paused(uint64_t /*answers*/) override {}
  void on_log(std::string_view level, std::string_view text) override;
  void on_emit(const std::string& name, const std::string& json_value) override;
  void on_progress(double /*fraction*/, const std::string& /*text*/) override {}
  void on_ended(ScriptOutcome outcome) override;

  void next();
  void settled();

  AttemptServices& services_;
  const HookOrder order_;
  const std::function<void()> done_;
  const SecretMasker masker_;
  AttemptLog log_;
  ScriptCommands commands_;
  std::unique_ptr<Watch> timeout_;
  size_t begun_ = 0;  // steps
  bool stopping_ = false;
  bool kill_ = false;
};

}  // namespace moondial
