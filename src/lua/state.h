#pragma once

#include <chrono>
#include <deque>
#include <lua.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/script_state.h"
#include "lua/task_decl.h"

namespace moondial::script {

class Job;

/// What is being done, which decides what user code may ask for.
enum class Phase : uint8_t {
  kLoading,  ///< files declare
  kPure,     ///< requires, output and the other answers of a declaration
  kWorking,  ///< run and check
  kSession,  ///< what people type: pure, but it may ask and be asked
};

/// A name under `tasks`, as it was first written.
struct RefInfo {
  std::string name;
  const TaskDecl* task = nullptr;  ///< once declared
  Place place;                     ///< of the first use; no line if there is none
  bool has_children = false;
};

/// A constructor called before its task was declared: made an instance when all is loaded.
struct DeferredInfo {
  RefInfo* ref = nullptr;
  Place place;
};

/// A file's contents are what they were while this is the same.
struct FileStamp {
  uint64_t device = 0, inode = 0;
  int64_t size = 0, changed = 0, status_changed = 0;
  bool operator==(const FileStamp&) const = default;
};

/// What the C++ functions of one lua_State share. Reached through the state's extra space, so from
/// each of its coroutines. The integers are references into the registry.
struct State {
  lua_State* main = nullptr;
  ScriptOptions options;
  Phase phase = Phase::kLoading;
  bool loaded = false;
  Job* job = nullptr;       ///< that runs now
  int64_t load_budget = 0;  ///< instructions that the file being loaded has left
  std::chrono::steady_clock::time_point load_deadline;  ///< when it has to be loaded, too

  std::unique_ptr<TaskRecords> open_records;  ///< once something was asked
  Declarations declarations;
  std::vector<std::unique_ptr<TaskDecl>> tasks;
  std::unique_ptr<TaskDecl> no_task;  ///< stands for one where there is none
  std::map<std::string, TaskDecl*, std::less<>> tasks_by_name;
  std::deque<RefInfo> refs;
  std::deque<DeferredInfo> deferred;
  std::map<std::string, int, std::less<>> starts;  ///< schedule or trigger → its `start`
  std::map<std::string, int64_t> config_pools;     ///< as moondial.lua sizes them
  std::vector<Diagnostic> errors;                  ///< of loading
  std::map<std::string, std::string> sources;      ///< path → text, to quote failing lines
  std::map<std::string, std::string> modules;      ///< module → path

  bool any_stale = false;  ///< some task is rerun when stale
  /// Hashes of files that tasks read, by absolute path.
  std::map<std::string, std::pair<FileStamp, std::string>> digests;

  TimeValues times;
  int instances = LUA_NOREF;  ///< weak: identity → instance
  int instance_meta = LUA_NOREF;
  int ref_meta = LUA_NOREF, deferred_meta = LUA_NOREF;
  int tasks_root = LUA_NOREF;    ///< the global `tasks`
  int make_target = LUA_NOREF;   ///< Lua: (path, absolute, role) → file target
  int make_dir = LUA_NOREF;      ///< the same for folders
  int seen_target = LUA_NOREF;   ///< Lua: (target{…}, path, task) → what the task's code sees
  int target_step = LUA_NOREF;   ///< Lua: (target{…}, step) → function of the task
  int run_hooks = LUA_NOREF;     ///< Lua: (event): calls the hooks of the whole project
  int strict_table = LUA_NOREF;  ///< Lua: (table, what) → table whose unknown keys are errors
  int convert = LUA_NOREF;       ///< Lua: field → function(value) → normal form | nil, message
  int make_at = LUA_NOREF;       ///< Lua: (table) → what a schedule's `start` is called with
  int await_error = LUA_NOREF;   ///< Lua: (task, state, message) → what a failed await raises
  int null = LUA_NOREF;          ///< json.null
  int session = LUA_NOREF;       ///< Lua: (input) → what came of it

  /// A declaration error; reported when loading ends.
  void add_error(std::string file, int line, std::string message, std::string hint = {});
  /// What the record knows, read by this process.
  [[nodiscard]] TaskRecords& records();
  /// An absolute path for one that is relative to the root.
  [[nodiscard]] std::string absolute(std::string_view path) const;
};

inline State& state_of(lua_State* L) { return **static_cast<State**>(lua_getextraspace(L)); }

}  // namespace moondial::script
