#pragma once

#include "engine/disk_space.h"

namespace moondial {

/// DiskSpace by statvfs(3).
class FileSystemSpace : public DiskSpace {
 public:
  [[nodiscard]] std::optional<DiskRoom> room(const std::string& folder) const override;
};

}  // namespace moondial
