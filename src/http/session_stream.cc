#include "http/session_stream.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace moondial {
namespace {

/// Beyond which what is printed is dropped.
constexpr size_t kMostUnread = size_t{32} << 20;

/// UTF-8, whatever the code made.
std::string as_utf8(const std::string& text) {
  if (is_utf8(text)) return text;
  return printable(text);
}

const char* name_of(SessionResult::Kind kind) {
  switch (kind) {
    case SessionResult::Kind::kValues:
      return "values";
    case SessionResult::Kind::kIncomplete:
      return "incomplete";
    case SessionResult::Kind::kError:
      return "error";
    case SessionResult::Kind::kInterrupted:
      return "interrupted";
    case SessionResult::Kind::kCompletion:
      return "completion";
  }
  return "error";
}

std::string text_json(const std::string& text) {
  return json_text(OrderedJson{{"text", as_utf8(text)}});
}

std::string question_json(const SessionQuestion& question) {
  return json_text(OrderedJson{{"request", question.request},
                               {"method", printable(question.method)},
                               {"path", printable(question.path)},
                               {"body", as_utf8(question.body)},
                               {"environment", question.environment}});
}

std::string result_json(const SessionResult& result) {
  OrderedJson texts = OrderedJson::array();
  for (const std::string& text : result.texts) texts.push_back(as_utf8(text));
  return json_text(OrderedJson{{"kind", name_of(result.kind)},
                               {"texts", std::move(texts)},
                               {"error", as_utf8(result.error)},
                               {"replaced", result.replaced}});
}

}  // namespace

Result<std::shared_ptr<SessionStream>> SessionStream::open(EventLoop& loop, SessionApi& sessions) {
  std::shared_ptr<SessionStream> stream(new SessionStream(loop, sessions));
  const auto session = sessions.open([weak = std::weak_ptr(stream)](const SessionEvent& event) {
    if (const auto live = weak.lock()) live->on_event(event);
  });
  if (!session.ok()) return session.error();
  stream->session_ = *session;
  stream->add("session", json_text(OrderedJson{{"session", *session}}));
  return stream;
}

SessionStream::~SessionStream() {
  if (session_ != 0 && !ended_) (void)sessions_.close(session_);
}

void SessionStream::on_event(const SessionEvent& event) {
  if (const auto* print = std::get_if<SessionEvent::Print>(&event.what)) {
    add_print(print->text);
  } else if (const auto* notice = std::get_if<SessionEvent::Notice>(&event.what)) {
    add("notice", text_json(notice->text));
  } else if (const auto* question = std::get_if<SessionQuestion>(&event.what)) {
    add("question", question_json(*question));
  } else if (const auto* result = std::get_if<SessionResult>(&event.what)) {
    add("result", result_json(*result));
  } else if (const auto* end = std::get_if<SessionEvent::Ended>(&event.what)) {
    add("ended", json_text(OrderedJson{{"why", as_utf8(end->why)}}));
    ended_ = true;
  }
}

void SessionStream::add_print(const std::string& text) {
  if (unread_ > kMostUnread) {
    dropped_bytes_ += text.size();
    return;
  }
  add("print", text_json(text));
}

void SessionStream::add(std::string_view name, const std::string& data) {
  if (const uint64_t dropped = std::exchange(dropped_bytes_, 0); dropped > 0) {
    add("notice", text_json(std::to_string(dropped) +
                            " bytes that were printed are not shown: nobody read them"));
  }
  const std::string event = sse_event(name, data);
  unread_ += event.size();
  text_.add(event);
  wake();
}

/// Later: what happens in a session is told from inside of it.
void SessionStream::wake() {
  if (std::exchange(waking_, true)) return;
  loop_.defer([weak = weak_from_this()] {
    const auto live = weak.lock();
    if (!live) return;
    live->waking_ = false;
    live->tell_readable();
  });
}

size_t SessionStream::read(char* to, size_t max) {
  const size_t size = text_.read(to, max);
  unread_ -= size;
  return size;
}

}  // namespace moondial
