#include "uv/glob_files.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace moondial {
namespace {

std::vector<std::string> parts_of(std::string_view glob) {
  std::vector<std::string> parts;
  while (!glob.empty()) {
    const size_t slash = std::min(glob.find('/'), glob.size());
    if (slash > 0 && glob.substr(0, slash) != ".") parts.emplace_back(glob.substr(0, slash));
    glob.remove_prefix(std::min(slash + 1, glob.size()));
  }
  return parts;
}

bool is_pattern(const std::string& part) {
  return part.find_first_of("*?[\\") != std::string::npos;
}

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

std::string stamp_of(const struct stat& info) {
  return std::to_string(info.st_size) + "-" + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec) + "-" + std::to_string(info.st_ino);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), ::closedir);
  if (!handle) return names;
  while (const dirent* entry = ::readdir(handle.get())) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

class Search {
 public:
  explicit Search(std::string base) : base_(std::move(base)) {}

  /// What `parts` match beneath a folder, which is named from the base with a slash at its end, or
  /// not at all.
  void look(const std::string& folder, std::span<const std::string> parts) {
    const std::string& part = parts.front();
    const auto rest = parts.subspan(1);
    if (part == "**") {
      if (!rest.empty()) look(folder, rest);
      for (const std::string& name : list(folder)) {
        if (name.starts_with('.')) continue;
        if (rest.empty()) found(folder + name);
        if (is_folder(folder + name, false)) look(folder + name + "/", parts);
      }
      return;
    }
    if (!is_pattern(part)) return went(folder, part, rest);
    for (const std::string& name : list(folder)) {
      if (matches(part, name)) went(folder, name, rest);
    }
  }

  GlobFiles take() {
    GlobFiles out;
    for (auto& [path, stamp] : files_) out.files.push_back({path, stamp});
    out.folders.assign(folders_.begin(), folders_.end());
    return out;
  }

 private:
  std::vector<std::string> list(const std::string& folder) {
    const std::string path = base_ + folder;
    folders_.insert(path);
    return names_in(path);
  }

  void went(const std::string& folder, const std::string& name, std::span<const std::string> rest) {
    if (rest.empty()) {
      folders_.insert(base_ + folder);
      return found(folder + name);
    }
    if (is_folder(folder + name)) return look(folder + name + "/", rest);
    folders_.insert(base_ + folder);  // it may come about there
  }

  void found(const std::string& path) {
    struct stat info {};
    if (::stat((base_ + path).c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
    files_.emplace(path, stamp_of(info));
  }

  [[nodiscard]] bool is_folder(const std::string& path, bool follow_links = true) const {
    struct stat info {};
    const auto look_at = follow_links ? ::stat : ::lstat;
    return look_at((base_ + path).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  const std::string base_;
  std::set<std::pair<std::string, std::string>> files_;
  std::set<std::string> folders_;
};

}  // namespace

GlobFiles find_glob(const std::string& root, const std::string& glob) {
  const std::vector<std::string> parts = parts_of(glob);
  if (parts.empty()) return {};
  const bool is_absolute = glob.starts_with('/');
  Search search(is_absolute ? "" : root + "/");
  search.look(is_absolute ? "/" : "", parts);
  return search.take();
}

}  // namespace moondial
