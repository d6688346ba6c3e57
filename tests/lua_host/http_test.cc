// http.get and http.post from Lua, in a lane, against a real server.
#include "tests/catch.h"
#include "tests/lua_host/fixture.h"
#include "tests/lua_host/http_server.h"

namespace moondial::http_test {
namespace {

using Kind = ScriptOutcome::Kind;

HttpServer::Answer answer(const HttpServer::Request& request) {
  if (request.path == "/hello") return {200, "hello", {{"X-One", "1"}}, false};
  if (request.path == "/echo") return {201, request.method + " " + request.body, {}, false};
  if (request.path == "/moved") return {302, "", {{"Location", "/hello"}}, false};
  if (request.path == "/large") return {200, std::string(3'000'000, 'x'), {}, false};
  if (request.path == "/never") return {200, "", {}, true};
  if (request.path == "/empty") return {200, "", {}, false};
  return {404, "nothing is here\nat all", {}, false};
}

struct HttpFixture : HostFixture {
  HttpFixture()
      : HostFixture([](LuaHostOptions& o) {
          o.loader.argv = {"x", "lua"};
          o.lanes = 1;
        }),
        server([this](const HttpServer::Request& request) {
          loop.post([] {});  // to have a look
          return answer(request);
        }) {}

  /// Runs the body of a task's run, with URL for the server; what it said.
  std::string run(const std::string& body) {
    project.write("pipelines/a.lua", "local URL = \"" + server.url("") +
                                         "\"\ntask \"T\" { run = function(t)\n" + body + "\nend }");
    start(body);
    REQUIRE(run_until([&] { return recorder.ended(); }));
    std::string text;
    for (const std::string& line : recorder.logs) text += line.substr(6) + "|";
    return text + recorder.outcomes[0].text;
  }
  void start(const std::string&) {
    const Generation* const loaded = load();
    REQUIRE(loaded != nullptr);
    recorder = Recorder();
    ScriptAttempt attempt;
    attempt.attempt = AttemptId(++attempts);
    attempt.run = RunId(1);
    attempt.name = "T";
    attempt.proxies = proxies;
    host->start(loaded->id, attempt, &recorder);
  }

  HttpServer server;
  Recorder recorder;
  Params proxies;
  uint64_t attempts = 0;
};

TEST_CASE("http.get gives status, headers and body") {
  HttpFixture f;
  CHECK(f.run(R"(
    local r = http.get(URL .. "/hello", { query = { b = "x y", a = 1 }, headers = { ["X-Mine"] = "yes" } })
    print(r.status, r.headers["x-one"], r.body)
    print(http.get(URL .. "/moved").body, http.get(URL .. "/empty").body == "")
  )") == "200\t1\thello|hello\ttrue|");
  const auto requests = f.server.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].query == "a=1&b=x y");
  CHECK(requests[0].headers.at("x-mine") == "yes");
}

TEST_CASE("proxies are those of the run's environment, and not of the engine's") {
  // What the engine, and so its lanes, were started with.
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  HttpFixture f;
  CHECK(f.run("print(http.get(URL .. '/hello').body)") == "hello|");
  f.proxies = {{"http_proxy", f.server.url("")}};
  CHECK(f.run("print(http.get('http://far.invalid/x', { check = false }).status)") == "404|");
  CHECK(f.server.requests().back().headers.at("host") == "far.invalid");
  f.proxies = {{"all_proxy", "http://127.0.0.1:1"}, {"no_proxy", "127.0.0.1"}};
  CHECK(f.run("print(http.get(URL .. '/hello').body)") == "hello|");
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
}

TEST_CASE("http.post sends a body, JSON or a form") {
  HttpFixture f;
  CHECK(f.run(R"(
    print(http.post(URL .. "/echo", { body = "raw\0bytes" }).body == "POST raw\0bytes")
    print(http.post(URL .. "/echo", { json = { a = { 1, 2 } } }).body)
    print(http.post(URL .. "/echo", { form = { q = "a b&c", n = 2 } }).body)
    print(http.post(URL .. "/echo").status)
  )") == "true|POST {\"a\":[1,2]}|POST n=2&q=a%20b%26c|201|");
  const auto requests = f.server.requests();
  CHECK(requests.at(1).headers.at("content-type") == "application/json");
  CHECK(requests.at(2).headers.at("content-type") == "application/x-www-form-urlencoded");
}

TEST_CASE("a status from 400 raises unless check is false") {
  HttpFixture f;
  const std::string said = f.run(R"(
    print(http.get(URL .. "/no", { check = false }).status)
    print(select(2, pcall(http.get, URL .. "/no")))
    http.get(URL .. "/no")
  )");
  CHECK(f.recorder.outcomes[0].kind == Kind::kFailed);
  CHECK(said.find("404|") == 0);
  CHECK(said.find("http.get " + f.server.url("/no") + ": status 404: nothing is here") !=
        std::string::npos);
  CHECK(f.recorder.outcomes[0].text.find("pipelines/a.lua:6") != std::string::npos);
}

TEST_CASE("out streams to a target, and leaves none behind when it fails") {
  HttpFixture f;
  CHECK(f.run(R"(
    local out = file "large.bin"
    local r = http.get(URL .. "/large", { out = out })
    print(out:size(), #r.body)
    http.get(URL .. "/empty", { out = file "empty.bin" })
    print(file("empty.bin"):size())
    print(pcall(http.get, URL .. "/no", { out = file "no.bin" }), file("no.bin"):exists())
  )")
            .find("3000000\t0|0|false") == 0);
  CHECK(f.recorder.logs.back().ends_with("false"));
}

TEST_CASE("requests go on beside each other, and one that hangs is given up") {
  HttpFixture f;
  CHECK(f.run(R"(
    local results = all{
      function() return select(2, pcall(http.get, URL .. "/never", { timeout = 0.2 })) end,
      function() return http.get(URL .. "/hello").body end,
    }
    print(results[2])
    print(results[1]:find("imed out") ~= nil)
    local ok = pcall(all, {
      function() http.get(URL .. "/never") end,
      function() http.get(URL .. "/hello") error("first") end,
    })
    print(ok)
  )") == "hello|true|false|");
}

TEST_CASE("a request is ended with its task") {
  HttpFixture f;
  f.project.write("pipelines/a.lua", "task \"T\" { run = function() http.get(\"" +
                                         f.server.url("/never") + "\") end }");
  f.start("");
  REQUIRE(f.run_until([&] { return f.server.requests().size() == 1; }));
  f.host->stop(AttemptId(1));
  REQUIRE(f.run_until([&] { return f.recorder.ended(); }));
  CHECK(f.recorder.outcomes[0].kind == Kind::kStopped);
}

TEST_CASE("what makes no request is refused with the way out") {
  HttpFixture f;
  const std::string said = f.run(R"(
    local function try(...) print(select(2, pcall(...))) end
    try(http.get, "ftp://x/")
    try(http.get, URL, { timout = 3 })
    try(http.get, URL, { body = "x" })
    try(http.post, URL, { body = "x", json = {} })
    try(http.get, URL, { headers = { ["a\nb"] = "x" } })
    try(http.get, URL, { out = "file.txt" })
    try(http.get, "http://127.0.0.1:1/")
    try(http.get, "http://no.such.host.invalid/")
    print(pcall(function() return http.put end))
  )");
  for (const char* expected :
       {"expected a URL, http://… or https://…, got \"ftp://x/\"", "did you mean 'timeout'?",
        "http.get sends no body; http.post does", "give one of body, json and form",
        "is not usable", "out is \"file.txt\", expected a target",
        "http.get http://127.0.0.1:1/: ", "no.such.host.invalid", "http has no 'put'"}) {
    INFO(said);
    CHECK(said.find(expected) != std::string::npos);
  }
}

}  // namespace
}  // namespace moondial::http_test
