#include "lua/host.h"

#include <unistd.h>

#include <csignal>

#include "tests/catch.h"
#include "tests/lua_host/fixture.h"

namespace moondial::host_load_test {
namespace {

TEST_CASE("a project is loaded") {
  HostFixture f([](LuaHostOptions& options) { options.slice_instructions = 4321; });
  f.project.write("pipelines/a.lua", "task sem.Load");
  const Generation* const generation = f.load();
  REQUIRE(generation != nullptr);
  REQUIRE(generation->declarations.tasks.size() == 1);
  CHECK(generation->declarations.tasks[0].name == "sem.Load");
  CHECK(generation->declarations.config.timezone == f.project.path());
  CHECK(generation->declarations.pools.at("slice") == 4321);
  CHECK(generation->sources.size() == 1);
  CHECK(f.host->source(generation->id, "pipelines/a.lua") == "task sem.Load");
  CHECK(f.host->source(generation->id, "pipelines/b.lua") == std::nullopt);
  CHECK(f.host->source(GenerationId(99), "pipelines/a.lua") == std::nullopt);
}

TEST_CASE("a loader that was started ahead does the first load") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  f.host->start_ahead();
  const pid_t ahead = f.loader();
  REQUIRE(f.load() != nullptr);
  CHECK(f.loader() == ahead);

  f.project.write("pipelines/a.lua", "task B");
  REQUIRE(f.load() != nullptr);
  CHECK(f.loader() != ahead);
}

TEST_CASE("a loader that was started ahead and has died is replaced") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  f.host->start_ahead();
  const pid_t ahead = f.loader();
  ::kill(ahead, SIGKILL);
  REQUIRE(f.run_until([] { return children_of(::getpid()).empty(); }));
  CHECK(f.load() != nullptr);
}

TEST_CASE("a host that has started a loader ahead and loads nothing leaves none behind") {
  HostFixture f;
  f.host->start_ahead();
  const pid_t ahead = f.loader();
  f.host.reset();
  CHECK(wait_for_deaths({ahead}));
}

TEST_CASE("all errors of a load are reported") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "error first");
  f.project.write("pipelines/b.lua", "error second");
  CHECK(f.load() == nullptr);
  CHECK(f.load_error.code == Code::kInvalid);
  REQUIRE(f.load_error.diagnostics.size() == 2);
  CHECK(f.load_error.diagnostics[0].text() == "pipelines/a.lua:1: first");
  CHECK(f.load_error.diagnostics[1].text() == "pipelines/b.lua:1: second");

  SECTION("also files that cannot be read") {
    REQUIRE(::symlink("missing", (f.project.path() + "/pipelines/c.lua").c_str()) == 0);
    CHECK(f.load() == nullptr);
    CHECK(f.load_error.message == "pipelines/c.lua: cannot be read: No such file or directory");
  }
  SECTION("and once they are mended, it loads") {
    f.project.write("pipelines/a.lua", "task A");
    f.project.write("pipelines/b.lua", "task B");
    REQUIRE(f.load() != nullptr);
  }
}

TEST_CASE("texts that have not changed are not loaded again") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  const Generation* const first = f.load();
  REQUIRE(first != nullptr);
  const pid_t loader = f.loader();
  CHECK(f.load() == first);
  CHECK(f.loader() == loader);
  f.project.write("pipelines/a.lua", "task B");
  f.project.write("pipelines/a.lua", "task A");
  CHECK(f.load() == first);
  f.project.write("pipelines/b.lua", "task B");
  const GenerationId old = first->id;
  const Generation* const second = f.load();
  REQUIRE(second != nullptr);
  CHECK(second->id != old);
}

TEST_CASE("loads asked for together are one, and each sees the files of its time") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  std::vector<const Generation*> loaded;
  const auto keep = [&](Result<const Generation*> one) {
    f.host->pin((*one)->id);
    loaded.push_back(*one);
    if (loaded.size() == 2) f.project.write("pipelines/b.lua", "task B");
  };
  f.host->load(keep);
  f.host->load(keep);
  CHECK(loaded.empty());
  REQUIRE(f.run_until([&] { return loaded.size() == 2; }));
  f.host->load(keep);
  REQUIRE(f.run_until([&] { return loaded.size() == 3; }));
  CHECK(loaded[0] == loaded[1]);
  CHECK(loaded[0] != loaded[2]);
}

TEST_CASE("a pinned generation goes on beside the new one, until it is let go") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  const Generation* const old = f.load();
  REQUIRE(old != nullptr);
  const pid_t old_loader = f.loader();
  f.host->pin(old->id);
  Recorder endless;
  f.host->start(old->id, attempt_of(1, "loop"), &endless);

  f.project.write("pipelines/a.lua", "task B");
  const Generation* const current = f.load();
  REQUIRE(current != nullptr);
  CHECK(current->id != old->id);
  CHECK(children_of(::getpid()).size() == 2);
  CHECK(old->declarations.tasks[0].name == "A");
  CHECK(f.host->source(old->id, "pipelines/a.lua") == "task A");

  Recorder late;
  f.host->start(old->id, attempt_of(2, "ok"), &late);
  REQUIRE(f.run_until([&] { return late.ended(); }));
  CHECK(late.outcomes[0].kind == ScriptOutcome::Kind::kSucceeded);
  f.host->stop(AttemptId(1));
  REQUIRE(f.run_until([&] { return endless.ended(); }));

  const std::vector<pid_t> lanes = children_of(old_loader);
  CHECK(lanes.size() == 2);
  f.host->unpin(old->id);
  REQUIRE(f.run_until([&] { return children_of(::getpid()).size() == 1; }));
  CHECK(wait_for_deaths(lanes));
  CHECK(f.loader() != old_loader);
}

TEST_CASE("a load that fails leaves the current generation in force") {
  HostFixture f;
  f.project.write("pipelines/a.lua", "task A");
  const Generation* const good = f.load();
  REQUIRE(good != nullptr);
  f.project.write("pipelines/a.lua", "error no");
  CHECK(f.load() == nullptr);
  Recorder recorder;
  f.host->start(good->id, attempt_of(1, "ok"), &recorder);
  REQUIRE(f.run_until([&] { return recorder.ended(); }));
  CHECK(recorder.outcomes[0].kind == ScriptOutcome::Kind::kSucceeded);
  f.project.write("pipelines/a.lua", "task A");
  CHECK(f.load() == good);
}

TEST_CASE("a loader that does not end loading is ended") {
  HostFixture f(
      [](LuaHostOptions& options) { options.load_bound = std::chrono::milliseconds(50); });
  f.project.write("pipelines/a.lua", "hang");
  CHECK(f.load() == nullptr);
  REQUIRE(f.load_error.diagnostics.size() == 1);
  CHECK(f.load_error.message == "loading did not end within 50ms");
  CHECK(f.loader() == -1);
}

TEST_CASE("a loader that cannot load is an error that says why") {
  HostFixture f([](LuaHostOptions& options) { options.loader.argv = {"x", "garbage"}; });
  f.project.write("pipelines/a.lua", "task A");
  SECTION("it talks nonsense") {
    CHECK(f.load() == nullptr);
    CHECK(f.load_error.message == "loader ended by signal 9 (SIGKILL)");
  }
  SECTION("it ends by itself") {
    HostFixture other([](LuaHostOptions& options) { options.loader.argv = {"x", "unknown"}; });
    CHECK(other.load() == nullptr);
    CHECK(other.load_error.message == "loader ended with status 7");
  }
  SECTION("it crashes") {
    HostFixture other;
    other.project.write("pipelines/a.lua", "crash");
    CHECK(other.load() == nullptr);
    CHECK(other.load_error.message.find("loader ended ") == 0);
  }
  SECTION("it cannot be started") {
    HostFixture other([](LuaHostOptions& options) { options.loader.executable = "/nowhere"; });
    CHECK(other.load() == nullptr);
    CHECK(other.load_error.message == "the loader cannot be started: No such file or directory");
  }
}

}  // namespace
}  // namespace moondial::host_load_test
