#include "uv/uv_loop.h"

#include <uv.h>

#include <algorithm>
#include <cassert>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <utility>
#include <vector>

// How this works. libuv closes a handle asynchronously, and a std::function must not be destroyed
// while it runs. So the handle and the callback of a watch live in a Registration, which its owner
// (PollWatch, PlainWatch) only points to; when the owner goes, the Registration is handed to
// uv_close(), whose callback deletes it at the end of the loop's iteration.
//
// Deferred tasks run in a check handle, right after the events of one poll. While there are any, an
// idle handle is active, which makes libuv poll without sleeping.

namespace moondial {
namespace {

/// libuv refuses only when it is used wrongly or the system has no memory or descriptors left for
/// the loop itself; there is no way to go on from either.
void require(int rc, const char* what) {
  if (rc >= 0) return;
  std::fprintf(stderr, "moondial: event loop: %s: %s\n", what, uv_strerror(rc));
  std::abort();
}

template <typename UvHandle, typename... Args>
struct Registration {
  UvHandle uv{};
  std::function<void(Args...)> callback;
  size_t* live = nullptr;  // the loop's count of watches
  bool calling = false;
  bool closed = false;

  Registration(std::function<void(Args...)> function, size_t* count)
      : callback(std::move(function)), live(count) {
    uv.data = this;
    ++*live;
  }
  virtual ~Registration() = default;
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  static Registration& of(UvHandle* handle) { return *static_cast<Registration*>(handle->data); }

  void call(Args... args) noexcept {
    calling = true;
    callback(args...);
    calling = false;
    if (closed) callback = nullptr;
  }

  void close() {
    closed = true;
    --*live;
    if (!calling) callback = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&uv),
             [](uv_handle_t* handle) { delete static_cast<Registration*>(handle->data); });
  }
};

/// Timers and signals: nothing to do but end.
template <typename UvHandle>
class PlainWatch final : public Watch {
 public:
  explicit PlainWatch(Registration<UvHandle>* registration) : registration_(registration) {}
  PlainWatch(const PlainWatch&) = delete;
  PlainWatch& operator=(const PlainWatch&) = delete;
  ~PlainWatch() override { registration_->close(); }

 private:
  Registration<UvHandle>* registration_;
};

struct PollRegistration : Registration<uv_poll_t, Readiness> {
  using Registration::Registration;
  Readiness interest;
  bool failed = false;  // libuv stopped the handle: the descriptor reports an error
};

void on_poll(uv_poll_t* handle, int status, int events);

void start_polling(PollRegistration& reg) {
  reg.failed = false;
  const int events =
      (reg.interest.readable ? UV_READABLE : 0) | (reg.interest.writable ? UV_WRITABLE : 0);
  if (events == 0) {
    require(uv_poll_stop(&reg.uv), "ending the watch of a descriptor");
  } else {
    require(uv_poll_start(&reg.uv, events, on_poll), "watching a descriptor");
  }
}

void on_poll(uv_poll_t* handle, int status, int events) {
  auto& reg = static_cast<PollRegistration&>(PollRegistration::of(handle));
  if (status >= 0) {
    reg.call(Readiness{(events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0});
    return;
  }
  // POLLERR, e.g. the reader of a pipe went away. libuv has stopped the handle; we are
  // level-triggered, so it goes on unless the callback took its interest back.
  reg.failed = true;
  reg.call(Readiness{true, reg.interest.writable});
  if (!reg.closed && reg.failed) start_polling(reg);
}

class PollWatch final : public FdWatch {
 public:
  explicit PollWatch(PollRegistration* registration) : registration_(registration) {}
  PollWatch(const PollWatch&) = delete;
  PollWatch& operator=(const PollWatch&) = delete;
  ~PollWatch() override { registration_->close(); }

  void set_interest(Readiness interest) override {
    const Readiness old = registration_->interest;
    if (old.readable == interest.readable && old.writable == interest.writable) return;
    registration_->interest = interest;
    start_polling(*registration_);
  }

 private:
  PollRegistration* registration_;
};

struct PoolJob {
  uv_work_t uv{};
  std::function<void()> work;
  std::function<void()> done;
  const bool* closing = nullptr;
};

}  // namespace

struct UvLoop::State {
  uv_loop_t uv{};
  uv_async_t wake{};
  uv_check_t after_poll{};
  uv_idle_t no_sleep{};
  size_t live_watches = 0;
  bool stop_asked = false;
  bool closing = false;
  std::vector<std::function<void()>> deferred;
  std::vector<std::function<void()>> deferred_now;  // kept for its capacity

  std::mutex mutex;
  std::vector<std::function<void()>> posted;  // guarded by mutex
  std::vector<std::function<void()>> posted_now;

  static State& of(void* data) { return *static_cast<State*>(data); }
  void run_posted() noexcept;
  void run_deferred() noexcept;
  void close_own_handles();
};

void UvLoop::State::run_posted() noexcept {
  {
    const std::lock_guard lock(mutex);
    posted_now.swap(posted);
  }
  if (closing) posted_now.clear();
  for (std::function<void()>& task : posted_now) {
    std::exchange(task, nullptr)();
  }
  posted_now.clear();
}

void UvLoop::State::run_deferred() noexcept {
  if (deferred.empty()) return;
  deferred_now.swap(deferred);
  for (std::function<void()>& task : deferred_now) {
    std::exchange(task, nullptr)();
  }
  deferred_now.clear();
  if (deferred.empty()) uv_idle_stop(&no_sleep);
}

void UvLoop::State::close_own_handles() {
  uv_close(reinterpret_cast<uv_handle_t*>(&wake), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&after_poll), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&no_sleep), nullptr);
}

UvLoop::UvLoop() : state_(std::make_unique<State>()) {
  std::signal(SIGPIPE, SIG_IGN);
  State& s = *state_;
  require(uv_loop_init(&s.uv), "making the loop");
  require(uv_async_init(&s.uv, &s.wake,
                        [](uv_async_t* handle) { State::of(handle->data).run_posted(); }),
          "making the wake-up");
  s.wake.data = &s;
  require(uv_check_init(&s.uv, &s.after_poll), "making the check handle");
  s.after_poll.data = &s;
  uv_check_start(&s.after_poll, [](uv_check_t* handle) { State::of(handle->data).run_deferred(); });
  require(uv_idle_init(&s.uv, &s.no_sleep), "making the idle handle");
}

UvLoop::~UvLoop() {
  State& s = *state_;
  assert(s.live_watches == 0 && "a watch outlives its loop");
  s.closing = true;
  s.deferred.clear();
  s.close_own_handles();
  while (uv_run(&s.uv, UV_RUN_DEFAULT) != 0) {  // closes handles, waits for the pool
  }
  const int rc = uv_loop_close(&s.uv);
  assert(rc == 0 && "libuv still holds a handle");
  static_cast<void>(rc);
}

UtcTime UvLoop::utc() const {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return UtcTime(Duration(static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000));
}

MonoTime UvLoop::mono() const {
  return MonoTime(Duration(static_cast<int64_t>(uv_hrtime() / 1000)));
}

std::unique_ptr<FdWatch> UvLoop::watch(int fd, Readiness interest,
                                       std::function<void(Readiness)> on_ready) {
  auto* reg = new PollRegistration(std::move(on_ready), &state_->live_watches);
  require(uv_poll_init(&state_->uv, &reg->uv, fd), "watching a descriptor");
  reg->interest = interest;
  start_polling(*reg);
  return std::make_unique<PollWatch>(reg);
}

std::unique_ptr<Watch> UvLoop::timer(MonoTime due, std::function<void()> on_due) {
  auto* reg = new Registration<uv_timer_t>(std::move(on_due), &state_->live_watches);
  require(uv_timer_init(&state_->uv, &reg->uv), "making a timer");
  // libuv fires when its cached clock, in whole milliseconds, has reached start + timeout. Both
  // clocks are CLOCK_MONOTONIC, so rounding `due` up keeps the timer from firing early.
  const int64_t due_us = std::max<int64_t>(due.time_since_epoch().count(), 0);
  const auto due_ms = static_cast<uint64_t>(due_us / 1000 + (due_us % 1000 != 0 ? 1 : 0));
  const uint64_t now_ms = uv_now(&state_->uv);
  const uint64_t timeout = due_ms > now_ms ? due_ms - now_ms : 0;
  require(uv_timer_start(
              &reg->uv, [](uv_timer_t* handle) { Registration<uv_timer_t>::of(handle).call(); },
              timeout, 0),
          "starting a timer");
  return std::make_unique<PlainWatch<uv_timer_t>>(reg);
}

std::unique_ptr<Watch> UvLoop::on_signal(int signum, std::function<void()> on_signal) {
  auto* reg = new Registration<uv_signal_t>(std::move(on_signal), &state_->live_watches);
  require(uv_signal_init(&state_->uv, &reg->uv), "making a signal watch");
  require(
      uv_signal_start(
          &reg->uv, [](uv_signal_t* handle, int) { Registration<uv_signal_t>::of(handle).call(); },
          signum),
      "watching a signal");
  return std::make_unique<PlainWatch<uv_signal_t>>(reg);
}

void UvLoop::post(std::function<void()> task) {
  bool first = false;
  {
    const std::lock_guard lock(state_->mutex);
    first = state_->posted.empty();
    state_->posted.push_back(std::move(task));
  }
  if (first) uv_async_send(&state_->wake);
}

void UvLoop::defer(std::function<void()> task) {
  State& s = *state_;
  if (s.deferred.empty()) uv_idle_start(&s.no_sleep, [](uv_idle_t*) {});
  s.deferred.push_back(std::move(task));
}

void UvLoop::offload(std::function<void()> work, std::function<void()> done) {
  auto* job = new PoolJob{{}, std::move(work), std::move(done), &state_->closing};
  job->uv.data = job;
  require(uv_queue_work(
              &state_->uv, &job->uv,
              [](uv_work_t* uv) noexcept { static_cast<PoolJob*>(uv->data)->work(); },
              [](uv_work_t* uv, int) noexcept {
                const std::unique_ptr<PoolJob> ended(static_cast<PoolJob*>(uv->data));
                if (!*ended->closing) ended->done();
              }),
          "handing work to the pool");
}

void UvLoop::run() {
  State& s = *state_;
  while (!s.stop_asked) uv_run(&s.uv, UV_RUN_DEFAULT);
  s.stop_asked = false;
}

void UvLoop::stop() {
  state_->stop_asked = true;
  uv_stop(&state_->uv);
}

}  // namespace moondial
