// `moondial repl` without a terminal: scripts, expressions, JSON, errors, with and without a
// daemon.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::repl_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kTasks = R"lua(
  task "Fetch" { params = { n = param.int }, output = "f${n}", sh = "echo ${n} > ${output}" }
  task "Sum" {
    params = { n = param.int }, requires = function(t) return tasks.Fetch(t) end,
    output = "s${n}", run = function(t) t.output:write(t.input:read()) end }
  task "Holds" { params = { n = param.int, gate = param.string }, uses = { api = 1 },
    lock = "one", sh = "until test -e ${gate}; do sleep 0.02; done" }
  pool "api" { size = 3 })lua";

/// `moondial repl ARGS…` with a script on its standard input.
Finished script(const Project& project, const std::string& text,
                const std::vector<std::string>& args = {}) {
  project.write("script.txt", text);
  std::vector<std::string> argv = {"bash", "-c", "exec \"$0\" repl \"$@\" < script.txt",
                                   std::getenv("MOONDIAL_BIN")};
  argv.insert(argv.end(), args.begin(), args.end());
  return run_program(argv, project.root());
}

Finished expression(const Project& project, const std::string& text) {
  return project.moondial({"repl", "-e", text});
}

}  // namespace

TEST_CASE("a script's values are printed plainly, and its engine ends with it") {
  const SpecProject project(kTasks);
  const Finished out = script(project,
                              "1 + 1\n"
                              "x = { b = 'two', a = 1 }\n"
                              "x, nil\n"
                              "\n"
                              "for i = 1, 2 do\n"
                              "  print('line', i)\n"
                              "end\n"
                              "running()\n"
                              "tasks.Sum{ n = 1 }:complete()");
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(out.err.empty());
  CHECK(out.out == "2\n{ a = 1, b = \"two\" }\nnil\nline\t1\nline\t2\nnothing runs\nfalse\n");
  project.wait_for_engine_end();
  // Nothing of it is kept as something that was typed.
  CHECK_FALSE(project.exists(".moondial/repl_history"));
}

TEST_CASE("the first error ends a script with status 1, and names the line of the input") {
  const SpecProject project(kTasks);
  const Finished out = script(project, "1\n\nif true then\n  boom()\nend\nprint 'never'\n");
  CHECK(out.code == 1);
  CHECK(out.out == "1\n");
  CHECK(out.err == "moondial: input:4: unknown name 'boom'\n  4 |   boom()\n");
  const Finished cut = script(project, "1\nfor i = 1, 2 do\n  print(i)\n");
  CHECK(cut.code == 1);
  CHECK(cut.out == "1\n");
  CHECK_THAT(cut.err, ContainsSubstring("input:2: it ends in the middle"));
}

TEST_CASE("one expression is evaluated with -e, and --json prints each value as a line") {
  const SpecProject project(kTasks);
  const Finished out = expression(project, "tasks.Sum{ n = 3 }.output.path, 7");
  CHECK(out.code == 0);
  CHECK(out.out == "s3\n7\n");
  CHECK(expression(project, "x +").code == 1);
  CHECK(expression(project, "error 'why'").err == "moondial: input:1: why\n");
  const Finished json = script(
      project, "{ 1, 2 }, date '2015-09-18'\nplan(tasks.Sum{ n = 1 }).tasks[1]\n", {"--json"});
  CHECK_THAT(json.out, Catch::Matchers::StartsWith(
                           "[1,2]\n\"2015-09-18\"\n{\"external\":false,\"id\":\"Fetch(n=1)\""));
  CHECK(project.moondial({"repl", "-h"}).code == 0);
  CHECK(project.moondial({"repl", "more"}).code == 2);
}

TEST_CASE("it sees plans, runs and what is in the record") {
  const SpecProject project(kTasks);
  CHECK(expression(project, "plan(tasks.Sum{ n = 1 })").out ==
        "Sum(n=1)  pending: output s1 is missing\n  Fetch(n=1)  pending: output f1 is missing\n");
  CHECK_THAT(expression(project, "why(tasks.Sum{ n = 1 })").out,
             ContainsSubstring("waits for:\n  Fetch(n=1)  pending"));
  project.command({"run", "Sum", "n=1"});
  CHECK(expression(project, "runs.last.state, #runs()").out == "done\n1\n");
  CHECK_THAT(expression(project, "runs").out, ContainsSubstring("1    done"));
  CHECK(expression(project, "tasks.Sum{ n = 1 }.output:read()").out == "1\n\n");
  CHECK(expression(project, "deps(tasks.Sum{ n = 1 })").out == "Fetch(n=1)\n");
  CHECK_THAT(expression(project, "rdeps(tasks.Fetch{ n = 1 })").out,
             Catch::Matchers::StartsWith("Sum(n=1)\nof the tasks that have ever succeeded"));
  CHECK(expression(project, "retry(1)").out == "run 2 goes on with it\n");
  CHECK_THAT(expression(project, "cancel(1)").err, ContainsSubstring("run 1 has ended"));
  CHECK_THAT(expression(project, "retry(99)").err, ContainsSubstring("there is no run 99"));
}

TEST_CASE("it sees what runs and what waits, and cancels it") {
  const SpecProject project(kTasks);
  Daemon daemon(project);
  const std::string gate = "gate=" + (project / "gate").string();
  project.command({"run", "--detach", "Holds", "n=1", gate});
  project.command({"run", "--detach", "Holds", "n=2", gate});
  wait_until("one runs and one waits",
             [&] { return expression(project, "#running(), #ready()").out == "1\n1\n"; });
  CHECK(expression(project, "running()[1].lock, running()[1].uses.api").out == "one\n1\n");
  CHECK_THAT(expression(project, "ready()").out, ContainsSubstring("lock one"));
  CHECK(expression(project, "pools.api.used").out == "1\n");
  CHECK_THAT(expression(project, "cancel(ready()[1].runs[1])").out, ContainsSubstring("cancelled"));
  wait_until("nothing waits", [&] { return expression(project, "#ready()").out == "0\n"; });
  project.write("gate", "");
  wait_until("nothing runs", [&] { return expression(project, "#running()").out == "0\n"; });
  daemon.end();
}

TEST_CASE("an endless loop or a memory bomb in a script harms nothing but the script") {
  const SpecProject project(kTasks);
  Daemon daemon(project);
  const Finished bomb =
      expression(project, "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end");
  CHECK(bomb.code == 1);
  CHECK(bomb.err == "moondial: input:1: not enough memory\n");
  Running endless = project.start({"repl", "-e", "print 'on' while true do end"});
  endless.wait_for_output("on\n");
  CHECK(expression(project, "1").out == "1\n");
  endless.signal(SIGINT);
  CHECK(endless.finish().code == 128 + SIGINT);
  // The lane that looped goes with who had it loop.
  const std::string loader =
      run_program({"pgrep", "-x", "-P", std::to_string(daemon.process().pid()), "moondial-load"},
                  project.root())
          .out;
  REQUIRE_FALSE(loader.empty());
  wait_until("its lane is gone", [&] {
    return run_program({"pgrep", "-x", "-P", loader.substr(0, loader.find('\n')), "moondial-lane"},
                       project.root())
        .out.empty();
  });
  CHECK(expression(project, "2").out == "2\n");
  daemon.end();
}

TEST_CASE("a script goes on when files change, and says what is gone") {
  const SpecProject project(kTasks);
  Daemon daemon(project);
  // Writing and going on are steps of the script's own input.
  project.write("go.sh",
                "echo 'x = 1'\n"
                "echo 'print \"assigned\"'\n"
                "until test -e changed; do sleep 0.02; done\n"
                "echo '#tasks.New{}.id'\n"
                "echo 'x'\n");
  Running repl = start_program(
      {"bash", "-c", "bash go.sh | \"$0\" repl", std::getenv("MOONDIAL_BIN")}, project.root());
  repl.wait_for_output("assigned\n");
  project.replace("pipelines/new.lua", "task \"New\" { run = print }");
  project.write("changed", "");
  const Finished out = repl.finish();
  INFO(out.all());
  CHECK(out.code == 1);
  CHECK(out.out == "assigned\n3\n");
  CHECK(out.err ==
        "-- the files have changed: the session goes on with the new declarations; its variables "
        "are gone\nmoondial: input:4: unknown name 'x'\n");
  daemon.end();
}

TEST_CASE("files that do not load are told, and nothing is evaluated") {
  const SpecProject project("task \"A\" { outptu = 1 }");
  const Finished out = expression(project, "1");
  CHECK(out.code == 1);
  CHECK(out.out.empty());
  CHECK_THAT(out.err, ContainsSubstring("pipelines/p.lua:1: "));
  // Beside a file that is well, a daemon has it left out.
  project.write("pipelines/good.lua", "task \"Good\" { run = print }");
  Daemon daemon(project);
  const Finished beside = expression(project, "tasks");
  CHECK(beside.code == 0);
  CHECK(beside.out == "Good\n");
  CHECK_THAT(beside.err, ContainsSubstring("pipelines/p.lua:1: "));
  daemon.end();
}

}  // namespace moondial::e2e::repl_test
