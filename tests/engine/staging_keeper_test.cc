// Where emptied staging directories are kept.
#include "tests/catch.h"
#include "tests/engine/world.h"

namespace moondial::staging_keeper_test {
namespace {

/// Tasks whose outputs lie in one folder, each waiting for the one before it.
struct Folder : World {
  explicit Folder(int tasks) : World(1) {
    std::vector<std::string> needs;
    for (int i = 0; i < tasks; ++i) {
      const std::string name = "T" + std::to_string(i);
      command(name, needs).outputs = {"/p/out/" + name};
      needs = {name};
    }
    last = needs.front();
  }
  void finish(int tasks) {
    for (int i = 0; i < tasks; ++i) runner.exit("T" + std::to_string(i));
  }
  std::string last;
};

TEST_CASE("where much is published staging is kept, from when that is recorded to the run's end") {
  Folder world(12);
  (void)world.run(world.last);
  world.finish(7);
  CHECK(world.store.all<StagingKept>().empty());
  CHECK(world.targets.keeps.empty());
  world.runner.exit("T7");
  REQUIRE(world.store.all<StagingKept>().size() == 1);
  CHECK(world.store.all<StagingKept>()[0].directory == "/p/out");
  CHECK(world.targets.keeps == std::set<std::string>{"/p/out"});
  CHECK(world.place("staging kept /p/out") < world.place("keep staging /p/out"));

  bool idle = false;
  world.engine.on_idle([&] { idle = true; });
  for (int i = 8; i < 12; ++i) world.runner.exit("T" + std::to_string(i));
  world.loop.settle();
  CHECK(world.targets.keeps.empty());
  CHECK(world.store.all<StagingKept>().size() == 1);
  CHECK(world.store.all<StagingCleared>().size() == 1);
  CHECK(world.place("run done") < world.place("remove kept staging"));
  CHECK(world.place("remove kept staging") < world.place("staging cleared"));
  CHECK(idle);
}

TEST_CASE("a run that publishes little keeps no staging and records nothing of it") {
  Folder world(3);
  (void)world.run(world.last);
  world.finish(3);
  CHECK(world.store.all<StagingKept>().empty());
  CHECK(world.store.all<StagingCleared>().empty());
  CHECK_FALSE(world.told("remove kept staging"));
}

}  // namespace
}  // namespace moondial::staging_keeper_test
