#include "http/log_stream.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "http/views.h"

namespace moondial {
namespace {

constexpr int64_t kPiece = 64 << 10;
constexpr size_t kLongestCharacter = 4;
constexpr std::chrono::milliseconds kLogPause(200);
constexpr std::chrono::seconds kQuietLog(15);

}  // namespace

Result<std::shared_ptr<ReplyStream>> LogStream::open(EventLoop& loop, EngineApi& api,
                                                     AttemptId attempt, int64_t offset) {
  std::shared_ptr<LogStream> stream(new LogStream(loop, api, attempt, offset));
  auto view = api.log(attempt, offset, kPiece);
  if (!view.ok()) return view.error();
  stream->take(std::move(view).value());
  return std::shared_ptr<ReplyStream>(std::move(stream));
}

void LogStream::take(LogView view) {
  // The rest of a character is still to be written.
  if (!view.ended && view.text.size() < kLongestCharacter && !is_utf8(view.text)) return;
  keep_whole_characters(view);
  offset_ = view.next_offset;
  if (!view.text.empty()) {
    text_.add(sse_event("log", log_piece_json(view), std::to_string(offset_)));
    told_ = loop_.mono();
  } else if (view.ended) {
    text_.add(sse_event("ended", log_ended_json(view.cut)));
    finished_ = true;
  }
}

void LogStream::look() {
  auto view = api_.log(attempt_, offset_, kPiece);
  if (!view.ok()) {  // its run is not kept any more
    finished_ = true;
    return;
  }
  take(std::move(view).value());
  if (!text_.empty() || loop_.mono() - told_ < kQuietLog) return;
  text_.add(kKeepAlive);
  told_ = loop_.mono();
}

size_t LogStream::read(char* to, size_t max) {
  if (text_.empty() && !finished_ && !timer_) look();
  if (!text_.empty()) return text_.read(to, max);
  if (finished_ || timer_) return 0;
  timer_ = loop_.timer(loop_.mono() + kLogPause, [this] {
    timer_.reset();
    tell_readable();
  });
  return 0;
}

}  // namespace moondial
