#include "lua/folder_look.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace moondial::script {
namespace {

/// Fewer are asked for one by one.
constexpr size_t kFewest = 64;
/// To read the names of so many files costs about what it takes to ask for one.
constexpr size_t kNamesForOne = 8;
/// A folder's size over this is about the number of its files: a guess, and no more.
constexpr off_t kBytesOfName = 24;

bool is_there(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

/// Null if there are more than `most`, or it cannot be read.
std::unique_ptr<TextTable> read_names(DIR* folder, size_t most) {
  auto names = std::make_unique<TextTable>();
  size_t read = 0;
  while (const dirent* entry = ::readdir(folder)) {
    if (++read > most) return nullptr;
    // A link may lead nowhere; an unknown type may be one.
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN) names->add(entry->d_name);
  }
  return names;
}

}  // namespace

FolderLook::Folder& FolderLook::folder_of(std::string_view path) {
  if (last_ == nullptr || last_path_ != path) {
    last_path_ = path;
    last_ = &folders_.try_emplace(last_path_, Folder{0, kFewest, nullptr}).first->second;
  }
  return *last_;
}

/// Reads the folder if as many have been asked for as make that worth it.
void FolderLook::consider_reading(Folder& folder, const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat info {};
  DIR* const opened = fd >= 0 && ::fstat(fd, &info) == 0 ? ::fdopendir(fd) : nullptr;
  if (opened == nullptr) {
    if (fd >= 0) ::close(fd);
    folder.read_at = SIZE_MAX;
    return;
  }
  const size_t guess = static_cast<size_t>(info.st_size / kBytesOfName) / kNamesForOne;
  if (guess <= folder.asked) {
    folder.names = read_names(opened, folder.asked * kNamesForOne * 4);
    folder.read_at = SIZE_MAX;
  } else {
    folder.read_at = std::max(guess, folder.asked * 2);
  }
  ::closedir(opened);
}

bool FolderLook::exists(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == path.size()) return is_there(path);
  const std::string_view whole(path);
  Folder& folder = folder_of(whole.substr(0, slash));
  if (++folder.asked == folder.read_at) consider_reading(folder, last_path_);
  if (folder.names && folder.names->contains(whole.substr(slash + 1))) return true;
  return is_there(path);
}

}  // namespace moondial::script
