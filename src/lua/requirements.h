#pragma once

#include <functional>
#include <lua.hpp>
#include <string>
#include <vector>

#include "lua/state.h"

namespace moondial::script {

/// Pushes what the declaration requires of the instance: tasks in the shape in which they are
/// written, or nil. Calls `requires` if it is a function.
void push_requirements(lua_State* L, int instance);

/// Puts, in place of what is on top of the stack, its mirror: each task (or bare constructor, which
/// is handed the owner's parameters) replaced by what `replace` leaves for it; `replace` finds an
/// instance on top of the stack and replaces it. Throws ScriptError for what is no task.
void mirror_requirements(lua_State* L, int owner, const std::function<void()>& replace);

/// Calls `visit` with each required instance on top of the stack (to be left there), in order:
/// lists first, then names in byte order.
void each_requirement(lua_State* L, int owner, int value, const std::function<void()>& visit);

/// Pushes t.input: the mirror of the requirements with outputs in place of tasks.
void push_input(lua_State* L, int instance);

/// Replaces the value on top of the stack, tasks in any shape, by the same with their outputs.
void push_outputs_of(lua_State* L, int owner);

/// The paths that `${input…}` means: `path` are the names after `input`. `value` is the index of
/// the requirements.
[[nodiscard]] std::vector<std::string> input_paths(lua_State* L, int owner, int value,
                                                   const std::vector<std::string>& path);

/// The identity of the task that `${emitted.<path>.key}` is about, the requirement of that name.
[[nodiscard]] std::string required_identity(lua_State* L, int owner, int value,
                                            const std::vector<std::string>& path);

/// The indices of the outputs that `${output…}` means.
[[nodiscard]] std::vector<uint32_t> output_indices(const TaskDecl& task, const OutputShape& shape,
                                                   size_t count,
                                                   const std::vector<std::string>& path);

/// task:complete(), by itself and at once.
[[nodiscard]] bool is_complete(lua_State* L, int instance);

}  // namespace moondial::script
