#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "engine/api.h"

namespace moondial {

/// Bodies of requests. An error is for the client's author: malformed JSON says where, an unknown
/// field names the nearest known one, a value of the wrong kind says what was expected.

/// `{"task": name, "params": {name: text}, "force": "none"|"roots"|"all"|"downstream"}`; only
/// `task` is needed. With `"range": name` that parameter's text is an interval, and each of its
/// values is asked for; the last one first with `"reverse": true`.
[[nodiscard]] Result<PlanRequest> parse_plan_request(std::string_view body);
[[nodiscard]] Result<MarkRequest> parse_mark_request(std::string_view body);
/// `{"task", "params", "kill"}`.
[[nodiscard]] Result<CancelRequest> parse_cancel_task_request(std::string_view body);
/// What parse_run_request takes, without what is to be run.
[[nodiscard]] Result<RunRequest> parse_retry_request(std::string_view body);

/// The fields of a plan request, and `jobs`, `pools` ({name: size}), `priority`, `fail_fast`,
/// `environment` (a list of "NAME=value"; one that is no UTF-8 as {"hex": digits}) and `request`,
/// an id of the client's own making: asked twice with the same one is one run.
[[nodiscard]] Result<RunRequest> parse_run_request(std::string_view body);

/// `{"kill": bool}`; nothing is `false`.
[[nodiscard]] Result<bool> parse_cancel_request(std::string_view body);

/// `{"size"}`: a number from 0 on, or null for none.
[[nodiscard]] Result<std::optional<int64_t>> parse_pool_size_request(std::string_view body);

/// `{"file"}`: an absolute path.
[[nodiscard]] Result<std::string> parse_backup_request(std::string_view body);

/// `{"text", "line", "completes", "json", "colour", "columns"}`; only `text` is needed.
[[nodiscard]] Result<SessionInput> parse_session_input(std::string_view body);
/// `{"request", "status", "body"}`.
[[nodiscard]] Result<std::pair<uint64_t, SessionAnswer>> parse_session_answer(
    std::string_view body);

}  // namespace moondial
