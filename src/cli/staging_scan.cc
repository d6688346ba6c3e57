#include "cli/staging_scan.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace moondial {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".moondial~";

std::optional<uint64_t> attempt_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [last, error] = std::from_chars(name.data() + kPrefix.size(), end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

}  // namespace

StagingScan find_staging(const std::vector<std::string>& roots, size_t limit) {
  StagingScan out;
  size_t seen = 0;
  for (const std::string& root : roots) {
    std::error_code error;
    for (fs::recursive_directory_iterator
             at(root, fs::directory_options::skip_permission_denied, error),
         end;
         !error && at != end; at.increment(error)) {
      if (++seen > limit) {
        out.whole = false;
        break;
      }
      std::error_code ignored;
      if (at->is_symlink(ignored) || !at->is_directory(ignored)) continue;
      const std::string name = at->path().filename().string();
      const auto attempt = attempt_of(name);
      if (attempt) out.folders.push_back({at->path().string(), *attempt});
      if (attempt || name == ".moondial" || name == ".git") at.disable_recursion_pending();
    }
  }
  std::ranges::sort(out.folders, {}, &StagingFolder::path);
  const auto same = [](const StagingFolder& a, const StagingFolder& b) { return a.path == b.path; };
  out.folders.erase(std::unique(out.folders.begin(), out.folders.end(), same), out.folders.end());
  return out;
}

}  // namespace moondial
