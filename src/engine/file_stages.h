#pragma once

#include <string>
#include <vector>

#include "engine/group_stage.h"
#include "engine/targets.h"

namespace moondial {

/// The steps of publishing, each done for many attempts at once.
class FileStages {
 public:
  /// Directories to make before an attempt starts: final paths go in, staged outputs come out.
  struct ToStage {
    AttemptId attempt;
    std::vector<std::string> final_paths;
    std::vector<StagedOutput> outputs;
  };
  using Outputs = std::vector<StagedOutput>;

  /// Both outlive this.
  FileStages(EventLoop& loop, Targets& targets);

  GroupStage<ToStage> stage;
  GroupStage<Outputs> sync;
  GroupStage<Outputs> publish;
  GroupStage<Outputs> discard;
};

}  // namespace moondial
