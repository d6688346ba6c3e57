// `why`: of what is missing, waits, runs, failed.
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::why_test {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A task that fails until a file is there.
constexpr const char* kFlaky = R"(
local Raw = task "Raw" { params = { n = param.int }, output = "raw-${n}.txt",
  sh = "if [ -e ok ]; then : > ${output}; else echo no luck >&2; exit 3; fi" }
local Mid = task "Mid" { params = { n = param.int }, requires = Raw, output = "mid-${n}.txt",
  sh = ": > ${output}" }
task "Top" { requires = { Mid{ n = 1 }, Mid{ n = 2 } }, output = "top.txt", sh = ": > ${output}" }
)";

TEST_CASE("why tells the first causes with their last failure") {
  Project project;
  project.write("pipelines/p.lua", kFlaky);
  Finished out = project.moondial({"why", "Top"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(has(out.out, "Top  pending: output top.txt is missing\n"));
  CHECK(has(out.out, "  Raw(n=1)  pending: output raw-1.txt is missing\n    needed by Mid(n=1)\n"));
  CHECK(has(out.out, "no run is at it; this does what is left:  moondial run Top\n"));
  CHECK_FALSE(has(out.out, "failed"));

  CHECK(project.moondial({"run", "Top"}).code == 1);
  out = project.moondial({"why", "Top"});
  INFO(out.all());
  CHECK(has(out.out, "    last failed in run 1, "));
  CHECK(has(out.out, "    its log:  moondial logs 1 'Raw(n=1)'\n"));

  const auto json = project.moondial({"why", "Top", "--json"}).json();
  CHECK(json["id"] == "Top");
  CHECK(json["state"] == "pending");
  REQUIRE(json["waits_for"].size() == 2);
  CHECK(json["waits_for"][0]["path"] == Json{"Mid(n=1)", "Raw(n=1)"});
  CHECK(json["waits_for"][0]["last_failure"]["run"] == 1);
  CHECK(has(json["waits_for"][0]["last_failure"]["error"].get<std::string>(), "3"));
  CHECK(json["last_failure"].is_null());
  CHECK(json["live"].empty());

  // The command that it gives works.
  const Finished log = project.moondial({"logs", "1", "Raw(n=1)"});
  CHECK(has(log.out, "no luck"));
}

TEST_CASE("why of what failed itself, and of what is complete") {
  Project project;
  project.write("pipelines/p.lua", kFlaky);
  CHECK(project.moondial({"run", "Raw", "n=1"}).code == 1);
  const Finished failed = project.moondial({"why", "Raw", "n=1"});
  CHECK(has(failed.out, "last failed in run 1, "));
  CHECK(has(failed.out, ", attempt 1:\n"));
  CHECK(has(failed.out, "moondial run Raw n=1\n"));

  project.write("ok", "");
  CHECK(project.moondial({"run", "Raw", "n=1"}).code == 0);
  const Finished complete = project.moondial({"why", "Raw", "n=1"});
  CHECK(has(complete.out, "Raw(n=1)  complete"));
  CHECK(has(complete.out, "nothing is to be done for it"));
  CHECK_FALSE(has(complete.out, "failed"));
}

TEST_CASE("why of a task within a run: what runs, what it waits for, what it lacks") {
  Project project;
  project.write("pipelines/p.lua", R"(
pool "db" { size = 1 }
local Slow = task "Slow" { params = { n = param.int }, output = "slow-${n}.txt", uses = { db = 1 },
  sh = "echo x > started-${n}; while [ ! -e go ]; do sleep 0.02; done; : > ${output}" }
task "All" { requires = { Slow{ n = 1 }, Slow{ n = 2 } }, output = "all.txt", sh = ": > ${output}" }
)");
  REQUIRE(project.moondial({"run", "All", "-j", "2", "--detach"}).code == 0);
  wait_until("a task", [&] { return project.exists("started-1") || project.exists("started-2"); });
  const std::string running = project.exists("started-1") ? "1" : "2";
  const std::string waiting = running == "1" ? "2" : "1";

  const Finished runs = project.moondial({"why", "Slow", "n=" + running});
  INFO(runs.all());
  CHECK(has(runs.out, "in run 1, which goes on: running for "));
  const Finished waits = project.moondial({"why", "Slow", "n=" + waiting});
  INFO(waits.all());
  CHECK(has(waits.out, "ready: output slow-" + waiting + ".txt is missing\n"));
  CHECK(has(waits.out, "in run 1, which goes on: ready\n"));
  CHECK(has(waits.out, "it waits until it can have 1 of cpu, 1 of db (which has 1)\n"));
  const auto all = project.moondial({"why", "All", "--json"}).json();
  CHECK(all["live"][0]["run"] == 1);
  CHECK(all["live"][0]["state"] == "pending");
  std::map<std::string, std::string> causes;
  for (const auto& cause : all["waits_for"]) causes[cause["id"]] = cause["state"];
  CHECK(causes == std::map<std::string, std::string>{{"Slow(n=" + running + ")", "running"},
                                                     {"Slow(n=" + waiting + ")", "ready"}});
  project.write("go", "");
  project.wait_for_engine_end();
}

TEST_CASE("why of an attempt that will be retried tells how the last one failed") {
  Project project;
  project.write("pipelines/p.lua", R"(
task "Flaky" { output = "a.txt", retry = { times = 3, delay = "1h" },
  sh = "echo no luck >&2; exit 3" })");
  REQUIRE(project.moondial({"run", "Flaky", "--detach"}).code == 0);
  wait_until("the retry", [&] {
    return project.moondial({"show", "1", "--json"}).json()["tasks"][0]["state"] == "retrying";
  });
  const Finished out = project.moondial({"why", "Flaky"});
  INFO(out.all());
  CHECK(has(out.out, "in run 1, which goes on: retrying"));
  CHECK(has(out.out, "last failed in run 1, "));
  CHECK(project.moondial({"cancel", "1"}).code == 0);
}

TEST_CASE("why of an approval gives the command that grants it") {
  Project project;
  project.write("pipelines/p.lua", R"(
local Approved = external "Approved" { params = { by = param.string }, output = mark() }
task "Pay" { requires = Approved{ by = "Ann Lee" }, output = "paid", sh = ": > ${output}" })");
  const Finished out = project.moondial({"why", "Pay"});
  INFO(out.all());
  const std::string command = "moondial mark Approved 'by=Ann Lee'";
  CHECK(has(out.out, "    somebody has to say that it is done:  " + command + "\n"));
  CHECK(project.moondial({"mark", "Approved", "by=Ann Lee"}).code == 0);
  const auto json = project.moondial({"why", "Pay", "--json"}).json();
  CHECK(json["state"] == "pending");
  CHECK(json["waits_for"].empty());
}

TEST_CASE("why of a task that waits for a lock names it") {
  Project project;
  project.write("pipelines/p.lua", R"(
local Turn = task "Turn" { params = { n = param.int }, output = "turn-${n}.txt", lock = "door",
  sh = "echo x > started-${n}; while [ ! -e go ]; do sleep 0.02; done; : > ${output}" }
task "All" { requires = { Turn{ n = 1 }, Turn{ n = 2 } }, output = "all.txt", sh = ": > ${output}" }
)");
  REQUIRE(project.moondial({"run", "All", "-j", "2", "--detach"}).code == 0);
  wait_until("a task", [&] { return project.exists("started-1") || project.exists("started-2"); });
  const std::string waiting = project.exists("started-1") ? "2" : "1";
  const auto json = project.moondial({"why", "Turn", "n=" + waiting, "--json"}).json();
  CHECK(json["state"] == "ready");
  CHECK(json["lock"] == "door");
  project.write("go", "");
  project.wait_for_engine_end();
}

TEST_CASE("why does not repeat the value of a secret") {
  Project project;
  project.write("pipelines/p.lua", R"(
task "Say" { params = { key = param.string{ secret = true }, n = param.int }, output = "said",
  sh = ": ${key} > ${output}" })");
  const Finished out = project.moondial({"why", "Say", "key=s3cret", "n=1"});
  INFO(out.all());
  CHECK(has(out.out, "moondial run Say 'key=***' n=1\n"));
  CHECK_FALSE(has(out.all(), "s3cret"));
}

TEST_CASE("why of what cannot be asked for is an error, also as JSON") {
  Project project;
  project.write("pipelines/p.lua", kFlaky);
  const Finished unknown = project.moondial({"why", "Rwa", "n=1"});
  CHECK(unknown.code == 2);
  CHECK(has(unknown.err, "Raw"));
  const Finished value = project.moondial({"why", "Raw", "n=x", "--json"});
  CHECK(value.code == 2);
  CHECK(value.json().contains("detail"));
  CHECK(project.moondial({"why"}).code == 2);
  CHECK(project.moondial({"why", "Raw", "n"}).code == 2);
}

}  // namespace
}  // namespace moondial::e2e::why_test
