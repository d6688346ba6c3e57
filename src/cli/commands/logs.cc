#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

#include "base/text.h"
#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/signals.h"

namespace moondial {
namespace {

struct LogArguments {
  uint64_t run = 0;
  std::string task;  ///< identity or name; empty: all
  bool follow = false;
};

/// Prints the logs of a run's attempts, each as far as it is there, again and again.
class LogPrinter final : public StreamReader {
 public:
  LogPrinter(Session& session, const LogArguments& arguments)
      : session_(session), arguments_(arguments), terminal_(terminal_of(STDOUT_FILENO)) {}

  /// Prints what is new; the exit status.
  int print_new();
  int follow();

  void on_event(const SseEvent& event) override { news_ = news_ || event.name != "progress"; }
  bool on_wake() override;
  [[nodiscard]] int tick_ms() const override { return 500; }

 private:
  struct Position {
    int64_t offset = 0;
    bool done = false;
  };
  [[nodiscard]] bool wanted(const TaskData& task) const {
    return arguments_.task.empty() || task.id == arguments_.task || task.name == arguments_.task;
  }
  int refuse_task(const RunData& run) const;
  Result<bool> print_attempt(const TaskData& task, const AttemptData& attempt);

  Session& session_;
  const LogArguments& arguments_;
  const Terminal terminal_;
  Signals* signals_ = nullptr;
  std::map<uint64_t, Position> positions_;  // by attempt_id
  uint64_t last_printed_ = 0;
  bool news_ = false;
  bool interrupted_ = false;
};

int LogPrinter::refuse_task(const RunData& run) const {
  std::vector<std::string> known;
  for (const TaskData& task : run.tasks) {
    known.push_back(task.id);
    known.push_back(task.name);
  }
  const std::string near = nearest(arguments_.task, known);
  return report(Error{Code::kNotFound,
                      "run " + std::to_string(run.run) + " has no task '" + arguments_.task + "'" +
                          (near.empty() ? "" : "; did you mean '" + near + "'?"),
                      {}});
}

Result<bool> LogPrinter::print_attempt(const TaskData& task, const AttemptData& attempt) {
  Position& position = positions_[attempt.attempt_id];
  while (!position.done) {
    const auto answer = session_.send({"GET",
                                       "attempts/" + std::to_string(attempt.attempt_id) +
                                           "/log?offset=" + std::to_string(position.offset),
                                       ""});
    if (!answer.ok()) return answer.error();
    if (!answer->ok()) return Error{Code::kIo, read_problem(answer->body).detail, {}};
    const LogData log = read_log(answer->body);
    if (!log.text.empty() && last_printed_ != attempt.attempt_id) {
      last_printed_ = attempt.attempt_id;
      print(terminal_.paint(Tone::kStrong, "== " + task.id + ", attempt " +
                                               std::to_string(attempt.attempt) + ", " +
                                               attempt.state) +
            "\n");
    }
    print(log.text);
    position.offset = log.next_offset;
    position.done = log.ended;
    if (log.text.empty()) break;
  }
  return true;
}

int LogPrinter::print_new() {
  const auto answer = session_.send({"GET", "runs/" + std::to_string(arguments_.run), ""});
  if (!answer.ok()) return report(answer.error());
  if (!answer->ok()) return report(*answer, false);
  const RunData run = read_run(answer->body);
  if (std::ranges::none_of(run.tasks, [this](const TaskData& task) { return wanted(task); }) &&
      !arguments_.task.empty()) {
    return refuse_task(run);
  }
  for (const TaskData& task : run.tasks) {
    if (!wanted(task)) continue;
    for (const AttemptData& attempt : task.attempts) {
      const auto printed = print_attempt(task, attempt);
      if (!printed.ok()) return report(printed.error());
    }
  }
  return kExitOk;
}

bool LogPrinter::on_wake() {
  while (const auto signum = signals_->next()) {
    if (*signum != SIGWINCH) interrupted_ = true;
  }
  if (std::exchange(news_, false)) print_new();
  return !interrupted_;
}

int LogPrinter::follow() {
  Signals signals;
  signals_ = &signals;
  const int status = print_new();
  if (status != kExitOk) return status;
  const auto answer = session_.stream(
      {"GET", "runs/" + std::to_string(arguments_.run) + "/events?log=1", ""}, *this, signals.fd());
  if (interrupted_) return kExitInterrupted;
  if (!answer.ok()) return report(answer.error());
  return print_new();
}

int logs_command(const std::string& directory, const LogArguments& arguments) {
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  LogPrinter printer(session, arguments);
  return arguments.follow ? printer.follow() : printer.print_new();
}

}  // namespace

void add_logs_command(const CommandSet& set) {
  auto arguments = std::make_shared<LogArguments>();
  CLI::App* logs = set.app.add_subcommand("logs", "Prints what the tasks of a run said");
  logs->add_option("RUN", arguments->run, "Number of the run")->required();
  logs->add_option("TASK", arguments->task, "Only of this task, by its name or identity");
  logs->add_flag("-f,--follow", arguments->follow, "Go on until the run has ended");
  logs->footer("Example: moondial logs 7 'sem.FetchCost(date=2015-09-18,engine=baidu)'");
  logs->callback(
      [set, arguments] { *set.chosen = [=] { return logs_command(*set.directory, *arguments); }; });
}

}  // namespace moondial
