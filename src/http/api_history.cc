// What is asked by people who look back: attempts, dates, firings, errors, pipeline files.
#include <algorithm>

#include "base/civil_time.h"
#include "http/api_call.h"
#include "http/error_views.h"
#include "http/history_views.h"
#include "http/pages.h"

namespace moondial {
namespace {

constexpr size_t kMostMissed = 500;
constexpr size_t kTasksOfGroup = 200;

}  // namespace

void ApiRoutes::past_attempts(const Call& call) {
  const auto limit = query_number(call.request, "limit", 100, 1, 10'000);
  if (call.malformed(limit)) return;
  const auto before = query_number(call.request, "before", 0, 0, INT64_MAX);
  if (call.malformed(before)) return;
  const auto rows = api_.history().attempts_of(call.name, static_cast<size_t>(*limit),
                                               AttemptId(static_cast<uint64_t>(*before)));
  if (call.refused(rows)) return;
  HttpReply reply = json_reply(past_attempts_json(*rows, api_.info().timezone, loop_.utc()));
  if (!rows->empty()) {
    link_next(reply, call.request, rows->size(), *limit, rows->back().attempt.attempt.value);
  }
  call.respond(std::move(reply));
}

void ApiRoutes::attempt(const Call& call) {
  const auto found = api_.history().attempt(AttemptId(call.id));
  if (call.refused(found)) return;
  if (!*found) {
    return call.respond(problem(404, "there is no attempt " + std::to_string(call.id)));
  }
  call.respond(json_reply(attempt_json(**found, api_.info().timezone, loop_.utc())));
}

void ApiRoutes::dates(const Call& call) {
  const std::string param = query_text(call.request, "param");
  if (param.empty()) return call.respond(problem(400, "'param' is to name a parameter"));
  const auto states = api_.history().last_states(call.name);
  if (call.refused(states)) return;
  call.respond(json_reply(dates_json(call.name, param, *states)));
}

void ApiRoutes::firings(const Call& call) {
  const auto limit = query_number(call.request, "limit", 100, 1, 10'000);
  if (call.malformed(limit)) return;
  Result<UtcTime> before = UtcTime(std::chrono::hours(24) * 365 * 1000);
  if (const std::string text = query_text(call.request, "before"); !text.empty()) {
    before = parse_rfc3339(text);
  }
  if (call.malformed(before)) return;
  const auto rows = api_.history().firings(call.name, static_cast<size_t>(*limit), *before);
  if (call.refused(rows)) return;
  call.respond(json_reply(firings_json(*rows, api_.info().timezone)));
}

void ApiRoutes::errors(const Call& call) {
  const auto query = error_query(call.request);
  if (call.malformed(query)) return;
  errors_.ask(
      [this, query = *query, request = call.request](const ErrorAnswers::Groups& groups) {
        return error_groups_reply(groups, query, request, api_.info().timezone);
      },
      call.respond);
}

void ApiRoutes::error_group(const Call& call) {
  auto query = error_query(call.request);
  if (call.malformed(query)) return;
  if (!call.request.query.contains("tasks")) query->tasks = kTasksOfGroup;
  errors_.ask(
      [this, query = *query, id = call.name](const ErrorAnswers::Groups& groups) {
        return error_group_reply(groups, id, query, api_.info().timezone);
      },
      call.respond);
}

void ApiRoutes::missed(const Call& call) {
  Result<UtcTime> since = loop_.utc() - std::chrono::hours(24);
  if (const std::string text = query_text(call.request, "since"); !text.empty()) {
    since = parse_rfc3339(text);
  }
  if (call.malformed(since)) return;
  const auto rows = api_.history().missed(*since, kMostMissed);
  if (call.refused(rows)) return;
  call.respond(json_reply(missed_json(*rows, api_.info().timezone)));
}

void ApiRoutes::scripts(const Call& call) {
  api_.scripts([this, respond = call.respond](const Result<ScriptsView>& scripts) {
    respond(scripts.ok() ? json_reply(scripts_json(*scripts, api_.info().timezone))
                         : problem(scripts.error()));
  });
}

void ApiRoutes::versions(const Call& call) {
  const std::string file = query_text(call.request, "file");
  if (file.empty()) return call.respond(problem(400, "'file' is to name a pipeline file"));
  const auto versions = api_.history().versions(file);
  if (call.refused(versions)) return;
  call.respond(json_reply(versions_json(*versions, api_.info().timezone)));
}

void ApiRoutes::source(const Call& call) {
  const auto text = api_.history().source(call.name);
  if (call.refused(text)) return;
  if (!*text) return call.respond(problem(404, "no run has used a text with this SHA-256"));
  call.respond(json_reply(source_json(call.name, **text)));
}

}  // namespace moondial
