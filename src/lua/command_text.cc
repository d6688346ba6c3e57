#include "lua/command_text.h"

#include <algorithm>
#include <optional>

#include "base/shell_script.h"
#include "lua/binding.h"
#include "lua/instance.h"
#include "lua/job.h"
#include "lua/requirements.h"

namespace moondial::script {
namespace {

CommandPiece literal(std::string text) {
  return {CommandPiece::Kind::kLiteral, std::move(text), 0};
}

/// The variable of the environment that holds a secret parameter.
std::string secret_variable(const TaskDecl& task, size_t param) {
  return "MOONDIAL_SECRET_" + task.params[param].name;
}

/// What placeholders of commands stand for.
class Words {
 public:
  Words(lua_State* L, const CommandContext& context)
      : lua_(L), context_(context), task_(*to_instance(L, context.instance)->task) {}

  [[nodiscard]] const TaskDecl& task() const { return task_; }

  [[nodiscard]] std::vector<std::string> inputs(const BoundPiece& piece) const {
    std::vector<std::string> paths =
        input_paths(lua_, context_.instance, context_.requirements, piece.path);
    if (!context_.at_root) {
      for (std::string& path : paths) path = state_of(lua_).absolute(path);
    }
    return paths;
  }

  [[nodiscard]] std::vector<uint32_t> outputs(const BoundPiece& piece) const {
    if (context_.outputs == 0) throw ScriptError(no_output_message(task_));
    return output_indices(task_, *context_.shape, context_.outputs, piece.path);
  }

  /// What ${output} is of a target of the user's own: its path as it was declared.
  [[nodiscard]] std::optional<std::string> own_output(const BoundPiece& piece) const {
    if (context_.outputs != 0 || !piece.path.empty()) return std::nullopt;
    std::string path = target_path(lua_, context_.instance);
    if (path.empty()) return std::nullopt;
    return path;
  }

  /// The emitted value that a placeholder names: of a requirement, by its own name.
  [[nodiscard]] CommandPiece emitted(const BoundPiece& piece) const {
    const std::vector<std::string> names(piece.path.begin(), piece.path.end() - 1);
    const std::string id = required_identity(lua_, context_.instance, context_.requirements, names);
    return emitted_piece(id, piece.path.back(), false);
  }

  [[nodiscard]] std::string path(const BoundPiece& piece) const {
    return context_.at_root ? piece.text : state_of(lua_).absolute(piece.text);
  }

  [[nodiscard]] std::string parameter(const BoundPiece& piece) const {
    return expand_text(lua_, context_.instance, {piece});
  }

 private:
  lua_State* lua_;
  const CommandContext& context_;
  const TaskDecl& task_;
};

std::vector<ShellWord> shell_words(const Words& words, const BoundPiece& piece) {
  std::vector<ShellWord> found;
  switch (piece.kind) {
    case BoundPiece::Kind::kInput:
      for (std::string& path : words.inputs(piece)) {
        found.push_back({ShellWord::Kind::kText, std::move(path), 0});
      }
      break;
    case BoundPiece::Kind::kOutput:
      if (auto own = words.own_output(piece)) {
        found.push_back({ShellWord::Kind::kText, std::move(*own), 0});
        break;
      }
      for (const uint32_t output : words.outputs(piece)) {
        found.push_back({ShellWord::Kind::kOutput, {}, output});
      }
      break;
    case BoundPiece::Kind::kEmitted:
      found.push_back({ShellWord::Kind::kEmitted, words.emitted(piece).text, 0});
      break;
    default:
      if (words.task().params[piece.param].secret) {
        found.push_back(
            {ShellWord::Kind::kVariable, secret_variable(words.task(), piece.param), 0});
      } else {
        found.push_back({ShellWord::Kind::kText, words.parameter(piece), 0});
      }
  }
  return found;
}

std::vector<CommandWord> shell_command(lua_State* L, const Words& words,
                                       const CommandText& command) {
  std::vector<CommandWord> argv;
  for (const std::string& word : state_of(L).declarations.config.shell) {
    argv.push_back({literal(word)});
  }
  const auto resolve = [&](const TemplatePiece& piece) -> Result<std::vector<ShellWord>> {
    for (size_t i = 0; i < command.script.size(); ++i) {
      if (command.script[i].is_placeholder && command.script[i].text == piece.text) {
        return shell_words(words, command.words.front()[i]);
      }
    }
    return Error{Code::kInternal, "a placeholder that was not bound", {}};
  };
  argv.push_back(unwrap(shell_script(command.script, resolve)));
  return argv;
}

/// An element of a list that is exactly one placeholder: a word for each path.
bool add_paths(const Words& words, const BoundText& text, std::vector<CommandWord>* argv) {
  if (text.size() != 1) return false;
  if (text[0].kind == BoundPiece::Kind::kInput) {
    for (std::string& path : words.inputs(text[0])) argv->push_back({literal(std::move(path))});
    return true;
  }
  if (text[0].kind == BoundPiece::Kind::kOutput && !words.own_output(text[0])) {
    for (const uint32_t output : words.outputs(text[0])) {
      argv->push_back({{CommandPiece::Kind::kOutput, {}, output}});
    }
    return true;
  }
  return false;
}

void check_one(size_t count) {
  if (count == 1) return;
  throw ScriptError("sh: a placeholder inside a word stands for " + std::to_string(count) +
                    " files: make it an element of its own");
}

CommandWord list_word(const Words& words, const BoundText& text) {
  CommandWord word;
  for (const BoundPiece& piece : text) {
    switch (piece.kind) {
      case BoundPiece::Kind::kText:
        word.push_back(literal(piece.text));
        break;
      case BoundPiece::Kind::kPath:
        word.push_back(literal(words.path(piece)));
        break;
      case BoundPiece::Kind::kParam:
        word.push_back(literal(words.parameter(piece)));
        break;
      case BoundPiece::Kind::kEmitted:
        word.push_back(words.emitted(piece));
        break;
      case BoundPiece::Kind::kInput: {
        std::vector<std::string> paths = words.inputs(piece);
        check_one(paths.size());
        word.push_back(literal(std::move(paths[0])));
        break;
      }
      case BoundPiece::Kind::kOutput: {
        if (auto own = words.own_output(piece)) {
          word.push_back(literal(std::move(*own)));
          break;
        }
        const std::vector<uint32_t> outputs = words.outputs(piece);
        check_one(outputs.size());
        word.push_back({CommandPiece::Kind::kOutput, {}, outputs[0]});
        break;
      }
    }
  }
  for (const CommandPiece& piece : word) {
    const bool is_text = piece.kind == CommandPiece::Kind::kLiteral;
    if (is_text && piece.text.find('\0') != std::string::npos) {
      throw ScriptError("sh: a word holds a NUL byte, which no command can be given");
    }
  }
  return word;
}

}  // namespace

std::string no_output_message(const TaskDecl& task) {
  if (task.target == LUA_NOREF) return "${output}: the task has no output";
  return "${output}: its target has no path; write target{ path = \"…\", … }";
}

std::vector<CommandWord> build_command(lua_State* L, const CommandContext& context,
                                       const CommandText& command) {
  const Words words(L, context);
  if (command.kind == CommandText::Kind::kShell) return shell_command(L, words, command);
  std::vector<CommandWord> argv;
  for (const BoundText& text : command.words) {
    if (!add_paths(words, text, &argv)) argv.push_back(list_word(words, text));
  }
  if (argv.empty()) throw ScriptError("sh: the command has no words");
  return argv;
}

std::vector<std::string> secret_environment(lua_State* L, int instance,
                                            const CommandText& command) {
  std::vector<std::string> variables;
  if (command.kind != CommandText::Kind::kShell) return variables;
  const TaskDecl& task = *to_instance(L, instance)->task;
  for (const BoundPiece& piece : command.words.front()) {
    if (piece.kind != BoundPiece::Kind::kParam || !task.params[piece.param].secret) continue;
    std::string variable = secret_variable(task, piece.param);
    variable.append("=").append(expand_text(L, instance, {piece}));
    if (variable.find('\0') != std::string::npos) {
      throw ScriptError("sh: the secret parameter '" + task.params[piece.param].name +
                        "' holds a NUL byte, which no environment can");
    }
    if (std::ranges::find(variables, variable) == variables.end()) {
      variables.push_back(std::move(variable));
    }
  }
  return variables;
}

void check_words(lua_State* L, const std::vector<CommandWord>& argv) {
  const Job* job = state_of(L).job;
  if (job == nullptr || job->guarded_secrets().empty()) return;
  for (const CommandWord& word : argv) {
    for (const CommandPiece& piece : word) {
      if (!job->guarded_secrets().finds(piece.text)) continue;
      throw ScriptError(
          "sh: the value of a secret would stand on the command line, which everybody on the "
          "machine can read; write ${name} in a sh that is one text, or hand it over with env");
    }
  }
}

std::vector<std::string> build_environment(
    lua_State* L, int instance, const std::vector<std::pair<std::string, BoundText>>& env) {
  std::vector<std::string> variables;
  for (const auto& [name, text] : env) {
    variables.push_back(name + "=" + expand_text(L, instance, text));
    if (variables.back().find('\0') != std::string::npos) {
      throw ScriptError("env: the value of " + name + " holds a NUL byte");
    }
  }
  return variables;
}

}  // namespace moondial::script
