#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "base/status.h"

namespace moondial {

/// The calls of the system that publishing is made of: a seam, at which tests refuse them, look at
/// their order, or stop between any two as a crash does. Blocking; any thread; no state.
class FileCalls {
 public:
  virtual ~FileCalls() = default;

  /// The real ones.
  [[nodiscard]] static FileCalls& system();

  /// Each of these returns 0 or an errno. None follows a symbolic link in the last component, but
  /// for set_mode(), which is for directories.
  [[nodiscard]] virtual int rename(const std::string& from, const std::string& to);
  /// Swaps two names in one step; EINVAL or ENOSYS where that cannot be done.
  [[nodiscard]] virtual int exchange(const std::string& one, const std::string& other);
  /// A second name for a file.
  [[nodiscard]] virtual int link(const std::string& from, const std::string& to);
  [[nodiscard]] virtual int make_directory(const std::string& path);
  /// An empty one.
  [[nodiscard]] virtual int remove_directory(const std::string& path);
  [[nodiscard]] virtual int set_mode(const std::string& path, mode_t mode);
  /// Writes a small file, in place of what it held. A crash may leave any part of it.
  [[nodiscard]] virtual int write_file(const std::string& path, const std::string& text);

  [[nodiscard]] virtual Status make_durable(std::span<const std::string> paths,
                                            std::span<const std::string> trees);
  [[nodiscard]] virtual Status remove_tree(const std::string& path);
};

}  // namespace moondial
