#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/api.h"
#include "engine/error_groups.h"
#include "engine/event_loop.h"
#include "http/message.h"

namespace moondial {

/// What failed, in groups. To find it is some work, and everybody asks anew whenever something has
/// ended: so it is kept until something happens, and found at most once a second, for all who have
/// asked by then. Loop thread only.
class ErrorAnswers {
 public:
  using Groups = std::vector<ErrorGroup>;
  /// What somebody is told of them.
  using View = std::function<HttpReply(const Groups& groups)>;

  /// Both outlive it.
  ErrorAnswers(EventLoop& loop, EngineApi& api) : loop_(loop), api_(api) {}

  void ask(View view, Responder respond);

 private:
  struct Asked {
    View view;
    Responder respond;
  };

  [[nodiscard]] bool is_fresh() const;
  void answer_all();

  EventLoop& loop_;
  EngineApi& api_;
  std::optional<Groups> groups_;
  int64_t position_ = -1;  // the newest event when they were found
  MonoTime found_at_;
  std::vector<Asked> waiting_;
  MonoTime rests_until_;
  std::unique_ptr<Watch> timer_;
};

}  // namespace moondial
