#pragma once

#include <optional>

#include "engine/api.h"
#include "engine/event_loop.h"
#include "http/message.h"

namespace moondial {

/// The resources beneath /api/v1, each a face of one function of EngineApi:
///
///     GET  engine  config  tasks?tag=  pools  schedules?next=  triggers  runs?limit=&before=
///          runs/ID?state= runs/ID/progress  runs/ID/events?log=1 (server-sent)
///          attempts/ID/log?offset=&limit=  queue
///     POST check  reload  plan  marks  cancels  runs  runs/ID/cancel  runs/ID/retry
///          engine/way  schedules/NAME/pause  …/resume  …/trigger  webhooks/NAME
///          repl (answers with the session's events)  repl/ID/input  …/answer  …/interrupt
///     DELETE repl/ID
///
/// POST runs answers 201 and {"run": ID}; asked with `Accept: text/event-stream` it answers the
/// events of the run, from its first one on. Loop thread only.
class ApiRoutes {
 public:
  static constexpr size_t kMaxBody = 8 << 20;

  /// Both outlive it.
  ApiRoutes(EventLoop& loop, EngineApi& api) : loop_(loop), api_(api) {}

  /// What is wrong with a request as far as its head tells: 404, 405, 415. HEAD is GET.
  [[nodiscard]] std::optional<HttpReply> refuse(const HttpRequest& head, bool has_body) const;

  /// `respond` is called once, before the call returns or later.
  void handle(const HttpRequest& request, Responder respond);

 private:
  struct Call;
  struct Route;
  [[nodiscard]] static const Route* find(const HttpRequest& request, Call& call);

  void engine(const Call& call);
  void make_way(const Call& call);
  void config(const Call& call);
  void tasks(const Call& call);
  void pools(const Call& call);
  void reload(const Call& call);
  void schedules(const Call& call);
  void triggers(const Call& call);
  void webhook(const Call& call);
  void pause(const Call& call);
  void resume(const Call& call);
  void trigger(const Call& call);
  void runs(const Call& call);
  void show(const Call& call);
  void progress(const Call& call);
  void events(const Call& call);
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
};

}  // namespace moondial
