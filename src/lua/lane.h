#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/event_loop.h"
#include "lua/channel.h"
#include "lua/http_transfers.h"
#include "lua/protocol.h"
#include "lua/script_state.h"

namespace moondial {

/// Runs user code for the engine: plans and steps of attempts, each a job, in slices by turns.
///
/// How it works. Jobs that can go on stand in one queue. A turn gives each of them a slice, then
/// the loop looks at what has come in, without sleeping while there are jobs in the queue. A job
/// that waits for a command's answer stands in no queue. While more output waits to be taken by
/// the engine than a bound, there are no turns. What a job says goes out before another job goes
/// on, and what it prints goes out at once, since any step of user code may be the lane's last.
class Lane {
 public:
  /// `state` and `loop` outlive it. `on_engine_gone` is called when the engine's end of the socket
  /// is closed or talks nonsense; nothing happens after it.
  Lane(EventLoop& loop, ScriptState& state, Descriptor socket,
       std::function<void()> on_engine_gone);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

 private:
  class Entry;
  class Job;

  void receive(std::string_view bytes);
  void handle(msg::Plan& message);
  void handle(msg::CancelPlan& message);
  void handle(msg::Run& message);
  void handle(msg::Stop& message);
  void handle(msg::CommandEnded& message);
  void handle(msg::AwaitEnded& message);

  // Of a session (lane_session.cc).
  class SessionInputJob;
  void handle(msg::SessionOpen& message);
  void handle(msg::SessionEvaluate& message);
  void handle(msg::SessionReply& message);
  void handle(msg::SessionStop& message);

  template <typename Key>
  Job& add(std::map<Key, std::unique_ptr<Job>>& jobs, Key key, std::unique_ptr<Job> job);
  void engine_gone();
  void make_runnable(Entry& entry);
  void schedule();
  void turn();
  void stop(Job& job);
  void remove(Job& job);
  /// Empty, or why the message cannot be sent.
  [[nodiscard]] std::string send(const msg::FromLane& message);
  void flush() { channel_.flush(); }

  EventLoop& loop_;
  HttpTransfers http_;
  ScriptState& state_;
  const std::function<void()> on_engine_gone_;
  std::map<uint64_t, std::unique_ptr<Job>> plans_;     // by ticket
  std::map<AttemptId, std::unique_ptr<Job>> scripts_;  // of attempts
  std::unique_ptr<SessionInputJob> session_;           // what was typed, while it is under way
  uint64_t last_question_ = 0;
  std::deque<Entry*> runnable_;
  bool scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Channel channel_;
};

/// The main function of a lane's process: runs a Lane until the engine is gone, then exits.
[[noreturn]] void run_lane(Descriptor socket, std::unique_ptr<EventLoop> loop, ScriptState& state);

}  // namespace moondial
