// A task's `when` function: asked with the states of what it requires, once all have ended.
#include "lua/binding.h"
#include "lua/instance.h"
#include "lua/job.h"
#include "lua/requirements.h"

namespace moondial::script {
namespace {

class WhenJob final : public Job {
 public:
  WhenJob(State& state, PlanRequest request, ScriptSink* sink)
      : Job(state, sink, Phase::kPure), request_(std::move(request)) {}

  [[nodiscard]] Result<std::vector<std::string>> plan_result() const override {
    if (outcome().kind == ScriptOutcome::Kind::kSucceeded) return roots_;
    return Error{Code::kInvalid, outcome().text, {}};
  }

 protected:
  int prepare(lua_State* thread) override;
  void on_returned(lua_State* thread) override {
    if (lua_gettop(thread) > 0 && lua_toboolean(thread, 1) != 0) roots_.push_back(id_);
    set_outcome(ScriptOutcome::Kind::kSucceeded);
  }

 private:
  void push_states(lua_State* L, int instance);

  PlanRequest request_;
  std::string id_;
  std::vector<std::string> roots_;
};

/// Pushes the mirror of the requirements with states in place of tasks.
void WhenJob::push_states(lua_State* L, int instance) {
  push_requirements(L, instance);
  mirror_requirements(L, instance, [&] {
    const std::string_view id = instance_id(L, lua_gettop(L));
    std::string_view word = "done";
    for (const auto& [known, state] : request_.states) {
      if (known == id) word = to_string(state);
    }
    lua_pop(L, 1);
    push(L, word);
  });
}

int WhenJob::prepare(lua_State* thread) {
  const TaskRequest& asked = request_.tasks.front();
  const auto found = state_.tasks_by_name.find(asked.task);
  if (found == state_.tasks_by_name.end() || found->second->when == LUA_NOREF) {
    throw ScriptError("task '" + asked.task + "' has no when");
  }
  push_args_from_text(thread, *found->second, asked.params);
  construct(thread, *found->second, 0, 1);
  id_ = instance_id(thread, 2);
  push_working_copy(thread, 2);  // 3: the copy, 4: its own fields
  push_states(thread, 3);
  lua_setfield(thread, 4, "states");
  push_kept(thread, found->second->when);
  lua_copy(thread, -1, 1);
  lua_copy(thread, 3, 2);
  lua_settop(thread, 2);
  return 1;
}

}  // namespace

std::unique_ptr<ScriptJob> make_when_job(State& state, PlanRequest request, ScriptSink* sink) {
  return std::make_unique<WhenJob>(state, std::move(request), sink);
}

}  // namespace moondial::script
