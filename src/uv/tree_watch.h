#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/status.h"
#include "engine/event_loop.h"
#include "uv/unique_fd.h"

namespace moondial {

/// Notices changes of a project's Lua files: moondial.lua, and all beneath pipelines/ and lib/,
/// where links to folders are followed. What is hidden, and what is no Lua file and no folder, is
/// not looked at. A file that is a link is not seen to change when what it points to does. Loop
/// thread.
class TreeWatch {
 public:
  /// Calls `on_change` for every change, once or more. An error: the system watches nothing more
  /// for us (inotify(7)).
  [[nodiscard]] static Result<std::unique_ptr<TreeWatch>> start(EventLoop& loop, std::string root,
                                                                std::function<void()> on_change);

 private:
  TreeWatch(UniqueFd fd, std::string root, std::function<void()> on_change)
      : fd_(std::move(fd)), root_(std::move(root)), on_change_(std::move(on_change)) {}

  Status scan();
  Status add(const std::string& path, bool is_root);
  void read_events();

  UniqueFd fd_;
  const std::string root_;
  const std::function<void()> on_change_;
  std::map<int, bool> is_root_;  // by watch
  std::unique_ptr<FdWatch> watch_;
};

}  // namespace moondial
