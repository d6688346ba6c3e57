#include "cli/why.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/json.h"
#include "cli/command.h"
#include "cli/secret_params.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// Runs that are listed to find a task's last failure, and those of them that are looked into.
constexpr const char* kRunsPath = "runs?limit=1000";
constexpr size_t kLookedIntoRuns = 100;

struct WhyArguments {
  TaskArguments task;
  bool json = false;
};

/// Puts together what the engine knows about one task.
class Inquiry {
 public:
  Inquiry(Session& session, std::string prefix) : session_(session), prefix_(std::move(prefix)) {}

  /// The answer, or the problem as it was answered or met.
  Result<Why> ask(const std::string& members);
  /// A problem that the engine told, to be reported as such.
  [[nodiscard]] const std::optional<ApiResponse>& refusal() const { return refusal_; }

 private:
  Result<std::string> get(const ApiRequest& request);
  Status find_live(const std::vector<RunData>& runs, Why& why);
  Status find_failures(const std::vector<RunData>& runs, Why& why);
  Status find_pools(Why& why);

  Session& session_;
  const std::string prefix_;
  std::optional<ApiResponse> refusal_;
};

Result<std::string> Inquiry::get(const ApiRequest& request) {
  auto answer = session_.send(request);
  if (!answer.ok()) return answer.error();
  if (answer->ok()) return std::move(answer->body);
  refusal_ = std::move(answer).value();
  return Error{Code::kInvalid, "refused", {}};
}

Status Inquiry::find_live(const std::vector<RunData>& runs, Why& why) {
  for (const RunData& open : runs) {
    if (open.state != "running") continue;
    const auto body = get({"GET", "runs/" + std::to_string(open.run), ""});
    if (!body.ok()) return body.error();
    const RunData run = read_run(*body);
    const auto task = std::ranges::find(run.tasks, why.task.id, &TaskData::id);
    if (task == run.tasks.end()) continue;
    // The plan only says that a run is at it.
    if (!task->why.empty()) why.task.why = task->why;
    WhyLive live{run.run, task->state, 0, 0};
    // The plan knows better of what is ready, or awaits.
    if (live.state == "pending" || why.task.state == "waiting") live.state = why.task.state;
    if (!task->attempts.empty()) {
      live.attempt = task->attempts.back().attempt;
      live.seconds = task->attempts.back().seconds;
    }
    why.live.push_back(std::move(live));
  }
  return {};
}

/// The last failure of the task and of each cause, as far back as is looked.
Status Inquiry::find_failures(const std::vector<RunData>& runs, Why& why) {
  std::unordered_map<std::string, std::optional<WhyFailure>*> wanted;
  if (why.task.state != "complete") wanted[why.task.id] = &why.last_failure;
  for (WhyCause& cause : why.causes) wanted[cause.task.id] = &cause.last_failure;
  size_t looked = 0;
  for (const RunData& listed : runs) {
    if (wanted.empty() || looked == kLookedIntoRuns) break;
    const auto failed = listed.counts.find("failed");
    const bool open = listed.state == "running";  // where a retry is not counted as a failure
    if (!open && (failed == listed.counts.end() || failed->second == 0)) continue;
    ++looked;
    const std::string path = "runs/" + std::to_string(listed.run) + (open ? "" : "?state=failed");
    const auto body = get({"GET", path, ""});
    if (!body.ok()) return body.error();
    const RunData run = read_run(*body);
    for (const TaskData& task : run.tasks) {
      const auto found = wanted.find(task.id);
      if (found == wanted.end()) continue;
      *found->second = failure_in(run, task, prefix_);
      if (*found->second) wanted.erase(found);
    }
  }
  return {};
}

Status Inquiry::find_pools(Why& why) {
  if (why.task.state != "ready" || why.task.lacks_space) return {};
  why.lock = why.task.lock;
  for (const auto& [pool, units] : why.task.uses) why.uses[pool].units = units;
  const auto body = get({"GET", "pools", ""});
  if (!body.ok()) return body.error();
  const auto pools = parse_json(*body);
  if (!pools.is_array()) return {};
  for (const auto& pool : pools) {
    const auto found = why.uses.find(pool.value("name", ""));
    if (found != why.uses.end()) found->second.size = pool.value("size", int64_t{0});
  }
  return {};
}

Result<Why> Inquiry::ask(const std::string& members) {
  const auto planned = get({"POST", "plan", "{" + members + "}"});
  if (!planned.ok()) return planned.error();
  const PlanData plan = read_plan(*planned);
  Why out;
  for (const PlanTaskData& task : plan.tasks) {
    if (!plan.roots.empty() && task.id == plan.roots.front()) out.task = task;
  }
  out.causes = first_causes(plan);
  const auto listed = get({"GET", kRunsPath, ""});
  if (!listed.ok()) return listed.error();
  const std::vector<RunData> runs = read_runs(*listed);
  for (const Status& status : {find_live(runs, out), find_failures(runs, out), find_pools(out)}) {
    if (!status.ok()) return status.error();
  }
  return out;
}

/// What may be typed next. Values of secret parameters are not repeated.
WhyCommands commands_of(Session& session, const std::string& prefix, const TaskArguments& task) {
  WhyCommands out{prefix, prefix + " run " + shell_word(task.task)};
  if (task.params.empty()) return out;
  const auto tasks = session.send({"GET", "tasks", ""});
  const bool known = tasks.ok() && tasks->ok();
  const SecretParams secrets = known ? SecretParams::read(tasks->body, task.task) : SecretParams();
  for (const std::string& param : task.params) out.run += " " + shell_word(secrets.shown(param));
  return out;
}

int why_command(const std::string& directory, const WhyArguments& arguments) {
  const auto members = task_members(arguments.task);
  if (!members.ok()) return report(members.error());
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  const std::string prefix =
      directory.empty() ? "moondial" : "moondial -C " + shell_word(directory);
  Inquiry inquiry(session, prefix);
  const auto why = inquiry.ask(*members);
  if (inquiry.refusal()) return report(*inquiry.refusal(), arguments.json);
  if (!why.ok()) return report(why.error());
  print(arguments.json ? why_json(*why)
                       : why_text(*why, commands_of(session, prefix, arguments.task),
                                  terminal_of(STDOUT_FILENO)));
  return kExitOk;
}

}  // namespace

void add_why_command(const CommandSet& set) {
  auto arguments = std::make_shared<WhyArguments>();
  CommandOptions why = set.add("why", "Tells why a task is complete, waits or failed");
  why.option("TASK", arguments->task.task, "The task").required();
  why.option("PARAMS", arguments->task.params, "Its parameters, name=value each");
  why.flag("--json", arguments->json, "Print a JSON document");
  why.footer(
      "Example: moondial why sem.Report date=2015-09-18\n"
      "What is missing, what it waits for down to the first causes, in which run it is and how\n"
      "it last failed. Nothing is run.");
  why.action([=] { return why_command(*set.directory, *arguments); });
}

}  // namespace moondial
