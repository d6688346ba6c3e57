#include "lua/staleness.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace moondial::script {
namespace {

// Of 64 hex digits: enough for one task's versions, and no memory of its own in a string.
constexpr size_t kDigits = 15;

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// When the file was changed last; 0 if there is none.
int64_t file_time(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? nanoseconds(info.st_mtim) : 0;
}

int64_t oldest_file_time(const TaskInstance& task) {
  int64_t oldest = 0;
  for (const std::string& path : task.outputs) {
    const int64_t time = file_time(path);
    oldest = oldest == 0 ? time : std::min(oldest, time);
  }
  return oldest;
}

/// The hash of a file's bytes, kept while the file stays as it is.
const std::string& file_digest(State& state, const std::string& path) {
  struct stat info {};
  const std::string absolute = state.absolute(path);
  if (::stat(absolute.c_str(), &info) != 0) {
    throw ScriptError("reads: '" + path + "': " + std::generic_category().message(errno));
  }
  const FileStamp stamp{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim),
                        nanoseconds(info.st_ctim)};
  auto& [known, digest] = state.digests[absolute];
  if (known == stamp && !digest.empty()) return digest;
  std::ifstream in(absolute, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.good() && !in.eof()) throw ScriptError("reads: '" + path + "' cannot be read");
  if (S_ISDIR(info.st_mode)) throw ScriptError("reads: '" + path + "' is a folder: name its files");
  known = stamp;
  digest = sha256_hex(bytes);
  return digest;
}

}  // namespace

Staleness::Made Staleness::made(const TaskInstance& task) {
  Made made;
  for (const std::string& path : task.outputs) {
    made.file_time = std::max(made.file_time, file_time(path));
  }
  if (const auto success = unwrap(state_.records().success(task.id))) {
    made.position = success->position;
  } else {
    made.others_time = made.file_time;
  }
  if (task.work != WorkKind::kNone || !task.outputs.empty()) return made;
  for (const std::string& id : task.requires_) {  // a wrapper is what it holds
    const auto held = noted_.find(id);
    if (held == noted_.end()) continue;
    made.position = std::max(made.position, held->second.position);
    made.file_time = std::max(made.file_time, held->second.file_time);
    made.others_time = std::max(made.others_time, held->second.others_time);
  }
  return made;
}

void Staleness::note(const TaskInstance& task) { noted_.emplace(task.id, made(task)); }

std::optional<std::string> Staleness::reason(const TaskInstance& task) {
  const auto success = unwrap(state_.records().success(task.id));
  if (success && !success->fingerprint.empty() && success->fingerprint != task.fingerprint) {
    return "stale: its declaration, or a file that it reads, has changed since it was made";
  }
  const int64_t own_time = success ? 0 : oldest_file_time(task);
  for (const std::string& id : task.requires_) {
    const auto found = noted_.find(id);
    if (found == noted_.end()) continue;
    const Made& input = found->second;
    if (!success) {
      if (input.file_time > own_time && own_time > 0) {
        return "stale: " + id + " is newer than its output";
      }
      continue;
    }
    if (input.position > success->position) return "stale: " + id + " was made after it";
    const int64_t begun = std::chrono::nanoseconds(success->started.time_since_epoch()).count();
    if (input.others_time > begun) return "stale: " + id + " has changed since it was made";
  }
  return std::nullopt;
}

std::string fingerprint(State& state, const std::string& declaration,
                        const std::vector<std::string>& reads) {
  if (reads.empty()) return declaration;
  std::string all = declaration;
  for (const std::string& path : reads) {
    all.append("\n").append(path).append(" ").append(file_digest(state, path));
  }
  return sha256_hex(all).substr(0, kDigits);
}

}  // namespace moondial::script
