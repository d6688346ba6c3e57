#include "fixture.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace moondial::test {

void PostLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  posted_.notify_one();
}

void PostLoop::run_until(const std::function<bool()>& done) {
  while (!done()) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      posted_.wait(lock, [this] { return !tasks_.empty(); });
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

void PostLoop::run_posted() {
  std::deque<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    std::swap(tasks, tasks_);
  }
  for (const auto& task : tasks) task();
}

UtcTime PostLoop::utc() const { return {}; }
MonoTime PostLoop::mono() const { return {}; }
std::unique_ptr<FdWatch> PostLoop::watch(int, Readiness, std::function<void(Readiness)>) {
  std::abort();
}
std::unique_ptr<Watch> PostLoop::timer(MonoTime, std::function<void()>) { std::abort(); }
std::unique_ptr<Watch> PostLoop::on_signal(int, std::function<void()>) { std::abort(); }
void PostLoop::defer(std::function<void()>) { std::abort(); }
void PostLoop::offload(std::function<void()> work, std::function<void()> done) {
  work();
  post(std::move(done));
}
void PostLoop::run() { std::abort(); }
void PostLoop::stop() { std::abort(); }

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "moondial-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

StoreFixture::StoreFixture() : path_(dir.database()) { reopen(); }

StoreFixture::~StoreFixture() {
  store_.reset();
  loop.run_posted();
}

void StoreFixture::reopen() {
  if (store_) store_->close();
  store_.reset();
  loop.run_posted();
  fatal.clear();
  auto opened = SqliteStore::open(loop, path_);
  if (!opened.ok()) throw std::runtime_error(opened.error().message);
  store_ = std::move(*opened);
  store_->on_fatal([this](Status status) { fatal.push_back(std::move(status)); });
}

bool StoreFixture::write(std::vector<Record> records) {
  bool durable = false;
  store_->write(std::move(records), [&durable] { durable = true; });
  loop.run_until([&] { return durable || !fatal.empty(); });
  return durable;
}

std::string StoreFixture::query(const std::string& sql) { return test::query(path_, sql); }

std::string query(const std::string& path, const std::string& sql) {
  SQLite::Database db(path, SQLite::OPEN_READWRITE, 1000);
  SQLite::Statement statement(db, sql);
  if (!statement.executeStep()) return "";
  return statement.getColumn(0).getString();
}

UtcTime at(int64_t microseconds) { return UtcTime(Duration(microseconds)); }

RunStarted run_started(RunId run, std::vector<std::string> roots) {
  RunStarted record;
  record.run = run;
  record.request = "request-" + std::to_string(run.value);
  record.roots = std::move(roots);
  record.kind = "run";
  record.at = at(1'000'000);
  return record;
}

TaskPlanned planned(RunId run, const std::string& id) {
  TaskPlanned record;
  record.run = run;
  record.id = id;
  record.name = id.substr(0, id.find('('));
  return record;
}

TaskEnded ended(RunId run, const std::string& id, TaskState state) {
  TaskEnded record;
  record.run = run;
  record.id = id;
  record.state = state;
  record.at = at(4'000'000);
  return record;
}

AttemptStarted started(AttemptId attempt, RunId run, const std::string& task) {
  AttemptStarted record;
  record.attempt = attempt;
  record.run = run;
  record.task = task;
  record.name = task.substr(0, task.find('('));
  record.host = "moon";
  record.at = at(2'000'000);
  return record;
}

AttemptEnded ended(AttemptId attempt, TaskState state) {
  AttemptEnded record;
  record.attempt = attempt;
  record.state = state;
  record.at = at(3'000'000);
  return record;
}

}  // namespace moondial::test
