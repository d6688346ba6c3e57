#include "cli/project.h"

#include <filesystem>
#include <system_error>

namespace moondial {
namespace {

namespace fs = std::filesystem;

bool is_root(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "moondial.lua", ignored) ||
         fs::is_directory(folder / "pipelines", ignored);
}

Project project_at(const fs::path& root) {
  Project out;
  out.root = root.string();
  out.state_dir = (root / ".moondial").string();
  out.socket_path = out.state_dir + "/engine.sock";
  out.engine_log = out.state_dir + "/engine.log";
  return out;
}

}  // namespace

Result<Project> find_project(const std::string& directory) {
  std::error_code error;
  const fs::path start = fs::canonical(directory.empty() ? "." : directory, error);
  if (error) return Error{Code::kInvalid, directory + ": " + error.message(), {}};
  if (!directory.empty()) {
    if (is_root(start)) return project_at(start);
    return Error{Code::kInvalid,
                 directory +
                     " is no moondial project: it has neither moondial.lua nor a folder "
                     "pipelines/",
                 {}};
  }
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (is_root(folder)) return project_at(folder);
    if (folder == folder.parent_path()) break;
  }
  return Error{Code::kInvalid,
               "no moondial project here: neither " + start.string() +
                   " nor a folder above it has moondial.lua or a folder pipelines/; go there, or "
                   "name it with -C DIR",
               {}};
}

}  // namespace moondial
