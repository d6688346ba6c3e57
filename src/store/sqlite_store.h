#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/event_loop.h"
#include "engine/store.h"

namespace moondial {

namespace store {
class Reader;
class StartNotes;
class Writer;
}  // namespace store

/// The record in one SQLite file: docs/schema.md.
///
/// How it works. write() puts records into a queue. A thread takes all that is queued at once,
/// writes it in one transaction, and has the callbacks of what it took called on the loop's thread:
/// the longer a commit takes, the more the next one carries, so the disk's speed bounds the delay
/// of a record but not how many there are. Where records come thick it lets some more gather. Reads
/// have a connection of their own, on the loop's thread; in WAL mode they neither wait for the
/// writer nor hold it up.
///
/// No other code of the process may open the file: closing any descriptor of it drops the locks of
/// both connections.
class SqliteStore : public Store {
 public:
  /// Opens the database at `path`, made with mode 0600 if it does not exist; its directory does.
  /// Migrates an older one; refuses a newer one, another program's, one that is damaged, and a
  /// network file system. The caller holds the engine's lock. `loop` is used only for post(), and
  /// outlives the store.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(EventLoop& loop,
                                                                 const std::string& path);
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  void write(std::vector<Record> records, std::function<void()> durable) override;
  [[nodiscard]] Status flush() override;
  [[nodiscard]] WriterActivity writer_activity() const override;
  void on_fatal(std::function<void(Status)> callback) override;
  RunId next_run() override;
  AttemptId next_attempt() override;
  [[nodiscard]] Result<std::vector<RunRow>> runs(size_t limit, RunId before,
                                                 const RunFilter& filter) override;
  [[nodiscard]] Result<std::optional<RunDetail>> run(RunId run) override;
  [[nodiscard]] Result<std::optional<RunId>> run_of_request(const std::string& request) override;
  [[nodiscard]] Result<std::optional<OpenAttempt>> attempt(AttemptId attempt) override;
  [[nodiscard]] Result<std::vector<OpenAttempt>> open_attempts() override;
  [[nodiscard]] Result<std::vector<PreparedAttempt>> prepared_attempts() override;
  [[nodiscard]] Result<std::vector<RunId>> open_runs() override;
  [[nodiscard]] Result<std::vector<std::string>> kept_staging() override;
  [[nodiscard]] Result<std::map<std::string, Duration>> usual_durations() override;
  [[nodiscard]] Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() override;
  [[nodiscard]] Result<std::map<std::string, std::string>> emitted(
      const std::string& identity) override;
  [[nodiscard]] Result<std::map<std::string, std::string>> sources_in_force() override;
  [[nodiscard]] Result<std::vector<ScheduleRow>> schedules() override;
  [[nodiscard]] Result<std::vector<FiringRow>> open_firings() override;
  void back_up(std::string to, std::function<void(Status)> done) override;
  [[nodiscard]] Result<std::vector<TriggerRow>> triggers() override;
  [[nodiscard]] Result<std::vector<SuccessRow>> successes_after(const std::string& name,
                                                                int64_t position) override;
  [[nodiscard]] Result<std::vector<TroubleRow>> troubles() override;
  [[nodiscard]] Result<std::vector<TaskDeadlineRow>> open_task_deadlines() override;
  [[nodiscard]] Result<std::vector<FiringRow>> firings(const std::string& schedule,
                                                       size_t limit) override;
  [[nodiscard]] Result<std::vector<PoolSizeRow>> pool_sizes() override;
  [[nodiscard]] History& history() override;
  [[nodiscard]] Result<std::string> source_text(const std::string& sha256) override;
  [[nodiscard]] Result<bool> was_pruned(RunId run) override;
  [[nodiscard]] Result<std::optional<PruneStep>> next_prunable(
      const RetentionCutoffs& cutoffs) override;
  [[nodiscard]] Result<std::optional<int64_t>> old_events(int64_t after, UtcTime before) override;
  [[nodiscard]] Result<std::vector<EventRow>> events(int64_t after, size_t limit) override;
  [[nodiscard]] Result<EventBounds> event_bounds() override;
  void on_commit(std::function<void()> callback) override { *on_commit_ = std::move(callback); }
  void close() override;

 private:
  using Callbacks = std::vector<std::function<void()>>;
  /// What was handed over and not yet taken: records[i] belongs to durable[i].
  struct Queue {
    std::vector<std::vector<Record>> records;
    Callbacks durable;
  };
  /// Shared with what is posted to the loop, which may run after the store is gone.
  struct Fatal {
    std::function<void(Status)> callback;
    std::optional<Status> status;
  };

  SqliteStore(EventLoop& loop, std::string path, std::unique_ptr<store::Writer> writer,
              std::unique_ptr<store::Reader> reader, std::shared_ptr<store::StartNotes> notes);

  void note_starts(const std::vector<Record>& records, std::function<void()>& durable);

  // Writer thread.
  void write_until_closed();
  [[nodiscard]] Queue next_group(std::chrono::steady_clock::time_point not_before);
  [[nodiscard]] Status write_group(Queue group);
  void fail(Status status);

  // Constant after construction.
  EventLoop& loop_;
  const std::string path_;

  // Loop thread.
  std::unique_ptr<store::Reader> reader_;
  RunId last_run_;
  AttemptId last_attempt_;
  const std::shared_ptr<store::StartNotes> notes_;  ///< also held by callbacks
  const std::shared_ptr<std::function<void()>> on_commit_ =
      std::make_shared<std::function<void()>>();  ///< likewise
  const std::shared_ptr<Fatal> fatal_ = std::make_shared<Fatal>();

  // Writer thread, while it runs.
  std::unique_ptr<store::Writer> writer_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Queue queue_;
  WriterActivity activity_;  ///< but for `queued`
  bool writing_ = false;     ///< what was taken from the queue is not durable yet
  bool idle_ = true;         ///< the writer waits to be told of something in the queue
  bool flushing_ = false;    ///< somebody waits for it
  bool closing_ = false;
  Status failure_;  ///< not ok: nothing is written any more

  std::thread thread_;
};

}  // namespace moondial
