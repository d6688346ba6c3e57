#include "lua/loader.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lua/channel.h"
#include "lua/lane.h"
#include "lua/protocol.h"

namespace moondial {
namespace {

/// From now on this process ends with its parent. False if the parent is gone already.
bool end_with(pid_t parent) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
}

/// The process that made the socket: the engine. Asked of the socket, since by now our parent may
/// be another.
pid_t maker_of(int socket) {
  ucred maker{};
  socklen_t size = sizeof maker;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &maker, &size) != 0) return -1;
  return maker.pid;
}

/// Ended lanes are noticed through a descriptor.
Descriptor watch_children() {
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  return Descriptor(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

class Loader {
 public:
  Loader(Descriptor socket, const LoaderParts& parts)
      : parts_(parts), socket_(std::move(socket)), children_(watch_children()) {}

  int run();

 private:
  void receive();
  void handle(msg::Source& message) { files_.push_back(std::move(message.file)); }
  void handle(msg::Prepare& message);
  void handle(msg::Load& message);
  void handle(msg::ForkLane& message);
  void handle(msg::KillLane& message);
  [[noreturn]] void become_lane(Descriptor socket, pid_t loader);
  void reap();
  void send(const msg::FromLoader& message);
  void end_lanes();

  const LoaderParts& parts_;
  Descriptor socket_;
  Descriptor children_;
  FrameReader reader_;
  FrameWriter writer_;
  bool engine_gone_ = false;
  bool broken_ = false;  // the engine sends what is no message
  bool loaded_ = false;
  std::vector<SourceFile> files_;
  std::unique_ptr<ScriptState> state_;
  std::map<pid_t, uint64_t> lanes_;
};

int Loader::run() {
  while (!engine_gone_ && !broken_) {
    std::array<pollfd, 2> waits{pollfd{socket_.get(), POLLIN, 0},
                                pollfd{children_.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) break;
    if (waits[1].revents != 0) reap();
    if (waits[0].revents != 0) receive();
  }
  end_lanes();
  return broken_ ? EXIT_FAILURE : EXIT_SUCCESS;
}

void Loader::receive() {
  if (reader_.receive(socket_.get()) == FrameReader::Received::kClosed) engine_gone_ = true;
  while (!engine_gone_ && !broken_) {
    const auto bytes = reader_.next();
    if (bytes.ok() && !*bytes) return;
    auto message = bytes.ok() ? decode_to_loader(**bytes) : bytes.error();
    if (message.ok()) {
      std::visit([this](auto& each) { handle(each); }, *message);
    } else {
      broken_ = true;
    }
  }
}

void Loader::handle(msg::Prepare& message) {
  ScriptOptions options;
  options.root = std::move(message.root);
  options.slice_instructions = message.slice_instructions;
  options.utc = [] {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  };
  state_ = parts_.make_state(std::move(options));
}

void Loader::handle(msg::Load&) {
  if (!state_) {
    broken_ = true;
    return;
  }
  std::vector<Diagnostic> diagnostics = state_->load(std::exchange(files_, {}));
  loaded_ = diagnostics.empty();
  if (loaded_) {
    send(msg::Loaded{state_->declarations()});
  } else {
    send(msg::LoadFailed{std::move(diagnostics)});
  }
}

void Loader::handle(msg::ForkLane& message) {
  Descriptor socket = reader_.take_fd();
  const pid_t self = ::getpid();
  if (!loaded_ || !socket) {
    return send(msg::LaneEnded{message.lane, 0, "the declarations did not load"});
  }
  const pid_t child = ::fork();
  if (child == 0) become_lane(std::move(socket), self);
  if (child > 0) {
    lanes_[child] = message.lane;
  } else {
    send(msg::LaneEnded{message.lane, 0,
                        std::string("it cannot be forked: ") + std::strerror(errno)});
  }
}

/// `loader` is our parent, unless it has died since.
void Loader::become_lane(Descriptor socket, pid_t loader) {
  if (!end_with(loader)) ::_exit(EXIT_FAILURE);
  ::prctl(PR_SET_NAME, "moondial-lane");
  socket_.reset();
  children_.reset();
  reader_ = FrameReader();  // it may hold sockets of lanes to come
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  run_lane(std::move(socket), parts_.make_loop(), *state_);
}

void Loader::handle(msg::KillLane& message) {
  for (const auto& [pid, lane] : lanes_) {
    if (lane == message.lane) ::kill(pid, SIGKILL);
  }
}

void Loader::reap() {
  signalfd_siginfo ignored;
  while (::read(children_.get(), &ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    const auto lane = lanes_.extract(pid);
    if (lane) send(msg::LaneEnded{lane.mapped(), status, ""});
  }
}

/// Waits until the engine has taken it. It always reads.
void Loader::send(const msg::FromLoader& message) {
  const Status added = writer_.add(encode(message));
  if (!added.ok()) {
    return send(msg::LoadFailed{{Diagnostic{"", 0, "the declarations are too large", ""}}});
  }
  FrameWriter::Sent sent = FrameWriter::Sent::kBlocked;
  while ((sent = writer_.send(socket_.get())) == FrameWriter::Sent::kBlocked) {
    pollfd writable{socket_.get(), POLLOUT, 0};
    ::poll(&writable, 1, -1);
  }
  if (sent == FrameWriter::Sent::kClosed) engine_gone_ = true;
}

void Loader::end_lanes() {
  for (const auto& [pid, lane] : lanes_) ::kill(pid, SIGKILL);
  for (const auto& [pid, lane] : lanes_) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

}  // namespace

int loader_main(int fd, const LoaderParts& parts) {
  Descriptor socket(fd);
  if (!end_with(maker_of(fd))) return EXIT_FAILURE;
  ::prctl(PR_SET_NAME, "moondial-load");
  // User code that crashes is no bug of ours to look into.
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  return Loader(std::move(socket), parts).run();
}

}  // namespace moondial
