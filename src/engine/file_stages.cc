#include "engine/file_stages.h"

#include <functional>

namespace moondial {
namespace {

using Outputs = FileStages::Outputs;
using Entry = GroupStage<Outputs>::Entry;

/// Does a step for all entries at once; if that fails, one by one, so that each is told its own
/// error and the others go on. The steps may be repeated.
void together(std::vector<Entry>& batch, const std::function<Status(const Outputs&)>& step) {
  Outputs all;
  for (const Entry& entry : batch) all.insert(all.end(), entry.item.begin(), entry.item.end());
  if (step(all).ok()) return;
  for (Entry& entry : batch) entry.status = step(entry.item);
}

}  // namespace

FileStages::FileStages(EventLoop& loop, Targets& targets)
    : stage(loop,
            [&targets](std::vector<GroupStage<ToStage>::Entry>& batch) {
              for (auto& entry : batch) {
                auto staged = targets.stage(entry.item.attempt, entry.item.final_paths);
                entry.status = staged.status();
                if (staged.ok()) entry.item.outputs = std::move(staged).value();
              }
            }),
      sync(loop,
           [&targets](std::vector<Entry>& batch) {
             together(batch, [&](const Outputs& outputs) { return targets.sync(outputs); });
           }),
      publish(loop,
              [&targets](std::vector<Entry>& batch) {
                together(batch, [&](const Outputs& outputs) { return targets.publish(outputs); });
              }),
      discard(loop, [&targets](std::vector<Entry>& batch) {
        for (Entry& entry : batch) targets.discard(entry.item);
      }) {}

}  // namespace moondial
