// Constructors and references are one kind of object: a userdata with a RefInfo, whose user value
// is the table of its children (`tasks.sem` → `tasks.sem.Fetch`).
#include "lua/task_ref.h"

#include <algorithm>

#include "lua/instance.h"

namespace moondial::script {
namespace {

struct Ref {
  RefInfo* info = nullptr;
};
struct Deferred {
  DeferredInfo* info = nullptr;
};

template <typename T>
T* to_userdata(lua_State* L, int index, int meta) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return nullptr;
  push_kept(L, meta);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same ? static_cast<T*>(lua_touserdata(L, index)) : nullptr;
}

RefInfo* to_ref(lua_State* L, int index) {
  Ref* ref = to_userdata<Ref>(L, index, state_of(L).ref_meta);
  return ref == nullptr ? nullptr : ref->info;
}

void push_new_ref(lua_State* L, std::string name) {
  State& state = state_of(L);
  state.refs.push_back(RefInfo{std::move(name), nullptr, {}, false});
  new (lua_newuserdatauv(L, sizeof(Ref), 1)) Ref{&state.refs.back()};
  push_kept(L, state.ref_meta);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
}

/// Pushes the child `key` of the reference at `index`, made if need be.
void push_child(lua_State* L, int index, std::string_view key) {
  index = lua_absindex(L, index);
  RefInfo* parent = to_ref(L, index);
  lua_getiuservalue(L, index, 1);
  push(L, key);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    parent->has_children = true;
    push_new_ref(L,
                 parent->name.empty() ? std::string(key) : parent->name + "." + std::string(key));
    push(L, key);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

std::vector<std::string> task_names(const State& state) {
  std::vector<std::string> names;
  for (const auto& [name, task] : state.tasks_by_name) names.push_back(name);
  return names;
}

/// Whether tasks are declared whose names begin with `name.`; their names, some of them.
std::string tasks_beneath(const State& state, const std::string& name) {
  const std::string prefix = name + ".";
  std::string found;
  int count = 0;
  for (auto at = state.tasks_by_name.lower_bound(prefix);
       at != state.tasks_by_name.end() && at->first.starts_with(prefix); ++at) {
    if (++count > 3) return found + ", …";
    found += (found.empty() ? "" : ", ") + at->first;
  }
  return found;
}

}  // namespace

std::string no_such_task(const State& state, const std::string& name) {
  const std::string beneath = tasks_beneath(state, name);
  if (!beneath.empty()) return "'" + name + "' is no task; there are " + beneath;
  return "there is no task '" + name + "'" + did_you_mean(name, task_names(state));
}

namespace {

int ref_index(lua_State* L) {
  RefInfo* ref = to_ref(L, 1);
  if (ref == nullptr || lua_type(L, 2) != LUA_TSTRING) {
    throw ScriptError("tasks are found by name, tasks.Name; got " + describe(L, 2));
  }
  const std::string key(view(L, 2));
  State& state = state_of(L);
  push_child(L, 1, key);
  RefInfo* child = to_ref(L, -1);
  if (state.loaded && child->task == nullptr && tasks_beneath(state, child->name).empty()) {
    throw ScriptError(no_such_task(state, child->name));
  }
  if (!state.loaded && child->place.line == 0) {
    if (const auto place = user_place(L)) child->place = *place;
  }
  return 1;
}

int ref_set(lua_State* L) {
  throw ScriptError("a task is declared with task \"" + to_ref(L, 1)->name + "…\", not assigned (" +
                    describe(L, 2) + ")");
}

int ref_text(lua_State* L) {
  const std::string& name = to_ref(L, 1)->name;
  push(L, name.empty() ? "tasks" : name);
  return 1;
}

int ref_concat(lua_State* L) {
  const RefInfo* ref = to_ref(L, 1) != nullptr ? to_ref(L, 1) : to_ref(L, 2);
  throw ScriptError("'" + ref->name + "' is a task's constructor, not text");
}

/// The arguments of a constructor call: {…}, t, or t and {…}; nothing if all is defaulted.
struct Arguments {
  int from = 0;
  int args = 0;
};

Arguments read_arguments(lua_State* L, const std::string& name) {
  Arguments read;
  const int count = lua_gettop(L) - 1;
  int next = 2;
  if (count >= 1 && to_instance(L, 2) != nullptr) read.from = next++;
  if (next <= count + 1 && lua_istable(L, next) && luaL_getmetafield(L, next, "is_target") == 0) {
    read.args = next++;
  }
  if (next <= count + 1) {
    throw ScriptError(name + ": expected {parameters}, a task, or both; got " + describe(L, next));
  }
  return read;
}

int push_deferred(lua_State* L, RefInfo* ref) {
  State& state = state_of(L);
  state.deferred.push_back(DeferredInfo{ref, user_place(L).value_or(Place{})});
  lua_settop(L, 3);
  new (lua_newuserdatauv(L, sizeof(Deferred), 2)) Deferred{&state.deferred.back()};
  push_kept(L, state.deferred_meta);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, 2);
  return 1;
}

int ref_call(lua_State* L) {
  RefInfo* ref = to_ref(L, 1);
  const State& state = state_of(L);
  if (ref->task == nullptr && !state.loaded && !ref->name.empty()) {
    (void)read_arguments(L, ref->name);
    return push_deferred(L, ref);
  }
  if (ref->task == nullptr) {
    throw ScriptError(ref->name.empty() ? "tasks is called by a name, tasks.Name"
                                        : no_such_task(state, ref->name));
  }
  const Arguments read = read_arguments(L, ref->name);
  construct(L, *ref->task, read.from, read.args);
  return 1;
}

int deferred_index(lua_State* L) {
  const RefInfo& ref = *static_cast<Deferred*>(lua_touserdata(L, 1))->info->ref;
  throw ScriptError("'" + ref.name + "' is not declared yet: its " + describe(L, 2) +
                    " is known when all files are loaded; use a function of the task");
}

// --- after loading ---

/// Replaces the value on top of the stack (of a static `requires`) by one without deferred calls.
void resolve_value(lua_State* L, int depth) {
  luaL_checkstack(L, 20, "requires is nested too deeply");
  if (depth > 100) throw ScriptError("requires is nested too deeply, or holds itself");
  const State& state = state_of(L);
  if (auto* deferred = to_userdata<Deferred>(L, -1, state.deferred_meta)) {
    const DeferredInfo& info = *deferred->info;
    if (info.ref->task == nullptr) throw ScriptError(no_such_task(state, info.ref->name));
    const int at = lua_gettop(L);
    push_ref(L, info.ref->name);
    lua_getiuservalue(L, at, 1);
    lua_getiuservalue(L, at, 2);
    lua_settop(L, at + 3);
    while (lua_isnil(L, -1)) lua_pop(L, 1);
    const int first = at + 2;
    const int from = lua_gettop(L) >= first && to_instance(L, first) != nullptr ? first : 0;
    const int args = from == 0 ? first : first + 1;
    construct(L, *info.ref->task, from, args <= lua_gettop(L) ? args : 0);
    lua_copy(L, -1, at);
    return lua_settop(L, at);
  }
  if (lua_isnil(L, -1) || to_instance(L, -1) != nullptr) return;
  if (to_declared_task(L, lua_gettop(L)) != nullptr) return;  // waits for its owner's parameters
  if (!lua_istable(L, -1)) {
    throw ScriptError("requires: expected tasks, got " + describe(L, -1) +
                      (lua_type(L, -1) == LUA_TSTRING ? " (write tasks.Name)" : ""));
  }
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, -3) != 0;) {
    resolve_value(L, depth + 1);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

int resolve_in_lua(lua_State* L) {
  resolve_value(L, 0);
  return 1;
}

void resolve_requirements(lua_State* L, TaskDecl* task) {
  lua_pushcfunction(L, bound<resolve_in_lua>);
  push_kept(L, task->requires_value);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    state_of(L).add_error(task->file, task->line, task->name + ": " + std::string(view(L, -1)));
    lua_pop(L, 1);
    return;
  }
  luaL_unref(L, LUA_REGISTRYINDEX, task->requires_value);
  task->requires_value = keep(L);
}

}  // namespace

void push_ref(lua_State* L, const std::string& name) {
  push_kept(L, state_of(L).tasks_root);
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('.', at), name.size());
    push_child(L, -1, std::string_view(name).substr(at, end - at));
    lua_remove(L, -2);
    at = end + 1;
  }
}

void set_ref_task(lua_State* L, int index, const TaskDecl* task) { to_ref(L, index)->task = task; }

const TaskDecl* to_declared_task(lua_State* L, int index) {
  const RefInfo* ref = to_ref(L, index);
  if (ref == nullptr) return nullptr;
  if (ref->task == nullptr) throw ScriptError(no_such_task(state_of(L), ref->name));
  return ref->task;
}

void resolve_references(lua_State* L) {
  State& state = state_of(L);
  for (const RefInfo& ref : state.refs) {
    if (ref.task != nullptr || ref.has_children || ref.place.line == 0) continue;
    if (!tasks_beneath(state, ref.name).empty()) continue;
    state.add_error(ref.place.file, ref.place.line, no_such_task(state, ref.name));
  }
  if (!state.errors.empty()) return;
  for (const auto& task : state.tasks) {
    if (task->requires_value != LUA_NOREF) resolve_requirements(L, task.get());
  }
}

void open_refs(lua_State* L) {
  static const luaL_Reg kRef[] = {{"__index", bound<ref_index>},   {"__newindex", bound<ref_set>},
                                  {"__call", bound<ref_call>},     {"__tostring", bound<ref_text>},
                                  {"__concat", bound<ref_concat>}, {nullptr, nullptr}};
  static const luaL_Reg kDeferred[] = {{"__index", bound<deferred_index>}, {nullptr, nullptr}};
  State& state = state_of(L);
  luaL_newmetatable(L, "moondial.constructor");
  luaL_setfuncs(L, kRef, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  state.ref_meta = keep(L);
  luaL_newmetatable(L, "moondial.deferred");
  luaL_setfuncs(L, kDeferred, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  state.deferred_meta = keep(L);
  push_new_ref(L, "");
  state.tasks_root = keep(L);
}

}  // namespace moondial::script
