#pragma once

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

namespace moondial {

/// Hands over the events that wait at a descriptor of inotify(7), which does not block.
inline void read_inotify(int fd, const std::function<void(const inotify_event&)>& on_event) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      on_event(*event);
    }
  }
}

}  // namespace moondial
