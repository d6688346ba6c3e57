#include "tests/engine/world.h"

namespace moondial {

World::World(int jobs) : engine({loop, store, runner, host, targets, &space}, options(jobs)) {}
World::~World() = default;

TaskInstance& World::command(const std::string& name, std::vector<std::string> needs) {
  TaskInstance task;
  task.id = name;
  task.name = name;
  task.requires_ = std::move(needs);
  task.outputs = {name + ".out"};
  task.work = WorkKind::kCommand;
  task.argv = {{CommandPiece{CommandPiece::Kind::kLiteral, name, 0}}};
  task.uses = {{"cpu", 1}};
  host.tasks.push_back(std::move(task));
  return host.tasks.back();
}

RunId World::run(const std::string& root) {
  RunRequest request;
  request.plan.tasks = {{root, {}, ""}};
  RunId id;
  engine.run(std::move(request), [&](Result<RunId> result) {
    REQUIRE(result.ok());
    id = *result;
  });
  loop.settle();
  return id;
}

}  // namespace moondial
