#include "lua/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "lua/binding.h"
#include "lua/open_file.h"

namespace moondial::script {
namespace {

const char* const kHandleMeta = "moondial.handle";

std::string reason() { return file_error(); }

struct FileCloser {
  void operator()(FILE* file) const { (void)fclose(file); }
};
using File = std::unique_ptr<FILE, FileCloser>;

std::string path_at(lua_State* L, int index) { return std::string(view(L, index)); }

/// Opens, or throws saying `shown` (the path as the user wrote it).
File open_or_throw(const std::string& path, const char* mode, const std::string& shown) {
  File file(open_file(path, mode));
  if (!file) throw ScriptError(shown + ": " + reason());
  return file;
}

void close_written(File file, const std::string& shown) {
  if (fclose(file.release()) != 0) throw ScriptError(shown + ": " + reason());
}

// core.file_exists(path)
int exists(lua_State* L) {
  struct stat info {};
  lua_pushboolean(L, ::stat(path_at(L, 1).c_str(), &info) == 0);
  return 1;
}

// core.dir_list(path, shown) → names, sorted
int list(lua_State* L) {
  std::error_code error;
  std::vector<std::string> names;
  for (auto entry = std::filesystem::directory_iterator(path_at(L, 1), error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) throw ScriptError(path_at(L, 2) + ": " + error.message());
  std::sort(names.begin(), names.end());
  lua_createtable(L, static_cast<int>(names.size()), 0);
  for (size_t i = 0; i < names.size(); ++i) {
    push(L, names[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  return 1;
}

// core.file_info(path, shown) → size, mtime
int info(lua_State* L) {
  struct stat found {};
  if (::stat(path_at(L, 1).c_str(), &found) != 0)
    throw ScriptError(path_at(L, 2) + ": " + reason());
  lua_pushinteger(L, static_cast<lua_Integer>(found.st_size));
  lua_pushnumber(L, static_cast<double>(found.st_mtim.tv_sec) +
                        static_cast<double>(found.st_mtim.tv_nsec) * 1e-9);
  return 2;
}

// core.file_read(path, shown) → all bytes
int read(lua_State* L) {
  const std::string shown = path_at(L, 2);
  const File file = open_or_throw(path_at(L, 1), "rbe", shown);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (;;) {
    char* room = luaL_prepbuffsize(&buffer, 65536);
    const size_t got = fread(room, 1, 65536, file.get());
    luaL_addsize(&buffer, got);
    if (got < 65536) break;
  }
  if (ferror(file.get()) != 0) throw ScriptError(shown + ": " + reason());
  luaL_pushresult(&buffer);
  return 1;
}

// core.file_write(path, shown, text, append)
int write(lua_State* L) {
  const std::string shown = path_at(L, 2);
  File file = open_or_throw(path_at(L, 1), lua_toboolean(L, 4) != 0 ? "abe" : "wbe", shown);
  const std::string_view text = view(L, 3);
  if (fwrite(text.data(), 1, text.size(), file.get()) != text.size()) {
    throw ScriptError(shown + ": " + reason());
  }
  close_written(std::move(file), shown);
  return 0;
}

// --- open files: lines and handles ---

struct Handle {
  FILE* file = nullptr;
  char* line = nullptr;  // of getline
  size_t room = 0;
  void close() {
    if (file != nullptr) (void)fclose(file);
    free(line);
    file = nullptr;
    line = nullptr;
  }
};

Handle& check_handle(lua_State* L, int index) {
  return *static_cast<Handle*>(luaL_checkudata(L, index, kHandleMeta));
}

int close_handle(lua_State* L) {
  Handle& handle = check_handle(L, 1);
  FILE* file = std::exchange(handle.file, nullptr);
  handle.close();
  if (file != nullptr && fclose(file) != 0) throw ScriptError("closing a file: " + reason());
  return 0;
}

int collect_handle(lua_State* L) {
  check_handle(L, 1).close();
  return 0;
}

int write_handle(lua_State* L) {
  Handle& handle = check_handle(L, 1);
  if (handle.file == nullptr) throw ScriptError("write: the file is closed");
  for (int i = 2; i <= lua_gettop(L); ++i) {
    if (lua_type(L, i) != LUA_TSTRING && lua_type(L, i) != LUA_TNUMBER) {
      throw ScriptError("write: expected text, got " + describe(L, i));
    }
    lua_pushvalue(L, i);
    const std::string_view text = view(L, -1);
    if (fwrite(text.data(), 1, text.size(), handle.file) != text.size()) {
      throw ScriptError("write: " + reason());
    }
    lua_pop(L, 1);
  }
  lua_settop(L, 1);
  return 1;
}

// core.file_open(path, shown, mode) → a handle with write and close
int open(lua_State* L) {
  auto* handle = new (lua_newuserdatauv(L, sizeof(Handle), 0)) Handle();
  luaL_setmetatable(L, kHandleMeta);
  handle->file =
      open_or_throw(path_at(L, 1), view(L, 3) == "a" ? "abe" : "wbe", path_at(L, 2)).release();
  return 1;
}

int next_line(lua_State* L) {
  Handle& handle = check_handle(L, lua_upvalueindex(1));
  if (handle.file == nullptr) return 0;
  errno = 0;
  const ssize_t length = getline(&handle.line, &handle.room, handle.file);
  if (length < 0) {
    const bool failed = ferror(handle.file) != 0;
    const std::string why = failed ? reason() : "";
    handle.close();
    if (failed) throw ScriptError("reading lines: " + why);
    return 0;
  }
  auto size = static_cast<size_t>(length);
  if (size > 0 && handle.line[size - 1] == '\n') --size;
  if (size > 0 && handle.line[size - 1] == '\r') --size;
  lua_pushlstring(L, handle.line, size);
  return 1;
}

// core.file_lines(path, shown) → iterator; the file is closed at its end or with the loop
int lines(lua_State* L) {
  auto* handle = new (lua_newuserdatauv(L, sizeof(Handle), 0)) Handle();
  luaL_setmetatable(L, kHandleMeta);
  handle->file = open_or_throw(path_at(L, 1), "rbe", path_at(L, 2)).release();
  const int at = lua_gettop(L);
  lua_pushvalue(L, at);
  lua_pushcclosure(L, bound<next_line>, 1);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, at);
  return 4;
}

}  // namespace

void open_files(lua_State* L) {
  static const luaL_Reg kHandle[] = {{"write", bound<write_handle>},
                                     {"close", bound<close_handle>},
                                     {"__close", bound<collect_handle>},
                                     {"__gc", bound<collect_handle>},
                                     {nullptr, nullptr}};
  static const luaL_Reg kFunctions[] = {{"file_exists", bound<exists>}, {"dir_list", bound<list>},
                                        {"file_info", bound<info>},     {"file_read", bound<read>},
                                        {"file_write", bound<write>},   {"file_open", bound<open>},
                                        {"file_lines", bound<lines>},   {nullptr, nullptr}};
  luaL_newmetatable(L, kHandleMeta);
  luaL_setfuncs(L, kHandle, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
