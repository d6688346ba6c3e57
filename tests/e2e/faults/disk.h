#pragma once

#include <filesystem>
#include <string>

namespace moondial::e2e {

/// A small file system of its own, in memory, that this process and what it starts see at a
/// directory. Goes with this.
class SmallDisk {
 public:
  /// `options` as mount(8) takes them for a tmpfs: "size=256k".
  SmallDisk(std::filesystem::path at, const std::string& options);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// With other options: "size=4m", "ro".
  void remount(const std::string& options) const;

  /// Whether this process may mount; it has mounts of its own from then on. If not, says that the
  /// test is skipped, and why.
  static bool is_possible();

 private:
  const std::filesystem::path at_;
};

}  // namespace moondial::e2e
