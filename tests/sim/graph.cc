#include "tests/sim/graph.h"

#include <algorithm>

namespace moondial::sim {
namespace {

using std::chrono::seconds;

CommandWord literal(std::string text) {
  return {CommandPiece{CommandPiece::Kind::kLiteral, std::move(text), 0}};
}

void give_outputs(TaskInstance& task, Random& random, const Night& night) {
  if (random.one_in(night.one_in_outputless)) {
    task.marks = random.one_in(3);
    return;
  }
  task.outputs.push_back("/o/" + task.id + ".a");
  if (random.one_in(4)) task.outputs.push_back("/o/" + task.id + ".b");
}

void give_work(Declared& declared, uint64_t version, Random& random, const Night& night) {
  TaskInstance& task = declared.instance;
  task.fingerprint = std::to_string(version);
  if (random.one_in(night.one_in_scripts)) {
    task.work = WorkKind::kScript;
    return;
  }
  task.work = WorkKind::kCommand;
  task.argv = {literal("work"), literal(task.id), literal(std::to_string(version))};
  for (uint32_t i = 0; i < task.outputs.size(); ++i) {
    task.argv.push_back({CommandPiece{CommandPiece::Kind::kOutput, "", i}});
  }
}

void give_resources(TaskInstance& task, Random& random, const Night& night) {
  task.uses = {{"cpu", 1}};
  if (random.one_in(6)) task.uses[0].units = 0;
  if (random.one_in(4)) task.uses.push_back({"db", static_cast<int64_t>(random.between(1, 2))});
  if (random.one_in(6)) task.uses.push_back({"api", static_cast<int64_t>(random.between(1, 3))});
  std::ranges::sort(task.uses, {}, &PoolUse::pool);
  if (random.one_in(night.one_in_locks)) task.lock = random.one_in(3) ? "table" : "door";
}

void give_retries(TaskInstance& task, Random& random, const Night& night) {
  if (random.one_in(night.one_in_retries)) {
    task.retry.times = static_cast<int>(random.between(1, 3));
    task.retry.delay = seconds(random.below(4));
    task.retry.backoff = random.one_in(2) ? 2 : 1;
    task.retry.max = seconds(random.one_in(3) ? 5 : 0);
    task.retry.jitter = random.one_in(3) ? 0.5 : 0;
    task.asks_retry = random.one_in(night.one_in_steps);
  }
  if (random.one_in(night.one_in_timeouts)) task.timeout = seconds(random.between(1, 8));
  task.grace = seconds(random.below(4));
}

void give_steps(TaskInstance& task, Random& random, const Night& night) {
  task.has_check = random.one_in(night.one_in_steps);
  task.publishes = task.outputs.empty() && !task.marks && random.one_in(night.one_in_steps);
  task.asks_complete = !task.outputs.empty() && random.one_in(night.one_in_steps);
  task.on_success = random.one_in(night.one_in_hooks);
  task.on_failure = random.one_in(night.one_in_hooks);
}

/// The tasks before the `place`-th are there; it needs some of them.
Declared declared_task(size_t place, uint64_t version, size_t all, Random& random,
                       const Night& night) {
  Declared out;
  TaskInstance& task = out.instance;
  task.id = task.name = "t" + std::to_string(place);
  for (uint64_t k = random.below(4); k > 0 && place > 0; --k) {
    task.requires_.push_back("t" + std::to_string(random.below(place)));
  }
  task.priority = static_cast<double>(random.below(3));
  task.takes = seconds(random.below(4));
  if (random.one_in(night.one_in_externals)) {
    task.external = true;
    task.requires_.clear();
    task.marks = random.one_in(2);
    if (!task.marks) task.outputs = {"/o/" + task.id + ".a"};
    return out;
  }
  if (random.one_in(night.one_in_whens)) task.when = static_cast<When>(random.below(6));
  if (random.one_in(night.one_in_wrappers)) return out;
  give_outputs(task, random, night);
  give_work(out, version, random, night);
  give_resources(task, random, night);
  give_retries(task, random, night);
  give_steps(task, random, night);
  if (task.work == WorkKind::kScript && random.one_in(night.one_in_awaits)) {
    for (uint64_t k = random.between(1, 2); k > 0; --k) {
      const bool anywhere = random.one_in(night.one_in_circles);
      if (!anywhere && place == 0) break;
      out.awaits.push_back("t" + std::to_string(random.below(anywhere ? all : place)));
    }
  }
  return out;
}

}  // namespace

const Declared* Graph::find(const std::string& id) const {
  const auto found =
      std::ranges::find_if(tasks, [&](const Declared& task) { return task.instance.id == id; });
  return found == tasks.end() ? nullptr : &*found;
}

std::string words(const Declared& declared) {
  const TaskInstance& task = declared.instance;
  std::string out = task.id;
  const auto list = [&](const char* name, const std::vector<std::string>& what) {
    if (what.empty()) return;
    out += std::string(", ") + name;
    for (const std::string& one : what) out += " " + one;
  };
  if (task.external) out += ", external";
  if (task.work == WorkKind::kNone && !task.external) out += ", wrapper";
  if (task.work != WorkKind::kNone) out += task.work == WorkKind::kScript ? ", script" : ", sh";
  list("requires", task.requires_);
  list("outputs", task.outputs);
  list("may await", declared.awaits);
  if (task.when != When::kAll) out += ", when " + std::to_string(static_cast<int>(task.when));
  for (const PoolUse& use : task.uses) out += ", " + use.pool + " " + std::to_string(use.units);
  if (!task.lock.empty()) out += ", lock " + task.lock;
  if (task.retry.times > 0) out += ", retries " + std::to_string(task.retry.times);
  const std::pair<bool, const char*> flags[] = {{task.marks, "mark"},
                                                {task.publishes, "own target"},
                                                {task.has_check, "check"},
                                                {task.asks_complete, "complete"},
                                                {task.asks_retry, "retry.when"},
                                                {task.timeout.has_value(), "timeout"},
                                                {task.on_success, "on_success"},
                                                {task.on_failure, "on_failure"}};
  for (const auto& [is_set, name] : flags) {
    if (is_set) out += std::string(", ") + name;
  }
  return out + ", priority " + std::to_string(static_cast<int>(task.priority));
}

Graph random_graph(Random& random, const Night& night) {
  Graph graph;
  graph.version = 1;
  const size_t size = random.between(1, night.most_tasks);
  for (size_t i = 0; i < size; ++i) {
    graph.tasks.push_back(declared_task(i, graph.version, size, random, night));
  }
  for (const char* kind : {"success", "failure", "retry", "run_end"}) {
    if (random.one_in(night.one_in_hooks)) graph.hooks.push_back(kind);
  }
  return graph;
}

Graph edited(const Graph& graph, Random& random, const Night& night) {
  Graph next = graph;
  ++next.version;
  for (size_t i = 0; i < next.tasks.size(); ++i) {
    const bool is_external = next.tasks[i].instance.external;
    if (is_external || !random.one_in(2)) {
      // The same declaration, of another version of the file.
      TaskInstance& task = next.tasks[i].instance;
      if (task.work == WorkKind::kCommand) task.argv[2] = literal(std::to_string(next.version));
      continue;
    }
    next.tasks[i] = declared_task(i, next.version, next.tasks.size(), random, night);
  }
  return next;
}

}  // namespace moondial::sim
