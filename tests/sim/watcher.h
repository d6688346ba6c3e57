#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/api.h"
#include "engine/script_host.h"
#include "engine/store.h"
#include "tests/sim/context.h"

namespace moondial::sim {

class Books;

/// What was said to clients, and must stay true over any number of engines.
struct Announced {
  std::map<std::pair<RunId, std::string>, TaskState> tasks;
  std::map<RunId, RunState> runs;
  std::set<RunId> answered;  ///< runs whose number a client was told

  void check(const Database& database, Checks& checks) const;
};

/// Sees what passes through the seams around one engine, and checks the promises about it.
class Watcher {
 public:
  Watcher(Context& context, Books& books, Announced& announced)
      : context_(context), books_(books), announced_(announced) {}

  // From the store.
  void handed_over(const Record& record);
  void durable(const Record& record);

  // From processes and scripts. `version` is of the declarations by which they are done.
  void before_process(const SimProcess& process, uint64_t version);
  void before_step(const ScriptAttempt& attempt, uint64_t version);
  void step_ended(AttemptId attempt) { scripts_.erase(attempt); }
  void staging_is_gone(AttemptId attempt, const std::string& task);

  // To clients.
  void told(RunId run, const RunEvent& event);
  void answered(RunId run);

 private:
  struct Started {
    std::string task;
    uint64_t version = 0;
    std::string missing;  ///< of its requirements, when it started
    std::string lock;
  };
  void hear(const AttemptStarted& record);
  void hear(const AttemptEnded& record);
  void hear(const TaskPlanned& record);
  [[nodiscard]] bool leaves_nothing(AttemptId attempt) const;
  void check_start(AttemptId attempt, uint64_t version, const std::string& what);
  void check_alone(AttemptId attempt, const Started& started);
  [[nodiscard]] std::string missing_of(const std::string& task, uint64_t version) const;
  [[nodiscard]] bool was_complete(const std::string& task) const;
  [[nodiscard]] bool is_there(const Graph& graph, const TaskInstance& need) const;
  void broken(std::string_view invariant, AttemptId attempt, const std::string& what);

  Context& context_;
  Books& books_;
  Announced& announced_;
  std::map<AttemptId, Started> started_;
  std::map<std::string, AttemptId> current_;              // the newest attempt of each task
  std::map<std::pair<RunId, std::string>, int> planned_;  // how often: awaits may want it again
  std::map<AttemptId, std::string> scripts_;              // that run, no hooks
};

}  // namespace moondial::sim
