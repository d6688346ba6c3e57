#include "core/wait_search.h"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace moondial {
namespace {

class Search {
 public:
  Search(const Jobs& jobs, const Locks& locks, const Plan& plan, Index waiter, bool gives_lock_back)
      : jobs_(jobs),
        locks_(locks),
        plan_(plan),
        waiter_(waiter),
        gives_lock_back_(gives_lock_back),
        seen_tasks_(plan.tasks.size()) {}

  /// Depth first, the nearest in the plan's order first.
  std::optional<Diagnostic> run() {
    for (const uint32_t root : plan_.roots) {
      if (plan_.tasks[root].complete) continue;
      path_.assign(1, Step{{waiter_, 0, kNone}, {}, 0});
      path_.back().next.push_back(node_of(root));
      if (leads_to_waiter()) return told(plan_.tasks[root]);
    }
    return std::nullopt;
  }

 private:
  /// A live job, or, without one, a task of the plan; and the lock by which it was come to.
  struct Node {
    Index job = kNone;
    uint32_t task = 0;
    Index lock = kNone;
  };
  struct Step {
    Node node;
    std::vector<Node> next;
    size_t at = 0;
  };

  bool leads_to_waiter() {
    while (!path_.empty()) {
      Step& step = path_.back();
      if (step.at == step.next.size()) {
        path_.pop_back();
        continue;
      }
      const Node node = step.next[step.at++];
      if (node.job == waiter_) {
        path_.push_back(Step{node, {}, 0});
        return true;
      }
      if (!is_new(node)) continue;
      path_.push_back(
          Step{node, node.job == kNone ? after_task(node.task) : after_job(node.job), 0});
    }
    return false;
  }

  bool is_new(const Node& node) {
    if (node.job != kNone) return seen_jobs_.insert(node.job).second;
    if (seen_tasks_[node.task]) return false;
    seen_tasks_[node.task] = true;
    return true;
  }

  [[nodiscard]] Node node_of(uint32_t task) const {
    return {jobs_.find(plan_.tasks[task].id), task, kNone};
  }

  [[nodiscard]] std::vector<Node> after_task(uint32_t index) const {
    const PlanTask& task = plan_.tasks[index];
    std::vector<Node> out;
    for (const uint32_t need : task.requires_) {
      if (!plan_.tasks[need].complete) out.push_back(node_of(need));
    }
    if (task.has_work && !task.external) add_holder(out, locks_.find(task.lock), kNone);
    return out;
  }

  [[nodiscard]] std::vector<Node> after_job(Index index) const {
    const Job& job = jobs_[index];
    std::vector<Node> out;
    for (Index e = job.first_need; e != kNone; e = jobs_.edge(e).next_need) {
      out.push_back({jobs_.edge(e).need, 0, kNone});
    }
    if (job.has_work) add_holder(out, job.lock, index);
    return out;
  }

  void add_holder(std::vector<Node>& out, Index lock, Index wanted_by) const {
    if (lock == kNone) return;
    const Index holder = locks_[lock].holder;
    if (holder == kNone || holder == wanted_by) return;
    if (holder == waiter_ && gives_lock_back_) return;
    out.push_back({holder, 0, lock});
  }

  [[nodiscard]] const std::string& id(const Node& node) const {
    return node.job != kNone ? jobs_[node.job].id : plan_.tasks[node.task].id;
  }

  [[nodiscard]] Diagnostic told(const PlanTask& root) const {
    std::string way = id(path_.front().node);
    bool by_lock = false;
    for (size_t i = 1; i < path_.size(); ++i) {
      const Node& node = path_[i].node;
      by_lock = by_lock || node.lock != kNone;
      way += node.lock == kNone ? " -> " + id(node)
                                : ", which needs the lock \"" + locks_[node.lock].name +
                                      "\" that " + id(node) + " holds";
    }
    return Diagnostic{root.file, root.line, (by_lock ? "a deadlock: " : "a cycle: ") + way,
                      by_lock ? "none of them could go on: give one of them another lock, or await "
                                "in a task that holds none"
                              : "a task cannot wait for itself; take one of these waits away"};
  }

  const Jobs& jobs_;
  const Locks& locks_;
  const Plan& plan_;
  const Index waiter_;
  const bool gives_lock_back_;
  std::vector<Step> path_;
  std::vector<bool> seen_tasks_;
  std::unordered_set<Index> seen_jobs_;  // only looked up
};

}  // namespace

std::optional<Diagnostic> find_endless_wait(const Jobs& jobs, const Locks& locks, const Plan& plan,
                                            Index waiter, bool gives_lock_back) {
  return Search(jobs, locks, plan, waiter, gives_lock_back).run();
}

}  // namespace moondial
