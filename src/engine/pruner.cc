#include "engine/pruner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "engine/attempt_log.h"

namespace moondial {
namespace {

/// Logs that are removed in one go, on a pool thread.
constexpr size_t kLogsAtOnce = 1000;

/// The room that a file takes on disk; 0 if it is not there.
int64_t room_of(const std::string& path) {
  constexpr int64_t kBlock = 512;  // stat(2), whatever the file system's own are
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  return std::max<int64_t>(info.st_blocks * kBlock, info.st_size);
}

int64_t room_of_logs(const std::string& state_dir) {
  namespace fs = std::filesystem;
  int64_t bytes = 0;
  std::error_code error;  // what goes meanwhile takes no room
  fs::recursive_directory_iterator at(state_dir + "/logs", error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    bytes += room_of(at->path().string());
  }
  return bytes;
}

/// Removes logs; that they are gone is on disk when this returns. Those that are not there are
/// gone. The bytes that are free by that.
int64_t unlink_logs(const std::string& state_dir, const std::vector<AttemptId>& attempts) {
  int64_t freed = 0;
  std::set<std::string> folders;
  for (const AttemptId attempt : attempts) {
    const std::string path = log_path(state_dir, attempt);
    freed += room_of(path);
    if (::unlink(path.c_str()) == 0) folders.insert(path.substr(0, path.rfind('/')));
  }
  for (const std::string& folder : folders) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) continue;
    (void)::fsync(fd);
    ::close(fd);
    ::rmdir(folder.c_str());  // if it is empty
  }
  return freed;
}

}  // namespace

Pruner::Pruner(EventLoop& loop, Store& store, std::string state_dir)
    : loop_(loop),
      store_(store),
      state_dir_(std::move(state_dir)),
      since_(loop.utc()),
      whole_round_(loop.mono()) {}

void Pruner::begin_if_due(std::function<bool()> may_go_on, std::function<void()> done) {
  const MonoTime now = loop_.mono();
  if (busy_ || !policy_ || (next_round_ && now < *next_round_)) return;
  const UtcTime utc = loop_.utc();
  cutoffs_ = {};
  looked_at_ = std::max(since_, utc - kLooked);
  if (policy_->runs) cutoffs_.runs_before = std::min(utc - *policy_->runs, looked_at_);
  if (policy_->logs) cutoffs_.logs_before = std::min(utc - *policy_->logs, looked_at_);
  cutoffs_.keep_last = policy_->keep_last;
  may_go_on_ = std::move(may_go_on);
  done_ = std::move(done);
  busy_ = true;
  round_began_ = now;
  events_up_to_ = 0;
  policy_->log_bytes ? measure_logs() : step();
}

void Pruner::measure_logs() {
  auto found = std::make_shared<int64_t>(0);
  loop_.offload([state_dir = state_dir_, found] { *found = room_of_logs(state_dir); },
                [this, found] {
                  log_bytes_ = *found;
                  step();
                });
}

/// While the logs take too much room their age does not count.
RetentionCutoffs Pruner::cutoffs_now() const {
  RetentionCutoffs cutoffs = cutoffs_;
  if (policy_->log_bytes && log_bytes_ > *policy_->log_bytes) cutoffs.logs_before = looked_at_;
  return cutoffs;
}

void Pruner::step() {
  if (!may_go_on_()) return end(Duration(0));
  if (loop_.mono() - round_began_ >= kRound) return end(kShortPause);
  auto next = store_.next_prunable(cutoffs_now());
  if (!next.ok()) return end(kPause);
  if (!*next) return end(kPause);
  (*next)->run ? prune(std::move(**next)) : sweep();
}

void Pruner::prune(PruneStep next) {
  if (next.only_logs) {
    return remove_logs(std::move(next.attempts), [this, run = next.run] {
      store_.write({LogsPruned{run}}, [this] { step(); });
    });
  }
  if (!next.begun) return store_.write({PruneBegun{next.run}}, [this] { step(); });
  TasksPruned record{next.run, std::move(next.tasks), next.last};
  remove_logs(std::move(next.attempts),
              [this, record = std::move(record)] { store_.write({record}, [this] { step(); }); });
}

/// Some at a time, so that work that comes meanwhile finds threads of the pool.
void Pruner::remove_logs(std::vector<AttemptId> attempts, std::function<void()> then) {
  const size_t rest = attempts.size() > kLogsAtOnce ? attempts.size() - kLogsAtOnce : 0;
  std::vector<AttemptId> now(attempts.begin() + static_cast<std::ptrdiff_t>(rest), attempts.end());
  attempts.resize(rest);
  auto freed = std::make_shared<int64_t>(0);
  loop_.offload([state_dir = state_dir_, now = std::move(now),
                 freed] { *freed = unlink_logs(state_dir, now); },
                [this, freed, attempts = std::move(attempts), then = std::move(then)]() mutable {
                  log_bytes_ -= *freed;
                  if (attempts.empty()) return then();
                  if (!may_go_on_()) return end(Duration(0));
                  remove_logs(std::move(attempts), std::move(then));
                });
}

/// All runs that are to go have gone. Their events are found only by looking at all that are old.
void Pruner::sweep() {
  if (cutoffs_.runs_before) {
    const auto up_to = store_.old_events(events_up_to_, *cutoffs_.runs_before);
    if (up_to.ok() && *up_to) {
      const EventsPruned record{std::exchange(events_up_to_, **up_to), **up_to};
      return store_.write({record}, [this] { step(); });
    }
  }
  ++sweeps_;
  store_.write({PruneSwept{cutoffs_.runs_before}}, [this] { step(); });
}

void Pruner::end(Duration pause) {
  busy_ = false;
  if (pause == kPause) whole_round_ = round_began_;
  next_round_ = round_began_ + pause;
  may_go_on_ = nullptr;
  std::exchange(done_, nullptr)();
}

}  // namespace moondial
