#include "uv/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "uv/durable.h"
#include "uv/remove_tree.h"
#include "uv/unique_fd.h"

namespace moondial {

FileCalls& FileCalls::system() {
  static FileCalls calls;
  return calls;
}

int FileCalls::rename(const std::string& from, const std::string& to) {
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

int FileCalls::exchange(const std::string& one, const std::string& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0 ? 0
                                                                                           : errno;
}

int FileCalls::link(const std::string& from, const std::string& to) {
  return ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) == 0 ? 0 : errno;
}

int FileCalls::make_directory(const std::string& path) {
  return ::mkdir(path.c_str(), 0777) == 0 ? 0 : errno;
}

int FileCalls::remove_directory(const std::string& path) {
  return ::rmdir(path.c_str()) == 0 ? 0 : errno;
}

int FileCalls::set_mode(const std::string& path, mode_t mode) {
  return ::chmod(path.c_str(), mode) == 0 ? 0 : errno;
}

int FileCalls::write_file(const std::string& path, const std::string& text) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const UniqueFd fd(::open(path.c_str(), kFlags, 0600));
  if (!fd) return errno;
  const ssize_t wrote = ::write(fd.get(), text.data(), text.size());
  if (wrote < 0) return errno;
  return static_cast<size_t>(wrote) == text.size() ? 0 : ENOSPC;
}

Status FileCalls::make_durable(std::span<const std::string> paths,
                               std::span<const std::string> trees) {
  return moondial::make_durable(paths, trees);
}

Status FileCalls::remove_tree(const std::string& path) { return moondial::remove_tree(path); }

}  // namespace moondial
