#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/event_loop.h"
#include "engine/script_host.h"
#include "lua/host_generation.h"
#include "lua/host_sessions.h"
#include "lua/last_good.h"

namespace moondial {

/// Scripts in processes of their own: a loader for each generation, and lanes forked from it.
/// Nothing that user code does there reaches the engine but messages.
///
/// How it goes. load() reads the files on a pool thread; texts that the current generation has
/// already are not loaded again. Plans go to the first lane, attempts to the lane with the least
/// to do; lanes are started as they are needed. When a lane ends, what ran there ends as lost.
/// An attempt that ends by itself while stop() is on the way ends as what it was.
///
/// A generation that is no longer wanted is ended from the loop, never inside a call. close() and
/// the destructor are not to be called inside a callback; after them no callback comes.
class LuaHost final : public ScriptHost {
 public:
  /// `loop` outlives it.
  LuaHost(EventLoop& loop, LuaHostOptions options);
  ~LuaHost() override;
  LuaHost(const LuaHost&) = delete;
  LuaHost& operator=(const LuaHost&) = delete;

  /// Starts the next loader before what it is to load is known, so that it gets ready meanwhile, if
  /// none was. Not needed.
  void start_ahead();

  void load(std::function<void(Result<const Generation*>)> done) override;
  void keep_last_good(std::map<std::string, std::string> texts) override {
    last_good_.emplace(std::move(texts));
  }
  [[nodiscard]] std::optional<std::string> failed_text(const std::string& path) const override {
    return last_good_ ? last_good_->failed_text(path) : std::nullopt;
  }
  void restore(std::map<std::string, std::string> texts,
               std::function<void(Result<const Generation*>)> done) override;
  void pin(GenerationId generation) override;
  void unpin(GenerationId generation) override;
  [[nodiscard]] std::optional<std::string> source(GenerationId generation,
                                                  const std::string& path) const override;
  uint64_t plan(GenerationId generation, PlanRequest request, PlanSink sink) override;
  void cancel_plan(uint64_t ticket) override;
  void start(GenerationId generation, ScriptAttempt attempt, ScriptListener* listener) override;
  void stop(AttemptId attempt) override;
  void command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result) override;
  void await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result) override;
  SessionHost& sessions() override { return sessions_; }
  void close() override;

 private:
  using LoadDone = std::function<void(Result<const Generation*>)>;

  void begin_load();
  void sources_read(SourceSet sources);
  void load_candidate(SourceSet sources);
  void candidate_loaded(const Status& status);
  void end_load(Result<const Generation*> result);
  void restored(GenerationId id, const Status& status, const LoadDone& done);
  void collect_soon();
  void collect();
  void retire(std::unique_ptr<LoaderProcess> loader);
  [[nodiscard]] Result<HostLane*> lane_for_attempt(GenerationId generation);
  void refuse(ScriptListener* listener, const Error& why);
  void post(std::function<void()> task);
  [[nodiscard]] LuaSessions::Seams session_seams();

  EventLoop& loop_;
  const LuaHostOptions options_;
  const HostGeneration::Context context_;
  bool closed_ = false;

  bool loading_ = false;
  std::vector<LoadDone> asking_;          // for the loading that begins next
  std::vector<LoadDone> asked_;           // for the one under way
  std::unique_ptr<LoaderProcess> ahead_;  // started, and not used yet
  std::unique_ptr<HostGeneration> candidate_;
  std::optional<LastGood> last_good_;
  std::map<std::string, std::string> read_;  // hashes of the texts that were read last
  std::map<GenerationId, std::unique_ptr<HostGeneration>> restoring_;

  GenerationId current_;
  uint64_t last_generation_ = 0;
  std::map<GenerationId, std::unique_ptr<HostGeneration>> generations_;
  std::vector<std::unique_ptr<HostGeneration>> failed_;  // to be ended
  bool collecting_ = false;

  uint64_t last_ticket_ = 0;
  std::map<uint64_t, PlanSink> refused_plans_;  // that are to be told so

  LuaSessions sessions_;

  std::vector<std::unique_ptr<LoaderProcess>> ending_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // reset by close()
};

}  // namespace moondial
