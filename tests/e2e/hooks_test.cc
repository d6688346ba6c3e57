// Hooks: what the user's code is told after the fact, and what its errors do not change.
#include <csignal>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::hooks_test {
namespace {

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("on_success, on_failure and on.* are told once each, and their errors change nothing") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local function note(what) sh{ "sh", "-c", 'echo "$1" >> noted', "-", what } end
    task "Good" { params = { n = param.int }, output = "good${n}", sh = "touch ${output}",
      on_success = function(t) note("good " .. t.id) end }
    task "Bad" { retry = 1, run = function(t) error("broken " .. t.attempt) end,
      on_failure = function(t, err) note("bad " .. t.id .. " " .. tostring(err:find "broken 2" ~= nil)) end }
    task "Noisy" { output = "noisy", sh = "touch ${output}", on_success = function() error "hook is broken" end }
    on.success(function(event) note(("success %s %s"):format(event.task, event.state)) end)
    on.failure(function(event) note("failure " .. event.name) end)
    on.retry(function(event) note("retry " .. event.attempt) end)
    on.run_end(function(event) note("end " .. event.state .. " " .. tostring(event.counts.failed)) end)
    on.success(function() error "this one is broken too" end)
  )");
  const auto noted = [&] {
    project.wait_for_engine_end();
    return project.exists("noted") ? project.read("noted") : std::string();
  };
  const Finished good = project.moondial({"run", "Good", "n=1"});
  INFO(good.all());
  REQUIRE(good.code == 0);
  CHECK(noted() == "good Good(n=1)\nsuccess Good(n=1) done\nend done nil\n");
  CHECK_THAT(project.moondial({"logs", "1", "Good"}).out, ContainsSubstring("this one is broken"));

  std::filesystem::remove(project / "noted");
  CHECK(project.moondial({"run", "Bad"}).code == 1);
  CHECK(noted() == "retry 1\nbad Bad true\nfailure Bad\nend failed 1\n");

  CHECK(project.moondial({"run", "Noisy"}).code == 0);
  project.wait_for_engine_end();
  CHECK_THAT(project.moondial({"logs", "3", "Noisy"}).out, ContainsSubstring("hook is broken"));
  CHECK_THAT(project.moondial({"run", "Noisy"}).out, ContainsSubstring("nothing to do"));
}

TEST_CASE("retry.when decides whether a failure is retried") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local POLICY = { times = 5, when = function(err) return err:find "timeout" ~= nil end }
    task "Net" { retry = POLICY, run = function(t)
      sh "echo x >> net"
      error(t.attempt < 3 and "timeout" or "refused")
    end }
    task "Odd" { retry = { times = 1, when = function() error "when is broken" end }, sh = "false" }
  )");
  const Finished out = project.moondial({"run", "Net"});
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK(project.read("net") == "x\nx\nx\n");
  CHECK(project.moondial({"run", "Odd"}).code == 1);
  CHECK_THAT(project.moondial({"logs", "2", "Odd"}).out, ContainsSubstring("retry.when"));
  CHECK(project.moondial({"show", "2", "--json"}).json()["tasks"][0]["attempts"].size() == 2);
}

TEST_CASE("sh sees what a requirement has emitted") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Rows = task "Rows" { output = "rows.txt", sh = "touch ${output}; echo 'n=12' > $MOONDIAL_EMIT; echo \"who=it's me\" >> $MOONDIAL_EMIT" }
    task "Text" { requires = { rows = Rows }, output = "text.txt",
      sh = "echo ${emitted.rows.n} ${emitted.rows.who} > ${output}" }
    task "Words" { requires = Rows, output = "words.txt",
      run = function(t) sh{ "printf", "%s", "n=${emitted.n}", stdout = t.output } end }
    task "None" { requires = { rows = Rows }, sh = "echo ${emitted.rows.nothing}" }
    task "Wrong" { requires = { rows = Rows }, sh = "echo ${emitted.row.n}" }
  )");
  REQUIRE(project.moondial({"run", "Text"}).code == 0);
  CHECK(project.read("text.txt") == "12 it's me\n");
  const Finished words = project.moondial({"run", "Words"});
  INFO(words.all());
  REQUIRE(words.code == 0);
  CHECK(project.read("words.txt") == "n=12");
  CHECK_THAT(project.moondial({"run", "None"}).all(),
             ContainsSubstring("Rows has emitted no 'nothing'"));
  const Finished wrong = project.moondial({"run", "Wrong"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, ContainsSubstring("did you mean 'rows'"));
}

TEST_CASE("a hook's process that a killed engine left is ended by the next engine") {
  Project project;
  project.write("pipelines/p.lua", R"(
    task "A" { output = "a", sh = ": > ${output}",
      on_success = function(t) sh "echo $$ > pid; exec sleep 1000" end }
    task "B" { output = "b", sh = ": > ${output}" }
  )");
  REQUIRE(project.moondial({"run", "A"}).code == 0);
  wait_until("the hook's process", [&] { return project.has_line("pid"); });
  const pid_t hook = std::stoi(project.read("pid"));
  REQUIRE(is_alive(hook));
  const pid_t engine = project.engine_pid();
  REQUIRE(engine > 0);
  ::kill(engine, SIGKILL);
  project.wait_for_engine_end();
  const Finished next = project.moondial({"run", "B"});
  INFO(next.all());
  CHECK(next.code == 0);
  CHECK_FALSE(is_alive(hook));
}

}  // namespace moondial::e2e::hooks_test
