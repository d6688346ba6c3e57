// The calls that only make sense while a task works: commands, words to the outside, ends.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/command_text.h"
#include "lua/frozen.h"
#include "lua/instance.h"
#include "lua/job.h"
#include "lua/library.h"
#include "lua/outputs.h"
#include "lua/requirements.h"
#include "lua/work.h"
#include "lua/work_job.h"

namespace moondial::script {
namespace {

// --- calls from inside ---

/// The name of a function of Lua's library that was called without one, as by pcall; or "".
std::string library_name(lua_State* L, lua_Debug* frame) {
  if (frame->what[0] != 'C') return {};
  const int top = lua_gettop(L);
  std::string found;
  lua_getinfo(L, "f", frame);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (const char* library : {LUA_TABLIBNAME, LUA_STRLIBNAME, LUA_GNAME}) {
    if (lua_getfield(L, top + 2, library) != LUA_TTABLE) continue;
    const int map = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, map) != 0; lua_pop(L, 1)) {
      if (lua_rawequal(L, -1, top + 1) != 0 && lua_type(L, -2) == LUA_TSTRING) found = view(L, -2);
    }
  }
  lua_settop(L, top);
  return found;
}

/// The library call or metamethod that keeps L from being suspended: the nearest above the user's
/// code that is none of those which can wait.
std::string obstacle(lua_State* L) {
  bool in_user_code = false;
  lua_Debug frame;
  for (int level = 0; lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "nS", &frame);
    const std::string name = frame.name != nullptr ? frame.name : library_name(L, &frame);
    in_user_code = in_user_code || frame.source[0] == '@';
    if (!in_user_code) continue;
    if (std::string_view(frame.namewhat) == "metamethod" && name == "close") return "a <close>";
    if (frame.what[0] == 'C' && !name.empty() && name != "pcall" && name != "xpcall") {
      return "'" + std::string(name) + "'";
    }
  }
  return "a coroutine that was resumed where nothing can wait";
}

/// A path for a stream: the absolute path of a target's table at the top.
StreamSpec file_stream(lua_State* L) {
  return {StreamSpec::Kind::kFile, string_field(L, -1, "absolute"), {}};
}

StreamSpec read_stream(lua_State* L, const char* name, bool is_input, bool capture) {
  StreamSpec stream;
  if (!is_input) stream.kind = capture ? StreamSpec::Kind::kCapture : StreamSpec::Kind::kLog;
  lua_getfield(L, 1, name);
  if (lua_istable(L, -1)) {
    stream = file_stream(L);
  } else if (is_input && lua_type(L, -1) == LUA_TSTRING) {
    stream = {StreamSpec::Kind::kText, {}, std::string(view(L, -1))};
  }
  lua_pop(L, 1);
  return stream;
}

std::vector<std::string> working_environment(lua_State* L, int instance) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  if (!task.has_function(Field::kEnv)) return build_environment(L, instance, task.env);
  push_kept(L, task.function(Field::kEnv));
  lua_pushvalue(L, instance);
  lua_call(L, 1, 1);
  auto env = build_environment(L, instance, read_environment_texts(L, task, lua_gettop(L)));
  lua_pop(L, 1);
  return env;
}

/// Reads the command's words, with what the working task's placeholders mean, and the environment
/// that they need.
void read_words(lua_State* L, const Job& job, int instance, bool at_root, ScriptCommand* made) {
  const TaskDecl& task = *to_instance(L, instance)->task;
  const auto& attempt = static_cast<const WorkJob&>(job).attempt();
  const Outputs outputs = evaluate_outputs(L, instance);
  lua_getfield(L, 1, "command");
  const CommandText command = read_command_text(L, task, lua_gettop(L));
  CommandContext context;
  context.instance = instance;
  push_requirements(L, instance);
  context.requirements = lua_gettop(L);
  context.shape = &outputs.shape_of(task);
  context.outputs = outputs.paths.size();
  context.at_root = at_root;
  const std::vector<CommandWord> words = build_command(L, context, command);
  check_words(L, words);
  std::vector<std::string> paths = attempt.staging_paths;
  for (std::string& path : paths) {
    if (path.ends_with('/')) path.pop_back();  // of a folder
  }
  const auto emitted = [L](const std::string& identity, const std::string& name) {
    for (const auto& [known, json] : unwrap(state_of(L).records().emitted(identity))) {
      if (known != name) continue;
      push_json(L, json);
      std::string text;
      append_scalar_text(L, -1, &text);
      lua_pop(L, 1);
      return text;
    }
    throw ScriptError("${emitted…}: " + identity + " has emitted no '" + name + "'");
  };
  for (const CommandWord& word : words) made->argv.push_back(render(word, paths, emitted));
  made->extra_environment = secret_environment(L, instance, command);
  lua_pop(L, 2);
}

std::string working_directory(lua_State* L, int instance) {
  const State& state = state_of(L);
  const TaskDecl& task = *to_instance(L, instance)->task;
  const std::string given = string_field(L, 1, "cwd");
  if (!given.empty()) {
    const BoundText text = bind_text(task, given, TemplateKind::kText, false);
    return state.absolute(expand_text(L, instance, text));
  }
  if (task.cwd.empty()) return state.options.root;
  return state.absolute(expand_text(L, instance, task.cwd));
}

/// Pushes {code, signal, stdout, stderr, seconds, words, cut}, or nil and a message.
int command_ended(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  const Result<ScriptAnswer> answer = state_of(L).job->take_answer();
  if (!answer) {
    lua_pushnil(L);
    push(L, answer.error().message);
    return 2;
  }
  const auto* result = &std::get<CommandResult>(*answer);
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, result->signal != 0 ? 128 + result->signal : result->exit_code);
  lua_setfield(L, -2, "code");
  if (result->signal != 0) {
    lua_pushinteger(L, result->signal);
    lua_setfield(L, -2, "signal");
  }
  push(L, result->out);
  lua_setfield(L, -2, "stdout");
  push(L, result->err);
  lua_setfield(L, -2, "stderr");
  lua_pushnumber(L, std::chrono::duration<double>(result->wall).count());
  lua_setfield(L, -2, "seconds");
  lua_pushboolean(L, result->cut);
  lua_setfield(L, -2, "cut");
  return 1;
}

// core.command{command =, stdin =, stdout =, stderr =, cwd =, env =, timeout =, capture =}
int command(lua_State* L) {
  Job& job = working_job(L, "sh");
  check_can_suspend(L, job, "sh");
  push_kept(L, job.working_instance());
  const int instance = lua_gettop(L);
  ScriptCommand made;
  made.cwd = working_directory(L, instance);
  read_words(L, job, instance, made.cwd == state_of(L).options.root, &made);
  for (std::string& variable : working_environment(L, instance)) {
    made.extra_environment.push_back(std::move(variable));
  }
  if (lua_getfield(L, 1, "env") == LUA_TTABLE) {
    const TaskDecl& task = *to_instance(L, instance)->task;
    for (std::string& variable :
         build_environment(L, instance, read_environment_texts(L, task, lua_gettop(L)))) {
      made.extra_environment.push_back(std::move(variable));
    }
  }
  lua_pop(L, 1);
  const bool capture = bool_field(L, 1, "capture");
  made.in = read_stream(L, "stdin", true, false);
  made.out = read_stream(L, "stdout", false, capture);
  made.err = read_stream(L, "stderr", false, capture);
  const int64_t timeout = int_field(L, 1, "timeout", -1);
  if (timeout >= 0) made.timeout = Duration(timeout);
  job.ask(std::move(made));
  job.suspend();
  return lua_yieldk(L, 0, 0, bound_k<command_ended>);
}

// core.finish("skip" | "fail", text)
int finish(lua_State* L) {
  const std::string how(view(L, 1));
  Job& job = working_job(L, how.c_str());
  job.end_as({how == "skip" ? ScriptOutcome::Kind::kSkipped : ScriptOutcome::Kind::kFailedForGood,
              std::string(view(L, 2)), ""});
  if (!job.can_suspend(L)) throw ScriptError(how + ": " + std::string(view(L, 2)));
  job.suspend();
  return lua_yield(L, 0);
}

int taken(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  (void)unwrap(state_of(L).job->take_answer());
  return 0;
}

int log(lua_State* L) {
  const State& state = state_of(L);
  if (state.job == nullptr) {
    throw ScriptError(
        "nothing is printed while files load: a declaration is read by many "
        "processes; error(…) shows a value");
  }
  const std::string text = without_secrets(L, view(L, 2));
  state.job->sink().on_log(view(L, 1), text);
  if (!state.job->printed(text.size() + 1) || !state.job->can_suspend(L)) return 0;
  state.job->ask(SessionQuestion());
  state.job->suspend();
  return lua_yieldk(L, 0, 0, bound_k<taken>);
}

void check_emitted(lua_State* L) {
  constexpr size_t kLongest = 1024;
  if (lua_type(L, -2) != LUA_TSTRING || view(L, -2).empty()) {
    throw ScriptError("emit: names are text; got " + describe(L, -2));
  }
  const std::string name(view(L, -2));
  if (lua_type(L, -1) == LUA_TNUMBER) {
    if (!std::isfinite(lua_tonumber(L, -1))) {
      throw ScriptError("emit: " + name + " is " + describe(L, -1) + ", expected a finite number");
    }
  } else if (lua_type(L, -1) != LUA_TSTRING) {
    throw ScriptError("emit: " + name + " is " + describe(L, -1) +
                      ", expected a number or text (tostring makes text)");
  } else if (view(L, -1).size() > kLongest) {
    throw ScriptError("emit: " + name + " has " + std::to_string(view(L, -1).size()) +
                      " bytes, at most 1024 are kept");
  } else if (!is_utf8(view(L, -1))) {
    throw ScriptError("emit: " + name + " is not UTF-8");
  }
}

/// The checked name and value on top of the stack, as they may be kept: without secrets.
std::pair<std::string, std::string> emitted_value(lua_State* L) {
  std::string text;
  append_scalar_text(L, -1, &text);
  const std::string shown = without_secrets(L, text);
  std::string json;
  if (lua_type(L, -1) == LUA_TNUMBER && shown == text) {
    json = json_text(L, -1);
  } else {
    push(L, shown);
    json = json_text(L, -1);
    lua_pop(L, 1);
  }
  return {without_secrets(L, view(L, -2)), std::move(json)};
}

int emit(lua_State* L) {
  Job& job = working_job(L, "emit");
  if (!lua_istable(L, 1)) {
    throw ScriptError("emit: expected {name = value}, got " + describe(L, 1));
  }
  std::vector<std::pair<std::string, std::string>> values;
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    check_emitted(L);
    values.push_back(emitted_value(L));
  }
  std::sort(values.begin(), values.end());
  for (const auto& [name, value] : values) job.sink().on_emit(name, value);
  return 0;
}

int progress(lua_State* L) {
  Job& job = working_job(L, "progress");
  const double fraction = lua_type(L, 1) == LUA_TNUMBER ? lua_tonumber(L, 1) : -1;
  if (!(fraction >= 0 && fraction <= 1)) {
    throw ScriptError("progress: expected a number from 0 to 1, got " + describe(L, 1));
  }
  if (!lua_isnoneornil(L, 2) && lua_type(L, 2) != LUA_TSTRING) {
    throw ScriptError("progress: expected text, got " + describe(L, 2));
  }
  const std::string text = without_secrets(L, view(L, 2));
  job.sink().on_progress(fraction, text);
  const std::string line =
      std::to_string(std::lround(fraction * 100)) + "%" + (text.empty() ? "" : " " + text);
  if (job.is_new_progress(line)) job.sink().on_log("progress", line);
  return 0;
}

// --- math.random: as Lua's, but a generator for each attempt, seeded by the task's identity ---

int64_t check_integer(lua_State* L, int index) {
  int is_whole = 0;
  const lua_Integer value = lua_tointegerx(L, index, &is_whole);
  if (is_whole == 0) {
    throw ScriptError("math.random: expected a whole number, got " + describe(L, index));
  }
  return value;
}

/// That of the job, where chance has a place: in a session, too.
std::mt19937_64& generator_of(lua_State* L, const char* what) {
  const State& state = state_of(L);
  const bool typed = state.job != nullptr && state.phase == Phase::kSession;
  return (typed ? *state.job : working_job(L, what)).random();
}

int random(lua_State* L) {
  auto& generator = generator_of(L, "math.random");
  const int count = lua_gettop(L);
  if (count == 0) {
    lua_pushnumber(L, static_cast<double>(generator() >> 11) * 0x1p-53);
    return 1;
  }
  const int64_t low = count == 1 ? 1 : check_integer(L, 1);
  const int64_t high = check_integer(L, count == 1 ? 1 : 2);
  if (count == 1 && high == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(generator()));
    return 1;
  }
  if (low > high) throw ScriptError("math.random: the interval is empty");
  // Drawn by rejection, the same on every platform.
  const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  uint64_t mask = span;
  for (const int shift : {1, 2, 4, 8, 16, 32}) mask |= mask >> shift;
  uint64_t drawn = generator() & mask;
  while (drawn > span) drawn = generator() & mask;
  const uint64_t value = static_cast<uint64_t>(low) + drawn;
  lua_pushinteger(L, static_cast<lua_Integer>(value));
  return 1;
}

int randomseed(lua_State* L) {
  auto& generator = generator_of(L, "math.randomseed");
  generator.seed(static_cast<uint64_t>(check_integer(L, 1)));
  return 0;
}

}  // namespace

Job& working_job(lua_State* L, const char* what) {
  const State& state = state_of(L);
  if (state.phase == Phase::kSession) {
    throw ScriptError(std::string(what) + " works inside run only, not where you type");
  }
  if (state.job == nullptr || state.phase != Phase::kWorking) {
    throw ScriptError(
        std::string(what) + " works in run and check only" +
        (state.phase == Phase::kLoading ? ", not while files load" : ": everything else is pure"));
  }
  return *state.job;
}

void check_can_suspend(lua_State* L, const Job& job, const char* what) {
  if (job.can_suspend(L)) return;
  throw ScriptError(std::string(what) + " cannot wait inside " + obstacle(L) +
                    ": what happens there must not suspend");
}

void open_work(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"command", bound<command>},
                                        {"finish", bound<finish>},
                                        {"log", bound<log>},
                                        {"emit", bound<emit>},
                                        {"progress", bound<progress>},
                                        {"random", bound<random>},
                                        {"randomseed", bound<randomseed>},
                                        {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
