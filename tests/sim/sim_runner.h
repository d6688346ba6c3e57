#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/event_loop.h"
#include "engine/process_runner.h"
#include "tests/sim/context.h"

namespace moondial::sim {

class Watcher;

/// The machine's processes as one engine process starts and sees them.
class SimRunner final : public ProcessRunner {
 public:
  SimRunner(Context& context, EventLoop& loop, Watcher& watcher)
      : context_(context), loop_(loop), watcher_(watcher) {}

  Result<std::unique_ptr<Process>> spawn(CommandSpec command,
                                         std::function<void(std::string_view)> on_output,
                                         std::function<void(CommandResult)> on_exit) override;
  Result<int> end_leftovers(const std::set<AttemptId>& adopted) override;

  /// A process of the machine goes on: it ends, in its own way. Its engine hears of it later, if it
  /// is this one.
  void go_on(int pid);

 private:
  class Handle;
  void stop(int pid, Duration grace);
  void let_go(int pid);
  void end(int pid, int exit_code, int signal);

  struct Live {
    std::function<void(CommandResult)> on_exit;
    std::unique_ptr<Watch> grace;
  };
  Context& context_;
  EventLoop& loop_;
  Watcher& watcher_;
  std::map<int, Live> live_;  // by pid
};

}  // namespace moondial::sim
