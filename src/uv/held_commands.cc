#include "uv/held_commands.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "uv/hold_protocol.h"
#include "uv/holder_program.h"
#include "uv/pidfd.h"
#include "uv/proc_fs.h"
#include "uv/process_tree.h"

namespace moondial {
namespace {

constexpr Duration kHolderPatience = std::chrono::seconds(5);
/// For the first word of a holder. Its command is executed before that, perhaps from a slow disk.
constexpr Duration kStartPatience = std::chrono::seconds(30);
constexpr std::string_view kMark = "held.";

class HeldProcessHandle final : public Process {
 public:
  explicit HeldProcessHandle(std::shared_ptr<HeldCommand> command) : command_(std::move(command)) {}
  HeldProcessHandle(const HeldProcessHandle&) = delete;
  HeldProcessHandle& operator=(const HeldProcessHandle&) = delete;
  ~HeldProcessHandle() override { command_->abandon(); }
  [[nodiscard]] int pid() const override { return command_->pid(); }
  void stop(Duration grace) override { command_->stop(grace); }
  void output_kept(KeptOutput up_to) override { command_->output_kept(up_to); }
  [[nodiscard]] KeptOutput adopted_at() const override { return command_->adopted_at(); }
  [[nodiscard]] std::vector<std::string> secrets() const override { return command_->secrets(); }

 private:
  std::shared_ptr<HeldCommand> command_;
};

/// As uv/holder/command.h reads it. In memory: it may hold secrets.
Result<UniqueFd> write_order(const CommandSpec& command, const std::string& program,
                             const ChildEnvironment& environment) {
  std::string text;
  const auto add = [&text](std::string_view one) { text.append(one).push_back('\0'); };
  add(command.cwd);
  add(program);
  add(std::to_string(command.argv.size()));
  add(std::to_string(command.secrets.size()));
  for (const std::string& word : command.argv) add(word);
  for (const std::string& secret : command.secrets) add(secret);
  for (char* const* entry = environment.pointers(); *entry != nullptr; ++entry) add(*entry);
  UniqueFd fd(::memfd_create("order", MFD_CLOEXEC));
  if (!fd || ::pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return system_error("cannot hand a command to its holder", errno);
  }
  return fd;
}

/// `size` bytes, by the deadline. Nothing of what comes after them is read.
bool receive(int fd, void* into, size_t size, const Clock& clock, MonoTime deadline) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.mono()).count();
    pollfd ready{fd, POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) < 0) {
      if (left > 0 && errno == EINTR) continue;
      return false;
    }
    const ssize_t got = ::recv(fd, at, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

/// The first word of a holder.
struct Greeting {
  hold::Header header;
  hold::Position logged;
  std::vector<std::string> secrets;
};
bool receive_greeting(int fd, Greeting& greeting, const Clock& clock, Duration patience) {
  const MonoTime deadline = clock.mono() + patience;
  if (!receive(fd, &greeting.header, sizeof greeting.header, clock, deadline)) return false;
  if (greeting.header.kind != hold::kHello) return greeting.header.kind == hold::kRefused;
  if (greeting.header.length < sizeof greeting.logged || greeting.header.length > hold::kLongest) {
    return false;
  }
  std::string secrets(greeting.header.length - sizeof greeting.logged, '\0');
  if (!receive(fd, &greeting.logged, sizeof greeting.logged, clock, deadline) ||
      !receive(fd, secrets.data(), secrets.size(), clock, deadline)) {
    return false;
  }
  for (size_t at = 0, end = 0; (end = secrets.find('\0', at)) != std::string::npos; at = end + 1) {
    greeting.secrets.push_back(secrets.substr(at, end - at));
  }
  return true;
}

void reap_holder(int pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

HeldCommands::HeldCommands(EventLoop& loop, std::string state_dir, const ChildStarter& starter)
    : loop_(loop), state_dir_(std::move(state_dir)), files_(state_dir_), starter_(starter) {
  owner_.on_gone = [this](HeldCommand& command) { gone(command); };
  owner_.find_result = [this](AttemptId attempt) { return find_result(attempt); };
  owner_.forget = [this](AttemptId attempt) { files_.remove(attempt); };
}

HeldCommands::~HeldCommands() = default;

std::string HeldCommands::mark_of(AttemptId attempt) {
  return std::string(kMark) + std::to_string(attempt.value);
}

bool HeldCommands::has(std::string_view mark) const {
  return std::any_of(commands_.begin(), commands_.end(),
                     [&](const auto& entry) { return mark_of(entry.first) == mark; });
}

// --- Starting ---

Result<std::unique_ptr<Process>> HeldCommands::spawn(const CommandSpec& command,
                                                     ChildCallbacks callbacks) {
  if (command.in.kind != StreamSpec::Kind::kNull || command.out.kind != StreamSpec::Kind::kLog ||
      command.err.kind != StreamSpec::Kind::kLog) {
    return Error{Code::kInvalid, "a command that is held has no streams but its log", {}};
  }
  auto started = start(command);
  if (!started.ok()) {
    files_.remove(command.attempt);
    return started.error();
  }
  if (started->holder_pid != 0) holders_.insert(started->holder_pid);
  return keep(std::move(started).value(), std::move(callbacks));
}

Result<HeldCommand::Start> HeldCommands::start(const CommandSpec& command) {
  const ChildEnvironment environment(
      command, {"MOONDIAL_ATTEMPT_ID=" + std::to_string(command.attempt.value),
                "MOONDIAL_STATE=" + state_dir_, "MOONDIAL_COMMAND=" + mark_of(command.attempt)});
  const auto program = starter_.find_program(command, environment);
  if (!program.ok()) return program.error();
  const auto file = files_.create(command.attempt);
  if (!file.ok()) return file.error();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_error("cannot make a socket for a command's holder", errno);
  }
  UniqueFd socket(ends[0]);
  UniqueFd theirs(ends[1]);
  const auto pid = start_holder(command, *program, environment, theirs.get(), file->get());
  if (!pid.ok()) return pid.error();
  theirs.reset();
  Greeting greeting;
  UniqueFd pidfd = open_pidfd(*pid);
  const bool greeted = pidfd && receive_greeting(socket.get(), greeting, loop_, kStartPatience);
  if (!greeted || greeting.header.kind == hold::kRefused) {
    ::kill(*pid, SIGKILL);
    reap_holder(*pid);
    if (!greeted) return gone_at_once(command.attempt);
    return explain_refusal(static_cast<int>(greeting.header.value), command, *program);
  }
  HeldCommand::Start start;
  start.attempt = command.attempt;
  start.pid = static_cast<int>(greeting.header.more);
  start.holder_pid = *pid;
  start.pidfd = std::move(pidfd);
  start.socket = std::move(socket);
  return start;
}

/// Of a holder that was killed before its first word: its command may have begun.
Result<HeldCommand::Start> HeldCommands::gone_at_once(AttemptId attempt) const {
  const Status ended = end_processes(attempt);
  if (!ended.ok()) return ended.error();
  HeldCommand::Start start;
  start.attempt = attempt;
  start.result.emplace().lost = true;
  return start;
}

Result<int> HeldCommands::start_holder(const CommandSpec& command, const std::string& program,
                                       const ChildEnvironment& environment, int socket, int file) {
  if (!program_) {
    auto opened = open_holder_program(state_dir_);
    if (!opened.ok()) return opened.error();
    program_ = std::move(opened).value();
  }
  const auto order = write_order(command, program, environment);
  if (!order.ok()) return order.error();
  const UniqueFd directory(::open(files_.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return system_error("cannot open '" + files_.directory() + "'", errno);
  std::array<std::string, 5> words{"moondial-holder", std::to_string(command.attempt.value),
                                   "MOONDIAL_ATTEMPT_ID=" + std::to_string(command.attempt.value),
                                   "MOONDIAL_STATE=" + state_dir_,
                                   "MOONDIAL_COMMAND=" + mark_of(command.attempt)};
  const std::array<char*, 3> argv{words[0].data(), words[1].data(), nullptr};
  const std::array<char*, 4> marks{words[2].data(), words[3].data(), words[4].data(), nullptr};
  const std::array<int, 5> descriptors{socket, file, order->get(), directory.get(), program_.get()};
  static_assert(hold::kSocket == 3 && hold::kProgram == 7);
  return starter_.start_program("/proc/self/fd/" + std::to_string(hold::kProgram), argv.data(),
                                marks.data(), descriptors);
}

std::unique_ptr<Process> HeldCommands::keep(HeldCommand::Start start, ChildCallbacks callbacks) {
  const bool has_holder = start.holder_pid != 0;
  const AttemptId attempt = start.attempt;
  auto command =
      std::make_shared<HeldCommand>(loop_, std::move(start), std::move(callbacks), owner_);
  if (has_holder) commands_[attempt] = command;
  command->attach();
  return std::make_unique<HeldProcessHandle>(std::move(command));
}

// --- Adopting ---

std::vector<AttemptId> HeldCommands::adoptable() const {
  std::vector<AttemptId> out;
  for (const AttemptId attempt : files_.list()) {
    const HeldState state = files_.look(attempt);
    if (state.readable && (state.alive || state.result)) out.push_back(attempt);
  }
  return out;
}

Result<std::unique_ptr<Process>> HeldCommands::adopt(AttemptId attempt, ChildCallbacks callbacks) {
  auto reached = reach(attempt);
  if (reached.ok()) {
    const auto holder = process_stat(reached->holder_pid);
    if (holder && holder->parent == ::getpid()) holders_.insert(reached->holder_pid);
    return keep(std::move(reached).value(), std::move(callbacks));
  }
  // It may just have ended; if it has not, it is not one that we can talk to.
  HeldState state = files_.look(attempt);
  if (!state.readable || state.alive || !state.result) {
    const Status ended = end(attempt);
    return ended.ok() ? reached.error() : ended.error();
  }
  state.result->unheard = !state.delivered;
  HeldCommand::Start start;
  start.attempt = attempt;
  start.pid = state.pid;
  start.result = std::move(state.result);
  return keep(std::move(start), std::move(callbacks));
}

/// A holder that its engine had just started may not listen yet.
Result<UniqueFd> HeldCommands::connect(AttemptId attempt) const {
  const MonoTime deadline = loop_.mono() + kHolderPatience;
  for (;;) {
    auto socket = files_.connect(attempt);
    if (socket.ok() || loop_.mono() >= deadline || !files_.look(attempt).alive) return socket;
    ::poll(nullptr, 0, 1);
  }
}

/// The holder of a command, if it is there.
Result<HeldCommand::Start> HeldCommands::reach(AttemptId attempt) const {
  const std::string name = "the holder of attempt " + std::to_string(attempt.value);
  auto socket = connect(attempt);
  if (!socket.ok()) return socket.error();
  Greeting greeting;
  if (!receive_greeting(socket->get(), greeting, loop_, kHolderPatience)) {
    return {Code::kUnavailable, name + " does not answer"};
  }
  if (greeting.header.kind != hold::kHello || greeting.header.value != hold::kVersion) {
    return {Code::kUnavailable, name + " is of another version of moondial"};
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket->get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return system_error(name, errno);
  }
  UniqueFd pidfd = open_pidfd(peer.pid);
  if (!pidfd) return system_error(name, errno);
  HeldCommand::Start start;
  start.attempt = attempt;
  start.pid = static_cast<int>(greeting.header.more);
  start.holder_pid = peer.pid;
  start.pidfd = std::move(pidfd);
  start.socket = std::move(socket).value();
  start.logged = greeting.logged;
  start.secrets = std::move(greeting.secrets);
  return start;
}

// --- Ending ---

Status HeldCommands::end_processes(AttemptId attempt) const {
  const std::string mark = mark_of(attempt);
  return end_marked_processes(
             {state_dir_, [&](std::string_view command) { return command == mark; }, false}, loop_,
             kHolderPatience)
      .status();
}

Status HeldCommands::end(AttemptId attempt) {
  Status status = end_processes(attempt);
  if (status.ok()) files_.remove(attempt);
  return status;
}

/// Of one whose holder went without a word.
CommandResult HeldCommands::find_result(AttemptId attempt) const {
  static_cast<void>(end_processes(attempt));
  HeldState state = files_.look(attempt);
  CommandResult result = state.result.value_or(CommandResult());
  result.lost = !state.result;
  result.unheard = state.result && !state.delivered;
  return result;
}

void HeldCommands::gone(HeldCommand& command) {
  if (holders_.erase(command.holder_pid()) > 0) reap_holder(command.holder_pid());
  commands_.erase(command.attempt());
}

void HeldCommands::forget_others(const std::set<AttemptId>& adopted) {
  for (const AttemptId attempt : files_.list()) {
    if (!adopted.contains(attempt) && !commands_.contains(attempt)) files_.remove(attempt);
  }
}

void HeldCommands::leave() {
  for (auto& [attempt, command] : std::exchange(commands_, {})) command->leave();
}

void HeldCommands::end_all(Duration patience) {
  const MonoTime deadline = loop_.mono() + patience;
  const auto commands = commands_;
  for (const auto& [attempt, command] : commands) command->abandon();
  for (const auto& [attempt, command] : commands) command->end_now(deadline - loop_.mono());
}

}  // namespace moondial
