#include "uv/held_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "uv/hold_protocol.h"
#include "uv/spawn_child.h"

namespace moondial {
namespace {

constexpr size_t kLongestFile = 4096;

std::string read_some(int fd) {
  std::string text(kLongestFile, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

const std::string& first_line() {
  static const std::string line = [] {
    const UniqueFd fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    std::string boot = fd ? read_some(fd.get()) : "unknown";
    while (!boot.empty() && boot.back() == '\n') boot.pop_back();
    return std::string(hold::kFirstWord) + " " + std::to_string(hold::kVersion) + " " + boot + "\n";
  }();
  return line;
}

}  // namespace

std::optional<CommandResult> parse_held_exit(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string line(text.substr(0, end));
  CommandResult result;
  int64_t cpu_us = 0;
  int64_t wall_us = 0;
  const int fields =
      std::sscanf(line.c_str(), "exit %d %d %" SCNd64 " %" SCNd64 " %" SCNd64, &result.exit_code,
                  &result.signal, &cpu_us, &result.peak_memory_bytes, &wall_us);
  if (fields != 5) return std::nullopt;
  result.cpu = Duration(cpu_us);
  result.wall = Duration(wall_us);
  for (size_t at = end + 1; at < text.size();) {
    const size_t stop = std::min(text.find('\n', at), text.size());
    result.leftovers.emplace_back(text.substr(at, stop - at));
    at = stop + 1;
  }
  return result;
}

std::string HeldFiles::path(AttemptId attempt) const {
  return directory_ + "/" + std::to_string(attempt.value);
}

Result<UniqueFd> HeldFiles::create(AttemptId attempt) const {
  const std::string name = path(attempt);
  static_cast<void>(::unlink(name.c_str()));
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
  UniqueFd fd(::open(name.c_str(), flags, 0600));
  if (!fd && errno == ENOENT && ::mkdir(directory_.c_str(), 0700) == 0) {
    fd.reset(::open(name.c_str(), flags, 0600));
  }
  const std::string& line = first_line();
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    Error error = system_error("cannot write '" + name + "'", errno);
    remove(attempt);
    return error;
  }
  return fd;
}

HeldState HeldFiles::look(AttemptId attempt) const {
  HeldState state;
  const UniqueFd fd(::open(path(attempt).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return state;
  // First the lock: what is read after it was let go of is the last word.
  state.alive = ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
  const std::string text = read_some(fd.get());
  std::string_view rest = std::string_view(text).substr(std::min(text.size(), first_line().size()));
  state.readable = text.starts_with(first_line());
  if (!state.readable) return state;
  size_t end = rest.find('\n');
  if (end == std::string_view::npos) return state;
  if (std::sscanf(std::string(rest.substr(0, end)).c_str(), "pid %d", &state.pid) != 1)
    return state;
  rest.remove_prefix(end + 1);
  end = rest.find('\n');
  if (end == std::string_view::npos) return state;
  state.result = parse_held_exit(rest.substr(0, end + 1));
  state.delivered = rest.substr(end + 1).starts_with(hold::kDoneLine);
  return state;
}

std::vector<AttemptId> HeldFiles::list() const {
  std::vector<AttemptId> attempts;
  const UniqueDir directory(::opendir(directory_.c_str()));
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string_view name(entry->d_name);
    AttemptId attempt;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + name.size(), attempt.value);
    if (error == std::errc() && end == name.data() + name.size()) attempts.push_back(attempt);
  }
  std::sort(attempts.begin(), attempts.end());
  return attempts;
}

void HeldFiles::remove(AttemptId attempt) const {
  // The one by which both are found goes last.
  static_cast<void>(::unlink((path(attempt) + ".sock").c_str()));
  static_cast<void>(::unlink(path(attempt).c_str()));
}

Result<UniqueFd> HeldFiles::connect(AttemptId attempt) const {
  const std::string name = "cannot reach the holder of attempt " + std::to_string(attempt.value);
  const UniqueFd directory(::open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!directory || !fd) return system_error(name, errno);
  // A socket's path is short; this one is whatever the project's is.
  const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + "/" +
                           std::to_string(attempt.value) + ".sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_error(name, errno);
  }
  return fd;
}

}  // namespace moondial
