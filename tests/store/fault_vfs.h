#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace moondial::test {

/// While it lives, SQLite's file access goes through it: the writes, syncs and truncations of all
/// database files of the process are counted, and one of them, or all from one on, fail. Syncs do
/// nothing, so that a test that runs hundreds of times is quick.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  enum class Repeat { kOnce, kForEver };
  enum class Tear { kNo, kYes };
  /// The operation number `nth` from now (from 0) fails with SQLite's `code`; if it is a write, it
  /// puts down nothing, or the first half of it.
  void fail(int64_t nth, int code, Repeat repeat, Tear tear = Tear::kNo);
  void heal();
  /// Operations since fail() or heal().
  [[nodiscard]] int64_t operations() const { return operations_; }

  /// What the next operation is to return: SQLITE_OK for "do it".
  int next();
  [[nodiscard]] bool tears() const { return tears_; }

 private:
  sqlite3_vfs vfs_;
  sqlite3_vfs* const real_;
  std::atomic<int64_t> operations_ = 0;
  std::atomic<int64_t> nth_ = -1;
  std::atomic<int> code_ = SQLITE_OK;
  std::atomic<bool> for_ever_ = false;
  std::atomic<bool> tears_ = false;
};

}  // namespace moondial::test
