#include "store/sqlite_store.h"

#include <pthread.h>

#include <cassert>
#include <csignal>
#include <utility>

#include "store/backup.h"
#include "store/connection.h"
#include "store/network_filesystem.h"
#include "store/reader.h"
#include "store/start_notes.h"
#include "store/writer.h"

namespace moondial {
namespace {

/// After a group of as many writes the next one waits until it is so long since that one began:
/// where much is written, few large groups cost far less than many small ones. Where little is,
/// nobody waits.
constexpr size_t kThick = 4;
constexpr std::chrono::milliseconds kGather(4);

/// Starts a thread that no signal is delivered to: they are the loop's, and one that interrupts an
/// fsync would look like a failed disk.
template <typename Body>
std::thread start_quiet_thread(Body body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), "store-writer");
  return thread;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(EventLoop& loop, const std::string& path) {
  if (Status status = refuse_network_filesystem(path); !status.ok()) return status.error();
  if (Status status = store::create_private_file(path); !status.ok()) return status.error();
  auto writer = store::Writer::open(path);
  if (!writer.ok()) return writer.error();
  auto reader = store::Reader::open(path);
  if (!reader.ok()) return reader.error();
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(loop, path, std::move(*writer), std::move(*reader),
                      std::make_shared<store::StartNotes>(path + "-starts")));
}

SqliteStore::SqliteStore(EventLoop& loop, std::string path, std::unique_ptr<store::Writer> writer,
                         std::unique_ptr<store::Reader> reader,
                         std::shared_ptr<store::StartNotes> notes)
    : loop_(loop),
      path_(std::move(path)),
      reader_(std::move(reader)),
      last_run_(writer->last_run()),
      last_attempt_(writer->last_attempt()),
      notes_(std::move(notes)),
      writer_(std::move(writer)) {
  thread_ = start_quiet_thread([this] { write_until_closed(); });
}

SqliteStore::~SqliteStore() { close(); }

void SqliteStore::close() {
  if (!thread_.joinable()) return;
  reader_.reset();  // the last checkpoint must not meet a reader
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// --- Writing ---

void SqliteStore::write(std::vector<Record> records, std::function<void()> durable) {
  note_starts(records, durable);
  {
    const std::lock_guard lock(mutex_);
    assert(!closing_);
    if (!failure_.ok()) return;
    queue_.records.push_back(std::move(records));
    queue_.durable.push_back(std::move(durable));
    if (!idle_) return;  // it looks again by itself
    idle_ = false;
  }
  changed_.notify_all();
}

/// What begins to work before its row is durable is written down now.
void SqliteStore::note_starts(const std::vector<Record>& records, std::function<void()>& durable) {
  for (const Record& record : records) {
    if (std::holds_alternative<AttemptPrepared>(record)) notes_->begin();
    const auto* start = std::get_if<AttemptStarted>(&record);
    // What recovery writes was prepared by an earlier engine, whose notes stay until that is
    // durable.
    if (start == nullptr || !start->prepared || !notes_->has_begun()) continue;
    notes_->started(start->attempt, start->at);
    durable = [notes = notes_, durable = std::move(durable)] {
      notes->kept();
      if (durable) durable();
    };
  }
}

Status SqliteStore::flush() {
  std::unique_lock lock(mutex_);
  flushing_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !failure_.ok() || (queue_.records.empty() && !writing_); });
  flushing_ = false;
  return failure_;
}

/// What is queued, once there is something; nothing if the store closes.
SqliteStore::Queue SqliteStore::next_group(std::chrono::steady_clock::time_point not_before) {
  Queue group;
  std::unique_lock lock(mutex_);
  idle_ = queue_.records.empty();
  changed_.wait(lock, [this] { return closing_ || !queue_.records.empty(); });
  idle_ = false;
  changed_.wait_until(lock, not_before, [this] { return closing_ || flushing_; });
  std::swap(group, queue_);
  writing_ = true;
  return group;
}

void SqliteStore::write_until_closed() {
  std::chrono::steady_clock::time_point not_before;
  for (;;) {
    Queue group = next_group(not_before);
    if (group.records.empty()) break;
    if (group.records.size() >= kThick) not_before = std::chrono::steady_clock::now() + kGather;
    const auto begun = std::chrono::steady_clock::now();
    if (Status status = write_group(std::move(group)); !status.ok()) {
      fail(std::move(status));
      return;
    }
    const auto took = std::chrono::steady_clock::now() - begun;
    {
      const std::lock_guard lock(mutex_);
      activity_.committed(std::chrono::duration_cast<Duration>(took));
      writing_ = false;
    }
    changed_.notify_all();
  }
  writer_->finish();
  writer_.reset();
}

Status SqliteStore::write_group(Queue group) {
  // Called or not, they end on the loop's thread: what they hold belongs to it.
  const auto callbacks = std::make_shared<Callbacks>(std::move(group.durable));
  Status status = writer_->commit(group.records);
  if (!status.ok()) {
    loop_.post([callbacks] { callbacks->clear(); });
    return status;
  }
  loop_.post([callbacks, told = on_commit_] {
    for (const auto& durable : *callbacks) {
      if (durable) durable();
    }
    callbacks->clear();
    if (*told) (*told)();
  });
  return writer_->checkpoint_if_due();
}

WriterActivity SqliteStore::writer_activity() const {
  const std::lock_guard lock(mutex_);
  WriterActivity out = activity_;
  out.queued = queue_.records.size();
  return out;
}

void SqliteStore::fail(Status status) {
  writer_.reset();
  auto dropped = std::make_shared<Queue>();
  {
    const std::lock_guard lock(mutex_);
    failure_ = status;
    std::swap(*dropped, queue_);
  }
  changed_.notify_all();
  loop_.post([fatal = fatal_, dropped, status = std::move(status)] {
    dropped->durable.clear();
    fatal->status = status;
    if (fatal->callback) fatal->callback(status);
  });
}

void SqliteStore::on_fatal(std::function<void(Status)> callback) {
  fatal_->callback = std::move(callback);
  if (!fatal_->status) return;
  loop_.post([fatal = fatal_] { fatal->callback(*fatal->status); });
}

// --- Ids ---

RunId SqliteStore::next_run() { return RunId(++last_run_.value); }
AttemptId SqliteStore::next_attempt() { return AttemptId(++last_attempt_.value); }

// --- Reading ---

Result<std::vector<RunRow>> SqliteStore::runs(size_t limit, RunId before, const RunFilter& filter) {
  return reader_->runs(limit, before, filter);
}
Result<std::optional<RunDetail>> SqliteStore::run(RunId run) { return reader_->run(run); }
Result<std::optional<RunId>> SqliteStore::run_of_request(const std::string& request) {
  return reader_->run_of_request(request);
}
Result<std::optional<OpenAttempt>> SqliteStore::attempt(AttemptId attempt) {
  return reader_->attempt(attempt);
}
Result<std::vector<PoolSizeRow>> SqliteStore::pool_sizes() { return reader_->pool_sizes(); }
History& SqliteStore::history() { return reader_->history(); }
Result<std::vector<OpenAttempt>> SqliteStore::open_attempts() { return reader_->open_attempts(); }
Result<std::vector<PreparedAttempt>> SqliteStore::prepared_attempts() {
  auto attempts = reader_->prepared_attempts();
  if (!attempts.ok() || attempts->empty()) return attempts;
  const auto started = notes_->read();
  for (PreparedAttempt& attempt : *attempts) {
    attempt.may_have_started = !started || started->contains(attempt.attempt);
    if (started && attempt.may_have_started) attempt.started = started->at(attempt.attempt);
  }
  return attempts;
}
Result<std::vector<RunId>> SqliteStore::open_runs() { return reader_->open_runs(); }
Result<std::vector<std::string>> SqliteStore::kept_staging() { return reader_->kept_staging(); }
Result<std::map<std::string, Duration>> SqliteStore::usual_durations() {
  return reader_->usual_durations();
}
Result<std::vector<std::pair<std::string, Params>>> SqliteStore::succeeded_tasks() {
  return reader_->succeeded_tasks();
}
Result<std::map<std::string, std::string>> SqliteStore::emitted(const std::string& identity) {
  return reader_->emitted(identity);
}
Result<std::string> SqliteStore::source_text(const std::string& sha256) {
  return reader_->source_text(sha256);
}
Result<std::map<std::string, std::string>> SqliteStore::sources_in_force() {
  return reader_->sources_in_force();
}
Result<std::vector<ScheduleRow>> SqliteStore::schedules() { return reader_->schedules(); }
Result<std::vector<FiringRow>> SqliteStore::open_firings() { return reader_->open_firings(); }
void SqliteStore::back_up(std::string to, std::function<void(Status)> done) {
  auto status = std::make_shared<Status>();
  loop_.offload([path = path_, to = std::move(to), status] { *status = store::back_up(path, to); },
                [status, done = std::move(done)] { done(*status); });
}
Result<std::vector<TriggerRow>> SqliteStore::triggers() { return reader_->triggers(); }
Result<std::vector<SuccessRow>> SqliteStore::successes_after(const std::string& name,
                                                             int64_t position) {
  return reader_->successes_after(name, position);
}
Result<std::vector<TroubleRow>> SqliteStore::troubles() { return reader_->troubles(); }
Result<std::vector<TaskDeadlineRow>> SqliteStore::open_task_deadlines() {
  return reader_->open_task_deadlines();
}
Result<std::vector<FiringRow>> SqliteStore::firings(const std::string& schedule, size_t limit) {
  return reader_->firings(schedule, limit);
}
Result<bool> SqliteStore::was_pruned(RunId run) { return reader_->was_pruned(run); }
Result<std::optional<PruneStep>> SqliteStore::next_prunable(const RetentionCutoffs& cutoffs) {
  return reader_->next_prunable(cutoffs);
}
Result<std::vector<EventRow>> SqliteStore::events(int64_t after, size_t limit) {
  return reader_->events(after, limit);
}
Result<EventBounds> SqliteStore::event_bounds() { return reader_->event_bounds(); }
Result<std::optional<int64_t>> SqliteStore::old_events(int64_t after, UtcTime before) {
  return reader_->old_events(after, before);
}

}  // namespace moondial
