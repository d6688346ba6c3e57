#include "engine/hook.h"

#include <utility>

#include "engine/web_proxies.h"

namespace moondial {

Hook::Hook(AttemptServices& services, HookOrder order, std::function<void()> done)
    : services_(services),
      order_(std::move(order)),
      done_(std::move(done)),
      masker_(order_.secrets),
      log_(services.loop, order_.log_path, {}),
      commands_({services.loop, services.runner, services.scripts, masker_, log_,
                 order_.steps.front().attempt, order_.environment, std::chrono::seconds(10)},
                [](const CommandResult&) {}) {}

void Hook::next() {
  if (stopping_ || begun_ == order_.steps.size()) {
    timeout_.reset();
    log_.finish();
    return done_();
  }
  ScriptAttempt step = order_.steps[begun_++];
  step.proxies = web_proxies(order_.environment);
  timeout_ = services_.loop.timer(services_.loop.mono() + kLongestStep, [this] {
    log_.lines("error", "the hook takes longer than 10 minutes: it is stopped");
    commands_.stop_all(false);
    services_.scripts.stop(order_.steps.front().attempt);
  });
  services_.scripts.start(order_.generation, std::move(step), this);
}

void Hook::stop(bool kill) {
  stopping_ = true;
  kill_ = kill_ || kill;
  commands_.stop_all(kill_);
  services_.scripts.stop(order_.steps.front().attempt);
}

void Hook::on_command(ScriptCommand command) {
  if (!stopping_) commands_.start(std::move(command));
}

void Hook::on_await(ScriptAwait await) {
  services_.scripts.await_ended(order_.steps.front().attempt, await.request,
                                Error{Code::kInvalid, "tasks are awaited in run only", {}});
}

void Hook::on_cancel(uint64_t request) { commands_.stop(request); }

void Hook::on_log(std::string_view level, std::string_view text) {
  log_.lines(level, masker_.mask(text));
}

void Hook::on_emit(const std::string& name, const std::string& /*json_value*/) {
  log_.lines("warn", "emit: " + masker_.mask(name) + " comes too late: a hook's are not kept");
}

void Hook::on_ended(ScriptOutcome outcome) {
  if (outcome.kind != ScriptOutcome::Kind::kSucceeded &&
      outcome.kind != ScriptOutcome::Kind::kSkipped && !stopping_) {
    log_.lines("error", "hook: " + masker_.mask(outcome.text + outcome.details));
  }
  commands_.stop_all(kill_);
  commands_.finish([this] { settled(); });
}

/// The script is calling us: it goes on when that call has returned.
void Hook::settled() {
  services_.loop.defer([this] { next(); });
}

}  // namespace moondial
