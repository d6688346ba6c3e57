#include "cli/record_check.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <vector>

#include "base/text.h"
#include "cli/text_layout.h"
#include "store/network_filesystem.h"

namespace moondial {
namespace {

using Grade = Finding::Grade;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBound(5);
/// Steps of SQLite's machine between two looks at the clock.
constexpr int kSteps = 20'000;

int past_deadline(void* deadline) {
  return SteadyClock::now() > *static_cast<SteadyClock::time_point*>(deadline) ? 1 : 0;
}

/// Bytes of a file; 0 if it is not there.
uint64_t size_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

/// Without a log, nothing but the file itself is to be looked at, and nothing is written beside it.
std::string uri_of(const std::string& path) {
  std::string out = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      static constexpr const char* kDigits = "0123456789abcdef";
      out += {'%', kDigits[static_cast<unsigned char>(c) >> 4],
              kDigits[static_cast<unsigned char>(c) & 15]};
    } else {
      out += c;
    }
  }
  return out + (size_of(path + "-wal") == 0 ? "?immutable=1" : "?mode=ro");
}

Finding damaged(const std::string& path, const std::string& what) {
  return {"record", Grade::kProblem, path + ": " + what,
          "move it away with its -wal and -shm, or put back a copy; without it only history is "
          "lost, and outputs stay complete"};
}

Finding too_large(const std::string& path) {
  return {
      "record", Grade::kWarning,
      path + " (" + bytes_text(size_of(path)) + ") was not looked through to its end",
      "while no engine works: sqlite3 -readonly " + shell_word(path) + " 'PRAGMA integrity_check'"};
}

Finding checked(const std::string& path) {
  auto deadline = SteadyClock::now() + kBound;
  SQLite::Database db(uri_of(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI);
  sqlite3_progress_handler(db.getHandle(), kSteps, &past_deadline, &deadline);
  SQLite::Statement check(db, "PRAGMA integrity_check(3)");
  std::string said;
  while (check.executeStep()) {
    said += (said.empty() ? "" : "; ") + check.getColumn(0).getString();
  }
  if (said != "ok") return damaged(path, "it is damaged: " + said);
  return {"record", Grade::kOk, path + " is sound (" + bytes_text(size_of(path)) + ")", ""};
}

}  // namespace

Finding look_at_file_system(const std::string& state_dir) {
  const Status status = refuse_network_filesystem(state_dir);
  if (status.ok()) return {"file system", Grade::kOk, "the state is on a local disk", ""};
  return {"file system", Grade::kProblem, status.error().message,
          "keep the project on a local disk; outputs may be elsewhere (output_roots)"};
}

Finding look_at_record(const std::string& state_dir) {
  const std::string path = state_dir + "/moondial.db";
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {"record", Grade::kOk, "there is none yet", ""};
  try {
    return checked(path);
  } catch (const SQLite::Exception& exception) {
    if (exception.getErrorCode() == SQLITE_INTERRUPT) return too_large(path);
    return damaged(path, exception.what());
  }
}

}  // namespace moondial
