#include "uv/holder/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace moondial::hold {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr size_t kIdleBytes = size_t{16} << 10;  // memory that may stay taken for nothing

}  // namespace

bool Output::read(int pipe, bool at_end) {
  static char buffer[kReadBytes];
  while (at_end || !full()) {
    const ssize_t got = ::read(pipe, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    kept_.append(buffer, static_cast<size_t>(got));
    if (got < static_cast<ssize_t>(sizeof buffer) && !at_end) return true;
  }
  return true;
}

std::string_view Output::after(uint64_t from, size_t most) const {
  return std::string_view(kept_).substr(static_cast<size_t>(from - logged_.bytes), most);
}

void Output::logged(Position up_to) {
  if (up_to.bytes < logged_.bytes || up_to.bytes > end()) return;
  kept_.erase(0, static_cast<size_t>(up_to.bytes - logged_.bytes));
  logged_ = up_to;
  if (kept_.empty() && kept_.capacity() > kIdleBytes) std::string().swap(kept_);
}

}  // namespace moondial::hold
