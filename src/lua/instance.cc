#include "lua/instance.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/frozen.h"
#include "lua/job.h"
#include "lua/library.h"
#include "lua/outputs.h"
#include "lua/requirements.h"

namespace moondial::script {
namespace {

int id_slot(const TaskDecl& task) { return static_cast<int>(task.params.size()) + 1; }
int cache_slot(const TaskDecl& task) { return static_cast<int>(task.params.size()) + 2; }

bool is_bare(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '/' || c == '+' || c == '-';
  });
}

void append_identity_value(lua_State* L, int index, Kind kind, std::string* id) {
  const bool is_items = kind == Kind::kList || kind == Kind::kMap;
  if (kind != Kind::kString && kind != Kind::kEnum && !is_items) {
    return append_value(L, index, kind, id);
  }
  std::string items;
  if (is_items) append_value(L, index, kind, &items);
  const std::string_view text = is_items ? std::string_view(items) : view(L, index);
  if (is_bare(text)) {
    id->append(text);
  } else {
    id->append(identity_value(text));
  }
}

/// What errors say of a secret's value.
constexpr const char* kHiddenValue = "wrong (it is secret, and not shown)";

/// Where a parameter's value comes from.
enum class Origin : uint8_t { kGiven, kHandedOn, kDefault };

/// The value is on top of the stack.
[[noreturn]] void refuse_value(lua_State* L, const TaskDecl& task, const ParamSpec& spec,
                               const std::string& expected, Origin origin, int from) {
  std::string problem = task.name + ": parameter '" + spec.name + "' is ";
  problem += spec.secret ? kHiddenValue : describe(L, -1);
  if (origin == Origin::kHandedOn) problem += ", handed on by " + to_instance(L, from)->task->name;
  if (origin == Origin::kDefault) problem += ", its default";
  problem += ", expected " + expected;
  if (origin == Origin::kHandedOn) {
    problem += " (give it: " + task.name + "(t, { " + spec.name + " = … }))";
  }
  throw ScriptError(problem);
}

/// Throws if the table at `args` names what is no parameter.
void check_names(lua_State* L, const TaskDecl& task, int args) {
  if (args == 0) return;
  for (lua_pushnil(L); lua_next(L, args) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      throw ScriptError(task.name + " takes parameters by name, {name = value}; got " +
                        describe(L, -1) + " without a name");
    }
    if (task.param(view(L, -2)) != nullptr) continue;
    const std::string name(view(L, -2));
    throw ScriptError(task.name + " has no parameter '" + name + "'" +
                      did_you_mean(name, task.param_names));
  }
}

/// Pushes the same-named parameter of the instance at `from`, or nil.
void push_handed_on(lua_State* L, const TaskDecl& task, size_t param, int from) {
  const TaskDecl* source = to_instance(L, from)->task;
  size_t at = param;
  if (source != &task) {
    const auto& names = source->param_names;
    const auto found = std::lower_bound(names.begin(), names.end(), task.params[param].name);
    at = static_cast<size_t>(found - names.begin());
    if (found == names.end() || *found != task.params[param].name) at = names.size();
  }
  if (at < source->params.size()) {
    push_param(L, from, at);
  } else {
    lua_pushnil(L);
  }
}

void push_default(lua_State* L, const TaskDecl& task, const ParamSpec& spec, int args) {
  if (!spec.has_default) {
    if (spec.optional) return lua_pushnil(L);
    check_names(L, task, args);  // a misspelt name is the likely reason
    throw ScriptError(task.name + ": parameter '" + spec.name + "' is missing (" + kind_text(spec) +
                      ")");
  }
  push_kept(L, spec.default_value);
  if (spec.default_is_function) lua_call(L, 0, 1);
}

/// Throws if the value on top of the stack, of a parameter that is not secret, holds a secret.
void check_open(lua_State* L, const TaskDecl& task, const ParamSpec& spec) {
  const Job* job = state_of(L).job;
  if (job == nullptr || job->guarded_secrets().empty() || spec.secret || lua_isnil(L, -1)) return;
  std::string text;
  append_value(L, -1, spec.kind, &text);
  if (!job->guarded_secrets().finds(text)) return;
  throw ScriptError(task.name + ": parameter '" + spec.name +
                    "' would hold the value of a secret, and be recorded: declare it with secret = "
                    "true");
}

/// Throws if a secret of the instance at `from` would be handed on to what is not secret.
void check_handed_on(lua_State* L, const TaskDecl& task, const ParamSpec& spec, int from) {
  const TaskDecl& source = *to_instance(L, from)->task;
  if (spec.secret || source.all_significant || &source == &task) return;
  const ParamSpec* handed = source.param(spec.name);
  if (handed == nullptr || !handed->secret) return;
  throw ScriptError(task.name + ": parameter '" + spec.name + "' is not secret, but that of " +
                    source.name + ", which is handed on, is: declare both with secret = true");
}

/// Pushes the values of all parameters, in their order.
void push_values(lua_State* L, const TaskDecl& task, int from, int args) {
  lua_Integer used = 0;
  for (size_t i = 0; i < task.params.size(); ++i) {
    const ParamSpec& spec = task.params[i];
    bool found = false;
    Origin origin = Origin::kGiven;
    if (args != 0) {
      push(L, spec.name);
      found = lua_rawget(L, args) != LUA_TNIL;
      if (found) ++used;
      if (!found) lua_pop(L, 1);
    }
    if (!found && from != 0) {
      push_handed_on(L, task, i, from);
      found = !lua_isnil(L, -1);
      origin = Origin::kHandedOn;
      if (found) check_handed_on(L, task, spec, from);
      if (!found) lua_pop(L, 1);
    }
    if (!found) {
      push_default(L, task, spec, args);
      origin = Origin::kDefault;
    }
    if (lua_isnil(L, -1) && spec.optional) continue;
    const std::string expected = accept_value(L, spec);
    if (!expected.empty()) refuse_value(L, task, spec, expected, origin, from);
    if (origin == Origin::kGiven) check_open(L, task, spec);
  }
  if (args == 0) return;
  lua_Integer given = 0;
  for (lua_pushnil(L); lua_next(L, args) != 0; lua_pop(L, 1)) ++given;
  if (given != used) check_names(L, task, args);
}

/// Pushes the identity of the values from `first` on.
void push_identity(lua_State* L, const TaskDecl& task, int first) {
  static thread_local std::string id;  // keeps its memory from call to call
  id.assign(task.name);
  char separator = '(';
  for (size_t i = 0; i < task.params.size(); ++i) {
    const ParamSpec& spec = task.params[i];
    const int index = first + static_cast<int>(i);
    if (!spec.significant || lua_isnil(L, index)) continue;
    id.push_back(separator);
    separator = ',';
    id.append(spec.name).push_back('=');
    append_identity_value(L, index, spec.kind, &id);
  }
  if (separator == ',') id.push_back(')');
  push(L, id);
}

/// Whether the value on top of the stack is what the parameter is when it is not given.
bool is_default(lua_State* L, const ParamSpec& spec) {
  if (!spec.has_default || spec.default_is_function) return false;
  push_kept(L, spec.default_value);
  const bool same = lua_compare(L, -1, -2, LUA_OPEQ) != 0;
  lua_pop(L, 1);
  return same;
}

void push_new_instance(lua_State* L, const TaskDecl& task) {
  auto* instance = static_cast<Instance*>(lua_newuserdatauv(L, sizeof(Instance), cache_slot(task)));
  instance->task = &task;
  push_kept(L, state_of(L).instance_meta);
  lua_setmetatable(L, -2);
}

/// Pushes the table in which instances of the task are found by identity. Where the identity does
/// not say all, that is the job's: another plan or attempt may have other values.
void push_interned(lua_State* L, const TaskDecl& task) {
  const State& state = state_of(L);
  if (task.all_significant || state.job == nullptr) {
    push_kept(L, state.instances);
  } else {
    state.job->push_own_instances(L);
  }
}

bool has_values(lua_State* L, int instance, const TaskDecl& task, int first) {
  for (size_t i = 0; i < task.params.size(); ++i) {
    push_param(L, instance, i);
    const bool same = lua_compare(L, -1, first + static_cast<int>(i), LUA_OPEQ) != 0;
    lua_pop(L, 1);
    if (!same) return false;
  }
  return true;
}

/// Pushes the instance of the identity on top of the stack, whose values begin at `first`; or
/// false.
bool push_known_instance(lua_State* L, const TaskDecl& task, int first) {
  const int id = lua_gettop(L);
  push_interned(L, task);
  lua_pushvalue(L, id);
  if (lua_rawget(L, -2) != LUA_TNIL) return true;
  lua_settop(L, id);
  if (task.all_significant) return false;
  push_kept(L, state_of(L).instances);  // made while the files were loaded
  lua_pushvalue(L, id);
  if (lua_rawget(L, -2) != LUA_TNIL && has_values(L, lua_gettop(L), task, first)) return true;
  lua_settop(L, id);
  return false;
}

/// Pushes the table of what was asked of the instance before.
void push_cache(lua_State* L, int index, const TaskDecl& task) {
  if (lua_getiuservalue(L, index, cache_slot(task)) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, index, cache_slot(task));
}

// --- what Lua sees ---

/// What a task has beside its parameters; nothing else is found in it.
constexpr std::array<std::string_view, 11> kOwnFields = {
    "attempt", "complete", "emitted", "id",           "input", "name",
    "output",  "params",   "run_id",  "scheduled_at", "states"};

void push_params_table(lua_State* L, const TaskDecl& task) {
  lua_createtable(L, 0, static_cast<int>(task.params.size()));
  for (size_t i = 0; i < task.params.size(); ++i) {
    push(L, task.params[i].name);
    push_param(L, 1, i);
    lua_rawset(L, -3);
  }
  push_kept(L, state_of(L).strict_table);
  lua_insert(L, -2);
  push(L, task.name + "'s params");
  lua_call(L, 2, 1);
}

[[noreturn]] void refuse_key(lua_State* L, const TaskDecl& task) {
  const std::string name(describe(L, 2));
  if (lua_type(L, 2) != LUA_TSTRING) throw ScriptError(task.name + " has no field " + name);
  const std::string_view key = view(L, 2);
  if (key == "attempt" || key == "run_id" || key == "scheduled_at") {
    throw ScriptError("t." + std::string(key) + " is known in run and check only");
  }
  if (key == "states") throw ScriptError("t.states is known in when only");
  std::vector<std::string> known = task.param_names;
  for (const std::string_view own : kOwnFields) known.emplace_back(own);
  std::sort(known.begin(), known.end());
  throw ScriptError(task.name + " has no parameter or field '" + std::string(key) + "'" +
                    did_you_mean(key, known));
}

int complete_method(lua_State* L) {
  if (to_instance(L, 1) == nullptr) {
    throw ScriptError("complete: call it as a method, task:complete()");
  }
  lua_pushboolean(L, is_complete(L, 1));
  return 1;
}

int emitted_method(lua_State* L) {
  if (to_instance(L, 1) == nullptr) {
    throw ScriptError("emitted: call it as a method, task:emitted()");
  }
  const auto values = unwrap(state_of(L).records().emitted(instance_id(L, 1)));
  lua_createtable(L, 0, static_cast<int>(values.size()));
  for (const auto& [name, value] : values) {
    push(L, name);
    push_json(L, value);
    lua_rawset(L, -3);
  }
  return 1;
}

/// What is made when it is first asked for; false if there is no such field.
bool push_lazy_field(lua_State* L, std::string_view key, const TaskDecl& task) {
  if (key == "output") {
    push_output_targets(L, 1);
  } else if (key == "input") {
    push_input(L, 1);
  } else if (key == "params") {
    push_params_table(L, task);
  } else {
    return false;
  }
  return true;
}

int instance_index(lua_State* L) {
  const TaskDecl& task = *static_cast<const Instance*>(lua_touserdata(L, 1))->task;
  push_kept(L, task.fields_of_instance);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) == LUA_TNUMBER) {
    lua_getiuservalue(L, 1, static_cast<int>(lua_tointeger(L, -1)));
    return 1;
  }
  if (lua_type(L, 2) != LUA_TSTRING) refuse_key(L, task);
  const std::string_view key = view(L, 2);
  if (std::ranges::find(kOwnFields, key) == kOwnFields.end()) refuse_key(L, task);
  if (key == "id") {
    lua_getiuservalue(L, 1, id_slot(task));
    return 1;
  }
  if (key == "name") {
    push(L, task.name);
    return 1;
  }
  if (key == "complete" || key == "emitted") {
    lua_pushcfunction(L, key == "complete" ? bound<complete_method> : bound<emitted_method>);
    return 1;
  }
  if (lua_getiuservalue(L, 1, cache_slot(task)) == LUA_TTABLE) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) return 1;
    // While it works, a task knows also that no schedule has started it.
    lua_getfield(L, -2, "attempt");
    if (key == "scheduled_at" && !lua_isnil(L, -1)) return lua_pushnil(L), 1;
  }
  lua_settop(L, 2);
  if (!push_lazy_field(L, key, task)) refuse_key(L, task);
  push_cache(L, 1, task);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_rawset(L, -3);
  lua_settop(L, 3);
  return 1;
}

int instance_set(lua_State* L) {
  throw ScriptError(std::string(instance_id(L, 1)) + " cannot be changed (field " + describe(L, 2) +
                    ")");
}

int instance_text(lua_State* L) {
  lua_getiuservalue(L, 1, id_slot(*to_instance(L, 1)->task));
  return 1;
}

int instance_equal(lua_State* L) {
  const bool both = to_instance(L, 1) != nullptr && to_instance(L, 2) != nullptr;
  lua_pushboolean(L, both && instance_id(L, 1) == instance_id(L, 2));
  return 1;
}

}  // namespace

void push_no_task(lua_State* L) {
  auto& none = state_of(L).no_task;
  if (!none) {
    none = std::make_unique<TaskDecl>();
    none->name = "on";
    none->functions.fill(LUA_NOREF);
    lua_newtable(L);
    none->fields_of_instance = keep(L);
  }
  construct(L, *none, 0, 0);
}

const ParamSpec* TaskDecl::param(std::string_view wanted) const {
  for (const ParamSpec& spec : params) {
    if (spec.name == wanted) return &spec;
  }
  return nullptr;
}

std::span<const std::string_view> instance_fields() { return kOwnFields; }

Instance* to_instance(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return nullptr;
  push_kept(L, state_of(L).instance_meta);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same ? static_cast<Instance*>(lua_touserdata(L, index)) : nullptr;
}

void construct(lua_State* L, const TaskDecl& task, int from, int args) {
  luaL_checkstack(L, static_cast<int>(task.params.size()) + 10, "too many parameters");
  const int first = lua_gettop(L) + 1;
  push_values(L, task, from, args);
  push_identity(L, task, first);
  const int id = lua_gettop(L);
  if (!push_known_instance(L, task, first)) {
    push_new_instance(L, task);
    for (size_t i = 0; i < task.params.size(); ++i) {
      lua_pushvalue(L, first + static_cast<int>(i));
      lua_setiuservalue(L, -2, static_cast<int>(i) + 1);
    }
    lua_pushvalue(L, id);
    lua_setiuservalue(L, -2, id_slot(task));
    push_interned(L, task);
    lua_pushvalue(L, id);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
  lua_copy(L, -1, first);
  lua_settop(L, first);
  if (!task.all_significant) tell_secrets(L, first);
}

void push_args_from_text(lua_State* L, const TaskDecl& task, const Params& params) {
  lua_createtable(L, 0, static_cast<int>(params.size()));
  for (const auto& [name, text] : params) {
    const ParamSpec* spec = task.param(name);
    if (spec == nullptr) {
      throw ScriptError(task.name + " has no parameter '" + name + "'" +
                        did_you_mean(name, task.param_names));
    }
    push(L, name);
    if (spec->secret && state_of(L).job != nullptr) state_of(L).job->add_secret(text);
    if (spec->secret && text == "***") {
      throw ScriptError(task.name + ": parameter '" + name +
                        "' is ***, which stands where a secret is not shown: give the secret");
    }
    if (const std::string expected = accept_text(L, *spec, text); !expected.empty()) {
      std::string problem = task.name + ": parameter '" + name + "' is ";
      problem += spec->secret ? kHiddenValue : "\"" + printable(text) + "\"";
      throw ScriptError(problem.append(", expected ").append(expected));
    }
    lua_rawset(L, -3);
  }
}

void push_working_copy(lua_State* L, int index) {
  const TaskDecl& task = *to_instance(L, index)->task;
  push_new_instance(L, task);
  for (int slot = 1; slot <= id_slot(task); ++slot) {
    lua_getiuservalue(L, index, slot);
    lua_setiuservalue(L, -2, slot);
  }
  push_cache(L, lua_gettop(L), task);
}

std::string_view instance_id(lua_State* L, int index) {
  const TaskDecl& task = *to_instance(L, index)->task;
  lua_getiuservalue(L, index, id_slot(task));
  const std::string_view id = view(L, -1);
  lua_pop(L, 1);  // the instance holds it
  return id;
}

void read_params(lua_State* L, int index, Params* significant, Params* others) {
  const TaskDecl& task = *to_instance(L, index)->task;
  for (size_t i = 0; i < task.params.size(); ++i) {
    const ParamSpec& spec = task.params[i];
    push_param(L, index, i);
    if (!lua_isnil(L, -1) && (spec.significant || !is_default(L, spec))) {
      std::string text;
      append_value(L, -1, spec.kind, &text);
      (spec.significant ? significant : others)->emplace_back(spec.name, std::move(text));
    }
    lua_pop(L, 1);
  }
}

std::vector<std::string> secret_texts(lua_State* L, int index) {
  std::vector<std::string> texts;
  const TaskDecl& task = *to_instance(L, index)->task;
  if (task.all_significant) return texts;
  for (size_t i = 0; i < task.params.size(); ++i) {
    if (!task.params[i].secret) continue;
    push_param(L, index, i);
    if (!lua_isnil(L, -1)) {
      append_value(L, -1, task.params[i].kind, &texts.emplace_back());
      if (frozen_kind(L, -1) != FrozenKind::kNone) append_inner_texts(L, lua_gettop(L), &texts);
    }
    lua_pop(L, 1);
  }
  std::erase(texts, "");
  return texts;
}

void tell_secrets(lua_State* L, int index) {
  Job* job = state_of(L).job;
  if (job == nullptr) return;
  for (const std::string& secret : secret_texts(L, index)) {
    job->add_secret(secret);
    if (instance_id(L, index).find(secret) == std::string_view::npos) job->guard_secret(secret);
  }
}

void open_instances(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"__index", bound<instance_index>},
                                        {"__newindex", bound<instance_set>},
                                        {"__tostring", bound<instance_text>},
                                        {"__eq", bound<instance_equal>},
                                        {nullptr, nullptr}};
  State& state = state_of(L);
  luaL_newmetatable(L, "moondial.task");
  luaL_setfuncs(L, kFunctions, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  state.instance_meta = keep(L);
  push_weak_table(L);
  state.instances = keep(L);
}

}  // namespace moondial::script
