#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/history.h"
#include "store/read_transaction.h"

namespace moondial::store {

/// The queries of History, over a reader's connection, which outlives it.
class HistoryReader : public History {
 public:
  HistoryReader(SQLite::Database& db, const std::string& path) : read_(db, path), sql_(db) {}

  Result<std::vector<PastAttempt>> attempts_of(const std::string& name, size_t limit,
                                               AttemptId before) override;
  Result<std::optional<PastAttempt>> attempt(AttemptId attempt) override;
  Result<std::vector<LastState>> last_states(const std::string& name) override;
  Result<std::vector<FiringRow>> firings(const std::string& schedule, size_t limit,
                                         UtcTime before) override;
  Result<std::vector<Failure>> failures(size_t limit) override;
  Result<std::vector<MissedTask>> missed(UtcTime since, size_t limit) override;
  Result<std::vector<SourceVersion>> versions(const std::string& path) override;
  Result<std::optional<std::string>> source(const std::string& sha256) override;

 private:
  struct Statements {
    explicit Statements(SQLite::Database& db);
    SQLite::Statement place_of_attempt, attempts_of, attempt, emitted;
    SQLite::Statement last_states, successes, marks, firings, failures, missed, versions, source;
  };
  void read_emitted(AttemptRow& attempt);

  ReadTransactions read_;
  Statements sql_;
};

}  // namespace moondial::store
