#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lua/host.h"
#include "uv/uv_loop.h"

namespace moondial {

/// A directory that goes when the object does.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// `name` is relative; its directories are made.
  void write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

/// The program that the tests start as loader or engine.
[[nodiscard]] std::string helper_path();

[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);
/// Waits until none of the processes lives; false after a bound that no test should reach.
[[nodiscard]] bool wait_for_deaths(const std::vector<pid_t>& pids);
[[nodiscard]] size_t open_descriptors();

/// A UvLoop that looks whether a condition is met after each callback.
class LookingLoop final : public EventLoop {
 public:
  [[nodiscard]] UtcTime utc() const override { return loop_.utc(); }
  [[nodiscard]] MonoTime mono() const override { return loop_.mono(); }
  [[nodiscard]] std::unique_ptr<FdWatch> watch(int fd, Readiness interest,
                                               std::function<void(Readiness)> on_ready) override;
  [[nodiscard]] std::unique_ptr<Watch> timer(MonoTime due, std::function<void()> on_due) override {
    return loop_.timer(due, looking(std::move(on_due)));
  }
  [[nodiscard]] std::unique_ptr<Watch> on_signal(int signum, std::function<void()> call) override {
    return loop_.on_signal(signum, looking(std::move(call)));
  }
  void post(std::function<void()> task) override { loop_.post(looking(std::move(task))); }
  void defer(std::function<void()> task) override { loop_.defer(looking(std::move(task))); }
  void offload(std::function<void()> work, std::function<void()> done) override {
    loop_.offload(std::move(work), looking(std::move(done)));
  }
  void run() override { loop_.run(); }
  void stop() override { loop_.stop(); }

  /// Runs until `done`; false after a bound that no test should reach. What another thread changes
  /// is seen when that posts something.
  [[nodiscard]] bool run_until(std::function<bool()> done);

 private:
  std::function<void()> looking(std::function<void()> call);

  UvLoop loop_;
  std::function<bool()> done_;
};

/// A host over FakeState on a loop of its own, in a project of its own.
class HostFixture {
 public:
  HostFixture();
  explicit HostFixture(const std::function<void(LuaHostOptions&)>& adjust);

  [[nodiscard]] bool run_until(std::function<bool()> done) {
    return loop.run_until(std::move(done));
  }

  /// Loads; the error, if any, is kept in `load_error`.
  const Generation* load();
  Error load_error;

  TempDir project;
  LookingLoop loop;
  LuaHostOptions options;
  std::unique_ptr<LuaHost> host;

  /// The only loader that is alive.
  [[nodiscard]] pid_t loader() const;
};

/// Keeps what an attempt says.
class Recorder final : public ScriptListener {
 public:
  void on_command(ScriptCommand command) override { commands.push_back(std::move(command)); }
  void on_await(ScriptAwait await) override { awaits.push_back(std::move(await)); }
  void on_cancel(uint64_t request) override { cancels.push_back(request); }
  void on_paused(uint64_t answers) override { pauses.push_back(answers); }
  void on_log(std::string_view level, std::string_view text) override {
    logs.emplace_back(std::string(level) + ": " + std::string(text));
    log_bytes += text.size();
  }
  void on_emit(const std::string& name, const std::string& json_value) override {
    emitted[name] = json_value;
  }
  void on_progress(double value, const std::string& text) override {
    fraction = value;
    progress_text = text;
  }
  void on_ended(ScriptOutcome how) override { outcomes.push_back(std::move(how)); }

  [[nodiscard]] bool ended() const { return !outcomes.empty(); }

  std::vector<ScriptCommand> commands;
  std::vector<ScriptAwait> awaits;
  std::vector<uint64_t> cancels;
  std::vector<uint64_t> pauses;
  std::vector<std::string> logs;
  size_t log_bytes = 0;
  std::map<std::string, std::string> emitted;
  double fraction = -1;
  std::string progress_text;
  std::vector<ScriptOutcome> outcomes;  // one, when it has ended
};

/// Keeps what comes of a plan.
struct PlanRecorder {
  [[nodiscard]] PlanSink sink();
  size_t tasks = 0;
  std::vector<TaskInstance> first;  // of the first batch
  std::vector<Result<std::vector<std::string>>> ends;
};

[[nodiscard]] ScriptAttempt attempt_of(uint64_t number, const std::string& name,
                                       const std::string& n = "", const std::string& text = "");

}  // namespace moondial
