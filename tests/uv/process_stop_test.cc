// What is left of commands: groups, processes that escape them, orphans, crashed engines.

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "tests/uv/runner_fixture.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial::process_stop_test {
namespace {

TEST_CASE_METHOD(RunnerFixture, "stop ends the whole group with TERM") {
  const auto command = start(shell("sleep 1000 & echo $!; wait"));
  const int grandchild = number_from(*command);
  command->process->stop(30s);
  const CommandResult result = run(command);
  CHECK(result.signal == SIGTERM);
  CHECK(result.leftovers.empty());
  CHECK(result.wall < 20s);
  CHECK_FALSE(is_alive(grandchild));
}

TEST_CASE_METHOD(RunnerFixture, "what ignores TERM is killed after the grace") {
  const auto command = start(shell("trap '' TERM; sleep 1000 & echo $!; wait"));
  const int grandchild = number_from(*command);
  command->process->stop(50ms);
  const CommandResult result = run(command);
  CHECK(result.signal == SIGKILL);
  CHECK_FALSE(is_alive(grandchild));
}

TEST_CASE_METHOD(RunnerFixture, "asked again to stop, the shorter time counts") {
  const auto command = start(shell("trap '' TERM; echo 1; sleep 1000"));
  number_from(*command);
  command->process->stop(1h);
  command->process->stop(10ms);
  command->process->stop(1h);
  CHECK(run(command).signal == SIGKILL);

  const auto at_once = start(shell("trap '' TERM; echo 1; sleep 1000"));
  number_from(*at_once);
  at_once->process->stop(0s);
  CHECK(run(at_once).signal == SIGKILL);

  const auto never = start(shell("trap 'exit 3' TERM; echo 1; sleep 1000 & wait"));
  number_from(*never);
  never->process->stop(Duration::max());
  CHECK(run(never).exit_code == 3);
}

TEST_CASE_METHOD(RunnerFixture, "a stopped process dies too") {
  const auto command = start(shell("echo 1; kill -STOP $$; sleep 1000"));
  number_from(*command);
  REQUIRE(wait([&] { return process_stat(command->process->pid())->state == 'T'; }));
  command->process->stop(30s);
  CHECK(run(command).signal == SIGTERM);
}

TEST_CASE_METHOD(RunnerFixture, "the rest of a group has its grace when the leader has gone") {
  // The leader dies of TERM at once; its child wants to finish something first.
  const auto command = start(shell(R"(
      (trap 'read < gate; echo finished > finished; exit' TERM
       echo ready; while :; do read -t 1; done) &
      wait)"));
  REQUIRE(::mkfifo((dir / "gate").c_str(), 0666) == 0);
  REQUIRE(wait([&] { return command->output == "ready\n"; }));
  command->process->stop(1h);
  const int leader = command->process->pid();
  REQUIRE(wait([&] { return !is_alive(leader); }));
  CHECK_FALSE(command->result);
  write_text(dir / "gate", "go\n");
  const CommandResult result = run(command);
  CHECK(result.signal == SIGTERM);
  CHECK(read_text(dir / "finished") == "finished\n");
}

TEST_CASE_METHOD(RunnerFixture, "stop kills a descendant that escaped to a session of its own") {
  const auto command = start(shell("setsid -f sh -c 'echo $$; sleep 1000' ; sleep 1000"));
  const int escaped = number_from(*command);
  REQUIRE(::getsid(escaped) != command->process->pid());
  command->process->stop(30s);
  const CommandResult result = run(command);
  CHECK(result.signal == SIGTERM);
  CHECK_FALSE(is_alive(escaped));
  REQUIRE_FALSE(result.leftovers.empty());
  CHECK_THAT(result.leftovers[0], ContainsSubstring("pid " + std::to_string(escaped) + " ("));
}

TEST_CASE_METHOD(RunnerFixture, "a background process is ended after success, and named") {
  const auto quiet =
      start(shell("sleep 1000 > /dev/null 2>&1 & "
                  "until [ $(cat /proc/$!/comm) = sleep ]; do :; done; echo $!"));
  const int silent = number_from(*quiet);
  CommandResult result = run(quiet);
  CHECK(result.exit_code == 0);
  CHECK(result.wall < 900ms);  // nothing to wait for
  CHECK(result.leftovers ==
        std::vector<std::string>{"pid " + std::to_string(silent) + " (sleep 1000)"});
  CHECK_FALSE(is_alive(silent));
}

TEST_CASE_METHOD(RunnerFixture, "a pipe held open by a grandchild is waited for a second at most") {
  const MonoTime before = loop.mono();
  const auto command = start(shell("setsid -f sleep 1000; (sleep 0.1; echo late) & echo early"));
  const CommandResult result = run(command);
  CHECK(result.exit_code == 0);
  CHECK(loop.mono() - before >= 1s);
  CHECK(command->output == "early\nlate\n");
  REQUIRE(result.leftovers.size() == 1);
  CHECK_THAT(result.leftovers[0], ContainsSubstring("(sleep 1000)"));
}

TEST_CASE_METHOD(RunnerFixture, "each escaped process goes with its own command") {
  const std::string leave = "setsid -f sh -c 'echo $$; exec sleep 1000'; read < gate; :";
  REQUIRE(::mkfifo((dir / "gate").c_str(), 0666) == 0);
  // Two of one attempt and one of another.
  const auto stays = start(shell(leave, 1));
  const auto ends = start(shell("setsid -f sh -c 'echo $$; exec sleep 1000' ; sleep 1000", 1));
  const auto other = start(shell(leave, 2));
  const int kept = number_from(*stays);
  const int killed = number_from(*ends);
  const int others = number_from(*other);
  ends->process->stop(30s);
  run(ends);
  CHECK_FALSE(is_alive(killed));
  CHECK(is_alive(kept));
  CHECK(is_alive(others));
  stays->process->stop(30s);
  run(stays);
  CHECK_FALSE(is_alive(kept));
  CHECK(is_alive(others));
  other->process->stop(30s);
  run(other);
  CHECK_FALSE(is_alive(others));
}

TEST_CASE_METHOD(RunnerFixture,
                 "who hides its origin goes when all that may be its own have gone") {
  const auto first = start(shell("env -i setsid -f sh -c 'echo $$; exec sleep 1000'; sleep 1000"));
  const int hidden = number_from(*first);
  const auto suspect = start(spec({"sleep", "1000"}));
  first->process->stop(30s);
  run(first);
  CHECK(is_alive(hidden));  // `suspect` lived too when it was first seen
  const auto later = start(spec({"sleep", "1000"}));
  suspect->process->stop(30s);
  const CommandResult result = run(suspect);
  CHECK_FALSE(is_alive(hidden));
  REQUIRE(result.leftovers.size() == 1);
  CHECK_THAT(result.leftovers[0], ContainsSubstring("pid " + std::to_string(hidden) + " ("));
  CHECK(is_alive(later->process->pid()));
  later->process->stop(30s);
  run(later);
}

TEST_CASE_METHOD(RunnerFixture, "who hides below one that does not goes with it") {
  const auto other = start(spec({"sleep", "1000"}));
  const auto command =
      start(shell("setsid -f sh -c \"env -i setsid sh -c 'echo \\$\\$; exec sleep 1000'; :\" & "
                  "wait; sleep 1000"));
  const int hidden = number_from(*command);
  command->process->stop(30s);
  run(command);
  CHECK(wait([&] { return !is_alive(hidden); }));
  CHECK(is_alive(other->process->pid()));
  other->process->stop(0s);
  run(other);
}

TEST_CASE_METHOD(RunnerFixture, "a chain that escapes again and again is caught") {
  // Each link starts the next in a new session and ends.
  write_text(dir / "link", "#!/bin/bash\nsetsid \"$0\" &\n");
  std::filesystem::permissions(dir / "link", std::filesystem::perms::owner_all);
  const auto command = start(shell("./link; ./link; ./link; echo 1; sleep 1000"));
  number_from(*command);
  command->process->stop(30s);
  run(command);
  for (const int pid : all_processes()) {
    CHECK(environment_value(process_environment(pid), "MOONDIAL_STATE") != dir / ".moondial");
  }
}

TEST_CASE_METHOD(RunnerFixture, "orphans that end on their own are reaped while commands run") {
  const auto command = start(shell("setsid -f sh -c 'echo $$'; sleep 1000"));
  const int gone = number_from(*command);
  CHECK(wait([&] { return ::kill(gone, 0) != 0; }));
  CHECK_FALSE(command->result);
  command->process->stop(0s);
  CHECK(run(command).leftovers.empty());
}

TEST_CASE_METHOD(RunnerFixture, "children that are no commands are left alone") {
  const pid_t helper = ::fork();
  REQUIRE(helper >= 0);
  if (helper == 0) {
    for (;;) ::pause();
  }
  const pid_t ended = ::fork();
  REQUIRE(ended >= 0);
  if (ended == 0) ::_exit(9);
  run(spec({"true"}));
  CHECK(is_alive(helper));
  int status = 0;
  CHECK(::waitpid(ended, &status, 0) == ended);  // not stolen
  CHECK(WEXITSTATUS(status) == 9);
  ::kill(helper, SIGKILL);
  CHECK(::waitpid(helper, nullptr, 0) == helper);
}

/// A process that is not below us, as a crashed engine leaves it; its pid.
int start_stranger(const std::string& script) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t parent = ::fork();
  REQUIRE(parent >= 0);
  if (parent == 0) {
    if (::fork() != 0) ::_exit(0);
    ::dup2(pipe[1], 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
    const std::string with_pid = "echo $$; " + script;
    ::execl("/bin/sh", "sh", "-c", with_pid.c_str(), nullptr);
    ::_exit(127);
  }
  ::waitpid(parent, nullptr, 0);
  std::array<char, 16> line{};
  REQUIRE(::read(pipe[0], line.data(), line.size() - 1) > 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  return std::stoi(line.data());
}

TEST_CASE("leftovers of a crashed engine are ended, and nobody else") {
  TempDir dir;
  const std::string state = dir / ".moondial";
  std::filesystem::create_directory(state);
  const std::string mark = "MOONDIAL_STATE=" + state;
  const std::array<int, 2> leftovers{
      start_stranger("export " + mark + "; exec sh -c 'setsid sleep 1000 & sleep 1000; :'"),
      start_stranger("exec env " + mark + " setsid bash -c 'trap \"\" TERM; sleep 1000; :'")};
  const std::array<int, 2> others{start_stranger("exec env " + mark + "2 sleep 1000"),
                                  start_stranger("exec sleep 1000")};
  const auto marked = [&] {
    const std::vector<int> pids = all_processes();
    return std::count_if(pids.begin(), pids.end(), [&](int pid) {
      return environment_value(process_environment(pid), "MOONDIAL_STATE") == state;
    });
  };
  while (marked() != 5) std::this_thread::yield();

  UvLoop loop;
  UvProcessRunner runner(loop, state);
  CommandSpec spec;
  spec.attempt = AttemptId(1);
  spec.argv = {"sleep", "1000"};
  spec.cwd = dir.path();
  auto own = runner.spawn(
      std::move(spec), [](std::string_view) {}, [](const CommandResult&) {});
  REQUIRE(own.ok());
  const auto count = runner.end_leftovers({});
  REQUIRE(count.ok());
  CHECK(*count == 5);
  for (const int pid : leftovers) CHECK_FALSE(RunnerFixture::is_alive(pid));
  CHECK(run_until(loop, [&] { return marked() == 1; }));  // our own; perhaps still at its exec
  for (const int pid : others) {
    CHECK(RunnerFixture::is_alive(pid));
    ::kill(pid, SIGKILL);
  }
  CHECK(*runner.end_leftovers({}) == 0);
}

TEST_CASE("a mark that names another directory of the same name is not ours") {
  // As in a container: here a process whose root is elsewhere.
  if (::geteuid() != 0 || ::access("/usr/bin/perl", X_OK) != 0) return;
  TempDir dir;
  const std::string state = dir / ".moondial";
  std::filesystem::create_directories(dir / "root" + state);
  std::filesystem::create_directory(state);
  const int stranger =
      start_stranger("export MOONDIAL_STATE=" + state +
                     "; exec perl -e 'chroot shift; $| = 1; sleep 1000' " + dir / "root");
  const auto root = [&] {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/" + std::to_string(stranger) + "/root", ignored);
  };
  while (root() != dir / "root") std::this_thread::yield();
  UvLoop loop;
  UvProcessRunner runner(loop, state);
  CHECK(*runner.end_leftovers({}) == 0);
  CHECK(RunnerFixture::is_alive(stranger));
  ::kill(stranger, SIGKILL);
}

}  // namespace
}  // namespace moondial::process_stop_test
