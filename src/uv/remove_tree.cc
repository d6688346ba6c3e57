#include "uv/remove_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "uv/durable.h"
#include "uv/target_paths.h"
#include "uv/unique_fd.h"

// How this works. Names are taken relative to open directories, so that no path gets too long and
// no link is followed. Each level costs a descriptor: what lies deeper than kMaxDepth is moved up
// into the top directory, and removed from there.

namespace moondial {
namespace {

constexpr int kMaxDepth = 32;
constexpr mode_t kOwnerAll = S_IRWXU;

/// Opens a directory that may forbid even that. O_PATH needs no permission on it, and through /proc
/// the mode of exactly this directory is changed.
UniqueFd open_forbidden(int parent, const char* name) {
  const UniqueFd handle(::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!handle) return {};
  const std::string self = "/proc/self/fd/" + std::to_string(handle.get());
  if (::chmod(self.c_str(), kOwnerAll) != 0) return {};
  return UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// Opens a directory for its entries to be removed. None: errno says why.
UniqueDir open_to_empty(int parent, const char* name) {
  UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == EACCES) fd = open_forbidden(parent, name);
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return nullptr;
  if ((info.st_mode & kOwnerAll) != kOwnerAll) {
    static_cast<void>(::fchmod(fd.get(), info.st_mode | kOwnerAll));  // removing tells the error
  }
  DIR* directory = ::fdopendir(fd.get());
  if (directory != nullptr) static_cast<void>(fd.release());
  return UniqueDir(directory);
}

class TreeRemover {
 public:
  /// Whether it has gone.
  bool remove(int parent, const char* name, int depth) {
    if (removed(parent, name, 0)) return true;
    return errno == EISDIR ? remove_directory(parent, name, depth) : failed();
  }

  [[nodiscard]] int error() const { return error_; }

 private:
  bool remove_directory(int parent, const char* name, int depth) {
    if (removed(parent, name, AT_REMOVEDIR)) return true;
    if (errno != ENOTEMPTY && errno != EEXIST) return failed();
    const UniqueDir directory = open_to_empty(parent, name);
    if (!directory) return failed();
    if (depth == 0) top_ = ::dirfd(directory.get());
    if (depth == kMaxDepth) return move_up(parent, name);
    // More than once: entries may be passed over while others go, and some are moved up meanwhile.
    while (empty(directory.get(), depth)) {
      if (removed(parent, name, AT_REMOVEDIR)) return true;
    }
    return removed(parent, name, AT_REMOVEDIR) || failed();
  }

  static bool removed(int parent, const char* name, int flags) {
    return ::unlinkat(parent, name, flags) == 0 || errno == ENOENT;
  }

  bool failed() {
    if (errno != ENOTEMPTY || error_ == 0) error_ = errno;
    return false;
  }

  /// One pass over the entries; whether any has gone.
  bool empty(DIR* directory, int depth) {
    bool any = false;
    ::rewinddir(directory);
    while (const dirent* entry = ::readdir(directory)) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      any = remove(::dirfd(directory), entry->d_name, depth + 1) || any;
    }
    return any;
  }

  bool move_up(int parent, const char* name) {
    do {
      const std::string above = ".moondial~deep~" + std::to_string(++moved_);
      if (::renameat(parent, name, top_, above.c_str()) == 0) return true;
    } while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);  // the name is taken
    return failed();
  }

  int top_ = -1;
  int moved_ = 0;
  int error_ = 0;
};

}  // namespace

Status remove_tree(const std::string& path) {
  TreeRemover remover;
  if (remover.remove(AT_FDCWD, without_slash(path).c_str(), 0)) return {};
  return file_error("cannot remove " + in_quotes(path), remover.error());
}

}  // namespace moondial
