#include "cli/repl_client.h"

#include <utility>

#include "base/json.h"
#include "cli/api_data.h"
#include "cli/run_request.h"

namespace moondial {
namespace {

constexpr const char* kGone = "; the session goes on with a new one, and its variables are gone";

std::string member_text(const Json& json, const char* name) {
  const Json& value = json_member(json, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

uint64_t member_number(const Json& json, const char* name) {
  const Json& value = json_member(json, name);
  return value.is_number_unsigned() ? value.get<uint64_t>() : 0;
}

std::string input_body(const ReplInput& input) {
  return json_text(OrderedJson{{"text", input.text},
                               {"line", input.line},
                               {"completes", input.completes},
                               {"json", input.json},
                               {"colour", input.colour},
                               {"columns", input.columns}});
}

ReplResult read_result(const Json& json) {
  ReplResult out;
  out.kind = member_text(json, "kind");
  out.error = member_text(json, "error");
  out.replaced = member_number(json, "replaced");
  const Json& texts = json_member(json, "texts");
  if (!texts.is_array()) return out;
  for (const Json& text : texts) {
    if (text.is_string()) out.texts.push_back(text.get<std::string>());
  }
  return out;
}

/// What a problem says; the server's own words.
std::string problem_text(const ApiResponse& answer) {
  const std::string detail = member_text(parse_json(answer.body), "detail");
  return detail.empty() ? "the engine answers with status " + std::to_string(answer.status)
                        : detail;
}

}  // namespace

ReplClient::ReplClient(Session& session, Output output)
    : session_(session), output_(std::move(output)), stream_(session.project().socket_path) {}

void ReplClient::interrupt_by(int fd, std::function<bool()> interrupted) {
  interrupt_fd_ = fd;
  interrupted_ = std::move(interrupted);
}

Status ReplClient::open() {
  const auto answer = session_.open({"POST", "repl", "{}"}, stream_);
  if (!answer.ok()) return answer.error();
  if (!answer->ok()) return {Code::kUnavailable, problem_text(*answer)};
  number_ = 0;
  used_ = false;
  while (number_ == 0 && stream_.is_open()) {
    for (const SseEvent& event : stream_.read(-1, -1)) (void)take(event);
  }
  return number_ == 0 ? Status(Code::kUnavailable, "the engine went away") : Status();
}

Result<ApiResponse> ReplClient::post(const std::string& what, const std::string& body) {
  return session_.send({"POST", "repl/" + std::to_string(number_) + "/" + what, body});
}

void ReplClient::listen() {
  if (!stream_.is_open()) return;
  for (const SseEvent& event : stream_.read(-1, 0)) (void)take(event);
  if (!stream_.is_open() && number_ != 0 && used_) {
    output_.notice(std::string("the engine went away") + kGone);
    number_ = 0;
  }
}

Result<ReplResult> ReplClient::input(const ReplInput& input) {
  for (int attempt = 1;; ++attempt) {
    listen();
    if (!stream_.is_open()) {
      const Status opened = open();
      if (!opened.ok()) return opened.error();
    }
    const auto answer = post("input", input_body(input));
    if (!answer.ok()) return answer.error();
    if (answer->ok()) break;
    // Another engine than the one that had the session.
    if (answer->status != 404 || attempt > 2) {
      return Error{Code::kInternal, problem_text(*answer), {}};
    }
    if (used_) output_.notice(std::string("the engine went away") + kGone);
    stream_.close();
  }
  used_ = used_ || !input.completes;
  auto result = follow();
  session_.hang_up();
  return result;
}

Result<ReplResult> ReplClient::follow() {
  for (;;) {
    const auto events = stream_.read(interrupt_fd_, -1);
    for (const SseEvent& event : events) {
      if (auto result = take(event)) return std::move(*result);
    }
    if (!stream_.is_open()) {
      number_ = 0;
      return ReplResult{"error", {}, std::string("the engine went away") + kGone, 0};
    }
    if (interrupted_ && interrupted_()) (void)post("interrupt", "{}");
  }
}

/// A result, if the event is one; anything else is seen to.
std::optional<ReplResult> ReplClient::take(const SseEvent& event) {
  const Json json = parse_json(event.data);
  if (event.name == "result") return read_result(json);
  if (event.name == "print") {
    output_.print(member_text(json, "text"));
  } else if (event.name == "notice") {
    output_.notice(member_text(json, "text"));
  } else if (event.name == "question") {
    answer(event.data);
  } else if (event.name == "session") {
    number_ = member_number(json, "session");
  } else if (event.name == "ended") {
    if (used_) output_.notice(member_text(json, "why") + kGone);
    number_ = 0;
    stream_.close();
  }
  return std::nullopt;
}

/// Asks the API for the code, and hands it the answer.
void ReplClient::answer(const std::string& question) {
  const Json json = parse_json(question);
  ApiRequest request{member_text(json, "method"), member_text(json, "path"),
                     member_text(json, "body")};
  OrderedJson answer{{"request", member_number(json, "request")}, {"status", 200}};
  if (!request.path.empty()) {
    const Json& environment = json_member(json, "environment");
    if (environment.is_boolean() && environment.get<bool>()) {
      const auto body = trigger_body();
      if (body.ok()) request.body = *body;
    }
    const auto got = session_.send(request);
    answer["status"] = got.ok() ? got->status : 503;
    answer["body"] = got.ok() ? got->body : json_text(OrderedJson{{"detail", got.error().message}});
  }
  (void)post("answer", json_text(answer));
}

}  // namespace moondial
