// Secret parameters: where they may stand, and that nothing else says them.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::secret_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Kind = ScriptOutcome::Kind;

const char* const kSecret = "hunter2-s3cr3t";

/// The errors of a task with a secret parameter and these fields, from line 2 on.
std::string errors_of(const std::string& fields, const std::string& options = "secret = true") {
  ScriptFixture project;
  project.pipeline("task 'T' { params = { token = param.string{ " + options +
                   " }, day = param.date{ default = '2015-09-18' } },\n" + fields + " }");
  return project.load();
}

/// Plans a task whose secret is kSecret; its errors as text.
std::string plan_error(const std::string& text) {
  ScriptFixture project;
  project.pipeline(text);
  project.load_well();
  return project.plan_error("T", {{"token", kSecret}});
}

/// Runs `body` with t.token = kSecret.
ScriptOutcome run(ScriptFixture& project, const std::string& body) {
  project.pipeline(
      "task 'T' { params = { token = param.string{ secret = true } }, run = function(t)\n" + body +
      "\nend }");
  project.load_well();
  return project.run("T", {{"token", kSecret}});
}

bool holds(const std::string& text) { return text.find("hunter2") != std::string::npos; }

}  // namespace

TEST_CASE("a secret is refused in a list of words, with the way out") {
  CHECK(
      errors_of("sh = { 'curl', '-H', 'Bearer ${token}' }") ==
      "pipelines/a.lua:2: T: sh: ${token}: a secret in a list of words would stand on the command "
      "line, which everybody on the machine can read; write sh as one text, where it is handed "
      "over in the environment, or env = { NAME = \"${token}\" }");
}

TEST_CASE("a secret is refused in paths") {
  CHECK(errors_of("sh = 'x',\n  output = 'o/${token}'") ==
        "pipelines/a.lua:3: T: output: ${token}: a secret cannot be part of a path, which is "
        "recorded and shown");
  CHECK_THAT(
      errors_of("sh = 'x',\n  cwd = '${token}'"),
      ContainsSubstring("pipelines/a.lua:3: T: cwd: ${token}: a secret cannot be part of a "));
}

TEST_CASE("a secret has no format, and is refused inside quotes as any value is") {
  CHECK_THAT(errors_of("sh = 'x ${token:%Y}'"), ContainsSubstring("without a format or parts"));
  CHECK_THAT(errors_of("sh = 'x \"${token}\"'"), ContainsSubstring("pipelines/a.lua:2: T: sh: "));
}

TEST_CASE("what makes no sense of a secret is refused where it is declared") {
  const auto error = [](const std::string& kind) {
    ScriptFixture project;
    project.pipeline("task 'T' { params = {\n  s = " + kind + "\n} }");
    return project.load();
  };
  CHECK(error("param.string{ secret = true, significant = true }") ==
        "pipelines/a.lua:2: param.string: a secret is never significant: identities are recorded");
  CHECK(error("param.string{ secret = true, default = 'abc' }") ==
        "pipelines/a.lua:2: param.string: a secret's default would stand in this file, which is "
        "recorded; give default = function");
  CHECK_THAT(error("param.int{ secret = true, default = 5 }"), ContainsSubstring("recorded"));
  CHECK_THAT(error("param.bool{ secret = true }"),
             ContainsSubstring("param.bool cannot be secret: its values are known"));
  CHECK_THAT(error("param.enum{ 'a', secret = true }"), ContainsSubstring("cannot be secret"));
  CHECK_THAT(error("param.list(param.bool){ secret = true }"),
             ContainsSubstring("cannot be secret"));
  CHECK_THAT(error("param.string{ secret = 'yes' }"), ContainsSubstring("expected a boolean"));
  CHECK(error("param.string{ secret = true, significant = false, default = '' }") == "");
  CHECK(error("param.list(param.string){ secret = true, optional = true }") == "");
  CHECK(error("param.string{ secret = false, default = 'abc' }") == "");
}

TEST_CASE("a secret is no part of the identity, and goes to the attempt") {
  ScriptFixture project;
  project.pipeline(R"lua(task "T" { params = { token = param.string{ secret = true }, n = param.int,
    list = param.list(param.string){ secret = true, optional = true } }, run = print })lua");
  project.load_well();
  CHECK(*project.plan("T", {{"n", "1"}, {"token", kSecret}, {"list", "ab,\"c,d\""}}) ==
        std::vector<std::string>{"T(n=1)"});
  const TaskInstance& task = project.sink.tasks.front();
  CHECK(task.params == Params{{"n", "1"}});
  CHECK(task.other_params == Params{{"list", "ab,\"c,d\""}, {"token", kSecret}});
  CHECK(task.secrets == std::vector<std::string>{"ab,\"c,d\"", "ab", "c,d", kSecret});
  const auto& declared = project.state->declarations().tasks.front().params;
  CHECK(declared[0].secret);
  CHECK_FALSE(declared[1].secret);
  CHECK(declared[2].secret);
}

TEST_CASE("a secret reaches a command through the environment") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "T" { params = { token = param.string{ secret = true }, other = param.string{ secret = true, optional = true } },
      sh = "curl -H ${token} -u ${other} ${token} > ${output}", output = "o", env = { TOKEN = "x${token}y" } }
    task "F" { params = { token = param.string{ secret = true } },
      sh = function(t) return "curl ${token}" end, env = function(t) return { TOKEN = t.token } end }
  )lua");
  project.load_well();
  REQUIRE(project.plan("T", {{"token", "a'b $(x)"}}).ok());
  const TaskInstance& task = project.sink.task("T");
  const std::string script = render(task.argv.back(), std::vector<std::string>{"/o"});
  CHECK(script ==
        "__moondial_output='/o'; curl -H \"$MOONDIAL_SECRET_token\" -u \"$MOONDIAL_SECRET_other\" "
        "\"$MOONDIAL_SECRET_token\" > \"$__moondial_output\"");
  std::vector<std::string> env;
  for (const CommandWord& word : task.env) env.push_back(render(word, {}));
  CHECK(env == std::vector<std::string>{"MOONDIAL_SECRET_token=a'b $(x)",
                                        "MOONDIAL_SECRET_other=", "TOKEN=xa'b $(x)y"});

  REQUIRE(project.plan("F", {{"token", kSecret}}).ok());
  const TaskInstance& made = project.sink.task("F");
  CHECK(render(made.argv.back(), {}) == "curl \"$MOONDIAL_SECRET_token\"");
  REQUIRE(made.env.size() == 2);
  CHECK(render(made.env[1], {}) == std::string("TOKEN=") + kSecret);
}

TEST_CASE("in run too a secret reaches commands through the environment alone") {
  ScriptFixture project;
  const ScriptOutcome outcome = run(project, R"lua(
    sh("curl ${token}", { env = { T = "${token}" } })
    sh{ "curl", env = { T = t.token }, stdin = t.token }
    local ok, message = pcall(sh, { "curl", "${token}" })
    assert(not ok and message:find("a secret in a list of words", 1, true), message)
    ok, message = pcall(sh, { "curl", "-H", "x" .. t.token })
    assert(not ok and message:find("the value of a secret would stand on the command line", 1, true), message)
    ok, message = pcall(sh, "curl " .. t.token)
    assert(not ok and message:find("would stand on the command line", 1, true), message)
    assert(not message:find("hunter2"), message)
  )lua");
  CHECK(outcome.text.empty());
  REQUIRE(project.sink.commands.size() == 2);
  const ScriptCommand& shell = project.sink.commands[0];
  CHECK_THAT(shell.argv.back(), ContainsSubstring("curl \"$MOONDIAL_SECRET_token\""));
  CHECK(shell.extra_environment ==
        std::vector<std::string>{std::string("MOONDIAL_SECRET_token=") + kSecret,
                                 std::string("T=") + kSecret});
  for (const ScriptCommand& command : project.sink.commands) {
    for (const std::string& word : command.argv) CHECK_FALSE(holds(word));
  }
}

TEST_CASE("what a script says of a secret is masked") {
  ScriptFixture project;
  const ScriptOutcome outcome = run(project, R"lua(
    print("a", t.token, #t.token)
    log.warn("it is " .. t.token .. "!")
    print(json.encode{ t.token })
    print(("x"):rep(70) .. t.token)
    emit{ key = "a" .. t.token, [t.token] = 3, rows = 5 }
    progress(0.5, "with " .. t.token)
    local ok, message = pcall(function() emit{ x = { t.token } } end)
    print(message)
    ok, message = pcall(function() return date(("y"):rep(75) .. t.token) end)
    print(message)
    ok, message = pcall(json.decode, "[" .. t.token:sub(1, 3) .. t.token)
    print(message)
    error({ "no text" })
  )lua");
  CHECK(outcome.kind == Kind::kFailed);
  std::string all = outcome.text + outcome.details;
  for (const auto& [level, text] : project.sink.logs) all += "\n" + text;
  for (const auto& [name, value] : project.sink.emitted) all += "\n" + name + "=" + value;
  all += project.sink.progress.at(0).second;
  INFO(all);
  CHECK_FALSE(holds(all));
  CHECK(all.find("hunt") == std::string::npos);  // cut neither
  CHECK(project.sink.logs.at(0).second == "a\t***\t14");
  CHECK(project.sink.logs.at(1).second == "it is ***!");
  CHECK(project.sink.emitted == std::vector<std::pair<std::string, std::string>>{
                                    {"***", "3"}, {"key", "\"a***\""}, {"rows", "5"}});
  CHECK(project.sink.progress.at(0).second == "with ***");
}

TEST_CASE("errors, fail and skip of a task are told without its secret") {
  for (const char* body :
       {"error('bad token ' .. t.token)", "fail('bad ' .. t.token)", "skip('no ' .. t.token)",
        "error(setmetatable({}, { __tostring = function() "
        "return t.token end }))",
        "local x = nil .. t.token", "assert(false, t.token)", "t[t.token] = 3",
        "local x = t[t.token]", "sh(t.token .. '${nothing}')", "file(t.token .. '/x'):read()",
        "coroutine.wrap(function() error(t.token) end)()"}) {
    CAPTURE(body);
    ScriptFixture project;
    const ScriptOutcome outcome = run(project, body);
    CHECK(outcome.kind != Kind::kSucceeded);
    CHECK_FALSE(outcome.text.empty());
    CHECK_FALSE(holds(outcome.text + outcome.details));
  }
}

TEST_CASE("a <close> variable that says a secret while its task is stopped is masked") {
  ScriptFixture project;
  project.pipeline(
      R"lua(task "T" { params = { token = param.string{ secret = true } }, run = function(t)
    local c <close> = setmetatable({}, { __close = function() print(t.token) end })
    sh "wait" end })lua");
  project.load_well();
  ScriptAttempt attempt;
  attempt.name = "T";
  attempt.params = {{"token", kSecret}};
  const auto job = project.state->run(attempt, &project.sink);
  REQUIRE(job->resume() == ScriptJob::Step::kWaiting);
  job->stop();
  REQUIRE(project.sink.logs.size() == 1);
  CHECK(project.sink.logs[0].second == "***");
}

TEST_CASE("a number that is secret is emitted as text, and masked in what is said") {
  ScriptFixture project;
  project.pipeline(R"lua(task "T" { params = { pin = param.int{ secret = true } }, run = function(t)
    emit{ pin = t.pin, more = t.pin * 10 } print(t.pin) end })lua");
  project.load_well();
  CHECK(project.run("T", {{"pin", "4711"}}).text.empty());
  CHECK(project.sink.emitted ==
        std::vector<std::pair<std::string, std::string>>{{"more", "\"***0\""}, {"pin", "\"***\""}});
  CHECK(project.sink.logs.at(0).second == "***");
}

TEST_CASE("each item of a secret list is masked") {
  ScriptFixture project;
  project.pipeline(R"lua(task "T" { params = { keys = param.list(param.string){ secret = true } },
    run = function(t) print(t.keys[1], t.keys[2], t.keys) error(t.keys[2]) end })lua");
  project.load_well();
  const ScriptOutcome outcome = project.run("T", {{"keys", "alpha1,\"b,eta\""}});
  CHECK(project.sink.logs.at(0).second == "***\t***\t***");
  CHECK_THAT(outcome.text, ContainsSubstring("***"));
  CHECK((outcome.text + outcome.details).find("eta") == std::string::npos);
}

TEST_CASE("errors of a plan are told without secrets") {
  const std::string head = "task 'T' { params = { token = param.string{ secret = true } },\n";
  for (const char* fields : {"requires = function(t) error('no ' .. t.token) end",
                             "requires = function(t) return t.token end",
                             "requires = function(t) return tasks[t.token] end",
                             "requires = function(t) return tasks.T{ token = { t.token } } end",
                             "requires = function(t) return tasks.T{ [t.token] = 1 } end",
                             "output = function(t) return { t.token, { t.token } } end, sh = 'x'",
                             "sh = function(t) return { t.token, {} } end",
                             "sh = 'x', priority = function(t) return t.token end",
                             "sh = 'x', timeout = function(t) return t.token end",
                             "sh = 'x', uses = function(t) return { [t.token] = -1 } end",
                             "sh = 'x', env = function(t) return { [t.token .. '='] = 'x' } end"}) {
    CAPTURE(fields);
    const std::string error = plan_error(head + fields + " }");
    INFO(error);
    CHECK_THAT(error, ContainsSubstring("pipelines/a.lua:2: "));
    CHECK_FALSE(holds(error));
  }
}

TEST_CASE("a short secret is masked, and the place of an error stays") {
  ScriptFixture project;
  project.pipeline(
      "task 'T' { params = { token = param.string{ secret = true } },\n  requires = function(t) "
      "error('bad ' .. t.token) end, run = function(t) print('banana') end }");
  project.load_well();
  CHECK(project.plan_error("T", {{"token", "a"}}) == "pipelines/a.lua:2: T: requires: b***d ***");
  CHECK(project.run("T", {{"token", "a"}}).text.empty());
  CHECK(project.sink.logs.at(0).second == "b***n***n***");
  CHECK(project.run("T", {{"token", ""}}).text.empty());
  CHECK(project.sink.logs.at(0).second == "banana");
}

TEST_CASE("a wrong value of a secret is refused without showing it") {
  const auto error = [](const std::string& kind, const std::string& text) {
    ScriptFixture project;
    project.pipeline("task 'T' { params = { s = " + kind + ", other = param.int } }");
    project.load_well();
    const auto plan = project.plan("T", {{"s", text}, {"other", text}});
    REQUIRE_FALSE(plan.ok());
    CHECK_FALSE(holds(plan.error().message));
    return plan.error().message;
  };
  CHECK(error("param.int{ secret = true }", "hunter2") ==
        "T: parameter 's' is wrong (it is secret, and not shown), expected a whole number");
  CHECK(
      error("param.list(param.int){ secret = true }", "1,hunter2") ==
      "T: parameter 's' is wrong (it is secret, and not shown), expected list(int); item 2 is not "
      "a whole number");
  CHECK_THAT(error("param.list(param.int){ secret = true }", "1,\"hunter2"),
             ContainsSubstring("expected list(int) such as a,b,c"));
  // Another parameter's error shows what was given for it, but no secret.
  CHECK(error("param.string{ secret = true }", "hunter2") ==
        "T: parameter 'other' is \"***\", expected a whole number");
  CHECK_THAT(error("param.string{ secret = true }", "***"), ContainsSubstring("give the secret"));

  ScriptFixture project;
  project.pipeline(R"lua(
    local X = task "X" { params = { s = param.int{ secret = true } } }
    task "T" { params = { token = param.string{ secret = true } }, requires = function(t)
      return X{ s = t.token } end }
    task "H" { params = { s = param.string{ secret = true } }, requires = X }
  )lua");
  project.load_well();
  const std::string given = project.plan_error("T", {{"token", kSecret}});
  CHECK_THAT(given, ContainsSubstring("X: parameter 's' is wrong (it is secret, and not shown), "
                                      "expected a whole number"));
  CHECK_FALSE(holds(given));
  CHECK_FALSE(holds(project.plan_error("H", {{"s", kSecret}})));
}

TEST_CASE("a secret is handed on to what is secret alone") {
  ScriptFixture project;
  project.pipeline(R"lua(
    local S = task "S" { params = { token = param.string{ secret = true } }, run = print }
    local O = task "O" { params = { token = param.string } }
    local U = task "U" { params = { url = param.string, user = param.string{ default = "" } } }
    task "Good" { params = { token = param.string{ secret = true } }, requires = function(t)
      return { S(t), S{ token = t.token } } end }
    task "Same" { params = { token = param.string{ secret = true } }, requires = O }
    task "Url" { params = { token = param.string{ secret = true } }, requires = function(t)
      return U{ url = "https://x?" .. t.token } end }
    task "Weak" { params = { token = param.string{ secret = true }, user = param.string }, requires = function(t)
      return U{ url = "x", user = t.user } end }
  )lua");
  project.load_well();
  REQUIRE(project.plan("Good", {{"token", kSecret}}).ok());
  CHECK(project.sink.task("S").other_params == Params{{"token", kSecret}});
  CHECK(project.sink.task("S").secrets == std::vector<std::string>{kSecret});
  CHECK(project.plan_error("Same", {{"token", kSecret}}) ==
        "pipelines/a.lua:7: Same: requires: O: parameter 'token' is not secret, but that of Same, "
        "which is handed on, is: declare both with secret = true");
  const std::string url = project.plan_error("Url", {{"token", kSecret}});
  CHECK_THAT(url,
             ContainsSubstring("pipelines/a.lua:9: Url: requires: U: parameter 'url' would hold "
                               "the value of a secret, and be recorded"));
  CHECK_FALSE(holds(url));
  // What an identity shows anyway is no secret worth a refusal.
  CHECK(project.plan("Weak", {{"token", "postgres"}, {"user", "postgres"}}).ok());
}

TEST_CASE("a path or command that a function made of a secret is refused") {
  const std::string head = "task 'T' { params = { token = param.string{ secret = true } },\n";
  CHECK_THAT(
      plan_error(head + "output = function(t) return 'o/' .. t.token end, sh = 'x' }"),
      ContainsSubstring("output: a path holds the value of a secret, and paths are recorded"));
  const std::string command = plan_error(head + "sh = function(t) return 'curl ' .. t.token end }");
  CHECK_THAT(command, ContainsSubstring("would stand on the command line"));
  CHECK_FALSE(holds(command));
  CHECK_THAT(plan_error(head + "sh = function(t) return { 'curl', '${token}' } end }"),
             ContainsSubstring("a secret in a list of words"));
}

TEST_CASE("a secret's default may be a function, and each run has its own secret") {
  ScriptFixture project;
  project.dir.write("key", "from-file");
  project.pipeline(R"lua(task "T" { params = { token = param.string{ secret = true,
    default = function() return file("key"):read() end } }, run = function(t) print(t.token) end })lua");
  project.load_well();
  CHECK(project.state->declarations().tasks.front().params[0].default_text == "(computed)");
  REQUIRE(project.plan("T").ok());
  CHECK(project.sink.tasks.front().secrets == std::vector<std::string>{"from-file"});
  for (const char* secret : {"first-one", "second-one"}) {
    REQUIRE(project.plan("T", {{"token", secret}}).ok());
    CHECK(project.sink.tasks.front().secrets == std::vector<std::string>{secret});
    CHECK(project.run("T", {{"token", secret}}).text.empty());
    CHECK(project.sink.logs.at(0).second == "***");
  }
}

}  // namespace moondial::secret_test
