#include "cli/plan_tree.h"

#include <unordered_map>
#include <utility>
#include <vector>

namespace moondial {
namespace {

std::string described(const PlanTaskData& task, const Terminal& terminal) {
  std::string out = task.id + "  " + terminal.paint(tone_of(task.state), task.state);
  if (!task.why.empty()) out += terminal.paint(Tone::kFaint, ": " + task.why);
  return out;
}

std::string sum_of(const PlanData& plan) {
  size_t complete = 0;
  for (const PlanTaskData& task : plan.tasks) complete += task.state == "complete" ? 1 : 0;
  return std::to_string(plan.tasks.size() - complete) + " to do, " + std::to_string(complete) +
         " complete\n";
}

/// Walks the tree without recursion: a chain may be long.
class TreeWriter {
 public:
  TreeWriter(const PlanData& plan, const Terminal& terminal) : terminal_(terminal) {
    for (const PlanTaskData& task : plan.tasks) tasks_[task.id] = &task;
  }

  std::string write(const std::vector<std::string>& roots) {
    for (auto root = roots.rbegin(); root != roots.rend(); ++root) {
      stack_.push_back({*root, "", ""});
    }
    while (!stack_.empty()) {
      const Node node = std::move(stack_.back());
      stack_.pop_back();
      add(node);
    }
    return std::move(out_);
  }

 private:
  struct Node {
    std::string id;
    std::string before;  ///< of its own line
    std::string indent;  ///< of what stands below it
  };

  void add(const Node& node) {
    const auto found = tasks_.find(node.id);
    out_ += terminal_.paint(Tone::kFaint, node.before);
    if (found == tasks_.end()) {
      out_ += node.id + "\n";
      return;
    }
    const PlanTaskData& task = *found->second;
    out_ += described(task, terminal_);
    const bool again = !task.needs.empty() && shown_[task.id]++ > 0;
    out_ += again ? terminal_.paint(Tone::kFaint, "  (see above)") + "\n" : "\n";
    if (again) return;
    for (size_t i = task.needs.size(); i-- > 0;) {
      const bool last = i + 1 == task.needs.size();
      stack_.push_back({task.needs[i], node.indent + (last ? "└─ " : "├─ "),
                        node.indent + (last ? "   " : "│  ")});
    }
  }

  const Terminal& terminal_;
  std::unordered_map<std::string, const PlanTaskData*> tasks_;
  std::unordered_map<std::string, int> shown_;
  std::vector<Node> stack_;
  std::string out_;
};

}  // namespace

std::string plan_tree(const PlanData& plan, const Terminal& terminal) {
  return TreeWriter(plan, terminal).write(plan.roots) + sum_of(plan);
}

std::string plan_lines(const PlanData& plan, const Terminal& terminal) {
  std::string out;
  for (const PlanTaskData& task : plan.tasks) {
    if (task.state == "complete") continue;
    out += "would run " + task.id;
    if (!task.why.empty()) out += terminal.paint(Tone::kFaint, ": " + task.why);
    out += "\n";
  }
  return out + sum_of(plan);
}

std::string missing_lines(const PlanData& plan, const Terminal& terminal) {
  std::unordered_map<std::string, const PlanTaskData*> tasks;
  for (const PlanTaskData& task : plan.tasks) tasks[task.id] = &task;
  std::string out;
  size_t missing = 0;
  for (const std::string& root : plan.roots) {
    const auto task = tasks.find(root);
    if (task == tasks.end() || task->second->state == "complete") continue;
    ++missing;
    out += "would run " + root + terminal.paint(Tone::kFaint, ": " + task->second->why) + "\n";
  }
  out += std::to_string(missing) + " of " + std::to_string(plan.roots.size()) + " are missing; ";
  return out + sum_of(plan);
}

}  // namespace moondial
