// http.get and http.post: the library's Lua half has checked the options.
#include "lua/binding.h"
#include "lua/work.h"

namespace moondial::script {
namespace {

/// The pairs of the list {{name, value}, …} in a field.
WebHeaders pairs_field(lua_State* L, int index, const char* name) {
  WebHeaders pairs;
  if (lua_getfield(L, index, name) == LUA_TTABLE) {
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; ++i) {
      lua_rawgeti(L, -1, 1);
      lua_rawgeti(L, -2, 2);
      pairs.emplace_back(std::string(view(L, -2)), std::string(view(L, -1)));
      lua_pop(L, 3);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return pairs;
}

/// Pushes {status, headers, body}, or nil and a message.
int http_ended(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  const Result<ScriptAnswer> answer = state_of(L).job->take_answer();
  if (!answer) {
    lua_pushnil(L);
    push(L, answer.error().message);
    return 2;
  }
  const auto& response = std::get<WebResponse>(*answer);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, response.status);
  lua_setfield(L, -2, "status");
  push(L, response.body);
  lua_setfield(L, -2, "body");
  lua_createtable(L, 0, static_cast<int>(response.headers.size()));
  for (const auto& [name, value] : response.headers) {
    push(L, name);
    push(L, value);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
  return 1;
}

// core.http{method =, url =, headers = {{name, value}}, body =, out = path, timeout = microseconds}
int http(lua_State* L) {
  const std::string method = string_field(L, 1, "method");
  const std::string what = method == "POST" ? "http.post" : "http.get";
  Job& job = working_job(L, what.c_str());
  check_can_suspend(L, job, what.c_str());
  WebRequest request;
  request.method = method;
  request.url = string_field(L, 1, "url");
  request.headers = pairs_field(L, 1, "headers");
  request.body = string_field(L, 1, "body");
  request.out_path = string_field(L, 1, "out");
  const int64_t timeout = int_field(L, 1, "timeout", -1);
  if (timeout >= 0) request.timeout = Duration(timeout);
  request.proxies = job.proxies();
  job.ask(std::move(request));
  job.suspend();
  return lua_yieldk(L, 0, 0, bound_k<http_ended>);
}

}  // namespace

void open_http(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"http", bound<http>}, {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
