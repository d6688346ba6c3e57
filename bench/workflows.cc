// How well the scheduler packs real workflows: their makespan on some slots, played by the
// scheduler itself without running anything, over the lower bound max(longest path, work / slots).
// usage: bench_workflows FOLDER  (of *.tsv, see bench/workflows/README.md)
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <queue>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/scheduler.h"

namespace moondial {
namespace {

struct Workflow {
  std::string name;
  std::vector<double> seconds;
  std::vector<std::vector<uint32_t>> parents;
};

/// What is known of durations before the run.
enum class History { kNone, kRough };

constexpr double kOff = 0.2;  // a rough duration is off by as much, at most
constexpr int kRounds = 5;    // of rough durations, each with others
constexpr int kSlots[] = {4, 16, 48};

Workflow read_workflow(const std::filesystem::path& path) {
  Workflow out;
  out.name = path.stem().string();
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string number, seconds, parents;
    std::getline(fields, number, '\t');
    std::getline(fields, seconds, '\t');
    std::getline(fields, parents, '\t');
    out.seconds.push_back(std::stod(seconds));
    std::replace(parents.begin(), parents.end(), ',', ' ');
    std::istringstream words(parents);
    out.parents.emplace_back();
    for (uint32_t parent = 0; words >> parent;) out.parents.back().push_back(parent);
  }
  return out;
}

Duration as_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

double lower_bound(const Workflow& workflow, int slots) {
  const size_t size = workflow.seconds.size();
  std::vector<double> path(size, -1);
  double longest = 0;
  double work = 0;
  // Parents may have higher numbers than their children.
  const auto end_of = [&](auto&& self, uint32_t task) -> double {
    if (path[task] >= 0) return path[task];
    double start = 0;
    for (const uint32_t parent : workflow.parents[task]) {
      start = std::max(start, self(self, parent));
    }
    return path[task] = start + workflow.seconds[task];
  };
  for (uint32_t task = 0; task < size; ++task) {
    longest = std::max(longest, end_of(end_of, task));
    work += workflow.seconds[task];
  }
  return std::max(longest, work / slots);
}

Plan plan_of(const Workflow& workflow, History history, std::mt19937_64& random) {
  std::uniform_real_distribution<double> off(1 - kOff, 1 + kOff);
  Plan plan;
  std::vector<bool> is_needed(workflow.seconds.size());
  for (uint32_t i = 0; i < workflow.seconds.size(); ++i) {
    PlanTask task;
    task.id = std::to_string(i);
    task.uses = {{"cpu", 1}};
    task.requires_ = workflow.parents[i];
    if (history == History::kRough) task.estimate = as_duration(workflow.seconds[i] * off(random));
    for (const uint32_t parent : workflow.parents[i]) is_needed[parent] = true;
    plan.tasks.push_back(std::move(task));
  }
  for (uint32_t i = 0; i < is_needed.size(); ++i) {
    if (!is_needed[i]) plan.roots.push_back(i);
  }
  return plan;
}

/// Seconds from the start to the end of the run.
double makespan(const Workflow& workflow, const Plan& plan, int slots) {
  Scheduler scheduler(1);
  scheduler.set_pool("cpu", slots);
  MonoTime now{};
  const std::vector<JobId> jobs = scheduler.submit(RunId(1), plan, {}, now);
  using End = std::pair<MonoTime, JobId>;
  std::priority_queue<End, std::vector<End>, std::greater<>> running;
  for (;;) {
    for (const Decision& decision : scheduler.take_decisions()) {
      if (const auto* start = std::get_if<StartAttempt>(&decision)) {
        const size_t task = std::stoul(scheduler.id(start->job));
        running.emplace(now + as_duration(workflow.seconds[task]), start->job);
      }
    }
    if (running.empty()) break;
    const auto [end, job] = running.top();
    running.pop();
    now = end;
    scheduler.attempt_ended(job, Outcome::kSucceeded, now);
  }
  if (!scheduler.idle()) std::abort();  // a task was never started
  return std::chrono::duration<double>(now.time_since_epoch()).count();
}

double ratio(const Workflow& workflow, History history, int slots) {
  std::mt19937_64 random(7);
  const int rounds = history == History::kNone ? 1 : kRounds;
  double sum = 0;
  for (int round = 0; round < rounds; ++round) {
    sum += makespan(workflow, plan_of(workflow, history, random), slots);
  }
  return sum / rounds / lower_bound(workflow, slots);
}

int run(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tsv") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::printf("makespan / lower bound, without history and with durations off by up to %.0f %%\n",
              kOff * 100);
  std::printf("%-34s", "slots");
  for (const int slots : kSlots) std::printf("  %5d without / with", slots);
  std::printf("\n");
  double sums[2] = {0, 0};
  int count = 0;
  for (const auto& file : files) {
    const Workflow workflow = read_workflow(file);
    std::printf("%-34s", workflow.name.c_str());
    for (const int slots : kSlots) {
      const double none = ratio(workflow, History::kNone, slots);
      const double rough = ratio(workflow, History::kRough, slots);
      std::printf("        %6.3f  %6.3f", none, rough);
      sums[0] += none;
      sums[1] += rough;
      ++count;
    }
    std::printf("\n");
  }
  std::printf("result | makespan / lower bound, durations off by 20 %% | %.3f | ≤ 1.09\n",
              sums[1] / count);
  std::printf("result | makespan / lower bound, first run | %.3f | ≤ 1.14\n", sums[0] / count);
  return 0;
}

}  // namespace
}  // namespace moondial

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_workflows FOLDER\n");
    return 2;
  }
  return moondial::run(argv[1]);
}
