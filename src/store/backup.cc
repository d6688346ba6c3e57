#include "store/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "store/connection.h"

namespace moondial::store {
namespace {

Status failed(const std::string& path, const char* what) {
  return {Code::kIo, path + " cannot be " + what + ": " + std::strerror(errno)};
}

/// A file or a folder.
Status sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(path, "opened");
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  return result == 0 ? Status() : failed(path, "synced");
}

Status copy(const std::string& database, const std::string& part) {
  return at_seam(database, [&]() -> Status {
    SQLite::Database source = connect(database, 10'000);
    SQLite::Statement statement(source, "VACUUM INTO ?");
    statement.bind(1, part);
    statement.exec();
    return {};
  });
}

}  // namespace

Status back_up(const std::string& database, const std::string& to) {
  if (::access(to.c_str(), F_OK) == 0) {
    return {Code::kConflict, to + " is there already: say another name, or move it away"};
  }
  const std::string part = to + ".part";
  (void)::unlink(part.c_str());  // of an attempt that did not end well
  Status status = create_private_file(part);
  if (status.ok()) status = copy(database, part);
  if (status.ok()) status = sync(part);
  // Not over a file that has come about meanwhile.
  if (status.ok() && ::link(part.c_str(), to.c_str()) != 0) status = failed(to, "made");
  (void)::unlink(part.c_str());
  if (!status.ok()) return status;
  const auto folder = std::filesystem::path(to).parent_path();
  return sync(folder.empty() ? "." : folder.string());
}

}  // namespace moondial::store
