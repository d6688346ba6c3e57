#pragma once

#include <array>
#include <lua.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/template.h"
#include "engine/script_host.h"
#include "lua/param_kind.h"

namespace moondial::script {

/// Fields of a task that may be functions of it; in the order in which a plan asks for them.
enum class Field : uint8_t {
  kOutput,
  kComplete,
  kRequires,
  kSh,
  kEnv,
  kPriority,
  kUses,
  kRetry,
  kTimeout,
  kTakes,
  kLock,
};
constexpr size_t kFields = 11;
[[nodiscard]] const char* field_name(Field field);

/// A piece of a text whose placeholders were looked up.
struct BoundPiece {
  enum class Kind : uint8_t { kText, kPath, kParam, kInput, kOutput, kEmitted };
  Kind kind = Kind::kText;
  std::string text;               ///< of kText; of kPath: as people write it
  size_t param = 0;               ///< of kParam: index into TaskDecl::params
  std::string format;             ///< of kParam
  std::vector<std::string> path;  ///< what follows the first name; of kParam: first or last
};
using BoundText = std::vector<BoundPiece>;

/// The path of an output.
struct BoundOutput {
  BoundText text;
  bool is_dir = false;
};

/// The shape of outputs: how keys belong to the flat list of paths.
struct OutputShape {
  enum class Kind : uint8_t { kNone, kSingle, kList, kMap };
  Kind kind = Kind::kNone;
  std::vector<std::string> keys;  ///< of kMap, sorted
};

/// The command of a task, when it does not depend on a function.
struct CommandText {
  enum class Kind : uint8_t { kNone, kShell, kList };
  Kind kind = Kind::kNone;
  std::vector<BoundText> words;       ///< of kShell: one, the script
  std::vector<TemplatePiece> script;  ///< of kShell: the pieces that words[0] was bound from
};

/// A declared task. Made by declare(), constant afterwards.
struct TaskDecl {
  std::string name;
  std::string doc;
  std::string file;
  int line = 0;
  std::vector<ParamSpec> params;  ///< sorted by name
  std::vector<std::string> param_names;
  bool all_significant = true;         ///< the identity says all
  int fields_of_instance = LUA_NOREF;  ///< registry: name → index of the parameter

  WorkKind work = WorkKind::kNone;
  int run = LUA_NOREF, check = LUA_NOREF, when = LUA_NOREF;
  int retry_when = LUA_NOREF, on_success = LUA_NOREF, on_failure = LUA_NOREF;
  int target = LUA_NOREF;  ///< the table of an output that is target{…}
  BoundText target_path;
  bool stale = false;  ///< rerun = "stale"
  std::vector<BoundText> reads;
  int requires_value = LUA_NOREF;        ///< tasks, as declared; no function
  std::array<int, kFields> functions{};  ///< registry, or LUA_NOREF
  OutputShape output_shape;              ///< if output is no function
  std::vector<BoundOutput> outputs;
  CommandText command;
  std::vector<std::pair<std::string, BoundText>> env;
  BoundText cwd;
  std::vector<std::string> tags;
  /// Name, file, line, work and all that is the same for each instance.
  TaskInstance prototype;

  [[nodiscard]] bool has_function(Field field) const {
    return functions[static_cast<size_t>(field)] != LUA_NOREF;
  }
  [[nodiscard]] int function(Field field) const { return functions[static_cast<size_t>(field)]; }
  [[nodiscard]] const ParamSpec* param(std::string_view wanted) const;
};

/// Binds core.declare(table) and the like; see declare.cc.
void open_declare(lua_State* L);

/// The line of `field = …` in the declaration that begins at `line`; that line if it is not found.
[[nodiscard]] int field_line(const std::string& source, int line, const std::string& field);

/// Looks up the placeholders of a text: parameters, and `input`, `output` if it is a command's.
/// Throws ScriptError with the nearest name for an unknown one.
[[nodiscard]] BoundText bind_text(const TaskDecl& task, std::string_view text, TemplateKind kind,
                                  bool is_command);

/// The same for texts that are in pieces already. Secret parameters are refused, but for texts that
/// are handed over in the environment.
[[nodiscard]] BoundText bind_pieces(const TaskDecl& task, const std::vector<TemplatePiece>& pieces,
                                    bool is_command, bool may_be_secret = false);

/// The command that `sh` at `index` means: text or a list of words. Throws ScriptError.
[[nodiscard]] CommandText read_command_text(lua_State* L, const TaskDecl& task, int index);
/// The same of a task's own `sh`, which has no options: that names stand among its words is
/// refused.
[[nodiscard]] CommandText read_task_command(lua_State* L, const TaskDecl& task, int index);

/// The table of variables at `index`, sorted by name.
[[nodiscard]] std::vector<std::pair<std::string, BoundText>> read_environment_texts(
    lua_State* L, const TaskDecl& task, int index);

/// Reads the normal form of a field (as the converters in Lua make it) on top of the stack into
/// `task`.
void read_field(lua_State* L, Field field, TaskInstance* task);

}  // namespace moondial::script
