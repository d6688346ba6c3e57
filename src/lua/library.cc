#include "lua/library.h"

#include <algorithm>
#include <cmath>

#include "base/date.h"
#include "base/duration.h"
#include "base/listen_address.h"
#include "base/text.h"
#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/job.h"
#include "lua/param_kind.h"
#include "lua/state.h"

namespace moondial::script {
namespace {

// core.place() → file, line of the user's code
int place(lua_State* L) {
  const auto here = user_place(L);
  push(L, here ? here->file : "");
  lua_pushinteger(L, here ? here->line : 0);
  return 2;
}

// core.raise(message): an error at the user's place
int raise_function(lua_State* L) { throw ScriptError(std::string(view(L, 1))); }

// core.report(file, line, message, hint): an error of loading that lets loading go on
int report(lua_State* L) {
  state_of(L).add_error(std::string(view(L, 1)), static_cast<int>(lua_tointeger(L, 2)),
                        std::string(view(L, 3)), std::string(view(L, 4)));
  return 0;
}

// core.is_task(name): a task of that name has been declared so far
int is_task(lua_State* L) {
  lua_pushboolean(L, state_of(L).tasks_by_name.contains(std::string(view(L, 1))));
  return 1;
}

// core.near(name, {names}) → "; did you mean 'x'?" or ""
int near_function(lua_State* L) {
  std::vector<std::string> names;
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 2));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, 2, i);
    if (lua_type(L, -1) == LUA_TSTRING) names.emplace_back(view(L, -1));
    lua_pop(L, 1);
  }
  std::sort(names.begin(), names.end());
  push(L, did_you_mean(view(L, 1), names));
  return 1;
}

int describe_function(lua_State* L) {
  luaL_checkany(L, 1);
  push(L, describe(L, 1));
  return 1;
}

// core.duration("15m", seconds or a duration) → microseconds, or nil and a message
int duration(lua_State* L) {
  if (const auto value = to_duration(L, 1)) {
    lua_pushinteger(L, value->count());
    return 1;
  }
  std::string text;
  if (lua_type(L, 1) == LUA_TNUMBER) {
    const double seconds = lua_tonumber(L, 1);
    text = std::isfinite(seconds) ? format_number(seconds) : "inf";
    if (text.find('e') != std::string::npos) text = std::to_string(seconds);
  } else if (lua_type(L, 1) == LUA_TSTRING) {
    text = view(L, 1);
  } else {
    lua_pushnil(L);
    push(L, "expected a duration such as \"90s\" or \"15m\", got " + describe(L, 1));
    return 2;
  }
  const Result<Duration> read = parse_duration(text);
  if (!read) {
    lua_pushnil(L);
    push(L, read.error().message);
    return 2;
  }
  lua_pushinteger(L, read->count());
  return 1;
}

// core.phase() → "loading" | "pure" | "working"
int phase(lua_State* L) {
  switch (state_of(L).phase) {
    case Phase::kLoading:
      lua_pushliteral(L, "loading");
      break;
    case Phase::kPure:
      lua_pushliteral(L, "pure");
      break;
    case Phase::kWorking:
      lua_pushliteral(L, "working");
      break;
    case Phase::kSession:
      lua_pushliteral(L, "session");
      break;
  }
  return 1;
}

// core.keep(name, value): what C++ calls back
int keep_function(lua_State* L) {
  State& state = state_of(L);
  const std::string_view name = view(L, 1);
  lua_settop(L, 2);
  int* slot = name == "make_target"    ? &state.make_target
              : name == "make_dir"     ? &state.make_dir
              : name == "seen_target"  ? &state.seen_target
              : name == "target_step"  ? &state.target_step
              : name == "run_hooks"    ? &state.run_hooks
              : name == "strict_table" ? &state.strict_table
              : name == "convert"      ? &state.convert
              : name == "make_at"      ? &state.make_at
              : name == "await_error"  ? &state.await_error
              : name == "session"      ? &state.session
                                       : nullptr;
  if (slot == nullptr) throw ScriptError("nothing is kept under that name");
  *slot = keep(L);
  return 0;
}

// core.module(name) → path, text, or nil and the names that there are
int module_source(lua_State* L) {
  const State& state = state_of(L);
  const auto found = state.modules.find(std::string(view(L, 1)));
  if (found != state.modules.end()) {
    push(L, found->second);
    push(L, state.sources.at(found->second));
    return 2;
  }
  lua_pushnil(L);
  lua_newtable(L);
  lua_Integer i = 0;
  for (const auto& [name, path] : state.modules) {
    push(L, name);
    lua_rawseti(L, -2, ++i);
  }
  return 2;
}

// core.pool(name, size) → false if there is one of that name
int pool(lua_State* L) {
  auto& pools = state_of(L).declarations.pools;
  lua_pushboolean(L, pools.emplace(std::string(view(L, 1)), lua_tointeger(L, 2)).second);
  return 1;
}

// core.hook(kind): on.<kind> has been given a function
int hook(lua_State* L) {
  auto& hooks = state_of(L).declarations.hooks;
  std::string kind(view(L, 1));
  if (std::ranges::find(hooks, kind) == hooks.end()) hooks.push_back(std::move(kind));
  return 0;
}

// core.meta_of(table) → its metatable, whatever that says of itself
int meta_of(lua_State* L) {
  if (lua_getmetatable(L, 1) == 0) lua_pushnil(L);
  return 1;
}

/// Of the table on top; what it does not say stays as it is.
void read_retention(lua_State* L, RetentionPolicy& policy) {
  for (const auto& [name, age] :
       {std::pair("runs", &policy.runs), std::pair("logs", &policy.logs)}) {
    const int type = lua_getfield(L, -1, name);
    if (type == LUA_TNUMBER) *age = Duration(lua_tointeger(L, -1));
    if (type == LUA_TBOOLEAN) *age = std::nullopt;
    lua_pop(L, 1);
  }
  if (lua_getfield(L, -1, "logs_size") == LUA_TNUMBER) policy.log_bytes = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (lua_getfield(L, -1, "keep_last") == LUA_TNUMBER) policy.keep_last = lua_tointeger(L, -1);
  lua_pop(L, 1);
}

/// Of the table on top; what it does not say stays as it is.
void read_http(lua_State* L, HttpConfig& http) {
  const int top = lua_gettop(L);
  const int type = lua_getfield(L, top, "listen");
  if (type == LUA_TSTRING) http.listen = view(L, -1);
  if (type == LUA_TBOOLEAN) http.listen = "";
  lua_pop(L, 1);
  http.token_file = string_field(L, top, "token_file");
  http.hosts = strings_field(L, top, "hosts");
}

/// The receivers in the table on top.
NotifyPolicy read_notify(lua_State* L) {
  NotifyPolicy policy;
  const int top = lua_gettop(L);
  policy.group = Duration(int_field(L, top, "group", policy.group.count()));
  for (lua_Integer i = 1; lua_rawgeti(L, top, i) == LUA_TTABLE; ++i) {
    const int at = lua_gettop(L);
    NotifyReceiver& receiver = policy.receivers.emplace_back();
    const std::string kind = string_field(L, at, "kind");
    receiver.kind = kind == "email"     ? NotifyReceiver::Kind::kEmail
                    : kind == "webhook" ? NotifyReceiver::Kind::kWebhook
                                        : NotifyReceiver::Kind::kCommand;
    receiver.url = string_field(L, at, "url");
    receiver.to = strings_field(L, at, "to");
    receiver.from = string_field(L, at, "from");
    receiver.user = string_field(L, at, "user");
    receiver.password_env = string_field(L, at, "password_env");
    receiver.command = strings_field(L, at, "command");
    receiver.on = strings_field(L, at, "on");
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return policy;
}

// core.listen_address(text) → the text as it is written, or an error
int listen_address(lua_State* L) {
  push(L, unwrap(parse_listen_address(view(L, 1))).text());
  return 1;
}

// core.configure{timezone =, jobs =, …}: checked before
int configure(lua_State* L) {
  State& state = state_of(L);
  ProjectConfig& config = state.declarations.config;
  const std::string timezone = string_field(L, 1, "timezone");
  if (!timezone.empty()) {
    (void)unwrap(date_in_zone(UtcTime{}, timezone));
    config.timezone = timezone;
  }
  if (const int64_t jobs = int_field(L, 1, "jobs"); jobs > 0) {
    config.jobs = static_cast<int>(jobs);
  }
  if (const int64_t memory = int_field(L, 1, "memory"); memory > 0) config.memory = memory;
  if (lua_getfield(L, 1, "retention") == LUA_TTABLE) read_retention(L, config.retention);
  lua_pop(L, 1);
  if (lua_getfield(L, 1, "http") == LUA_TTABLE) read_http(L, config.http);
  lua_pop(L, 1);
  if (lua_getfield(L, 1, "notify") == LUA_TTABLE) config.notify = read_notify(L);
  lua_pop(L, 1);
  if (lua_getfield(L, 1, "min_free") == LUA_TNUMBER) config.min_free = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (const int64_t lanes = int_field(L, 1, "lanes"); lanes > 0) {
    config.lanes = static_cast<int>(lanes);
  }
  if (lua_getfield(L, 1, "pools") == LUA_TTABLE) {
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      state.config_pools[std::string(view(L, -2))] = lua_tointeger(L, -1);
    }
  }
  lua_pop(L, 1);
  if (auto shell = strings_field(L, 1, "shell"); !shell.empty()) config.shell = std::move(shell);
  config.env = strings_field(L, 1, "env");
  for (const std::string& root : strings_field(L, 1, "output_roots")) {
    std::string path = state.absolute(root);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    config.output_roots.push_back(std::move(path));
  }
  return 0;
}

int json_encode(lua_State* L) {
  luaL_checkany(L, 1);
  push(L, json_text(L, 1));
  return 1;
}

int json_decode(lua_State* L) {
  if (lua_type(L, 1) != LUA_TSTRING) {
    throw ScriptError("json.decode: expected text, got " + describe(L, 1));
  }
  push_json(L, view(L, 1));
  return 1;
}

int number_text(lua_State* L) {
  push(L, format_number(luaL_checknumber(L, 1)));
  return 1;
}

int call_ended(lua_State* L, int /*status*/, lua_KContext /*context*/) { return lua_gettop(L); }

int call_wrapped(lua_State* L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, bound_k<call_ended>);
  return lua_gettop(L);
}

// core.surface(f): f behind a C function. A tail call to a C function keeps the caller's frame, so
// that `return each(…)` still knows the user's line.
int surface(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_pushcclosure(L, bound<call_wrapped>, 1);
  return 1;
}

// core.absolute(path): beneath the root unless it is absolute
int absolute(lua_State* L) {
  push(L, state_of(L).absolute(view(L, 1)));
  return 1;
}

// core.find_task(name) → whether it is declared
int is_declared(lua_State* L) {
  lua_pushboolean(L, state_of(L).tasks_by_name.contains(view(L, 1)));
  return 1;
}

}  // namespace

void open_library(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"place", bound<place>},
                                        {"raise", bound<raise_function>},
                                        {"report", bound<report>},
                                        {"near", bound<near_function>},
                                        {"describe", bound<describe_function>},
                                        {"duration", bound<duration>},
                                        {"phase", bound<phase>},
                                        {"keep", bound<keep_function>},
                                        {"module", bound<module_source>},
                                        {"pool", bound<pool>},
                                        {"configure", bound<configure>},
                                        {"listen_address", bound<listen_address>},
                                        {"is_task", bound<is_task>},
                                        {"hook", bound<hook>},
                                        {"meta_of", bound<meta_of>},
                                        {"json_encode", bound<json_encode>},
                                        {"json_decode", bound<json_decode>},
                                        {"number_text", bound<number_text>},
                                        {"surface", bound<surface>},
                                        {"absolute", bound<absolute>},
                                        {"is_declared", bound<is_declared>},
                                        {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
  lua_pushlightuserdata(L, nullptr);
  lua_setfield(L, -2, "json_null");
}

}  // namespace moondial::script
