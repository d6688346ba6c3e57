#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api.h"
#include "http/role.h"

namespace moondial {

/// The JSON documents of the API. All text in them is printable UTF-8, times are RFC 3339 in
/// `zone`, durations are seconds with three decimals. An attempt is told by `attempt`, its number
/// within its task and run, and `attempt_id`, by which its log is asked for.
/// `listens` is the address; empty if there is none.
/// `caller`: what whoever asks may do.
[[nodiscard]] std::string engine_json(const EngineInfo& info, const std::string& listens,
                                      Role caller);
[[nodiscard]] std::string console_code_json(const std::string& url, const std::string& code);
[[nodiscard]] std::string diagnostics_json(const std::vector<Diagnostic>& diagnostics);
/// What moondial.lua says, but for the values of `env`, which may be secret.
[[nodiscard]] std::string config_json(const ProjectConfig& config);
/// With a tag only those that have it.
[[nodiscard]] std::string tasks_json(const Declarations& declarations, const std::string* tag);
[[nodiscard]] std::string pools_json(const std::vector<PoolInfo>& pools);
[[nodiscard]] std::string pool_json(const PoolInfo& pool);
[[nodiscard]] std::string reload_json(const ReloadReport& report);
[[nodiscard]] std::string schedules_json(const std::vector<ScheduleView>& schedules);
[[nodiscard]] std::string forecast_json(const ForecastView& forecast);
/// Times are those of `zone`.
[[nodiscard]] std::string triggers_json(const std::vector<TriggerView>& triggers,
                                        std::string_view zone);
[[nodiscard]] std::string plan_json(const PlanView& plan);
[[nodiscard]] std::string run_id_json(RunId run);
[[nodiscard]] std::string marked_json(const std::string& task);
[[nodiscard]] std::string runs_json(const std::vector<RunRow>& runs, std::string_view zone,
                                    UtcTime now);
/// Only tasks in state `only`, if given.
[[nodiscard]] std::string run_detail_json(const RunDetail& detail, std::optional<TaskState> only,
                                          std::string_view zone, UtcTime now);
[[nodiscard]] std::string progress_json(const RunProgress& progress, std::string_view zone,
                                        UtcTime now);
/// `text` may end in the middle of a character: that is left for the next piece.
[[nodiscard]] std::string log_json(LogView log);
/// Takes the part of a character at the end of the text away, for the next piece.
void keep_whole_characters(LogView& log);
[[nodiscard]] std::string log_piece_json(const LogView& log);
[[nodiscard]] std::string log_ended_json(bool cut);
/// Server-sent events: of a row, with its id, and of what has no row.
[[nodiscard]] std::string event_text(const EventRow& row, std::string_view zone);
[[nodiscard]] std::string news_text(const ProjectNews& news, std::string_view zone);
/// `why` may be null.
[[nodiscard]] std::string event_id_json(int64_t id, const char* why = nullptr);
/// Changes of tasks; `dropped` further ones were too many to keep.
[[nodiscard]] std::string changes_json(const std::vector<RunEvent::Task>& changes,
                                       uint64_t dropped);
[[nodiscard]] std::string log_lines_json(const std::vector<RunEvent::Log>& lines);
[[nodiscard]] std::string dropped_json(uint64_t dropped);
[[nodiscard]] std::string ended_json(RunId run, RunState state);

/// `{"running": [{"id", "runs", "attempt", "attempt_id", "since", "seconds", "paused", "uses",
/// "lock"}], "ready": [{"id", "runs", "lacks", "space"}], "pools": [{"name", "size", "used",
/// "waiting"}]}`; `lock` and `space` are null where there is none.
[[nodiscard]] std::string queue_json(const QueueView& queue, std::string_view zone, UtcTime now);

}  // namespace moondial
