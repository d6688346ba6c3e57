// Where a task's outputs lie. Paths are made from parameters, so this is also where a hostile
// value is kept from leaving the project.
#include "lua/outputs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/instance.h"

namespace moondial::script {
namespace {

/// Resolves `.`, `..` and empty parts without looking at the file system. Throws if `..` leads out
/// of what the path begins with.
std::string normal_path(const std::string& path) {
  std::vector<std::string_view> parts;
  const bool absolute = path.starts_with('/');
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part(path.data() + at, end - at);
    if (part == "..") {
      if (parts.empty()) throw ScriptError("path '" + path + "' leads out of the project");
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = end + 1;
  }
  std::string normal;
  for (const std::string_view part : parts) {
    if (absolute || !normal.empty()) normal.push_back('/');
    normal.append(part);
  }
  return normal;
}

bool is_beneath(std::string_view path, std::string_view root) {
  return path.size() > root.size() + 1 && path.starts_with(root) && path[root.size()] == '/';
}

/// As a person writes it; throws if an output may not lie there.
std::string check_path(const State& state, const std::string& written) {
  if (written.empty()) throw ScriptError("the path is empty");
  if (written.ends_with('/')) {
    throw ScriptError("path '" + written + "' names a folder: dir(\"…\") makes one");
  }
  if (written.find('\0') != std::string::npos) throw ScriptError("the path holds a NUL");
  std::string path = normal_path(written);
  if (is_beneath(path, state.options.root)) path.erase(0, state.options.root.size() + 1);
  if (path.empty()) throw ScriptError("path '" + written + "' is the project's root");
  if (path.starts_with('/')) {
    const auto& roots = state.declarations.config.output_roots;
    const bool allowed = std::any_of(roots.begin(), roots.end(),
                                     [&path](const auto& root) { return is_beneath(path, root); });
    if (!allowed) {
      throw ScriptError("path '" + written +
                        "' lies neither beneath the project nor in one of output_roots");
    }
  } else if (path == ".moondial" || path.starts_with(".moondial/")) {
    throw ScriptError("path '" + written + "' lies in .moondial, which is moondial's own");
  }
  return path;
}

/// The text that a placeholder of a parameter stands for; false if the parameter is absent.
bool append_parameter(lua_State* L, int instance, const TaskDecl& task, const BoundPiece& piece,
                      std::string* out) {
  Kind kind = task.params[piece.param].kind;
  const int top = lua_gettop(L);
  push_param(L, instance, piece.param);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  if (!piece.path.empty()) {
    push(L, piece.path.front());
    lua_gettable(L, -2);
    kind = Kind::kDate;
  }
  if (piece.format.empty()) {
    append_value(L, -1, kind, out);
  } else {
    out->append(unwrap(format_value(L, -1, kind, piece.format)));
  }
  lua_settop(L, top);
  return true;
}

/// Whether its value may hold anything, and so does not go into a path unseen. What an author wrote
/// as a format, and numbers, may hold what they like.
bool is_free_text(const ParamSpec& spec) {
  if (spec.item != nullptr) return true;  // keys are free
  return spec.kind == Kind::kString || spec.kind == Kind::kEnum;
}

bool may_hold_slash(const ParamSpec& spec) {
  return spec.path || (spec.item != nullptr && may_hold_slash(*spec.item));
}

/// A parameter's text, for a path.
void append_path_value(lua_State* L, int instance, const TaskDecl& task, const BoundPiece& piece,
                       std::string* out) {
  const ParamSpec& spec = task.params[piece.param];
  const size_t start = out->size();
  if (!append_parameter(L, instance, task, piece, out)) {
    throw ScriptError("${" + spec.name + "}: the parameter is optional and was not given");
  }
  if (!is_free_text(spec)) return;
  const std::string_view value(out->data() + start, out->size() - start);
  const bool is_dots = value == "." || value == "..";
  const bool has_path = may_hold_slash(spec);
  if (is_dots || value.find('\0') != std::string_view::npos ||
      (!has_path && value.find('/') != std::string_view::npos)) {
    lua_pushlstring(L, value.data(), value.size());
    throw ScriptError("parameter '" + spec.name + "' is " + describe(L, -1) +
                      ": not usable in a path" +
                      (is_dots || has_path ? "" : " (path = true would allow '/')"));
  }
}

std::string expand_path(lua_State* L, int instance, const TaskDecl& task,
                        const BoundOutput& output) {
  std::string path;
  for (const BoundPiece& piece : output.text) {
    if (piece.kind == BoundPiece::Kind::kText) {
      path.append(piece.text);
    } else {
      append_path_value(L, instance, task, piece, &path);
    }
  }
  path = check_path(state_of(L), path);
  if (output.is_dir) path.push_back('/');
  return path;
}

void push_target(lua_State* L, std::string_view path, std::string_view absolute, const char* role) {
  const bool is_dir = path.ends_with('/');
  push_kept(L, is_dir ? state_of(L).make_dir : state_of(L).make_target);
  if (is_dir) path.remove_suffix(1);
  if (absolute.ends_with('/')) absolute.remove_suffix(1);
  push(L, path);
  push(L, absolute);
  lua_pushstring(L, role);
  lua_call(L, 3, 1);
}

/// Pushes a table whose unknown keys are errors, in place of the one on top.
void make_strict(lua_State* L, const std::string& what) {
  push_kept(L, state_of(L).strict_table);
  lua_insert(L, -2);
  push(L, what);
  lua_call(L, 2, 1);
}

/// Pushes what `push_one(i)` pushes for each output, in their shape.
template <typename PushOne>
void push_shape(lua_State* L, const OutputShape& shape, size_t count, const std::string& what,
                const PushOne& push_one) {
  if (shape.kind == OutputShape::Kind::kSingle) return push_one(0);
  lua_createtable(L, static_cast<int>(count), 0);
  for (size_t i = 0; i < count; ++i) {
    if (shape.kind == OutputShape::Kind::kMap) {
      push(L, shape.keys[i]);
      push_one(i);
      lua_rawset(L, -3);
    } else {
      push_one(i);
      lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
    }
  }
  make_strict(L, what);
}

bool has_mark(lua_State* L, int index, const char* mark) {
  if (!lua_istable(L, index) || luaL_getmetafield(L, index, mark) == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

/// Adds the output that the value at `index` is.
void add_output(lua_State* L, int index, OutputTexts* out) {
  if (lua_type(L, index) == LUA_TSTRING) {
    out->texts.emplace_back(view(L, index));
  } else if (has_mark(L, index, "is_target")) {
    out->texts.push_back(string_field(L, index, "path"));
  } else {
    const bool nested = lua_istable(L, index);
    throw ScriptError(
        "output: expected paths, got " + describe(L, index) +
        (nested ? "; a list or map of outputs holds paths, and no lists or maps" : ""));
  }
  out->are_dirs.push_back(has_mark(L, index, "is_dir"));
}

BoundOutput bind_output(const TaskDecl& task, const OutputTexts& read, size_t i) {
  return {bind_text(task, read.texts[i], TemplateKind::kText, false), read.are_dirs[i]};
}

void read_map(lua_State* L, int index, OutputTexts* out) {
  std::vector<std::string>& keys = out->shape.keys;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      throw ScriptError("output: a table of outputs is either a list or has names, not both");
    }
    keys.emplace_back(view(L, -2));
  }
  std::sort(keys.begin(), keys.end());
  out->shape.kind = keys.empty() ? OutputShape::Kind::kNone : OutputShape::Kind::kMap;
  for (const std::string& key : keys) {
    push(L, key);
    lua_rawget(L, index);
    add_output(L, lua_gettop(L), out);
    lua_pop(L, 1);
  }
}

}  // namespace

OutputTexts output_texts(lua_State* L, int index) {
  OutputTexts out;
  index = lua_absindex(L, index);
  if (lua_isnil(L, index)) return out;
  if (has_mark(L, index, "is_target") || !lua_istable(L, index)) {
    out.shape.kind = OutputShape::Kind::kSingle;
    add_output(L, index, &out);
    return out;
  }
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, index));
  if (length == 0) {
    read_map(L, index, &out);
    return out;
  }
  out.shape.kind = OutputShape::Kind::kList;
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(L, index, i);
    add_output(L, lua_gettop(L), &out);
    lua_pop(L, 1);
  }
  lua_Integer entries = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) ++entries;
  if (entries != length) {
    throw ScriptError("output: a table of outputs is either a list or has names, not both");
  }
  return out;
}

namespace {

/// Two outputs of one task are two files.
void check_distinct(const Outputs& outputs) {
  if (outputs.paths.size() < 2) return;
  std::vector<std::string_view> paths(outputs.paths.begin(), outputs.paths.end());
  std::ranges::sort(paths);
  const auto same = std::ranges::adjacent_find(paths);
  if (same != paths.end()) {
    throw ScriptError("output: two of the outputs are '" + std::string(*same) + "'");
  }
}

}  // namespace

Outputs expand_outputs(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  Outputs outputs;
  outputs.paths.reserve(task.outputs.size());
  for (const BoundOutput& output : task.outputs) {
    outputs.paths.push_back(expand_path(L, instance, task, output));
  }
  check_distinct(outputs);
  return outputs;
}

Outputs read_outputs(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  const OutputTexts read = output_texts(L, -1);
  Outputs outputs;
  outputs.shape = read.shape;
  for (size_t i = 0; i < read.texts.size(); ++i) {
    outputs.paths.push_back(expand_path(L, instance, task, bind_output(task, read, i)));
  }
  check_distinct(outputs);
  return outputs;
}

Outputs evaluate_outputs(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  if (!task.has_function(Field::kOutput)) return expand_outputs(L, instance);
  push_kept(L, task.function(Field::kOutput));
  lua_pushvalue(L, instance);
  lua_call(L, 1, 1);
  Outputs outputs = read_outputs(L, instance);
  lua_pop(L, 1);
  return outputs;
}

std::string expand_text(lua_State* L, int instance, const BoundText& text) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  std::string expanded;
  for (const BoundPiece& piece : text) {
    if (piece.kind == BoundPiece::Kind::kText) {
      expanded.append(piece.text);
      continue;
    }
    (void)append_parameter(L, instance, task, piece, &expanded);
  }
  return expanded;
}

std::string target_path(lua_State* L, int instance) {
  return expand_text(L, instance, to_instance(L, instance)->task->target_path);
}

namespace {

/// Pushes the target of the user's own that a task has.
void push_seen_target(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  push_kept(L, state_of(L).seen_target);
  push_kept(L, task.target);
  if (task.target_path.empty()) {
    lua_pushnil(L);
  } else {
    push(L, target_path(L, instance));
  }
  lua_pushvalue(L, instance);
  lua_call(L, 3, 1);
}

}  // namespace

void push_output_targets(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  if (task.target != LUA_NOREF) return push_seen_target(L, instance);
  const State& state = state_of(L);
  const Outputs outputs = evaluate_outputs(L, instance);
  push_shape(L, outputs.shape_of(task), outputs.paths.size(), task.name + "'s output",
             [&](size_t i) {
               push_target(L, outputs.paths[i], state.absolute(outputs.paths[i]), "input");
             });
}

void push_staged_targets(lua_State* L, int instance, const std::vector<std::string>& staging) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  if (task.target != LUA_NOREF) return push_seen_target(L, instance);
  const Outputs outputs = evaluate_outputs(L, instance);
  if (outputs.paths.size() != staging.size()) {
    throw ScriptError(task.name + ": output changed since the task was planned");
  }
  push_shape(L, outputs.shape_of(task), staging.size(), task.name + "'s output", [&](size_t i) {
    // The staging path says itself whether it is a folder's.
    push_target(L, staging[i], staging[i], "output");
  });
}

bool path_exists(const State& state, const std::string& path) {
  struct stat info {};
  return ::stat(state.absolute(path).c_str(), &info) == 0;
}

}  // namespace moondial::script
