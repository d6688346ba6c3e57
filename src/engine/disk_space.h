#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace moondial {

/// The room on a file system.
struct DiskRoom {
  int64_t free_bytes = 0;  ///< that this process may still write
  int64_t size_bytes = 0;
};

/// What file systems have room for. Any thread; no state but theirs.
class DiskSpace {
 public:
  virtual ~DiskSpace() = default;

  /// Of the file system of `folder`, or where there is no such folder yet, of the nearest one above
  /// it. Nothing if the system does not say.
  [[nodiscard]] virtual std::optional<DiskRoom> room(const std::string& folder) const = 0;
};

}  // namespace moondial
