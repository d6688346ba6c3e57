#pragma once

#include <lua.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lua/state.h"

namespace moondial::script {

/// A task with its parameters, as Lua sees it: a userdata whose user values are the parameters
/// (1 … n), the identity (n + 1) and a table of what was asked for before (n + 2, or nil).
/// Interned by identity, but for the ones that a run or check works with.
struct Instance {
  const TaskDecl* task = nullptr;
};

/// The names of what every task has beside its parameters, in order.
[[nodiscard]] std::span<const std::string_view> instance_fields();

/// The instance at `index`, or nullptr.
[[nodiscard]] Instance* to_instance(lua_State* L, int index);

/// Pushes an instance. Parameters come from the table at `args` (0: none), else the same-named
/// ones of the instance at `from` (0: none), else defaults. Throws ScriptError naming task,
/// parameter, value and what was expected.
void construct(lua_State* L, const TaskDecl& task, int from, int args);

/// Pushes what stands for a task where there is none: it has no parameter or output.
void push_no_task(lua_State* L);

/// Pushes a table of parameters read from text, for construct(). Throws as construct() does.
void push_args_from_text(lua_State* L, const TaskDecl& task, const Params& params);

/// Pushes a copy of the instance at `index` that is not interned and has an empty table of its
/// own for what a run works with, and that table.
void push_working_copy(lua_State* L, int index);

[[nodiscard]] std::string_view instance_id(lua_State* L, int index);

/// The canonical texts of the instance's parameters: those of the identity and the others.
void read_params(lua_State* L, int index, Params* significant, Params* others);

/// The texts of the instance's secret parameters that must not be seen: values, and what is in
/// them.
[[nodiscard]] std::vector<std::string> secret_texts(lua_State* L, int index);

/// Makes the instance's secrets known to the running job, if there is one.
void tell_secrets(lua_State* L, int index);

/// Pushes the parameter's value; nil if it is optional and absent.
inline void push_param(lua_State* L, int index, size_t param) {
  lua_getiuservalue(L, index, static_cast<int>(param) + 1);
}

void open_instances(lua_State* L);

}  // namespace moondial::script
