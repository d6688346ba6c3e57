#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/event_loop.h"
#include "engine/script_host.h"
#include "lua/host_lane.h"
#include "lua/host_process.h"
#include "lua/source_set.h"

namespace moondial {

struct LuaHostOptions {
  std::string root;  ///< absolute path of the project
  LoaderCommand loader;
  int lanes = 2;  ///< of a generation, at most; at least 1
  int slice_instructions = 100'000;
  Duration load_bound = std::chrono::seconds(10);  ///< a loader that takes longer is ended
  Duration stop_bound = std::chrono::seconds(2);   ///< a lane that does not answer is ended
  int64_t session_memory = int64_t{512} << 20;     ///< that what people type may take, in Lua
};

/// Starts a loader that has no files yet, and makes ready for them. `on_ended` is called if it
/// ends.
[[nodiscard]] Result<std::unique_ptr<LoaderProcess>> start_unused_loader(
    EventLoop& loop, const LuaHostOptions& options, std::function<void(std::string)> on_ended);

/// A generation: its texts, its loader and its lanes. Lanes are started as they are needed. When
/// the loader dies it is started again, from the same texts, with the next lane. Not to be
/// destroyed inside its own callbacks or those of its jobs.
class HostGeneration {
 public:
  struct Context {
    EventLoop& loop;
    const LuaHostOptions& options;
    /// Takes a loader that is no longer wanted.
    std::function<void(std::unique_ptr<LoaderProcess>)> retire;
    /// Gives one that was started ahead, and Prepare sent to it; null if there is none.
    std::function<std::unique_ptr<LoaderProcess>()> started_ahead;
  };
  /// `context` outlives it.
  HostGeneration(const Context& context, GenerationId id, SourceSet sources);
  ~HostGeneration();
  HostGeneration(const HostGeneration&) = delete;
  HostGeneration& operator=(const HostGeneration&) = delete;

  /// The first loading. Once. `done` may be called when this is gone, if it cannot even begin.
  void load(std::function<void(Status)> done);
  /// Of the texts that are not in force.
  void set_held_back(std::vector<Diagnostic> diagnostics) {
    info_.held_back = std::move(diagnostics);
  }
  /// After load.
  [[nodiscard]] const Generation& info() const { return info_; }
  [[nodiscard]] std::optional<std::string> source(const std::string& path) const;
  [[nodiscard]] std::map<std::string, std::string> texts() const;

  [[nodiscard]] Result<HostLane*> lane_for_plan() { return lane_in(0); }
  /// An idle lane, else a new one, else the one with the least to do.
  [[nodiscard]] Result<HostLane*> lane_for_attempt();

  /// A new one, which nothing else is given.
  [[nodiscard]] Result<HostLane*> lane_for_session() { return new_lane(); }

  [[nodiscard]] HostLane* lane_of(AttemptId attempt) const;
  [[nodiscard]] HostLane* lane_of_session(uint64_t session) const;
  [[nodiscard]] HostLane* lane_of_plan(uint64_t ticket) const;

  /// Ends what still runs: attempts as lost, plans with an error.
  void end_jobs(const std::string& why);

  int pins = 0;

 private:
  Status start_loader();
  void receive(msg::FromLoader message);
  void handle(msg::Loaded& message);
  void handle(msg::LoadFailed& message);
  void handle(msg::LaneEnded& message);
  void load_bound_passed();
  void loader_ended(const std::string& how);
  void loading_failed(std::vector<Diagnostic> diagnostics);

  [[nodiscard]] Result<HostLane*> lane_in(size_t slot);
  [[nodiscard]] Result<HostLane*> new_lane();
  [[nodiscard]] std::vector<HostLane*> all_lanes() const;
  [[nodiscard]] HostLane* open_lane(size_t slot) const;
  void end_lane(uint64_t number);
  void forget_lane(uint64_t number);

  const Context& context_;
  Generation info_;
  const std::vector<SourceFile> files_;
  std::function<void(Status)> first_load_;  // empty once it has ended

  std::unique_ptr<LoaderProcess> loader_;  // null while there is none
  bool loader_ready_ = false;              // it has loaded, so that it listens
  bool load_was_too_long_ = false;
  std::unique_ptr<Watch> load_bound_;

  uint64_t last_lane_ = 0;
  std::vector<std::unique_ptr<HostLane>> lanes_;  // also those that are ending
  std::vector<HostLane*> slots_;                  // at most one open lane each
};

}  // namespace moondial
