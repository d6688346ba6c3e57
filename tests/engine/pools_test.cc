// Sizes of pools that somebody has set.
#include "tests/engine/world.h"

namespace moondial::pools_test {
namespace {

Result<PoolInfo> set(World& world, const std::string& pool, std::optional<int64_t> size) {
  Result<PoolInfo> out = Error{Code::kInternal, "not answered", {}};
  world.engine.set_pool(pool, size, [&](Result<PoolInfo> result) { out = std::move(result); });
  world.loop.settle();
  return out;
}

std::vector<PoolInfo> pools_of(World& world) {
  std::vector<PoolInfo> out;
  world.engine.pools(
      [&](Result<std::vector<PoolInfo>> result) { out = std::move(result).value(); });
  world.loop.settle();
  return out;
}

}  // namespace

TEST_CASE("a pool of size 0 lets nothing more start, until it is as declared again") {
  World world;
  world.host.generation.declarations.pools["api"] = 2;
  world.command("A").uses = {{"api", 1}, {"cpu", 1}};
  const auto size = set(world, "api", 0);
  REQUIRE(size.ok());
  CHECK(size->size == 0);
  CHECK(size->declared == 2);

  // It is no error to ask for what waits for the pool.
  (void)world.run("A");
  const QueueView queue = world.engine.queue();
  REQUIRE(queue.ready.size() == 1);
  CHECK(queue.ready[0].lacks == std::vector<std::string>{"api"});
  CHECK(queue.ready[0].since == world.loop.utc());
  CHECK(queue.declared.at("api") == 2);
  world.loop.advance(std::chrono::seconds(5));
  CHECK(world.engine.queue().ready[0].since == world.loop.utc() - std::chrono::seconds(5));

  CHECK(set(world, "api", std::nullopt)->size == 2);
  CHECK(world.engine.queue().ready.empty());
  CHECK(world.engine.queue().running.size() == 1);
  const auto records = world.store.all<PoolSized>();
  REQUIRE(records.size() == 2);
  CHECK(records[0].size == 0);
  CHECK_FALSE(records[1].size);
}

TEST_CASE("a size is kept for the next engine, as long as the same one is declared") {
  World world;
  world.store.kept_pool_sizes = {{"api", 5, 2}, {"db", 1, 3}};
  world.host.generation.declarations.pools = {{"api", 2}, {"db", 4}};
  const auto pools = pools_of(world);
  REQUIRE(pools.size() == 2);
  CHECK(pools[0].size == 5);
  CHECK(pools[1].size == 4);  // it was set when 3 was declared
  CHECK(pools[1].declared == 4);
}

TEST_CASE("cpu and memory have sizes too, and what is none has not") {
  World world(8);
  CHECK(set(world, "cpu", 3)->declared == 8);
  world.command("A");
  (void)world.run("A");
  const QueueView queue = world.engine.queue();
  const auto cpu = std::ranges::find(queue.pools, "cpu", &PoolView::name);
  REQUIRE(cpu != queue.pools.end());
  CHECK(cpu->size == 3);
  CHECK(set(world, "memory", 1 << 20)->declared == 1 << 30);
  const auto pools = pools_of(world);
  REQUIRE(pools.size() == 2);
  CHECK(pools[0].name == "cpu");
  CHECK(pools[1].size == 1 << 20);

  const auto unknown = set(world, "cpi", 1);
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Code::kNotFound);
  CHECK(unknown.error().message == "there is no pool 'cpi'; did you mean 'cpu'?");
  CHECK(world.store.all<PoolSized>().size() == 2);
}

}  // namespace moondial::pools_test
