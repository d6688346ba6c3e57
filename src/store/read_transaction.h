#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <type_traits>
#include <utility>

#include "store/connection.h"

namespace moondial::store {

/// One read transaction after the other, on a connection that outlives it.
class ReadTransactions {
 public:
  ReadTransactions(SQLite::Database& db, std::string path)
      : path_(std::move(path)), begin_(db, "BEGIN"), end_(db, "COMMIT") {}

  /// Calls `work` inside one, so that its queries see the same state.
  template <typename Work>
  auto operator()(Work&& work) {
    using Value = std::invoke_result_t<Work>;
    auto result = at_seam(path_, [&]() -> Result<Value> {
      execute(begin_);
      return Result<Value>(work());
    });
    end_.tryReset();
    (void)end_.tryExecuteStep();  // after an error there may be no transaction to end
    return result;
  }

 private:
  const std::string path_;
  SQLite::Statement begin_, end_;
};

}  // namespace moondial::store
