#include <cmath>

#include "base/text.h"
#include "base/zone.h"
#include "http/views.h"
#include "http/views_json.h"

namespace moondial {

OrderedJson numbers_view(const std::vector<RunId>& runs) {
  OrderedJson out = OrderedJson::array();
  for (const RunId run : runs) out.push_back(run.value);
  return out;
}

namespace {

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(printable(text));
}

OrderedJson running_view(const QueueView::Running& one, std::string_view zone, UtcTime now) {
  OrderedJson uses = OrderedJson::object();
  for (const PoolUse& use : one.uses) uses[printable(use.pool)] = use.units;
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now - one.since);
  OrderedJson view{{"id", printable(one.id)},
                   {"runs", numbers_view(one.runs)},
                   {"attempt", one.number},
                   {"attempt_id", one.attempt.value},
                   {"since", format_rfc3339(one.since, zone)},
                   {"seconds", static_cast<double>(millis.count()) / 1e3},
                   {"paused", one.paused},
                   {"uses", std::move(uses)},
                   {"lock", text_or_null(one.lock)}};
  if (one.fraction >= 0) view["fraction"] = one.fraction;
  if (!one.text.empty()) view["text"] = printable(one.text);
  return view;
}

}  // namespace

std::string queue_json(const QueueView& queue, std::string_view zone, UtcTime now) {
  OrderedJson running = OrderedJson::array();
  OrderedJson ready = OrderedJson::array();
  OrderedJson pools = OrderedJson::array();
  for (const auto& one : queue.running) running.push_back(running_view(one, zone, now));
  for (const auto& one : queue.ready) {
    OrderedJson lacks = OrderedJson::array();
    for (const std::string& what : one.lacks) lacks.push_back(printable(what));
    ready.push_back({{"id", printable(one.id)},
                     {"runs", numbers_view(one.runs)},
                     {"lacks", std::move(lacks)},
                     {"space", text_or_null(one.space)},
                     {"since", format_rfc3339(one.since, zone)}});
  }
  for (const PoolView& pool : queue.pools) {
    pools.push_back({{"name", printable(pool.name)},
                     {"size", pool.size},
                     {"declared", queue.declared.contains(pool.name) ? queue.declared.at(pool.name)
                                                                     : pool.size},
                     {"used", pool.used},
                     {"waiting", pool.waiting}});
  }
  return json_text(OrderedJson{
      {"running", std::move(running)}, {"ready", std::move(ready)}, {"pools", std::move(pools)}});
}

}  // namespace moondial
