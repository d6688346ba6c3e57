#include "uv/child_process.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <utility>

namespace moondial {
namespace {

constexpr Duration kStreamsAfterExit = std::chrono::seconds(1);
constexpr size_t kReadBytes = size_t{64} << 10;   // a pipe's usual capacity
constexpr size_t kBytesPerWake = 4 * kReadBytes;  // then other events get their turn
constexpr size_t kBytesAtEnd = size_t{4} << 20;   // more than a pipe can hold by default

Duration duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// The largest resident set of this process so far. Linux counts the memory that a child leaves at
/// exec as the child's own, and with vfork semantics that is ours.
int64_t own_peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

MonoTime later(MonoTime now, Duration delay) {
  return delay > MonoTime::max() - now ? MonoTime::max() : now + delay;
}

}  // namespace

ChildProcess::ChildProcess(EventLoop& loop, Start start, ChildCallbacks callbacks,
                           std::function<void(ChildProcess&)> on_change)
    : loop_(loop),
      sequence_(start.sequence),
      pid_(start.pid),
      started_(start.at),
      capture_bound_(start.capture_bound),
      kinds_{start.out, start.err},
      peak_floor_(own_peak_bytes()),
      on_change_(std::move(on_change)),
      callbacks_(std::move(callbacks)),
      pidfd_(std::move(start.pidfd)) {}

void ChildProcess::attach(ChildStreams& streams) {
  open(streams_[0], std::move(streams.read_out), kinds_[0], &result_.out);
  open(streams_[1], std::move(streams.read_err), kinds_[1], &result_.err);
  exit_watch_ = loop_.watch(pidfd_.get(), {.readable = true}, [this](Readiness) { on_pidfd(); });
}

void ChildProcess::open(Stream& stream, UniqueFd fd, StreamSpec::Kind kind, std::string* captured) {
  if (!fd) return;
  stream.fd = std::move(fd);
  stream.kind = kind;
  stream.captured = captured;
  stream.watch = loop_.watch(stream.fd.get(), {.readable = true}, [this, &stream](Readiness) {
    const auto self = shared_from_this();
    read(stream, kBytesPerWake);
    if (exited_ && !streams_open()) on_change_(*this);
  });
}

void ChildProcess::read(Stream& stream, size_t budget) {
  static thread_local std::array<char, kReadBytes> buffer;
  for (size_t total = 0; stream.fd && total < budget;) {
    const ssize_t got = ::read(stream.fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return close(stream);
    total += static_cast<size_t>(got);
    hand_out(stream, std::string_view(buffer.data(), static_cast<size_t>(got)));
  }
}

void ChildProcess::hand_out(const Stream& stream, std::string_view bytes) {
  if (abandoned_) return;
  if (stream.kind == StreamSpec::Kind::kCapture) {
    const size_t room = capture_bound_ - std::min(capture_bound_, stream.captured->size());
    stream.captured->append(bytes.substr(0, room));
    if (bytes.size() > room) result_.cut = true;
    return;
  }
  if (!callbacks_.on_output) return;
  calling_ = true;
  callbacks_.on_output(bytes);
  calling_ = false;
  if (abandoned_) drop_callbacks();
}

void ChildProcess::close(Stream& stream) {
  stream.watch.reset();
  stream.fd.reset();
}

void ChildProcess::drop_callbacks() {
  if (!calling_) callbacks_ = {};
}

void ChildProcess::on_pidfd() {
  const auto self = shared_from_this();
  exit_watch_.reset();
  exited_ = true;
  exited_at_ = loop_.mono();
  result_.wall = exited_at_ - started_;
  for (Stream& stream : streams_) read(stream, kBytesPerWake);  // mostly the end is there already
  on_change_(*this);
}

void ChildProcess::stop(Duration grace) {
  if (reaped_ || clearing_) return;
  const MonoTime now = loop_.mono();
  const bool first = !kill_due_;
  const MonoTime due = later(now, std::max(grace, Duration(0)));
  kill_due_ = kill_due_ ? std::min(*kill_due_, due) : due;
  if (now >= *kill_due_) {
    kill_group();
  } else if (first) {
    ::kill(-pid_, SIGTERM);
    ::kill(-pid_, SIGCONT);  // a stopped process would not see the TERM
  }
  arm_timer();
  if (exited_) on_change_(*this);
}

void ChildProcess::abandon() {
  if (abandoned_) return;
  abandoned_ = true;
  drop_callbacks();
  if (reaped_) return;
  for (Stream& stream : streams_) close(stream);
  kill_due_ = loop_.mono();
  kill_group();
  if (exited_) on_change_(*this);
}

bool ChildProcess::waits(bool group_lives) {
  const MonoTime now = loop_.mono();
  if (abandoned_ || clearing_) return false;
  // Told to stop, its group has the grace; if then the streams are held, it is by what escaped.
  const bool waiting = kill_due_ ? group_lives && now < *kill_due_
                                 : streams_open() && now < exited_at_ + kStreamsAfterExit;
  if (waiting) arm_timer();
  return waiting;
}

void ChildProcess::arm_timer() {
  timer_.reset();
  MonoTime due = MonoTime::max();
  if (exited_) due = exited_at_ + kStreamsAfterExit;
  if (kill_due_) due = *kill_due_;
  if (due == MonoTime::max() || due <= loop_.mono()) return;
  timer_ = loop_.timer(due, [this] {
    const auto self = shared_from_this();
    timer_.reset();
    if (kill_due_ && loop_.mono() >= *kill_due_) kill_group();
    if (exited_) on_change_(*this);
  });
}

void ChildProcess::begin_clearing() {
  clearing_ = true;
  timer_.reset();
}

void ChildProcess::add_leftover(int pid, std::string description) {
  if (std::find(leftover_pids_.begin(), leftover_pids_.end(), pid) != leftover_pids_.end()) return;
  leftover_pids_.push_back(pid);
  result_.leftovers.push_back(std::move(description));
}

void ChildProcess::kill_group() {
  // Until the leader is reaped its id, and so the group's, cannot be anyone else's.
  if (!reaped_) ::kill(-pid_, SIGKILL);
}

void ChildProcess::finish() {
  assert(exited_ && !reaped_);
  const auto self = shared_from_this();
  for (Stream& stream : streams_) {
    read(stream, kBytesAtEnd);
    close(stream);
  }
  timer_.reset();
  int status = 0;
  rusage usage{};
  pid_t reaped = 0;
  do {
    reaped = ::wait4(pid_, &status, 0, &usage);
  } while (reaped < 0 && errno == EINTR);
  assert(reaped == pid_ && "somebody else reaped our child");
  reaped_ = true;
  pidfd_.reset();
  if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
  result_.cpu = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
  const int64_t peak = usage.ru_maxrss * 1024;
  result_.peak_memory_bytes = peak > peak_floor_ ? peak : 0;
}

void ChildProcess::report() {
  const ChildCallbacks callbacks = std::exchange(callbacks_, {});
  if (!abandoned_ && callbacks.on_exit) callbacks.on_exit(std::move(result_));
}

void ChildProcess::end_now(Duration patience) {
  abandon();
  if (reaped_) return;
  kill_group();
  pollfd ended{pidfd_.get(), POLLIN, 0};
  const auto patience_ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  const int ready = ::poll(&ended, 1, static_cast<int>(std::max<int64_t>(patience_ms, 0)));
  exit_watch_.reset();
  timer_.reset();
  if (ready == 1) {
    exited_ = true;
    finish();
  } else {
    reaped_ = true;  // stuck in the kernel, killed; init's to reap once we are gone
  }
}

}  // namespace moondial
