#include "store/connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace moondial::store {
namespace {

Error system_error(const std::string& path, int error) {
  return {Code::kIo, path + ": " + std::strerror(error), {}};
}

/// Makes a new name in `directory` survive a power cut.
Status sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error(directory, errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  return result == 0 ? Status() : system_error(directory, error);
}

}  // namespace

Error to_error(const SQLite::Exception& exception, const std::string& path) {
  const std::string detail = exception.what();
  switch (exception.getErrorCode()) {
    case SQLITE_FULL:
      return {Code::kUnavailable, path + ": no space is left on the disk", {}};
    case SQLITE_NOTADB:
      return {Code::kCorrupt, path + " is not a database. Move it away to begin a new one", {}};
    case SQLITE_CORRUPT:
      return {Code::kCorrupt, path + " is damaged (" + detail + ")", {}};
    case SQLITE_ERROR:  // our statements are right, so the tables are not
    case SQLITE_SCHEMA:
      return {
          Code::kCorrupt, path + " does not have the tables of its version (" + detail + ")", {}};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kConflict, path + " is locked by another program (" + detail + ")", {}};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Code::kIo,
              path + ": " + detail + " (" + std::to_string(exception.getExtendedErrorCode()) + ")",
              {}};
    default:
      return {Code::kInternal, path + ": " + detail, {}};
  }
}

Status create_private_file(const std::string& path) {
  // An existing database is never opened here: closing a descriptor drops the locks that a
  // connection of this process may hold on the file.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    const std::string directory = std::filesystem::path(path).parent_path().string();
    return sync_directory(directory.empty() ? "." : directory);
  }
  if (errno != EEXIST) return system_error(path, errno);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error(path, errno);
  if (!S_ISREG(info.st_mode)) return {Code::kInvalid, path + " is not a file"};
  return {};
}

SQLite::Database connect(const std::string& path, int busy_timeout_ms) {
  // Without the statistics of its memory, which nobody reads, SQLite takes no lock to allocate: a
  // tenth of the writer's time. Has an effect only before the first connection of the process.
  static const int ignored = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)ignored;
  SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms);
  db.exec(
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA temp_store = MEMORY;"
      // Debian's SQLite overwrites deleted rows with zeros by default; no secret ever gets here.
      "PRAGMA secure_delete = OFF;");
  return db;
}

}  // namespace moondial::store
