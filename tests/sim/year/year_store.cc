#include <algorithm>
#include <utility>

#include "tests/sim/year/parts.h"

namespace moondial::sim {

using std::chrono::milliseconds;

void YearStore::write(std::vector<Record> records, std::function<void()> durable) {
  if (is_dead_) return;
  const OutsideEngine outside;
  if (groups_.empty()) loop_.later(milliseconds(2), [this] { commit(); });
  groups_.push_back({records, std::move(durable)});  // a copy, which is not the engine's
}

void YearStore::commit() {
  for (Group& group : std::exchange(groups_, {})) {
    disk_.apply(group.records, loop_.utc());
    if (group.durable) loop_.post(std::move(group.durable));
  }
}

Status YearStore::flush() {
  const OutsideEngine outside;
  commit();
  return Status();
}

void YearStore::die(size_t kept) {
  is_dead_ = true;
  groups_.resize(std::min(groups_.size(), kept));
  for (Group& group : groups_) group.durable = nullptr;
  commit();
}

Result<std::optional<RunDetail>> YearStore::run(RunId run) {
  const auto found = disk_.database.runs().find(run);
  if (found == disk_.database.runs().end()) return std::optional<RunDetail>();
  RunDetail detail = disk_.database.detail(run);
  detail.sources = {{"nights.lua", std::to_string(found->second.version)}};
  return std::optional(std::move(detail));
}

Result<std::vector<OpenAttempt>> YearStore::open_attempts() {
  std::vector<OpenAttempt> out;
  for (const auto& [id, attempt] : disk_.database.attempts()) {
    if (!attempt.ended) out.push_back(attempt.row);
  }
  return out;
}

Result<std::vector<PreparedAttempt>> YearStore::prepared_attempts() {
  std::vector<PreparedAttempt> out;
  for (const auto& [id, prepared] : disk_.database.prepared()) {
    out.push_back(prepared);
    out.back().may_have_started = true;
  }
  return out;
}

Result<std::vector<RunId>> YearStore::open_runs() {
  std::vector<RunId> out;
  for (const auto& [id, run] : disk_.database.runs()) {
    if (!run.ended) out.push_back(id);
  }
  return out;
}

Result<std::vector<std::string>> YearStore::kept_staging() {
  const std::set<std::string>& all = disk_.database.kept_staging();
  return std::vector<std::string>(all.begin(), all.end());
}

Result<std::vector<ScheduleRow>> YearStore::schedules() {
  std::vector<ScheduleRow> out;
  for (const auto& [name, row] : disk_.schedules) out.push_back(row);
  return out;
}

Result<std::vector<FiringRow>> YearStore::open_firings() {
  std::vector<FiringRow> out;
  for (const Disk::Key& key : disk_.open) out.push_back(disk_.firings.at(key).row);
  std::ranges::stable_sort(out, {}, &FiringRow::instant);
  return out;
}

Result<std::vector<FiringRow>> YearStore::firings(const std::string& name, size_t limit) {
  std::vector<FiringRow> out;
  auto at = disk_.firings.upper_bound({name, UtcTime::max()});
  while (out.size() < limit && at != disk_.firings.begin()) {
    --at;
    if (at->first.first != name) break;
    out.push_back(at->second.row);
  }
  return out;
}

Result<std::vector<TriggerRow>> YearStore::triggers() {
  std::vector<TriggerRow> out;
  for (const auto& [name, row] : disk_.triggers) out.push_back(row);
  return out;
}

Result<std::vector<SuccessRow>> YearStore::successes_after(const std::string& name, int64_t after) {
  std::vector<SuccessRow> out;
  for (const auto& [id, row] : disk_.successes[name]) {
    if (row.position > after) out.push_back(row);
  }
  std::ranges::sort(out, {}, &SuccessRow::position);
  return out;
}

Result<std::vector<TroubleRow>> YearStore::troubles() {
  std::vector<TroubleRow> out;
  for (const auto& [subject, row] : disk_.troubles) out.push_back(row);
  return out;
}

Result<std::optional<PruneStep>> YearStore::next_prunable(const RetentionCutoffs& cutoffs) {
  return disk_.next_prunable(cutoffs);
}

void YearStore::back_up(std::string, std::function<void(Status)> done) {
  loop_.post([done = std::move(done)] { done(Status()); });
}

}  // namespace moondial::sim
