#include "engine/script_commands.h"

#include <utility>

namespace moondial {

ScriptCommands::ScriptCommands(Context context, std::function<void(const CommandResult&)> on_result)
    : context_(std::move(context)), on_result_(std::move(on_result)) {}

void ScriptCommands::start(ScriptCommand command) {
  const uint64_t request = command.request;
  CommandSpec spec;
  spec.attempt = context_.attempt;
  spec.argv = std::move(command.argv);
  spec.environment = context_.environment;
  spec.extra_environment = std::move(command.extra_environment);
  spec.cwd = std::move(command.cwd);
  spec.in = std::move(command.in);
  spec.out = std::move(command.out);
  spec.err = std::move(command.err);
  const auto said = std::make_shared<MaskedStream>(context_.masker);
  auto process = context_.runner.spawn(
      std::move(spec),
      [this, said](std::string_view bytes) { context_.log.output(said->add(bytes)); },
      [this, request](CommandResult result) { exited(request, std::move(result)); });
  if (!process.ok()) {
    context_.scripts.command_ended(context_.attempt, request, process.error());
    return;
  }
  Command& entry = commands_[request];
  entry.process = std::move(process).value();
  entry.said = said;
  if (!command.timeout) return;
  const MonoTime due = context_.loop.mono() + *command.timeout;
  entry.timeout = context_.loop.timer(due, [this, request] {
    Command& late = commands_.at(request);
    late.timed_out = true;
    late.process->stop(context_.grace);
  });
}

void ScriptCommands::exited(uint64_t request, CommandResult result) {
  auto node = commands_.extract(request);
  context_.log.output(node.mapped().said->finish());
  on_result_(result);
  const bool timed_out = node.mapped().timed_out;
  // Its process object is calling us: it goes when that call has returned.
  context_.loop.defer([process = std::shared_ptr<Process>(
                           std::move(node.mapped().process))]() mutable { process.reset(); });
  if (done_) {
    if (commands_.empty()) std::exchange(done_, nullptr)();
    return;
  }
  if (timed_out) {
    context_.scripts.command_ended(context_.attempt, request,
                                   Error{Code::kCancelled, "timed out", {}});
  } else {
    context_.scripts.command_ended(context_.attempt, request, std::move(result));
  }
}

void ScriptCommands::stop(uint64_t request) {
  const auto command = commands_.find(request);
  if (command != commands_.end()) command->second.process->stop(context_.grace);
}

void ScriptCommands::stop_all(bool kill) {
  for (auto& [request, command] : commands_) {
    command.process->stop(kill ? Duration(0) : context_.grace);
  }
}

void ScriptCommands::finish(std::function<void()> done) {
  if (commands_.empty()) return done();
  done_ = std::move(done);
}

}  // namespace moondial
