// The holder of one command: a small program of its own, which the engine carries with it and
// starts in place of the command. It starts the command, reaps what comes of it, keeps its output
// while no engine is there, and writes down how it ended. It knows nothing of tasks; what it is
// for: uv/held_commands.h.
//
// Its lock on the state file is its life sign: it goes when this process does.

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "uv/hold_protocol.h"
#include "uv/holder/command.h"
#include "uv/holder/output.h"

namespace moondial::hold {
namespace {

constexpr size_t kChunkBytes = size_t{64} << 10;
constexpr int kLookMs = 60'000;  // whether the state directory is still there

class Holder {
 public:
  explicit Holder(std::string name) : name_(std::move(name)) {}

  /// The command runs; false if it cannot, which the engine has been told.
  bool begin();
  void run();

 private:
  bool listen();
  void refuse(int error);
  static void note(const std::string& line) {
    static_cast<void>(!::write(kFile, line.data(), line.size()));
  }
  bool wait();
  void accept();
  void receive();
  void handle(const Header& header);
  void send();
  bool fill();
  void append(uint32_t kind, uint64_t value, uint64_t more, std::string_view payload);
  void greet();
  void hang_up();
  void end();
  [[nodiscard]] bool may_go() const;
  [[nodiscard]] bool is_forgotten() const;

  const std::string name_;
  Command command_;
  Output output_;
  int engine_ = kSocket;  // -1: none is there
  int listener_ = -1;
  int pipe_ = -1;
  int children_ = -1;
  std::string in_, out_;
  uint64_t sent_ = 0;  // of the output, to this engine
  bool end_sent_ = false;
  std::string secrets_;
  std::string ended_;  // what kEnded says; empty: not over
  bool taken_ = false;
};

bool Holder::listen() {
  if (::fchdir(kDirectory) != 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path =
      name_ + ".sock";  // short, and relative: the directory's path may be long
  if (path.size() >= sizeof address.sun_path) return false;
  std::copy(path.begin(), path.end(), address.sun_path);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  static_cast<void>(::unlink(path.c_str()));
  return listener_ >= 0 &&
         ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         ::listen(listener_, 4) == 0;
}

void Holder::refuse(int error) {
  append(kRefused, static_cast<uint64_t>(error), 0, {});
  send();
}

bool Holder::begin() {
  ::prctl(PR_SET_NAME, "moondial-holder");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  ::close(kProgram);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  // Who ends a whole service tells the command as well; what comes of it is still to be written.
  for (const int signum : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) {
    std::signal(signum, SIG_IGN);
  }
  for (int fd = kSocket; fd < kProgram; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(engine_, F_SETFL, O_RDWR | O_NONBLOCK);
  int pipe[2];
  children_ = ::signalfd(-1, &blocked, SFD_NONBLOCK | SFD_CLOEXEC);
  if (!listen() || children_ < 0 || ::pipe2(pipe, O_CLOEXEC) != 0) {
    refuse(errno);
    return false;
  }
  pipe_ = pipe[0];
  ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
  int error = ENOEXEC;
  {
    Order order;
    if (read_order(kOrder, order)) error = command_.start(order, pipe[1]);
    secrets_ = std::move(order.secrets);
  }
  ::close(kOrder);
  ::close(pipe[1]);
  if (error != 0) {
    refuse(error);
    return false;
  }
  note(std::string(kPidWord) + " " + std::to_string(command_.pid()) + "\n");
  greet();
  return true;
}

void Holder::run() {
  while (!may_go()) {
    send();
    if (may_go()) break;
    if (wait()) command_.go_on(pipe_ >= 0);
    if (command_.is_over() && ended_.empty()) end();
  }
  note(std::string(kDoneLine) + "\n");
}

/// For whatever comes first. True if it is news for the command.
bool Holder::wait() {
  const int64_t due = command_.due_ms();
  const int64_t timeout = due < 0 ? kLookMs : std::clamp<int64_t>(due - now_ms(), 0, kLookMs);
  const bool reads = pipe_ >= 0 && !output_.full();
  pollfd fds[] = {{engine_, static_cast<short>(POLLIN | (out_.empty() ? 0 : POLLOUT)), 0},
                  {listener_, POLLIN, 0},
                  {reads ? pipe_ : -1, POLLIN, 0},
                  {children_, POLLIN, 0}};
  if (::poll(fds, 4, static_cast<int>(timeout)) < 0) return false;
  bool news = due >= 0 && now_ms() >= due;
  if (fds[3].revents != 0) {
    news = true;
    signalfd_siginfo info{};
    while (::read(children_, &info, sizeof info) > 0) {
    }
  }
  if (fds[2].revents != 0 && !output_.read(pipe_, false)) {
    ::close(pipe_);
    pipe_ = -1;
    news = true;
  }
  if (fds[0].revents != 0) receive();
  if (fds[1].revents != 0) accept();
  return news;
}

/// There is one engine at a time: a new one comes when the last one has died.
void Holder::accept() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid()) {
    ::close(fd);
    return;
  }
  hang_up();
  engine_ = fd;
  greet();
}

void Holder::hang_up() {
  if (engine_ >= 0) ::close(engine_);
  engine_ = -1;
  in_.clear();
  out_.clear();
  sent_ = output_.logged().bytes;
  end_sent_ = false;
}

void Holder::greet() {
  const Position logged = output_.logged();
  std::string payload(reinterpret_cast<const char*>(&logged), sizeof logged);
  payload += secrets_;
  append(kHello, kVersion, static_cast<uint64_t>(command_.pid()), payload);
}

void Holder::append(uint32_t kind, uint64_t value, uint64_t more, std::string_view payload) {
  const Header header{kind, static_cast<uint32_t>(payload.size()), value, more};
  out_.append(reinterpret_cast<const char*>(&header), sizeof header);
  out_ += payload;
}

/// Puts the next thing to say into out_; false if there is none.
bool Holder::fill() {
  const std::string_view chunk = output_.after(sent_, kChunkBytes);
  if (!chunk.empty()) {
    append(kOutput, sent_, 0, chunk);
    sent_ += chunk.size();
    return true;
  }
  if (ended_.empty() || end_sent_) return false;
  end_sent_ = true;
  append(kEnded, 0, 0, std::string_view(ended_).substr(0, kLongest));
  return true;
}

void Holder::send() {
  while (engine_ >= 0 && (!out_.empty() || fill())) {
    const ssize_t put = ::send(engine_, out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) return hang_up();
    out_.erase(0, static_cast<size_t>(put));
  }
}

void Holder::receive() {
  char buffer[4096];
  const ssize_t got = ::recv(engine_, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return hang_up();
  in_.append(buffer, static_cast<size_t>(got));
  Header header;
  while (in_.size() >= sizeof header) {
    std::memcpy(&header, in_.data(), sizeof header);
    if (header.length > kLongest) return hang_up();
    if (in_.size() < sizeof header + header.length) return;
    in_.erase(0, sizeof header + header.length);
    handle(header);
  }
}

/// What is not known is of a later version, and passed over.
void Holder::handle(const Header& header) {
  switch (header.kind) {
    case kStop:
      command_.stop(static_cast<int64_t>(std::min<uint64_t>(header.value, INT64_MAX)));
      break;
    case kLogged:
      if (header.value <= sent_) output_.logged({header.value, header.more});
      break;
    case kTaken:
      taken_ = true;
      break;
    default:
      break;
  }
}

/// Nothing of the command is left: writes down how it ended, before anybody is told.
void Holder::end() {
  if (pipe_ >= 0) {
    output_.read(pipe_, true);
    ::close(pipe_);
    pipe_ = -1;
  }
  ended_ = command_.take_exit();
  note(ended_);
  ended_ += command_.leftovers();
}

/// The state directory has been removed.
bool Holder::is_forgotten() const {
  struct stat info {};
  return ::fstat(kFile, &info) != 0 || info.st_nlink == 0;
}

/// It has handed on all that it has, or nobody will ever ask for it.
bool Holder::may_go() const {
  if (ended_.empty()) return false;
  if (taken_) return true;
  if (engine_ >= 0) {
    if (!end_sent_ || !out_.empty()) return false;
  } else if (is_forgotten()) {
    return true;
  }
  // Who reads what the command has emitted has to know the secrets, too.
  return output_.logged().bytes == output_.end() && command_.leftovers().empty() &&
         secrets_.empty();
}

}  // namespace
}  // namespace moondial::hold

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  moondial::hold::Holder holder(argv[1]);
  if (holder.begin()) holder.run();
  return 0;
}
