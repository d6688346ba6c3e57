#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <utility>

#include "base/json.h"
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
  bool json = false;
};

/// How far an attempt's log was read.
struct Position {
  int64_t offset = 0;
  bool done = false;
};

using OnText = std::function<void(const std::string& text)>;

/// For an engine that is there to answer.
constexpr long kAnswerBoundMs = 60'000;

bool is_gone(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kIo;
}

/// Prints the logs of a run's attempts, each as far as it is there, again and again.
class LogPrinter final : public StreamReader {
 public:
  LogPrinter(Session& session, const LogArguments& arguments)
      : session_(session), arguments_(arguments), terminal_(terminal_of(STDOUT_FILENO)) {}

  /// Prints what is new; the exit status.
  int print_new();
  /// Prints all as one document.
  int print_json();
  int follow();
  int wait_for_engine();
  /// Nothing was printed yet.
  [[nodiscard]] bool silent() const { return last_printed_ == 0; }

  void on_event(const SseEvent& event) override {
    news_ = news_ || event.name != "progress";
    ended_ = ended_ || event.name == "ended";
  }
  bool on_wake() override;
  [[nodiscard]] int tick_ms() const override { return 500; }

 private:
  [[nodiscard]] Result<ApiResponse> ask(const std::string& path);
  Status read_on(uint64_t attempt_id, Position& position, const OnText& on_text);
  int fail(const Error& error);
  using OnAttempt = std::function<Status(const TaskData& task, const AttemptData& attempt)>;
  [[nodiscard]] bool wanted(const TaskData& task) const {
    return arguments_.task.empty() || task.id == arguments_.task || task.name == arguments_.task;
  }
  [[nodiscard]] int refuse_task(const RunData& run) const;
  int each_attempt(const OnAttempt& on_attempt);
  Status print_attempt(const TaskData& task, const AttemptData& attempt);

  Session& session_;
  const LogArguments& arguments_;
  const Terminal terminal_;
  Signals* signals_ = nullptr;
  std::map<uint64_t, Position> positions_;  // by attempt_id
  uint64_t last_printed_ = 0;
  bool news_ = true;  // what comes before the stream begins has no event
  bool interrupted_ = false;
  bool ended_ = false;           // the run
  bool follows_daemon_ = false;  // no other engine is to take its place: it is waited for
};

Result<ApiResponse> LogPrinter::ask(const std::string& path) {
  if (follows_daemon_) return session_.send_to_running({"GET", path, ""}, kAnswerBoundMs);
  return session_.send({"GET", path, ""});
}

/// A daemon that is gone is noticed by who follows it.
int LogPrinter::fail(const Error& error) {
  return follows_daemon_ && is_gone(error) ? kExitOk : report(error);
}

/// Reads a log from `position` on as far as it is there.
Status LogPrinter::read_on(uint64_t attempt_id, Position& position, const OnText& on_text) {
  while (!position.done) {
    const auto answer = ask("attempts/" + std::to_string(attempt_id) +
                            "/log?offset=" + std::to_string(position.offset));
    if (!answer.ok()) return answer.error();
    // It answers: so it is not one of the errors of is_gone(), nor wrong usage.
    if (!answer->ok()) return Status(Code::kConflict, read_problem(answer->body).detail);
    const LogData log = read_log(answer->body);
    if (!log.text.empty()) on_text(log.text);
    position.offset = log.next_offset;
    position.done = log.ended;
    if (log.text.empty()) break;
  }
  return {};
}

int LogPrinter::refuse_task(const RunData& run) const {
  std::vector<std::string> known;
  for (const TaskData& task : run.tasks) {
    known.push_back(task.id);
    known.push_back(task.name);
  }
  const std::string near = nearest(arguments_.task, known);
  const std::string number = std::to_string(run.run);
  return report(Error{Code::kNotFound,
                      "run " + number + " ran no task '" + printable(arguments_.task) + "'" +
                          (near.empty() ? "; `moondial show " + number + "` lists those that it did"
                                        : "; did you mean '" + near + "'?"),
                      {}});
}

int LogPrinter::each_attempt(const OnAttempt& on_attempt) {
  const auto answer = ask("runs/" + std::to_string(arguments_.run));
  if (!answer.ok()) return fail(answer.error());
  if (!answer->ok()) return report(*answer, arguments_.json);
  const RunData run = read_run(answer->body);
  if (std::ranges::none_of(run.tasks, [this](const TaskData& task) { return wanted(task); }) &&
      !arguments_.task.empty()) {
    return refuse_task(run);
  }
  for (const TaskData& task : run.tasks) {
    if (!wanted(task)) continue;
    for (const AttemptData& attempt : task.attempts) {
      const Status status = on_attempt(task, attempt);
      if (!status.ok()) return fail(status.error());
    }
  }
  return kExitOk;
}

Status LogPrinter::print_attempt(const TaskData& task, const AttemptData& attempt) {
  const uint64_t id = attempt.attempt_id;
  return read_on(id, positions_[id], [&](const std::string& text) {
    if (std::exchange(last_printed_, id) != id) {
      print(terminal_.paint(Tone::kStrong, "== " + task.id + ", attempt " +
                                               std::to_string(attempt.attempt) + ", " +
                                               attempt.state) +
            "\n");
    }
    print(text);
  });
}

int LogPrinter::print_new() {
  return each_attempt([this](const TaskData& task, const AttemptData& attempt) {
    return print_attempt(task, attempt);
  });
}

int LogPrinter::print_json() {
  OrderedJson logs = OrderedJson::array();
  const int status = each_attempt([&](const TaskData& task, const AttemptData& attempt) {
    std::string text;
    Position position;
    Status read =
        read_on(attempt.attempt_id, position, [&text](const std::string& more) { text += more; });
    logs.push_back({{"id", task.id},
                    {"attempt", attempt.attempt},
                    {"attempt_id", attempt.attempt_id},
                    {"state", attempt.state},
                    {"text", std::move(text)}});
    return read;
  });
  if (status != kExitOk) return status;
  print(json_text(logs) + "\n");
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
  follows_daemon_ = session_.talks_to_daemon();
  const int status = print_new();
  if (status != kExitOk) return status;
  const ApiRequest request{"GET", "runs/" + std::to_string(arguments_.run) + "/events?log=1", ""};
  for (;; follows_daemon_ = session_.talks_to_daemon()) {
    const auto answer = follows_daemon_ ? session_.stream_from_running(request, *this, signals.fd())
                                        : session_.stream(request, *this, signals.fd());
    if (interrupted_) return kExitInterrupted;
    const bool refused = answer.ok() && !answer->ok();
    if (ended_ || refused || !follows_daemon_) {
      follows_daemon_ = false;
      if (!answer.ok() && !ended_) return report(answer.error());
      return print_new();
    }
    if (const int waited = wait_for_engine(); waited != kExitOk) return waited;
  }
}

/// The run goes on with the next one.
int LogPrinter::wait_for_engine() {
  const Terminal out{STDERR_FILENO};
  out.write("the engine went away; waiting for the next one\n");
  const Status waited = session_.wait_for_next(
      Interrupt{signals_->fd(), [this] { return !signals_->asked_to_end(); }});
  if (waited.ok()) return print_new();
  if (waited.error().code == Code::kCancelled) return kExitInterrupted;
  const std::string run = std::to_string(arguments_.run);
  return report(Error{Code::kUnavailable,
                      "no engine has come within " +
                          std::to_string(Session::next_engine_bound().count()) + " s; run " + run +
                          " goes on with the next one: see `moondial show " + run + "`",
                      {}});
}

int logs_command(const std::string& directory, const LogArguments& arguments) {
  if (arguments.follow && arguments.json) {
    return report(Error{Code::kInvalid, "--json prints one document: it cannot follow", {}});
  }
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  LogPrinter printer(session, arguments);
  if (arguments.json) return printer.print_json();
  const int status = arguments.follow ? printer.follow() : printer.print_new();
  if (status == kExitOk && printer.silent()) {
    Terminal{STDERR_FILENO}.write("nothing was said in run " + std::to_string(arguments.run) +
                                  (arguments.task.empty() ? "" : " by " + arguments.task) + "\n");
  }
  return status;
}

}  // namespace

void add_logs_command(const CommandSet& set) {
  auto arguments = std::make_shared<LogArguments>();
  CommandOptions logs = set.add("logs", "Prints what the tasks of a run said");
  add_run_number(logs, arguments->run);
  logs.option("TASK", arguments->task, "Only of this task, by its name or identity");
  logs.flag("-f,--follow", arguments->follow, "Go on until the run has ended");
  logs.flag("--json", arguments->json, "Print a JSON list, one entry for each attempt");
  logs.footer(
      "Example: moondial logs 7 'sem.FetchCost(date=2015-09-18,engine=baidu)'\n"
      "         moondial logs 7 -f\n"
      "Ctrl-C only stops looking.");
  logs.action([=] { return logs_command(*set.directory, *arguments); });
}

}  // namespace moondial
