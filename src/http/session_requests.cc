#include <limits>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "http/requests.h"

namespace moondial {
namespace {

Error wrong_field(std::string_view field, std::string_view what) {
  return {Code::kInvalid, "'" + std::string(field) + "' is to be " + std::string(what), {}};
}

/// Reads fields of an object into variables; the first that is wrong stays the error.
class Fields {
 public:
  explicit Fields(std::string_view body) : json_(parse_json(body)) {
    if (!json_.is_object()) error_ = {Code::kInvalid, "the body is to be a JSON object"};
  }
  void text(const std::string& name, std::string& to) {
    const Json* value = take(name);
    if (value == nullptr) return;
    if (!value->is_string()) return fail(name, "a text");
    to = value->get<std::string>();
  }
  void flag(const std::string& name, bool& to) {
    const Json* value = take(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail(name, "true or false");
    to = value->get<bool>();
  }
  template <typename Number>
  void number(const std::string& name, Number& to) {
    const Json* value = take(name);
    if (value == nullptr) return;
    const auto most = std::numeric_limits<int>::max();
    if (!value->is_number_unsigned() || value->get<uint64_t>() > static_cast<uint64_t>(most)) {
      return fail(name, "a whole number from 0 on");
    }
    to = static_cast<Number>(value->get<uint64_t>());
  }
  void need(const std::string& name) {
    if (missing_.empty() && json_.is_object() && !json_.contains(name)) missing_ = name;
  }
  /// After all fields.
  [[nodiscard]] Status end() {
    if (!error_.ok()) return error_;
    for (const auto& [name, value] : json_.items()) {
      bool known = false;
      for (const std::string& one : names_) known = known || one == name;
      if (!known) return {Code::kInvalid, "unknown field '" + printable(name) + "'"};
    }
    if (!missing_.empty()) return {Code::kInvalid, "'" + missing_ + "' is missing"};
    return {};
  }

 private:
  const Json* take(const std::string& name) {
    names_.push_back(name);
    if (!error_.ok()) return nullptr;
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }
  void fail(const std::string& name, std::string_view what) {
    error_ = Status(wrong_field(name, what));
  }

  const Json json_;
  std::vector<std::string> names_;
  std::string missing_;
  Status error_;
};

}  // namespace

Result<SessionInput> parse_session_input(std::string_view body) {
  SessionInput input;
  Fields fields(body);
  fields.need("text");
  fields.text("text", input.text);
  fields.number("line", input.line);
  fields.flag("completes", input.completes);
  fields.flag("json", input.json);
  fields.flag("colour", input.colour);
  fields.number("columns", input.columns);
  const Status status = fields.end();
  if (!status.ok()) return status.error();
  if (input.line < 1 || input.line > 10'000'000) {
    return wrong_field("line", "a number from 1 to 10000000");
  }
  return input;
}

Result<std::pair<uint64_t, SessionAnswer>> parse_session_answer(std::string_view body) {
  uint64_t request = 0;
  SessionAnswer answer;
  Fields fields(body);
  fields.need("request");
  fields.number("request", request);
  fields.number("status", answer.status);
  fields.text("body", answer.body);
  const Status status = fields.end();
  if (!status.ok()) return status.error();
  return std::pair(request, std::move(answer));
}

}  // namespace moondial
