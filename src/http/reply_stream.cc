#include "http/reply_stream.h"

#include <algorithm>
#include <cstring>

namespace moondial {

size_t PendingText::read(char* to, size_t max) {
  const size_t size = std::min(max, text_.size() - taken_);
  std::memcpy(to, text_.data() + taken_, size);
  taken_ += size;
  if (taken_ == text_.size()) {
    text_ = std::string();  // its room, too
    taken_ = 0;
  }
  return size;
}

std::string sse_event(std::string_view name, std::string_view data, std::string_view id) {
  std::string out;
  out.reserve(name.size() + data.size() + id.size() + 24);
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  out.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
  return out;
}

}  // namespace moondial
