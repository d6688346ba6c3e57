#include "tests/e2e/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"

extern char** environ;

namespace moondial::e2e {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 60s;

std::string binary() {
  const char* path = std::getenv("MOONDIAL_BIN");
  REQUIRE(path != nullptr);
  return path;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) out.emplace_back(text);
  }
  for (const auto& [name, value] : changes) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& one : strings) out.push_back(const_cast<char*>(one.c_str()));
  out.push_back(nullptr);
  return out;
}

Running spawn(const std::vector<std::string>& argv, const std::filesystem::path& cwd,
              const std::map<std::string, std::string>& environment) {
  int out[2];
  int err[2];
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(err, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawn_file_actions_addchdir_np(&actions, cwd.c_str());
  const auto env = environment_with(environment);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(),
                                  pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  INFO(argv[0]);
  REQUIRE(failed == 0);
  return Running(pid, out[0], err[0]);
}

/// Ends what still runs in a directory: the commands of a test that failed.
void end_processes_in(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (auto entry = std::filesystem::directory_iterator("/proc", ignored);
       !ignored && entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const int pid = std::atoi(entry->path().filename().c_str());
    if (pid <= 1 || pid == ::getpid()) continue;
    std::error_code gone;
    const auto cwd = std::filesystem::read_symlink(entry->path() / "cwd", gone);
    const auto [inside, rest] =
        std::mismatch(directory.begin(), directory.end(), cwd.begin(), cwd.end());
    if (!gone && inside == directory.end()) ::kill(pid, SIGKILL);
  }
}

/// The lines of an engine's log in which it, its loader or a lane says that it has a bug.
std::string bugs_in(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::string bugs;
  for (std::string line; std::getline(file, line);) {
    for (const char* const sign : {"left open", "Assertion", "Sanitizer", "runtime error"}) {
      if (line.find(sign) == std::string::npos) continue;
      bugs += line + '\n';
      break;
    }
  }
  return bugs;
}

}  // namespace

bool is_sanitized() {
  const char* sanitizers = std::getenv("MOONDIAL_SANITIZE");
  return sanitizers != nullptr && *sanitizers != '\0';
}

Json Finished::json() const {
  INFO(all());
  Json parsed = parse_json(out);
  REQUIRE_FALSE(parsed.is_discarded());
  return parsed;
}

std::string Finished::all() const {
  return "exit " + std::to_string(code) + "\n--- out\n" + out + "\n--- err\n" + err;
}

Running::Running(pid_t pid, int out_fd, int err_fd) : pid_(pid), out_fd_(out_fd), err_fd_(err_fd) {}

Running::Running(Running&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_fd_(std::exchange(other.out_fd_, -1)),
      err_fd_(std::exchange(other.err_fd_, -1)),
      result_(std::move(other.result_)) {}

Running::~Running() {
  if (out_fd_ >= 0) ::close(out_fd_);
  if (err_fd_ >= 0) ::close(err_fd_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Running::signal(int signum) const { ::kill(pid_, signum); }

/// False when both streams have ended.
bool Running::read_some(std::chrono::milliseconds patience) {
  pollfd fds[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
  if (::poll(fds, 2, static_cast<int>(patience.count())) <= 0) return true;
  const auto take = [](pollfd& entry, int& fd, std::string& into) {
    if (entry.revents == 0 || fd < 0) return;
    char buffer[65536];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n > 0) {
      into.append(buffer, static_cast<size_t>(n));
    } else {
      ::close(fd);
      fd = -1;
    }
  };
  take(fds[0], out_fd_, result_.out);
  take(fds[1], err_fd_, result_.err);
  return out_fd_ >= 0 || err_fd_ >= 0;
}

void Running::wait_for_output(std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto is_said = [&] {
    return result_.out.find(text) != std::string::npos ||
           result_.err.find(text) != std::string::npos;
  };
  while (!is_said()) {
    const bool open = read_some(100ms);
    INFO("waiting for: " << text << "\n" << result_.all());
    REQUIRE((open || is_said()));
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
}

Finished Running::finish() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    (void)read_some(20ms);
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(pid_, SIGKILL);
      FAIL("did not end\n" << result_.all());
    }
  }
  // What it wrote is in the pipes; a child that it left may hold them open.
  while (out_fd_ >= 0 || err_fd_ >= 0) {
    pollfd fds[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
    if (::poll(fds, 2, 0) <= 0 || !read_some(0ms)) break;
  }
  pid_ = -1;
  result_.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return std::move(result_);
}

Finished run_program(const std::vector<std::string>& argv, const std::filesystem::path& cwd,
                     const std::map<std::string, std::string>& environment) {
  return spawn(argv, cwd, environment).finish();
}

Project::Project() {
  std::string pattern = (std::filesystem::temp_directory_path() / "moondial-e2e-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  root_ = std::filesystem::canonical(pattern);
  std::filesystem::create_directory(root_ / "pipelines");
}

Project::~Project() {
  // An engine without work ends by itself, and says what it left open.
  for (int i = 0; i < 20 && engine_pid() > 0; ++i) ::poll(nullptr, 0, 10);
  if (const pid_t pid = engine_pid(); pid > 0) ::kill(pid, SIGKILL);
  // The lock is free when the engine is gone; its children die with it or soon after.
  for (int i = 0; i < 500 && engine_pid() > 0; ++i) ::poll(nullptr, 0, 10);
  end_processes_in(root_);
  CHECK(bugs_in(root_ / ".moondial/engine.log").empty());
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void Project::write(const std::string& path, std::string_view text) const {
  std::filesystem::create_directories((root_ / path).parent_path());
  std::ofstream file(root_ / path, std::ios::binary | std::ios::trunc);
  file << text;
}

void Project::replace(const std::string& path, std::string_view text) const {
  write(path + ".new", text);
  std::filesystem::rename(root_ / (path + ".new"), root_ / path);
}

std::string Project::read(const std::string& path) const {
  std::ifstream file(root_ / path, std::ios::binary);
  INFO(path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Project::exists(const std::string& path) const {
  return std::filesystem::exists(root_ / path);
}

bool Project::has_line(const std::string& path) const {
  return exists(path) && read(path).ends_with("\n");
}

void Project::copy_in(const std::filesystem::path& from, const std::string& to) const {
  std::filesystem::create_directories((root_ / to).parent_path());
  std::filesystem::copy(from, root_ / to, std::filesystem::copy_options::recursive);
}

void Project::remove_tree(const std::string& path) const {
  wait_until("the removal of " + path, [&] {
    std::error_code another_was_first;
    std::filesystem::remove_all(root_ / path, another_was_first);
    return !exists(path);
  });
}

Running Project::start(const std::vector<std::string>& args,
                       const std::map<std::string, std::string>& environment) const {
  std::vector<std::string> argv = {binary()};
  argv.insert(argv.end(), args.begin(), args.end());
  return spawn(argv, root_, environment);
}

Finished Project::moondial(const std::vector<std::string>& args,
                           const std::map<std::string, std::string>& environment) const {
  return start(args, environment).finish();
}

pid_t Project::engine_pid() const {
  // Looking through /proc/locks, since trying the lock could turn an engine away.
  struct stat info {};
  if (::stat((root_ / ".moondial/engine.lock").c_str(), &info) != 0) return 0;
  const std::string inode = ":" + std::to_string(info.st_ino) + " ";
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    if (line.find("FLOCK") == std::string::npos || line.find(inode) == std::string::npos) continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 4; ++i) words >> word;
    pid_t pid = 0;
    words >> pid;
    return pid;
  }
  return 0;
}

void Project::wait_for_engine_end() const {
  wait_until("the engine's end", [this] { return engine_pid() == 0; });
}

std::string Project::integrity() const {
  wait_for_engine_end();  // it locks the file while it closes it
  const std::string path = (root_ / ".moondial/moondial.db").string();
  const Finished out = run_program({"sqlite3", path, "PRAGMA integrity_check"}, root_);
  return out.out + out.err;
}

bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  // pid (name) state …, where the name may hold anything.
  const size_t end = text.rfind(") ");
  return end != std::string::npos && text[end + 2] != 'Z' && text[end + 2] != 'X';
}

void wait_until(std::string_view what, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    INFO("waiting for " << what);
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    ::poll(nullptr, 0, 5);
  }
}

Running start_program(const std::vector<std::string>& argv, const std::filesystem::path& cwd) {
  return spawn(argv, cwd, {});
}

bool has_program(const std::string& name) {
  return run_program({"bash", "-c", "command -v -- " + name}, "/").code == 0;
}

}  // namespace moondial::e2e
