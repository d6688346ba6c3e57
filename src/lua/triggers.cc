// Triggers: what they declare, and the question what one of them starts.
#include "lua/triggers.h"

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "lua/binding.h"
#include "lua/declared_text.h"
#include "lua/instance.h"
#include "lua/library.h"
#include "lua/state.h"
#include "lua/task_ref.h"

namespace moondial::script {
namespace {

/// The words and kinds of the table at 1 have been checked.
TriggerInfo read_trigger(lua_State* L) {
  TriggerInfo info;
  const std::string kind = string_field(L, 1, "kind");
  info.kind = kind == "file"   ? TriggerKind::kFile
              : kind == "done" ? TriggerKind::kDone
                               : TriggerKind::kWebhook;
  info.subject = string_field(L, 1, "subject");
  info.doc = string_field(L, 1, "doc");
  info.settle = Duration(int_field(L, 1, "settle", info.settle.count()));
  info.file = string_field(L, 1, "file");
  info.line = static_cast<int>(int_field(L, 1, "line"));
  return info;
}

// core.trigger{kind =, subject =, start =, …}
int declare_trigger(lua_State* L) {
  State& state = state_of(L);
  TriggerInfo info = read_trigger(L);
  auto& all = state.declarations.triggers;
  const std::string name = info.name();
  if (state.starts.contains(name)) {
    const auto same = std::ranges::find(all, name, &TriggerInfo::name);
    state.add_error(info.file, info.line,
                    "on." + std::string(to_string(info.kind)) + " \"" + info.subject +
                        "\" is declared twice, also at " + same->file + ":" +
                        std::to_string(same->line),
                    "let one of them start all: return { tasks.A{ … }, tasks.B{ … } }");
    return 0;
  }
  info.fingerprint = sha256_hex(declared_text(state.sources[info.file], info.line)).substr(0, 15);
  lua_getfield(L, 1, "start");
  state.starts[name] = keep(L);
  all.push_back(std::move(info));
  return 0;
}

/// Pushes the task that has succeeded, as `cause` has it.
void push_done_task(lua_State* L, const TriggerInfo& info, const std::string& cause) {
  const State& state = state_of(L);
  const auto task = state.tasks_by_name.find(info.subject);
  if (task == state.tasks_by_name.end()) {
    throw ScriptError("there is no task '" + info.subject + "'");
  }
  Params params;
  const Json json = parse_json(cause);
  for (const auto& [name, value] : json_member(json, "params").items()) {
    if (value.is_string()) params.emplace_back(name, value.get<std::string>());
  }
  push_args_from_text(L, *task->second, params);
  construct(L, *task->second, 0, lua_gettop(L));
  lua_remove(L, -2);
}

void push_argument(lua_State* L, const TriggerInfo& info, const std::string& cause) {
  switch (info.kind) {
    case TriggerKind::kDone:
      return push_done_task(L, info, cause);
    case TriggerKind::kWebhook:
      if (!parse_json(cause).is_discarded()) return push_json(L, cause);
      break;
    case TriggerKind::kFile:
      break;
  }
  push(L, cause);
}

}  // namespace

void open_triggers(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"trigger", bound<declare_trigger>}, {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

void check_triggers(lua_State* L) {
  State& state = state_of(L);
  for (const TriggerInfo& info : state.declarations.triggers) {
    if (info.kind != TriggerKind::kDone || state.tasks_by_name.contains(info.subject)) continue;
    state.add_error(info.file, info.line,
                    "on.done \"" + info.subject + "\": " + no_such_task(state, info.subject));
  }
}

void push_trigger_call(lua_State* L, const StartCall& call) {
  const State& state = state_of(L);
  const auto& all = state.declarations.triggers;
  const auto info = std::ranges::find(all, call.schedule, &TriggerInfo::name);
  if (info == all.end()) throw ScriptError("it is not declared any more");
  push_kept(L, state.starts.at(call.schedule));
  push_argument(L, *info, call.cause);
}

}  // namespace moondial::script
