#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/event_loop.h"
#include "engine/script_host.h"
#include "engine/session_api.h"

namespace moondial {

/// The sessions of people who type code.
///
/// How it goes. An input has the files loaded as they are now, as every request does. The first one
/// is evaluated on a lane of that generation, and what it assigns stays there for the next. When
/// the generation in force is another one, the session goes on with that on a new lane, and says
/// that its variables are gone; it does the same when its lane has died. Files that do not load
/// leave it where it is.
class Sessions final : public SessionApi {
 public:
  static constexpr size_t kMost = 16;

  struct Seams {
    std::function<void(std::function<void(Result<const Generation*>)>)> load;
    std::function<void()> on_rest;  ///< an input is done
  };
  /// `loop` and `scripts` outlive it. It may be destroyed once no callback comes any more.
  Sessions(EventLoop& loop, ScriptHost& scripts, Seams seams);
  ~Sessions() override;
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  Result<uint64_t> open(std::function<void(const SessionEvent&)> on_event) override;
  Status input(uint64_t session, SessionInput input) override;
  Status answer(uint64_t session, uint64_t request, SessionAnswer answer) override;
  Status interrupt(uint64_t session) override;
  Status close(uint64_t session) override;

  /// Ends all of them, or those alone that do nothing now: who opened them is told why.
  void end(const std::string& why, bool only_idle);
  [[nodiscard]] size_t count() const { return sessions_.size(); }

 private:
  class Session;
  [[nodiscard]] Session* find(uint64_t session) const;

  EventLoop& loop_;
  ScriptHost& scripts_;
  const Seams seams_;
  uint64_t last_ = 0;
  bool closed_ = false;  // none is opened any more
  std::map<uint64_t, std::unique_ptr<Session>> sessions_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace moondial
