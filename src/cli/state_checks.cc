#include "cli/state_checks.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "cli/text_layout.h"
#include "cli/version.h"

namespace moondial {
namespace {

namespace fs = std::filesystem;
using Grade = Finding::Grade;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(2);
constexpr long kAnswerBoundMs = 1000;
constexpr int kPauseMs = 20;

Finding state_problem(std::string message, std::string hint) {
  return {"state", Grade::kProblem, std::move(message), std::move(hint)};
}

/// The version of the engine that answers; nullopt if none does.
std::optional<std::string> ask_version(Session& session) {
  const auto answer = session.send_to_running({"GET", "engine", ""}, kAnswerBoundMs);
  if (!answer.ok() || !answer->ok()) return std::nullopt;
  const auto json = parse_json(answer->body);
  const auto found = json.find("version");
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The name of a file right beneath `folder` that is another user's; empty if there is none.
std::string foreign_file(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    struct stat info {};
    if (::lstat(at->path().c_str(), &info) == 0 && info.st_uid != ::geteuid()) {
      return at->path().filename().string();
    }
  }
  return "";
}

std::string first_word_of(int fd) {
  char buffer[32];
  const ssize_t n = ::pread(fd, buffer, sizeof buffer, 0);
  const std::string text(buffer, n > 0 ? static_cast<size_t>(n) : 0);
  return text.substr(0, text.find_first_not_of("0123456789"));
}

}  // namespace

Finding look_at_state(const std::string& state_dir) {
  struct stat info {};
  if (::stat(state_dir.c_str(), &info) != 0) {
    if (errno == ENOENT) return {"state", Grade::kOk, "nothing was run yet", ""};
    return state_problem(state_dir + ": " + std::strerror(errno), "");
  }
  const std::string quoted = shell_word(state_dir);
  if (!S_ISDIR(info.st_mode)) {
    return state_problem(state_dir + " is no folder", "move it away: mv " + quoted + " elsewhere");
  }
  if (info.st_uid != ::geteuid()) {
    return state_problem(
        state_dir + " belongs to another user (uid " + std::to_string(info.st_uid) + ")",
        "work as that user, or hand it over: sudo chown -R " + std::to_string(::geteuid()) + " " +
            quoted);
  }
  if ((info.st_mode & 077) != 0) {
    return {"state", Grade::kWarning, state_dir + " is open to other users", "chmod 700 " + quoted};
  }
  if (::access(state_dir.c_str(), W_OK | X_OK) != 0) {
    return state_problem(state_dir + " cannot be written", "chmod 700 " + quoted);
  }
  if (const std::string name = foreign_file(state_dir); !name.empty()) {
    return state_problem(state_dir + "/" + name + " belongs to another user",
                         "sudo chown -R " + std::to_string(::geteuid()) + " " + quoted);
  }
  return {"state", Grade::kOk, state_dir + " is yours alone", ""};
}

EngineLook look_for_engine(Session& session) {
  EngineLook out;
  const auto deadline = SteadyClock::now() + kPatience;
  const std::string& state = session.project().state_dir;
  const std::string path = state + "/engine.lock";
  // Somebody may have taken the lock file away from a state that is there.
  const int make = ::access((state + "/moondial.db").c_str(), F_OK) == 0 ? O_CREAT : 0;
  for (;;) {
    OwnedFd lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC | make, 0600));
    if (!lock) return out;
    if (::flock(lock.get(), LOCK_SH | LOCK_NB) == 0) {
      out.hold = std::move(lock);
      return out;
    }
    if (auto version = ask_version(session)) {
      out.kind = EngineLook::Kind::kAlive;
      out.version = std::move(*version);
      return out;
    }
    if (SteadyClock::now() > deadline) {
      out.kind = EngineLook::Kind::kSilent;
      out.pid = first_word_of(lock.get());
      return out;
    }
    ::poll(nullptr, 0, kPauseMs);
  }
}

std::vector<Finding> engine_findings(const Project& project, const EngineLook& look) {
  std::vector<Finding> out;
  if (look.kind == EngineLook::Kind::kSilent) {
    out.push_back({"engine", Grade::kProblem,
                   "one holds the project (pid " + look.pid + "), but does not answer",
                   "what it said is in " + project.engine_log + "; if it hangs: kill " + look.pid});
  } else if (look.kind == EngineLook::Kind::kAlive && look.version != kVersion) {
    out.push_back({"engine", Grade::kWarning,
                   "one of version " + look.version + " is at work, and this is " + kVersion,
                   "let it end its work, or cancel its runs; the next one is of this version"});
  } else if (look.kind == EngineLook::Kind::kAlive) {
    out.push_back({"engine", Grade::kOk, "one is at work and answers", ""});
  } else {
    out.push_back({"engine", Grade::kOk, "none is at work; commands start one", ""});
  }
  struct stat info {};
  const bool socket = ::lstat(project.socket_path.c_str(), &info) == 0;
  if (look.kind == EngineLook::Kind::kNone && socket) {
    out.push_back({"socket", Grade::kWarning, "engine.sock is left of an engine that was killed",
                   "nothing is to be done: the next engine replaces it; why that one ended may be "
                   "in " +
                       project.engine_log});
  }
  return out;
}

std::optional<UtcTime> newest_file(const std::string& state_dir) {
  std::optional<UtcTime> out;
  std::error_code error;
  for (fs::directory_iterator at(state_dir, error), end; !error && at != end; at.increment(error)) {
    struct stat info {};
    if (::lstat(at->path().c_str(), &info) != 0) continue;
    const UtcTime time{std::chrono::seconds(info.st_mtim.tv_sec)};
    out = std::max(out.value_or(time), time);
  }
  return out;
}

}  // namespace moondial
