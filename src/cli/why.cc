#include "cli/why.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/json.h"
#include "cli/run_summary.h"
#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// Causes that are told to people.
constexpr size_t kToldCauses = 10;

bool is_met(std::string_view state) {
  return state == "complete" || state == "done" || state == "skipped";
}

using TasksById = std::unordered_map<std::string_view, const PlanTaskData*>;

/// The requirements of `task` that are not met.
std::vector<const PlanTaskData*> unmet(const PlanTaskData& task, const TasksById& tasks) {
  std::vector<const PlanTaskData*> out;
  for (const std::string& id : task.needs) {
    const auto found = tasks.find(id);
    if (found != tasks.end() && !is_met(found->second->state)) out.push_back(found->second);
  }
  return out;
}

std::string state_line(const PlanTaskData& task, const Terminal& terminal) {
  std::string out = terminal.paint(tone_of(task.state), task.state);
  if (!task.why.empty()) out += ": " + task.why;
  return out;
}

std::string failure_text(const WhyFailure& failure, const std::string& indent,
                         const Terminal& terminal) {
  std::string out = indent + "last failed in run " + std::to_string(failure.run);
  if (!failure.time.empty()) out += ", " + short_time(failure.time);
  if (failure.attempt > 0) out += ", attempt " + std::to_string(failure.attempt);
  out += ":\n" + indent + "  " +
         terminal.paint(Tone::kBad, first_line(failure.error.empty() ? "no word" : failure.error)) +
         "\n";
  return out + indent + "its log:  " + failure.log_command + "\n";
}

/// How something that others produce comes to be there.
std::string external_text(const PlanTaskData& task, const WhyCommands& commands,
                          const std::string& indent) {
  if (!task.external || is_met(task.state)) return "";
  if (!task.marks) return indent + "others make it: no run of this project does\n";
  std::string out = indent + "somebody has to say that it is done:  " + commands.prefix + " mark " +
                    shell_word(task.name);
  for (const auto& [name, value] : task.params) {
    out.append(" ").append(shell_word(std::string(name).append("=").append(value)));
  }
  return out + "\n";
}

std::string cause_text(const WhyCause& cause, const WhyCommands& commands,
                       const Terminal& terminal) {
  std::string out = "  " + terminal.paint(Tone::kStrong, cause.task.id) + "  " +
                    state_line(cause.task, terminal) + "\n";
  if (cause.path.size() > 1) {
    std::string way;
    for (size_t i = 0; i + 1 < cause.path.size(); ++i) {
      way += (way.empty() ? "" : " > ") + cause.path[i];
    }
    out += "    " + terminal.paint(Tone::kFaint, "needed by " + way) + "\n";
  }
  out += external_text(cause.task, commands, "    ");
  if (cause.last_failure) out += failure_text(*cause.last_failure, "    ", terminal);
  return out;
}

std::string causes_text(const std::vector<WhyCause>& causes, const WhyCommands& commands,
                        const Terminal& terminal) {
  if (causes.empty()) return "";
  std::string out = "it waits for:\n";
  for (size_t i = 0; i < std::min(causes.size(), kToldCauses); ++i) {
    out += cause_text(causes[i], commands, terminal);
  }
  if (causes.size() > kToldCauses) {
    out += "  … and " + std::to_string(causes.size() - kToldCauses) + " more\n";
  }
  return out;
}

std::string live_text(const WhyLive& live, bool external, const WhyCommands& commands,
                      const Terminal& terminal) {
  std::string out = "in run " + std::to_string(live.run) +
                    ", which goes on: " + terminal.paint(tone_of(live.state), live.state);
  if (live.state == "running") out += " for " + duration_text(live.seconds);
  if (live.attempt > 1) out += ", attempt " + std::to_string(live.attempt);
  if (live.state == "waiting" && !external) {
    out += ", for what it awaits; " + commands.prefix + " show " + std::to_string(live.run) +
           " has it";
  }
  return out + "\n";
}

/// What a ready task is yet without.
std::string lacks_text(const Why& why) {
  if (why.task.lacks_space) return "";  // its state says so
  std::vector<std::string> lacks;
  for (const auto& [pool, use] : why.uses) {
    lacks.push_back(std::to_string(use.units) + " of " + pool);
    if (use.size) lacks.back() += " (which has " + std::to_string(*use.size) + ")";
  }
  if (!why.lock.empty()) lacks.push_back("the lock " + why.lock);
  std::string out;
  for (const std::string& one : lacks) out += (out.empty() ? "" : ", ") + one;
  return out.empty() ? "" : "it waits until it can have " + out + "\n";
}

OrderedJson failure_json(const std::optional<WhyFailure>& failure) {
  if (!failure) return nullptr;
  return {{"run", failure->run},
          {"time", failure->time.empty() ? OrderedJson(nullptr) : OrderedJson(failure->time)},
          {"attempt", failure->attempt},
          {"error", failure->error},
          {"log", failure->log_command}};
}

OrderedJson causes_json(const std::vector<WhyCause>& causes) {
  OrderedJson out = OrderedJson::array();
  for (const WhyCause& cause : causes) {
    out.push_back({{"id", cause.task.id},
                   {"state", cause.task.state},
                   {"why", cause.task.why},
                   {"external", cause.task.external},
                   {"path", cause.path},
                   {"last_failure", failure_json(cause.last_failure)}});
  }
  return out;
}

}  // namespace

std::vector<WhyCause> first_causes(const PlanData& plan) {
  std::vector<WhyCause> out;
  TasksById tasks;
  for (const PlanTaskData& task : plan.tasks) tasks[task.id] = &task;
  if (plan.roots.empty() || !tasks.contains(plan.roots.front())) return out;
  const PlanTaskData* root = tasks[plan.roots.front()];
  if (is_met(root->state)) return out;
  std::unordered_map<const PlanTaskData*, const PlanTaskData*> needed_by = {{root, nullptr}};
  std::deque<const PlanTaskData*> queue = {root};
  for (; !queue.empty(); queue.pop_front()) {
    const PlanTaskData* task = queue.front();
    const auto waits = unmet(*task, tasks);
    for (const PlanTaskData* next : waits) {
      if (needed_by.try_emplace(next, task).second) queue.push_back(next);
    }
    if (!waits.empty() || task == root) continue;
    WhyCause cause{*task, {}, std::nullopt};
    for (const PlanTaskData* at = task; at != root; at = needed_by[at])
      cause.path.push_back(at->id);
    std::ranges::reverse(cause.path);
    out.push_back(std::move(cause));
  }
  return out;
}

std::optional<WhyFailure> failure_in(const RunData& run, const TaskData& task,
                                     const std::string& command_prefix) {
  WhyFailure out;
  out.run = run.run;
  out.log_command = command_prefix + " logs " + std::to_string(run.run) + " " + shell_word(task.id);
  for (auto attempt = task.attempts.rbegin(); attempt != task.attempts.rend(); ++attempt) {
    if (attempt->state != "failed" && attempt->state != "lost") continue;
    out.time = attempt->ended;
    out.attempt = attempt->attempt;
    out.error = attempt->error;
    return out;
  }
  if (task.state != "failed") return std::nullopt;
  out.time = run.started;
  out.error = error_of(task);
  return out;
}

std::string why_text(const Why& why, const WhyCommands& commands, const Terminal& terminal) {
  std::string out =
      terminal.paint(Tone::kStrong, why.task.id) + "  " + state_line(why.task, terminal) + "\n";
  if (why.task.state == "complete") return out + "nothing is to be done for it\n";
  for (const WhyLive& live : why.live)
    out += live_text(live, why.task.external, commands, terminal);
  out += lacks_text(why) + external_text(why.task, commands, "");
  if (why.last_failure) out += failure_text(*why.last_failure, "", terminal);
  out += causes_text(why.causes, commands, terminal);
  if (why.live.empty() && !why.task.external) {
    const bool not_ours =
        !why.causes.empty() &&
        std::ranges::all_of(why.causes, [](const WhyCause& cause) { return cause.task.external; });
    out += std::string("no run is at it; ") + (not_ours ? "then " : "") +
           "this does what is left:  " + commands.run + "\n";
  }
  return out;
}

std::string why_json(const Why& why) {
  OrderedJson live = OrderedJson::array();
  for (const WhyLive& one : why.live) {
    live.push_back({{"run", one.run},
                    {"state", one.state},
                    {"attempt", one.attempt},
                    {"seconds", one.seconds}});
  }
  OrderedJson uses = OrderedJson::object();
  for (const auto& [pool, use] : why.uses) {
    uses[pool] = {{"units", use.units},
                  {"size", use.size ? OrderedJson(*use.size) : OrderedJson(nullptr)}};
  }
  const OrderedJson out{{"id", why.task.id},
                        {"state", why.task.state},
                        {"why", why.task.why},
                        {"external", why.task.external},
                        {"waits_for", causes_json(why.causes)},
                        {"live", std::move(live)},
                        {"uses", std::move(uses)},
                        {"lock", why.lock.empty() ? OrderedJson(nullptr) : OrderedJson(why.lock)},
                        {"lacks_space", why.task.lacks_space},
                        {"last_failure", failure_json(why.last_failure)}};
  return json_text(out) + "\n";
}

}  // namespace moondial
