// Commands that outlive the engine: what it sees of them while it lives, who dies when, and what
// the next engine finds. An engine that dies is a process of its own here.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "tests/uv/runner_fixture.h"
#include "uv/holder_program.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial::held_commands_test {
namespace {

const AttemptId kAttempt(7);

CommandSpec held(CommandSpec command) {
  command.hold = true;
  return command;
}

/// Waits for what other processes do; not a loop's business.
bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// The holder above a command.
int holder_of(int pid) { return process_stat(pid).value().parent; }

std::vector<int> marked(const std::string& state, AttemptId attempt) {
  std::vector<int> pids = all_processes();
  std::erase_if(pids, [&](int pid) {
    const std::string environment = process_environment(pid);
    return environment_value(environment, "MOONDIAL_STATE") != state ||
           environment_value(environment, "MOONDIAL_ATTEMPT_ID") != std::to_string(attempt.value);
  });
  return pids;
}

/// A project whose engines die: each is a child process with a runner of its own.
struct Project {
  TempDir dir;
  std::string state = dir / ".moondial";
  int engine = 0;

  Project() { std::filesystem::create_directory(state); }
  ~Project() { kill_engine(); }
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  CommandSpec shell(const std::string& script, AttemptId attempt = kAttempt) const {
    CommandSpec spec;
    spec.attempt = attempt;
    spec.argv = {"bash", "-c", script};
    spec.environment = std::make_shared<const std::vector<std::string>>(
        std::vector<std::string>{"PATH=/usr/bin:/bin"});
    spec.cwd = dir.path();
    spec.hold = true;
    return spec;
  }

  /// An engine that starts a command and then does as `then` says; the command's pid.
  int start_engine(const CommandSpec& command,
                   const std::function<void(UvLoop&, Process&)>& then = {}) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    engine = ::fork();
    REQUIRE(engine >= 0);
    if (engine == 0) {
      UvLoop loop;
      UvProcessRunner runner(loop, state);
      std::unique_ptr<Process> process;
      auto started = runner.spawn(
          command,
          [&](std::string_view bytes) {
            const UniqueFd heard(
                ::open((state + "/heard").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
            static_cast<void>(!::write(heard.get(), bytes.data(), bytes.size()));
          },
          [&](const CommandResult&) { process.reset(); });
      if (!started.ok()) ::_exit(1);
      process = std::move(started).value();
      const int pid = process->pid();
      static_cast<void>(!::write(pipe[1], &pid, sizeof pid));
      if (then) then(loop, *process);
      loop.run();
      ::_exit(0);
    }
    ::close(pipe[1]);
    int pid = 0;
    REQUIRE(::read(pipe[0], &pid, sizeof pid) == sizeof pid);
    ::close(pipe[0]);
    return pid;
  }
  void kill_engine() {
    if (engine <= 0) return;
    ::kill(engine, SIGKILL);
    ::waitpid(engine, nullptr, 0);
    engine = 0;
  }
  [[nodiscard]] std::string heard() const { return read_text(state + "/heard"); }
};

/// The engine after that one.
struct NextEngine {
  UvLoop loop;
  UvProcessRunner runner;
  std::unique_ptr<Process> process;
  std::string output;
  std::optional<CommandResult> result;

  explicit NextEngine(const std::string& state) : runner(loop, state) {}

  Status adopt(AttemptId attempt = kAttempt) {
    auto adopted = runner.adopt(
        attempt, [this](std::string_view bytes) { output.append(bytes); },
        [this](CommandResult ended) {
          REQUIRE_FALSE(result);
          result = std::move(ended);
        });
    if (!adopted.ok()) return adopted.error();
    process = std::move(adopted).value();
    return Status();
  }
  CommandResult run() {
    REQUIRE(run_until(loop, [&] { return result.has_value(); }));
    return *result;
  }
};

// --- While the engine lives ---

TEST_CASE_METHOD(RunnerFixture, "a held command runs as any other") {
  std::filesystem::create_directory(dir / ".moondial");
  REQUIRE(::mkfifo((dir / "gate").c_str(), 0600) == 0);
  const auto command = start(held(shell(R"(
      echo "$COLOUR $PWD $MOONDIAL_ATTEMPT_ID"; echo err >&2; read line || echo no input
      read < gate; exit 3)")));
  const int holder = holder_of(command->process->pid());
  CHECK(holder != ::getpid());
  CHECK(::getsid(holder) == holder);
  write_text(dir / "gate", "go\n");
  const CommandResult result = run(command);
  CHECK(result.exit_code == 3);
  CHECK(result.signal == 0);
  CHECK_FALSE(result.lost);
  CHECK_THAT(command->output, ContainsSubstring("red " + dir.path() + " 7\nerr\nno input\n"));
  CHECK(result.wall > 0s);
  CHECK(result.peak_memory_bytes > 100'000);
  command->process->output_kept({command->output.size(), 3});
  REQUIRE(wait([&] { return !is_alive(holder); }));
  command->process.reset();
  CHECK(std::filesystem::is_empty(dir / ".moondial/held"));
}

TEST_CASE_METHOD(RunnerFixture, "what a held command uses is counted") {
  std::filesystem::create_directory(dir / ".moondial");
  const CommandResult result =
      run(held(shell("head -c 60000000 /dev/zero | tail -c 50000000 | wc -c")));
  CHECK(result.cpu > 1ms);
  CHECK(result.peak_memory_bytes > 40'000'000);
  CHECK(result.peak_memory_bytes < 200'000'000);
}

TEST_CASE_METHOD(RunnerFixture,
                 "a held command that cannot be started is refused with the reason") {
  std::filesystem::create_directory(dir / ".moondial");
  CHECK_THAT(refused(held(spec({"no-such-command"}))).message,
             ContainsSubstring("command not found: 'no-such-command'"));
  CommandSpec nowhere = held(spec({"true"}));
  nowhere.cwd = dir / "nowhere";
  CHECK_THAT(refused(nowhere).message, ContainsSubstring("in directory"));
  write_text(dir / "script", "#!/no/such/interpreter\n");
  std::filesystem::permissions(dir / "script", std::filesystem::perms::owner_all);
  CHECK_THAT(refused(held(spec({"./script"}))).message,
             ContainsSubstring("its first line asks for '/no/such/interpreter'"));
  CommandSpec captures = held(spec({"true"}));
  captures.out.kind = StreamSpec::Kind::kCapture;
  CHECK_THAT(refused(captures).message, ContainsSubstring("no streams but its log"));
  CHECK(std::filesystem::is_empty(dir / ".moondial/held"));
  CHECK(process_children(::getpid()).empty());
}

TEST_CASE_METHOD(RunnerFixture,
                 "a held command is stopped with its group, and its strays are named") {
  std::filesystem::create_directory(dir / ".moondial");
  const auto command =
      start(held(shell("sleep 1000 & env -i setsid -f sh -c 'echo $$; sleep 1000'; wait")));
  const int escaped = number_from(*command);
  command->process->stop(30s);
  const CommandResult result = run(command);
  CHECK(result.signal == SIGTERM);
  CHECK(result.wall < 20s);
  CHECK_FALSE(is_alive(escaped));
  REQUIRE_FALSE(result.leftovers.empty());
  CHECK_THAT(result.leftovers[0], ContainsSubstring("pid " + std::to_string(escaped) + " ("));
  for (const std::string& leftover : result.leftovers) {
    CHECK_THAT(leftover, !ContainsSubstring("bash"));  // of the group, which was told to stop
  }
}

TEST_CASE_METHOD(RunnerFixture, "a held command that ignores TERM is killed after the grace") {
  std::filesystem::create_directory(dir / ".moondial");
  // It never stops writing, so that nothing but the clock can end it.
  const auto command = start(held(shell("trap '' TERM; while :; do echo y; done")));
  REQUIRE(wait([&] { return !command->output.empty(); }));
  command->process->stop(1h);
  command->process->stop(50ms);
  size_t kept = 0;
  REQUIRE(wait([&] {
    if (command->output.size() > kept + 100'000) {
      kept = command->output.size();
      if (!command->result) command->process->output_kept({kept, kept / 2});
    }
    return command->result.has_value();
  }));
  CHECK(command->result->signal == SIGKILL);
}

TEST_CASE_METHOD(RunnerFixture, "a held command waits when what it says is not kept, and goes on") {
  std::filesystem::create_directory(dir / ".moondial");
  const auto command = start(held(shell("head -c 20000000 /dev/zero; echo; echo written > done")));
  size_t kept = 0;
  REQUIRE(wait([&] { return command->output.size() >= size_t{4} << 20; }));
  CHECK_FALSE(command->result);
  CHECK(command->output.size() < 6'000'000);
  CHECK_FALSE(std::filesystem::exists(dir / "done"));
  REQUIRE(wait([&] {
    if (std::exchange(kept, command->output.size()) != kept && !command->result) {
      command->process->output_kept({kept, 0});
    }
    return command->result.has_value();
  }));
  CHECK(command->output.size() == 20'000'001);
}

TEST_CASE_METHOD(RunnerFixture, "a held command whose Process goes before its end is killed") {
  std::filesystem::create_directory(dir / ".moondial");
  const auto command =
      start(held(shell("trap '' TERM; setsid -f sleep 1000; echo $$; sleep 1000")));
  const int pid = number_from(*command);
  const int holder = holder_of(pid);
  command->process.reset();
  CHECK(wait([&] { return !is_alive(pid) && !is_alive(holder); }));
  CHECK(wait([&] { return marked(dir / ".moondial", kAttempt).empty(); }));
  CHECK(std::filesystem::is_empty(dir / ".moondial/held"));
}

TEST_CASE_METHOD(RunnerFixture,
                 "kill -9 of a holder: its command is lost, and nothing is left of it") {
  std::filesystem::create_directory(dir / ".moondial");
  const auto other = start(held(shell("echo 1; sleep 1000", 8)));
  const auto command = start(held(shell("setsid sleep 1000 & sleep 1000 & echo $!; wait")));
  const int grandchild = number_from(*command);
  number_from(*other);
  const int pid = command->process->pid();
  REQUIRE(::kill(holder_of(pid), SIGKILL) == 0);
  const CommandResult result = run(command);
  CHECK(result.lost);
  CHECK_FALSE(is_alive(pid));
  CHECK_FALSE(is_alive(grandchild));
  CHECK(marked(dir / ".moondial", kAttempt).empty());
  CHECK(is_alive(other->process->pid()));
  other->process->stop(0s);
  run(other);
}

TEST_CASE_METHOD(RunnerFixture, "TERM for a whole service leaves a holder to write down the end") {
  std::filesystem::create_directory(dir / ".moondial");
  const auto command = start(held(shell("trap 'exit 5' TERM; echo 1; sleep 1000 & wait")));
  number_from(*command);
  for (const int pid : marked(dir / ".moondial", kAttempt)) ::kill(pid, SIGTERM);
  CHECK(run(command).exit_code == 5);
}

TEST_CASE("the program of the holder can be executed from memory and from a file") {
  TempDir dir;
  const UniqueFd program =
      GENERATE(true, false) ? holder_program_in_memory() : holder_program_in_file(dir.path());
  REQUIRE(program);
  CHECK(std::filesystem::is_empty(dir.path()));
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    std::string name = "moondial-holder";
    const std::array<char*, 2> argv{name.data(), nullptr};
    ::fexecve(program.get(), argv.data(), environ);
    ::_exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WEXITSTATUS(status) == 2);  // it wants to know whose command it is to hold
}

// --- When it has died ---

TEST_CASE("a held command outlives its engine, and the next one takes it over") {
  Project project;
  // One for each wait: the next reader of one could meet its last writer still.
  for (const char* gate : {"first", "last"}) {
    REQUIRE(::mkfifo((project.dir / gate).c_str(), 0600) == 0);
  }
  const int pid = project.start_engine(
      project.shell("echo before; read < first; echo while; read < last; echo after; exit 4"));
  REQUIRE(eventually([&] { return project.heard() == "before\n"; }));
  project.kill_engine();
  CHECK(RunnerFixture::is_alive(pid));
  write_text(project.dir / "first", "go\n");

  NextEngine next(project.state);
  CHECK(next.runner.held() == std::vector{kAttempt});
  CHECK(*next.runner.end_leftovers({kAttempt}) == 0);
  REQUIRE(next.adopt().ok());
  CHECK(next.process->pid() == pid);
  CHECK(next.process->adopted_at().bytes == 0);  // nothing was said to be kept
  REQUIRE(run_until(next.loop, [&] { return next.output == "before\nwhile\n"; }));
  write_text(project.dir / "last", "go\n");
  const CommandResult result = next.run();
  CHECK(result.exit_code == 4);
  CHECK_FALSE(result.unheard);
  CHECK(next.output == "before\nwhile\nafter\n");
  next.process.reset();
  CHECK(next.runner.held().empty());
}

TEST_CASE("what an engine said is kept is not told to the next one") {
  Project project;
  REQUIRE(::mkfifo((project.dir / "gate").c_str(), 0600) == 0);
  project.start_engine(project.shell("echo one; echo two; read < gate; echo three"),
                       [&](UvLoop& loop, Process& process) {
                         run_until(loop, [&] { return project.heard() == "one\ntwo\n"; });
                         process.output_kept({4, 1});
                         write_text(project.state + "/kept", "yes");
                       });
  REQUIRE(eventually([&] { return project.heard() == "one\ntwo\n"; }));
  REQUIRE(eventually([&] { return std::filesystem::exists(project.state + "/kept"); }));
  project.kill_engine();
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  CHECK(next.process->adopted_at().bytes == 4);
  CHECK(next.process->adopted_at().lines == 1);
  write_text(project.dir / "gate", "go\n");
  next.run();
  CHECK(next.output == "two\nthree\n");
}

TEST_CASE("one that ends while no engine is there leaves its exit, and nothing that runs") {
  Project project;
  REQUIRE(::mkfifo((project.dir / "gate").c_str(), 0600) == 0);
  const int pid = project.start_engine(project.shell("read < gate; exit 9"));
  const int holder = holder_of(pid);
  project.kill_engine();
  write_text(project.dir / "gate", "go\n");
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(holder); }));
  NextEngine next(project.state);
  CHECK(next.runner.held() == std::vector{kAttempt});
  REQUIRE(next.adopt().ok());
  const CommandResult result = next.run();
  CHECK(next.process->pid() == pid);
  CHECK(result.exit_code == 9);
  CHECK_FALSE(result.lost);
  CHECK_FALSE(result.unheard);
  CHECK(result.wall > 0s);
  next.process.reset();
  CHECK(std::filesystem::is_empty(project.state + "/held"));
}

TEST_CASE("the secrets of a held command are handed on, and kept nowhere else") {
  Project project;
  REQUIRE(::mkfifo((project.dir / "gate").c_str(), 0600) == 0);
  CommandSpec command = project.shell("read < gate");
  command.secrets = {"hunter2", "two\nlines", ""};
  const int pid = project.start_engine(command);
  const int holder = holder_of(pid);
  project.kill_engine();
  write_text(project.dir / "gate", "go\n");
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(pid); }));
  CHECK_THAT(read_text(project.state + "/held/7"), !ContainsSubstring("hunter2"));
  CHECK(RunnerFixture::is_alive(holder));  // though there is nothing to say
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  CHECK(next.process->secrets() == command.secrets);
  CHECK(next.run().exit_code == 0);
  CHECK(RunnerFixture::is_alive(holder));
  next.process.reset();
  CHECK(eventually([&] { return !RunnerFixture::is_alive(holder); }));
}

TEST_CASE("one that ends with something to say waits until somebody hears it") {
  Project project;
  REQUIRE(::mkfifo((project.dir / "gate").c_str(), 0600) == 0);
  const int pid = project.start_engine(
      project.shell("read < gate; env -i setsid -f sleep 1000; seq 100000; exit 2"));
  const int holder = holder_of(pid);
  project.kill_engine();
  write_text(project.dir / "gate", "go\n");
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(pid); }));
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  const CommandResult result = next.run();
  CHECK(result.exit_code == 2);
  CHECK(std::count(next.output.begin(), next.output.end(), '\n') == 100'000);
  REQUIRE(result.leftovers.size() == 1);
  CHECK_THAT(result.leftovers[0], ContainsSubstring("sleep 1000"));
  CHECK(RunnerFixture::is_alive(holder));
  next.process.reset();
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(holder); }));
}

TEST_CASE("an engine that dies while it stops a command: the grace and the kill go on") {
  Project project;
  const int pid = project.start_engine(
      project.shell("trap '' TERM; setsid -f sleep 1000; echo ready; while :; do sleep 1; done"),
      [&](UvLoop& loop, Process& process) {
        run_until(loop, [&] { return project.heard() == "ready\n"; });
        process.stop(300ms);
        ::_exit(0);
      });
  const int holder = holder_of(pid);
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(pid); }));
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  const CommandResult result = next.run();
  CHECK(result.signal == SIGKILL);
  CHECK(result.wall >= 300ms);
  next.process.reset();
  CHECK(eventually([&] { return !RunnerFixture::is_alive(holder); }));
  CHECK(marked(project.state, kAttempt).empty());
}

TEST_CASE("an adopted command is stopped as any other") {
  Project project;
  const int pid = project.start_engine(project.shell("setsid -f sleep 1000; echo 1; sleep 1001"));
  project.kill_engine();
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  REQUIRE(run_until(next.loop, [&] { return next.output == "1\n"; }));
  // Both are what they are to be: one that is just being executed has no name to be told.
  REQUIRE(eventually([&] {
    return std::ranges::count_if(marked(project.state, kAttempt), [](int each) {
             return read_text("/proc/" + std::to_string(each) + "/cmdline").starts_with("sleep");
           }) == 2;
  }));
  next.process->stop(30s);
  const CommandResult result = next.run();
  CHECK(result.signal == SIGTERM);
  CHECK_FALSE(RunnerFixture::is_alive(pid));
  CHECK_THAT(result.leftovers.at(0), ContainsSubstring("sleep 1000"));
}

TEST_CASE("kill -9 of a holder that no engine hears, and of one that was adopted") {
  Project project;
  const std::string script = "setsid sleep 1000 & sleep 1000 & wait";
  const int pid = project.start_engine(project.shell(script));
  project.kill_engine();
  REQUIRE(eventually([&] { return marked(project.state, kAttempt).size() == 4; }));
  SECTION("before the next engine") {
    ::kill(holder_of(pid), SIGKILL);
    REQUIRE(eventually([&] { return !RunnerFixture::is_alive(pid); }));
    NextEngine next(project.state);
    CHECK(next.runner.held().empty());
    CHECK(*next.runner.end_leftovers({}) == 2);  // what the kernel did not end with it
    CHECK(std::filesystem::is_empty(project.state + "/held"));
  }
  SECTION("after it was adopted") {
    NextEngine next(project.state);
    REQUIRE(next.adopt().ok());
    ::kill(holder_of(pid), SIGKILL);
    CHECK(next.run().lost);
  }
  CHECK(marked(project.state, kAttempt).empty());
}

TEST_CASE("kill -9 of a holder that waits with the rest of the output: the exit is known") {
  Project project;
  const bool is_adopted = GENERATE(false, true);
  REQUIRE(::mkfifo((project.dir / "gate").c_str(), 0600) == 0);
  const int pid = project.start_engine(project.shell("read < gate; echo unheard; exit 6"));
  const int holder = holder_of(pid);
  project.kill_engine();
  write_text(project.dir / "gate", "go\n");
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(pid); }));
  REQUIRE(eventually(
      [&] { return read_text(project.state + "/held/7").find("exit 6") != std::string::npos; }));
  NextEngine next(project.state);
  if (is_adopted) REQUIRE(next.adopt().ok());
  ::kill(holder, SIGKILL);
  REQUIRE(eventually([&] { return !RunnerFixture::is_alive(holder); }));
  if (!is_adopted) REQUIRE(next.adopt().ok());
  const CommandResult result = next.run();
  CHECK(result.exit_code == 6);
  CHECK_FALSE(result.lost);
  // What was in the socket when it died is heard.
  if (next.output != "unheard\n") CHECK(result.unheard);
  CHECK((is_adopted || result.unheard));
}

TEST_CASE("what is held and not adopted is ended with all that is below it") {
  Project project;
  const std::string script = "setsid sleep 1000 & sleep 1000 & wait";
  project.start_engine(project.shell(script));
  project.kill_engine();
  project.start_engine(project.shell(script, AttemptId(8)));
  project.kill_engine();
  REQUIRE(eventually([&] { return marked(project.state, kAttempt).size() == 4; }));
  REQUIRE(eventually([&] { return marked(project.state, AttemptId(8)).size() == 4; }));
  NextEngine next(project.state);
  CHECK(next.runner.held() == std::vector{kAttempt, AttemptId(8)});
  SECTION("by recovery") {
    REQUIRE(next.runner.end_leftovers({AttemptId(8)}).ok());
    CHECK(marked(project.state, kAttempt).empty());
    CHECK(next.runner.held() == std::vector{AttemptId(8)});
  }
  SECTION("one by one") {
    REQUIRE(next.runner.end_held(kAttempt).ok());
    CHECK(next.runner.held() == std::vector{AttemptId(8)});
    CHECK_FALSE(next.adopt().ok());
  }
  CHECK(marked(project.state, AttemptId(8)).size() == 4);
  REQUIRE(next.runner.end_leftovers({}).ok());
  CHECK(marked(project.state, AttemptId(8)).empty());
  CHECK(std::filesystem::is_empty(project.state + "/held"));
}

TEST_CASE("an engine that leaves its commands ends, and they go on") {
  Project project;
  int pid = 0;
  {
    NextEngine first(project.state);
    auto started = first.runner.spawn(
        project.shell("sleep 1000"), [](std::string_view) {}, [](const CommandResult&) {});
    REQUIRE(started.ok());
    pid = (*started)->pid();
    first.runner.leave_held();
    (*started)->stop(0s);  // is not heard any more
  }
  CHECK(RunnerFixture::is_alive(pid));
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  CHECK(next.process->pid() == pid);
  next.process->stop(0s);
  CHECK(next.run().signal == SIGKILL);
}

TEST_CASE("an exit of another boot says nothing, nor does a file of another version") {
  Project project;
  std::filesystem::create_directory(project.state + "/held");
  write_text(project.state + "/held/7",
             "moondial-held 1 another-boot\npid 5\nexit 0 0 0 0 0\ndone\n");
  write_text(project.state + "/held/8", "moondial-held 999 …\npid 5\nexit 0 0 0 0 0\ndone\n");
  NextEngine next(project.state);
  CHECK(next.runner.held().empty());
  CHECK_FALSE(next.adopt().ok());
  CHECK(std::filesystem::exists(project.state + "/held/8"));
  REQUIRE(next.runner.end_leftovers({}).ok());
  CHECK(std::filesystem::is_empty(project.state + "/held"));
}

TEST_CASE("a state directory of any length holds commands") {
  Project project;
  const std::string deep = project.dir / std::string(100, 'a') + "/" + std::string(100, 'b');
  std::filesystem::create_directories(deep);
  project.state = deep;
  const int pid = project.start_engine(project.shell("sleep 1000"));
  project.kill_engine();
  NextEngine next(project.state);
  REQUIRE(next.adopt().ok());
  CHECK(next.process->pid() == pid);
  next.process->stop(0s);
  CHECK(next.run().signal == SIGKILL);
}

TEST_CASE("a holder whose state directory was removed goes with its command") {
  Project project;
  REQUIRE(::mkfifo((project.dir / "gate").c_str(), 0600) == 0);
  const int pid = project.start_engine(project.shell("read < gate; echo unheard"));
  const int holder = holder_of(pid);
  project.kill_engine();
  std::filesystem::remove_all(project.state);
  write_text(project.dir / "gate", "go\n");
  CHECK(eventually([&] { return !RunnerFixture::is_alive(holder); }));
}

}  // namespace
}  // namespace moondial::held_commands_test
