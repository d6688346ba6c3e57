#pragma once

#include <lua.hpp>
#include <string>
#include <vector>

#include "base/command.h"
#include "lua/outputs.h"
#include "lua/state.h"

namespace moondial::script {

/// What a command's placeholders are looked up in. Indices of the Lua stack.
struct CommandContext {
  int instance = 0;
  int requirements = 0;  ///< what `requires` gave, or nil there
  const OutputShape* shape = nullptr;
  size_t outputs = 0;
  bool at_root = true;  ///< runs in the project's root: inputs may be relative
};

/// The words to start: of a list one by one, of a script the shell that runs it with its values
/// as arguments. Throws ScriptError.
[[nodiscard]] std::vector<CommandWord> build_command(lua_State* L, const CommandContext& context,
                                                     const CommandText& command);

/// "NAME=value" of the variables that a script's secret placeholders stand for.
[[nodiscard]] std::vector<std::string> secret_environment(lua_State* L, int instance,
                                                          const CommandText& command);

/// The error of an `${output}` that stands for no path.
[[nodiscard]] std::string no_output_message(const TaskDecl& task);

/// Throws if a word holds a secret that the running job guards.
void check_words(lua_State* L, const std::vector<CommandWord>& argv);

/// "NAME=value" of each variable.
[[nodiscard]] std::vector<std::string> build_environment(
    lua_State* L, int instance, const std::vector<std::pair<std::string, BoundText>>& env);

}  // namespace moondial::script
