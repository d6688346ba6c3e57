#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lua/state.h"

namespace moondial::script {

/// The outputs of an instance: final paths in the order of their keys, as a person writes them
/// (relative to the root where they lie beneath it).
struct Outputs {
  OutputShape shape;               ///< only if the declaration's `output` is a function
  std::vector<std::string> paths;  ///< those of folders end in "/"

  [[nodiscard]] const OutputShape& shape_of(const TaskDecl& task) const {
    return task.has_function(Field::kOutput) ? shape : task.output_shape;
  }
};

/// Asks the declaration. Calls `output` if it is a function; not from a coroutine that must yield.
[[nodiscard]] Outputs evaluate_outputs(lua_State* L, int instance);

/// The same when `output` is no function.
[[nodiscard]] Outputs expand_outputs(lua_State* L, int instance);

/// The same from what `output(t)` returned, on top of the stack (left there).
[[nodiscard]] Outputs read_outputs(lua_State* L, int instance);

/// Text with its parameters put in; it has no `input` or `output`.
[[nodiscard]] std::string expand_text(lua_State* L, int instance, const BoundText& text);

/// The path of a target of the user's own; empty if it was declared without one.
[[nodiscard]] std::string target_path(lua_State* L, int instance);

/// Pushes the targets in their shape: a target, or a table of them; {} if there are none.
void push_output_targets(lua_State* L, int instance);
/// The same for a running attempt: paths that are written instead of the final ones.
void push_staged_targets(lua_State* L, int instance, const std::vector<std::string>& staging);

/// Whether the file exists. `path` is relative to the root or absolute.
[[nodiscard]] bool path_exists(const State& state, const std::string& path);

/// Shape and texts of an `output` value at `index`: text, file target, list or map of them.
/// Throws ScriptError (without the task's name) for anything else.
struct OutputTexts {
  OutputShape shape;
  std::vector<std::string> texts;
  std::vector<bool> are_dirs;  ///< one for each text
};
[[nodiscard]] OutputTexts output_texts(lua_State* L, int index);

}  // namespace moondial::script
