#pragma once

#include <cstdint>
#include <memory>

#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/reply_stream.h"

namespace moondial {

/// The log of an attempt as it grows, as server-sent events:
///
///     log    {"text", "next_offset"}; its id is next_offset, from which a reader goes on
///     ended  {"cut"}; the last one
///
/// The file is looked at every 200 ms while its end has been read, and read in pieces otherwise.
/// Loop thread only.
class LogStream final : public ReplyStream {
 public:
  /// From `offset` on; a negative one counts from the end. As EngineApi::log() fails. Both outlive
  /// it.
  [[nodiscard]] static Result<std::shared_ptr<ReplyStream>> open(EventLoop& loop, EngineApi& api,
                                                                 AttemptId attempt, int64_t offset);

  size_t read(char* to, size_t max) override;
  [[nodiscard]] bool at_end() const override { return finished_ && text_.empty(); }
  [[nodiscard]] size_t block_size() const override { return size_t{8} << 10; }

 private:
  LogStream(EventLoop& loop, EngineApi& api, AttemptId attempt, int64_t offset)
      : loop_(loop), api_(api), attempt_(attempt), offset_(offset), told_(loop.mono()) {}
  void look();
  void take(LogView view);

  EventLoop& loop_;
  EngineApi& api_;
  const AttemptId attempt_;
  int64_t offset_;
  MonoTime told_;  // the last time that there was something
  PendingText text_;
  bool finished_ = false;
  std::unique_ptr<Watch> timer_;
};

}  // namespace moondial
