#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text_table.h"
#include "lua/folder_look.h"
#include "lua/job.h"
#include "lua/outputs.h"
#include "lua/staleness.h"

namespace moondial::script {

/// Makes a plan; planner.cc says how, plan_roots.cc with what it begins.
class PlanJob final : public Job {
 public:
  PlanJob(State& state, PlanRequest request, ScriptSink* sink)
      : Job(state, sink, Phase::kPure),
        request_(std::move(request)),
        forced_(request_.forced.begin(), request_.forced.end()),
        succeeded_(request_.succeeded.begin(), request_.succeeded.end()),
        staleness_(state) {}

  [[nodiscard]] Result<std::vector<std::string>> plan_result() const override {
    if (!errors_.empty()) {
      return Error{Code::kInvalid, errors_.front().text(), errors_};
    }
    if (outcome().kind != ScriptOutcome::Kind::kSucceeded) {
      return Error{Code::kCancelled, "the plan was stopped", {}};
    }
    return roots_;
  }

 protected:
  int prepare(lua_State* thread) override;
  void on_returned(lua_State* /*thread*/) override {
    flush();
    if (errors_.empty()) return set_outcome(ScriptOutcome::Kind::kSucceeded);
    set_outcome(ScriptOutcome::Kind::kFailed, errors_.front().text());
  }
  void on_raised(lua_State* thread) override;

 private:
  static constexpr size_t kNone = SIZE_MAX;
  // Slots of the coroutine's stack.
  static constexpr int kMachineSlot = 1;   // light userdata
  static constexpr int kPendingSlot = 2;   // table: position → instance
  static constexpr int kInstanceSlot = 3;  // the task at hand
  static constexpr int kRequiresSlot = 4;  // what it requires
  static constexpr int kSlots = 4;

  enum Verdict : unsigned { kOpen, kComplete, kIncomplete };
  /// A task that is to be visited, or to be looked at again: a wrapper, and what may be stale.
  struct Frame {
    std::unique_ptr<TaskInstance> waits;  ///< set: its requirements have been visited
    const TaskDecl* task = nullptr;       ///< of `waits`
    bool is_root = false;
  };
  enum class Step : uint8_t { kCall, kSlice, kDone };

  static int run(lua_State* L);
  static int go_on(lua_State* L, int status, lua_KContext context);
  static int handle_error(lua_State* L);
  int loop(lua_State* L);

  Step advance(lua_State* L);
  void accept(lua_State* L);
  void refuse(lua_State* L);

  bool begin(lua_State* L);
  void work(lua_State* L, Field field);
  void finish(lua_State* L);
  void leave(const TaskDecl& decl, TaskInstance task);
  void take_started(lua_State* L);
  void start_ended(lua_State* L, bool raised);
  void first_is_next(lua_State* L, size_t first) const;
  void push_roots(lua_State* L, const TaskRequest& request);
  void push_known_root(lua_State* L, const TaskRequest& request);
  void push_root(lua_State* L, const TaskDecl& task, const Params& params);
  [[nodiscard]] const TaskDecl& declared(const std::string& name) const;
  void push_task(lua_State* L);

  template <typename Body>
  void guarded(lua_State* L, Field field, const Body& body);
  [[nodiscard]] bool wants(Field field) const;
  void check_outputs() const;
  void decide_by_outputs();
  void decide(bool complete, std::string why);
  void take_fingerprint(lua_State* L);
  void take_requirements(lua_State* L);
  void make_command(lua_State* L, const CommandText& command);
  void convert(lua_State* L, Field field);
  void deliver(TaskInstance task);
  void flush();
  [[nodiscard]] Diagnostic diagnostic_of(const std::string& message) const;
  void report(const std::string& name, const std::string& message);
  void refuse_endless();

  PlanRequest request_;
  std::set<std::string, std::less<>> forced_, succeeded_;
  Staleness staleness_;
  std::vector<std::string> roots_;
  std::unordered_map<std::string, double> ranks_;  // of an interval's tasks: the first is first
  std::vector<Diagnostic> errors_;
  std::vector<TaskInstance> batch_;
  size_t since_slice_ = 0;
  TextTable seen_;  ///< identities, each with its Verdict
  FolderLook files_;
  std::array<std::string, 3> last_;  ///< identities seen last, to name an endless chain

  std::vector<Frame> pending_;  ///< as many as instances in the table
  // The task at hand; its instance and requirements are in the stack's slots.
  bool busy_ = false;
  const TaskDecl* task_ = nullptr;
  size_t next_field_ = 0;
  TaskInstance made_;
  Outputs outputs_;
  bool decided_ = false;          ///< made_.complete is known
  size_t waiting_frame_ = kNone;  ///< where the task waits for its requirements
};

}  // namespace moondial::script
