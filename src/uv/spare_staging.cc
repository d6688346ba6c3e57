#include "uv/spare_staging.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "uv/target_paths.h"
#include "uv/unique_fd.h"

namespace moondial {
namespace {

/// In one directory. More are never needed at once than attempts are prepared.
constexpr size_t kMostKept = 128;

/// Whether it is a directory as we make them, with nothing in it.
bool is_empty(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(::open(path.c_str(), kFlags));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return false;
  // One that the work took from us, or took our rights to, is made anew.
  if (info.st_uid != ::geteuid() || (info.st_mode & S_IRWXU) != S_IRWXU) return false;
  const UniqueDir directory(::fdopendir(fd.get()));
  if (!directory) return false;
  static_cast<void>(fd.release());
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

}  // namespace

void SpareStaging::allow(const std::string& directory) {
  const std::scoped_lock lock(mutex_);
  kept_.try_emplace(directory);
}

bool SpareStaging::keep(const std::string& staging_directory) {
  const std::string directory = directory_of(staging_directory);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(directory);
    if (found == kept_.end() || found->second.size() >= kMostKept) return false;
  }
  if (!is_empty(staging_directory)) return false;
  const std::scoped_lock lock(mutex_);
  const auto found = kept_.find(directory);
  if (found == kept_.end()) return false;
  found->second.push_back(staging_directory);
  return true;
}

bool SpareStaging::take(const std::string& staging_directory) {
  const std::string directory = directory_of(staging_directory);
  while (const auto kept = pop(directory)) {
    if (calls_.rename(*kept, staging_directory) == 0) return true;
  }
  return false;
}

std::optional<std::string> SpareStaging::pop(const std::string& directory) {
  const std::scoped_lock lock(mutex_);
  const auto found = kept_.find(directory);
  if (found == kept_.end() || found->second.empty()) return std::nullopt;
  std::string kept = std::move(found->second.back());
  found->second.pop_back();
  return kept;
}

void SpareStaging::clear() {
  std::map<std::string, std::vector<std::string>> kept;
  {
    const std::scoped_lock lock(mutex_);
    kept.swap(kept_);
  }
  for (const auto& [directory, paths] : kept) {
    for (const std::string& path : paths) static_cast<void>(calls_.remove_directory(path));
  }
}

void remove_spare_staging(FileCalls& calls, const std::string& directory) {
  const UniqueDir open(::opendir(directory.c_str()));
  if (!open) return;
  std::vector<std::string> found;
  while (const dirent* entry = ::readdir(open.get())) {
    if (is_staging_name(entry->d_name)) found.push_back(join(directory, entry->d_name));
  }
  for (const std::string& path : found) static_cast<void>(calls.remove_directory(path));
}

}  // namespace moondial
