// What stands in a lane's queue; for lane*.cc only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lua/lane.h"

namespace moondial {

/// Something that takes turns.
class Lane::Entry {
 public:
  virtual ~Entry() = default;
  /// Goes on for a slice. May be gone after it.
  virtual void slice() = 0;

  bool queued = false;
};

/// What somebody has typed, as long as it is under way.
class Lane::SessionInputJob final : public Lane::Entry, public ScriptSink {
 public:
  SessionInputJob(Lane& lane, SessionInput input);

  void slice() override;
  void answer(uint64_t question, Result<SessionAnswer> answer);
  void stop();

  void on_question(SessionQuestion question) override;
  void on_log(std::string_view level, std::string_view text) override;
  void on_cancel(uint64_t request) override;
  // What a session's input does not do.
  void on_tasks(std::vector<TaskInstance> /*tasks*/) override {}
  void on_command(ScriptCommand /*command*/) override {}
  void on_await(ScriptAwait /*await*/) override {}
  void on_sleep(uint64_t /*request*/, Duration /*duration*/) override {}
  void on_http(uint64_t /*request*/, WebRequest /*http*/) override {}
  void on_emit(const std::string& /*name*/, const std::string& /*json_value*/) override {}
  void on_progress(double /*fraction*/, const std::string& /*text*/) override {}

 private:
  void report();

  Lane& lane_;
  std::unique_ptr<ScriptJob> script_;
  std::map<uint64_t, uint64_t> questions_;  // the lane's numbers of them → the job's
};

}  // namespace moondial
