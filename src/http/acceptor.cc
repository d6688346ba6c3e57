#include "http/acceptor.h"

#include <cerrno>
#include <utility>

namespace moondial {
namespace {

constexpr int kAcceptBatch = 64;
/// Before accepting again after the process had no descriptor left.
constexpr std::chrono::milliseconds kAcceptPause(100);

}  // namespace

Acceptor::Acceptor(EventLoop& loop, OwnedFd listener,
                   std::function<void(OwnedFd, const PeerName&)> take, std::function<void()> taken)
    : loop_(loop),
      listener_(std::move(listener)),
      take_(std::move(take)),
      taken_(std::move(taken)) {
  watch();
}

void Acceptor::watch() {
  pause_.reset();
  watch_ = loop_.watch(listener_.get(), {true, false}, [this](Readiness) { accept_some(); });
}

void Acceptor::accept_some() {
  for (int i = 0; i < kAcceptBatch; ++i) {
    PeerName peer;
    OwnedFd fd(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer.address), &peer.size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      take_(std::move(fd), peer);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) break;
    watch_.reset();
    pause_ = loop_.timer(loop_.mono() + kAcceptPause, [this] { watch(); });
    break;
  }
  taken_();
}

}  // namespace moondial
