#include "uv/uv_process_runner.h"

#include <poll.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <utility>

#include "uv/kill_tree.h"
#include "uv/pidfd.h"
#include "uv/process_tree.h"

// How this works. A command's pidfd tells its exit (ChildProcess). Its leader stays a zombie, so
// that its id stays taken, until nothing of the command is left; one sweep, deferred to the end of
// the loop's round, looks after all commands that have exited by then:
//
//   adopt     read the list of our children. What is no leader is an orphan: a descendant whose
//             parent has ended. When a leader has ended, all that is left of it is orphans or below
//             them; in the usual case there are none, and this one read is the price of a command.
//   clear     commands that wait no longer (for streams, for a grace) get their group killed.
//   kill      orphans of such commands, with what is below them. Their children become ours; so
//             adopt and kill repeat until nothing new appears, then SIGCHLD brings the next sweep.
//   finish    commands without orphans are reaped, and their on_exit called, last of all.
//
// While commands run, a sweep each second reaps orphans that have ended in the meantime.

namespace moondial {
namespace {

constexpr int kRoundsPerSweep = 16;
constexpr Duration kTick = std::chrono::seconds(1);
constexpr Duration kPatience = std::chrono::seconds(5);

class ProcessHandle final : public Process {
 public:
  explicit ProcessHandle(std::shared_ptr<ChildProcess> child) : child_(std::move(child)) {}
  ProcessHandle(const ProcessHandle&) = delete;
  ProcessHandle& operator=(const ProcessHandle&) = delete;
  ~ProcessHandle() override { child_->abandon(); }
  [[nodiscard]] int pid() const override { return child_->pid(); }
  void stop(Duration grace) override { child_->stop(grace); }

 private:
  std::shared_ptr<ChildProcess> child_;
};

/// Reaps `pid`, a child, if it has ended. True too if there is no such child.
bool reap(int pid) {
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(pid, nullptr, WNOHANG);
  } while (reaped < 0 && errno == EINTR);
  return reaped != 0;
}

}  // namespace

UvProcessRunner::UvProcessRunner(EventLoop& loop, const std::string& state_dir,
                                 size_t capture_bytes)
    : loop_(loop),
      state_dir_(state_dir),
      capture_bytes_(capture_bytes),
      sequence_prefix_(std::to_string(::getpid()) + "."),
      held_(loop, state_dir, starter_),
      alive_(std::make_shared<bool>(true)) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  std::signal(SIGCHLD, SIG_DFL);  // ignored, as a parent may have left it, the kernel would reap
}

UvProcessRunner::~UvProcessRunner() {
  *alive_ = false;
  const MonoTime deadline = loop_.mono() + kPatience;
  exited_.clear();
  for (auto& [sequence, child] : children_) child->abandon();
  for (auto& [sequence, child] : children_) child->end_now(deadline - loop_.mono());
  children_.clear();
  leaders_.clear();
  held_.end_all(deadline - loop_.mono());
  adopt_orphans();
  while (kill_orphans() && loop_.mono() < deadline) {
    ::poll(nullptr, 0, 1);
    adopt_orphans();
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

Result<std::unique_ptr<Process>> UvProcessRunner::spawn(
    CommandSpec command, std::function<void(std::string_view)> on_output,
    std::function<void(CommandResult)> on_exit) {
  if (Status status = check_command(command); !status.ok()) return status.error();
  if (command.hold) return held_.spawn(command, {std::move(on_output), std::move(on_exit)});
  const uint64_t sequence = last_sequence_ + 1;
  const ChildEnvironment environment(
      command, {"MOONDIAL_ATTEMPT_ID=" + std::to_string(command.attempt.value),
                "MOONDIAL_STATE=" + state_dir_,
                "MOONDIAL_COMMAND=" + sequence_prefix_ + std::to_string(sequence)});
  auto streams = open_streams(command);
  if (!streams.ok()) return streams.error();
  const MonoTime now = loop_.mono();
  const auto pid = starter_.start(command, environment, *streams);
  if (!pid.ok()) return pid.error();
  UniqueFd pidfd = open_pidfd(*pid);
  if (!pidfd) {
    const int error = errno;
    ::kill(-*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return system_error("cannot watch the command '" + command.argv.front() + "'", error);
  }
  last_sequence_ = sequence;
  ChildProcess::Start start{
      sequence, *pid, std::move(pidfd), now, command.out.kind, command.err.kind, capture_bytes_};
  const auto child = std::make_shared<ChildProcess>(
      loop_, std::move(start), ChildCallbacks{std::move(on_output), std::move(on_exit)},
      [this, alive = alive_](ChildProcess& changed) {
        if (!*alive || !children_.contains(changed.sequence())) return;
        const auto self = changed.shared_from_this();
        if (std::find(exited_.begin(), exited_.end(), self) == exited_.end()) {
          exited_.push_back(self);
        }
        schedule_sweep();
      });
  child->attach(*streams);
  children_.emplace(sequence, child);
  leaders_.emplace(*pid, sequence);
  if (!tick_) tick();
  return std::unique_ptr<Process>(std::make_unique<ProcessHandle>(child));
}

void UvProcessRunner::tick() {
  tick_ = loop_.timer(loop_.mono() + kTick, [this] {
    tick_.reset();
    if (children_.empty()) return;
    schedule_sweep();
    tick();
  });
}

void UvProcessRunner::schedule_sweep() {
  if (sweep_scheduled_) return;
  sweep_scheduled_ = true;
  loop_.defer([this, alive = alive_] {
    if (*alive) sweep();
  });
}

void UvProcessRunner::sweep() {
  sweep_scheduled_ = false;
  adopt_orphans();
  std::vector<Child> newly_cleared;
  for (const Child& child : exited_) {
    if (child->clearing() || child->waits(group_lives(*child))) continue;
    child->begin_clearing();
    newly_cleared.push_back(child);
  }
  bool found = kill_orphans();  // before their group is killed, while they have names
  for (const Child& child : newly_cleared) child->kill_group();
  for (int round = 0; found && round < kRoundsPerSweep; ++round) {
    found = adopt_orphans() && kill_orphans();
  }
  if (found) schedule_sweep();
  const std::vector<Child> cleared = take_cleared();
  keep_watching();
  for (const Child& child : cleared) child->finish();
  for (const Child& child : cleared) child->report();  // may start, stop and destroy commands
}

/// Brings orphans_ up to date; true if there is one that was not known.
bool UvProcessRunner::adopt_orphans() {
  const int own_session = ::getsid(0);
  bool found = false;
  for (const int pid : own_children_.list()) {
    if (leaders_.contains(pid) || held_.is_holder(pid) || ::getsid(pid) == own_session) continue;
    if (reap(pid)) {
      orphans_.erase(pid);
      continue;
    }
    const auto [entry, is_new] = orphans_.try_emplace(pid);
    if (is_new) entry->second.suspects = last_sequence_;
    if (entry->second.owner == 0) identify(pid, entry->second);
    found = found || is_new;
  }
  return found;
}

void UvProcessRunner::identify(int pid, Orphan& orphan) const {
  const auto leader = leaders_.find(::getsid(pid));
  if (leader != leaders_.end()) {
    orphan.owner = leader->second;
    orphan.in_group = ::getpgid(pid) == leader->first;
    return;
  }
  const std::string environment = process_environment(pid);
  if (environment_value(environment, "MOONDIAL_STATE") != state_dir_) return;
  std::string_view mark = environment_value(environment, "MOONDIAL_COMMAND").value_or("");
  if (!mark.starts_with(sequence_prefix_)) return;
  mark.remove_prefix(sequence_prefix_.size());
  std::from_chars(mark.data(), mark.data() + mark.size(), orphan.owner);
}

/// The command that an orphan belongs to, or that is to answer for it; null if that is gone.
ChildProcess* UvProcessRunner::owner_of(const Orphan& orphan) const {
  if (orphan.owner != 0) {
    const auto child = children_.find(orphan.owner);
    return child == children_.end() ? nullptr : child->second.get();
  }
  ChildProcess* last = nullptr;
  for (const auto& [sequence, child] : children_) {
    if (sequence > orphan.suspects) break;
    last = child.get();
    if (!child->clearing()) break;
  }
  return last;
}

bool UvProcessRunner::is_doomed(const Orphan& orphan) const {
  const ChildProcess* owner = owner_of(orphan);
  return !orphan.immune && (owner == nullptr || owner->clearing());
}

bool UvProcessRunner::group_lives(const ChildProcess& child) const {
  return std::any_of(orphans_.begin(), orphans_.end(), [&](const auto& entry) {
    return entry.second.owner == child.sequence() && entry.second.in_group;
  });
}

/// Kills what belongs to commands that are being cleared; true if there was any.
bool UvProcessRunner::kill_orphans() {
  bool any = false;
  for (auto& [pid, orphan] : orphans_) {
    if (!is_doomed(orphan)) continue;
    kill_orphan(pid, orphan, owner_of(orphan));
    any = true;
  }
  return any;
}

void UvProcessRunner::kill_orphan(int pid, Orphan& orphan, ChildProcess* owner) {
  std::vector<KilledProcess> killed;
  const int error = kill_tree(pid, killed);
  orphan.immune = error != 0;
  if (orphan.immune) {
    killed.front().description += system_error(", which may not be ended", error).message;
  }
  // A group that was told to stop has not been left behind.
  if (owner == nullptr || (owner->stopping() && orphan.in_group)) return;
  for (KilledProcess& process : killed) {
    owner->add_leftover(process.pid, std::move(process.description));
  }
}

/// Takes the commands of which nothing is left out of the books.
std::vector<UvProcessRunner::Child> UvProcessRunner::take_cleared() {
  std::vector<const ChildProcess*> busy;
  for (const auto& [pid, orphan] : orphans_) {
    if (is_doomed(orphan)) busy.push_back(owner_of(orphan));
  }
  std::vector<Child> cleared;
  for (Child& child : exited_) {
    if (!child->clearing() || std::find(busy.begin(), busy.end(), child.get()) != busy.end()) {
      continue;
    }
    children_.erase(child->sequence());
    leaders_.erase(child->pid());
    cleared.push_back(std::move(child));
  }
  std::erase(exited_, nullptr);
  return cleared;
}

/// While there are orphans, the end of one is news: SIGCHLD comes for it.
void UvProcessRunner::keep_watching() {
  if (orphans_.empty()) {
    child_signal_.reset();
  } else if (!child_signal_) {
    child_signal_ = loop_.on_signal(SIGCHLD, [this] { schedule_sweep(); });
    schedule_sweep();  // for those that ended before
  }
}

Result<int> UvProcessRunner::end_leftovers(const std::set<AttemptId>& adopted) {
  if (!orphans_.empty()) schedule_sweep();
  std::set<std::string, std::less<>> spared;
  for (const AttemptId attempt : adopted) spared.insert(HeldCommands::mark_of(attempt));
  const auto is_leftover = [&](std::string_view command) {
    return !spared.contains(command) && !held_.has(command);
  };
  auto ended = end_marked_processes({state_dir_, is_leftover}, loop_, kPatience);
  if (ended.ok()) held_.forget_others(adopted);
  return ended;
}

std::vector<AttemptId> UvProcessRunner::held() { return held_.adoptable(); }

Result<std::unique_ptr<Process>> UvProcessRunner::adopt(
    AttemptId attempt, std::function<void(std::string_view)> on_output,
    std::function<void(CommandResult)> on_exit) {
  return held_.adopt(attempt, {std::move(on_output), std::move(on_exit)});
}

Status UvProcessRunner::end_held(AttemptId attempt) { return held_.end(attempt); }

void UvProcessRunner::leave_held() { held_.leave(); }

}  // namespace moondial
