#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/event_loop.h"
#include "store/sqlite_store.h"

namespace moondial::test {

/// A loop that only has post(): what is posted is called by the test's own thread, when it asks.
class PostLoop : public EventLoop {
 public:
  void post(std::function<void()> task) override;

  /// Calls what was posted, and waits for more, until `done`.
  void run_until(const std::function<bool()>& done);
  /// Calls what was posted so far.
  void run_posted();

  // Not for a store.
  UtcTime utc() const override;
  MonoTime mono() const override;
  std::unique_ptr<FdWatch> watch(int, Readiness, std::function<void(Readiness)>) override;
  std::unique_ptr<Watch> timer(MonoTime, std::function<void()>) override;
  std::unique_ptr<Watch> on_signal(int, std::function<void()>) override;
  void defer(std::function<void()> task) override;
  void offload(std::function<void()>, std::function<void()>) override;
  void run() override;
  void stop() override;

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> tasks_;
};

/// A directory that goes with the test.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string database() const { return path_ + "/moondial.db"; }

 private:
  std::string path_;
};

/// A store on a database of its own, which can be closed and opened again.
class StoreFixture {
 public:
  StoreFixture();
  ~StoreFixture();

  SqliteStore& store() { return *store_; }
  void reopen();
  /// Writes and waits until it is durable. False if the store failed instead.
  bool write(std::vector<Record> records);
  [[nodiscard]] const std::string& path() const { return path_; }
  /// One value of a query, over a connection of its own.
  [[nodiscard]] std::string query(const std::string& sql);

  TempDir dir;
  PostLoop loop;
  std::vector<Status> fatal;  ///< what on_fatal was told

 private:
  std::string path_;
  std::unique_ptr<SqliteStore> store_;
};

/// Asks a database one question, through SQLite, which keeps the locks of a store in this process;
/// "" if there is no row.
[[nodiscard]] std::string query(const std::string& path, const std::string& sql);

// --- Records, with as little as a test must say ---

[[nodiscard]] UtcTime at(int64_t microseconds);
[[nodiscard]] RunStarted run_started(RunId run, std::vector<std::string> roots = {"t.Root"});
[[nodiscard]] TaskPlanned planned(RunId run, const std::string& id);
[[nodiscard]] TaskEnded ended(RunId run, const std::string& id, TaskState state = TaskState::kDone);
[[nodiscard]] AttemptStarted started(AttemptId attempt, RunId run, const std::string& task);
[[nodiscard]] AttemptEnded ended(AttemptId attempt, TaskState state = TaskState::kDone);

}  // namespace moondial::test
