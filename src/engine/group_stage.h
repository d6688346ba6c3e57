#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/event_loop.h"

namespace moondial {

/// Does blocking work for many at once on a pool thread: while one batch is under way the next one
/// gathers, so that a disk that takes its time costs one wait for a whole batch. Loop thread only;
/// batches and the items in them keep their order. Nothing may be under way when it is destroyed.
template <typename Item>
class GroupStage {
 public:
  using Done = std::function<void(Item&, Status)>;
  /// `work` does a whole batch, on a pool thread, and sets each entry's status.
  struct Entry {
    Item item;
    Done done;
    Status status;
  };
  using Work = std::function<void(std::vector<Entry>&)>;

  GroupStage(EventLoop& loop, Work work) : loop_(loop), work_(std::move(work)) {}

  /// `done` is called on the loop's thread when the item's batch is over.
  void add(Item item, Done done) {
    gathering_.push_back(Entry{std::move(item), std::move(done), Status()});
    if (busy_) return;
    busy_ = true;
    loop_.defer([this] { begin(); });
  }

 private:
  void begin() {
    auto batch = std::make_shared<std::vector<Entry>>(std::exchange(gathering_, {}));
    loop_.offload([this, batch] { work_(*batch); }, [this, batch] { finish(*batch); });
  }

  void finish(std::vector<Entry>& batch) {
    if (gathering_.empty()) {
      busy_ = false;
    } else {
      begin();
    }
    for (Entry& entry : batch) entry.done(entry.item, std::move(entry.status));
  }

  EventLoop& loop_;
  const Work work_;
  std::vector<Entry> gathering_;
  bool busy_ = false;
};

}  // namespace moondial
