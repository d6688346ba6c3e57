#include "uv/program_lookup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "uv/spawn_child.h"
#include "uv/target_paths.h"

namespace moondial {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr std::chrono::seconds kStaysFound(1);

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// The next folder of PATH, which is taken away from `path`.
std::string next_folder(std::string_view& path) {
  const size_t end = std::min(path.find(':'), path.size());
  std::string folder(path.substr(0, end));
  path = end == path.size() ? std::string_view() : path.substr(end + 1);
  return folder.empty() ? "." : folder;
}

/// What is found does not depend on the folder that the command runs in.
bool is_absolute(std::string_view path) {
  while (!path.empty()) {
    if (!next_folder(path).starts_with('/')) return false;
  }
  return true;
}

}  // namespace

Result<std::string> ProgramLookup::search(const CommandSpec& command, std::string_view path) {
  const std::string& name = command.argv.front();
  std::string refused;
  std::string_view rest = path;
  do {
    std::string candidate = next_folder(rest) + "/" + name;
    const bool relative = !candidate.starts_with('/') && !command.cwd.empty();
    const std::string found = relative ? command.cwd + "/" + candidate : candidate;
    if (!is_file(found)) continue;
    if (::access(found.c_str(), X_OK) == 0) return candidate;
    if (refused.empty()) refused = candidate;
  } while (!rest.empty());
  if (!refused.empty()) {
    return {Code::kIo, in_quotes(refused) + " is not executable (chmod +x makes it so)"};
  }
  return {Code::kNotFound,
          "command not found: " + in_quotes(name) + " (PATH is " + std::string(path) + ")"};
}

Result<std::string> ProgramLookup::find(const CommandSpec& command,
                                        const ChildEnvironment& environment) {
  const std::string& name = command.argv.front();
  if (name.empty()) return {Code::kInvalid, "the command is empty"};
  if (name.find('/') != std::string::npos) return name;
  const char* variable = environment.find("PATH");
  const std::string_view path = variable != nullptr ? variable : kDefaultPath;
  const Clock::time_point now = Clock::now();
  for (const Found& found : known_) {
    if (found.name == name && found.path == path && now < found.until) return found.program;
  }
  auto program = search(command, path);
  if (program.ok() && is_absolute(path)) {
    known_[next_] = {name, std::string(path), *program, now + kStaysFound};
    next_ = (next_ + 1) % known_.size();
  }
  return program;
}

}  // namespace moondial
