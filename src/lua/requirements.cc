#include "lua/requirements.h"

#include <algorithm>
#include <charconv>

#include "lua/binding.h"
#include "lua/instance.h"
#include "lua/outputs.h"
#include "lua/task_ref.h"

namespace moondial::script {
namespace {

constexpr int kDeepest = 100;

[[noreturn]] void refuse(lua_State* L, int index) {
  throw ScriptError("expected tasks, got " + describe(L, index) +
                    (lua_type(L, index) == LUA_TSTRING ? " (write tasks.Name)" : ""));
}

/// The keys of the table at `index` that are no positions of its list: names, in byte order.
std::vector<std::string> names_of(lua_State* L, int index, lua_Integer length) {
  std::vector<std::string> names;
  lua_Integer entries = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    ++entries;
    if (lua_type(L, -2) == LUA_TSTRING) names.emplace_back(view(L, -2));
  }
  if (entries != length + static_cast<lua_Integer>(names.size())) {
    throw ScriptError("a list of tasks has a hole in it, or a key that is no name");
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Makes an instance of a bare constructor on top of the stack. False if it is neither.
bool make_instance(lua_State* L, int owner) {
  if (to_instance(L, -1) != nullptr) return true;
  const TaskDecl* task = to_declared_task(L, lua_gettop(L));
  if (task == nullptr) return false;
  construct(L, *task, owner, 0);
  lua_remove(L, -2);
  return true;
}

/// Calls `each` with every value of the table on top of the stack, on top of it.
template <typename Each>
void each_entry(lua_State* L, const Each& each) {
  const int table = lua_gettop(L);
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, table));
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(L, table, i);
    each([&] { lua_pushinteger(L, i); });
    lua_settop(L, table);
  }
  for (const std::string& name : names_of(L, table, length)) {
    push(L, name);
    lua_rawget(L, table);
    each([&] { push(L, name); });
    lua_settop(L, table);
  }
}

void visit_value(lua_State* L, int owner, int depth, const std::function<void()>& visit) {
  luaL_checkstack(L, 20, "tasks are nested too deeply");
  if (depth > kDeepest)
    throw ScriptError("the tasks are nested too deeply, or a table holds itself");
  if (lua_isnil(L, -1)) return;
  if (make_instance(L, owner)) return visit();
  if (!lua_istable(L, -1)) refuse(L, -1);
  each_entry(L, [&](const auto&) { visit_value(L, owner, depth + 1, visit); });
}

void mirror_value(lua_State* L, int owner, int depth, const std::function<void()>& replace) {
  luaL_checkstack(L, 20, "tasks are nested too deeply");
  if (depth > kDeepest)
    throw ScriptError("the tasks are nested too deeply, or a table holds itself");
  if (lua_isnil(L, -1)) return;
  if (make_instance(L, owner)) return replace();
  if (!lua_istable(L, -1)) refuse(L, -1);
  lua_newtable(L);
  const int mirror = lua_gettop(L);
  lua_pushvalue(L, -2);
  each_entry(L, [&](const auto& push_key) {
    const int value = lua_gettop(L);
    mirror_value(L, owner, depth + 1, replace);
    push_key();
    lua_pushvalue(L, value);
    lua_rawset(L, mirror);
  });
  lua_settop(L, mirror);
  push_kept(L, state_of(L).strict_table);
  lua_insert(L, -2);
  push(L, to_instance(L, owner)->task->name + "'s input");
  lua_call(L, 2, 1);
  lua_remove(L, -2);
}

std::string placeholder(const char* first, const std::vector<std::string>& path) {
  std::string text = std::string("${") + first;
  for (const std::string& name : path) text += "." + name;
  return text + "}";
}

bool is_number(const std::string& text, lua_Integer* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

/// Collects the paths that a value of `requires` stands for.
class InputPaths {
 public:
  InputPaths(lua_State* L, const std::vector<std::string>& path) : lua_(L), path_(path) {}

  /// Of the value on top of the stack, following the names from `at` on.
  void add(int owner, size_t at, int depth) {
    luaL_checkstack(lua_, 20, "tasks are nested too deeply");
    if (depth > kDeepest)
      throw ScriptError("the tasks are nested too deeply, or a table holds itself");
    if (lua_isnil(lua_, -1)) return unknown(at, {});
    if (make_instance(lua_, owner)) return add_instance(at, depth);
    if (!lua_istable(lua_, -1)) refuse(lua_, -1);
    if (at == path_.size()) {
      each_entry(lua_, [&](const auto&) { add(owner, at, depth + 1); });
      return;
    }
    const int table = lua_gettop(lua_);
    lua_Integer number = 0;
    if (is_number(path_[at], &number)) {
      lua_rawgeti(lua_, table, number);
    } else {
      push(lua_, path_[at]);
      lua_rawget(lua_, table);
    }
    if (lua_isnil(lua_, -1)) {
      unknown(at, names_of(lua_, table, static_cast<lua_Integer>(lua_rawlen(lua_, table))));
    }
    add(owner, at + 1, depth + 1);
    lua_settop(lua_, table);
  }

  std::vector<std::string> take() { return std::move(paths_); }

 private:
  void add_instance(size_t at, int depth) {
    const int instance = lua_gettop(lua_);
    const TaskDecl& task = *to_instance(lua_, instance)->task;
    Outputs outputs = evaluate_outputs(lua_, instance);
    if (task.target != LUA_NOREF) {
      if (at < path_.size()) return unknown(at, {});
      if (std::string path = target_path(lua_, instance); !path.empty()) {
        paths_.push_back(std::move(path));
      }
      return;
    }
    if (outputs.paths.empty()) {
      if (task.work != WorkKind::kNone) return unknown(at, {});
      push_requirements(lua_, instance);  // a wrapper passes its inputs on
      add(instance, at, depth + 1);
      return lua_settop(lua_, instance);
    }
    const std::vector<std::string> rest(path_.begin() + static_cast<ptrdiff_t>(at), path_.end());
    const OutputShape& shape = outputs.shape_of(task);
    if (shape.kind == OutputShape::Kind::kSingle && !rest.empty()) return unknown(at, {});
    if (shape.kind == OutputShape::Kind::kMap && !rest.empty() &&
        !std::binary_search(shape.keys.begin(), shape.keys.end(), rest.front())) {
      return unknown(at, shape.keys);
    }
    for (const uint32_t i : output_indices(task, shape, outputs.paths.size(), rest)) {
      paths_.push_back(outputs.paths[i]);
      if (paths_.back().ends_with('/')) paths_.back().pop_back();  // of a folder
    }
  }

  /// Nothing is there: that is an error if a name asks for it.
  void unknown(size_t at, const std::vector<std::string>& known) const {
    if (at == path_.size()) return;
    throw ScriptError(placeholder("input", path_) + ": the input has no '" + path_[at] + "'" +
                      did_you_mean(path_[at], known));
  }

  lua_State* lua_;
  const std::vector<std::string>& path_;
  std::vector<std::string> paths_;
};

void push_input_of(lua_State* L, int instance, int depth);

/// Replaces the tasks in the value on top of the stack by their outputs.
void mirror_outputs(lua_State* L, int owner, int depth) {
  mirror_requirements(L, owner, [&] {
    const int required = lua_gettop(L);
    const TaskDecl& task = *to_instance(L, required)->task;
    const bool is_wrapper = task.work == WorkKind::kNone && task.outputs.empty() &&
                            task.target == LUA_NOREF && !task.has_function(Field::kOutput);
    if (is_wrapper) {
      push_input_of(L, required, depth + 1);
    } else {
      push_output_targets(L, required);
    }
    lua_remove(L, required);
  });
}

void push_input_of(lua_State* L, int instance, int depth) {
  if (depth > kDeepest) throw ScriptError("wrappers are nested too deeply, or hold themselves");
  push_requirements(L, instance);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    push_kept(L, state_of(L).strict_table);
    lua_insert(L, -2);
    push(L, to_instance(L, instance)->task->name + "'s input");
    lua_call(L, 2, 1);
    return;
  }
  mirror_outputs(L, instance, depth);
}

bool all_complete(lua_State* L, int instance, int depth);

bool is_complete_at(lua_State* L, int instance, int depth) {
  if (depth > kDeepest) throw ScriptError("complete: wrappers are nested too deeply");
  const TaskDecl& task = *to_instance(L, instance)->task;
  if (task.has_function(Field::kComplete)) {
    push_kept(L, task.function(Field::kComplete));
    lua_pushvalue(L, instance);
    lua_call(L, 1, 1);
    const bool complete = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return complete;
  }
  if (task.prototype.marks) {
    return unwrap(state_of(L).records().marked(instance_id(L, instance)));
  }
  const Outputs outputs = evaluate_outputs(L, instance);
  if (outputs.paths.empty()) {
    return task.work == WorkKind::kNone && all_complete(L, instance, depth + 1);
  }
  return std::all_of(outputs.paths.begin(), outputs.paths.end(),
                     [L](const std::string& path) { return path_exists(state_of(L), path); });
}

bool all_complete(lua_State* L, int instance, int depth) {
  push_requirements(L, instance);
  bool complete = true;
  each_requirement(L, instance, lua_gettop(L),
                   [&] { complete = complete && is_complete_at(L, lua_gettop(L), depth); });
  lua_pop(L, 1);
  return complete;
}

}  // namespace

void push_requirements(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  if (task.has_function(Field::kRequires)) {
    push_kept(L, task.function(Field::kRequires));
    lua_pushvalue(L, instance);
    lua_call(L, 1, 1);
  } else if (task.requires_value != LUA_NOREF) {
    push_kept(L, task.requires_value);
  } else {
    lua_pushnil(L);
  }
}

void mirror_requirements(lua_State* L, int owner, const std::function<void()>& replace) {
  mirror_value(L, owner, 0, replace);
}

void each_requirement(lua_State* L, int owner, int value, const std::function<void()>& visit) {
  const int top = lua_gettop(L);
  lua_pushvalue(L, value);
  visit_value(L, owner, 0, visit);
  lua_settop(L, top);
}

void push_input(lua_State* L, int instance) { push_input_of(L, instance, 0); }

void push_outputs_of(lua_State* L, int owner) { mirror_outputs(L, owner, 0); }

std::vector<std::string> input_paths(lua_State* L, int owner, int value,
                                     const std::vector<std::string>& path) {
  InputPaths paths(L, path);
  const int top = lua_gettop(L);
  lua_pushvalue(L, value);
  paths.add(owner, 0, 0);
  lua_settop(L, top);
  return paths.take();
}

std::string required_identity(lua_State* L, int owner, int value,
                              const std::vector<std::string>& path) {
  const std::string asked = placeholder("emitted", path);
  luaL_checkstack(L, static_cast<int>(path.size()) + 20, "a placeholder is too long");
  const int top = lua_gettop(L);
  lua_pushvalue(L, value);
  for (const std::string& name : path) {
    std::string problem = asked;
    problem.append(": requires has no '").append(name).append("'");
    if (make_instance(L, owner) || !lua_istable(L, -1)) throw ScriptError(problem + " there");
    const int table = lua_gettop(L);
    lua_Integer number = 0;
    if (is_number(name, &number)) {
      lua_rawgeti(L, table, number);
    } else {
      push(L, name);
      lua_rawget(L, table);
    }
    if (!lua_isnil(L, -1)) continue;
    const auto length = static_cast<lua_Integer>(lua_rawlen(L, table));
    throw ScriptError(problem + did_you_mean(name, names_of(L, table, length)));
  }
  if (!make_instance(L, owner)) {
    throw ScriptError(asked + ": that is not one task; name it as requires does, " +
                      "${emitted.name.key}");
  }
  std::string id(instance_id(L, lua_gettop(L)));
  lua_settop(L, top);
  return id;
}

std::vector<uint32_t> output_indices(const TaskDecl& task, const OutputShape& shape, size_t count,
                                     const std::vector<std::string>& path) {
  std::vector<uint32_t> indices;
  if (path.empty()) {
    for (uint32_t i = 0; i < count; ++i) indices.push_back(i);
    return indices;
  }
  const std::string asked = placeholder("output", path);
  if (path.size() == 1 && shape.kind == OutputShape::Kind::kMap) {
    const auto found = std::lower_bound(shape.keys.begin(), shape.keys.end(), path[0]);
    if (found != shape.keys.end() && *found == path[0]) {
      indices.push_back(static_cast<uint32_t>(found - shape.keys.begin()));
      return indices;
    }
  }
  lua_Integer number = 0;
  if (path.size() == 1 && shape.kind == OutputShape::Kind::kList && is_number(path[0], &number) &&
      number >= 1 && number <= static_cast<lua_Integer>(count)) {
    indices.push_back(static_cast<uint32_t>(number - 1));
    return indices;
  }
  throw ScriptError(asked + ": " + task.name + "'s output has no '" + path[0] + "'" +
                    did_you_mean(path[0], shape.keys));
}

bool is_complete(lua_State* L, int instance) { return is_complete_at(L, instance, 0); }

}  // namespace moondial::script
