#include "tests/sim/year/parts.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/hash.h"

namespace moondial::sim {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// --- Commands ---

class YearRunner::Handle final : public Process {
 public:
  Handle(YearRunner& runner, int pid) : runner_(runner), pid_(pid) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override { runner_.live_.erase(pid_); }
  [[nodiscard]] int pid() const override { return pid_; }
  void stop(Duration) override {
    runner_.loop_.later(seconds(1),
                        [runner = &runner_, pid = pid_] { runner->end(pid, 0, SIGTERM); });
  }

 private:
  YearRunner& runner_;
  const int pid_;
};

YearRunner::YearRunner(YearLoop& loop, Disk& disk, const std::string& zone)
    : loop_(loop), disk_(disk) {
  // Those that are declared now and then are in one of these.
  for (uint64_t version = 1; version <= 12; ++version) {
    for (const YearSchedule& one : schedules_of(version, zone)) {
      takes_[one.info.name] = {one.shortest, one.longest};
    }
  }
}

/// The words of a task's command are the task, its identity, and the schedule.
Result<std::unique_ptr<Process>> YearRunner::spawn(CommandSpec command,
                                                   std::function<void(std::string_view)>,
                                                   std::function<void(CommandResult)> on_exit) {
  const int pid = ++last_pid_;
  {
    const OutsideEngine outside;
    live_[pid] = std::move(on_exit);
    Duration takes = seconds(1);
    int exit_code = 0;
    if (command.argv.size() == 3) {
      const std::string& id = command.argv[1];
      const uint64_t drawn = hash64(id + " " + std::to_string(command.attempt.value));
      const auto known = takes_.find(command.argv[2]);
      const auto [shortest, longest] = known == takes_.end()
                                           ? std::pair<Duration, Duration>(seconds(10), seconds(60))
                                           : known->second;
      const auto span = static_cast<uint64_t>((longest - shortest).count());
      takes = shortest + Duration(static_cast<int64_t>(hash64(id) % span));
      if (command.argv[0] != "Report") takes /= 4;
      if (drawn % 15 == 0) exit_code = 1;
    }
    loop_.later(takes, [this, pid, exit_code] { end(pid, exit_code, 0); });
  }
  return std::unique_ptr<Process>(std::make_unique<Handle>(*this, pid));
}

void YearRunner::end(int pid, int exit_code, int signal) {
  auto live = live_.extract(pid);
  if (!live) return;
  CommandResult result;
  result.exit_code = exit_code;
  result.signal = signal;
  loop_.post([on_exit = std::move(live.mapped()), result] { on_exit(result); });
}

Result<int> YearRunner::end_leftovers(const std::set<AttemptId>&) {
  return static_cast<int>(disk_.database.attempts().empty() ? 0 : 1);
}

// --- Files ---

std::vector<StagedOutput> YearTargets::locate(AttemptId attempt,
                                              std::span<const std::string> final_paths) const {
  std::vector<StagedOutput> out;
  for (const std::string& path : final_paths) {
    out.push_back({path, "/out/.moondial~" + std::to_string(attempt.value) + path.substr(4)});
  }
  return out;
}

Status YearTargets::publish(std::span<const StagedOutput> outputs) {
  const OutsideEngine outside;
  for (const StagedOutput& output : outputs) disk_.finals.insert(output.final_path);
  return Status();
}

void YearArrivals::watch(std::vector<Glob> globs, Seen seen) {
  const OutsideEngine outside;
  seen_ = globs.empty() ? Seen() : std::move(seen);
  changed();
}

void YearArrivals::changed() {
  loop_.later(seconds(2), [this] {
    if (!seen_) return;
    std::vector<SeenFile> files;
    for (const auto& [path, stamp] : disk_.inbox) {
      files.push_back({path, std::to_string(stamp), true});
    }
    const InEngine in;
    seen_("in/*", files);
  });
}

// --- Pipeline files ---

namespace {

TaskInstance task(const std::string& name, const Params& params) {
  TaskInstance out;
  out.name = name;
  out.params = params;
  out.id = name + "(";
  for (const auto& [key, value] : params) out.id += key + "=" + value + ",";
  out.id.back() = ')';
  out.why = "it has no output";
  out.work = WorkKind::kCommand;
  out.uses = {{"cpu", 1}};
  out.file = "nights.lua";
  for (const std::string& word : {name, out.id, params.back().second}) {
    out.argv.push_back({CommandPiece{CommandPiece::Kind::kLiteral, word, 0}});
  }
  return out;
}

/// A report and what it needs, or what a trigger starts.
std::vector<TaskInstance> tasks_of(const std::string& name, const Params& params) {
  std::vector<TaskInstance> out = {task(name, params)};
  if (name != "Report") return out;
  TaskInstance& report = out.front();
  report.retry.times = 1;
  report.retry.delay = minutes(5);
  const std::string& schedule = params.back().second;
  if (schedule != "nightly" && schedule != "half") return out;
  if (schedule == "nightly") report.outputs = {"/out/" + report.id};
  TaskInstance need = task(schedule == "nightly" ? "Load" : "Prepare", params);
  report.requires_ = {need.id};
  out.push_back(std::move(need));
  return out;
}

/// The asked-for task of a request.
std::pair<std::string, Params> asked_for(const PlanRequest& request) {
  if (!request.start) return {request.tasks.at(0).task, request.tasks.at(0).params};
  const StartCall& start = *request.start;
  if (start.is_trigger()) return {"Handle", {{"cause", start.cause}, {"trigger", start.schedule}}};
  return {"Report", {{"at", start.at.to_string()}, {"schedule", start.schedule}}};
}

}  // namespace

const Generation* YearHost::generation_of(uint64_t version) {
  const GenerationId id(version);
  Generation& out = generations_[id];
  if (out.id) return &out;
  out.id = id;
  out.declarations = declarations_of(version, zone_);
  out.sources = {{"nights.lua", std::to_string(version)}};
  return &out;
}

void YearHost::load(std::function<void(Result<const Generation*>)> done) {
  loop_.later(milliseconds(20), [this, done = std::move(done)] {
    current_ = GenerationId(disk_.version);
    const Generation* const loaded = generation_of(disk_.version);
    {
      const InEngine in;
      done(loaded);
    }
    collect();
  });
}

void YearHost::restore(std::map<std::string, std::string> texts,
                       std::function<void(Result<const Generation*>)> done) {
  loop_.later(milliseconds(20), [this, text = texts.begin()->second, done = std::move(done)] {
    const Generation* const loaded = generation_of(std::stoull(text));
    const InEngine in;
    done(loaded);
  });
}

void YearHost::pin(GenerationId generation) {
  const OutsideEngine outside;
  ++pins_[generation];
}

void YearHost::unpin(GenerationId generation) {
  if (--pins_[generation] == 0) pins_.erase(generation);
}

void YearHost::collect() {
  std::erase_if(generations_, [&](const auto& one) {
    return one.first != current_ && !pins_.contains(one.first);
  });
}

uint64_t YearHost::plan(GenerationId, PlanRequest request, PlanSink sink) {
  const OutsideEngine outside;
  const uint64_t ticket = ++last_ticket_;
  asked_.insert(ticket);
  loop_.later(
      milliseconds(5), [this, ticket, request = std::move(request), sink = std::move(sink)] {
        if (asked_.erase(ticket) == 0) return;
        const auto [name, params] = asked_for(request);
        const InEngine in;
        std::vector<TaskInstance> tasks = tasks_of(name, params);
        for (TaskInstance& one : tasks) {
          const bool is_there = !one.outputs.empty() && disk_.finals.contains(one.outputs.front());
          one.complete =
              is_there || std::ranges::find(request.succeeded, one.id) != request.succeeded.end();
        }
        const std::string root = tasks.front().id;
        sink.on_tasks(std::move(tasks));
        sink.on_end(std::vector<std::string>{root});
      });
  return ticket;
}

}  // namespace moondial::sim
