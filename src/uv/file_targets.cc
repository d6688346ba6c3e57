#include "uv/file_targets.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "uv/durable.h"

namespace moondial {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStagingPrefix = ".moondial~";
constexpr int kMaxLinks = 40;  // as the kernel

std::string in_quotes(const std::string& path) { return "'" + path + "'"; }

/// Of an absolute path: everything before the last slash, "/" for the root's entries.
std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string join(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// What an output of that final path replaces: the end of a chain of symbolic links.
Result<std::string> follow_links(std::string path) {
  for (int links = 0; links < kMaxLinks; ++links) {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (size < 0) return path;  // no link, or nothing at all
    const std::string to(buffer.data(), static_cast<size_t>(size));
    path = to.starts_with('/') ? to : join(directory_of(path), to);
    // Not by text alone: `..` after a linked directory leads elsewhere.
    std::error_code error;
    const fs::path directory = fs::weakly_canonical(directory_of(path), error);
    if (!error) path = join(directory.string(), name_of(path));
  }
  return file_error("cannot write " + in_quotes(path), ELOOP);
}

Status check_path(const std::string& path) {
  const std::string name = name_of(path);
  if (!path.starts_with('/') || name.empty() || name == "." || name == ".." ||
      path.find('\0') != std::string::npos) {
    return {Code::kInvalid, "an output needs the absolute path of a file, not " + in_quotes(path)};
  }
  return {};
}

StagedOutput staged(AttemptId attempt, std::string final_path) {
  const std::string staging = std::string(kStagingPrefix) + std::to_string(attempt.value);
  std::string path = join(join(directory_of(final_path), staging), name_of(final_path));
  return {std::move(final_path), std::move(path)};
}

/// mkdir -p.
Status make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  if (errno == EEXIST) {
    if (is_directory(path)) return {};
    errno = ENOTDIR;
  }
  if (errno == ENOENT && path != "/") {
    Status parent = make_directories(directory_of(path));
    if (!parent.ok()) return parent;
    if (::mkdir(path.c_str(), 0777) == 0 || (errno == EEXIST && is_directory(path))) return {};
  }
  return file_error("cannot make directory " + in_quotes(path), errno);
}

/// Makes a staging directory that is empty, whatever an earlier try left there.
Status make_staging(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  if (errno == EEXIST) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return file_error("cannot remove " + in_quotes(path), error.value());
    if (::mkdir(path.c_str(), 0777) == 0) return {};
  }
  return file_error("cannot write in directory " + in_quotes(directory_of(path)), errno);
}

/// Removes a staging directory and whatever is in it, as far as that can be done; no other one.
void remove_staging(const std::string& path) {
  assert(name_of(path).starts_with(kStagingPrefix));
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return;
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::set<std::string> staging_directories(std::span<const StagedOutput> outputs) {
  std::set<std::string> directories;
  for (const StagedOutput& output : outputs) {
    directories.insert(directory_of(output.staging_path));
  }
  return directories;
}

bool is_there(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

Error is_a_directory(const std::string& path) {
  return {Code::kInvalid,
          "cannot write " + in_quotes(path) + ": it is a directory, and the output is a file",
          {}};
}

Status publish_one(const StagedOutput& output) {
  if (std::rename(output.staging_path.c_str(), output.final_path.c_str()) == 0) return {};
  const int error = errno;
  if (error == ENOENT && !is_there(output.staging_path)) {
    if (is_there(output.final_path)) return {};  // an earlier publish() got that far
    return {Code::kIo, "cannot publish " + in_quotes(output.final_path) +
                           ": neither it nor what was staged for it exists"};
  }
  return file_error("cannot publish " + in_quotes(output.final_path), error);
}

}  // namespace

bool FileTargets::exists(const std::string& path) const {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

std::vector<StagedOutput> FileTargets::locate(AttemptId attempt,
                                              std::span<const std::string> final_paths) const {
  std::vector<StagedOutput> outputs;
  outputs.reserve(final_paths.size());
  for (const std::string& path : final_paths) {
    Result<std::string> followed = follow_links(path);
    outputs.push_back(staged(attempt, followed.ok() ? std::move(followed).value() : path));
  }
  return outputs;
}

Result<std::vector<StagedOutput>> FileTargets::stage(AttemptId attempt,
                                                     std::span<const std::string> final_paths) {
  std::vector<StagedOutput> outputs;
  outputs.reserve(final_paths.size());
  std::set<std::string> taken;
  for (const std::string& path : final_paths) {
    if (Status status = check_path(path); !status.ok()) return status.error();
    Result<std::string> followed = follow_links(path);
    if (!followed.ok()) return followed.error();
    if (is_directory(*followed)) return is_a_directory(*followed);
    if (!taken.insert(*followed).second) {
      return {Code::kConflict, "two outputs are the same file: " + in_quotes(*followed)};
    }
    outputs.push_back(staged(attempt, std::move(followed).value()));
  }
  for (const std::string& directory : staging_directories(outputs)) {
    Status status = make_directories(directory_of(directory));
    if (status.ok()) status = make_staging(directory);
    if (status.ok()) continue;
    discard(outputs);
    return status.error();
  }
  return outputs;
}

std::vector<size_t> FileTargets::missing(std::span<const StagedOutput> outputs) const {
  std::vector<size_t> indices;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!exists(outputs[i].staging_path)) indices.push_back(i);
  }
  return indices;
}

Status FileTargets::sync(std::span<const StagedOutput> outputs) {
  std::set<std::string> directories = staging_directories(outputs);
  std::vector<std::string> paths;
  for (const StagedOutput& output : outputs) {
    if (is_directory(output.staging_path)) {
      return {Code::kInvalid,
              "output " + in_quotes(output.final_path) + " was made as a directory, not as a file"};
    }
    paths.push_back(output.staging_path);
    directories.insert(directory_of(output.final_path));  // it holds the staging directory's name
  }
  paths.insert(paths.end(), directories.begin(), directories.end());
  return make_durable(paths);
}

Status FileTargets::publish(std::span<const StagedOutput> outputs) {
  for (const StagedOutput& output : outputs) {
    if (is_directory(output.final_path)) return is_a_directory(output.final_path);
  }
  std::set<std::string> directories;
  for (const StagedOutput& output : outputs) {
    if (Status status = publish_one(output); !status.ok()) return status;
    directories.insert(directory_of(output.final_path));
  }
  discard(outputs);  // what the work left beside its outputs
  return make_durable(std::vector<std::string>(directories.begin(), directories.end()));
}

void FileTargets::discard(std::span<const StagedOutput> outputs) {
  for (const std::string& directory : staging_directories(outputs)) {
    remove_staging(directory);
  }
}

}  // namespace moondial
