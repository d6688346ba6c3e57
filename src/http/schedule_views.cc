#include <cmath>

#include "base/date.h"
#include "base/duration.h"
#include "base/text.h"
#include "http/views.h"
#include "http/views_json.h"

namespace moondial {
namespace {

OrderedJson text_or_null(const std::optional<std::string>& text) {
  return text ? OrderedJson(printable(*text)) : OrderedJson(nullptr);
}

OrderedJson duration_or_null(const std::optional<Duration>& duration) {
  if (!duration) return nullptr;
  return std::round(static_cast<double>(duration->count()) / 1e3) / 1e3;
}

const char* word_of(CatchUp catch_up) {
  return catch_up == CatchUp::kNone ? "none" : catch_up == CatchUp::kLast ? "last" : "all";
}

const char* word_of(Overlap overlap) {
  switch (overlap) {
    case Overlap::kSkip:
      return "skip";
    case Overlap::kQueue:
      return "queue";
    case Overlap::kParallel:
      return "parallel";
    case Overlap::kCancel:
      return "cancel";
  }
  return "";
}

/// "06:00:00", or so many seconds.
OrderedJson sla_view(const std::optional<Sla>& sla) {
  if (!sla) return nullptr;
  if (sla->within) return duration_or_null(sla->within);
  const int second = *sla->second_of_day;
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  return text;
}

}  // namespace

OrderedJson firing_view(const FiringRow& firing, std::string_view zone) {
  OrderedJson out{{"at", format_rfc3339(firing.instant, zone)}, {"state", word_of(firing.state)}};
  out["run"] = firing.run ? OrderedJson(firing.run.value) : OrderedJson(nullptr);
  out["run_state"] =
      firing.run_state ? OrderedJson(to_string(*firing.run_state)) : OrderedJson(nullptr);
  out["note"] = printable(firing.note);
  out["sla"] = firing.sla ? OrderedJson(format_rfc3339(*firing.sla, zone)) : OrderedJson(nullptr);
  out["sla_missed"] = firing.sla_missed ? OrderedJson(*firing.sla_missed) : OrderedJson(nullptr);
  return out;
}

namespace {

OrderedJson schedule_view(const ScheduleView& schedule) {
  const ScheduleInfo& info = schedule.info;
  const std::string& zone = info.times.timezone;
  OrderedJson next = OrderedJson::array();
  for (const UtcTime time : schedule.next) next.push_back(format_rfc3339(time, zone));
  OrderedJson runs = OrderedJson::array();
  for (const RunId run : schedule.runs) runs.push_back(run.value);
  OrderedJson out{{"name", info.name},
                  {"doc", printable(info.doc)},
                  {"cron", info.times.cron.empty() ? OrderedJson(nullptr)
                                                   : OrderedJson(printable(info.times.cron))},
                  {"every", duration_or_null(info.times.every)},
                  {"tz", zone},
                  {"from", text_or_null(info.times.from)},
                  {"to", text_or_null(info.times.to)},
                  {"meaning", schedule.meaning},
                  {"paused", schedule.paused},
                  {"next", std::move(next)},
                  {"catchup", word_of(info.catch_up)},
                  {"catchup_limit", info.catch_up_limit},
                  {"overlap", word_of(info.overlap)},
                  {"sla", sla_view(info.sla)},
                  {"jitter", duration_or_null(info.jitter)},
                  {"running", std::move(runs)},
                  {"waiting", schedule.waiting},
                  {"file", printable(info.file)},
                  {"line", info.line}};
  out["last"] = schedule.last ? firing_view(*schedule.last, zone) : OrderedJson(nullptr);
  return out;
}

/// What people can read of it: the path, the task's identity, or the beginning of a body.
std::string cause_text(const TriggerInfo& info, const std::string& cause) {
  if (info.kind == TriggerKind::kDone) return json_string(parse_json(cause), "task");
  constexpr size_t kMost = 1000;
  return cause.size() <= kMost ? printable(cause) : printable(cause.substr(0, kMost)) + "…";
}

OrderedJson trigger_view(const TriggerView& trigger, std::string_view zone) {
  const TriggerInfo& info = trigger.info;
  OrderedJson out{{"name", printable(info.name())},
                  {"kind", to_string(info.kind)},
                  {"subject", printable(info.subject)},
                  {"doc", printable(info.doc)},
                  {"waiting", trigger.waiting},
                  {"file", printable(info.file)},
                  {"line", info.line}};
  out["last"] = nullptr;
  if (trigger.last) {
    OrderedJson last = firing_view(*trigger.last, zone);
    last.erase("sla");
    last.erase("sla_missed");
    last["cause"] = cause_text(info, trigger.last->cause);
    out["last"] = std::move(last);
  }
  return out;
}

}  // namespace

std::string triggers_json(const std::vector<TriggerView>& triggers, std::string_view zone) {
  OrderedJson out = OrderedJson::array();
  for (const TriggerView& trigger : triggers) out.push_back(trigger_view(trigger, zone));
  return json_text(out);
}

const char* word_of(FiringState state) {
  switch (state) {
    case FiringState::kWaiting:
      return "waiting";
    case FiringState::kStarted:
      return "started";
    case FiringState::kDropped:
      return "dropped";
    case FiringState::kFailed:
      return "failed";
  }
  return "";
}

std::string schedules_json(const std::vector<ScheduleView>& schedules) {
  OrderedJson out = OrderedJson::array();
  for (const ScheduleView& schedule : schedules) out.push_back(schedule_view(schedule));
  return json_text(out);
}

}  // namespace moondial
