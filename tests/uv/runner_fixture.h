#pragma once

#include <signal.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/uv/loop_fixture.h"
#include "tests/uv/temp_dir.h"
#include "uv/uv_process_runner.h"

namespace moondial {

/// One started command and what was told about it.
struct Command {
  std::unique_ptr<Process> process;
  std::string output;
  std::optional<CommandResult> result;
};

/// A loop, a runner and the commands that were started. At its end the runner must have left no
/// child of this process.
struct RunnerFixture {
  TempDir dir;
  UvLoop loop;
  UvProcessRunner runner{loop, dir / ".moondial", 1000};

  static bool is_alive(int pid) {
    const auto stat = process_stat(pid);
    return stat && stat->state != 'Z';
  }

  CommandSpec spec(std::vector<std::string> argv, uint64_t attempt = 7) const {
    CommandSpec spec;
    spec.attempt = AttemptId(attempt);
    spec.argv = std::move(argv);
    spec.environment = std::make_shared<const std::vector<std::string>>(
        std::vector<std::string>{"PATH=/usr/bin:/bin", "COLOUR=red", "LANG=C"});
    spec.cwd = dir.path();
    return spec;
  }
  CommandSpec shell(const std::string& script, uint64_t attempt = 7) const {
    return spec({"bash", "-c", script}, attempt);
  }

  std::shared_ptr<Command> start(CommandSpec command) {
    auto started = std::make_shared<Command>();
    // The callbacks go with the process, which goes with the command: so no cycle.
    auto process = runner.spawn(
        std::move(command),
        [raw = started.get()](std::string_view bytes) { raw->output.append(bytes); },
        [raw = started.get()](CommandResult result) {
          REQUIRE_FALSE(raw->result);
          raw->result = std::move(result);
        });
    if (!process.ok()) FAIL(process.error().message);
    started->process = std::move(process).value();
    return started;
  }
  Error refused(CommandSpec command) {
    auto process = runner.spawn(
        std::move(command), [](std::string_view) {}, [](const CommandResult&) { FAIL("told"); });
    if (process.ok()) FAIL("started");
    return process.error();
  }
  bool wait(const std::function<bool()>& condition) { return run_until(loop, condition); }
  CommandResult run(const std::shared_ptr<Command>& command) {
    REQUIRE(wait([&] { return command->result.has_value(); }));
    return *command->result;
  }
  CommandResult run(CommandSpec command) { return run(start(std::move(command))); }
  /// Runs until the command has written a line, and gives the number in it.
  int number_from(const Command& command) {
    REQUIRE(wait([&] { return command.output.find('\n') != std::string::npos; }));
    return std::stoi(command.output);
  }
};

}  // namespace moondial
