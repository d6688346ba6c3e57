#include "http/views.h"

#include <cmath>
#include <utility>

#include "base/date.h"
#include "base/listen_address.h"
#include "base/text.h"
#include "base/zone.h"
#include "http/browser_sessions.h"
#include "http/token_file.h"
#include "http/views_json.h"

namespace moondial {
namespace {

double seconds(Duration d) { return std::round(static_cast<double>(d.count()) / 1e3) / 1e3; }

OrderedJson time_view(const std::optional<UtcTime>& time, std::string_view zone) {
  if (!time) return nullptr;
  return format_rfc3339(*time, zone);
}

}  // namespace

OrderedJson counts_view(const std::map<TaskState, int64_t>& counts) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [state, count] : counts) out[std::string(to_string(state))] = count;
  return out;
}

OrderedJson params_view(const Params& params) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, text] : params) out[printable(name)] = printable(text);
  return out;
}

OrderedJson texts_view(const std::vector<std::string>& texts) {
  OrderedJson out = OrderedJson::array();
  for (const std::string& text : texts) out.push_back(printable(text));
  return out;
}

namespace {

OrderedJson task_info_view(const TaskInfo& task) {
  OrderedJson params = OrderedJson::array();
  for (const TaskInfo::Param& param : task.params) {
    OrderedJson view{{"name", printable(param.name)},
                     {"kind", printable(param.kind)},
                     {"doc", printable(param.doc)},
                     {"required", !param.default_text.has_value()}};
    view["default"] =
        param.default_text ? OrderedJson(printable(*param.default_text)) : OrderedJson(nullptr);
    if (!param.choices.empty()) view["choices"] = texts_view(param.choices);
    if (param.secret) view["secret"] = true;
    params.push_back(std::move(view));
  }
  return {{"name", printable(task.name)},  {"doc", printable(task.doc)},
          {"tags", texts_view(task.tags)}, {"params", std::move(params)},
          {"file", printable(task.file)},  {"line", task.line}};
}

OrderedJson run_view(const RunRow& run, std::string_view zone, UtcTime now) {
  return {{"run", run.run.value},
          {"state", to_string(run.state)},
          {"kind", printable(run.kind)},
          {"roots", texts_view(run.roots)},
          {"started", format_rfc3339(run.started, zone)},
          {"ended", time_view(run.ended, zone)},
          {"seconds", seconds(run.ended.value_or(now) - run.started)},
          {"counts", counts_view(run.counts)},
          {"cause", run.cause.empty() ? OrderedJson(nullptr) : OrderedJson(printable(run.cause))}};
}

OrderedJson emitted_view(const std::map<std::string, std::string>& emitted) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, text] : emitted) {
    OrderedJson value = parse_ordered_json(text);
    out[printable(name)] = value.is_discarded() ? OrderedJson(printable(text)) : std::move(value);
  }
  return out;
}

}  // namespace

OrderedJson attempt_view(const AttemptRow& attempt, std::string_view zone, UtcTime now) {
  return {{"attempt", attempt.number},
          {"attempt_id", attempt.attempt.value},
          {"state", to_string(attempt.state)},
          {"started", format_rfc3339(attempt.started, zone)},
          {"ended", time_view(attempt.ended, zone)},
          {"seconds", seconds(attempt.ended.value_or(now) - attempt.started)},
          {"exit", attempt.exit ? OrderedJson(*attempt.exit) : OrderedJson(nullptr)},
          {"error", printable(attempt.error)},
          {"emitted", emitted_view(attempt.emitted)},
          {"host", printable(attempt.host)},
          {"pid", attempt.pid},
          {"cpu_seconds", seconds(attempt.cpu)},
          {"peak_memory_bytes", attempt.peak_memory_bytes}};
}

namespace {

OrderedJson task_row_view(const TaskRow& task, size_t ordinal, std::string_view zone, UtcTime now) {
  OrderedJson attempts = OrderedJson::array();
  for (const AttemptRow& row : task.attempts) attempts.push_back(attempt_view(row, zone, now));
  return {{"id", printable(task.id)},
          {"ordinal", ordinal},
          {"name", printable(task.name)},
          {"params", params_view(task.params)},
          {"requires", task.requires_},
          {"requires_complete", task.complete_needs},
          {"more_complete", task.more_complete},
          {"state", to_string(task.state)},
          {"why", printable(task.why)},
          {"error", printable(task.error)},
          {"attempts", std::move(attempts)}};
}

OrderedJson uses_view(const std::vector<PoolUse>& uses) {
  OrderedJson out = OrderedJson::object();
  for (const PoolUse& use : uses) out[printable(use.pool)] = use.units;
  return out;
}

OrderedJson lock_view(const std::string& lock) {
  if (lock.empty()) return nullptr;
  return printable(lock);
}

/// What a task that is ready lacks on a disk.
OrderedJson space_view(const std::optional<SpaceShortage>& shortage) {
  if (!shortage) return nullptr;
  return {{"path", printable(shortage->folder)},
          {"free_bytes", shortage->free_bytes},
          {"min_free_bytes", shortage->min_free_bytes},
          {"message", to_text(*shortage)}};
}

OrderedJson missing_view(const std::vector<MissingTask>& missing) {
  OrderedJson out = OrderedJson::array();
  for (const MissingTask& task : missing) {
    out.push_back({{"id", printable(task.id)}, {"why", printable(task.why)}});
  }
  return out;
}

OrderedJson change_view(const RunEvent::Task& change) {
  OrderedJson out{{"id", printable(change.id)}, {"state", to_string(change.state)}};
  if (change.attempt) {
    out["attempt"] = change.number;
    out["attempt_id"] = change.attempt.value;
    out["seconds"] = seconds(change.wall);
  }
  if (!change.error.empty()) out["error"] = printable(change.error);
  if (!change.cause.empty()) out["cause"] = printable(change.cause);
  if (change.retry_in) out["retry_in"] = seconds(*change.retry_in);
  return out;
}

/// Where a last character begins of which bytes are missing; the size if none are.
size_t whole_characters(std::string_view text) {
  const size_t size = text.size();
  for (size_t back = 1; back <= 3 && back <= size; ++back) {
    const auto byte = static_cast<unsigned char>(text[size - back]);
    if (byte < 0x80) return size;
    if (byte < 0xC0) continue;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length > back ? size - back : size;
  }
  return size;
}

}  // namespace

OrderedJson diagnostics_view(const std::vector<Diagnostic>& diagnostics) {
  OrderedJson out = OrderedJson::array();
  for (const Diagnostic& d : diagnostics) {
    out.push_back(
        {{"file", d.file.empty() ? OrderedJson(nullptr) : OrderedJson(printable(d.file))},
         {"line", d.line > 0 ? OrderedJson(d.line) : OrderedJson(nullptr)},
         {"message", printable(d.message)},
         {"hint", d.hint.empty() ? OrderedJson(nullptr) : OrderedJson(printable(d.hint))}});
  }
  return out;
}

std::string diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  return json_text(diagnostics_view(diagnostics));
}

OrderedJson reload_view(const ReloadReport& report) {
  const auto view = [](const ReloadReport::Names& names) {
    return OrderedJson{{"tasks", texts_view(names.tasks)},
                       {"schedules", texts_view(names.schedules)},
                       {"pools", texts_view(names.pools)},
                       {"triggers", texts_view(names.triggers)}};
  };
  return {{"added", view(report.added)},
          {"changed", view(report.changed)},
          {"removed", view(report.removed)},
          {"errors", diagnostics_view(report.problems)}};
}

std::string reload_json(const ReloadReport& report) { return json_text(reload_view(report)); }

std::string engine_json(const EngineInfo& info, const std::string& listens, Role caller) {
  const auto zone = Zone::find(info.timezone);  // its name also where it is "local"
  return json_text(
      OrderedJson{{"version", info.version},
                  {"root", printable(info.root)},
                  {"kind", info.kind},
                  {"pid", info.pid},
                  {"started", format_rfc3339(info.started, info.timezone)},
                  {"timezone", zone.ok() ? zone->name() : printable(info.timezone)},
                  {"listens", listens.empty() ? OrderedJson(nullptr) : OrderedJson(listens)},
                  {"role", to_string(caller)}});
}

std::string console_code_json(const std::string& url, const std::string& code) {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(BrowserSessions::kCodeLife);
  return json_text(OrderedJson{{"url", url + "/login?code=" + code}, {"expires_in", life.count()}});
}

namespace {

OrderedJson http_view(const HttpConfig& http) {
  OrderedJson listen = std::string(kDefaultListenAddress);
  if (http.listen) listen = http.listen->empty() ? OrderedJson(false) : OrderedJson(*http.listen);
  return {{"listen", std::move(listen)},
          {"token_file", printable(http.token_file.empty() ? kDefaultTokenFile : http.token_file)},
          {"hosts", texts_view(http.hosts)}};
}

}  // namespace

std::string config_json(const ProjectConfig& config) {
  std::vector<std::string> env;
  for (const std::string& entry : config.env) env.push_back(entry.substr(0, entry.find('=')));
  return json_text(
      OrderedJson{{"timezone", printable(config.timezone)},
                  {"jobs", config.jobs ? OrderedJson(*config.jobs) : OrderedJson(nullptr)},
                  {"shell", texts_view(config.shell)},
                  {"env", texts_view(env)},
                  {"output_roots", texts_view(config.output_roots)},
                  {"http", http_view(config.http)}});
}

std::string tasks_json(const Declarations& declarations, const std::string* tag) {
  OrderedJson out = OrderedJson::array();
  for (const TaskInfo& task : declarations.tasks) {
    const auto& tags = task.tags;
    if (tag != nullptr && std::find(tags.begin(), tags.end(), *tag) == tags.end()) continue;
    out.push_back(task_info_view(task));
  }
  return json_text(out);
}

OrderedJson pool_view(const PoolInfo& pool) {
  return {{"name", printable(pool.name)}, {"size", pool.size}, {"declared", pool.declared}};
}

std::string pool_json(const PoolInfo& pool) { return json_text(pool_view(pool)); }

std::string pools_json(const std::vector<PoolInfo>& pools) {
  OrderedJson out = OrderedJson::array();
  for (const PoolInfo& pool : pools) out.push_back(pool_view(pool));
  return json_text(out);
}

std::string plan_json(const PlanView& plan) {
  OrderedJson tasks = OrderedJson::array();
  for (const PlanTaskView& task : plan.tasks) {
    tasks.push_back({{"id", printable(task.instance.id)},
                     {"name", printable(task.instance.name)},
                     {"params", params_view(task.instance.params)},
                     {"state", to_string(task.state)},
                     {"why", printable(task.why)},
                     {"requires", texts_view(task.instance.requires_)},
                     {"outputs", texts_view(task.instance.outputs)},
                     {"uses", uses_view(task.instance.uses)},
                     {"lock", lock_view(task.instance.lock)},
                     {"space", space_view(task.space)},
                     {"external", task.instance.external},
                     {"marks", task.instance.marks}});
  }
  return json_text(OrderedJson{{"roots", texts_view(plan.roots)}, {"tasks", std::move(tasks)}});
}

std::string marked_json(const std::string& task) { return json_text(OrderedJson{{"task", task}}); }

std::string run_id_json(RunId run) { return json_text(OrderedJson{{"run", run.value}}); }

std::string runs_json(const std::vector<RunRow>& runs, std::string_view zone, UtcTime now) {
  OrderedJson out = OrderedJson::array();
  for (const RunRow& run : runs) out.push_back(run_view(run, zone, now));
  return json_text(out);
}

std::string run_detail_json(const RunDetail& detail, std::optional<TaskState> only,
                            std::string_view zone, UtcTime now) {
  OrderedJson out = run_view(detail.run, zone, now);
  OrderedJson tasks = OrderedJson::array();
  for (size_t i = 0; i < detail.tasks.size(); ++i) {
    const TaskRow& task = detail.tasks[i];
    if (!only || task.state == *only) tasks.push_back(task_row_view(task, i, zone, now));
  }
  out["tasks"] = std::move(tasks);
  out["complete_before"] = texts_view(detail.complete_before);
  OrderedJson sources = OrderedJson::object();
  for (const auto& [path, sha256] : detail.sources) sources[printable(path)] = sha256;
  out["sources"] = std::move(sources);
  return json_text(out);
}

std::string progress_json(const RunProgress& progress, std::string_view zone, UtcTime now) {
  OrderedJson running = OrderedJson::array();
  for (const RunningTask& task : progress.running) {
    OrderedJson view{{"id", printable(task.id)},
                     {"attempt", task.number},
                     {"attempt_id", task.attempt.value},
                     {"since", format_rfc3339(task.since, zone)},
                     {"seconds", seconds(now - task.since)}};
    if (task.fraction >= 0) view["fraction"] = task.fraction;
    if (!task.text.empty()) view["text"] = printable(task.text);
    running.push_back(std::move(view));
  }
  return json_text(OrderedJson{
      {"run", progress.run.value},
      {"state", to_string(progress.state)},
      {"started", format_rfc3339(progress.started, zone)},
      {"seconds", seconds(now - progress.started)},
      {"counts", counts_view(progress.counts)},
      {"running", std::move(running)},
      {"left", progress.left ? OrderedJson(seconds(*progress.left)) : OrderedJson(nullptr)},
      {"space", space_view(progress.space)},
      {"missing", missing_view(progress.missing)}});
}

void keep_whole_characters(LogView& log) {
  const size_t whole = whole_characters(log.text);
  if (whole == 0 || whole == log.text.size()) return;
  log.next_offset -= static_cast<int64_t>(log.text.size() - whole);
  log.text.resize(whole);
  log.ended = false;
}

std::string log_json(LogView log) {
  keep_whole_characters(log);
  return json_text(OrderedJson{{"text", printable(log.text)},
                               {"next_offset", log.next_offset},
                               {"ended", log.ended},
                               {"cut", log.cut}});
}

std::string changes_json(const std::vector<RunEvent::Task>& changes, uint64_t dropped) {
  OrderedJson tasks = OrderedJson::array();
  for (const RunEvent::Task& change : changes) tasks.push_back(change_view(change));
  OrderedJson out{{"tasks", std::move(tasks)}};
  if (dropped > 0) out["dropped"] = dropped;
  return json_text(out);
}

std::string log_lines_json(const std::vector<RunEvent::Log>& lines) {
  OrderedJson out = OrderedJson::array();
  for (const RunEvent::Log& line : lines) {
    out.push_back({{"id", printable(line.id)},
                   {"attempt_id", line.attempt.value},
                   {"line", printable(line.line)}});
  }
  return json_text(OrderedJson{{"lines", std::move(out)}});
}

std::string dropped_json(uint64_t dropped) { return json_text(OrderedJson{{"dropped", dropped}}); }

std::string ended_json(RunId run, RunState state) {
  return json_text(OrderedJson{{"run", run.value}, {"state", to_string(state)}});
}

}  // namespace moondial
