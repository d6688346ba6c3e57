#include "uv/proc_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>

namespace moondial {
namespace {

constexpr size_t kDescriptionBytes = 200;

std::string proc_path(int pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

std::string read_all(const std::string& path, size_t bound) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd) return text;
  size_t size = 0;
  while (size < bound) {
    text.resize(size + 4096);
    const ssize_t got = ::read(fd.get(), text.data() + size, 4096);
    if (got <= 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(std::min(size, bound));
  return text;
}

/// Appends the numbers of a `children` file. Read from its start each time.
void append_pids(int fd, std::vector<int>& pids) {
  std::array<char, 4096> buffer{};
  off_t offset = 0;
  int number = 0;
  for (;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), offset);
    if (got <= 0) return;
    offset += got;
    for (const char c : std::string_view(buffer.data(), static_cast<size_t>(got))) {
      if (c >= '0' && c <= '9') {
        number = number * 10 + (c - '0');
      } else if (number != 0) {
        pids.push_back(number);
        number = 0;
      }
    }
  }
}

UniqueFd open_children(int pid, int thread) {
  const std::string path = proc_path(pid, "task/") + std::to_string(thread) + "/children";
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// Calls `visit` with each name in a directory of /proc that is a number.
template <typename Visit>
void for_each_number(const std::string& directory, Visit visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  if (!dir) return;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name(entry->d_name);
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) visit(number);
  }
}

}  // namespace

std::optional<ProcessStat> process_stat(int pid) {
  const std::string text = read_all(proc_path(pid, "stat"), 4096);
  const size_t name_end = text.rfind(')');  // the name may hold spaces and parentheses
  if (name_end == std::string::npos) return std::nullopt;
  ProcessStat stat;
  const int fields = std::sscanf(text.c_str() + name_end + 1, " %c %d %d %d", &stat.state,
                                 &stat.parent, &stat.group, &stat.session);
  if (fields != 4) return std::nullopt;
  return stat;
}

std::string process_environment(int pid) {
  return read_all(proc_path(pid, "environ"), size_t{64} << 20);
}

std::optional<std::string_view> environment_value(std::string_view environment,
                                                  std::string_view name) {
  while (!environment.empty()) {
    const std::string_view entry = environment.substr(0, environment.find('\0'));
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return entry.substr(name.size() + 1);
    }
    environment.remove_prefix(std::min(entry.size() + 1, environment.size()));
  }
  return std::nullopt;
}

std::string describe_process(int pid) {
  std::string command = read_all(proc_path(pid, "cmdline"), kDescriptionBytes);
  const bool cut = command.size() == kDescriptionBytes;
  while (!command.empty() && command.back() == '\0') command.pop_back();
  if (command.empty()) {
    command = read_all(proc_path(pid, "comm"), kDescriptionBytes);
    while (!command.empty() && command.back() == '\n') command.pop_back();
  }
  for (char& c : command) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7f) c = ' ';
  }
  return "pid " + std::to_string(pid) + " (" + command + (cut ? "…)" : ")");
}

std::vector<int> process_children(int pid) {
  std::vector<int> pids;
  for_each_number(proc_path(pid, "task"), [&](int thread) {
    if (const UniqueFd fd = open_children(pid, thread)) append_pids(fd.get(), pids);
  });
  return pids;
}

std::vector<int> all_processes() {
  std::vector<int> pids;
  for_each_number("/proc", [&](int pid) { pids.push_back(pid); });
  return pids;
}

const std::vector<int>& OwnChildren::list() {
  pids_.clear();
  const int self = ::getpid();
  const int thread = ::gettid();
  if (!first_thread_) first_thread_ = open_children(self, self);
  if (!first_thread_) {  // a kernel without CONFIG_PROC_CHILDREN
    for (const int pid : all_processes()) {
      const std::optional<ProcessStat> stat = process_stat(pid);
      if (stat && stat->parent == self) pids_.push_back(pid);
    }
    return pids_;
  }
  append_pids(first_thread_.get(), pids_);
  if (thread != self) {
    if (thread != this_thread_id_) this_thread_ = open_children(self, thread);
    this_thread_id_ = thread;
    append_pids(this_thread_.get(), pids_);
  }
  return pids_;
}

}  // namespace moondial
