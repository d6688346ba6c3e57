// What is told of the project's events.
#include "base/date.h"
#include "base/json.h"
#include "base/text.h"
#include "http/reply_stream.h"
#include "http/views.h"
#include "http/views_json.h"

namespace moondial {
namespace {

std::string_view event_word(EventKind kind) {
  switch (kind) {
    case EventKind::kRunStarted:
      return "run_started";
    case EventKind::kRunEnded:
      return "run_ended";
    case EventKind::kAttemptStarted:
      return "attempt_started";
    case EventKind::kAttemptEnded:
      return "attempt_ended";
    case EventKind::kTaskEnded:
      break;
  }
  return "task_ended";
}

std::string_view news_word(const ProjectNews& news) {
  switch (news.kind) {
    case ProjectNews::Kind::kReloaded:
      return "reloaded";
    case ProjectNews::Kind::kFired:
      return is_trigger_name(news.firing.schedule) ? "trigger_fired" : "schedule_fired";
    case ProjectNews::Kind::kPaused:
      return "schedule_paused";
    case ProjectNews::Kind::kResumed:
      return "schedule_resumed";
    case ProjectNews::Kind::kSlaMissed:
      return "sla_missed";
    case ProjectNews::Kind::kPoolSized:
      return "pool_sized";
    case ProjectNews::Kind::kMarked:
      return "marked";
    case ProjectNews::Kind::kProgress:
      return "progress";
    case ProjectNews::Kind::kCommitted:
      break;
  }
  return "committed";
}

OrderedJson id_or_null(uint64_t id) { return id == 0 ? OrderedJson(nullptr) : OrderedJson(id); }

}  // namespace

std::string event_text(const EventRow& row, std::string_view zone) {
  const bool of_run = row.kind == EventKind::kRunStarted || row.kind == EventKind::kRunEnded;
  OrderedJson data{{"event", row.id}, {"at", format_rfc3339(row.at, zone)}, {"run", row.run.value}};
  if (!of_run) {
    data["task"] = row.task.empty() ? OrderedJson(nullptr) : OrderedJson(printable(row.task));
  }
  if (row.kind == EventKind::kAttemptStarted || row.kind == EventKind::kAttemptEnded) {
    data["attempt"] = id_or_null(static_cast<uint64_t>(row.number));
    data["attempt_id"] = row.attempt.value;
  }
  data["state"] = of_run ? to_string(row.run_state) : to_string(row.task_state);
  return sse_event(event_word(row.kind), json_text(data), std::to_string(row.id));
}

std::string news_text(const ProjectNews& news, std::string_view zone) {
  OrderedJson data{{"at", format_rfc3339(news.at, zone)}};
  switch (news.kind) {
    case ProjectNews::Kind::kReloaded:
      data["changes"] = parse_ordered_json(reload_json(news.reload));
      break;
    case ProjectNews::Kind::kPaused:
    case ProjectNews::Kind::kResumed:
      data["schedule"] = printable(news.schedule);
      break;
    case ProjectNews::Kind::kFired:
    case ProjectNews::Kind::kSlaMissed:
      if (news.task.empty()) {
        data[is_trigger_name(news.firing.schedule) ? "trigger" : "schedule"] =
            printable(news.firing.schedule);
        data["instant"] = format_rfc3339(news.firing.instant, zone);
      } else {
        data["task"] = printable(news.task);
      }
      data["run"] = id_or_null(news.firing.run.value);
      if (news.kind == ProjectNews::Kind::kFired) data["state"] = word_of(news.firing.state);
      data["note"] = printable(news.firing.note);
      break;
    case ProjectNews::Kind::kPoolSized:
      data["pool"] = printable(news.pool.name);
      data["size"] = news.pool.size;
      data["declared"] = news.pool.declared;
      break;
    case ProjectNews::Kind::kMarked:
      data["task"] = printable(news.task);
      break;
    case ProjectNews::Kind::kProgress:
      data["runs"] = numbers_view(news.runs);
      data["task"] = printable(news.running.id);
      data["attempt"] = news.running.number;
      data["attempt_id"] = news.running.attempt.value;
      data["fraction"] = news.running.fraction;
      data["text"] = printable(news.running.text);
      break;
    case ProjectNews::Kind::kCommitted:
      break;
  }
  return sse_event(news_word(news), json_text(data));
}

std::string event_id_json(int64_t id, const char* why) {
  OrderedJson out{{"event", id}};
  if (why != nullptr) out["why"] = why;
  return json_text(out);
}

std::string log_piece_json(const LogView& log) {
  return json_text(OrderedJson{{"text", printable(log.text)}, {"next_offset", log.next_offset}});
}

std::string log_ended_json(bool cut) { return json_text(OrderedJson{{"cut", cut}}); }

}  // namespace moondial
