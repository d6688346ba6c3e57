#include "engine/sessions.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace moondial {
namespace {

Status no_session(uint64_t session) {
  return {Code::kNotFound, "there is no session " + std::to_string(session)};
}

SessionResult error_result(std::string text) {
  SessionResult result;
  result.kind = SessionResult::Kind::kError;
  result.error = std::move(text);
  return result;
}

/// Every problem on a line of its own.
std::string text_of(const Error& error) {
  if (error.diagnostics.empty()) return error.message;
  std::string out;
  for (const Diagnostic& one : error.diagnostics) out += (out.empty() ? "" : "\n") + one.text();
  return out;
}

}  // namespace

class Sessions::Session final : public SessionListener {
 public:
  Session(Sessions& all, std::function<void(const SessionEvent&)> on_event)
      : all_(all), on_event_(std::move(on_event)) {}
  ~Session() override { leave_lane(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool busy() const { return busy_; }
  void tell(SessionEvent event) const { on_event_(event); }

  /// True: the files are to be loaded before it is evaluated.
  bool begin(SessionInput input);
  void loaded(const Result<const Generation*>& result);
  void answer(uint64_t request, SessionAnswer answer);
  void interrupt();

  void on_print(std::string_view text) override { tell({SessionEvent::Print{std::string(text)}}); }
  void on_question(SessionQuestion question) override { tell({std::move(question)}); }
  void on_result(SessionResult result) override;
  void on_ended(const std::string& why) override;

 private:
  void move_to(const Generation& generation);
  void tell_problems(const std::string& text);
  void leave_lane();
  void finish(SessionResult result);

  Sessions& all_;
  const std::function<void(const SessionEvent&)> on_event_;
  bool busy_ = false;
  bool interrupted_ = false;
  bool keeps_variables_ = false;
  std::optional<SessionInput> waiting_;  // for the files to be loaded
  std::optional<uint64_t> lane_;
  GenerationId generation_;  // of the lane; pinned
  std::string told_problems_;
};

bool Sessions::Session::begin(SessionInput input) {
  busy_ = true;
  interrupted_ = false;
  if (input.completes && lane_) {
    all_.scripts_.sessions().input(*lane_, std::move(input));
    return false;
  }
  waiting_ = std::move(input);
  return true;
}

void Sessions::Session::loaded(const Result<const Generation*>& result) {
  SessionInput input = std::move(*std::exchange(waiting_, std::nullopt));
  if (interrupted_) {
    SessionResult nothing;
    nothing.kind = SessionResult::Kind::kInterrupted;
    return finish(std::move(nothing));
  }
  if (result.ok()) {
    if (!lane_ || generation_ != (*result)->id) move_to(**result);
    std::string problems;
    for (const Diagnostic& one : (*result)->held_back) {
      problems += (problems.empty() ? "" : "\n") + one.text();
    }
    tell_problems(problems);
  } else if (!lane_) {
    return finish(error_result(text_of(result.error())));
  } else {
    tell_problems(text_of(result.error()));
  }
  all_.scripts_.sessions().input(*lane_, std::move(input));
}

/// Of files that are not in force as they are; each once.
void Sessions::Session::tell_problems(const std::string& text) {
  if (std::exchange(told_problems_, text) == text || text.empty()) return;
  tell({SessionEvent::Notice{text + "\nthe declarations before that stay in force"}});
}

void Sessions::Session::move_to(const Generation& generation) {
  if (lane_) {
    tell({SessionEvent::Notice{
        std::string("the files have changed: the session goes on with the new declarations") +
        (keeps_variables_ ? "; its variables are gone" : "")}});
  }
  leave_lane();
  generation_ = generation.id;
  all_.scripts_.pin(generation_);
  lane_ = all_.scripts_.sessions().open(generation_, this);
}

void Sessions::Session::leave_lane() {
  keeps_variables_ = false;
  if (!lane_) return;
  all_.scripts_.sessions().close(*std::exchange(lane_, std::nullopt));
  all_.scripts_.unpin(generation_);
}

void Sessions::Session::answer(uint64_t request, SessionAnswer answer) {
  if (lane_) all_.scripts_.sessions().answer(*lane_, request, std::move(answer));
}

void Sessions::Session::interrupt() {
  if (!busy_ || std::exchange(interrupted_, true)) return;
  if (!waiting_ && lane_) all_.scripts_.sessions().interrupt(*lane_);
}

void Sessions::Session::on_result(SessionResult result) {
  keeps_variables_ = keeps_variables_ || result.keeps_variables;
  finish(std::move(result));
}

void Sessions::Session::on_ended(const std::string& why) {
  const bool lost = std::exchange(keeps_variables_, false);
  const std::string gone = lost ? "; its variables are gone" : "";
  // It has no lane to be closed any more.
  lane_.reset();
  all_.scripts_.unpin(generation_);
  if (!busy_ || waiting_) return tell({SessionEvent::Notice{"the session's " + why + gone}});
  if (!interrupted_) return finish(error_result("the session's " + why + gone));
  tell({SessionEvent::Notice{"it did not stop, so the session's process was ended" + gone}});
  SessionResult stopped;
  stopped.kind = SessionResult::Kind::kInterrupted;
  finish(std::move(stopped));
}

void Sessions::Session::finish(SessionResult result) {
  busy_ = false;
  tell({std::move(result)});
  if (!all_.seams_.on_rest) return;
  all_.loop_.post([&all = all_, alive = std::weak_ptr(all_.alive_)] {
    if (!alive.expired()) all.seams_.on_rest();
  });
}

Sessions::Sessions(EventLoop& loop, ScriptHost& scripts, Seams seams)
    : loop_(loop), scripts_(scripts), seams_(std::move(seams)) {}
Sessions::~Sessions() = default;

Sessions::Session* Sessions::find(uint64_t session) const {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Result<uint64_t> Sessions::open(std::function<void(const SessionEvent&)> on_event) {
  if (closed_) return Error{Code::kUnavailable, "the engine is ending", {}};
  if (sessions_.size() >= kMost) {
    return Error{Code::kConflict,
                 "there are " + std::to_string(kMost) + " sessions already, as many as may be",
                 {}};
  }
  sessions_[++last_] = std::make_unique<Session>(*this, std::move(on_event));
  return last_;
}

Status Sessions::input(uint64_t session, SessionInput input) {
  Session* const one = find(session);
  if (one == nullptr) return no_session(session);
  if (one->busy()) return {Code::kConflict, "the last input is still under way"};
  if (!one->begin(std::move(input))) return {};
  seams_.load([this, session, alive = std::weak_ptr(alive_)](const Result<const Generation*>& to) {
    if (alive.expired()) return;
    if (Session* const there = find(session)) there->loaded(to);
  });
  return {};
}

Status Sessions::answer(uint64_t session, uint64_t request, SessionAnswer answer) {
  Session* const one = find(session);
  if (one == nullptr) return no_session(session);
  one->answer(request, std::move(answer));
  return {};
}

Status Sessions::interrupt(uint64_t session) {
  Session* const one = find(session);
  if (one == nullptr) return no_session(session);
  one->interrupt();
  return {};
}

Status Sessions::close(uint64_t session) {
  return sessions_.erase(session) == 0 ? no_session(session) : Status();
}

void Sessions::end(const std::string& why, bool only_idle) {
  closed_ = closed_ || !only_idle;
  std::vector<uint64_t> ended;
  for (const auto& [id, session] : sessions_) {
    if (!only_idle || !session->busy()) ended.push_back(id);
  }
  for (const uint64_t id : ended) {
    find(id)->tell({SessionEvent::Ended{why}});
    sessions_.erase(id);
  }
}

}  // namespace moondial
