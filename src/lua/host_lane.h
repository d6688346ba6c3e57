#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/event_loop.h"
#include "engine/script_host.h"
#include "lua/channel.h"
#include "lua/protocol.h"

namespace moondial {

/// The engine's side of a lane: what runs there, until the lane is gone. Then all that still ran
/// ends: what was to be stopped as stopped, the rest as lost. Not to be destroyed inside its own
/// callbacks or those of its jobs.
class HostLane {
 public:
  struct Events {
    std::function<void()> on_broken;    ///< is of no use any more: end its process
    std::function<void()> on_finished;  ///< the last call
  };
  /// `number` is the loader's name for it.
  HostLane(EventLoop& loop, uint64_t number, Descriptor socket, Duration stop_bound, Events events);
  ~HostLane() = default;
  HostLane(const HostLane&) = delete;
  HostLane& operator=(const HostLane&) = delete;

  [[nodiscard]] uint64_t number() const { return number_; }
  /// Whether it may be given more to do.
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] size_t load() const { return scripts_.size() + plans_.size(); }
  [[nodiscard]] bool has(AttemptId attempt) const { return scripts_.contains(attempt); }
  [[nodiscard]] bool has_plan(uint64_t ticket) const { return plans_.contains(ticket); }

  // Only if open().
  void plan(uint64_t ticket, PlanRequest request, PlanSink sink);
  void run(ScriptAttempt attempt, ScriptListener* listener);

  // Only of what it has.
  void cancel_plan(uint64_t ticket);
  void stop(AttemptId attempt);
  void command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result);
  void await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result);

  // Of a lane that is a session's and nothing else (host_session.cc): `input` and `answer` only
  // while it is open.
  [[nodiscard]] uint64_t session() const { return session_; }  ///< 0: it is none's
  void open_session(uint64_t session, SessionListener* listener, int64_t memory_bytes);
  void session_input(SessionInput input);
  void session_answer(uint64_t request, Result<SessionAnswer> answer);
  void session_interrupt();
  void close_session();

  /// Its process is gone: takes its last words, then ends what is left. `how` is for people.
  void process_ended(const std::string& how);
  /// Its loader is gone, so that it ends too: as above, once its socket tells that it has.
  void loader_ended(const std::string& how);
  /// Nobody is interested any more: no callback comes any more.
  void abandon();

 private:
  struct Script {
    ScriptListener* listener = nullptr;
    std::string what;  // for people
    bool stopping = false;
    std::unique_ptr<Watch> bound;
  };
  struct Planning {
    std::string task;
    PlanSink sink;
    bool cancelled = false;
    std::unique_ptr<Watch> bound;
  };

  void send(const msg::ToLane& message);
  void receive(std::string_view bytes);
  void handle(msg::Tasks& message);
  void handle(msg::PlanEnd& message);
  void handle(msg::Command& message);
  void handle(msg::Await& message);
  void handle(msg::Cancel& message);
  void handle(msg::Paused& message);
  void handle(msg::Log& message);
  void handle(msg::Emit& message);
  void handle(msg::Progress& message);
  void handle(msg::Ended& message);
  void handle(msg::SessionPrint& message);
  void handle(msg::SessionAsk& message);
  void handle(msg::SessionDone& message);

  Script* find(AttemptId attempt);
  void add(const ScriptAttempt& attempt, ScriptListener* listener);
  [[nodiscard]] std::unique_ptr<Watch> stop_bound(std::string what);
  void broken(std::string why);
  void socket_closed(const Status& why);
  void finish();

  EventLoop& loop_;
  const uint64_t number_;
  const Duration stop_bound_;
  const Events events_;
  bool open_ = true;
  bool socket_closed_ = false;
  std::string cause_;  // why it is gone, or is to be ended; empty if neither
  bool loader_gone_ = false;
  std::map<AttemptId, Script> scripts_;
  std::map<uint64_t, Planning> plans_;
  uint64_t session_ = 0;
  SessionListener* session_listener_ = nullptr;  // null: nobody listens (any more)
  std::unique_ptr<Watch> interrupt_bound_;
  std::unique_ptr<Watch> end_bound_;
  Channel channel_;
};

}  // namespace moondial
