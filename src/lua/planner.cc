// Plans: constructs the asked-for tasks and visits what they need, depth first, as far as it is not
// complete. No recursion, so that a chain may be as long as memory allows: tasks to visit lie on a
// stack (a Lua table holds their instances). A task without work is complete when its requirements
// are, so it is looked at again after them.
//
// The loop below is a machine: advance() works on the task on top until a function of the user's
// has to be called; the call is made by the coroutine's C function, so that it may be suspended,
// and accept() takes its result.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "lua/binding.h"
#include "lua/command_text.h"
#include "lua/instance.h"
#include "lua/job.h"
#include "lua/outputs.h"
#include "lua/requirements.h"

namespace moondial::script {
namespace {

constexpr size_t kBatch = 500;
constexpr size_t kMostTasks = 5'000'000;
constexpr size_t kMostErrors = 20;

constexpr size_t kNone = SIZE_MAX;

// Slots of the coroutine's stack.
constexpr int kMachineSlot = 1;   // light userdata
constexpr int kPendingSlot = 2;   // table: position → instance
constexpr int kInstanceSlot = 3;  // the task at hand
constexpr int kRequiresSlot = 4;  // what it requires
constexpr int kSlots = 4;

struct IdHash {
  using is_transparent = void;
  size_t operator()(std::string_view id) const { return hash64(id); }
};

enum class Verdict : uint8_t { kOpen, kComplete, kIncomplete };

class PlanJob final : public Job {
 public:
  PlanJob(State& state, PlanRequest request, ScriptSink* sink)
      : Job(state, sink, Phase::kPure), request_(std::move(request)) {}

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
  /// A task that is to be visited, or (a wrapper) to be looked at again.
  struct Frame {
    std::unique_ptr<TaskInstance> wrapper;  ///< set: its requirements have been visited
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
  void leave(TaskInstance task);
  void push_root(lua_State* L, const TaskRequest& request);
  void push_task(lua_State* L);

  template <typename Body>
  void guarded(lua_State* L, Field field, const Body& body);
  [[nodiscard]] bool wants(Field field) const;
  void check_outputs() const;
  void decide_by_outputs();
  void take_requirements(lua_State* L);
  void make_command(lua_State* L, const CommandText& command);
  void convert(lua_State* L, Field field);
  void deliver(TaskInstance task);
  void flush();
  [[nodiscard]] Diagnostic diagnostic_of(const std::string& message) const;
  void report(Field field, const std::string& message);
  void refuse_endless();

  PlanRequest request_;
  std::vector<std::string> roots_;
  std::vector<Diagnostic> errors_;
  std::vector<TaskInstance> batch_;
  size_t since_slice_ = 0;
  std::unordered_map<std::string, Verdict, IdHash, std::equal_to<>> seen_;

  std::array<std::string, 3> last_;  ///< identities seen last, to name an endless chain

  std::vector<Frame> pending_;  ///< as many as instances in the table
  // The task at hand; its instance and requirements are in the stack's slots.
  bool busy_ = false;
  const TaskDecl* task_ = nullptr;
  size_t next_field_ = 0;
  TaskInstance made_;
  Outputs outputs_;
  bool decided_ = false;          ///< made_.complete is known
  size_t wrapper_frame_ = kNone;  ///< where the task waits for its requirements
};

/// Pushes the instance that a request asks for.
void PlanJob::push_root(lua_State* L, const TaskRequest& request) {
  if (!request.range.empty()) {
    throw ScriptError("intervals of tasks are not available in this version of moondial");
  }
  const auto task = state_.tasks_by_name.find(request.task);
  if (task == state_.tasks_by_name.end()) {
    std::vector<std::string> names;
    for (const auto& [name, declared] : state_.tasks_by_name) names.push_back(name);
    throw ScriptError("there is no task '" + request.task + "'" +
                      did_you_mean(request.task, names));
  }
  push_args_from_text(L, *task->second, request.params);
  construct(L, *task->second, 0, lua_gettop(L));
  lua_remove(L, -2);
}

int PlanJob::prepare(lua_State* thread) {
  lua_pushcfunction(thread, bound<run>);
  lua_pushlightuserdata(thread, this);
  lua_newtable(thread);  // the last one in it is visited first
  for (auto request = request_.tasks.rbegin(); request != request_.tasks.rend(); ++request) {
    push_root(thread, *request);
    roots_.emplace_back(instance_id(thread, -1));
    pending_.push_back(Frame{nullptr, true});
    lua_rawseti(thread, -2, static_cast<lua_Integer>(pending_.size()));
  }
  std::reverse(roots_.begin(), roots_.end());
  return 2;
}

// Arguments: the job, the asked-for instances.
int PlanJob::run(lua_State* L) {
  auto* job = static_cast<PlanJob*>(lua_touserdata(L, kMachineSlot));
  lua_pushnil(L);
  lua_pushnil(L);
  return job->loop(L);
}

int PlanJob::loop(lua_State* L) {
  for (;;) {
    const Step step = advance(L);
    if (step == Step::kDone) return 0;
    if (step == Step::kSlice) {
      suspend();
      return lua_yieldk(L, 0, 0, bound_k<go_on>);
    }
    lua_pushcfunction(L, handle_error);
    lua_insert(L, kSlots + 1);
    const int status = lua_pcallk(L, 1, 1, kSlots + 1, 1, bound_k<go_on>);
    if (status == LUA_OK) {
      accept(L);
    } else {
      refuse(L);
    }
  }
}

int PlanJob::go_on(lua_State* L, int status, lua_KContext context) {
  auto* job = static_cast<PlanJob*>(lua_touserdata(L, kMachineSlot));
  if (context == 1) {
    if (status == LUA_YIELD) {
      job->accept(L);
    } else {
      job->refuse(L);
    }
  }
  return job->loop(L);
}

int PlanJob::handle_error(lua_State* L) {
  const std::string message = error_message(state_of(L), L);
  lua_pushlstring(L, message.data(), message.size());
  return 1;
}

bool PlanJob::wants(Field field) const {
  switch (field) {
    case Field::kOutput:
      return true;
    case Field::kComplete:
      return !decided_;
    case Field::kRequires:
      // A wrapper is what its requirements are; so they are visited to decide.
      return !made_.complete;
    case Field::kSh:
    case Field::kEnv:
      return !made_.complete && task_->work == WorkKind::kCommand;
    default:
      return !made_.complete && task_->has_function(field);
  }
}

/// Goes on until a call of the user's code is prepared on the stack: function, instance.
PlanJob::Step PlanJob::advance(lua_State* L) {
  for (;;) {
    if (!busy_) {
      if (pending_.empty() || errors_.size() >= kMostErrors) return Step::kDone;
      if (slice_is_over() || since_slice_ >= kBatch) {
        since_slice_ = 0;
        flush();
        return Step::kSlice;
      }
      if (!begin(L)) continue;
    }
    while (next_field_ < kFields) {
      const auto field = static_cast<Field>(next_field_);
      if (!wants(field)) {
        ++next_field_;
        continue;
      }
      if (task_->has_function(field)) {
        push_kept(L, task_->function(field));
        lua_pushvalue(L, kInstanceSlot);
        return Step::kCall;
      }
      ++next_field_;
      work(L, field);
      if (!busy_) break;
    }
    if (busy_) finish(L);
  }
}

/// Takes the next task to visit; false if there was nothing to do for it.
bool PlanJob::begin(lua_State* L) {
  ++since_slice_;
  Frame frame = std::move(pending_.back());
  const auto position = static_cast<lua_Integer>(pending_.size());
  pending_.pop_back();
  lua_rawgeti(L, kPendingSlot, position);
  lua_replace(L, kInstanceSlot);
  lua_pushnil(L);
  lua_rawseti(L, kPendingSlot, position);
  lua_pushnil(L);
  lua_replace(L, kRequiresSlot);
  if (frame.wrapper) {
    leave(std::move(*frame.wrapper));
    return false;
  }
  const std::string_view id = instance_id(L, kInstanceSlot);
  if (!seen_.try_emplace(std::string(id), Verdict::kOpen).second) return false;
  last_[seen_.size() % last_.size()] = id;
  if (seen_.size() > kMostTasks) {
    refuse_endless();
    return false;
  }
  task_ = to_instance(L, kInstanceSlot)->task;
  made_ = task_->prototype;
  made_.id = id;
  read_params(L, kInstanceSlot, &made_.params, &made_.other_params);
  made_.secrets = secret_texts(L, kInstanceSlot);
  tell_secrets(L, kInstanceSlot);
  busy_ = true;
  next_field_ = 0;
  wrapper_frame_ = kNone;
  decided_ = request_.force == Force::kAll || (request_.force == Force::kRoots && frame.is_root);
  if (decided_) made_.why = "forced";
  return true;
}

/// The part of a field that needs no call of the user's.
void PlanJob::work(lua_State* L, Field field) {
  guarded(L, field, [&] {
    switch (field) {
      case Field::kOutput:
        outputs_ = expand_outputs(L, kInstanceSlot);
        break;
      case Field::kComplete:
        decide_by_outputs();
        break;
      case Field::kRequires:
        if (task_->requires_value == LUA_NOREF) break;
        push_kept(L, task_->requires_value);
        lua_replace(L, kRequiresSlot);
        take_requirements(L);
        break;
      case Field::kSh:
        make_command(L, task_->command);
        break;
      case Field::kEnv:
        for (std::string& variable : build_environment(L, kInstanceSlot, task_->env)) {
          made_.env.push_back({{CommandPiece::Kind::kLiteral, std::move(variable), 0}});
        }
        break;
      default:
        break;
    }
  });
}

/// Takes what a function of the user's returned, on top of the stack.
void PlanJob::accept(lua_State* L) {
  const auto field = static_cast<Field>(next_field_++);
  guarded(L, field, [&] {
    switch (field) {
      case Field::kOutput:
        outputs_ = read_outputs(L, kInstanceSlot);
        check_outputs();
        break;
      case Field::kComplete:
        decided_ = true;
        made_.complete = lua_toboolean(L, -1) != 0;
        made_.why = made_.complete ? "complete() says yes" : "complete() says no";
        break;
      case Field::kRequires:
        lua_replace(L, kRequiresSlot);
        take_requirements(L);
        break;
      case Field::kSh:
        make_command(L, read_command_text(L, *task_, lua_gettop(L)));
        break;
      case Field::kEnv:
        for (std::string& variable : build_environment(
                 L, kInstanceSlot, read_environment_texts(L, *task_, lua_gettop(L)))) {
          made_.env.push_back({{CommandPiece::Kind::kLiteral, std::move(variable), 0}});
        }
        break;
      default:
        convert(L, field);
    }
  });
  lua_settop(L, kSlots);
}

/// A function of the user's raised what is on top of the stack.
void PlanJob::refuse(lua_State* L) {
  report(static_cast<Field>(next_field_), std::string(view(L, -1)));
  lua_settop(L, kSlots);
}

template <typename Body>
void PlanJob::guarded(lua_State* L, Field field, const Body& body) {
  std::string message;
  try {
    return body();
  } catch (const ScriptError& error) {
    message = error.what();
  }
  lua_settop(L, kSlots);
  report(field, message);
}

/// The place that a message names, and the message without secrets.
Diagnostic PlanJob::diagnostic_of(const std::string& message) const {
  Diagnostic diagnostic = to_diagnostic(state_, message);
  diagnostic.message = secrets().mask(diagnostic.message);
  diagnostic.hint = secrets().mask(diagnostic.hint);
  return diagnostic;
}

/// An error of the task at hand: it is given up.
void PlanJob::report(Field field, const std::string& message) {
  busy_ = false;
  Diagnostic diagnostic = diagnostic_of(message);
  const std::string name = field_name(field);
  if (diagnostic.line == 0) {
    diagnostic.file = task_->file;
    diagnostic.line = field_line(state_.sources[task_->file], task_->line, name);
  }
  const bool is_said = diagnostic.message.starts_with(name + ":");
  diagnostic.message = made_.id + ": " + (is_said ? "" : name + ": ") + diagnostic.message;
  errors_.push_back(std::move(diagnostic));
}

void PlanJob::on_raised(lua_State* thread) {
  const std::string message = error_message(state_, thread);
  if (busy_) {
    report(static_cast<Field>(std::min(next_field_, kFields - 1)), message);
  } else {
    errors_.push_back(diagnostic_of(message));
  }
  set_outcome(ScriptOutcome::Kind::kFailed, errors_.front().text());
}

void PlanJob::refuse_endless() {
  std::string last;
  for (size_t i = 1; i <= last_.size(); ++i) {
    last += (last.empty() ? "" : ", ") + last_[(seen_.size() + i) % last_.size()];
  }
  errors_.push_back(
      {"", 0,
       "the plan has more than " + std::to_string(kMostTasks) + " tasks; the last ones are " + last,
       ""});
  pending_.clear();
}

void PlanJob::decide_by_outputs() {
  for (const std::string& path : outputs_.paths) {
    if (path_exists(state_, path)) continue;
    decided_ = true;
    made_.why = "output " + path + " is missing";
    return;
  }
  if (task_->prototype.marks) {
    decided_ = true;
    made_.complete = unwrap(state_.records().marked(made_.id));
    made_.why = made_.complete ? "it is marked as done" : "it is not marked as done";
  } else if (!outputs_.paths.empty()) {
    decided_ = made_.complete = true;
    made_.why = "all outputs exist";
  } else if (task_->work != WorkKind::kNone) {
    decided_ = true;
    made_.why = "has no output: runs in every run";
  }  // else a wrapper: its requirements decide
}

/// Notes what is required, and that it is to be visited.
void PlanJob::take_requirements(lua_State* L) {
  if (!decided_) {
    wrapper_frame_ = pending_.size();
    lua_pushvalue(L, kInstanceSlot);
    push_task(L);
  }
  const size_t first = pending_.size();
  each_requirement(L, kInstanceSlot, kRequiresSlot, [&] {
    const std::string_view id = instance_id(L, lua_gettop(L));
    made_.requires_.emplace_back(id);
    if (seen_.contains(id)) return;
    lua_pushvalue(L, -1);
    push_task(L);
  });
  // The first of them is to be visited first, so it must come last.
  auto low = static_cast<lua_Integer>(first) + 1;
  for (auto high = static_cast<lua_Integer>(pending_.size()); low < high; ++low, --high) {
    lua_rawgeti(L, kPendingSlot, low);
    lua_rawgeti(L, kPendingSlot, high);
    lua_rawseti(L, kPendingSlot, low);
    lua_rawseti(L, kPendingSlot, high);
  }
}

/// Takes an instance off the stack, to be visited.
void PlanJob::push_task(lua_State* L) {
  pending_.push_back(Frame{});
  lua_rawseti(L, kPendingSlot, static_cast<lua_Integer>(pending_.size()));
}

/// What `output(t)` returned. What stands in the declaration cannot name a secret.
void PlanJob::check_outputs() const {
  if (guarded_secrets().empty()) return;
  for (const std::string& path : outputs_.paths) {
    if (!guarded_secrets().finds(path)) continue;
    throw ScriptError("output: a path holds the value of a secret, and paths are recorded");
  }
}

void PlanJob::make_command(lua_State* L, const CommandText& command) {
  made_.cwd = state_.options.root;
  if (!task_->cwd.empty()) {
    made_.cwd = state_.absolute(expand_text(L, kInstanceSlot, task_->cwd));
  }
  CommandContext context;
  context.instance = kInstanceSlot;
  context.requirements = kRequiresSlot;
  context.shape = &outputs_.shape_of(*task_);
  context.outputs = outputs_.paths.size();
  context.at_root = task_->cwd.empty();
  made_.argv = build_command(L, context, command);
  if (task_->has_function(Field::kSh)) check_words(L, made_.argv);
  for (std::string& variable : secret_environment(L, kInstanceSlot, command)) {
    made_.env.push_back({{CommandPiece::Kind::kLiteral, std::move(variable), 0}});
  }
}

/// Brings the value on top of the stack into the normal form of its field.
void PlanJob::convert(lua_State* L, Field field) {
  push_kept(L, state_.convert);
  lua_getfield(L, -1, field_name(field));
  lua_pushvalue(L, -3);
  lua_call(L, 1, 2);
  if (lua_isnil(L, -2)) throw ScriptError(std::string(view(L, -1)));
  lua_pop(L, 1);
  read_field(L, field, &made_);
}

/// All fields of the task at hand are known.
void PlanJob::finish(lua_State* /*L*/) {
  busy_ = false;
  for (const std::string& path : outputs_.paths) made_.outputs.push_back(state_.absolute(path));
  if (wrapper_frame_ != kNone) {
    pending_[wrapper_frame_].wrapper = std::make_unique<TaskInstance>(std::move(made_));
  } else if (!decided_) {
    leave(std::move(made_));  // a wrapper of nothing
  } else {
    deliver(std::move(made_));
  }
}

/// A wrapper whose requirements have been visited.
void PlanJob::leave(TaskInstance task) {
  task.complete = true;
  task.why = "all requirements are complete";
  for (const std::string& id : task.requires_) {
    const auto required = seen_.find(id);
    if (required != seen_.end() && required->second == Verdict::kComplete) continue;
    task.complete = false;
    task.why = "requirement " + id + " is not complete";
    break;
  }
  deliver(std::move(task));
}

void PlanJob::deliver(TaskInstance task) {
  seen_.find(task.id)->second = task.complete ? Verdict::kComplete : Verdict::kIncomplete;
  if (batch_.empty()) batch_.reserve(kBatch);
  batch_.push_back(std::move(task));
  if (batch_.size() >= kBatch) flush();
}

void PlanJob::flush() {
  if (!batch_.empty()) sink().on_tasks(std::exchange(batch_, {}));
}

}  // namespace

std::unique_ptr<ScriptJob> make_plan_job(State& state, PlanRequest request, ScriptSink* sink) {
  if (request.asks_when) return make_when_job(state, std::move(request), sink);
  return std::make_unique<PlanJob>(state, std::move(request), sink);
}

}  // namespace moondial::script
