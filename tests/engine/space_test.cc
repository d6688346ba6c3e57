// Disk space: what starts, what waits, and what is said of it.
#include "engine/space_guard.h"

#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::space_test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

constexpr int64_t kGiB = 1 << 30;

TEST_CASE("the state folder and each output's folder are looked at") {
  fakes::FakeSpace space;
  SpaceGuard guard(&space, "/p/.moondial");
  guard.set_min_free(kGiB);
  CHECK(guard.shortage({"/p/out/a", "/big/b/"}, MonoTime()) == nullptr);
  CHECK(space.asked == std::vector<std::string>{"/p/.moondial", "/p/out", "/big"});
  space.asked.clear();
  CHECK(guard.shortage({"/p/out/c"}, MonoTime(999ms)) == nullptr);
  CHECK(space.asked.empty());  // what is known counts for a second
  space.free["/big"] = 5;
  CHECK(guard.shortage({"/p/out/a", "/top"}, MonoTime(1s)) == nullptr);
  const SpaceShortage* shortage = guard.shortage({"/p/out/a", "/big/b/"}, MonoTime(1s));
  REQUIRE(shortage != nullptr);
  CHECK(shortage->folder == "/big");
  CHECK(shortage->free_bytes == 5);
  CHECK(shortage->min_free_bytes == kGiB);
  CHECK(guard.known_shortage({"/big/other"}) != nullptr);
  CHECK(guard.known_shortage({"/p/out/a"}) == nullptr);
  CHECK_THAT(to_text(*shortage), ContainsSubstring("5 B are free at /big") &&
                                     ContainsSubstring("min_free is 1.0 GiB") &&
                                     ContainsSubstring("moondial.lua"));
  space.free["/p/.moondial"] = 0;
  CHECK(guard.shortage({}, MonoTime(2s))->folder == "/p/.moondial");
}

TEST_CASE("what was short is looked at again, and nothing else") {
  fakes::FakeSpace space;
  SpaceGuard guard(&space, "/s");
  guard.set_min_free(100);
  space.free["/a"] = 5;
  space.free["/b"] = 5;
  (void)guard.shortage({"/a/x"}, MonoTime());
  (void)guard.shortage({"/b/x"}, MonoTime());
  space.asked.clear();
  CHECK_FALSE(guard.look_again(MonoTime(1s)));
  CHECK(space.asked == std::vector<std::string>{"/a", "/b"});
  space.free["/b"] = 100;
  CHECK(guard.look_again(MonoTime(2s)));
  CHECK(guard.known_shortage({"/a/x"}) != nullptr);
  CHECK(guard.known_shortage({"/b/x"}) == nullptr);
  SECTION("min_free has been lowered") {
    guard.set_min_free(5);
    CHECK(guard.look_again(MonoTime(2s)));
    CHECK(guard.shortage({"/a/x"}, MonoTime(2s)) == nullptr);
  }
  SECTION("min_free has been turned off") {
    guard.set_min_free(0);
    CHECK(guard.look_again(MonoTime(2s)));
    space.free["/a"] = 0;
    CHECK(guard.shortage({"/a/x"}, MonoTime(9s)) == nullptr);
  }
}

TEST_CASE("the default bound is small, and smaller on a small disk, and an unknown disk has room") {
  fakes::FakeSpace space;
  SpaceGuard guard(&space, "/s");
  space.size = 100 * kGiB;
  space.free["/s"] = SpaceGuard::kDefaultMinFree - 1;
  CHECK(guard.shortage({}, MonoTime(1s)) != nullptr);
  space.size = 64 << 20;
  CHECK(guard.shortage({}, MonoTime(2s)) == nullptr);
  space.free["/s"] = (64 << 20) / 20 - 1;
  CHECK(guard.shortage({}, MonoTime(3s)) != nullptr);
  space.free["/s"] = -1;  // it does not say
  CHECK(guard.shortage({}, MonoTime(4s)) == nullptr);
}

/// A and B need a lot of room; B's is on a disk of its own.
struct SmallDisk : World {
  SmallDisk() {
    host.generation.declarations.config.min_free = kGiB;
    command("A").outputs = {"/a/A.out"};
    command("B").outputs = {"/b/B.out"};
    command("All", {"A", "B"}).outputs = {"/a/All.out"};
  }
  std::string why(const std::string& id) {
    std::string out;
    PlanRequest request;
    request.tasks = {{"All", {}, ""}};
    engine.plan(std::move(request), [&](Result<PlanView> plan) {
      for (const PlanTaskView& task : plan->tasks) {
        if (task.instance.id == id) out = task.why;
      }
    });
    loop.settle();
    return out;
  }
};

TEST_CASE("what has no room does not start, says why, and starts by itself when there is some") {
  SmallDisk world;
  world.space.free["/a"] = kGiB - 1;
  const RunId run = world.run("All");
  CHECK(world.runner.live.contains("B"));
  CHECK_FALSE(world.told("row A"));
  const auto progress = world.engine.progress(run);
  REQUIRE(progress->space);
  CHECK(progress->space->folder == "/a");
  CHECK(progress->space->free_bytes == kGiB - 1);
  CHECK_THAT(world.why("A"), ContainsSubstring("disk space") && ContainsSubstring("/a"));
  CHECK_THAT(world.why("B"), !ContainsSubstring("disk space"));
  world.runner.exit("B");  // what runs goes on
  CHECK(world.told("publish /b/B.out"));
  world.loop.advance(10s);
  CHECK_FALSE(world.told("row A"));
  world.space.free["/a"] = kGiB;
  CHECK_FALSE(world.told("row A"));
  world.loop.advance(5s);
  REQUIRE(world.runner.live.contains("A"));
  CHECK_FALSE(world.engine.progress(run)->space);
  world.runner.exit("A");
  world.runner.exit("All");
  CHECK(world.trace.back() == "run done");
}

TEST_CASE("without room for the record nothing starts at all") {
  SmallDisk world;
  world.space.free["/nonexistent"] = 0;
  (void)world.run("All");
  CHECK(world.trace.empty());
  world.space.free.clear();
  world.loop.advance(5s);
  CHECK(world.runner.live.size() == 2);
}

TEST_CASE("min_free that is lowered meanwhile counts without a restart") {
  SmallDisk world;
  world.space.free["/a"] = 1000;
  (void)world.run("All");
  world.host.generation.declarations.config.min_free = 1000;
  world.loop.advance(5s);
  CHECK(world.runner.live.contains("A"));
}

TEST_CASE("a cancel ends the wait for space, and so does the end of the engine") {
  SmallDisk world;
  world.space.free["/nonexistent"] = 0;
  const RunId run = world.run("All");
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  SECTION("cancel") {
    REQUIRE(world.engine.cancel(run, false).ok());
    world.loop.settle();
    CHECK(world.trace == fakes::Trace{"run cancelled"});
  }
  SECTION("end") {
    world.engine.shut_down(false);
    world.loop.settle();
  }
  CHECK(idle);
  world.loop.advance(60s);
  CHECK(world.store.all<AttemptStarted>().empty());
}

TEST_CASE("an engine whose run is cancelled while it looks for space again ends all the same") {
  SmallDisk world;
  world.space.free["/nonexistent"] = 0;
  const RunId run = world.run("All");
  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  world.host.holds_loads = true;
  world.loop.advance(5s);
  REQUIRE(world.host.held_loads.size() == 1);
  REQUIRE(world.engine.cancel(run, false).ok());
  world.loop.settle();
  CHECK_FALSE(idle);
  world.host.held_loads[0]();
  world.loop.settle();
  CHECK(idle);
}

TEST_CASE("a retry waits for space as a first attempt does") {
  World world;
  world.host.generation.declarations.config.min_free = kGiB;
  world.command("A").retry = {1, 10s, 1, 0s, 0};
  (void)world.run("A");
  world.space.free["/nonexistent"] = 7;
  world.runner.exit("A", 1);
  world.loop.advance(20s);
  CHECK(world.runner.live.empty());
  world.space.free.clear();
  world.loop.advance(5s);
  CHECK(world.runner.live.contains("A"));
}

}  // namespace
}  // namespace moondial::space_test
