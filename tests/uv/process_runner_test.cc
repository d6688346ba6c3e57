// Commands: how they start, what they see, what they say, how their end is told.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <thread>

#include "tests/uv/runner_fixture.h"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace moondial::process_runner_test {
namespace {

StreamSpec text_input(std::string text) { return {StreamSpec::Kind::kText, {}, std::move(text)}; }
StreamSpec file(std::string path) { return {StreamSpec::Kind::kFile, std::move(path), {}}; }
const StreamSpec kCaptured{StreamSpec::Kind::kCapture, {}, {}};
const StreamSpec kNothing{StreamSpec::Kind::kNull, {}, {}};

CommandSpec captured(CommandSpec spec) {
  spec.out = kCaptured;
  spec.err = kCaptured;
  return spec;
}

TEST_CASE_METHOD(RunnerFixture, "a command runs and its exit code is told") {
  const CommandResult ok = run(spec({"true"}));
  CHECK(ok.exit_code == 0);
  CHECK(ok.signal == 0);
  CHECK(ok.leftovers.empty());
  CHECK_FALSE(ok.cut);
  CHECK(run(shell("exit 7")).exit_code == 7);
  CHECK(run(spec({"/bin/sh", "-c", "kill -9 $$"})).signal == SIGKILL);
}

TEST_CASE_METHOD(RunnerFixture, "cpu and wall time are measured, and memory above our own") {
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const int64_t size = own.ru_maxrss * 1024 + 50'000'000;
  const std::string bytes = std::to_string(size);
  const auto eater =
      start(shell("head -c " + bytes + " /dev/zero | tail -c " + bytes + " | wc -c"));
  const CommandResult result = run(eater);
  CHECK(eater->output == bytes + "\n");
  CHECK(result.cpu > 1ms);
  CHECK(result.wall > 1ms);
  CHECK(result.peak_memory_bytes > size);
  CHECK(run(spec({"true"})).peak_memory_bytes == 0);  // below our own: not known
}

TEST_CASE_METHOD(RunnerFixture, "log output comes in order of writing, from both streams") {
  const auto command = start(shell("echo a; echo b >&2; echo c"));
  CHECK(run(command).out.empty());
  CHECK(command->output == "a\nb\nc\n");
}

TEST_CASE_METHOD(RunnerFixture, "captured output is apart, binary and bounded") {
  const auto command = start(captured(shell("printf 'a\\0\\377b'; printf 'e\\n' >&2")));
  const CommandResult result = run(command);
  CHECK(result.out == std::string("a\0\377b", 4));
  CHECK(result.err == "e\n");
  CHECK_FALSE(result.cut);
  CHECK(command->output.empty());

  const CommandResult long_one = run(captured(shell("head -c 5000000 /dev/zero")));
  CHECK(long_one.exit_code == 0);  // it could write all
  CHECK(long_one.out == std::string(1000, '\0'));
  CHECK(long_one.cut);
}

TEST_CASE_METHOD(RunnerFixture, "one stream may be captured and the other logged") {
  CommandSpec mixed = shell("echo out; echo err >&2");
  mixed.out = kCaptured;
  const auto command = start(std::move(mixed));
  CHECK(run(command).out == "out\n");
  CHECK(command->output == "err\n");
}

TEST_CASE_METHOD(RunnerFixture, "much output arrives whole") {
  const auto command = start(shell("seq 300000"));
  CHECK(run(command).exit_code == 0);
  CHECK(command->output.size() == 1988895);
  CHECK(command->output.ends_with("\n300000\n"));
}

TEST_CASE_METHOD(RunnerFixture,
                 "the working directory and the marks are set, the rest is its own") {
  ::mkdir((dir / "work").c_str(), 0777);
  CommandSpec command = captured(spec({"sh", "-c", "pwd; env | grep -v '^_=' | sort"}));
  command.cwd = dir / "work";
  command.extra_environment = {"COLOUR=blue", "SIZE=1", "SIZE=2", "MOONDIAL_STATE=/elsewhere"};
  std::istringstream lines(run(std::move(command)).out);
  std::vector<std::string> got;
  for (std::string line; std::getline(lines, line);) got.push_back(line);
  REQUIRE(got.size() == 9);
  CHECK(got[0] == dir / "work");
  CHECK(got[1] == "COLOUR=blue");
  CHECK(got[2] == "LANG=C");
  CHECK(got[3] == "MOONDIAL_ATTEMPT_ID=7");
  CHECK_THAT(got[4], ContainsSubstring("MOONDIAL_COMMAND="));
  CHECK(got[5] == "MOONDIAL_STATE=" + dir / ".moondial");
  CHECK(got[6] == "PATH=/usr/bin:/bin");
  CHECK(got[7] == "PWD=" + dir / "work");
  CHECK(got[8] == "SIZE=2");
}

TEST_CASE_METHOD(RunnerFixture, "a child gets default signals, no mask and no descriptor of ours") {
  const int leak = ::open("/dev/null", O_RDONLY);  // not close-on-exec, as a library might do it
  ::signal(SIGUSR1, SIG_IGN);
  sigset_t mask;
  sigset_t old;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &mask, &old);
  const std::string status =
      run(captured(spec({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}))).out;
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGUSR1, SIG_DFL);
  // 32 and 33 are the C library's own.
  CHECK(status == "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n");
  // 3 is the directory that ls reads.
  CHECK(run(captured(spec({"ls", "/proc/self/fd"}))).out == "0\n1\n2\n3\n");
  ::close(leak);
}

TEST_CASE_METHOD(RunnerFixture, "a command leads a session of its own") {
  const auto command = start(shell("echo $$; sleep 1000"));
  const int pid = command->process->pid();
  CHECK(number_from(*command) == pid);
  CHECK(::getsid(pid) == pid);
  CHECK(::getpgid(pid) == pid);
  command->process->stop(0s);
  run(command);
}

TEST_CASE_METHOD(RunnerFixture, "input is nothing, a text or a file") {
  CHECK(run(captured(spec({"cat"}))).out.empty());

  CommandSpec text = captured(spec({"cat"}));
  text.in = text_input(std::string("a\0b", 3));
  CHECK(run(std::move(text)).out == std::string("a\0b", 3));

  CommandSpec large = captured(spec({"wc", "-c"}));
  large.in = text_input(std::string(3'000'000, 'x'));
  CHECK(run(std::move(large)).out == "3000000\n");

  CommandSpec unread = spec({"true"});
  unread.in = text_input(std::string(3'000'000, 'x'));
  CHECK(run(std::move(unread)).exit_code == 0);

  write_text(dir / "in.txt", "from a file");
  CommandSpec from_file = captured(spec({"cat"}));
  from_file.in = file(dir / "in.txt");
  CHECK(run(std::move(from_file)).out == "from a file");
}

TEST_CASE_METHOD(RunnerFixture,
                 "output to files truncates them, and both streams to one keep order") {
  write_text(dir / "out.txt", "something long that was there");
  CommandSpec apart = shell("echo out; echo err >&2");
  apart.out = file(dir / "out.txt");
  apart.err = file(dir / "err.txt");
  run(std::move(apart));
  CHECK(read_text(dir / "out.txt") == "out\n");
  CHECK(read_text(dir / "err.txt") == "err\n");

  CommandSpec together = shell("echo a; echo b >&2; echo c");
  together.out = file("both.txt");  // beneath cwd
  together.err = file("both.txt");
  run(std::move(together));
  CHECK(read_text(dir / "both.txt") == "a\nb\nc\n");

  CommandSpec silent = shell("echo a; echo b >&2");
  silent.out = kNothing;
  silent.err = kNothing;
  const auto command = start(std::move(silent));
  CHECK(run(command).exit_code == 0);
  CHECK(command->output.empty());
}

TEST_CASE_METHOD(RunnerFixture, "a FIFO without a partner does not block us") {
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0666) == 0);
  CommandSpec reader = captured(spec({"cat"}));
  reader.in = file(dir / "fifo");
  CHECK(run(std::move(reader)).out.empty());
  CommandSpec writer = spec({"echo", "x"});
  writer.out = file(dir / "fifo");
  CHECK_THAT(refused(std::move(writer)).message, ContainsSubstring("cannot write"));
}

TEST_CASE_METHOD(RunnerFixture, "the program is looked up in the command's own PATH") {
  write_text(dir / "hello", "#!/bin/sh\necho hello\n");
  ::chmod((dir / "hello").c_str(), 0755);
  CommandSpec relative = captured(spec({"hello"}));
  relative.extra_environment = {"PATH=/nowhere:."};
  CHECK(run(std::move(relative)).out == "hello\n");
  CHECK(run(captured(spec({"./hello"}))).out == "hello\n");
  CommandSpec without = captured(spec({"echo", "x"}));
  without.environment = nullptr;
  CHECK(run(std::move(without)).out == "x\n");
}

TEST_CASE_METHOD(RunnerFixture, "a program that has gone since it was found is looked up anew") {
  const auto program = [this](const std::string& folder) {
    ::mkdir((dir / folder).c_str(), 0755);
    write_text(dir / folder + "/hello", "#!/bin/sh\necho " + folder + "\n");
    ::chmod((dir / folder + "/hello").c_str(), 0755);
  };
  const auto says = [this] {
    CommandSpec hello = captured(spec({"hello"}));
    hello.extra_environment = {"PATH=" + dir / "first" + ":" + dir / "second" + ":/bin"};
    return run(std::move(hello)).out;
  };
  program("first");
  program("second");
  CHECK(says() == "first\n");
  ::unlink((dir / "first/hello").c_str());
  CHECK(says() == "second\n");
  CHECK(says() == "second\n");
}

TEST_CASE_METHOD(RunnerFixture, "what cannot be started is an error that says why") {
  Error error = refused(spec({"no-such-command"}));
  CHECK(error.code == Code::kNotFound);
  CHECK(error.message == "command not found: 'no-such-command' (PATH is /usr/bin:/bin)");

  error = refused(spec({"./missing"}));
  CHECK(error.code == Code::kNotFound);
  CHECK(error.message == "cannot run './missing': No such file or directory");

  write_text(dir / "plain", "#!/bin/sh\n");
  CHECK(refused(spec({"./plain"})).message == "'./plain' is not executable (chmod +x makes it so)");
  CommandSpec in_path = spec({"plain"});
  in_path.extra_environment = {"PATH=" + dir.path()};
  CHECK(refused(std::move(in_path)).message ==
        "'" + dir / "plain" + "' is not executable (chmod +x makes it so)");

  write_text(dir / "no-shebang", "echo hello\n");
  ::chmod((dir / "no-shebang").c_str(), 0755);
  CHECK(refused(spec({"./no-shebang"})).message ==
        "cannot run './no-shebang': it is neither a program for this machine nor a script with a "
        "#! line");

  write_text(dir / "no-interpreter", "#!/usr/bin/pyhton -u\n");
  ::chmod((dir / "no-interpreter").c_str(), 0755);
  CHECK(refused(spec({"./no-interpreter"})).message ==
        "cannot run './no-interpreter': its first line asks for '/usr/bin/pyhton', which does not "
        "exist");

  CHECK(refused(spec({dir.path()})).message ==
        "cannot run '" + dir.path() + "': it is a directory");
  CHECK(refused(spec({"true", std::string(3'000'000, 'x')})).message ==
        "cannot run '/usr/bin/true': Argument list too long");
  CHECK(refused(spec({})).code == Code::kInvalid);
  CHECK(refused(spec({""})).code == Code::kInvalid);
  CHECK(refused(spec({"echo", std::string("a\0b", 3)})).code == Code::kInvalid);
}

TEST_CASE_METHOD(RunnerFixture, "a directory or a file that is not there is named") {
  CommandSpec nowhere = spec({"true"});
  nowhere.cwd = dir / "nowhere";
  CHECK(refused(std::move(nowhere)).message == "cannot run '/usr/bin/true' in directory '" +
                                                   dir / "nowhere" +
                                                   "': No such file or directory");
  write_text(dir / "file", "");
  CommandSpec in_file = spec({"true"});
  in_file.cwd = dir / "file";
  CHECK_THAT(refused(std::move(in_file)).message, ContainsSubstring("Not a directory"));

  CommandSpec input = spec({"cat"});
  input.in = file(dir / "missing");
  CHECK(refused(std::move(input)).message ==
        "cannot read '" + dir / "missing" + "': No such file or directory");
  CommandSpec output = spec({"echo"});
  output.out = file(dir / "no/such");
  CHECK(refused(std::move(output)).message ==
        "cannot write '" + dir / "no/such" + "': No such file or directory");
}

TEST_CASE_METHOD(RunnerFixture, "nothing of a command that could not start is left") {
  const auto count = [] {
    const std::filesystem::directory_iterator fds("/proc/self/fd");
    return std::distance(begin(fds), end(fds));
  };
  const auto before = count();
  for (int i = 0; i < 20; ++i) refused(spec({"./missing"}));
  CHECK(count() == before);
  for (int i = 0; i < 20; ++i) run(captured(spec({"true"})));
  CHECK(wait([&] { return count() == before + 1; }));  // the list of children stays open
}

TEST_CASE_METHOD(RunnerFixture, "a process object that goes early kills its command, silently") {
  const auto command = start(shell("trap '' TERM; echo 1; sleep 1000"));
  number_from(*command);
  const int pid = command->process->pid();
  command->process.reset();
  CHECK(wait([&] { return ::kill(pid, 0) != 0; }));
  CHECK_FALSE(command->result);
}

TEST_CASE_METHOD(RunnerFixture, "a process object may go inside its own callbacks") {
  std::unique_ptr<Process> talker;
  bool output = false;
  auto alive = std::make_shared<int>(1);
  auto started = runner.spawn(
      shell("while echo x; do :; done"),
      [&, alive](std::string_view) {
        output = true;
        talker.reset();
        CHECK(*alive == 1);
      },
      [](const CommandResult&) { FAIL("dropped"); });
  REQUIRE(started.ok());
  talker = std::move(started).value();
  const int pid = talker->pid();
  CHECK(wait([&] { return output && ::kill(pid, 0) != 0; }));

  std::unique_ptr<Process> brief;
  bool ended = false;
  started = runner.spawn(
      spec({"true"}), [](std::string_view) {},
      [&, alive](const CommandResult&) {
        brief.reset();
        ended = *alive == 1;
      });
  REQUIRE(started.ok());
  brief = std::move(started).value();
  CHECK(wait([&] { return ended; }));
  alive.reset();
}

TEST_CASE_METHOD(RunnerFixture, "an exit callback may destroy a command that has ended with it") {
  std::unique_ptr<Process> first;
  std::unique_ptr<Process> second;
  int told = 0;
  const auto on_exit = [&](const CommandResult&) {
    ++told;
    first.reset();
    second.reset();
  };
  const auto ignore = [](std::string_view) {};
  first = std::move(runner.spawn(spec({"true"}), ignore, on_exit)).value();
  second = std::move(runner.spawn(spec({"true"}), ignore, on_exit)).value();
  const int one = first->pid();
  const int two = second->pid();
  // Both are zombies before the loop looks at them, so that one sweep ends both.
  while (is_alive(one) || is_alive(two)) std::this_thread::yield();
  CHECK(wait([&] { return ::kill(one, 0) != 0 && ::kill(two, 0) != 0; }));
  CHECK(told == 1);
}

TEST_CASE_METHOD(RunnerFixture, "a command that never stops writing leaves others their turn") {
  const auto loud = start(spec({"yes"}));
  REQUIRE(wait([&] { return loud->output.size() > 100'000; }));
  for (int i = 0; i < 5; ++i) {
    CHECK(run(spec({"true"})).exit_code == 0);
  }
  loud->process->stop(10s);
  CHECK(run(loud).signal == SIGTERM);
}

TEST_CASE_METHOD(RunnerFixture, "1000 quick commands, started by the end of others") {
  int ended = 0;
  int wrong = 0;
  std::map<int, std::unique_ptr<Process>> live;
  std::function<void(int)> next = [&](int number) {
    auto process = runner.spawn(
        spec({"sh", "-c", "exit " + std::to_string(number % 50)}), [](std::string_view) {},
        [&, number](const CommandResult& result) {
          wrong += result.exit_code == number % 50 ? 0 : 1;
          ++ended;
          loop.post([&, number] {
            live.erase(number);
            if (number + 8 < 1000) next(number + 8);
          });
        });
    if (!process.ok()) FAIL(process.error().message);
    live.emplace(number, std::move(process).value());
  };
  for (int number = 0; number < 8; ++number) next(number);
  CHECK(wait([&] { return ended == 1000 && live.empty(); }));
  CHECK(wrong == 0);
}

TEST_CASE_METHOD(RunnerFixture, "200 commands at once, and their stop") {
  std::vector<std::shared_ptr<Command>> commands;
  for (int i = 0; i < 200; ++i) commands.push_back(start(spec({"sleep", "1000"})));
  for (const auto& command : commands) command->process->stop(10s);
  for (const auto& command : commands) CHECK(run(command).signal == SIGTERM);
}

TEST_CASE("a runner that goes takes its commands and what they left along") {
  TempDir dir;
  UvLoop loop;
  std::vector<std::unique_ptr<Process>> handles;
  std::string output;
  {
    UvProcessRunner runner(loop, dir / ".moondial");
    for (int i = 0; i < 20; ++i) {
      CommandSpec spec;
      spec.attempt = AttemptId(1);
      spec.argv = {"bash", "-c",
                   "setsid sleep 1000 & setsid -f env -i sleep 1000; echo; sleep 1000"};
      spec.cwd = dir.path();
      handles.push_back(
          std::move(runner.spawn(
                        std::move(spec), [&](std::string_view bytes) { output.append(bytes); },
                        [](const CommandResult&) { FAIL("dropped"); }))
              .value());
    }
    REQUIRE(run_until(loop, [&] { return output.size() == 20; }));
  }
  CHECK(process_children(::getpid()).empty());
  handles.back()->stop(1s);  // means nothing any more
  handles.clear();
}

}  // namespace
}  // namespace moondial::process_runner_test
