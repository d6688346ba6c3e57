#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/event_loop.h"
#include "engine/session_api.h"
#include "http/reply_stream.h"

namespace moondial {

/// A session for as long as its client reads:
///
///     event: session   {"session": id}; the first one
///     event: print     {"text"}
///     event: notice    {"text"}: something about the session, for people
///     event: question  {"request", "method", "path", "body", "environment"}: a request to the API
///                      that the client is to make, and to answer with; `path` is empty if the
///                      answer only says that all this was read
///     event: result    {"kind", "texts", "error", "replaced"}
///     event: ended     {"why"}; the last one
///
/// What a client does not read is kept in bounds: beyond, what was printed is dropped, and it says
/// so. Loop thread only.
class SessionStream final : public ReplyStream, public std::enable_shared_from_this<SessionStream> {
 public:
  /// Both outlive it.
  [[nodiscard]] static Result<std::shared_ptr<SessionStream>> open(EventLoop& loop,
                                                                   SessionApi& sessions);
  ~SessionStream() override;

  size_t read(char* to, size_t max) override;
  [[nodiscard]] bool at_end() const override { return ended_ && text_.empty(); }

 private:
  SessionStream(EventLoop& loop, SessionApi& sessions) : loop_(loop), sessions_(sessions) {}
  void on_event(const SessionEvent& event);
  void add(std::string_view name, const std::string& data);
  void add_print(const std::string& text);
  void wake();

  EventLoop& loop_;
  SessionApi& sessions_;
  uint64_t session_ = 0;
  PendingText text_;            // to be read
  size_t unread_ = 0;           // bytes of it
  uint64_t dropped_bytes_ = 0;  // of what was printed
  bool ended_ = false;
  bool waking_ = false;
};

}  // namespace moondial
