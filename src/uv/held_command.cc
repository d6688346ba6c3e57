#include "uv/held_command.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "uv/held_file.h"
#include "uv/pidfd.h"

namespace moondial {
namespace {

constexpr size_t kHeardBytes = size_t{64} << 10;
constexpr size_t kHeardPerWake = 4 * kHeardBytes;  // then other events get their turn
constexpr size_t kHeardAtEnd = size_t{64} << 20;   // more than a socket can hold

}  // namespace

HeldCommand::HeldCommand(EventLoop& loop, Start start, ChildCallbacks callbacks, const Owner& owner)
    : loop_(loop),
      attempt_(start.attempt),
      pid_(start.pid),
      holder_pid_(start.holder_pid),
      logged_(start.logged),
      secrets_(std::move(start.secrets)),
      owner_(owner),
      pidfd_(std::move(start.pidfd)),
      socket_(std::move(start.socket)),
      callbacks_(std::make_shared<ChildCallbacks>(std::move(callbacks))),
      result_(std::move(start.result)) {}

void HeldCommand::attach() {
  if (result_) {
    loop_.defer([self = shared_from_this()] {
      if (self->callbacks_) self->report(*std::exchange(self->result_, std::nullopt));
    });
    return;
  }
  socket_watch_ = loop_.watch(socket_.get(), {.readable = true}, [this](Readiness ready) {
    const auto self = shared_from_this();
    on_socket(ready);
  });
  exit_watch_ = loop_.watch(pidfd_.get(), {.readable = true}, [this](Readiness) {
    const auto self = shared_from_this();
    on_holder_gone();
  });
}

void HeldCommand::on_socket(Readiness ready) {
  if (ready.writable) send();
  if (ready.readable && socket_) hear(kHeardPerWake);
}

void HeldCommand::hear(size_t budget) {
  static thread_local std::array<char, kHeardBytes> buffer;
  for (size_t total = 0; socket_ && total < budget;) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return hang_up();  // its end comes through the pidfd
    total += static_cast<size_t>(got);
    in_.append(buffer.data(), static_cast<size_t>(got));
    take_messages();
  }
}

void HeldCommand::take_messages() {
  size_t at = 0;
  hold::Header header;
  while (in_.size() - at >= sizeof header) {
    std::memcpy(&header, in_.data() + at, sizeof header);
    if (in_.size() - at < sizeof header + header.length) break;
    handle(header, std::string_view(in_).substr(at + sizeof header, header.length));
    at += sizeof header + header.length;
  }
  in_.erase(0, at);
}

void HeldCommand::handle(const hold::Header& header, std::string_view payload) {
  if (header.kind == hold::kOutput && callbacks_ && callbacks_->on_output) {
    const auto callbacks = callbacks_;  // they may go while they are called
    callbacks->on_output(payload);
  } else if (header.kind == hold::kEnded && !over_) {
    auto result = parse_held_exit(payload);
    report(result ? *std::move(result) : owner_.find_result(attempt_));
  }
}

void HeldCommand::report(CommandResult result) {
  over_ = true;
  const auto callbacks = std::exchange(callbacks_, nullptr);
  if (abandoned_) {
    say(hold::kTaken, 0, 0);
    owner_.forget(attempt_);
  } else if (callbacks && callbacks->on_exit) {
    callbacks->on_exit(std::move(result));
  }
}

void HeldCommand::say(uint32_t kind, uint64_t value, uint64_t more) {
  if (!socket_) return;
  const hold::Header header{kind, 0, value, more};
  out_.append(reinterpret_cast<const char*>(&header), sizeof header);
  send();
}

void HeldCommand::send() {
  while (socket_ && !out_.empty()) {
    const ssize_t put =
        ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno != EAGAIN) out_.clear();  // it has gone
    if (put <= 0) break;
    out_.erase(0, static_cast<size_t>(put));
  }
  if (socket_watch_) socket_watch_->set_interest({.readable = true, .writable = !out_.empty()});
}

void HeldCommand::hang_up() {
  socket_watch_.reset();
  socket_.reset();
}

void HeldCommand::on_holder_gone() {
  hear(kHeardAtEnd);
  hang_up();
  exit_watch_.reset();
  pidfd_.reset();
  // Before the end is told: until then it is known to be ours.
  CommandResult result;
  if (!over_) result = owner_.find_result(attempt_);
  owner_.on_gone(*this);
  if (!over_) report(std::move(result));
}

void HeldCommand::stop(Duration grace) {
  if (over_) return;
  const auto grace_ms = std::chrono::ceil<std::chrono::milliseconds>(
      std::clamp(grace, Duration(0), Duration(std::chrono::hours(24 * 365 * 100))));
  say(hold::kStop, static_cast<uint64_t>(grace_ms.count()), 0);
}

void HeldCommand::output_kept(KeptOutput up_to) { say(hold::kLogged, up_to.bytes, up_to.lines); }

void HeldCommand::abandon() {
  if (abandoned_ || left_) return;
  abandoned_ = true;
  callbacks_.reset();
  if (over_ || !pidfd_) {
    say(hold::kTaken, 0, 0);
    owner_.forget(attempt_);
  } else {
    stop(Duration(0));
  }
}

void HeldCommand::leave() {
  if (abandoned_) return;
  left_ = true;
  callbacks_.reset();
  exit_watch_.reset();
  hang_up();
}

void HeldCommand::end_now(Duration patience) {
  if (!pidfd_) return;
  const MonoTime deadline = loop_.mono() + patience;
  std::array<pollfd, 2> fds{};
  while (loop_.mono() < deadline) {
    fds = {pollfd{pidfd_.get(), POLLIN, 0}, pollfd{socket_ ? socket_.get() : -1, POLLIN, 0}};
    const auto left_ms =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - loop_.mono()).count();
    if (::poll(fds.data(), fds.size(), static_cast<int>(left_ms)) <= 0) break;
    if (fds[1].revents != 0) hear(kHeardPerWake);
    if (fds[0].revents != 0) break;
  }
  if ((fds[0].revents & POLLIN) == 0) {
    send_signal(pidfd_, SIGKILL);
    fds[0].revents = 0;
    static_cast<void>(::poll(fds.data(), 1, 1000));
  }
  on_holder_gone();
}

}  // namespace moondial
