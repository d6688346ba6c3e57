#include "lua/session_job.h"

#include <algorithm>
#include <utility>

#include "lua/binding.h"

namespace moondial::script {
namespace {

/// What the texts that are typed are called in errors.
constexpr const char* kInput = "input";
/// What is printed before it is asked whether anybody takes it.
constexpr size_t kMostUntaken = size_t{64} << 10;

SessionResult::Kind kind_from(std::string_view word) {
  if (word == "incomplete") return SessionResult::Kind::kIncomplete;
  if (word == "completion") return SessionResult::Kind::kCompletion;
  if (word == "error") return SessionResult::Kind::kError;
  return SessionResult::Kind::kValues;
}

/// The line of that number of a text; empty if it has one line only, which everybody sees.
std::string line_of(const std::string& text, int number) {
  if (text.find('\n') == std::string::npos) return {};
  size_t at = 0;
  for (int line = 1; line < number; ++line) {
    at = text.find('\n', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  return text.substr(at, text.find('\n', at) - at);
}

}  // namespace

bool SessionJob::printed(size_t bytes) {
  printed_ += bytes;
  if (printed_ < kMostUntaken) return false;
  printed_ = 0;
  return true;
}

SessionResult SessionJob::session_result() const {
  if (outcome().kind != ScriptOutcome::Kind::kStopped) return result_;
  SessionResult stopped = result_;
  stopped.kind = SessionResult::Kind::kInterrupted;
  return stopped;
}

/// Each input has numbers of its own: a generator that begins with the same again helps nobody.
std::string SessionJob::seed() const {
  const auto now = state_.options.utc ? state_.options.utc() : UtcTime();
  return input_.text + std::to_string(now.time_since_epoch().count());
}

int SessionJob::prepare(lua_State* thread) {
  state_.sources[kInput] = "";  // a place in it is the user's
  push_kept(thread, state_.session);
  lua_createtable(thread, 0, 6);
  push(thread, input_.text);
  lua_setfield(thread, -2, "text");
  push(thread, std::string("@") + kInput);
  lua_setfield(thread, -2, "name");
  lua_pushinteger(thread, input_.line);
  lua_setfield(thread, -2, "line");
  lua_pushboolean(thread, input_.completes ? 1 : 0);
  lua_setfield(thread, -2, "completes");
  lua_pushboolean(thread, input_.json ? 1 : 0);
  lua_setfield(thread, -2, "json");
  lua_pushboolean(thread, input_.colour ? 1 : 0);
  lua_setfield(thread, -2, "colour");
  lua_pushinteger(thread, input_.columns);
  lua_setfield(thread, -2, "columns");
  return 1;
}

void SessionJob::on_returned(lua_State* thread) {
  set_outcome(ScriptOutcome::Kind::kSucceeded);
  result_.kind = kind_from(string_field(thread, -1, "kind"));
  for (const std::string& text : strings_field(thread, -1, "texts")) {
    result_.texts.push_back(secrets().mask(text));
  }
  result_.error = secrets().mask(string_field(thread, -1, "error"));
  result_.replaced = static_cast<uint64_t>(std::max<int64_t>(int_field(thread, -1, "replaced"), 0));
  result_.keeps_variables = bool_field(thread, -1, "keeps_variables");
}

void SessionJob::on_raised(lua_State* thread) {
  const std::string message = error_message(state_, thread);
  const Diagnostic where = to_diagnostic(state_, message);
  result_.kind = SessionResult::Kind::kError;
  result_.error = secrets().mask(message);
  result_.keeps_variables = true;  // what it had assigned before it failed
  if (where.file == kInput) {
    const std::string line = line_of(input_.text, where.line - input_.line + 1);
    if (!line.empty()) {
      result_.error += secrets().mask("\n  " + std::to_string(where.line) + " | " + line);
    }
  }
  set_outcome(ScriptOutcome::Kind::kFailed, message);
}

std::unique_ptr<ScriptJob> make_session_job(State& state, SessionInput input, ScriptSink* sink) {
  return std::make_unique<SessionJob>(state, std::move(input), sink);
}

}  // namespace moondial::script
