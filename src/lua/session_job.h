#pragma once

#include <string>

#include "lua/job.h"

namespace moondial::script {

/// What somebody has typed, as a coroutine. lua/moondial/session.lua says what it means.
class SessionJob final : public Job {
 public:
  SessionJob(State& state, SessionInput input, ScriptSink* sink)
      : Job(state, sink, Phase::kSession), input_(std::move(input)) {}

  [[nodiscard]] bool printed(size_t bytes) override;
  [[nodiscard]] SessionResult session_result() const override;

 protected:
  int prepare(lua_State* thread) override;
  [[nodiscard]] std::string seed() const override;
  void on_returned(lua_State* thread) override;
  void on_raised(lua_State* thread) override;

 private:
  void note_variables();

  const SessionInput input_;
  SessionResult result_;
  size_t printed_ = 0;  // since it was last known to be taken
};

}  // namespace moondial::script
