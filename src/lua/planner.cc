// Plans: constructs the asked-for tasks and visits what they need, depth first, as far as it is not
// complete. No recursion, so that a chain may be as long as memory allows: tasks to visit lie on a
// stack (a Lua table holds their instances). A task without work is complete when its requirements
// are, and one that is rerun when stale if they are not newer: both are looked at again after them.
//
// The loop below is a machine: advance() works on the task on top until a function of the user's
// has to be called; the call is made by the coroutine's C function, so that it may be suspended,
// and accept() takes its result.
#include <algorithm>
#include <utility>

#include "lua/binding.h"
#include "lua/command_text.h"
#include "lua/instance.h"
#include "lua/plan_job.h"
#include "lua/requirements.h"

namespace moondial::script {
namespace {

constexpr size_t kBatch = 500;
constexpr size_t kMostTasks = 5'000'000;
constexpr size_t kMostErrors = 20;

// Calls of the user's code that may be suspended, by what is called.
constexpr lua_KContext kField = 1;
constexpr lua_KContext kStart = 2;

}  // namespace

// Arguments: the job, the asked-for instances; or the job, an empty table, a schedule's `start` and
// what it is called with.
int PlanJob::run(lua_State* L) {
  auto* job = static_cast<PlanJob*>(lua_touserdata(L, kMachineSlot));
  if (!job->request_.start) {
    lua_settop(L, kSlots);
    return job->loop(L);
  }
  lua_pushnil(L);
  lua_insert(L, kInstanceSlot);
  lua_pushnil(L);
  lua_insert(L, kRequiresSlot);
  lua_pushcfunction(L, handle_error);
  lua_insert(L, kSlots + 1);
  job->begin_call(L);
  const int status = lua_pcallk(L, 1, 1, kSlots + 1, kStart, bound_k<go_on>);
  job->start_ended(L, status != LUA_OK);
  lua_settop(L, kSlots);
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
    begin_call(L);
    const int status = lua_pcallk(L, 1, 1, kSlots + 1, kField, bound_k<go_on>);
    if (status == LUA_OK) {
      accept(L);
    } else {
      refuse(L);
    }
  }
}

int PlanJob::go_on(lua_State* L, int status, lua_KContext context) {
  auto* job = static_cast<PlanJob*>(lua_touserdata(L, kMachineSlot));
  if (context == kStart) {
    job->start_ended(L, status != LUA_YIELD);
    lua_settop(L, kSlots);
  } else if (context == kField) {
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
      return !made_.complete || request_.whole_graph;
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
  if (frame.waits) {
    leave(*frame.task, std::move(*frame.waits));
    return false;
  }
  const std::string_view id = instance_id(L, kInstanceSlot);
  if (!seen_.add(id, kOpen)) return false;
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
  waiting_frame_ = kNone;
  // What others produce is there or is not, whoever wants it made again.
  decided_ = !made_.external &&
             (request_.force == Force::kAll || (request_.force == Force::kRoots && frame.is_root) ||
              forced_.contains(id));
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
        if (task_->target != LUA_NOREF) {
          const bool there = lua_toboolean(L, -1) != 0;
          decide(there, there ? "its target exists" : "its target does not exist");
        } else {
          const bool complete = lua_toboolean(L, -1) != 0;
          decide(complete, complete ? "complete() says yes" : "complete() says no");
        }
        break;
      case Field::kRequires:
        lua_replace(L, kRequiresSlot);
        take_requirements(L);
        break;
      case Field::kSh:
        make_command(L, read_task_command(L, *task_, lua_gettop(L)));
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
  report(field_name(static_cast<Field>(next_field_)), std::string(view(L, -1)));
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
  report(field_name(field), message);
}

/// The place that a message names, and the message without secrets.
Diagnostic PlanJob::diagnostic_of(const std::string& message) const {
  Diagnostic diagnostic = to_diagnostic(state_, message);
  diagnostic.message = secrets().mask(diagnostic.message);
  diagnostic.hint = secrets().mask(diagnostic.hint);
  return diagnostic;
}

/// An error of the task at hand: it is given up.
void PlanJob::report(const std::string& name, const std::string& message) {
  busy_ = false;
  if (request_.whole_graph) {  // others want to know what they can
    made_.requires_.clear();
    made_.complete = false;
    return deliver(std::move(made_));
  }
  Diagnostic diagnostic = diagnostic_of(message);
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
    report(field_name(static_cast<Field>(std::min(next_field_, kFields - 1))), message);
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

/// What its outputs say. If it is rerun when stale, they do not decide that it is complete.
void PlanJob::decide(bool complete, std::string why) {
  made_.why = std::move(why);
  decided_ = !complete || !task_->stale;
  made_.complete = complete && decided_;
}

void PlanJob::decide_by_outputs() {
  for (const std::string& path : outputs_.paths) {
    if (!files_.exists(state_.absolute(path)))
      return decide(false, "output " + path + " is missing");
  }
  if (task_->prototype.marks) {
    const bool marked = unwrap(state_.records().marked(made_.id));
    decide(marked, marked ? "it is marked as done" : "it is not marked as done");
  } else if (!outputs_.paths.empty()) {
    decide(true, "all outputs exist");
  } else if (task_->work != WorkKind::kNone) {
    decided_ = true;
    made_.complete = succeeded_.contains(made_.id);
    made_.why = made_.complete ? "has succeeded in the run that is continued"
                               : "has no output: runs in every run";
  }  // else a wrapper: its requirements decide
}

/// What a later plan compares, to see whether the task has changed.
void PlanJob::take_fingerprint(lua_State* L) {
  if (task_->reads.empty() || (made_.complete && !task_->stale)) return;
  std::vector<std::string> paths;
  for (const BoundText& text : task_->reads) paths.push_back(expand_text(L, kInstanceSlot, text));
  made_.fingerprint = fingerprint(state_, task_->prototype.fingerprint, paths);
}

/// Notes what is required, and that it is to be visited.
void PlanJob::take_requirements(lua_State* L) {
  if (!decided_) {
    waiting_frame_ = pending_.size();
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
  first_is_next(L, first);
}

/// Of what is to be visited, and lies above `first`, the first is to come first: so it must be
/// last.
void PlanJob::first_is_next(lua_State* L, size_t first) const {
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
void PlanJob::finish(lua_State* L) {
  std::string message;
  try {
    take_fingerprint(L);
  } catch (const ScriptError& error) {
    message = error.what();
  }
  if (!message.empty()) return report("reads", message);
  busy_ = false;
  for (const std::string& path : outputs_.paths) made_.outputs.push_back(state_.absolute(path));
  if (waiting_frame_ != kNone) {
    pending_[waiting_frame_].task = task_;
    pending_[waiting_frame_].waits = std::make_unique<TaskInstance>(std::move(made_));
  } else if (!decided_) {
    leave(*task_, std::move(made_));  // it requires nothing
  } else {
    deliver(std::move(made_));
  }
}

/// A wrapper, or a task whose outputs exist but may be stale, after its requirements.
void PlanJob::leave(const TaskDecl& decl, TaskInstance task) {
  const bool is_wrapper = decl.work == WorkKind::kNone;
  const auto open = std::ranges::find_if(
      task.requires_, [this](const std::string& id) { return seen_.find(id) != kComplete; });
  if (open != task.requires_.end()) {
    task.why = is_wrapper ? "requirement " + *open + " is not complete"
                          : "stale: " + *open + " is to be made";
    return deliver(std::move(task));
  }
  if (is_wrapper) {
    task.complete = true;
    task.why = "all requirements are complete";
    return deliver(std::move(task));
  }
  std::optional<std::string> stale = staleness_.reason(task);
  task.complete = !stale;
  if (stale) task.why = std::move(*stale);
  deliver(std::move(task));
}

void PlanJob::deliver(TaskInstance task) {
  seen_.set(task.id, task.complete ? kComplete : kIncomplete);
  if (task.complete && state_.any_stale) staleness_.note(task);
  if (const auto rank = ranks_.find(task.id); rank != ranks_.end()) task.priority += rank->second;
  if (batch_.empty()) batch_.reserve(kBatch);
  batch_.push_back(std::move(task));
  if (batch_.size() >= kBatch) flush();
}

void PlanJob::flush() {
  if (!batch_.empty()) sink().on_tasks(std::exchange(batch_, {}));
}

std::unique_ptr<ScriptJob> make_plan_job(State& state, PlanRequest request, ScriptSink* sink) {
  if (request.asks_when) return make_when_job(state, std::move(request), sink);
  return std::make_unique<PlanJob>(state, std::move(request), sink);
}

}  // namespace moondial::script
