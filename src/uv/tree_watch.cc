#include "uv/tree_watch.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "uv/inotify_events.h"

namespace moondial {
namespace {

constexpr uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                             IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;

/// The folders in `path`, links to folders among them.
std::vector<std::string> folders_in(const std::string& path) {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(path.c_str()), ::closedir);
  if (!handle) return out;
  while (const dirent* entry = ::readdir(handle.get())) {
    const std::string_view name(entry->d_name);
    if (name.starts_with('.') || name.starts_with('#')) continue;
    if (entry->d_type == DT_REG) continue;
    std::string full = path + "/" + std::string(name);
    struct stat info {};
    if (::stat(full.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) out.push_back(std::move(full));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<TreeWatch>> TreeWatch::start(EventLoop& loop, std::string root,
                                                    std::function<void()> on_change) {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) {
    return Error{Code::kIo, std::string("files cannot be watched: ") + std::strerror(errno), {}};
  }
  const int number = fd.get();
  std::unique_ptr<TreeWatch> out(
      new TreeWatch(std::move(fd), std::move(root), std::move(on_change)));
  if (const Status status = out->scan(); !status.ok()) return status.error();
  TreeWatch* const self = out.get();
  out->watch_ = loop.watch(number, {true, false}, [self](Readiness) { self->read_events(); });
  return out;
}

Status TreeWatch::add(const std::string& path, bool is_root) {
  const int watch = ::inotify_add_watch(fd_.get(), path.c_str(), kEvents | IN_ONLYDIR);
  if (watch >= 0) {
    is_root_[watch] = is_root;
    return Status();
  }
  if (errno == ENOENT || errno == ENOTDIR) return Status();  // it has just gone
  return Status(Code::kIo, path + " cannot be watched: " + std::strerror(errno) +
                               (errno == ENOSPC ? " (fs.inotify.max_user_watches)" : ""));
}

/// Watches every folder that there is now; those that are watched stay so.
Status TreeWatch::scan() {
  if (Status status = add(root_, true); !status.ok()) return status;
  std::set<std::pair<dev_t, ino_t>> seen;
  std::vector<std::string> pending = {root_ + "/pipelines", root_ + "/lib"};
  while (!pending.empty()) {
    const std::string path = std::move(pending.back());
    pending.pop_back();
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) continue;
    if (!seen.emplace(info.st_dev, info.st_ino).second) continue;
    if (Status status = add(path, false); !status.ok()) return status;
    for (std::string& folder : folders_in(path)) pending.push_back(std::move(folder));
  }
  return Status();
}

void TreeWatch::read_events() {
  bool changed = false;
  bool folders_changed = false;
  read_inotify(fd_.get(), [&](const inotify_event& event) {
    const std::string_view name = event.len > 0 ? std::string_view(event.name) : "";
    if ((event.mask & IN_IGNORED) != 0) {
      is_root_.erase(event.wd);
      return;
    }
    const auto known = is_root_.find(event.wd);
    const bool is_lost = (event.mask & IN_Q_OVERFLOW) != 0;
    const bool is_folder =
        (event.mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW)) != 0;
    if (known == is_root_.end() && !is_lost) return;
    if (known != is_root_.end() && known->second) {
      if (name != "moondial.lua" && name != "pipelines" && name != "lib") return;
    } else if (name.starts_with('.') || name.starts_with('#')) {
      return;
    } else if (!is_folder && !name.ends_with(".lua")) {
      // A link to a folder comes as a file.
      if ((event.mask & (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM)) == 0) return;
      folders_changed = true;
      return;
    }
    changed = true;
    folders_changed = folders_changed || is_folder || !name.ends_with(".lua");
  });
  const size_t before = is_root_.size();
  if (folders_changed) (void)scan();
  if (changed || is_root_.size() != before) on_change_();
}

}  // namespace moondial
