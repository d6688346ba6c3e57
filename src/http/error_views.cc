#include "http/error_views.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "base/civil_time.h"
#include "base/text.h"
#include "http/api_call.h"
#include "http/pages.h"
#include "http/views_json.h"

namespace moondial {
namespace {

constexpr int64_t kMostGroups = 500;
constexpr int64_t kMostTasks = 1000;
/// Of a first line, bytes.
constexpr size_t kMostOfError = 500;

const char* word_of(ErrorGroup::State state) {
  return state == ErrorGroup::State::kOpen       ? "open"
         : state == ErrorGroup::State::kResolved ? "resolved"
                                                 : "regressed";
}

char small_letter(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Whether it has `word`, which is in small letters, somewhere.
bool holds(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return small_letter(a) == b; };
  return word.empty() ||
         std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool group_holds(const ErrorGroup& group, std::string_view word) {
  return holds(group.task, word) || holds(group.place, word) || holds(group.shape, word) ||
         holds(group.example.attempt.error, word) ||
         std::ranges::any_of(group.tasks,
                             [&](const ErrorGroup::Task& one) { return holds(one.id, word); });
}

bool is_wanted(const ErrorGroup& group, const ErrorQuery& query) {
  if (!query.states.empty() && std::ranges::find(query.states, group.state) == query.states.end()) {
    return false;
  }
  if (!query.task.empty() && group.task != query.task) return false;
  return std::ranges::all_of(query.words,
                             [&](const std::string& word) { return group_holds(group, word); });
}

/// Those of its tasks that are listed, in their order.
std::vector<const ErrorGroup::Task*> listed_tasks(const ErrorGroup& group,
                                                  const ErrorQuery& query) {
  std::vector<const ErrorGroup::Task*> out;
  for (const ErrorGroup::Task& task : group.tasks) {
    if (!query.since || task.last >= *query.since) out.push_back(&task);
  }
  std::stable_partition(out.begin(), out.end(),
                        [&](const ErrorGroup::Task* task) { return !task->resolved; });
  if (!query.words.empty()) {
    std::stable_partition(out.begin(), out.end(), [&](const ErrorGroup::Task* task) {
      return std::ranges::all_of(query.words,
                                 [&](const std::string& word) { return holds(task->id, word); });
    });
  }
  if (out.size() > query.tasks) out.resize(query.tasks);
  return out;
}

OrderedJson failed_task_view(const ErrorGroup::Task& task, std::string_view zone) {
  return {{"id", printable(task.id)},
          {"params", params_view(task.params)},
          {"count", task.count},
          {"run", task.run.value},
          {"attempt_id", task.attempt.value},
          {"last", format_rfc3339(task.last, zone)},
          {"resolved", task.resolved}};
}

OrderedJson error_group_view(const ErrorGroup& group, const ErrorQuery& query,
                             std::string_view error, std::string_view zone) {
  OrderedJson tasks = OrderedJson::array();
  for (const ErrorGroup::Task* task : listed_tasks(group, query))
    tasks.push_back(failed_task_view(*task, zone));
  const PastAttempt& example = group.example;
  OrderedJson place;
  if (!group.place.empty()) place = printable(group.place);
  return {{"id", group.id},
          {"task", printable(group.task)},
          {"place", place},
          {"message", printable(group.shape)},
          {"state", word_of(group.state)},
          {"count", group.count},
          {"task_count", group.tasks.size()},
          {"open_count", std::ranges::count(group.tasks, false, &ErrorGroup::Task::resolved)},
          {"first", format_rfc3339(group.first, zone)},
          {"last", format_rfc3339(group.last, zone)},
          {"example",
           {{"run", example.run.value},
            {"task", printable(example.task)},
            {"attempt_id", example.attempt.attempt.value},
            {"error", printable(error)}}},
          {"tasks", std::move(tasks)}};
}

Result<std::vector<ErrorGroup::State>> states_from(const std::string& word) {
  if (word.empty()) return std::vector<ErrorGroup::State>();
  if (word == "unresolved")
    return std::vector{ErrorGroup::State::kOpen, ErrorGroup::State::kRegressed};
  for (const ErrorGroup::State state :
       {ErrorGroup::State::kOpen, ErrorGroup::State::kRegressed, ErrorGroup::State::kResolved}) {
    if (word == word_of(state)) return std::vector{state};
  }
  return Error{Code::kInvalid,
               "'state' of errors is to be open, regressed, resolved or unresolved, not '" +
                   printable(word) + "'",
               {}};
}

}  // namespace

Result<ErrorQuery> error_query(const HttpRequest& request) {
  ErrorQuery query;
  auto states = states_from(query_text(request, "state"));
  if (!states.ok()) return states.error();
  query.states = std::move(states).value();
  query.task = query_text(request, "task");
  query.after = query_text(request, "after");
  std::string text = query_text(request, "text");
  std::ranges::transform(text, text.begin(), small_letter);
  std::istringstream stream(text);
  for (std::string word; stream >> word;) query.words.push_back(std::move(word));
  if (const std::string since = query_text(request, "since"); !since.empty()) {
    const Result<UtcTime> at = parse_rfc3339(since);
    if (!at.ok()) return at.error();
    query.since = *at;
  }
  const auto limit = query_number(request, "limit", kMostGroups, 1, kMostGroups);
  if (!limit.ok()) return limit.error();
  const auto tasks =
      query_number(request, "tasks", static_cast<int64_t>(query.tasks), 0, kMostTasks);
  if (!tasks.ok()) return tasks.error();
  query.limit = static_cast<size_t>(*limit);
  query.tasks = static_cast<size_t>(*tasks);
  return query;
}

HttpReply error_groups_reply(const std::vector<ErrorGroup>& groups, const ErrorQuery& query,
                             const HttpRequest& request, std::string_view zone) {
  auto begin = groups.begin();
  if (!query.after.empty()) {
    begin = std::ranges::find(groups, query.after, &ErrorGroup::id);
    if (begin == groups.end())
      return problem(404, "there is no group of errors after which to go on");
    ++begin;
  }
  OrderedJson out = OrderedJson::array();
  std::string last;
  for (auto group = begin; group != groups.end(); ++group) {
    if (!is_wanted(*group, query)) continue;
    if (out.size() == query.limit) {
      HttpReply reply = json_reply(json_text(out));
      link_next(reply, request, "after", last);
      return reply;
    }
    const std::string& error = group->example.attempt.error;
    const size_t end = std::min(error.find('\n'), kMostOfError);
    out.push_back(error_group_view(*group, query, std::string_view(error).substr(0, end), zone));
    last = group->id;
  }
  return json_reply(json_text(out));
}

HttpReply error_group_reply(const std::vector<ErrorGroup>& groups, const std::string& id,
                            const ErrorQuery& query, std::string_view zone) {
  const auto group = std::ranges::find(groups, id, &ErrorGroup::id);
  if (group == groups.end()) {
    return problem(404,
                   "there is no group of errors '" + printable(id) + "' among the newest failures");
  }
  return json_reply(json_text(error_group_view(*group, query, group->example.attempt.error, zone)));
}

}  // namespace moondial
