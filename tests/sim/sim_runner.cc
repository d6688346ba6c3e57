#include "tests/sim/sim_runner.h"

#include <csignal>

#include "tests/sim/watcher.h"

namespace moondial::sim {

class SimRunner::Handle final : public Process {
 public:
  Handle(SimRunner& runner, int pid) : runner_(runner), pid_(pid) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override { runner_.let_go(pid_); }
  [[nodiscard]] int pid() const override { return pid_; }
  void stop(Duration grace) override { runner_.stop(pid_, grace); }

 private:
  SimRunner& runner_;
  const int pid_;
};

/// The words of a command: what it is, whose it is, of which version; then the paths that it
/// writes.
Result<std::unique_ptr<Process>> SimRunner::spawn(CommandSpec command,
                                                  std::function<void(std::string_view)>,
                                                  std::function<void(CommandResult)> on_exit) {
  if (!context_.fate.passes()) return Error{Code::kIo, "dead", {}};
  Machine& machine = context_.machine;
  SimProcess process;
  process.pid = ++machine.last_pid;
  process.life = context_.life;
  process.attempt = command.attempt;
  process.is_main = command.argv.at(0) == "work";
  process.task = command.argv.at(1);
  process.staged_paths.assign(command.argv.begin() + 3, command.argv.end());
  process.is_deaf = context_.random.one_in(context_.night.one_in_deaf);
  context_.trace.say("spawn ", process.task, " #", command.attempt.value, " version ",
                     command.argv.at(2), " pid ", process.pid);
  watcher_.before_process(process, std::stoull(command.argv.at(2)));
  const int pid = process.pid;
  machine.processes[pid] = std::move(process);
  live_[pid].on_exit = std::move(on_exit);
  (void)context_.fate.passes();
  return std::unique_ptr<Process>(std::make_unique<Handle>(*this, pid));
}

void SimRunner::stop(int pid, Duration grace) {
  const auto live = live_.find(pid);
  const auto process = context_.machine.processes.find(pid);
  if (!context_.fate.passes() || live == live_.end()) return;
  if (process == context_.machine.processes.end()) return;  // it has ended, and is about to be told
  context_.trace.say("TERM to pid ", pid);
  process->second.is_told = true;
  if (grace <= Duration(0)) {
    process->second.is_killed = true;
  } else {
    live->second.grace = loop_.timer(loop_.mono() + grace, [this, pid] {
      const auto found = context_.machine.processes.find(pid);
      if (found != context_.machine.processes.end()) found->second.is_killed = true;
    });
  }
}

/// Its handle is gone: a process that lives is killed, unless the engine died and took nothing
/// along.
void SimRunner::let_go(int pid) {
  live_.erase(pid);
  if (context_.fate.alive()) context_.machine.processes.erase(pid);
}

void SimRunner::go_on(int pid) {
  const SimProcess& process = context_.machine.processes.at(pid);
  const Night& night = context_.night;
  if (process.is_killed) return end(pid, 0, SIGKILL);
  if (process.is_told && !process.is_deaf) return end(pid, 0, SIGTERM);
  if (process.is_told && context_.random.one_in(2)) return;  // works on
  if (context_.random.one_in(night.one_in_failures)) return end(pid, 1, 0);
  for (const std::string& path : process.staged_paths) {
    if (context_.random.one_in(night.one_in_forgotten_outputs)) continue;
    if (context_.machine.files.write_staged(process.attempt, path)) continue;
    watcher_.staging_is_gone(process.attempt, process.task);
    return end(pid, 2, 0);
  }
  end(pid, 0, 0);
}

void SimRunner::end(int pid, int exit_code, int signal) {
  const auto node = context_.machine.processes.extract(pid);
  context_.trace.say("pid ", pid, " of ", node.mapped().task, " ends with ", exit_code, " ",
                     signal);
  const auto live = live_.find(pid);
  if (live == live_.end()) return;
  live->second.grace.reset();
  CommandResult result;
  result.exit_code = exit_code;
  result.signal = signal;
  loop_.post([this, pid, result = std::move(result)] {
    const auto found = live_.find(pid);
    if (found == live_.end()) return;
    const auto on_exit = std::move(found->second.on_exit);
    live_.erase(found);
    on_exit(result);
  });
}

Result<int> SimRunner::end_leftovers(const std::set<AttemptId>&) {
  if (!context_.fate.passes()) return Error{Code::kIo, "dead", {}};
  context_.trace.say("end leftovers");
  if (!context_.is_calm && context_.random.one_in(context_.night.one_in_failing_files)) {
    return Error{Code::kIo, "a process does not end", {}};
  }
  int ended = 0;
  auto& processes = context_.machine.processes;
  while (!processes.empty()) {
    processes.erase(processes.begin());
    ++ended;
    if (!context_.fate.passes()) return Error{Code::kIo, "dead", {}};
  }
  return ended;
}

}  // namespace moondial::sim
