#include "store/task_reader.h"

#include <unistd.h>

#include <utility>

#include "store/connection.h"

namespace moondial {
namespace {

using store::at_seam;
using store::Query;

/// The lane that asks waits.
constexpr int kTaskReaderTimeoutMs = 5000;

struct Statements {
  explicit Statements(SQLite::Database& db)
      : marked(db, "SELECT 1 FROM marks WHERE identity = ?"),
        success(db,
                "SELECT s.position, s.at, s.fingerprint, coalesce(a.started, s.started, s.at) "
                "FROM successes s LEFT JOIN attempts a ON a.id = s.attempt WHERE s.identity = ?"),
        emitted(db,
                "SELECT e.name, e.value FROM successes s JOIN emitted e ON e.attempt = s.attempt "
                "WHERE s.identity = ?1 UNION ALL "
                "SELECT k.name, k.value FROM successes s JOIN kept_emitted k "
                "ON k.attempt = s.attempt WHERE s.identity = ?1 ORDER BY 1") {}
  SQLite::Statement marked, success, emitted;
};

class TaskReader final : public TaskRecords {
 public:
  explicit TaskReader(std::string path) : path_(std::move(path)) {}

  Result<bool> marked(std::string_view identity) override {
    return ask<bool>([&](Statements& sql) -> Result<bool> {
      const std::string text(identity);
      Query query(sql.marked, text);
      return query.next();
    });
  }

  Result<std::optional<TaskSuccess>> success(std::string_view identity) override {
    using Answer = std::optional<TaskSuccess>;
    return ask<Answer>([&](Statements& sql) -> Result<Answer> {
      const std::string text(identity);
      Query query(sql.success, text);
      if (!query.next()) return Answer();
      return Answer(TaskSuccess{query.integer(0), query.time(1), query.time(3), query.text(2)});
    });
  }

  Result<std::vector<std::pair<std::string, std::string>>> emitted(
      std::string_view identity) override {
    using Answer = std::vector<std::pair<std::string, std::string>>;
    return ask<Answer>([&](Statements& sql) -> Result<Answer> {
      const std::string text(identity);
      Query query(sql.emitted, text);
      Answer values;
      while (query.next()) values.emplace_back(query.text(0), query.text(1));
      return values;
    });
  }

 private:
  template <typename Answer, typename Work>
  Result<Answer> ask(const Work& work) {
    return at_seam(path_, [&]() -> Result<Answer> {
      if (!sql_) {
        if (::access(path_.c_str(), F_OK) != 0) return Answer();
        db_ = std::make_unique<SQLite::Database>(
            path_, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, kTaskReaderTimeoutMs);
        sql_ = std::make_unique<Statements>(*db_);
      }
      return work(*sql_);
    });
  }

  const std::string path_;
  std::unique_ptr<SQLite::Database> db_;
  std::unique_ptr<Statements> sql_;
};

}  // namespace

std::unique_ptr<TaskRecords> open_task_records(std::string path) {
  return std::make_unique<TaskReader>(std::move(path));
}

}  // namespace moondial
