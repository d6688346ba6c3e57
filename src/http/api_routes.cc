#include "http/api_routes.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "http/api_call.h"
#include "http/event_stream.h"
#include "http/log_stream.h"
#include "http/openapi.h"
#include "http/pages.h"
#include "http/problem.h"
#include "http/requests.h"
#include "http/session_stream.h"
#include "http/views.h"
#include "http/webhook_signature.h"

namespace moondial {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";

}  // namespace

struct ApiRoutes::Route {
  RouteInfo info;
  void (ApiRoutes::*handler)(const Call&);
  bool takes_any_body = false;  ///< not only JSON
};

struct ApiRoutes::Table {
  static constexpr std::array kRoutes = {
      Route{{"GET", "engine", Role::kViewer, "The engine that answers", "Engine"},
            &ApiRoutes::engine},
      Route{{"POST", "engine/way", Role::kOwner,
             "Asks an engine that ends with its work to make way for a daemon", "Nothing", 200,
             "EmptyRequest"},
            &ApiRoutes::make_way},
      Route{{"POST", "console/codes", Role::kOwner, "An address that signs a browser in, once",
             "ConsoleCode", 201, "EmptyRequest"},
            &ApiRoutes::console_code},
      Route{{"GET", "openapi.json", Role::kViewer, "This document", "OpenApi"},
            &ApiRoutes::openapi},
      Route{{"GET", "config", Role::kViewer, "What moondial.lua says", "Config"},
            &ApiRoutes::config},
      Route{{"GET", "tasks", Role::kViewer, "The declared tasks", "Tasks", 200, "", "tag:string"},
            &ApiRoutes::tasks},
      Route{{"GET", "pools", Role::kViewer, "The declared pools", "Pools"}, &ApiRoutes::pools},
      Route{{"POST", "pools/*/size", Role::kOperator, "Sets the size of a pool", "Pool", 200,
             "PoolSizeRequest"},
            &ApiRoutes::set_pool},
      Route{
          {"GET", "scripts", Role::kViewer, "The pipeline files and what they declare", "Scripts"},
          &ApiRoutes::scripts},
      Route{{"GET", "scripts/versions", Role::kViewer, "The texts of a file that runs used",
             "ScriptVersions", 200, "", "file:string"},
            &ApiRoutes::versions},
      Route{{"GET", "sources/*", Role::kViewer, "A text of a file, by its SHA-256", "Source"},
            &ApiRoutes::source},
      Route{{"GET", "errors", Role::kViewer, "What failed, by what went wrong and where",
             "ErrorGroups", 200, "",
             "state:string task:string text:string since:string limit:integer after:string "
             "tasks:integer"},
            &ApiRoutes::errors},
      Route{{"GET", "errors/*", Role::kViewer, "One thing that goes wrong, with its tasks",
             "ErrorGroup", 200, "", "text:string since:string tasks:integer"},
            &ApiRoutes::error_group},
      Route{{"GET", "missed", Role::kViewer,
             "Tasks that are not done by their deadline, the latest first", "MissedTasks", 200, "",
             "since:string"},
            &ApiRoutes::missed},
      Route{{"GET", "schedules/*/firings", Role::kViewer,
             "The firings of a schedule or trigger, newest first", "Firings", 200, "",
             "limit:integer before:string"},
            &ApiRoutes::firings},
      Route{{"GET", "tasks/*/dates", Role::kViewer,
             "What became last of the tasks of a name, by a parameter", "TaskDates", 200, "",
             "param:string"},
            &ApiRoutes::dates},
      Route{{"GET", "attempts/#", Role::kViewer, "An attempt", "AttemptDetail"},
            &ApiRoutes::attempt},
      Route{{"GET", "schedules", Role::kViewer, "The schedules, with when they fire next",
             "Schedules", 200, "", "next:integer"},
            &ApiRoutes::schedules},
      Route{{"POST", "schedules/*/pause", Role::kOperator, "Keeps a schedule from firing",
             "Nothing", 200, "EmptyRequest"},
            &ApiRoutes::pause},
      Route{{"POST", "schedules/*/resume", Role::kOperator, "Lets a schedule fire again", "Nothing",
             200, "EmptyRequest"},
            &ApiRoutes::resume},
      Route{{"POST", "schedules/*/trigger", Role::kOperator, "Fires a schedule now", "RunId", 201,
             "RetryRequest"},
            &ApiRoutes::trigger},
      Route{{"GET", "forecast", Role::kViewer, "The coming hours, played", "Forecast", 200, "",
             "until:string"},
            &ApiRoutes::forecast},
      Route{{"POST", "backups", Role::kOwner, "Copies the record to a file", "Nothing", 201,
             "BackupRequest"},
            &ApiRoutes::back_up},
      Route{{"GET", "triggers", Role::kViewer, "The triggers, with what made them fire last",
             "Triggers"},
            &ApiRoutes::triggers},
      Route{{"POST", "webhooks/*", Role::kNone,
             "Calls a webhook; over TCP signed with its secret, or with the role operator",
             "Nothing", 202, "Anything"},
            &ApiRoutes::webhook,
            true},
      Route{{"GET", "runs", Role::kViewer, "Runs, newest first", "Runs", 200, "",
             "limit:integer before:integer state:string kind:string task:string since:string "
             "until:string"},
            &ApiRoutes::runs},
      Route{{"GET", "tasks/*/attempts", Role::kViewer,
             "The attempts of all tasks of a name, newest first", "PastAttempts", 200, "",
             "limit:integer before:integer"},
            &ApiRoutes::past_attempts},
      Route{{"POST", "runs", Role::kOperator,
             "Starts a run; answers its events if they are accepted", "RunId", 201, "RunRequest"},
            &ApiRoutes::start},
      Route{{"GET", "runs/#", Role::kViewer, "A run with its tasks and attempts", "RunDetail", 200,
             "", "state:string"},
            &ApiRoutes::show},
      Route{{"GET", "runs/#/progress", Role::kViewer, "An open run as it goes", "Progress"},
            &ApiRoutes::progress},
      Route{{"GET", "runs/#/events", Role::kViewer, "What happens in a run", "Events", 200, "",
             "log:string"},
            &ApiRoutes::events},
      Route{{"POST", "runs/#/cancel", Role::kOperator, "Cancels a run", "RunId", 202,
             "CancelRequest"},
            &ApiRoutes::cancel},
      Route{{"POST", "runs/#/retry", Role::kOperator, "Continues what a run has left", "RunId", 201,
             "RetryRequest"},
            &ApiRoutes::retry},
      Route{{"GET", "attempts/#/log", Role::kViewer,
             "What an attempt said; with follow=1, its events", "Log", 200, "",
             "offset:integer limit:integer follow:string"},
            &ApiRoutes::log},
      Route{
          {"GET", "events", Role::kViewer, "All that happens", "Events", 200, "", "after:integer"},
          &ApiRoutes::project_events},
      Route{{"POST", "check", Role::kViewer, "What is wrong with the files", "Diagnostics", 200,
             "EmptyRequest"},
            &ApiRoutes::check},
      Route{{"POST", "reload", Role::kAdmin, "Loads the files anew", "Reload", 200, "EmptyRequest"},
            &ApiRoutes::reload},
      Route{{"POST", "plan", Role::kViewer, "What a run would do", "Plan", 200, "PlanRequest"},
            &ApiRoutes::plan},
      Route{
          {"POST", "marks", Role::kOperator, "Marks a task as done", "TaskId", 200, "MarkRequest"},
          &ApiRoutes::mark},
      Route{{"POST", "cancels", Role::kOperator, "Cancels a task in all runs", "TaskId", 200,
             "CancelTaskRequest"},
            &ApiRoutes::cancel_task},
      Route{{"GET", "queue", Role::kViewer, "What is ready and waits, and what is held", "Queue"},
            &ApiRoutes::queue},
      // A session reads what the engine's user can read: through the unix socket alone.
      Route{{"POST", "repl", Role::kOwner, "A session of somebody who types; ends with its stream",
             "Events", 200, "EmptyRequest"},
            &ApiRoutes::open_session},
      Route{{"POST", "repl/#/input", Role::kOwner, "Evaluates what was typed", "Nothing", 200,
             "InputRequest"},
            &ApiRoutes::session_input},
      Route{{"POST", "repl/#/answer", Role::kOwner, "Answers a session's question", "Nothing", 200,
             "AnswerRequest"},
            &ApiRoutes::session_answer},
      Route{{"POST", "repl/#/interrupt", Role::kOwner, "Stops what is evaluated", "Nothing", 200,
             "EmptyRequest"},
            &ApiRoutes::interrupt_session},
      Route{{"DELETE", "repl/#", Role::kOwner, "Ends a session", "Nothing", 200, "EmptyRequest"},
            &ApiRoutes::close_session},
  };
  static constexpr bool is_described(const Route& route) {
    const RouteInfo& info = route.info;
    return !info.summary.empty() && !info.gives.empty() &&
           (info.method == "GET" || !info.takes.empty());
  }
};

std::vector<RouteInfo> ApiRoutes::infos() {
  static_assert(std::ranges::all_of(Table::kRoutes, &Table::is_described),
                "a route says what it takes and gives");
  std::vector<RouteInfo> out;
  out.reserve(Table::kRoutes.size());
  for (const Route& route : Table::kRoutes) out.push_back(route.info);
  return out;
}

const ApiRoutes::Route* ApiRoutes::find(const HttpRequest& request, Call& call) {
  if (!request.path.starts_with(kPrefix)) return nullptr;
  const std::string_view path = std::string_view(request.path).substr(kPrefix.size());
  // The path with its id or name, if it has one, taken out.
  std::string by_id, by_name, by_long_name;
  std::string_view long_name;
  if (const size_t slash = path.find('/'); slash != std::string_view::npos) {
    const std::string before(path.substr(0, slash + 1));
    const std::string_view rest = path.substr(slash + 1);
    const std::string_view word = rest.substr(0, rest.find('/'));
    const std::string after(rest.substr(word.size()));
    const auto id = number_from<uint64_t>(word);
    call.id = id.value_or(0);
    call.name = word;
    by_id = id ? before + "#" + after : "";
    by_name = before + "*" + after;
    // Names of triggers have slashes: `on.file in/*.csv`.
    long_name = rest.substr(0, rest.rfind('/'));
    by_long_name = before + "*" + std::string(rest.substr(long_name.size()));
  }
  const std::string_view method = method_of(request);
  const Route* other = nullptr;
  for (const Route& route : Table::kRoutes) {
    const RouteInfo& info = route.info;
    const bool is_short = info.pattern == path || info.pattern == by_id || info.pattern == by_name;
    if (!is_short && info.pattern != by_long_name) continue;
    if (!is_short) call.name = long_name;
    if (info.method == method) return &route;
    other = &route;
  }
  return other;
}

Role ApiRoutes::least_role(const HttpRequest& head) const {
  Call call{head, 0, {}, {}};
  const Route* route = find(head, call);
  // The method is refused after it.
  if (route == nullptr || route->info.method != method_of(head)) return Role::kViewer;
  return route->info.least;
}

size_t ApiRoutes::max_body(const HttpRequest& head) const {
  // Nobody knows yet who it is that sends it.
  return least_role(head) == Role::kNone ? kMaxCall : kMaxBody;
}

std::optional<HttpReply> ApiRoutes::refuse(const HttpRequest& head, bool has_body) const {
  Call call{head, 0, {}, {}};
  const Route* route = find(head, call);
  if (route == nullptr) return problem(404, "there is nothing at " + head.path);
  if (route->info.method != method_of(head)) {
    std::string allowed(route->info.method);
    if (route->info.pattern == "runs") allowed = "GET, HEAD, POST";
    if (allowed == "GET") allowed = "GET, HEAD";
    HttpReply reply = problem(405, head.path + " takes " + allowed);
    reply.headers.emplace_back("Allow", std::move(allowed));
    return reply;
  }
  const std::string_view type =
      std::string_view(head.content_type).substr(0, head.content_type.find_first_of("; "));
  if (has_body && type != "application/json" && !route->takes_any_body) {
    return problem(415, "the body of a request is to be application/json");
  }
  return std::nullopt;
}

void ApiRoutes::handle(const HttpRequest& request, Responder respond) {
  Call call{request, 0, {}, std::move(respond)};
  const Route* route = find(request, call);
  if (route == nullptr) return call.respond(problem(404, "there is nothing at " + request.path));
  (this->*route->handler)(call);
}

void ApiRoutes::engine(const Call& call) {
  const auto& listens = access_.listens();
  const Role caller = call.request.over_tcp ? access_.caller(call.request).role : Role::kOwner;
  call.respond(json_reply(engine_json(api_.info(), listens ? listens->text() : "", caller)));
}

void ApiRoutes::console_code(const Call& call) {
  if (!access_.listens()) {
    return call.respond(problem(409, api_.info().kind == "serve"
                                         ? "the daemon listens at no address: its log says why"
                                         : "no daemon serves this project: moondial serve"));
  }
  HttpReply reply = json_reply(console_code_json(access_.url(), access_.sessions().new_code()));
  reply.status = 201;
  call.respond(std::move(reply));
}

void ApiRoutes::openapi(const Call& call) {
  call.respond(json_reply(openapi_json(infos(), api_.info().version)));
}

void ApiRoutes::make_way(const Call& call) {
  api_.make_way();
  call.respond(json_reply("{}"));
}

void ApiRoutes::config(const Call& call) {
  api_.declarations([respond = call.respond](const Result<Declarations>& result) {
    respond(result.ok() ? json_reply(config_json(result->config)) : problem(result.error()));
  });
}

void ApiRoutes::tasks(const Call& call) {
  std::optional<std::string> tag;
  if (const auto found = call.request.query.find("tag"); found != call.request.query.end()) {
    tag = found->second;
  }
  api_.declarations([respond = call.respond, tag](const Result<Declarations>& result) {
    respond(result.ok() ? json_reply(tasks_json(*result, tag ? &*tag : nullptr))
                        : problem(result.error()));
  });
}

void ApiRoutes::pools(const Call& call) {
  api_.pools([respond = call.respond](const Result<std::vector<PoolInfo>>& result) {
    respond(result.ok() ? json_reply(pools_json(*result)) : problem(result.error()));
  });
}

void ApiRoutes::set_pool(const Call& call) {
  const auto size = parse_pool_size_request(call.request.body);
  if (call.malformed(size)) return;
  api_.set_pool(call.name, *size, [respond = call.respond](const Result<PoolInfo>& result) {
    respond(result.ok() ? json_reply(pool_json(*result)) : problem(result.error()));
  });
}

void ApiRoutes::reload(const Call& call) {
  api_.reload([respond = call.respond](const Result<ReloadReport>& result) {
    respond(result.ok() ? json_reply(reload_json(*result)) : problem(result.error()));
  });
}

void ApiRoutes::schedules(const Call& call) {
  const auto next = query_number(call.request, "next", 1, 0, 1000);
  if (call.malformed(next)) return;
  api_.schedules(static_cast<size_t>(*next), [respond = call.respond](
                                                 const Result<std::vector<ScheduleView>>& result) {
    respond(result.ok() ? json_reply(schedules_json(*result)) : problem(result.error()));
  });
}

void ApiRoutes::forecast(const Call& call) {
  const auto until = call.request.query.find("until");
  api_.forecast(
      until == call.request.query.end() ? "12h" : until->second,
      [respond = call.respond](const Result<ForecastView>& result) {
        respond(result.ok() ? json_reply(forecast_json(*result)) : problem(result.error()));
      });
}

void ApiRoutes::back_up(const Call& call) {
  auto file = parse_backup_request(call.request.body);
  if (call.malformed(file)) return;
  api_.back_up(std::move(file).value(), [respond = call.respond](const Status& status) {
    HttpReply reply = json_reply("{}");
    reply.status = 201;
    respond(status.ok() ? std::move(reply) : problem(status.error()));
  });
}

void ApiRoutes::triggers(const Call& call) {
  api_.triggers([this, respond = call.respond](const Result<std::vector<TriggerView>>& result) {
    respond(result.ok() ? json_reply(triggers_json(*result, api_.info().timezone))
                        : problem(result.error()));
  });
}

namespace {

/// With what it must say of how a caller is known: by a signature, or by a token.
HttpReply unsigned_call(std::string why) {
  HttpReply reply = problem(401, std::move(why));
  reply.headers.emplace_back("WWW-Authenticate",
                             "X-Moondial-Signature realm=\"moondial\", Bearer realm=\"moondial\"");
  return reply;
}

}  // namespace

/// Over TCP: what is wrong with who calls; nothing if they have signed, or may act anyhow.
std::optional<HttpReply> ApiRoutes::refuse_webhook(const Call& call) const {
  if (!call.request.over_tcp) return std::nullopt;
  const Caller caller = access_.caller(call.request);
  if (caller.role >= Role::kOperator && !caller.by_cookie) return std::nullopt;
  const auto secret = access_.tokens().webhook_secret(call.name);
  // Whether there is such a webhook is not told to everybody.
  if (!secret) {
    return unsigned_call("the webhook has no secret to sign with: `moondial token webhook " +
                         printable(call.name) + "` makes one");
  }
  const Status signed_well = verify_webhook(*secret, call.request.header("x-moondial-signature"),
                                            call.request.body, loop_.utc());
  if (signed_well.ok()) return std::nullopt;
  return unsigned_call(signed_well.error().message);
}

void ApiRoutes::webhook(const Call& call) {
  if (auto refused = refuse_webhook(call)) return call.respond(std::move(*refused));
  api_.call_webhook(call.name, call.request.body, [respond = call.respond](const Status& status) {
    HttpReply reply = json_reply("{}");
    reply.status = 202;
    respond(status.ok() ? std::move(reply) : problem(status.error()));
  });
}

void ApiRoutes::pause(const Call& call) {
  api_.pause_schedule(call.name, true, [respond = call.respond](const Status& status) {
    respond(status.ok() ? json_reply("{}") : problem(status.error()));
  });
}

void ApiRoutes::resume(const Call& call) {
  api_.pause_schedule(call.name, false, [respond = call.respond](const Status& status) {
    respond(status.ok() ? json_reply("{}") : problem(status.error()));
  });
}

void ApiRoutes::trigger(const Call& call) {
  auto how = parse_retry_request(call.request.body);
  if (call.malformed(how)) return;
  api_.trigger_schedule({call.name, std::move(how).value()}, tell_run(call));
}

void ApiRoutes::runs(const Call& call) {
  const auto limit = query_number(call.request, "limit", 20, 1, 10'000);
  if (call.malformed(limit)) return;
  const auto before = query_number(call.request, "before", 0, 0, INT64_MAX);
  if (call.malformed(before)) return;
  const auto filter = run_filter(call.request);
  if (call.malformed(filter)) return;
  const auto rows =
      api_.runs(static_cast<size_t>(*limit), RunId(static_cast<uint64_t>(*before)), *filter);
  if (call.refused(rows)) return;
  HttpReply reply = json_reply(runs_json(*rows, api_.info().timezone, loop_.utc()));
  if (!rows->empty()) {
    link_next(reply, call.request, rows->size(), *limit, rows->back().run.value);
  }
  call.respond(std::move(reply));
}

void ApiRoutes::show(const Call& call) {
  std::optional<TaskState> only;
  if (const auto state = call.request.query.find("state"); state != call.request.query.end()) {
    only = task_state_from(state->second);
    if (!only) return call.respond(problem(400, "there is no task state '" + state->second + "'"));
  }
  const auto detail = api_.show(call.run());
  if (call.refused(detail)) return;
  call.respond(json_reply(run_detail_json(*detail, only, api_.info().timezone, loop_.utc())));
}

void ApiRoutes::progress(const Call& call) {
  const auto progress = api_.progress(call.run());
  if (call.refused(progress)) return;
  call.respond(json_reply(progress_json(*progress, api_.info().timezone, loop_.utc())));
}

void ApiRoutes::events(const Call& call) {
  auto stream = EventStream::open(loop_, api_, call.run(), is_asked(call.request, "log"));
  if (call.refused(stream)) return;
  call.respond(stream_reply(std::move(stream).value()));
}

/// From after the event of that id on, which a browser that comes back says in a header.
void ApiRoutes::project_events(const Call& call) {
  const std::string last = call.request.header("last-event-id");
  std::optional<int64_t> after;
  if (!last.empty()) {
    after = number_from<int64_t>(last);
    if (!after) return call.respond(problem(400, "Last-Event-ID is no id of an event"));
  } else if (call.request.query.contains("after")) {
    const auto asked = query_number(call.request, "after", 0, 0, INT64_MAX);
    if (call.malformed(asked)) return;
    after = *asked;
  }
  auto stream = project_events_.open(after);
  if (call.refused(stream)) return;
  call.respond(stream_reply(std::move(stream).value()));
}

void ApiRoutes::log(const Call& call) {
  const auto offset = query_number(call.request, "offset", 0, INT64_MIN, INT64_MAX);
  if (call.malformed(offset)) return;
  if (is_asked(call.request, "follow")) {
    const auto last = number_from<int64_t>(call.request.header("last-event-id"));
    auto stream = LogStream::open(loop_, api_, AttemptId(call.id), last.value_or(*offset));
    if (call.refused(stream)) return;
    return call.respond(stream_reply(std::move(stream).value()));
  }
  const auto limit = query_number(call.request, "limit", 1 << 20, 1, 8 << 20);
  if (call.malformed(limit)) return;
  auto view = api_.log(AttemptId(call.id), *offset, *limit);
  if (call.refused(view)) return;
  call.respond(json_reply(log_json(std::move(view).value())));
}

void ApiRoutes::check(const Call& call) {
  api_.check([respond = call.respond](const Result<std::vector<Diagnostic>>& result) {
    respond(result.ok() ? json_reply(diagnostics_json(*result)) : problem(result.error()));
  });
}

void ApiRoutes::plan(const Call& call) {
  auto request = parse_plan_request(call.request.body);
  if (call.malformed(request)) return;
  api_.plan(std::move(request).value(), [respond = call.respond](const Result<PlanView>& result) {
    respond(result.ok() ? json_reply(plan_json(*result)) : problem(result.error()));
  });
}

void ApiRoutes::mark(const Call& call) {
  auto request = parse_mark_request(call.request.body);
  if (call.malformed(request)) return;
  api_.mark(std::move(request).value(), [respond = call.respond](const Result<std::string>& id) {
    respond(id.ok() ? json_reply(marked_json(*id)) : problem(id.error()));
  });
}

void ApiRoutes::start(const Call& call) {
  auto request = parse_run_request(call.request.body);
  if (call.malformed(request)) return;
  api_.run(std::move(request).value(), tell_run(call));
}

void ApiRoutes::retry(const Call& call) {
  auto how = parse_retry_request(call.request.body);
  if (call.malformed(how)) return;
  api_.retry({call.run(), std::move(how).value()}, tell_run(call));
}

/// Answers with a run that was started: its number, or all that happens in it.
std::function<void(Result<RunId>)> ApiRoutes::tell_run(const Call& call) {
  const bool as_events = wants_events(call.request);
  return [this, as_events, respond = call.respond](const Result<RunId>& run) {
    if (!run.ok()) return respond(problem(run.error()));
    if (as_events) {
      auto stream = EventStream::open(loop_, api_, *run, false);
      if (!stream.ok()) return respond(problem(stream.error()));
      (*stream)->begin_with("run", run_id_json(*run));
      return respond(stream_reply(std::move(stream).value()));
    }
    HttpReply reply = json_reply(run_id_json(*run));
    reply.status = 201;
    reply.headers.emplace_back("Location",
                               std::string(kPrefix) + "runs/" + std::to_string(run->value));
    respond(std::move(reply));
  };
}

void ApiRoutes::queue(const Call& call) {
  call.respond(json_reply(queue_json(api_.queue(), api_.info().timezone, loop_.utc())));
}

void ApiRoutes::open_session(const Call& call) {
  if (!wants_events(call.request)) {
    return call.respond(problem(406, "a session answers with events: Accept: text/event-stream"));
  }
  auto stream = SessionStream::open(loop_, api_.sessions());
  if (call.refused(stream)) return;
  HttpReply reply = stream_reply(std::move(stream).value());
  reply.headers.emplace_back("Connection", "close");
  call.respond(std::move(reply));
}

void ApiRoutes::session_input(const Call& call) {
  auto input = parse_session_input(call.request.body);
  if (call.malformed(input)) return;
  respond_done(call, api_.sessions().input(call.id, std::move(input).value()));
}

void ApiRoutes::session_answer(const Call& call) {
  auto answer = parse_session_answer(call.request.body);
  if (call.malformed(answer)) return;
  respond_done(call, api_.sessions().answer(call.id, answer->first, std::move(answer->second)));
}

void ApiRoutes::interrupt_session(const Call& call) {
  respond_done(call, api_.sessions().interrupt(call.id));
}

void ApiRoutes::close_session(const Call& call) {
  respond_done(call, api_.sessions().close(call.id));
}

/// Answers with no more than that it was done.
void ApiRoutes::respond_done(const Call& call, const Status& status) {
  call.respond(status.ok() ? json_reply("{}") : problem(status.error()));
}

void ApiRoutes::cancel_task(const Call& call) {
  auto request = parse_cancel_task_request(call.request.body);
  if (call.malformed(request)) return;
  api_.cancel_task(std::move(request).value(),
                   [respond = call.respond](const Result<std::string>& id) {
                     respond(id.ok() ? json_reply(marked_json(*id)) : problem(id.error()));
                   });
}

void ApiRoutes::cancel(const Call& call) {
  const auto kill = parse_cancel_request(call.request.body);
  if (call.malformed(kill)) return;
  const Status status = api_.cancel(call.run(), *kill);
  if (!status.ok()) return call.respond(problem(status.error()));
  HttpReply reply = json_reply(run_id_json(call.run()));
  reply.status = 202;
  call.respond(std::move(reply));
}

}  // namespace moondial
