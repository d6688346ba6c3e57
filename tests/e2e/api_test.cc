// The API over TCP, from outside: where a daemon listens, and whom it lets in.
#include <sys/stat.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/e2e/tcp_client.h"

namespace moondial::e2e::api_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kTask = R"lua(
  task "A" { output = "a", sh = "echo hello; touch ${output}" }
)lua";

}  // namespace

TEST_CASE("a daemon is asked over TCP by who has a token, as their role says") {
  const SpecProject project(kTask);
  ApiDaemon daemon(project);
  CHECK(daemon.ask("GET", "/healthz", "").json()["status"] == "ok");
  CHECK(daemon.ask("GET", "/api/v1/engine", "").status == 401);

  const std::string viewer = add_token(project, "viewer");
  const std::string operator_ = add_token(project, "operator");
  CHECK(viewer.starts_with("mdl_"));
  const Json engine = daemon.ask("GET", "/api/v1/engine", viewer).json();
  CHECK(engine["kind"] == "serve");
  CHECK(engine["listens"] == daemon.address());
  CHECK(daemon.ask("POST", "/api/v1/runs", viewer, R"({"task": "A"})").status == 403);
  const auto made = daemon.ask("POST", "/api/v1/runs", operator_, R"({"task": "A"})");
  CHECK(made.status == 201);
  wait_until("the run's end", [&] {
    const auto run = daemon.ask("GET", "/api/v1/runs/1", viewer).json();
    return run["state"] == "done";
  });
  CHECK(project.exists("a"));
  CHECK(daemon.ask("POST", "/api/v1/reload", operator_, "{}").status == 403);

  // Nothing of a token is kept or told but its hash.
  const Json list = project.json({"token", "list"});
  CHECK(list[0]["name"] == "viewer");
  CHECK(list[0]["role"] == "viewer");
  CHECK(list[0]["expires"].is_null());
  struct stat info {};
  REQUIRE(::stat((project / ".moondial/tokens.json").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  for (const char* file : {".moondial/tokens.json", ".moondial/engine.log"}) {
    CHECK(project.read(file).find(viewer) == std::string::npos);
  }

  CHECK_THAT(project.command({"token", "remove", "viewer"}).out, ContainsSubstring("is removed"));
  CHECK(daemon.ask("GET", "/api/v1/engine", viewer).status == 401);
  CHECK(daemon.ask("GET", "/api/v1/engine", operator_).status == 200);
  daemon.daemon().end();
}

TEST_CASE("token says what is wrong with what it is asked") {
  const SpecProject project(kTask);
  (void)add_token(project, "viewer");
  CHECK_THAT(project.command({"token", "add", "viewer"}, 1).err,
             ContainsSubstring("there is a token viewer already"));
  CHECK_THAT(project.command({"token", "add"}, 2).err, ContainsSubstring("needs a NAME"));
  CHECK_THAT(project.command({"token", "add", "a b"}, 2).err, ContainsSubstring("a token's name"));
  CHECK_THAT(project.command({"token", "add", "x", "--role", "root"}, 2).err,
             ContainsSubstring("--role"));
  CHECK_THAT(project.command({"token", "add", "x", "--expires", "soon"}, 2).err,
             ContainsSubstring("--expires"));
  CHECK_THAT(project.command({"token", "remove", "nobody"}, 2).err,
             ContainsSubstring("there is no token nobody"));
  CHECK(project.json({"token", "webhook", "hook"})["secret"].get<std::string>().starts_with(
      "mdlwh_"));
  CHECK(project.json({"token", "list"})[1]["role"] == "webhook");
  (void)project.command({"token", "remove", "hook"});
  CHECK(project.json({"token", "add", "old", "--expires", "0s"})["name"] == "old");
  CHECK_THAT(project.command({"token", "list"}).out,
             ContainsSubstring("old     viewer    has expired"));
}

TEST_CASE("moondial.lua says where tokens are, also to a daemon that runs") {
  const SpecProject project(kTask);
  ApiDaemon daemon(project);
  project.replace("moondial.lua", R"(return { http = { token_file = "keys.json" } })");
  (void)project.command({"reload"});
  const std::string token = add_token(project, "viewer");
  CHECK(project.exists("keys.json"));
  CHECK_FALSE(project.exists(".moondial/tokens.json"));
  CHECK(daemon.ask("GET", "/api/v1/engine", token).status == 200);
  daemon.daemon().end();
}

TEST_CASE("an address that is taken keeps a daemon from starting only if somebody told it") {
  const SpecProject project(kTask);
  ApiDaemon daemon(project);
  const SpecProject other(kTask);
  const Finished told = other.command({"serve", "--listen", daemon.address()}, 2);
  CHECK_THAT(told.err, ContainsSubstring(daemon.address() + " is taken by another process"));
  CHECK_THAT(told.err, ContainsSubstring("http = { listen = "));
  CHECK_THAT(told.err, !ContainsSubstring(" serves "));
  other.write("moondial.lua", "return { http = { listen = \"" + daemon.address() + "\" } }");
  CHECK_THAT(other.command({"serve"}, 2).err, ContainsSubstring("is taken by another process"));
  CHECK(other.integrity() == "ok\n");

  // The command line counts more, and a reload that cannot be followed ends nothing.
  ApiDaemon third(other);
  CHECK(third.ask("GET", "/healthz", "").status == 200);
  third.daemon().end();
  other.write("moondial.lua", "return { http = { listen = false } }");
  Daemon fourth(other);
  CHECK_THAT(other.read(".moondial/engine.log"), ContainsSubstring("listens at no address"));
  other.replace("moondial.lua", "return { http = { listen = \"127.0.0.1:0\" } }");
  // The log's file may be behind what the process has said.
  wait_until("its address", [&] { return listens_at(other).starts_with("127.0.0.1:"); });
  const std::string address = listens_at(other);
  other.replace("moondial.lua", "return { http = { listen = \"" + daemon.address() + "\" } }");
  fourth.process().wait_for_output("it listens where it did");
  CHECK(TcpClient(address).ask("GET", "/healthz").status == 200);
  fourth.end();
  daemon.daemon().end();
}

TEST_CASE("console opens a browser, signed in") {
  const SpecProject project(kTask);
  ApiDaemon daemon(project);
  project.write("bin/xdg-open", "#!/bin/sh\necho \"$1\" > opened.new; mv opened.new opened\n");
  ::chmod((project / "bin/xdg-open").c_str(), 0755);
  const std::map<std::string, std::string> desktop = {
      {"DISPLAY", ":0"}, {"PATH", (project / "bin").string() + ":/usr/bin:/bin"}};
  const Finished said = project.moondial({"console"}, desktop);
  CHECK(said.code == 0);
  wait_until("the browser", [&] { return project.exists("opened"); });
  const std::string url = said.out;
  CHECK(project.read("opened") == url);
  const std::string start = "http://" + daemon.address();
  REQUIRE(url.starts_with(start + "/login?code="));

  TcpClient browser = daemon.connect();
  const auto in = browser.ask("GET", url.substr(start.size(), url.find('\n') - start.size()));
  CHECK(in.status == 303);
  const std::string cookie = in.header("set-cookie");
  const auto home =
      browser.ask("GET", in.header("location"), {{"Cookie", cookie.substr(0, cookie.find(';'))}});
  CHECK(home.status == 200);
  CHECK_THAT(home.body, ContainsSubstring("<title>moondial</title>"));

  ::unlink((project / "opened").c_str());
  CHECK(project.moondial({"console", "--no-open"}, desktop).code == 0);
  CHECK(project.moondial({"console"}, {{"DISPLAY", ""}}).code == 0);
  CHECK_FALSE(project.exists("opened"));
  daemon.daemon().end();
}

TEST_CASE("without a daemon there is no console, and an engine of a run listens at no address") {
  const SpecProject project(kTask);
  project.write("moondial.lua", "return { http = { listen = \"127.0.0.1:0\" } }");
  CHECK_THAT(project.command({"console", "--no-open"}, 2).err, ContainsSubstring("moondial serve"));
  (void)project.command({"run", "A"});
  CHECK(listens_at(project).empty());
}

}  // namespace moondial::e2e::api_test
