// Errors of user code, as people read them: the user's place first, then the failing line and the
// values of its variables, then the user's frames; nothing of ours.
#include <charconv>

#include "lua/binding.h"
#include "lua/job.h"
#include "lua/local_values.h"

namespace moondial::script {
namespace {

/// Lua cuts long paths in its own messages ("...b/c.lua:3: …"); puts the whole one back.
std::string with_whole_path(const State& state, const std::string& message) {
  if (!message.starts_with("...")) return message;
  for (const auto& [path, text] : state.sources) {
    if (path.size() < 20) continue;
    for (size_t cut = path.size(); cut >= 20; --cut) {
      const std::string shown = "..." + path.substr(path.size() - cut) + ":";
      if (message.starts_with(shown)) return path + message.substr(shown.size() - 1);
    }
  }
  return message;
}

std::string source_line(const State& state, const Place& place) {
  const auto source = state.sources.find(place.file);
  if (source == state.sources.end()) return {};
  size_t at = 0;
  for (int line = 1; line < place.line; ++line) {
    at = source->second.find('\n', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  const size_t end = std::min(source->second.find('\n', at), source->second.size());
  std::string_view text(source->second.data() + at, end - at);
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string frame_text(lua_State* thread, lua_Debug* frame) {
  std::string text = std::string(frame->source + 1) + ":" + std::to_string(frame->currentline);
  lua_getinfo(thread, "n", frame);
  if (frame->name != nullptr) {
    text += " in " + std::string(frame->name);
  } else if (frame->what[0] == 'm') {
    text += " in the file itself";
  }
  return text;
}

/// The local variables where the thread runs that line of the user's.
std::string values_at(State& state, lua_State* thread, const Diagnostic& where) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(thread, level, &frame) != 0; ++level) {
    lua_getinfo(thread, "Sl", &frame);
    if (frame.source[0] != '@' || frame.currentline <= 0) continue;
    const bool is_it = frame.source + 1 == where.file && frame.currentline == where.line;
    return is_it ? local_values(state.main, thread, frame, "      ") : std::string();
  }
  return {};
}

std::string user_frames(lua_State* thread) {
  constexpr int kMost = 20;
  std::string frames;
  int shown = 0;
  lua_Debug frame;
  for (int level = 0; lua_getstack(thread, level, &frame) != 0; ++level) {
    lua_getinfo(thread, "Sl", &frame);
    if (frame.source[0] != '@' || frame.currentline <= 0) continue;
    if (++shown > kMost) return frames + "\n  …";
    frames += "\n  at " + frame_text(thread, &frame);
  }
  return frames;
}

/// What the error value on top of the stack says of itself. A thread that raised is dead, so it is
/// asked on the main one.
std::string own_text(State& state, lua_State* thread) {
  lua_State* L = lua_status(thread) == LUA_OK ? thread : state.main;
  lua_pushcfunction(L, [](lua_State* inner) -> int {
    luaL_tolstring(inner, 1, nullptr);
    return 1;
  });
  lua_pushvalue(thread, -(L == thread ? 2 : 1));
  lua_xmove(thread, L, 1);
  (void)lua_pcall(L, 1, 1, 0);
  std::string text(lua_type(L, -1) == LUA_TSTRING ? view(L, -1) : "an error without text");
  lua_pop(L, 1);
  return text;
}

}  // namespace

void split_hint(Diagnostic* diagnostic) {
  const std::string_view mark = "; did you mean '";
  const size_t at = diagnostic->message.rfind(mark);
  if (at == std::string::npos || !diagnostic->message.ends_with("'?")) return;
  diagnostic->hint = diagnostic->message.substr(at + 2);
  diagnostic->message.resize(at);
}

Diagnostic to_diagnostic(const State& state, const std::string& message) {
  Diagnostic diagnostic;
  diagnostic.message = message;
  for (size_t colon = message.find(':'); colon != std::string::npos && diagnostic.line == 0;
       colon = message.find(':', colon + 1)) {
    const std::string file = message.substr(0, colon);
    if (file.find('\n') != std::string::npos) break;
    if (!state.sources.contains(file)) continue;
    const char* digits = message.data() + colon + 1;
    const auto [end, error] =
        std::from_chars(digits, message.data() + message.size(), diagnostic.line);
    if (error != std::errc() || *end != ':') continue;
    diagnostic.file = file;
    const size_t rest = static_cast<size_t>(end - message.data()) + 1;
    diagnostic.message =
        message.substr(std::min(message.find_first_not_of(' ', rest), message.size()));
  }
  split_hint(&diagnostic);
  return diagnostic;
}

std::string error_message(State& state, lua_State* thread) {
  std::string message;
  if (lua_type(thread, -1) == LUA_TSTRING) {
    message = view(thread, -1);
  } else if (lua_checkstack(thread, LUA_MINSTACK) == 0) {
    message = "an error that is no text, and a full stack";
  } else if (luaL_getmetafield(thread, -1, "__tostring") != LUA_TNIL) {
    lua_pop(thread, 1);
    message = own_text(state, thread);
  } else {
    message = "an error that is " + describe(thread, -1);
  }
  message = with_whole_path(state, message);
  if (to_diagnostic(state, message).line == 0) {
    if (const auto place = user_place(thread)) message = place->text() + ": " + message;
  }
  return message;
}

Failure failure_of(State& state, lua_State* thread) {
  Failure out{error_message(state, thread), ""};
  const Diagnostic where = to_diagnostic(state, out.message);
  const std::string line = source_line(state, {where.file, where.line});
  if (!line.empty()) out.details = "\n  " + std::to_string(where.line) + " | " + line;
  out.details += values_at(state, thread, where) + user_frames(thread);
  return out;
}

}  // namespace moondial::script
