#include "cli/sse_parser.h"

#include <utility>

namespace moondial {

void SseParser::feed(std::string_view piece) {
  while (!piece.empty()) {
    if (std::exchange(after_cr_, false) && piece.front() == '\n') {
      piece.remove_prefix(1);
      continue;
    }
    const size_t end = piece.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      partial_.append(piece);
      return;
    }
    after_cr_ = piece[end] == '\r';
    if (partial_.empty()) {
      line(piece.substr(0, end));
    } else {
      partial_.append(piece.substr(0, end));
      line(std::exchange(partial_, {}));
    }
    piece.remove_prefix(end + 1);
  }
}

void SseParser::line(std::string_view text) {
  if (text.empty()) {
    if (std::exchange(has_data_, false)) {
      if (event_.name.empty()) event_.name = "message";
      on_event_(event_);
    }
    event_ = {};
    return;
  }
  const size_t colon = text.find(':');
  const std::string_view field = text.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") {
    event_.name = value;
  } else if (field == "data") {
    if (has_data_) event_.data += '\n';
    has_data_ = true;
    event_.data += value;
  }
}

}  // namespace moondial
