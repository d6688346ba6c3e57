// Generations, and what declarations answer.
#include <algorithm>
#include <set>

#include "tests/sim/sim_host.h"

namespace moondial::sim {
namespace {

/// Visits what is asked for, as far as it is not complete.
class Visit {
 public:
  Visit(const Machine& machine, const Graph& graph, const PlanRequest& request)
      : machine_(machine), graph_(graph), request_(request) {}

  /// Whether the task is complete.
  bool visit(const std::string& id, bool is_root) {
    const auto known = complete_.find(id);
    if (known != complete_.end()) return known->second;
    complete_[id] = false;
    TaskInstance task = graph_.find(id)->instance;
    const bool is_forced = request_.force == Force::kAll ||
                           (is_root && request_.force == Force::kRoots) ||
                           std::ranges::find(request_.forced, id) != request_.forced.end();
    task.complete = is_complete(task) && !(is_forced && !task.external);
    if (task.complete && !request_.whole_graph) {
      task.requires_.clear();
    }
    bool all = true;
    for (const std::string& need : task.requires_) all = visit(need, false) && all;
    const bool is_wrapper = task.work == WorkKind::kNone && !task.external;
    if (is_wrapper) task.complete = all && !is_forced;
    task.why = task.complete ? "it is there" : "it is missing";
    complete_[id] = task.complete;
    out.push_back(std::move(task));
    return out.back().complete;
  }

  std::vector<TaskInstance> out;

 private:
  [[nodiscard]] bool is_complete(const TaskInstance& task) const {
    if (!task.outputs.empty()) {
      return std::ranges::all_of(
          task.outputs, [&](const std::string& path) { return machine_.files.exists(path); });
    }
    if (task.marks) return machine_.database.marked(task.id);
    if (task.publishes) return machine_.own_targets.contains(task.id);
    if (task.work == WorkKind::kNone) return false;
    return std::ranges::find(request_.succeeded, task.id) != request_.succeeded.end();
  }

  const Machine& machine_;
  const Graph& graph_;
  const PlanRequest& request_;
  std::map<std::string, bool> complete_;
};

}  // namespace

std::pair<std::vector<TaskInstance>, std::vector<std::string>> plan_now(
    const Machine& machine, const Graph& graph, const PlanRequest& request) {
  Visit visit(machine, graph, request);
  std::vector<std::string> roots;
  for (const TaskRequest& asked : request.tasks) {
    if (graph.find(asked.task) == nullptr) continue;
    (void)visit.visit(asked.task, true);
    roots.push_back(asked.task);
  }
  return {std::move(visit.out), std::move(roots)};
}

// --- Generations ---

void SimHost::load(std::function<void(Result<const Generation*>)> done) {
  Question question;
  question.ticket = ++last_ticket_;
  question.loaded = std::move(done);
  questions_.push_back(std::move(question));
}

/// No run of these nights survives its engine.
void SimHost::restore(std::map<std::string, std::string> /*texts*/,
                      std::function<void(Result<const Generation*>)> done) {
  loop_.post([done = std::move(done)] { done(Error{Code::kInternal, "nobody asks for it", {}}); });
}

void SimHost::answer_load(const Question& question) {
  if (!context_.is_calm && context_.random.one_in(context_.night.one_in_bad_plans)) {
    context_.trace.say("a file has an error");
    return question.loaded(Error{Code::kInvalid, "a file has an error", {}});
  }
  const Graph& graph = context_.machine.versions.back();
  const auto current = generations_.find(current_);
  if (current == generations_.end() || current->second.version != graph.version) {
    current_ = GenerationId(++last_generation_);
    Loaded& loaded = generations_[current_];
    loaded.version = graph.version;
    loaded.info.id = current_;
    loaded.info.declarations.hooks = graph.hooks;
    loaded.info.declarations.pools = {{"db", kDbUnits}, {"api", kApiUnits}};
    loaded.info.sources = {{"pipelines/all.lua", std::to_string(graph.version)}};
    collect();
  }
  context_.trace.say("loaded version ", graph.version);
  question.loaded(&generations_.at(current_).info);
}

void SimHost::pin(GenerationId generation) {
  const auto found = generations_.find(generation);
  if (found == generations_.end()) {
    return context_.checks.broken("one-version", "a generation is pinned that is gone");
  }
  ++found->second.pins;
}

void SimHost::unpin(GenerationId generation) {
  const auto found = generations_.find(generation);
  if (found == generations_.end() || found->second.pins == 0) {
    return context_.checks.broken("one-version", "a generation is let go that nobody keeps");
  }
  if (--found->second.pins == 0) loop_.post([this] { collect(); });
}

void SimHost::collect() {
  std::erase_if(generations_, [this](const auto& entry) {
    return entry.first != current_ && entry.second.pins == 0;
  });
}

std::optional<std::string> SimHost::source(GenerationId generation, const std::string&) const {
  if (!generations_.contains(generation)) return std::nullopt;
  return "text";
}

int SimHost::pins() const {
  int out = 0;
  for (const auto& [id, loaded] : generations_) out += loaded.pins;
  return out;
}

// --- Plans ---

uint64_t SimHost::plan(GenerationId generation, PlanRequest request, PlanSink sink) {
  if (!generations_.contains(generation)) {
    context_.checks.broken("one-version", "a plan is asked of a generation that is gone");
  }
  Question question;
  question.ticket = ++last_ticket_;
  question.generation = generation;
  question.request = std::move(request);
  question.sink = std::move(sink);
  questions_.push_back(std::move(question));
  return last_ticket_;
}

void SimHost::cancel_plan(uint64_t ticket) {
  std::erase_if(questions_, [&](const Question& one) { return one.ticket == ticket; });
}

void SimHost::look_into(Question& question) {
  question.is_looked_into = true;
  const auto found = generations_.find(question.generation);
  // Whoever asked may have let the generation go since: then its lanes have ended.
  question.is_lost = found == generations_.end();
  if (question.is_lost) return;
  const Graph& graph = context_.machine.version(found->second.version);
  if (question.request.asks_when) {
    if (context_.random.one_in(2)) question.roots = {question.request.tasks.front().task};
    return;
  }
  auto [tasks, roots] = plan_now(context_.machine, graph, question.request);
  question.tasks = std::move(tasks);
  question.roots = std::move(roots);
}

void SimHost::answer(size_t which) {
  Question& one = questions_[which];
  if (!one.loaded && !one.is_looked_into) {
    context_.trace.say("looks at ", one.request.tasks.front().task,
                       one.request.asks_when ? "'s when" : "");
    return look_into(one);
  }
  const Question question = std::move(one);
  questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(which));
  if (question.loaded) return answer_load(question);
  if (question.is_lost) return question.sink.on_end(Error{Code::kUnavailable, "lane ended", {}});
  context_.trace.say("answers with ", question.tasks.size(), " tasks");
  if (!context_.is_calm && context_.random.one_in(context_.night.one_in_bad_plans)) {
    return question.sink.on_end(Error{Code::kInvalid, "an error in requires", {}});
  }
  question.sink.on_tasks(question.tasks);
  question.sink.on_end(question.roots);
}

}  // namespace moondial::sim
