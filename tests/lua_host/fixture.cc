#include "tests/lua_host/fixture.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "lua/channel.h"

namespace moondial {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr Duration kFailsafe = std::chrono::seconds(300);  // each step takes five to fifteen times
#else
constexpr Duration kFailsafe = std::chrono::seconds(60);
#endif

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "lua_host_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = std::filesystem::canonical(name).string();
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TempDir::write(const std::string& name, std::string_view text) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string helper_path() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "lua_host_helper")
      .string();
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int child = std::atoi(entry.path().filename().c_str());
    if (child == 0) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    std::getline(stat, line);
    const size_t name_end = line.rfind(')');  // "pid (name) state ppid"
    if (name_end == std::string::npos || line.size() < name_end + 4) continue;
    const bool zombie = line[name_end + 2] == 'Z';
    if (!zombie && std::atoi(line.c_str() + name_end + 4) == pid) children.push_back(child);
  }
  return children;
}

bool wait_for_deaths(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) continue;
    pollfd exit{pidfd.get(), POLLIN, 0};
    if (::poll(&exit, 1, static_cast<int>(kFailsafe.count() / 1000)) != 1) return false;
  }
  return true;
}

size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

std::unique_ptr<FdWatch> LookingLoop::watch(int fd, Readiness interest,
                                            std::function<void(Readiness)> on_ready) {
  return loop_.watch(fd, interest, [this, on_ready = std::move(on_ready)](Readiness readiness) {
    on_ready(readiness);
    if (done_ && done_()) stop();
  });
}

std::function<void()> LookingLoop::looking(std::function<void()> call) {
  return [this, call = std::move(call)] {
    call();
    if (done_ && done_()) stop();
  };
}

bool LookingLoop::run_until(std::function<bool()> done) {
  if (done()) return true;
  bool too_late = false;
  const auto failsafe = loop_.timer(mono() + kFailsafe, [&] {
    too_late = true;  // also if it is met by now: then nothing said so
    stop();
  });
  done_ = std::move(done);
  run();
  return std::exchange(done_, nullptr)() && !too_late;
}

HostFixture::HostFixture() : HostFixture([](LuaHostOptions&) {}) {}

HostFixture::HostFixture(const std::function<void(LuaHostOptions&)>& adjust) {
  options.root = project.path();
  options.loader.executable = helper_path();
  options.load_bound = kFailsafe;
  options.stop_bound = kFailsafe;
  adjust(options);
  host = std::make_unique<LuaHost>(loop, options);
}

const Generation* HostFixture::load() {
  const Generation* generation = nullptr;
  bool ended = false;
  host->load([&](Result<const Generation*> loaded) {
    ended = true;
    if (loaded.ok()) {
      generation = *loaded;
    } else {
      load_error = loaded.error();
    }
  });
  return run_until([&] { return ended; }) ? generation : nullptr;
}

pid_t HostFixture::loader() const {
  const auto children = children_of(::getpid());
  return children.size() == 1 ? children.front() : -1;
}

PlanSink PlanRecorder::sink() {
  return {.on_tasks =
              [this](std::vector<TaskInstance> batch) {
                tasks += batch.size();
                if (first.empty()) first = std::move(batch);
              },
          .on_end =
              [this](Result<std::vector<std::string>> roots) { ends.push_back(std::move(roots)); }};
}

ScriptAttempt attempt_of(uint64_t number, const std::string& name, const std::string& n,
                         const std::string& text) {
  ScriptAttempt attempt;
  attempt.attempt = AttemptId(number);
  attempt.run = RunId(1);
  attempt.name = name;
  attempt.params = {{"n", n}, {"text", text}};
  return attempt;
}

}  // namespace moondial
