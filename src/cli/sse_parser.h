#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace moondial {

/// A server-sent event.
struct SseEvent {
  std::string name;  ///< "message" if it names none
  std::string data;
};

/// Reads a stream of server-sent events (WHATWG HTML, 9.2.6) from pieces of any size.
class SseParser {
 public:
  explicit SseParser(std::function<void(const SseEvent&)> on_event)
      : on_event_(std::move(on_event)) {}

  void feed(std::string_view piece);

 private:
  void line(std::string_view text);

  std::function<void(const SseEvent&)> on_event_;
  std::string partial_;  // of a line
  bool after_cr_ = false;
  bool has_data_ = false;
  SseEvent event_;
};

}  // namespace moondial
