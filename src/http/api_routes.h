#pragma once

#include <optional>
#include <vector>

#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/access.h"
#include "http/error_answers.h"
#include "http/message.h"
#include "http/project_events.h"
#include "http/role.h"
#include "http/route_info.h"

namespace moondial {

/// The resources beneath /api/v1, each a face of one function of EngineApi:
///
///     GET  engine  openapi.json  config  tasks?tag=  pools  schedules?next=  forecast?until=
///          triggers  runs?limit=&before=&state=&kind=&task=&since=&until=
///          tasks/NAME/attempts?limit=&before=  tasks/NAME/dates?param=
///          errors?state=&task=&text=&since=&limit=&after=&tasks=  errors/ID?tasks=
///          missed?since=
///          schedules/NAME/firings?limit=&before=  scripts  scripts/versions?file=  sources/SHA256
///          runs/ID?state= runs/ID/progress  runs/ID/events?log=1 (server-sent)
///          attempts/ID  attempts/ID/log?offset=&limit=  …&follow=1 (server-sent)  queue
///          events?after= (server-sent)
///     POST backups  check  reload  plan  marks  cancels  runs  runs/ID/cancel  runs/ID/retry
///          engine/way  console/codes  pools/NAME/size  schedules/NAME/pause  …/resume  …/trigger
///          webhooks/NAME repl (answers with the session's events)  repl/ID/input  …/answer
///          …/interrupt
///     DELETE repl/ID
///
/// POST runs answers 201 and {"run": ID}; asked with `Accept: text/event-stream` it answers the
/// events of the run, from its first one on. Loop thread only.
class ApiRoutes {
 public:
  static constexpr size_t kMaxBody = 8 << 20;
  static constexpr size_t kMaxCall = 256 << 10;  ///< of a webhook

  /// All three outlive it.
  ApiRoutes(EventLoop& loop, EngineApi& api, Access& access)
      : loop_(loop), api_(api), access_(access), project_events_(loop, api), errors_(loop, api) {}

  /// Who may ask for it over TCP. Where there is nothing, nobody is told so who may not look.
  [[nodiscard]] Role least_role(const HttpRequest& head) const;

  [[nodiscard]] size_t max_body(const HttpRequest& head) const;
  /// What there is, for the OpenAPI document.
  [[nodiscard]] static std::vector<RouteInfo> infos();

  /// What is wrong with a request as far as its head tells: 404, 405, 415. HEAD is GET.
  [[nodiscard]] std::optional<HttpReply> refuse(const HttpRequest& head, bool has_body) const;

  /// Lets the streams end that have no end of their own.
  [[nodiscard]] size_t listeners() const { return project_events_.listeners(); }
  void end_streams() { project_events_.end_all(); }

  /// `respond` is called once, before the call returns or later.
  void handle(const HttpRequest& request, Responder respond);

 private:
  struct Call;
  struct Route;
  struct Table;
  [[nodiscard]] static const Route* find(const HttpRequest& request, Call& call);

  void engine(const Call& call);
  void openapi(const Call& call);
  void make_way(const Call& call);
  void console_code(const Call& call);
  void config(const Call& call);
  void tasks(const Call& call);
  void pools(const Call& call);
  void set_pool(const Call& call);
  void reload(const Call& call);
  void schedules(const Call& call);
  void forecast(const Call& call);
  void back_up(const Call& call);
  void triggers(const Call& call);
  void webhook(const Call& call);
  [[nodiscard]] std::optional<HttpReply> refuse_webhook(const Call& call) const;
  void pause(const Call& call);
  void resume(const Call& call);
  void trigger(const Call& call);
  // What people look back at (api_history.cc).
  void past_attempts(const Call& call);
  void attempt(const Call& call);
  void dates(const Call& call);
  void firings(const Call& call);
  void errors(const Call& call);
  void error_group(const Call& call);
  void missed(const Call& call);
  void scripts(const Call& call);
  void versions(const Call& call);
  void source(const Call& call);

  void runs(const Call& call);
  void show(const Call& call);
  void progress(const Call& call);
  void events(const Call& call);
  void project_events(const Call& call);
  void log(const Call& call);
  void check(const Call& call);
  void plan(const Call& call);
  void mark(const Call& call);
  void start(const Call& call);
  void retry(const Call& call);
  void cancel_task(const Call& call);
  [[nodiscard]] std::function<void(Result<RunId>)> tell_run(const Call& call);
  void cancel(const Call& call);
  void queue(const Call& call);
  void open_session(const Call& call);
  void session_input(const Call& call);
  void session_answer(const Call& call);
  void interrupt_session(const Call& call);
  void close_session(const Call& call);
  static void respond_done(const Call& call, const Status& status);

  EventLoop& loop_;
  EngineApi& api_;
  Access& access_;
  ProjectEvents project_events_;
  ErrorAnswers errors_;
};

}  // namespace moondial
