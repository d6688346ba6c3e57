// A session over real Lua: what is typed, with answers to what it asks.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/lua/script_fixture.h"

namespace moondial {

struct SessionFixture : ScriptFixture {
  /// What comes of an input.
  SessionResult evaluate(SessionInput input) {
    asked.clear();
    SessionSink to(*this);
    const auto job = state->evaluate(std::move(input), &to);
    for (;;) {
      switch (job->resume()) {
        case ScriptJob::Step::kEnded:
          return job->session_result();
        case ScriptJob::Step::kSliced:
          break;
        case ScriptJob::Step::kWaiting: {
          REQUIRE_FALSE(waiting.empty());
          const SessionQuestion question = waiting.front();
          waiting.erase(waiting.begin());
          job->answer(question.request, ScriptAnswer(answer_of(question)));
          break;
        }
      }
    }
  }
  SessionResult evaluate(const std::string& text) { return evaluate(SessionInput{text}); }
  /// The texts of its values, one a line; or its error.
  std::string shown(const std::string& text, int columns = 80) {
    SessionInput input{text};
    input.columns = columns;
    return joined(evaluate(std::move(input)));
  }
  std::string json(const std::string& text) {
    SessionInput input{text};
    input.json = true;
    return joined(evaluate(std::move(input)));
  }
  /// What may stand at the end of a line: what it replaces, then the candidates.
  std::string completed(const std::string& text) {
    SessionInput input{text};
    input.completes = true;
    const SessionResult result = evaluate(std::move(input));
    CHECK(result.kind == SessionResult::Kind::kCompletion);
    std::string out = text.substr(text.size() - result.replaced) + ":";
    for (const std::string& one : result.texts) out += " " + one;
    return out;
  }

  /// Answers of the API by "METHOD path"; others are a 404.
  std::vector<std::pair<std::string, std::string>> api;
  std::vector<SessionQuestion> asked;  ///< by the last input
  std::vector<std::string> printed;

 private:
  struct SessionSink : RecordingSink {
    explicit SessionSink(SessionFixture& its) : owner(its) {}
    void on_question(SessionQuestion question) override {
      owner.asked.push_back(question);
      owner.waiting.push_back(std::move(question));
    }
    void on_log(std::string_view, std::string_view text) override {
      owner.printed.emplace_back(text);
    }
    SessionFixture& owner;
  };

  static std::string joined(const SessionResult& result) {
    if (result.kind == SessionResult::Kind::kError) return "error: " + result.error;
    if (result.kind == SessionResult::Kind::kIncomplete) return "incomplete";
    std::string out;
    for (const std::string& text : result.texts) out += (out.empty() ? "" : "\n") + text;
    return out;
  }
  SessionAnswer answer_of(const SessionQuestion& question) const {
    for (const auto& [what, body] : api) {
      if (what == question.method + " " + question.path) return {200, body};
    }
    return {404, R"({"detail": "there is nothing there"})"};
  }

  std::vector<SessionQuestion> waiting;
};

}  // namespace moondial
