#pragma once

#include <string>
#include <string_view>

#include "lua/job.h"

namespace moondial::script {

/// A step of a task's attempt: one function of the task's in a coroutine.
class WorkJob final : public Job {
 public:
  WorkJob(State& state, ScriptAttempt attempt, ScriptSink* sink);

  [[nodiscard]] bool may_await() const override { return attempt_.step == ScriptStep::kRun; }
  [[nodiscard]] Params proxies() const override { return attempt_.proxies; }
  [[nodiscard]] const ScriptAttempt& attempt() const { return attempt_; }

 protected:
  int prepare(lua_State* thread) override;
  [[nodiscard]] std::string seed() const override { return id_; }
  void on_returned(lua_State* thread) override;

 private:
  int prepare_event(lua_State* thread);
  void push_task(lua_State* thread, const TaskDecl& task);
  void push_function(lua_State* thread, const TaskDecl& task) const;

  ScriptAttempt attempt_;
  std::string id_;
};

}  // namespace moondial::script
