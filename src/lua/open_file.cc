#include "lua/open_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>
#include <system_error>

namespace moondial::script {
namespace {

constexpr unsigned kBuffer = 128 * 1024;

gzFile file_of(void* cookie) { return static_cast<gzFile>(cookie); }

/// The errno for what went wrong in zlib last.
void set_error(gzFile file) {
  int code = Z_OK;
  (void)gzerror(file, &code);
  if (code != Z_ERRNO) errno = EBADMSG;
}

ssize_t read_some(void* cookie, char* buffer, size_t size) {
  const gzFile file = file_of(cookie);
  const int got = gzread(file, buffer, static_cast<unsigned>(std::min<size_t>(size, INT_MAX)));
  if (got > 0 && gzdirect(file) != 0) {  // zlib would pass other bytes through as they are
    errno = EBADMSG;
    return -1;
  }
  int code = Z_OK;
  (void)gzerror(file, &code);
  if (got >= 0 && code != Z_BUF_ERROR) return got;
  set_error(file);
  return -1;
}

ssize_t write_some(void* cookie, const char* buffer, size_t size) {
  const gzFile file = file_of(cookie);
  const int put = gzwrite(file, buffer, static_cast<unsigned>(std::min<size_t>(size, INT_MAX)));
  if (put > 0) return put;
  set_error(file);
  return 0;
}

int close_file(void* cookie) {
  const int code = gzclose(file_of(cookie));
  // A reader that stops in the middle is no error.
  if (code == Z_OK || code == Z_BUF_ERROR) return 0;
  if (code != Z_ERRNO) errno = EBADMSG;
  return -1;
}

FILE* open_gzip(const std::string& path, const char* mode) {
  const bool reads = mode[0] == 'r';
  const int flags = reads            ? O_RDONLY
                    : mode[0] == 'a' ? O_WRONLY | O_CREAT | O_APPEND
                                     : O_WRONLY | O_CREAT | O_TRUNC;
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  if (fd < 0) return nullptr;
  const gzFile file = gzdopen(fd, reads ? "rb" : "wb");
  if (file == nullptr) {
    ::close(fd);
    errno = ENOMEM;
    return nullptr;
  }
  (void)gzbuffer(file, kBuffer);
#ifdef __GLIBC__
  FILE* stream =
      fopencookie(file, reads ? "r" : "w", {&read_some, &write_some, nullptr, &close_file});
#else
  // BSD's interface has ints where glibc's has sizes.
  FILE* stream = funopen(
      file,
      [](void* cookie, char* buffer, int size) -> int {
        return static_cast<int>(read_some(cookie, buffer, static_cast<size_t>(size)));
      },
      [](void* cookie, const char* buffer, int size) -> int {
        return static_cast<int>(write_some(cookie, buffer, static_cast<size_t>(size)));
      },
      nullptr, &close_file);
#endif
  if (stream == nullptr) gzclose(file);
  return stream;
}

}  // namespace

FILE* open_file(const std::string& path, const char* mode) {
  return path.ends_with(".gz") ? open_gzip(path, mode) : std::fopen(path.c_str(), mode);
}

std::string file_error() {
  if (errno == EBADMSG) return "it is not a whole gzip file";
  return std::generic_category().message(errno);
}

}  // namespace moondial::script
