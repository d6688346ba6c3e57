#include "http/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "http/unix_socket.h"

namespace moondial {
namespace {

constexpr size_t kMaxFile = 4 << 20;

Error secret_file_error(const std::string& path, int number) {
  return {Code::kIo, path + ": " + std::strerror(number), {}};
}

Result<std::string> read_whole(int fd, const std::string& path) {
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return secret_file_error(path, errno);
    if (n == 0) return text;
    text.append(part.data(), static_cast<size_t>(n));
    if (text.size() > kMaxFile)
      return Error{Code::kCorrupt, path + " is too large for what it holds", {}};
  }
}

Status check_owner(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return secret_file_error(path, errno);
  if (!S_ISREG(info.st_mode)) return {Code::kInvalid, path + " is no file"};
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return {Code::kInvalid, path + " belongs to another user"};
  }
  if ((info.st_mode & 077) != 0) {
    return {Code::kInvalid, path + " can be reached by others: chmod 600 it"};
  }
  return {};
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return secret_file_error(path, errno);
    text.remove_prefix(static_cast<size_t>(n));
  }
  return ::fsync(fd) == 0 ? Status() : Status(secret_file_error(path, errno));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

Result<std::optional<std::string>> read_secret_file(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::optional<std::string>();
  if (!fd) return secret_file_error(path, errno);
  if (const Status status = check_owner(fd.get(), path); !status.ok()) return status.error();
  auto text = read_whole(fd.get(), path);
  if (!text.ok()) return text.error();
  return std::optional(std::move(text).value());
}

Status replace_secret_file(const std::string& path, std::string_view text) {
  const std::string part = path + ".new";
  ::unlink(part.c_str());  // of one that was killed
  const OwnedFd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return secret_file_error(part, errno);
  if (Status status = write_all(fd.get(), text, part); !status.ok()) return status;
  if (::rename(part.c_str(), path.c_str()) != 0) return secret_file_error(path, errno);
  const OwnedFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return secret_file_error(folder_of(path), errno);
  return {};
}

}  // namespace moondial
