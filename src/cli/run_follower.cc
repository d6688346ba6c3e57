#include "cli/run_follower.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "cli/api_data.h"
#include "cli/command.h"
#include "cli/engine_last_words.h"
#include "cli/run_display.h"
#include "cli/run_summary.h"
#include "cli/session.h"
#include "cli/signals.h"

namespace moondial {
namespace {

constexpr int kTickMs = 100;
/// For an engine to take a request to cancel.
constexpr long kCancelBoundMs = 5'000;
/// For it to say what is declared.
constexpr long kLearnBoundMs = 5'000;
constexpr int64_t kTailBytes = 8 << 10;
constexpr size_t kTailLines = 8;
constexpr size_t kMostTails = 20;
constexpr int kExitHangup = 128 + SIGHUP;

/// The engine has ended in the middle of a stream, or before it could begin one.
bool is_gone(const Result<ApiResponse>& answer) {
  if (answer.ok()) return answer->ok();  // its end, without that of the run
  return answer.error().code == Code::kIo || answer.error().code == Code::kUnavailable;
}

class Follower final : public StreamReader {
 public:
  Follower(Project project, const FollowOptions& options)
      : session_(std::move(project)),
        options_(options),
        terminal_(terminal_of(options.json ? STDERR_FILENO : STDOUT_FILENO)),
        display_(terminal_) {}

  int follow(const ApiRequest& request);

  // StreamReader
  void on_event(const SseEvent& event) override;
  bool on_wake() override;
  [[nodiscard]] int tick_ms() const override { return kTickMs; }

 private:
  void take_signal(int signum);
  void cancel();
  void learn_secrets();
  Result<ApiResponse> follow_on();
  int give_up(const Status& waited);
  int lost();
  int end();
  void fetch_tails(RunEnd& end);
  void fetch_blocked(RunEnd& end);

  Session session_;
  const FollowOptions& options_;
  const Terminal terminal_;
  Signals signals_;
  RunDisplay display_;
  uint64_t run_ = 0;
  SecretParams secrets_;
  bool ended_ = false;
  int interrupts_ = 0;  // 1: cancel, 2: kill, 3: leave
  bool hung_up_ = false;
  bool outlives_engine_ = false;  // the run: its engine is a daemon
};

int Follower::follow(const ApiRequest& request) {
  auto answer = session_.stream(request, *this, signals_.fd());
  while (outlives_engine_ && !ended_ && !hung_up_ && is_gone(answer)) {
    display_.clear();
    terminal_of(STDERR_FILENO).write("the engine went away; waiting for the next one\n");
    const Status waited = session_.wait_for_next(
        Interrupt{signals_.fd(), [this] { return !signals_.asked_to_end(); }});
    if (!waited.ok()) return give_up(waited);
    answer = follow_on();
  }
  if (ended_) return end();
  if (hung_up_) return kExitHangup;
  display_.clear();
  if (!answer.ok() && answer.error().code == Code::kCancelled) {
    if (interrupts_ >= 3) {
      display_.say(run_ != 0 ? "left; run " + std::to_string(run_) + " may still be ending"
                             : "left; the run may still start: see '" + options_.prefix + " runs'");
    }
    return kExitInterrupted;
  }
  if (run_ != 0) return lost();
  if (!answer.ok()) return report(answer.error());
  return report(*answer, options_.json);
}

/// With the engine that is there now, as far as it has the run.
Result<ApiResponse> Follower::follow_on() {
  const std::string path = "runs/" + std::to_string(run_) + "/events";
  return session_.stream_from_running({"GET", path, ""}, *this, signals_.fd());
}

int Follower::give_up(const Status& waited) {
  const Terminal out = terminal_of(STDERR_FILENO);
  const std::string run = std::to_string(run_);
  if (waited.error().code == Code::kCancelled) {
    out.write("left; run " + run + " goes on with the next engine\n");
    return kExitInterrupted;
  }
  out.write(out.paint(Tone::kBad, "moondial:") + " no engine has come within " +
            std::to_string(Session::next_engine_bound().count()) + " s; run " + run +
            " goes on with the next one. To look at it:\n  " + options_.prefix + " show " + run +
            "\n");
  return kExitFailed;
}

void Follower::on_event(const SseEvent& event) {
  const auto now = std::chrono::steady_clock::now();
  if (event.name == "run") {
    run_ = read_run_id(event.data);
    learn_secrets();
    outlives_engine_ = session_.talks_to_daemon();
    if (interrupts_ > 0) cancel();
  } else if (event.name == "progress") {
    display_.progress(read_progress(event.data), now);
  } else if (event.name == "tasks") {
    for (const ChangeData& change : read_changes(event.data)) display_.change(change);
  } else if (event.name == "ended") {
    ended_ = true;
  }
  if (!ended_) display_.draw(now);
}

bool Follower::on_wake() {
  while (const auto signum = signals_.next()) take_signal(*signum);
  if (!ended_) display_.draw(std::chrono::steady_clock::now());
  return !hung_up_ && interrupts_ < 3;
}

void Follower::take_signal(int signum) {
  if (signum == SIGHUP) {
    hung_up_ = true;
  } else if (signum == SIGINT || (signum == SIGTERM && interrupts_ == 0)) {
    ++interrupts_;
    if (run_ != 0) {
      cancel();
    } else if (interrupts_ <= 2) {  // the engine may know the run already: told on its first event
      display_.say(interrupts_ == 1
                       ? "cancelling as soon as the run is planned (Ctrl-C again to kill)"
                       : "killing as soon as the run is planned (Ctrl-C again to leave)");
    }
  }
}

void Follower::cancel() {
  if (interrupts_ > 2) return;
  const bool kill = interrupts_ == 2;
  display_.say(kill ? "killing what still runs" : "cancelling (Ctrl-C again to kill)");
  const auto answer = session_.send_to_running({"POST", "runs/" + std::to_string(run_) + "/cancel",
                                                kill ? R"({"kill":true})" : R"({"kill":false})"},
                                               kCancelBoundMs);
  if (!answer.ok()) display_.say("the engine cannot be told: " + answer.error().message);
}

/// Asks while the engine is there for certain; what it does not say stays hidden.
void Follower::learn_secrets() {
  if (options_.task.empty()) return;
  const auto answer = session_.send_to_running({"GET", "tasks", ""}, kLearnBoundMs);
  if (answer.ok() && answer->ok()) secrets_ = SecretParams::read(answer->body, options_.task);
}

int Follower::lost() {
  const Terminal out = terminal_of(STDERR_FILENO);
  const std::string why = engine_last_words(session_.project());
  out.write(out.paint(Tone::kBad, "moondial:") + " the engine ended unexpectedly" +
            (why.empty() ? "" : ": " + why) + "\nRun the same command again to continue:\n  " +
            options_.continue_command(secrets_) + "\nWhat it said is in " +
            session_.project().engine_log + "\n");
  return kExitFailed;
}

void Follower::fetch_tails(RunEnd& end) {
  const size_t count = std::min(end.run.tasks.size(), kMostTails);
  for (size_t i = 0; i < count; ++i) {
    const TaskData& task = end.run.tasks[i];
    if (task.attempts.empty()) continue;
    const uint64_t attempt = task.attempts.back().attempt_id;
    const auto answer =
        session_.send({"GET",
                       "attempts/" + std::to_string(attempt) + "/log?offset=-" +
                           std::to_string(kTailBytes) + "&limit=" + std::to_string(kTailBytes),
                       ""});
    if (!answer.ok() || !answer->ok()) continue;
    end.log_tails[attempt] =
        log_tail(read_log(answer->body).text, task.attempts.back().error, kTailLines);
  }
}

/// What is missing: only that says more than that it is blocked.
void Follower::fetch_blocked(RunEnd& end) {
  const auto answer = session_.send({"GET", "runs/" + std::to_string(run_) + "?state=blocked", ""});
  if (!answer.ok() || !answer->ok()) return;
  for (TaskData& task : read_run(answer->body).tasks) {
    if (!task.error.empty()) end.blocked.push_back(std::move(task));
  }
}

int Follower::end() {
  const std::string number = std::to_string(run_);
  const auto answer = session_.send({"GET", "runs/" + number + "?state=failed", ""});
  display_.clear();
  if (!answer.ok()) return report(answer.error());
  if (!answer->ok()) return report(*answer, options_.json);
  RunEnd end;
  end.run = read_run(answer->body);
  end.continue_command = options_.continue_command(secrets_);
  end.log_command = options_.prefix + " logs " + number;
  if (end.run.counts["blocked"] > 0) fetch_blocked(end);
  if (options_.json) {
    print(run_json(end.run));
  } else {
    fetch_tails(end);
    terminal_.write(run_summary(end, terminal_));
  }
  const int status = exit_status(end.run.state);
  return status != kExitOk && interrupts_ > 0 ? kExitInterrupted : status;
}

}  // namespace

int follow_run(Project project, const ApiRequest& request, const FollowOptions& options) {
  return Follower(std::move(project), options).follow(request);
}

}  // namespace moondial
