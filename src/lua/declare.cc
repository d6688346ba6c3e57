// From the table that the DSL makes of a declaration to a TaskDecl. The Lua side has checked names
// and kinds of fields; here texts with placeholders are compiled, so that instances are cheap.
#include <algorithm>
#include <functional>

#include "base/hash.h"
#include "lua/binding.h"
#include "lua/command_text.h"
#include "lua/dates.h"
#include "lua/declared_text.h"
#include "lua/frozen.h"
#include "lua/outputs.h"
#include "lua/requirements.h"
#include "lua/schedules.h"
#include "lua/state.h"
#include "lua/task_decl.h"
#include "lua/task_ref.h"

namespace moondial::script {
namespace {

constexpr std::array<const char*, kFields> kFieldNames = {
    "output", "complete", "requires", "sh",    "env", "priority",
    "uses",   "retry",    "timeout",  "takes", "lock"};

/// Reads what a parameter's table on top of the stack says of its kind.
void read_kind(lua_State* L, ParamSpec* spec) {
  spec->kind = kind_of_name(string_field(L, -1, "kind")).value_or(Kind::kString);
  spec->path = bool_field(L, -1, "path");
  spec->choices = strings_field(L, -1, "choices");
  for (const char* name : {"min", "max"}) {
    if (lua_getfield(L, -1, name) != LUA_TNIL) read_bound(L, name[1] == 'i', spec);
    lua_pop(L, 1);
  }
  if (lua_getfield(L, -1, "item") != LUA_TNIL) {
    auto item = std::make_shared<ParamSpec>();
    item->secret = spec->secret;
    read_kind(L, item.get());
    spec->item = std::move(item);
  }
  lua_pop(L, 1);
}

/// Reads a parameter's table on top of the stack. Throws if its default is not of its kind.
ParamSpec read_param(lua_State* L) {
  ParamSpec spec;
  spec.name = string_field(L, -1, "name");
  spec.optional = bool_field(L, -1, "optional");
  spec.significant = bool_field(L, -1, "significant");
  spec.secret = bool_field(L, -1, "secret");
  spec.doc = string_field(L, -1, "doc");
  read_kind(L, &spec);
  lua_getfield(L, -1, "default");
  spec.has_default = !lua_isnil(L, -1);
  spec.default_is_function = lua_isfunction(L, -1);
  if (spec.has_default && !spec.default_is_function) {
    if (const std::string expected = accept_value(L, spec); !expected.empty()) {
      throw ScriptError("parameter '" + spec.name + "': default is " + describe(L, -1) +
                        ", expected " + expected);
    }
  }
  if (spec.has_default) {
    spec.default_value = keep(L);
  } else {
    lua_pop(L, 1);
  }
  return spec;
}

/// The parameter that a placeholder names, with what follows its name.
void bind_parameter(const ParamSpec& spec, const TemplatePiece& piece, const std::string& shown,
                    BoundPiece* bound) {
  bound->format = piece.format;
  bound->path.assign(piece.path.begin() + 1, piece.path.end());
  Kind kind = spec.kind;
  if (spec.secret && !(bound->path.empty() && bound->format.empty())) {
    throw ScriptError(shown + ": a secret is handed over as it is, without a format or parts");
  }
  if (!bound->path.empty()) {
    const bool has_ends = kind == Kind::kMonth || kind == Kind::kWeek || kind == Kind::kDates;
    const std::string& part = bound->path.front();
    if (!has_ends) throw ScriptError(shown + ": a parameter has no '" + part + "'");
    if (bound->path.size() > 1 || (part != "first" && part != "last")) {
      throw ScriptError(shown + ": '" + spec.name + "' has no '" + bound->path.back() +
                        "'; there are first and last");
    }
    kind = Kind::kDate;
  }
  if (bound->format.empty()) return;
  if (!has_format(kind)) {
    throw ScriptError(shown + ": only times have a format; '" + spec.name + "' is " +
                      kind_text(spec));
  }
  if (const Status checked = check_format(kind, bound->format); !checked.ok()) {
    throw ScriptError(checked.error().message);
  }
}

BoundPiece bind_placeholder(const TaskDecl& task, const TemplatePiece& piece, bool is_command) {
  const std::string shown = piece.text.starts_with("${") ? piece.text : "${" + piece.text + "}";
  BoundPiece bound;
  const std::string& first = piece.path.front();
  if (is_command && (first == "input" || first == "output")) {
    bound.kind = first == "input" ? BoundPiece::Kind::kInput : BoundPiece::Kind::kOutput;
    bound.path.assign(piece.path.begin() + 1, piece.path.end());
    if (!piece.format.empty()) throw ScriptError(shown + ": a path has no format");
    return bound;
  }
  if (is_command && first == "emitted") {
    bound.kind = BoundPiece::Kind::kEmitted;
    bound.path.assign(piece.path.begin() + 1, piece.path.end());
    if (bound.path.empty()) throw ScriptError(shown + ": write ${emitted.name.key}");
    if (!piece.format.empty()) throw ScriptError(shown + ": an emitted value has no format");
    return bound;
  }
  const auto found = std::lower_bound(task.param_names.begin(), task.param_names.end(), first);
  if (found == task.param_names.end() || *found != first) {
    std::vector<std::string> known = task.param_names;
    if (is_command) known.insert(known.end(), {"emitted", "input", "output"});
    std::sort(known.begin(), known.end());
    throw ScriptError(shown + ": no parameter '" + first + "'" + did_you_mean(first, known));
  }
  bound.kind = BoundPiece::Kind::kParam;
  bound.param = static_cast<size_t>(found - task.param_names.begin());
  bind_parameter(task.params[bound.param], piece, shown, &bound);
  return bound;
}

/// The condition that a word says; the Lua side has checked the word.
When when_of(const std::string& word) {
  constexpr std::array<std::pair<const char*, When>, 5> kWords = {{{"all", When::kAll},
                                                                   {"any", When::kAny},
                                                                   {"failed", When::kFailed},
                                                                   {"all_failed", When::kAllFailed},
                                                                   {"ended", When::kEnded}}};
  for (const auto& [known, when] : kWords) {
    if (word == known) return when;
  }
  return When::kAll;
}

/// Throws if the piece is a secret parameter, in a text that others can see.
void refuse_secret(const TaskDecl& task, const BoundPiece& bound, const std::string& shown,
                   bool is_command) {
  if (bound.kind != BoundPiece::Kind::kParam || !task.params[bound.param].secret) return;
  if (is_command) {
    throw ScriptError(shown +
                      ": a secret in a list of words would stand on the command line, which "
                      "everybody on the machine can read; write sh as one text, where it is handed "
                      "over in the environment, or env = { NAME = \"" +
                      shown + "\" }");
  }
  throw ScriptError(shown + ": a secret cannot be part of a path, which is recorded and shown");
}

/// Reads one declaration: the table at index 1.
class Declaration {
 public:
  Declaration(lua_State* L, State& state) : lua_(L), state_(state) {
    auto owned = std::make_unique<TaskDecl>();
    task_ = owned.get();
    state_.tasks.push_back(std::move(owned));
    task_->functions.fill(LUA_NOREF);
    task_->name = string_field(L, 1, "name");
    task_->doc = string_field(L, 1, "doc");
    task_->file = string_field(L, 1, "file");
    task_->line = static_cast<int>(int_field(L, 1, "line"));
  }

  void read() {
    read_params();
    read_functions();
    part("output", [this] { read_output(); });
    part("output", [this] { read_target(); });
    part("sh", [this] { read_command(); });
    part("env", [this] { read_environment(); });
    part("cwd", [this] {
      const std::string cwd = string_field(lua_, 1, "cwd");
      if (!cwd.empty()) task_->cwd = bind_text(*task_, cwd, TemplateKind::kText, false);
    });
    part("reads", [this] { read_rerun(); });
    read_prototype();
    publish();
  }

 private:
  /// Does a part; what it throws is an error at the field's line.
  void part(const char* field, const std::function<void()>& body) {
    const int top = lua_gettop(lua_);
    std::string message;
    try {
      body();
      return;
    } catch (const ScriptError& error) {
      message = error.what();
    }
    lua_settop(lua_, top);
    if (!message.starts_with(field)) message = std::string(field) + ": " + message;
    state_.add_error(task_->file, field_line(state_.sources[task_->file], task_->line, field),
                     task_->name + ": " + message);
  }

  void read_params() {
    lua_getfield(lua_, 1, "params");
    const auto count = static_cast<lua_Integer>(lua_rawlen(lua_, -1));
    for (lua_Integer i = 1; i <= count; ++i) {
      lua_rawgeti(lua_, -1, i);
      part("params", [this] { task_->params.push_back(read_param(lua_)); });
      lua_pop(lua_, 1);
    }
    lua_pop(lua_, 1);
    lua_createtable(lua_, 0, static_cast<int>(task_->params.size()));
    for (size_t i = 0; i < task_->params.size(); ++i) {
      task_->param_names.push_back(task_->params[i].name);
      task_->all_significant = task_->all_significant && task_->params[i].significant;
      push(lua_, task_->params[i].name);
      lua_pushinteger(lua_, static_cast<lua_Integer>(i) + 1);
      lua_rawset(lua_, -3);
    }
    task_->fields_of_instance = keep(lua_);
  }

  void read_functions() {
    for (size_t i = 0; i < kFields; ++i) {
      if (lua_getfield(lua_, 1, kFieldNames[i]) == LUA_TFUNCTION) {
        task_->functions[i] = keep(lua_);
      } else {
        lua_pop(lua_, 1);
      }
    }
    if (lua_getfield(lua_, 1, "requires") != LUA_TFUNCTION && !lua_isnil(lua_, -1)) {
      task_->requires_value = keep(lua_);
    } else {
      lua_pop(lua_, 1);
    }
    task_->run = function_or_none("run");
    task_->check = function_or_none("check");
    task_->when = function_or_none("when");
    task_->on_success = function_or_none("on_success");
    task_->on_failure = function_or_none("on_failure");
  }

  int function_or_none(const char* name) {
    if (lua_getfield(lua_, 1, name) == LUA_TFUNCTION) return keep(lua_);
    lua_pop(lua_, 1);
    return LUA_NOREF;
  }

  void read_output() {
    if (task_->has_function(Field::kOutput)) return;
    lua_getfield(lua_, 1, "output");
    const OutputTexts read = output_texts(lua_, -1);
    task_->output_shape = read.shape;
    for (size_t i = 0; i < read.texts.size(); ++i) {
      task_->outputs.push_back(
          {bind_text(*task_, read.texts[i], TemplateKind::kText, false), read.are_dirs[i]});
    }
    lua_pop(lua_, 1);
  }

  /// An output that is target{…}: it says itself whether it is there.
  void read_target() {
    if (lua_getfield(lua_, 1, "target") != LUA_TTABLE) return lua_pop(lua_, 1);
    const std::string path = string_field(lua_, -1, "path");
    if (!path.empty()) task_->target_path = bind_text(*task_, path, TemplateKind::kText, false);
    int& complete = task_->functions[static_cast<size_t>(Field::kComplete)];
    if (complete == LUA_NOREF) {
      lua_getfield(lua_, -1, "exists");
      complete = keep(lua_);
    }
    task_->target = keep(lua_);
  }

  void read_rerun() {
    task_->stale = string_field(lua_, 1, "rerun") == "stale";
    state_.any_stale = state_.any_stale || task_->stale;
    for (const std::string& path : strings_field(lua_, 1, "reads")) {
      task_->reads.push_back(bind_text(*task_, path, TemplateKind::kText, false));
    }
    const std::string text = declared_text(state_.sources[task_->file], task_->line);
    task_->prototype.fingerprint = sha256_hex(text).substr(0, 15);
  }

  void read_command() {
    if (task_->has_function(Field::kSh)) return;
    lua_getfield(lua_, 1, "sh");
    task_->command = read_task_command(lua_, *task_, lua_gettop(lua_));
    for (const BoundText& word : task_->command.words) check_output_names(word);
    lua_pop(lua_, 1);
  }

  void check_output_names(const BoundText& word) {
    if (task_->has_function(Field::kOutput)) return;
    for (const BoundPiece& piece : word) {
      if (piece.kind != BoundPiece::Kind::kOutput) continue;
      if (!task_->target_path.empty() && piece.path.empty()) continue;
      if (task_->outputs.empty()) throw ScriptError(no_output_message(*task_));
      (void)output_indices(*task_, task_->output_shape, task_->outputs.size(), piece.path);
    }
  }

  void read_environment() {
    if (task_->has_function(Field::kEnv)) return;
    if (lua_getfield(lua_, 1, "env") == LUA_TTABLE) {
      task_->env = read_environment_texts(lua_, *task_, lua_gettop(lua_));
    }
    lua_pop(lua_, 1);
  }

  void read_prototype() {
    TaskInstance& made = task_->prototype;
    made.name = task_->name;
    made.file = task_->file;
    made.line = task_->line;
    const std::string work = string_field(lua_, 1, "work");
    task_->work = work == "command"  ? WorkKind::kCommand
                  : work == "script" ? WorkKind::kScript
                                     : WorkKind::kNone;
    made.work = task_->work;
    made.has_check = task_->check != LUA_NOREF;
    made.asks_complete = task_->has_function(Field::kComplete) && task_->target == LUA_NOREF;
    made.publishes = task_->target != LUA_NOREF;
    made.on_success = task_->on_success != LUA_NOREF;
    made.on_failure = task_->on_failure != LUA_NOREF;
    made.uses = {{"cpu", 1}};
    made.grace = Duration(int_field(lua_, 1, "grace", 10'000'000));
    made.poll = Duration(int_field(lua_, 1, "poll", 30'000'000));
    made.sla = sla_field(lua_, 1);
    made.when = task_->when != LUA_NOREF ? When::kAsk : when_of(string_field(lua_, 1, "when"));
    made.external = bool_field(lua_, 1, "external");
    made.marks = bool_field(lua_, 1, "marks");
    for (const Field field : {Field::kPriority, Field::kUses, Field::kRetry, Field::kTimeout,
                              Field::kTakes, Field::kLock}) {
      if (task_->has_function(field)) continue;
      if (lua_getfield(lua_, 1, field_name(field)) != LUA_TNIL) read_field(lua_, field, &made);
      if (field == Field::kRetry && lua_istable(lua_, -1)) read_retry_when();
      lua_pop(lua_, 1);
    }
    task_->tags = strings_field(lua_, 1, "tags");
    lua_settop(lua_, 1);
  }

  void read_retry_when() {
    if (lua_getfield(lua_, -1, "when") == LUA_TFUNCTION) {
      task_->retry_when = keep(lua_);
      task_->prototype.asks_retry = true;
    } else {
      lua_pop(lua_, 1);
    }
  }

  void publish() {
    const auto [other, is_new] = state_.tasks_by_name.emplace(task_->name, task_);
    if (!is_new) {
      state_.add_error(task_->file, task_->line,
                       "task '" + task_->name + "' is declared twice; the other is at " +
                           other->second->file + ":" + std::to_string(other->second->line));
    }
    push_ref(lua_, task_->name);
    if (is_new) set_ref_task(lua_, -1, task_);
  }

  lua_State* lua_;
  State& state_;
  TaskDecl* task_;
};

int declare(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  Declaration(L, state_of(L)).read();
  return 1;
}

int field_line_function(lua_State* L) {
  lua_pushinteger(L, field_line(state_of(L).sources[std::string(view(L, 1))],
                                static_cast<int>(lua_tointeger(L, 2)), std::string(view(L, 3))));
  return 1;
}

}  // namespace

const char* field_name(Field field) { return kFieldNames[static_cast<size_t>(field)]; }

int field_line(const std::string& source, int line, const std::string& field) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  size_t at = 0;
  for (int number = 1; at < source.size(); ++number) {
    const size_t end = std::min(source.find('\n', at), source.size());
    const std::string_view row(source.data() + at, end - at);
    at = end + 1;
    if (number < line) continue;
    if (number > line && row.starts_with("task")) break;
    for (size_t hit = row.find(field); hit != std::string_view::npos;
         hit = row.find(field, hit + 1)) {
      const size_t after = row.find_first_not_of(" \t", hit + field.size());
      const bool is_whole = hit == 0 || !is_word(row[hit - 1]);
      if (is_whole && after != std::string_view::npos && row[after] == '=' &&
          row.substr(after, 2) != "==") {
        return number;
      }
    }
  }
  return line;
}

BoundText bind_pieces(const TaskDecl& task, const std::vector<TemplatePiece>& pieces,
                      bool is_command, bool may_be_secret) {
  BoundText bound;
  for (const TemplatePiece& piece : pieces) {
    if (piece.is_placeholder) {
      bound.push_back(bind_placeholder(task, piece, is_command));
      if (!may_be_secret) refuse_secret(task, bound.back(), piece.text, is_command);
    } else {
      bound.push_back({BoundPiece::Kind::kText, piece.text, 0, {}, {}});
    }
  }
  return bound;
}

BoundText bind_text(const TaskDecl& task, std::string_view text, TemplateKind kind,
                    bool is_command) {
  return bind_pieces(task, unwrap(parse_template(text, kind)), is_command);
}

CommandText read_command_text(lua_State* L, const TaskDecl& task, int index) {
  CommandText command;
  if (lua_type(L, index) == LUA_TSTRING) {
    command.kind = CommandText::Kind::kShell;
    command.script = unwrap(parse_template(view(L, index), TemplateKind::kShell));
    command.words.push_back(bind_pieces(task, command.script, true, true));
    return command;
  }
  if (lua_isnil(L, index)) return command;
  if (!lua_istable(L, index)) {
    throw ScriptError("sh: expected text or a list of words, got " + describe(L, index));
  }
  command.kind = CommandText::Kind::kList;
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, index));
  if (count == 0) throw ScriptError("sh: the list of words is empty");
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, i);
    const int type = lua_type(L, -1);
    if (type == LUA_TSTRING) {
      command.words.push_back(bind_text(task, view(L, -1), TemplateKind::kText, true));
    } else if (type == LUA_TNUMBER || is_time_value(L, -1)) {
      BoundPiece& piece = command.words.emplace_back().emplace_back();
      append_scalar_text(L, -1, &piece.text);
    } else if (type == LUA_TTABLE && luaL_getmetafield(L, -1, "is_target") != LUA_TNIL) {
      lua_pop(L, 1);
      command.words.push_back({{BoundPiece::Kind::kPath, string_field(L, -1, "path"), 0, {}, {}}});
    } else {
      throw ScriptError("sh: word " + std::to_string(i) + " is " + describe(L, -1) +
                        ", expected text, a number, a date or a target");
    }
    lua_pop(L, 1);
  }
  return command;
}

CommandText read_task_command(lua_State* L, const TaskDecl& task, int index) {
  CommandText command = read_command_text(L, task, index);
  if (command.kind != CommandText::Kind::kList) return command;
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, index));
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const bool is_place = lua_isinteger(L, -2) != 0;
    if (is_place && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= count) continue;
    throw ScriptError("sh: a list of words has no " + describe(L, -2) +
                      "; sh{ … } in run has options, of a task there are env, cwd, timeout");
  }
  return command;
}

std::vector<std::pair<std::string, BoundText>> read_environment_texts(lua_State* L,
                                                                      const TaskDecl& task,
                                                                      int index) {
  std::vector<std::pair<std::string, BoundText>> env;
  if (!lua_istable(L, index)) {
    throw ScriptError("env: expected {NAME = \"value\"}, got " + describe(L, index));
  }
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const std::string name(lua_type(L, -2) == LUA_TSTRING ? view(L, -2) : std::string_view());
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      throw ScriptError("env: " + describe(L, -2) + " is no name of a variable");
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
      const auto pieces = unwrap(parse_template(view(L, -1), TemplateKind::kText));
      env.emplace_back(name, bind_pieces(task, pieces, false, true));
    } else if (lua_type(L, -1) == LUA_TNUMBER || is_time_value(L, -1)) {
      BoundPiece& piece = env.emplace_back(name, BoundText()).second.emplace_back();
      append_scalar_text(L, -1, &piece.text);
    } else {
      throw ScriptError("env: " + name + " is " + describe(L, -1) + ", expected text or a number");
    }
  }
  std::sort(env.begin(), env.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return env;
}

void read_field(lua_State* L, Field field, TaskInstance* task) {
  switch (field) {
    case Field::kPriority:
      task->priority = lua_tonumber(L, -1);
      break;
    case Field::kUses:
      task->uses.clear();
      for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; ++i) {
        task->uses.push_back({string_field(L, -1, "pool"), int_field(L, -1, "units")});
        lua_pop(L, 1);
      }
      lua_pop(L, 1);
      break;
    case Field::kRetry:
      task->retry.times = static_cast<int>(int_field(L, -1, "times"));
      task->retry.delay = Duration(int_field(L, -1, "delay"));
      task->retry.backoff = number_field(L, -1, "backoff", 1);
      task->retry.max = Duration(int_field(L, -1, "max"));
      task->retry.jitter = number_field(L, -1, "jitter");
      break;
    case Field::kTimeout:
      task->timeout = Duration(lua_tointeger(L, -1));
      break;
    case Field::kLock:
      task->lock = view(L, -1);
      break;
    case Field::kTakes:
      task->takes = Duration(lua_tointeger(L, -1));
      break;
    default:
      break;
  }
}

void open_declare(lua_State* L) {
  static const luaL_Reg kFunctions[] = {
      {"declare", bound<declare>}, {"field_line", bound<field_line_function>}, {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
