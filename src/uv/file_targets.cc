#include "uv/file_targets.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "uv/durable.h"
#include "uv/folder_swap.h"
#include "uv/target_paths.h"
#include "uv/unique_fd.h"

namespace moondial {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as the kernel

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_there(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

/// What an output of that final path replaces: the end of a chain of symbolic links.
Result<std::string> follow_links(std::string path) {
  for (int links = 0; links < kMaxLinks; ++links) {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (size < 0) return path;  // no link, or nothing at all
    const std::string to(buffer.data(), static_cast<size_t>(size));
    path = without_slash(to.starts_with('/') ? to : join(directory_of(path), to));
    // Not by text alone: `..` after a linked directory leads elsewhere.
    std::error_code error;
    const std::string name = name_of(path);
    const bool is_dots = name.empty() || name == "." || name == "..";
    const fs::path known = fs::weakly_canonical(is_dots ? path : directory_of(path), error);
    if (!error) path = is_dots ? known.string() : join(known.string(), name);
  }
  return file_error("cannot write " + in_quotes(path), ELOOP);
}

/// Whether an output of that path may take the place of what is there.
Status check_kind(const std::string& final_path) {
  const std::string bare = without_slash(final_path);
  if (!is_folder_path(final_path)) {
    if (!is_directory(bare)) return {};
    return {Code::kInvalid, "cannot write " + in_quotes(final_path) +
                                ": it is a directory, and the output is a file"};
  }
  if (is_directory(bare) || !is_there(bare)) return {};
  return {Code::kInvalid,
          "cannot write " + in_quotes(final_path) + ": " + in_quotes(bare) +
              " is there and is no folder; remove it, or name the output otherwise"};
}

Status check_path(const std::string& path) {
  const std::string bare = without_slash(path);
  const std::string name = bare.substr(bare.rfind('/') + 1);
  if (!path.starts_with('/') || name.empty() || name == "." || name == ".." ||
      path.find('\0') != std::string::npos) {
    return {Code::kInvalid,
            "an output needs the absolute path of a file or folder, not " + in_quotes(path)};
  }
  if (name.starts_with(kStagingPrefix)) {
    return {Code::kInvalid, "cannot write " + in_quotes(path) + ": names that begin with " +
                                in_quotes(std::string(kStagingPrefix)) +
                                " are those of staging directories; give the output another"};
  }
  return {};
}

std::string staging_name(const StagedOutput& output) {
  return name_of(directory_of(output.staging_path));
}

/// What replaces `path` under its final name, and whether that can be.
Result<std::string> final_path_of(const std::string& path) {
  if (Status status = check_path(path); !status.ok()) return status.error();
  Result<std::string> followed = follow_links(without_slash(path));
  if (!followed.ok()) return followed;
  std::string final_path = *followed + (is_folder_path(path) ? "/" : "");
  Status status = check_path(final_path);  // links may lead to the root
  if (status.ok()) status = check_kind(final_path);
  if (!status.ok()) return status.error();
  return final_path;
}

StagedOutput staged(AttemptId attempt, std::string final_path) {
  const std::string staging = std::string(kStagingPrefix) + std::to_string(attempt.value);
  std::string path = join(join(directory_of(final_path), staging), name_of(final_path));
  if (is_folder_path(final_path)) path += '/';
  return {std::move(final_path), std::move(path)};
}

/// One text for all paths of a file, whatever links lead to its directory.
std::string one_spelling(const std::string& path, std::map<std::string, std::string>& directories) {
  const std::string directory = directory_of(path);
  const auto [known, is_new] = directories.emplace(directory, directory);
  if (is_new) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(directory, error);
    if (!error) known->second = canonical.string();
  }
  return join(known->second, name_of(path));
}

Status check_apart(const std::vector<StagedOutput>& outputs) {
  if (outputs.size() < 2) return {};
  std::map<std::string, std::string> directories;
  std::map<std::string, std::string> taken;
  for (const StagedOutput& output : outputs) {
    const std::string& path = output.final_path;
    const auto [first, is_new] = taken.emplace(one_spelling(path, directories), path);
    if (is_new) continue;
    return {Code::kConflict, first->second == path && !is_folder_path(path)
                                 ? "two outputs are the same file: " + in_quotes(path)
                                 : "two outputs are the same path: " + in_quotes(first->second) +
                                       " and " + in_quotes(path)};
  }
  for (const auto& [spelling, path] : taken) {
    for (size_t slash = spelling.rfind('/'); slash != 0; slash = spelling.rfind('/', slash - 1)) {
      const auto around = taken.find(spelling.substr(0, slash));
      if (around == taken.end() || !is_folder_path(around->second)) continue;
      return {Code::kConflict, "the output " + in_quotes(path) + " lies in the output " +
                                   in_quotes(around->second) +
                                   ": declare the folder alone, or move one of them elsewhere"};
    }
  }
  return {};
}

/// mkdir -p.
Status make_directories(FileCalls& calls, const std::string& path) {
  int error = calls.make_directory(path);
  if (error == ENOENT && path != "/") {
    Status parent = make_directories(calls, directory_of(path));
    if (!parent.ok()) return parent;
    error = calls.make_directory(path);
  }
  if (error == EEXIST) error = is_directory(path) ? 0 : ENOTDIR;
  if (error == 0) return {};
  return file_error("cannot make directory " + in_quotes(path), error);
}

std::set<std::string> staging_directories(std::span<const StagedOutput> outputs) {
  std::set<std::string> directories;
  for (const StagedOutput& output : outputs) {
    directories.insert(directory_of(output.staging_path));
  }
  return directories;
}

/// Makes what an attempt writes to; nothing is there yet.
Status make_all(FileCalls& calls, SpareStaging& spares, const std::vector<StagedOutput>& outputs) {
  for (const std::string& directory : staging_directories(outputs)) {
    if (spares.take(directory)) continue;
    const std::string parent = directory_of(directory);
    if (Status status = make_directories(calls, parent); !status.ok()) return status;
    const int error = calls.make_directory(directory);
    if (error != 0) return file_error("cannot write in directory " + in_quotes(parent), error);
  }
  for (const StagedOutput& output : outputs) {
    if (!is_folder_path(output.staging_path)) continue;
    const int error = calls.make_directory(without_slash(output.staging_path));
    if (error == 0) continue;
    return file_error("cannot make directory " + in_quotes(output.staging_path), error);
  }
  return {};
}

/// Whether a folder was produced. What is there but is no folder was: sync() says what is wrong.
bool is_produced_folder(const std::string& path) {
  const UniqueDir directory(::opendir(path.c_str()));
  if (!directory) return errno != ENOENT;  // such as one that we may not list
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return true;
  }
  return false;
}

/// Whether the work made what was declared.
Status check_made(const StagedOutput& output) {
  const std::string what = "output " + in_quotes(output.final_path) + " was made as ";
  if (!is_folder_path(output.staging_path)) {
    if (!is_directory(output.staging_path)) return {};
    return {Code::kInvalid, what + "a directory, not as a file"};
  }
  struct stat info {};
  if (::lstat(without_slash(output.staging_path).c_str(), &info) != 0) {
    return file_error("cannot read " + in_quotes(output.staging_path), errno);
  }
  if (S_ISDIR(info.st_mode)) return {};
  return {Code::kInvalid,
          what + (S_ISLNK(info.st_mode) ? "a symbolic link" : "a file") + ", not as a folder"};
}

/// Where the file that an output replaces is kept until all outputs of its attempt are published.
std::string kept_path(const StagedOutput& output) {
  return hidden_path(directory_of(output.staging_path), "kept", output.final_path);
}

/// Adds the output to `undoable` if it has been published now and that can be taken back. `alone`:
/// it will not have to be.
Status publish_file(FileCalls& calls, const StagedOutput& output, bool alone,
                    std::vector<const StagedOutput*>& undoable) {
  const int kept = alone ? ENOTSUP : calls.link(output.final_path, kept_path(output));
  const int error = calls.rename(output.staging_path, output.final_path);
  if (error == 0) {
    // Where nothing was there nothing is to be put back; where it cannot be kept it is lost.
    if (kept == 0 || kept == ENOENT) undoable.push_back(&output);
    return {};
  }
  if (error == ENOENT && !is_there(output.staging_path)) {
    if (is_there(output.final_path)) return {};  // an earlier publish() got that far
    return nothing_to_publish(output.final_path);
  }
  return file_error("cannot publish " + in_quotes(output.final_path), error);
}

/// As before the publishing, so that it can be done again; as far as that can be done.
void undo(FileCalls& calls, const std::vector<const StagedOutput*>& published) {
  for (const StagedOutput* output : published) {
    if (is_folder_path(output->final_path)) {
      FolderSwap(calls, *output).undo();
    } else if (calls.rename(output->final_path, output->staging_path) == 0) {
      static_cast<void>(calls.rename(kept_path(*output), output->final_path));
    }
  }
}

/// Names of staging directories (an attempt's have one name) that hold a single output.
std::set<std::string> lone_stagings(std::span<const StagedOutput> outputs) {
  std::map<std::string, int> counts;
  for (const StagedOutput& output : outputs) ++counts[staging_name(output)];
  std::set<std::string> lone;
  for (const auto& [name, count] : counts) {
    if (count == 1) lone.insert(name);
  }
  return lone;
}

/// Whether something is known that would stop the publishing of one of them: then none is begun.
Status check_publishable(std::span<const StagedOutput> outputs) {
  std::set<std::string> directories;
  for (const StagedOutput& output : outputs) {
    if (Status status = check_kind(output.final_path); !status.ok()) return status;
    if (!is_there(without_slash(output.staging_path))) {
      if (is_there(without_slash(output.final_path))) continue;
      return nothing_to_publish(output.final_path);
    }
    const std::string directory = directory_of(output.final_path);
    if (!directories.insert(directory).second) continue;
    if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
      return file_error("cannot publish " + in_quotes(output.final_path), errno);
    }
  }
  return {};
}

std::vector<std::string> as_vector(const std::set<std::string>& paths) {
  return {paths.begin(), paths.end()};
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
    const Result<std::string> followed = follow_links(without_slash(path));
    const std::string slash = is_folder_path(path) ? "/" : "";
    outputs.push_back(staged(attempt, followed.ok() ? *followed + slash : path));
  }
  return outputs;
}

Result<std::vector<StagedOutput>> FileTargets::stage(AttemptId attempt,
                                                     std::span<const std::string> final_paths) {
  std::vector<StagedOutput> outputs;
  outputs.reserve(final_paths.size());
  for (const std::string& path : final_paths) {
    Result<std::string> final_path = final_path_of(path);
    if (!final_path.ok()) return final_path.error();
    outputs.push_back(staged(attempt, std::move(final_path).value()));
  }
  Status status = check_apart(outputs);
  if (status.ok()) status = remove_staged(outputs, false);  // what an earlier try left
  if (!status.ok()) return status.error();
  status = make_all(calls_, spares_, outputs);
  if (status.ok()) return outputs;
  discard(outputs);
  return status.error();
}

std::vector<size_t> FileTargets::missing(std::span<const StagedOutput> outputs) const {
  std::vector<size_t> indices;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& path = outputs[i].staging_path;
    const bool is_made =
        is_folder_path(path) ? is_produced_folder(without_slash(path)) : exists(path);
    if (!is_made) indices.push_back(i);
  }
  return indices;
}

Status FileTargets::sync(std::span<const StagedOutput> outputs) {
  std::set<std::string> directories = staging_directories(outputs);
  std::vector<std::string> paths;
  std::vector<std::string> folders;
  for (const StagedOutput& output : outputs) {
    if (Status status = check_made(output); !status.ok()) return status;
    (is_folder_path(output.staging_path) ? folders : paths).push_back(output.staging_path);
    directories.insert(directory_of(output.final_path));  // it holds the staging directory's name
  }
  paths.insert(paths.end(), directories.begin(), directories.end());
  return calls_.make_durable(paths, folders);
}

Status FileTargets::publish(std::span<const StagedOutput> outputs) {
  std::set<std::string> notes;
  std::set<std::string> directories;
  if (Status status = check_publishable(outputs); !status.ok()) return status;
  for (const StagedOutput& output : outputs) directories.insert(directory_of(output.final_path));
  for (const StagedOutput& output : outputs) {
    if (!is_folder_path(output.final_path)) continue;
    if (Status status = FolderSwap(calls_, output).prepare(notes); !status.ok()) return status;
  }
  if (!notes.empty()) {
    if (Status status = calls_.make_durable(as_vector(notes), {}); !status.ok()) return status;
  }
  std::set<std::string> swapped;
  if (Status status = publish_all(outputs, swapped); !status.ok()) return status;
  if (!swapped.empty()) {
    if (Status status = calls_.make_durable(as_vector(swapped), {}); !status.ok()) return status;
  }
  static_cast<void>(remove_staged(outputs, true));  // with what the work left beside its outputs
  return calls_.make_durable(as_vector(directories), {});
}

/// All of an attempt's outputs, or none.
Status FileTargets::publish_all(std::span<const StagedOutput> outputs,
                                std::set<std::string>& swapped) {
  const std::set<std::string> lone = lone_stagings(outputs);
  std::vector<const StagedOutput*> undoable;
  for (const StagedOutput& output : outputs) {
    const bool alone = lone.contains(staging_name(output));
    Status status;
    if (is_folder_path(output.final_path)) {
      status = FolderSwap(calls_, output).swap(swapped);
      if (status.ok() && !alone) undoable.push_back(&output);
    } else {
      status = publish_file(calls_, output, alone, undoable);
    }
    if (status.ok()) continue;
    undo(calls_, undoable);
    return status;
  }
  return {};
}

void FileTargets::discard(std::span<const StagedOutput> outputs) {
  static_cast<void>(remove_staged(outputs, false));
}

void FileTargets::keep_staging(const std::string& directory) { spares_.allow(directory); }

void FileTargets::remove_kept_staging() { spares_.clear(); }

void FileTargets::remove_kept_staging(const std::string& directory) {
  remove_spare_staging(calls_, directory);
}

/// As far as that can be done; the first error. `may_keep`: empty directories for other attempts.
Status FileTargets::remove_staged(std::span<const StagedOutput> outputs, bool may_keep) {
  Status first;
  std::set<std::string> directories = staging_directories(outputs);
  for (const StagedOutput& output : outputs) {
    if (!is_folder_path(output.staging_path)) continue;
    Status status = FolderSwap(calls_, output).let_go();
    if (status.ok()) continue;
    directories.erase(directory_of(output.staging_path));
    if (first.ok()) first = std::move(status);
  }
  for (const std::string& directory : directories) {
    assert(name_of(directory).starts_with(kStagingPrefix));
    if (!is_there(directory) || (may_keep && spares_.keep(directory))) continue;
    Status status = calls_.remove_tree(directory);
    if (!status.ok() && first.ok()) first = std::move(status);
  }
  return first;
}

}  // namespace moondial
