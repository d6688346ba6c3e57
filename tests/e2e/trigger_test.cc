// Triggers of a daemon, from outside: files, calls over HTTP, and other tasks' success.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/e2e/daemon.h"

namespace moondial::e2e::trigger_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kPipeline = R"lua(
task "Load" { params = { path = param.string{ path = true } }, output = "out/${path}",
  sh = "cp ${path} ${output}; echo ${path} >> loaded" }
task "Index" { params = { path = param.string{ path = true } }, output = "index/${path}",
  sh = "wc -l < ${path} > ${output}" }
task "Order" { params = { n = param.int }, output = "orders/${n}", sh = "echo ${n} > ${output}" }
on.file "in/*.csv" { settle = 0, start = function(path) return tasks.Load{ path = path } end }
on.done "Load" { start = function(t) return tasks.Index(t) end }
on.webhook "orders" { start = function(body) return tasks.Order{ n = body.n } end }
)lua";

/// The text of a file; none if it is not there yet.
std::string text_of(const SpecProject& project, const std::string& path) {
  return project.exists(path) ? project.read(path) : "";
}

Json trigger_of(const SpecProject& project, const std::string& name) {
  for (const Json& trigger : project.json({"triggers"})) {
    if (trigger["name"] == name) return trigger;
  }
  return nullptr;
}

/// What the record answers.
std::string ask(const SpecProject& project, const std::string& query) {
  const Finished out =
      run_program({"sqlite3", "-readonly", (project / ".moondial/moondial.db").string(), query},
                  project.root());
  return out.out.substr(0, out.out.find_last_not_of('\n') + 1);
}

/// The status of a call of a webhook.
int call(const SpecProject& project, const std::string& name, const std::string& body) {
  const Finished curl = run_program(
      {"curl", "-s", "-o", "answer", "-w", "%{http_code}", "--unix-socket", ".moondial/engine.sock",
       "-H", "Content-Type: application/json", "-d", body, "http://m/api/v1/webhooks/" + name},
      project.root());
  return std::stoi(curl.out);
}

}  // namespace

TEST_CASE("a file that arrives starts what its trigger says, and its success starts the next") {
  const SpecProject project(kPipeline);
  project.write("in/before.csv", "1\n");
  Daemon daemon(project);
  project.write("tmp", "1\n2\n");
  wait_until("the trigger knows what was there",
             [&] { return ask(project, "SELECT count(*) FROM arrivals") == "1"; });
  std::filesystem::rename(project / "tmp", project / "in/a.csv");
  wait_until("the second task", [&] { return text_of(project, "index/in/a.csv") == "2\n"; });
  CHECK(project.lines("loaded") == std::vector<std::string>{"in/a.csv"});
  wait_until("its run",
             [&] { return trigger_of(project, "on.done Load")["last"]["run_state"] == "done"; });
  const Json file = trigger_of(project, "on.file in/*.csv");
  CHECK(file["kind"] == "file");
  CHECK(file["last"]["cause"] == "in/a.csv");
  CHECK(trigger_of(project, "on.done Load")["last"]["cause"] == "Load(path=in/a.csv)");
  CHECK_THAT(project.command({"triggers"}).out,
             ContainsSubstring("done, by in/a.csv") && ContainsSubstring("has not fired yet"));
  const Json runs = project.json({"runs"});
  REQUIRE(runs.size() == 2);
  CHECK(runs[0]["kind"] == "trigger");
  daemon.end();
}

TEST_CASE("a file that is written slowly fires when it is whole") {
  const SpecProject project(kPipeline);
  project.write("in/x", "");
  Daemon daemon(project);
  wait_until("the trigger", [&] { return ask(project, "SELECT count(*) FROM triggers") == "3"; });
  const std::string path = (project / "in/slow.csv").string();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::write(fd, "1\n", 2) == 2);
  // Another file that comes later and is whole is not held up.
  project.write("tmp", "1\n");
  std::filesystem::rename(project / "tmp", project / "in/quick.csv");
  wait_until("the other", [&] { return text_of(project, "index/in/quick.csv") == "1\n"; });
  CHECK(text_of(project, "index/in/slow.csv").empty());
  REQUIRE(::write(fd, "2\n", 2) == 2);
  ::close(fd);
  wait_until("the slow one", [&] { return text_of(project, "index/in/slow.csv") == "2\n"; });
  CHECK(project.lines("loaded").size() == 2);
  daemon.end();
}

TEST_CASE("what arrives while no daemon is there starts with the next one, a crash loses nothing") {
  const SpecProject project(kPipeline);
  project.write("in/x", "");
  {
    Daemon daemon(project);
    wait_until("the triggers",
               [&] { return ask(project, "SELECT count(*) FROM triggers") == "3"; });
    CHECK(call(project, "orders", "{\"n\": 1}") == 202);
    daemon.kill();  // whatever has become of the call by now, it is recorded
  }
  project.write("in/late.csv", "1\n");
  (void)project.run({"Load", "path=in/x"});  // its success counts as well
  {
    Daemon daemon(project);
    wait_until("the call", [&] { return text_of(project, "orders/1") == "1\n"; });
    wait_until("the file", [&] { return text_of(project, "index/in/late.csv") == "1\n"; });
    wait_until("the success", [&] { return text_of(project, "index/in/x") == "0\n"; });
    daemon.end();
  }
  Daemon daemon(project);
  CHECK(call(project, "orders", "{\"n\": 2}") == 202);
  wait_until("another call", [&] { return text_of(project, "orders/2") == "2\n"; });
  CHECK(project.lines("loaded").size() == 2);
  CHECK(ask(project, "SELECT count(*) FROM firings WHERE schedule = 'on.webhook orders'") == "2");
  daemon.end();
}

TEST_CASE("a call that nobody listens to, or that cannot start anything, is told") {
  const SpecProject project(kPipeline);
  Daemon daemon(project);
  CHECK(call(project, "order", "{}") == 404);
  CHECK_THAT(text_of(project, "answer"), ContainsSubstring("did you mean"));
  CHECK(call(project, "orders", "{}") == 202);
  daemon.process().wait_for_output("on.webhook orders: ");
  wait_until("it is recorded",
             [&] { return trigger_of(project, "on.webhook orders")["last"]["state"] == "failed"; });
  CHECK_THAT(trigger_of(project, "on.webhook orders")["last"]["note"].get<std::string>(),
             ContainsSubstring("Order: parameter 'n'"));
  // A reload says what it changed, and the rest goes on.
  project.replace("pipelines/p.lua", R"lua(task "T" { run = print }
    on.webhook "other" { start = function() return tasks.T end })lua");
  daemon.process().wait_for_output("triggers on.done Load, on.file in/*.csv, on.webhook orders");
  CHECK(call(project, "other", "text") == 202);
  wait_until("the other", [&] {
    return trigger_of(project, "on.webhook other")["last"]["run_state"] == "done";
  });
  daemon.end();
}

TEST_CASE("field: sla of a task: what is not done in time is told once, also after a restart") {
  const SpecProject project(R"lua(
task "Slow" { sla = "0.01s", run = function() sleep "1h" end }
task "Quick" { sla = "1h", run = print }
on.sla(function(event)
  print("LATE", event.task, event.name, event.run_id)
end))lua");
  Daemon daemon(project);
  (void)project.run({"Quick"});
  const Finished run = project.moondial({"run", "Slow", "--detach"});
  CHECK(run.code == 0);
  daemon.process().wait_for_output("Slow is not done in time: it was due by ");
  wait_until("the hook", [&] {
    return text_of(project, ".moondial/logs/hooks.log").find("LATE\tSlow\tSlow\t2") !=
           std::string::npos;
  });
  wait_until("the record", [&] {
    return ask(project, "SELECT task, sla_state FROM task_list ORDER BY run") ==
           "Quick|kept\nSlow|missed";
  });
  daemon.end();
  Daemon next(project);  // goes on with the run
  (void)project.command({"cancel", "2"});
  next.end();
  const std::string hooks = project.read(".moondial/logs/hooks.log");
  CHECK(hooks.find("LATE") == hooks.rfind("LATE"));
}

}  // namespace moondial::e2e::trigger_test
