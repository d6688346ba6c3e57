#include "lua/state.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/files.h"
#include "lua/frozen.h"
#include "lua/import.h"
#include "lua/instance.h"
#include "lua/job.h"
#include "lua/library.h"
#include "lua/memory_bound.h"
#include "lua/schedules.h"
#include "lua/task_decl.h"
#include "lua/task_ref.h"
#include "lua/triggers.h"

namespace moondial::script {
namespace {

// Instructions between two looks at what a file has computed while it loads.
constexpr int kLoadInterval = 10'000;
// On a slow or busy machine its instructions take long: it must be named before the loader is given
// up (LuaHostOptions::load_bound), of which nobody knows what it was doing.
constexpr std::chrono::seconds kLoadTime(5);
// That an input has in any case, to let go of what the ones before it have filled memory with.
constexpr int64_t kRoomForInput = int64_t{1} << 20;
// While files load nearly all that is made stays, and looking for garbage took a quarter of the
// time: the heap grows to so many percent of what it was before that is done.
constexpr int kLoadPause = 1000;

class ScriptStateImpl final : public ScriptState {
 public:
  explicit ScriptStateImpl(ScriptOptions options) {
    state_.options = std::move(options);
    state_.main = luaL_newstate();
    if (state_.main == nullptr) throw std::bad_alloc();
    *static_cast<State**>(lua_getextraspace(state_.main)) = &state_;
    if (state_.options.prepare) state_.options.prepare(state_.main);
    open();
  }
  ~ScriptStateImpl() override { lua_close(state_.main); }
  ScriptStateImpl(const ScriptStateImpl&) = delete;
  ScriptStateImpl& operator=(const ScriptStateImpl&) = delete;

  std::vector<Diagnostic> load(const std::vector<SourceFile>& files) override;
  const Declarations& declarations() const override { return state_.declarations; }

  std::unique_ptr<ScriptJob> plan(PlanRequest request, ScriptSink* sink) override {
    return make_plan_job(state_, std::move(request), sink);
  }
  std::unique_ptr<ScriptJob> run(ScriptAttempt attempt, ScriptSink* sink) override {
    return make_work_job(state_, std::move(attempt), sink);
  }
  std::unique_ptr<ScriptJob> evaluate(SessionInput input, ScriptSink* sink) override {
    if (memory_) memory_->make_room(kRoomForInput);
    return make_session_job(state_, std::move(input), sink);
  }
  void bound_memory(int64_t bytes) override {
    memory_ = std::make_unique<MemoryBound>(state_.main, bytes);
  }

 private:
  void open();
  void load_files(const std::vector<SourceFile>& files);
  void load_file(const SourceFile& file);
  void check_pools();
  void publish_declarations();

  std::unique_ptr<MemoryBound> memory_;  // outlives the lua_State
  State state_;
  int dsl_ = LUA_NOREF;  // the table that lua/moondial/init.lua returns
  int usual_pause_ = 0;
  std::optional<std::string> not_open_;  // why the library is not there
};

/// Adds the functions of the table on top to the one below, and takes it off.
void merge(lua_State* L) {
  for (lua_pushnil(L); lua_next(L, -2) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
}

/// Leaves the library's table on the stack.
int open_everything(lua_State* L) {
  luaL_openlibs(L);
  lua_newtable(L);  // core
  open_instances(L);
  open_refs(L);
  for (const auto open :
       {open_dates, open_frozen, open_declare, open_coroutines, open_work, open_waits, open_http,
        open_session, open_library, open_schedules, open_triggers, open_files, open_csv}) {
    open(L);
    merge(L);
  }
  push_kept(L, state_of(L).tasks_root);
  lua_setfield(L, -2, "tasks");

  push_importer(L);
  push(L, "init");
  lua_call(L, 1, 1);
  return 1;
}

void on_load_count(lua_State* L, lua_Debug* /*frame*/) {
  State& state = state_of(L);
  state.load_budget -= kLoadInterval;
  const bool in_time = std::chrono::steady_clock::now() < state.load_deadline;
  if (state.load_budget > 0 && in_time) return;
  lua_sethook(L, on_load_count, LUA_MASKCOUNT, 1);  // no pcall goes on
  raise_at_user(L, "the file computes without end while it loads");
}

/// Before it is known what is to be loaded: a loader that was started ahead has the time.
void ScriptStateImpl::open() {
  lua_State* L = state_.main;
  lua_pushcfunction(L, bound<open_everything>);
  if (lua_pcall(L, 0, 1, 0) == LUA_OK) {
    dsl_ = keep(L);
    usual_pause_ = lua_gc(L, LUA_GCSETPAUSE, kLoadPause);
    lua_gc(L, LUA_GCCOLLECT);  // from here on that is counted
  } else {
    not_open_ = error_message(state_, L);
    lua_pop(L, 1);
  }
}

std::vector<Diagnostic> ScriptStateImpl::load(const std::vector<SourceFile>& files) {
  lua_State* L = state_.main;
  if (not_open_) return {{"", 0, "moondial's own library: " + *not_open_, ""}};
  load_files(files);
  lua_gc(L, LUA_GCSETPAUSE, usual_pause_);
  const auto resolve = [](lua_State* inner) -> int {
    resolve_references(inner);
    check_triggers(inner);
    return 0;
  };
  lua_pushcfunction(L, +resolve);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    state_.errors.push_back(to_diagnostic(state_, error_message(state_, L)));
    lua_pop(L, 1);
  }
  state_.loaded = true;
  state_.phase = Phase::kPure;
  publish_declarations();
  return state_.errors;
}

void ScriptStateImpl::load_files(const std::vector<SourceFile>& files) {
  std::vector<const SourceFile*> ordered;
  for (const SourceFile& file : files) {
    state_.sources[file.path] = file.text;
    if (file.kind == SourceFile::Kind::kModule) {
      state_.modules[file.module] = file.path;
    } else {
      ordered.push_back(&file);
    }
  }
  std::sort(ordered.begin(), ordered.end(), [](const SourceFile* a, const SourceFile* b) {
    const bool a_first = a->kind == SourceFile::Kind::kConfig;
    const bool b_first = b->kind == SourceFile::Kind::kConfig;
    return a_first != b_first ? a_first : a->path < b->path;
  });
  for (const SourceFile* file : ordered) load_file(*file);
}

void ScriptStateImpl::load_file(const SourceFile& file) {
  lua_State* L = state_.main;
  state_.load_budget = state_.options.load_instructions;
  state_.load_deadline = std::chrono::steady_clock::now() + kLoadTime;
  lua_sethook(L, on_load_count, LUA_MASKCOUNT, kLoadInterval);
  push_kept(L, dsl_);
  lua_getfield(L, -1, file.kind == SourceFile::Kind::kConfig ? "load_config" : "load_pipeline");
  lua_remove(L, -2);
  push(L, file.path);
  push(L, file.text);
  const int status = lua_pcall(L, 2, 0, 0);
  lua_sethook(L, nullptr, 0, 0);
  if (status == LUA_OK) return;
  Diagnostic error = to_diagnostic(state_, error_message(state_, L));
  if (error.file.empty()) error.file = file.path;
  state_.errors.push_back(std::move(error));
  lua_pop(L, 1);
}

std::string default_text(lua_State* L, const ParamSpec& spec) {
  if (spec.default_is_function) return "(computed)";
  push_kept(L, spec.default_value);
  std::string text;
  append_value(L, -1, spec.kind, &text);
  lua_pop(L, 1);
  return text;
}

/// What a run would find out as well, for tasks whose `uses` is no function.
void ScriptStateImpl::check_pools() {
  std::vector<std::string> known = {"cpu", "memory"};
  for (const auto& [name, size] : state_.declarations.pools) known.push_back(name);
  for (const auto& [name, task] : state_.tasks_by_name) {
    for (const PoolUse& use : task->prototype.uses) {
      if (std::ranges::find(known, use.pool) != known.end()) continue;
      const std::string near = nearest(use.pool, known);
      state_.add_error(task->file, field_line(state_.sources[task->file], task->line, "uses"),
                       name + " uses the pool \"" + use.pool + "\", which is not declared",
                       near.empty() ? "declare it: pool \"" + use.pool + "\" { size = 1 }"
                                    : "did you mean \"" + near + "\"?");
    }
  }
}

void ScriptStateImpl::publish_declarations() {
  for (const auto& [name, size] : state_.config_pools) state_.declarations.pools[name] = size;
  if (state_.errors.empty()) check_pools();  // else a pool may be declared where the error is
  for (const auto& [name, task] : state_.tasks_by_name) {
    TaskInfo info;
    info.name = name;
    info.doc = task->doc;
    info.tags = task->tags;
    info.file = task->file;
    info.line = task->line;
    info.fingerprint = task->prototype.fingerprint;
    for (const ParamSpec& spec : task->params) {
      TaskInfo::Param param;
      param.name = spec.name;
      param.kind = kind_text(spec);
      param.doc = spec.doc;
      param.choices = spec.choices;
      param.secret = spec.secret;
      if (spec.has_default) param.default_text = default_text(state_.main, spec);
      if (spec.optional && !spec.has_default) param.default_text = "";
      info.params.push_back(std::move(param));
    }
    state_.declarations.tasks.push_back(std::move(info));
  }
  std::ranges::sort(state_.declarations.schedules, {}, &ScheduleInfo::name);
  std::ranges::sort(state_.declarations.triggers, {}, &TriggerInfo::name);
  std::stable_sort(state_.errors.begin(), state_.errors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
}

/// Where there is no record.
class NothingRecorded final : public TaskRecords {
 public:
  Result<bool> marked(std::string_view) override { return false; }
  Result<std::optional<TaskSuccess>> success(std::string_view) override {
    return std::optional<TaskSuccess>();
  }
  Result<std::vector<std::pair<std::string, std::string>>> emitted(std::string_view) override {
    return std::vector<std::pair<std::string, std::string>>();
  }
};

}  // namespace

TaskRecords& State::records() {
  if (!open_records) {
    open_records =
        options.open_records ? options.open_records() : std::make_unique<NothingRecorded>();
  }
  return *open_records;
}

void State::add_error(std::string file, int line, std::string message, std::string hint) {
  errors.push_back({std::move(file), line, std::move(message), std::move(hint)});
  if (errors.back().hint.empty()) script::split_hint(&errors.back());
}

std::string State::absolute(std::string_view path) const {
  if (path.starts_with('/')) return std::string(path);
  std::string whole;
  whole.reserve(options.root.size() + 1 + path.size());
  whole.append(options.root).append("/").append(path);
  return whole;
}

}  // namespace moondial::script

namespace moondial {

std::unique_ptr<ScriptState> make_script_state(ScriptOptions options) {
  return std::make_unique<script::ScriptStateImpl>(std::move(options));
}

}  // namespace moondial
