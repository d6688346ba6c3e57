#include <cmath>

#include "base/date.h"
#include "base/text.h"
#include "http/views.h"
#include "http/views_json.h"

namespace moondial {
namespace {

const char* word_of(ForecastFate fate) {
  switch (fate) {
    case ForecastFate::kEnds:
      return "ends";
    case ForecastFate::kSkipped:
      return "skipped";
    case ForecastFate::kCancelled:
      return "cancelled";
    case ForecastFate::kBlocked:
      return "blocked";
    case ForecastFate::kRefused:
      return "refused";
    case ForecastFate::kNever:
      return "never";
  }
  return "";
}

const char* word_of(ForecastHold::Kind kind) {
  switch (kind) {
    case ForecastHold::Kind::kTask:
      return "task";
    case ForecastHold::Kind::kPool:
      return "pool";
    case ForecastHold::Kind::kLock:
      return "lock";
    case ForecastHold::Kind::kOverlap:
      return "overlap";
  }
  return "";
}

double seconds_of(Duration time) {
  return std::round(static_cast<double>(time.count()) / 1e3) / 1e3;
}

OrderedJson forecast_row(const ForecastView::Row& row) {
  const ForecastRun& run = row.run;
  const auto time = [&](const std::optional<UtcTime>& at) {
    return at ? OrderedJson(format_rfc3339(*at, row.timezone)) : OrderedJson(nullptr);
  };
  OrderedJson held = OrderedJson::array();
  for (const ForecastHold& hold : run.held_up) {
    held.push_back({{"kind", word_of(hold.kind)},
                    {"name", printable(hold.name)},
                    {"seconds", seconds_of(hold.time)}});
  }
  return {{"name", printable(run.name)},
          {"run", row.open ? OrderedJson(row.open.value) : OrderedJson(nullptr)},
          {"at", time(run.at)},
          {"fate", word_of(run.fate)},
          {"start", time(run.start)},
          {"finish", time(run.finish)},
          {"sla", time(run.deadline)},
          {"slack", run.slack ? OrderedJson(seconds_of(*run.slack)) : OrderedJson(nullptr)},
          {"at_risk", run.at_risk},
          {"held_up", std::move(held)},
          {"why", printable(run.why)},
          {"unknown", run.unknown}};
}

}  // namespace

std::string forecast_json(const ForecastView& forecast) {
  OrderedJson runs = OrderedJson::array();
  for (const ForecastView::Row& row : forecast.rows) runs.push_back(forecast_row(row));
  const std::string zone = forecast.timezone;
  return json_text(OrderedJson{{"now", format_rfc3339(forecast.now, zone)},
                               {"until", format_rfc3339(forecast.until, zone)},
                               {"assumed", seconds_of(forecast.unknown)},
                               {"cut", forecast.cut},
                               {"runs", std::move(runs)}});
}

}  // namespace moondial
