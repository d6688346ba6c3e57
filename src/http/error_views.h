#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error_groups.h"
#include "http/message.h"

namespace moondial {

/// Which groups of failures somebody asks for, and how much of each.
struct ErrorQuery {
  std::vector<ErrorGroup::State> states;  ///< none: all
  std::string task;                       ///< a name; empty: all
  /// In small letters: each is somewhere in its message, place, error or identities.
  std::vector<std::string> words;
  /// The id of the group that the page before ended with; empty: the first page.
  std::string after;
  std::optional<UtcTime> since;  ///< the tasks of each are those that failed since
  size_t limit = 500;
  /// Of each group: open ones, and those that hold the words, before the others.
  size_t tasks = 3;
};

/// The error (kInvalid) says what is wrong with the query of the request.
[[nodiscard]] Result<ErrorQuery> error_query(const HttpRequest& request);

/// A page of groups; with the link to the next one, if there are more. Of errors the first lines.
[[nodiscard]] HttpReply error_groups_reply(const std::vector<ErrorGroup>& groups,
                                           const ErrorQuery& query, const HttpRequest& request,
                                           std::string_view zone);
/// One group with its whole error and the first `query.tasks` of its tasks; 404 without it.
[[nodiscard]] HttpReply error_group_reply(const std::vector<ErrorGroup>& groups,
                                          const std::string& id, const ErrorQuery& query,
                                          std::string_view zone);

}  // namespace moondial
