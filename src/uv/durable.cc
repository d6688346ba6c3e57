#include "uv/durable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "uv/target_paths.h"
#include "uv/unique_fd.h"

// How this works. Each fsync is one flush of the disk's cache, whatever its file's size; a syncfs
// is also one, for all files of the file system, but it writes what others have left to be written,
// too. On a virtual disk with ext4 (medians): one file of 4 kB and its two directories by fsync 16
// ms, by syncfs 8 ms; 16 files 157 ms and 11 ms; 256 files 3,260 ms and 29 ms; 64 MB of others add
// about 16 ms to a syncfs there, and would 300 ms on a slow disk. So syncfs it is, unless others
// have much to write and we have little. A tree is walked only until that is decided: what is not
// fsynced need not be known.

namespace moondial {
namespace {

constexpr size_t kFsyncsAtRest = 3;
constexpr int64_t kDirtyBytesPerFsync = int64_t{8} << 20;

Error not_durable(const std::string& path, int error) {
  return file_error("cannot make " + in_quotes(path) + " durable", error);
}

/// Bytes in the page cache that wait to be written, of all file systems; 0 if unknown.
int64_t dirty_bytes() {
  const UniqueFd fd(::open("/proc/meminfo", O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer{};
  const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size() - 1) : 0;
  const std::string_view text(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
  const size_t at = text.find("\nDirty:");
  return at == std::string_view::npos ? 0 : std::atoll(text.data() + at + 7) * 1024;
}

/// The same as it was a moment ago: the kernel counts everything for an answer.
int64_t recent_dirty_bytes() {
  using Clock = std::chrono::steady_clock;
  constexpr auto kMoment = std::chrono::milliseconds(50);
  static std::mutex mutex;
  static int64_t bytes = 0;
  static Clock::time_point due;
  const std::scoped_lock lock(mutex);
  if (Clock::now() >= due) {
    bytes = dirty_bytes();
    due = Clock::now() + kMoment;
  }
  return bytes;
}

struct Target {
  std::string path;
  dev_t device = 0;
};

/// What is to be written.
struct WriteSet {
  std::vector<Target> list;
  int64_t bytes = 0;
  bool at_once = false;  ///< syncfs it is, whatever else there is: the list need not go on
  size_t enough = 0;     ///< entries of trees after which that is so
};

/// Opens what may be fsynced; a file that we may only write is opened so. None: we may do neither.
UniqueFd open_for_sync(const std::string& path) {
  constexpr int kFlags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | kFlags));
  if (!fd && errno == EACCES) {
    fd.reset(::open(path.c_str(), O_WRONLY | kFlags));
    if (!fd && errno == EISDIR) errno = EACCES;
  }
  return fd;
}

/// Writes the whole file system that holds `path`.
Status sync_file_system(const std::string& path) {
  UniqueFd fd = open_for_sync(path);
  if (!fd && errno == EACCES) {  // its directory is on the same file system
    fd = open_for_sync(path.substr(0, path.rfind('/') + 1));
  }
  if (!fd || ::syncfs(fd.get()) != 0) return not_durable(path, errno);
  return {};
}

Status sync_one(const std::string& path) {
  const UniqueFd fd = open_for_sync(path);
  if (!fd && errno == EACCES) return sync_file_system(path);
  if (!fd || ::fsync(fd.get()) != 0) return not_durable(path, errno);
  return {};
}

void add(const std::string& path, const struct stat& info, WriteSet& set) {
  if (S_ISREG(info.st_mode)) set.bytes += info.st_size;
  set.list.push_back({path, info.st_dev});
}

Status add_path(const std::string& path, WriteSet& set) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return not_durable(path, errno);
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
    return {Code::kInvalid, in_quotes(path) + " is not a regular file"};
  }
  add(path, info, set);
  return {};
}

/// Adds an entry of a directory: a file to the set, a directory to those that are yet to be added.
Status add_entry(int parent, const std::string& path, WriteSet& set,
                 std::vector<std::string>& directories) {
  struct stat info {};
  if (::fstatat(parent, name_of(path).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != EACCES) return not_durable(path, errno);
    set.at_once = true;
    return {};
  }
  if (S_ISREG(info.st_mode)) add(path, info, set);
  if (S_ISDIR(info.st_mode)) directories.push_back(path);
  if (set.list.size() >= set.enough || path.size() >= PATH_MAX) set.at_once = true;
  return {};
}

/// What is in a directory. If we may not list it, syncfs is what is left.
Status add_entries(const std::string& path, WriteSet& set, std::vector<std::string>& directories) {
  const UniqueDir directory(::opendir(path.c_str()));
  if (!directory) {
    if (errno != EACCES) return not_durable(path, errno);
    set.at_once = true;
    return {};
  }
  while (const dirent* entry = set.at_once ? nullptr : ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    Status status = add_entry(::dirfd(directory.get()), join(path, name), set, directories);
    if (!status.ok()) return status;
  }
  return {};
}

/// The directory itself in any case: through it syncfs finds its file system.
Status add_tree(const std::string& path, WriteSet& set) {
  std::vector<std::string> directories{without_slash(path)};
  do {
    const std::string directory = std::move(directories.back());
    directories.pop_back();
    Status status = add_path(directory, set);
    if (status.ok()) status = add_entries(directory, set, directories);
    if (!status.ok()) return status;
  } while (!directories.empty() && !set.at_once);
  return {};
}

}  // namespace

size_t fsyncs_worth_a_syncfs(int64_t dirty_bytes) {
  return kFsyncsAtRest +
         static_cast<size_t>(std::max<int64_t>(dirty_bytes, 0) / kDirtyBytesPerFsync);
}

Status make_durable(std::span<const std::string> paths, std::span<const std::string> trees) {
  WriteSet set;
  for (const std::string& path : paths) {
    if (Status status = add_path(path, set); !status.ok()) return status;
  }
  const int64_t dirty = recent_dirty_bytes();
  set.enough = fsyncs_worth_a_syncfs(dirty);
  for (const std::string& tree : trees) {
    if (Status status = add_tree(tree, set); !status.ok()) return status;
  }
  const bool all_at_once =
      set.at_once || (set.list.size() >= kFsyncsAtRest &&
                      set.list.size() >= fsyncs_worth_a_syncfs(dirty - set.bytes));
  std::set<dev_t> written;
  for (const Target& target : set.list) {
    if (all_at_once && !written.insert(target.device).second) continue;
    Status status = all_at_once ? sync_file_system(target.path) : sync_one(target.path);
    if (!status.ok()) return status;
  }
  return {};
}

Error nothing_to_publish(const std::string& final_path) {
  return {Code::kNotFound,
          "cannot publish '" + final_path + "': neither it nor what was staged for it exists",
          {}};
}

Error file_error(const std::string& text, int error) {
  return {Code::kIo, text + ": " + std::generic_category().message(error), {}};
}

}  // namespace moondial
