#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "engine/script_host.h"
#include "lua/script_state.h"

namespace moondial {

/// What engine, loader and lanes tell each other; each alternative of a variant is one message.
/// Both ends are the same binary, so that there are no versions of it.
namespace msg {

// engine → loader

/// One file of the generation; all of them come before Load.
struct Source {
  SourceFile file;
};
struct Load {};
/// Along with it comes the lane's end of a socket. Lane numbers are never used again.
struct ForkLane {
  uint64_t lane = 0;
};
struct KillLane {
  uint64_t lane = 0;
};
/// The first message: makes the state that is to load, which takes a while, without any file yet.
struct Prepare {
  std::string root;
  int slice_instructions = 0;
};
using ToLoader = std::variant<Source, Load, ForkLane, KillLane, Prepare>;

// loader → engine

struct Loaded {
  Declarations declarations;
};
struct LoadFailed {
  std::vector<Diagnostic> diagnostics;
};
/// The lane is gone and was waited for.
struct LaneEnded {
  uint64_t lane = 0;
  int wait_status = 0;  ///< as of waitpid
  std::string error;    ///< it could not be started; empty if it was
};
using FromLoader = std::variant<Loaded, LoadFailed, LaneEnded>;

// engine → lane

struct Plan {
  uint64_t ticket = 0;
  PlanRequest request;
};
/// Answered by PlanEnd, unless that is under way already.
struct CancelPlan {
  uint64_t ticket = 0;
};
struct Run {
  ScriptAttempt attempt;
};
/// Answered by Ended, unless that is under way already.
struct Stop {
  AttemptId attempt;
};
struct CommandEnded {
  AttemptId attempt;
  uint64_t request = 0;
  Result<CommandResult> result = CommandResult();
};
struct AwaitEnded {
  AttemptId attempt;
  uint64_t request = 0;
  Result<AwaitResult> result = AwaitResult();
};
/// The lane is a session's from now on, and may take so much more memory than it has.
struct SessionOpen {
  int64_t memory_bytes = 0;
};
/// Answered by SessionDone.
struct SessionEvaluate {
  SessionInput input;
};
/// Answers a SessionAsk.
struct SessionReply {
  uint64_t request = 0;
  Result<SessionAnswer> answer = SessionAnswer();
};
/// Answered by SessionDone, unless that is under way already.
struct SessionStop {
  bool now = true;  ///< nothing else is known
};
using ToLane = std::variant<Plan, CancelPlan, Run, Stop, CommandEnded, AwaitEnded, SessionOpen,
                            SessionEvaluate, SessionReply, SessionStop>;

// lane → engine

struct Tasks {
  uint64_t ticket = 0;
  std::vector<TaskInstance> tasks;
};
struct PlanEnd {
  uint64_t ticket = 0;
  Result<std::vector<std::string>> roots = std::vector<std::string>();
};
struct Command {
  AttemptId attempt;
  ScriptCommand command;
};
struct Await {
  AttemptId attempt;
  ScriptAwait await;
};
/// As ScriptListener::on_cancel.
struct Cancel {
  AttemptId attempt;
  uint64_t request = 0;
};
/// As ScriptListener::on_paused.
struct Paused {
  AttemptId attempt;
  uint64_t answers = 0;
};
struct Log {
  AttemptId attempt;
  std::string level;
  std::string text;
};
struct Emit {
  AttemptId attempt;
  std::string name;
  std::string json_value;
};
struct Progress {
  AttemptId attempt;
  double fraction = 0;
  std::string text;
};
struct Ended {
  AttemptId attempt;
  ScriptOutcome outcome;
};
struct SessionPrint {
  std::string text;
};
struct SessionAsk {
  SessionQuestion question;
};
struct SessionDone {
  SessionResult result;
};
using FromLane = std::variant<Tasks, PlanEnd, Command, Await, Cancel, Paused, Log, Emit, Progress,
                              Ended, SessionPrint, SessionAsk, SessionDone>;

}  // namespace msg

[[nodiscard]] std::string encode(const msg::ToLoader& message);
[[nodiscard]] std::string encode(const msg::FromLoader& message);
[[nodiscard]] std::string encode(const msg::ToLane& message);
[[nodiscard]] std::string encode(const msg::FromLane& message);

// kCorrupt if the bytes are no such message, whatever they are.
[[nodiscard]] Result<msg::ToLoader> decode_to_loader(std::string_view bytes);
[[nodiscard]] Result<msg::FromLoader> decode_from_loader(std::string_view bytes);
[[nodiscard]] Result<msg::ToLane> decode_to_lane(std::string_view bytes);
[[nodiscard]] Result<msg::FromLane> decode_from_lane(std::string_view bytes);

}  // namespace moondial
