#include "uv/spawn_child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include "uv/target_paths.h"

// How this works. posix_spawn gives vfork semantics: the child borrows our memory until it execs,
// so its cost does not depend on how much of that there is. It says which errno, not which step
// failed; so files are opened here, the program is looked up here (posix_spawnp would use our own
// PATH), and what remains is found out after a failure.

namespace moondial {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::string_view variable_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool has_name(const char* entry, std::string_view name) {
  const std::string_view text(entry);
  return text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=';
}

std::string path_in(const std::string& directory, const std::string& path) {
  return directory.empty() || path.starts_with('/') ? path : directory + "/" + path;
}

/// The interpreter of a script's first line, or "".
std::string interpreter_of(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 256> head{};
  const ssize_t got = fd ? ::read(fd.get(), head.data(), head.size()) : 0;
  std::string_view line(head.data(), got > 0 ? static_cast<size_t>(got) : 0);
  line = line.substr(0, line.find('\n'));
  if (!line.starts_with("#!")) return "";
  line.remove_prefix(std::min(line.find_first_not_of(" \t", 2), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t\r")));
}

/// Why `path` cannot be a working directory: an errno, or 0.
int why_no_directory(const std::string& path) {
  struct stat info {};
  if (path.empty()) return 0;
  if (::stat(path.c_str(), &info) != 0) return errno;
  if (!S_ISDIR(info.st_mode)) return ENOTDIR;
  return ::access(path.c_str(), X_OK) == 0 ? 0 : EACCES;
}

// --- streams
// --------------------------------------------------------------------------------------

Result<UniqueFd> open_file(const std::string& path, int flags) {
  // Without O_NONBLOCK the open of a FIFO would block the loop.
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666));
  if (!fd) {
    const char* verb = (flags & O_CREAT) != 0 ? "cannot write " : "cannot read ";
    return system_error(verb + in_quotes(path), errno);
  }
  ::fcntl(fd.get(), F_SETFL, flags & ~(O_CREAT | O_TRUNC));
  return fd;
}

/// A file in memory and not a pipe: no reader can be too slow, or gone.
Result<UniqueFd> hold_text(std::string_view text) {
  UniqueFd fd(::memfd_create("stdin", MFD_CLOEXEC));
  if (!fd) return system_error("cannot hold a command's standard input", errno);
  while (!text.empty()) {
    const ssize_t put = ::write(fd.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot hold a command's standard input", errno);
    text.remove_prefix(static_cast<size_t>(put));
  }
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

Status make_pipe(UniqueFd& write_end, UniqueFd& read_end) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
    return system_error("cannot make a pipe for a command's output", errno);
  }
  read_end.reset(fds[0]);
  write_end.reset(fds[1]);
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return {};
}

Result<UniqueFd> open_input(const CommandSpec& command) {
  switch (command.in.kind) {
    case StreamSpec::Kind::kFile:
      return open_file(path_in(command.cwd, command.in.path), O_RDONLY);
    case StreamSpec::Kind::kText:
      return hold_text(command.in.text);
    case StreamSpec::Kind::kNull:
      return UniqueFd();
    case StreamSpec::Kind::kLog:
    case StreamSpec::Kind::kCapture:
      break;
  }
  return {Code::kInvalid, "a command's input cannot be a log"};
}

Status open_output(const CommandSpec& command, const StreamSpec& spec, UniqueFd& fd,
                   UniqueFd& read_end) {
  switch (spec.kind) {
    case StreamSpec::Kind::kLog:
    case StreamSpec::Kind::kCapture:
      return make_pipe(fd, read_end);
    case StreamSpec::Kind::kFile: {
      auto file = open_file(path_in(command.cwd, spec.path), O_WRONLY | O_CREAT | O_TRUNC);
      if (!file.ok()) return file.error();
      fd = std::move(file).value();
      return {};
    }
    case StreamSpec::Kind::kNull:
      return {};
    case StreamSpec::Kind::kText:
      break;
  }
  return {Code::kInvalid, "a command's output cannot be a text"};
}

/// Two descriptors for one file or one log would lose or reorder bytes.
bool share_one(const StreamSpec& out, const StreamSpec& err) {
  if (out.kind != err.kind) return false;
  return out.kind == StreamSpec::Kind::kLog ||
         (out.kind == StreamSpec::Kind::kFile && out.path == err.path);
}

}  // namespace

Error system_error(const std::string& text, int error) {
  Code code = Code::kIo;
  if (error == ENOENT) code = Code::kNotFound;
  if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
    code = Code::kUnavailable;
  }
  return {code, text + ": " + reason(error), {}};
}

Status check_command(const CommandSpec& command) {
  if (command.argv.empty()) return {Code::kInvalid, "the command is empty"};
  const auto holds_nul = [](const std::string& text) {
    return text.find('\0') != std::string::npos;
  };
  if (std::any_of(command.argv.begin(), command.argv.end(), holds_nul) || holds_nul(command.cwd) ||
      std::any_of(command.secrets.begin(), command.secrets.end(), holds_nul) ||
      holds_nul(command.in.path) || holds_nul(command.out.path) || holds_nul(command.err.path)) {
    return {Code::kInvalid, "a word or a path of the command holds a NUL byte"};
  }
  return {};
}

Result<std::string> ChildStarter::find_program(const CommandSpec& command,
                                               const ChildEnvironment& environment) const {
  return lookup_.find(command, environment);
}

Error explain_refusal(int error, const CommandSpec& command, const std::string& program) {
  struct stat info {};
  const int no_directory = why_no_directory(command.cwd);
  if (no_directory != 0) {
    return system_error(
        "cannot run " + in_quotes(program) + " in directory " + in_quotes(command.cwd),
        no_directory);
  }
  const std::string path = path_in(command.cwd, program);
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (error == EACCES && exists && S_ISDIR(info.st_mode)) {
    return {Code::kIo, "cannot run " + in_quotes(program) + ": it is a directory", {}};
  }
  if (error == EACCES && exists && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) != 0) {
    return {Code::kIo, in_quotes(program) + " is not executable (chmod +x makes it so)", {}};
  }
  if (error == ENOEXEC) {
    return {Code::kIo,
            "cannot run " + in_quotes(program) +
                ": it is neither a program for this machine nor a script with a #! line",
            {}};
  }
  const std::string interpreter = interpreter_of(path);
  if (exists && error == ENOENT && !interpreter.empty()) {
    return {Code::kNotFound,
            "cannot run " + in_quotes(program) + ": its first line asks for " +
                in_quotes(interpreter) + ", which does not exist",
            {}};
  }
  return system_error("cannot run " + in_quotes(program), error);
}

ChildEnvironment::ChildEnvironment(const CommandSpec& command, std::vector<std::string> marks)
    : marks_(std::move(marks)) {
  const auto add = [&](const std::string& entry) {
    pointers_.push_back(
        const_cast<char*>(entry.c_str()));  // execve's signature is older than const
  };
  for (const std::string& mark : marks_) add(mark);
  const auto is_hidden = [&](std::string_view name, size_t count) {
    return std::any_of(pointers_.begin(), pointers_.begin() + static_cast<ptrdiff_t>(count),
                       [&](const char* entry) { return has_name(entry, name); });
  };
  const auto& extra = command.extra_environment;
  for (auto entry = extra.rbegin(); entry != extra.rend(); ++entry) {  // the last of a name counts
    if (!is_hidden(variable_of(*entry), pointers_.size())) add(*entry);
  }
  const size_t overrides = pointers_.size();
  if (command.environment) {
    for (const std::string& entry : *command.environment) {
      if (!is_hidden(variable_of(entry), overrides)) add(entry);
    }
  }
  pointers_.push_back(nullptr);
}

const char* ChildEnvironment::find(std::string_view name) const {
  for (const char* entry : pointers_) {
    if (entry != nullptr && has_name(entry, name)) return entry + name.size() + 1;
  }
  return nullptr;
}

Result<ChildStreams> open_streams(const CommandSpec& command) {
  ChildStreams streams;
  auto in = open_input(command);
  if (!in.ok()) return in.error();
  streams.in = std::move(in).value();
  Status status = open_output(command, command.out, streams.out, streams.read_out);
  if (!status.ok()) return status.error();
  streams.err_is_out = share_one(command.out, command.err);
  if (!streams.err_is_out) {
    status = open_output(command, command.err, streams.err, streams.read_err);
    if (!status.ok()) return status.error();
  }
  return streams;
}

struct ChildStarter::Attributes {
  posix_spawnattr_t value{};
};

ChildStarter::ChildStarter() : attributes_(std::make_unique<Attributes>()) {
  posix_spawnattr_t* attributes = &attributes_->value;
  posix_spawnattr_init(attributes);
  posix_spawnattr_setflags(
      attributes,
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(attributes, &signals);
  // Leaves 0, 1 and 2 taken, so that no dup2 below can run over a descriptor of ours.
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  null_.reset(fd);
}

ChildStarter::~ChildStarter() { posix_spawnattr_destroy(&attributes_->value); }

Result<int> ChildStarter::start(const CommandSpec& command, const ChildEnvironment& environment,
                                const ChildStreams& streams) const {
  const auto or_null = [&](const UniqueFd& fd) { return fd ? fd.get() : null_.get(); };
  const int out = or_null(streams.out);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, or_null(streams.in), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.err_is_out ? out : or_null(streams.err),
                                   STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  if (!command.cwd.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.cwd.c_str());
  }
  std::vector<char*> argv;
  argv.reserve(command.argv.size() + 1);
  for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  pid_t pid = 0;
  int error = 0;
  Result<std::string> program = std::string();
  for (bool is_first = true;; is_first = false) {
    program = find_program(command, environment);
    if (!program.ok()) break;
    error = posix_spawn(&pid, program->c_str(), &actions, &attributes_->value, argv.data(),
                        environment.pointers());
    // What was found a moment ago may have gone since, and be in another folder of PATH.
    if (error != ENOENT || !is_first) break;
    lookup_.forget();
  }
  posix_spawn_file_actions_destroy(&actions);
  if (!program.ok()) return program.error();
  if (error != 0) return explain_refusal(error, command, *program);
  return static_cast<int>(pid);
}

Result<int> ChildStarter::start_program(const std::string& path, char* const* argv,
                                        char* const* environment,
                                        std::span<const int> descriptors) const {
  // First out of the way of one another.
  const int first = STDERR_FILENO + 1;
  const int end = first + static_cast<int>(descriptors.size());
  std::vector<UniqueFd> copies;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    posix_spawn_file_actions_adddup2(&actions, null_.get(), fd);
  }
  int error = 0;
  for (const int fd : descriptors) {
    copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, std::max(end, null_.get() + 1)));
    if (!copies.back()) error = errno;
    posix_spawn_file_actions_adddup2(&actions, copies.back().get(),
                                     first + static_cast<int>(copies.size()) - 1);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, end);
  pid_t pid = 0;
  if (error == 0) {
    error = posix_spawn(&pid, path.c_str(), &actions, &attributes_->value, argv, environment);
  }
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return system_error("cannot start " + path, error);
  return static_cast<int>(pid);
}

}  // namespace moondial
