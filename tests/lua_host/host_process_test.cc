#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "lua/channel.h"
#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::host_process_test {
namespace {

TEST_CASE("close leaves no process and no descriptor, whatever is going on") {
  LookingLoop warm_up;
  bool warm = false;
  warm_up.offload([] {}, [&] { warm = true; });
  REQUIRE(warm_up.run_until([&] { return warm; }));
  const size_t before = open_descriptors();
  std::vector<pid_t> processes;
  {
    HostFixture f;
    f.project.write("pipelines/a.lua", "task A");
    SECTION("nothing") {}
    SECTION("a load that is asked for") {
      f.host->load([](Result<const Generation*>) { FAIL("was closed"); });
    }
    SECTION("a load that has failed") {
      f.project.write("pipelines/a.lua", "error no");
      REQUIRE(f.load() == nullptr);
    }
    SECTION("a load that hangs") {
      f.project.write("pipelines/a.lua", "hang");
      f.host->load([](Result<const Generation*>) { FAIL("was closed"); });
      REQUIRE(f.run_until([&] { return f.loader() != -1; }));
    }
    Recorder a, b, c;
    PlanRecorder plan;
    SECTION("attempts and plans") {
      const GenerationId generation = f.load()->id;
      f.host->start(generation, attempt_of(1, "loop"), &a);
      f.host->start(generation, attempt_of(2, "command"), &b);
      f.host->plan(generation,
                   {{{"many", {{"n", "100000"}}, ""}}, Force::kNone, false, {}, false, {}, {}},
                   plan.sink());
      REQUIRE(f.run_until([&] { return !b.commands.empty() && plan.tasks > 0; }));
      f.host->start(generation, attempt_of(3, "hang"), &c);
      f.host->stop(AttemptId(1));
      processes = children_of(f.loader());
      CHECK(processes.size() == 2);
    }
    SECTION("a generation that is being ended") {
      REQUIRE(f.load() != nullptr);
      f.project.write("pipelines/a.lua", "task B");
      REQUIRE(f.load() != nullptr);
    }
    for (const pid_t child : children_of(::getpid())) processes.push_back(child);
    f.host->close();
    CHECK(children_of(::getpid()).empty());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK_FALSE(a.ended());
  }
  CHECK(wait_for_deaths(processes));
  CHECK(open_descriptors() == before);
}

TEST_CASE("when a loader is killed its lanes end, and the next attempt has a new one") {
  ::prctl(PR_SET_CHILD_SUBREAPER, GENERATE(0, 1), 0, 0, 0);
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  const GenerationId generation = f.load()->id;
  Recorder endless, hanging, next;
  PlanRecorder plan;
  f.host->start(generation, attempt_of(1, "hang"), &hanging);
  f.host->start(generation, attempt_of(2, "command"), &endless);
  REQUIRE(f.run_until([&] { return !endless.commands.empty(); }));
  const std::vector<pid_t> lanes = children_of(f.loader());
  f.project.write("pipelines/a.lua", "error by now");
  REQUIRE(::kill(f.loader(), SIGKILL) == 0);
  REQUIRE(f.run_until([&] { return endless.ended() && hanging.ended(); }));
  CHECK(endless.outcomes[0].kind == ScriptOutcome::Kind::kLost);
  CHECK(endless.outcomes[0].text == "loader ended by signal 9 (SIGKILL)");
  CHECK(wait_for_deaths(lanes));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // none is left to be waited for
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);

  f.host->start(generation, attempt_of(3, "ok"), &next);
  f.host->plan(generation, {{{"many", {{"n", "7"}}, ""}}, Force::kNone, false, {}, false, {}, {}},
               plan.sink());
  REQUIRE(f.run_until([&] { return next.ended() && !plan.ends.empty(); }));
  CHECK(next.outcomes[0].kind == ScriptOutcome::Kind::kSucceeded);
  CHECK(plan.tasks == 7);
}

TEST_CASE("when the engine is killed, no loader and no lane lives on") {
  const TempDir project;
  project.write("pipelines/a.lua", "task A");
  int output[2];
  REQUIRE(::pipe2(output, O_CLOEXEC) == 0);
  const Descriptor in(output[0]);
  Descriptor out(output[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  std::string words[] = {"engine", "engine", project.path()};
  char* const argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t engine = 0;
  REQUIRE(::posix_spawn(&engine, helper_path().c_str(), &actions, nullptr, argv, environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  out.reset();
  char ready[6] = {};
  REQUIRE(::read(in.get(), ready, 6) == 6);

  const std::vector<pid_t> loaders = children_of(engine);
  REQUIRE(loaders.size() == 1);
  const std::vector<pid_t> lanes = children_of(loaders[0]);
  CHECK(lanes.size() == 2);
  REQUIRE(::kill(engine, SIGKILL) == 0);
  REQUIRE(::waitpid(engine, nullptr, 0) == engine);
  CHECK(wait_for_deaths(loaders));
  CHECK(wait_for_deaths(lanes));
}

}  // namespace
}  // namespace moondial::host_process_test
