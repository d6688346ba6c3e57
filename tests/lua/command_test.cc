// sh inside run.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::command_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Kind = ScriptOutcome::Kind;

}  // namespace

TEST_CASE("sh hands a command over and gives its result") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "Src" { output = "in/a", run = print }
    task "T" { params = { s = param.string }, requires = tasks.Src, output = { x = "out/x" },
      env = { BASE = "b" }, cwd = "sub", run = function(t)
        local r = sh{ "cmd", "--x=${s}", "${output.x}", t.output.x, t.input, 3, date "2015-09-18",
          stdin = "text", stdout = t.output.x, cwd = "/tmp", env = { A = "${s}" }, timeout = "5s" }
        assert(r.code == 0 and r.signal == nil and r.seconds == 1.5)
        r = sh("false ${s} < ${input}", { check = false, capture = true })
        assert(r.code == 3 and r.stdout == "o" and r.stderr == "e")
        r = sh{ "killed", check = false, stdin = file "in/a" }
        assert(r.code == 137 and r.signal == 9)
      end }
  )lua");
  project.load_well();
  project.answer = [&](const ScriptCommand& command) {
    CommandResult result;
    result.wall = std::chrono::milliseconds(1500);
    if (command.request == 2) {
      result.exit_code = 3;
      result.out = "o";
      result.err = "e";
    }
    if (command.request == 3) result.signal = 9;
    return result;
  };
  CHECK(project.run("T", {{"s", "a'b"}}, {"stage/x"}).text == "");
  REQUIRE(project.sink.commands.size() == 3);
  const std::string root = project.dir.path();
  const ScriptCommand& list = project.sink.commands[0];
  CHECK(list.argv == std::vector<std::string>{"cmd", "--x=a'b", root + "/stage/x",
                                              root + "/stage/x", root + "/in/a", "3",
                                              "2015-09-18"});
  CHECK(list.cwd == "/tmp");
  CHECK(list.extra_environment == std::vector<std::string>{"BASE=b", "A=a'b"});
  CHECK(list.in.kind == StreamSpec::Kind::kText);
  CHECK(list.in.text == "text");
  CHECK(list.out.kind == StreamSpec::Kind::kFile);
  CHECK(list.out.path == root + "/stage/x");
  CHECK(list.err.kind == StreamSpec::Kind::kLog);
  CHECK(list.timeout == std::chrono::seconds(5));
  const ScriptCommand& shell = project.sink.commands[1];
  REQUIRE(shell.argv.size() == 6);
  CHECK(shell.argv[0] == "bash");
  CHECK_THAT(shell.argv[5], ContainsSubstring("'a'\\''b'"));
  CHECK_THAT(shell.argv[5], ContainsSubstring(root + "/in/a"));
  CHECK(shell.cwd == root + "/sub");
  CHECK(shell.out.kind == StreamSpec::Kind::kCapture);
  CHECK(shell.err.kind == StreamSpec::Kind::kCapture);
  CHECK(project.sink.commands[2].in.path == root + "/in/a");
}

TEST_CASE("a command that fails raises at the user's line") {
  ScriptFixture project;
  project.answer = [](const ScriptCommand&) {
    CommandResult result;
    result.exit_code = 2;
    result.err = "one\ntwo\nthree\nfour\nfive\nsix\n";
    return result;
  };
  ScriptOutcome outcome = project.run_body("local x = 1\nsh('grep x y', { capture = true })");
  CHECK(outcome.kind == Kind::kFailed);
  CHECK_THAT(outcome.text + outcome.details,
             ContainsSubstring("pipelines/a.lua:3: sh: exit status 2: grep x y\n  two\n  three\n  "
                               "four\n  five\n  six\n  3 | sh('grep x y', { capture = true })"));
  outcome = project.run_body(
      "local ok, e = pcall(sh, 'grep x y') assert(not ok and e:find 'exit status 2', e)");
  CHECK(outcome.text == "");
  project.answer = [](const ScriptCommand&) -> Result<CommandResult> {
    return Error{Code::kNotFound, "nope: not found", {}};
  };
  CHECK_THAT(project.run_body("sh{ 'nope', 'x' }").text,
             ContainsSubstring("pipelines/a.lua:2: sh: nope: not found: nope x"));
}

TEST_CASE("wrong uses of sh are told") {
  ScriptFixture project;
  const auto error = [&](const std::string& body) { return project.run_body(body).text; };
  CHECK_THAT(error("sh(3)"), ContainsSubstring("expected text or a list of words, got 3"));
  CHECK_THAT(error("sh{}"), ContainsSubstring("the list of words is empty"));
  CHECK_THAT(error("sh{ 'x', {} }"), ContainsSubstring("word 2 is a table"));
  CHECK_THAT(error("sh{ 'x', stdot = 1 }"),
             ContainsSubstring("sh has no option 'stdot'; did you mean 'stdout'?"));
  CHECK_THAT(error("sh{ 'x', stdout = 'y' }"),
             ContainsSubstring("stdout is \"y\", expected a target"));
  CHECK_THAT(error("sh{ 'x', timeout = 'soon' }"), ContainsSubstring("sh: timeout: "));
  CHECK_THAT(error("sh('x', 3)"), ContainsSubstring("expected options, got 3"));
  CHECK_THAT(error("sh 'x ${y}'"), ContainsSubstring("${y}: no parameter 'y'"));
  CHECK_THAT(error("sh 'x ${output}'"), ContainsSubstring("the task has no output"));
  CHECK_THAT(error("sh \"echo '${t}'\""), ContainsSubstring("pipelines/a.lua:2: "));
  CHECK_THAT(error("sh{ 'x', 'a\\0b' }"), ContainsSubstring("NUL"));
}

TEST_CASE("sh where nothing can wait says where") {
  ScriptFixture project;
  const auto error = [&](const std::string& body) { return project.run_body(body).text; };
  CHECK_THAT(error("table.sort({ 3, 1, 2 }, function(a, b) sh 'x' end)"),
             ContainsSubstring("pipelines/a.lua:2: sh cannot wait inside 'sort'"));
  CHECK_THAT(error("local s = ('x'):gsub('x', function() sh 'x' end)"),
             ContainsSubstring("inside 'gsub'"));
  CHECK_THAT(error("tostring(setmetatable({}, { __tostring = function() sh 'x' end }))"),
             ContainsSubstring("inside 'tostring'"));
  CHECK_THAT(
      error("table.sort({ 3, 1, 2 }, function(a, b) coroutine.wrap(function() sh 'x' end)() end)"),
      ContainsSubstring("sh cannot wait inside"));
  CHECK(project.sink.commands.empty());
}

}  // namespace moondial::command_test
