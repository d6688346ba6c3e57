#include "engine/trigger_keeper.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace moondial {
namespace {

/// The task that has succeeded, for `start` to be called with.
std::string cause_of(const SuccessRow& success) {
  OrderedJson params = OrderedJson::object();
  for (const auto& [name, value] : success.params) params[name] = value;
  return json_text(OrderedJson{{"task", success.id}, {"params", std::move(params)}});
}

}  // namespace

TriggerKeeper::TriggerKeeper(EventLoop& loop, Store& store, Arrivals* arrivals, Actions actions)
    : loop_(loop), store_(store), arrivals_(arrivals), actions_(std::move(actions)) {}

// --- Declarations ---

Status TriggerKeeper::take(const std::vector<TriggerInfo>& declared) {
  if (stopped_) return Status();
  const bool is_first = !restored_;
  if (is_first) {
    if (Status status = restore(); !status.ok()) return status;
  }
  std::vector<Record> records;
  std::map<std::string, Live> before = std::exchange(triggers_, {});
  for (const TriggerInfo& info : declared) {
    auto known = before.extract(info.name());
    if (known) {
      known.mapped().info = info;
      triggers_.insert(std::move(known));
    } else {
      add(info, records);
    }
  }
  for (const auto& [name, live] : before) records.push_back(TriggerForgotten{name});
  // What was declared before and is not now is new when it comes back.
  for (const auto& [name, row] : std::exchange(rows_, {})) {
    records.push_back(TriggerForgotten{name});
  }
  if (!records.empty()) store_.write(std::move(records), {});
  watch_files();
  if (is_first) start_waiting();
  look_for_successes();
  return Status();
}

/// What the engine before had recorded.
Status TriggerKeeper::restore() {
  auto rows = store_.triggers();
  if (!rows.ok()) return rows.error();
  auto open = store_.open_firings();
  if (!open.ok()) return open.error();
  for (TriggerRow& row : *rows) rows_[row.trigger] = std::move(row);
  for (FiringRow& row : *open) {
    if (!is_trigger_name(row.schedule)) continue;
    last_instant_ = std::max(last_instant_, row.instant);
    if (row.state != FiringState::kWaiting) continue;
    waiting_.push_back({{row.schedule, row.instant}, std::move(row.cause)});
  }
  restored_ = true;
  return Status();
}

void TriggerKeeper::add(const TriggerInfo& info, std::vector<Record>& records) {
  Live live;
  live.info = info;
  const std::string name = info.name();
  // The clock may have been set back since.
  const auto last = store_.firings(name, 1);
  if (last.ok() && !last->empty()) {
    last_instant_ = std::max(last_instant_, last->front().instant);
  }
  if (auto row = rows_.extract(name)) {
    live.position = row.mapped().position;
    live.files = std::move(row.mapped().files);
    live.knows_files = true;
    live.is_due = info.kind == TriggerKind::kDone;
  } else {
    const auto bounds = store_.event_bounds();
    live.position = bounds.ok() ? bounds->newest : 0;
    // That of a file is recorded with the files that are there, once they have been looked at.
    if (info.kind != TriggerKind::kFile) records.push_back(TriggerKept{name, live.position, {}});
  }
  triggers_.emplace(name, std::move(live));
}

void TriggerKeeper::stop() {
  stopped_ = true;
  if (arrivals_ != nullptr) arrivals_->watch({}, {});
}

// --- What happens ---

void TriggerKeeper::watch_files() {
  if (arrivals_ == nullptr) return;
  std::vector<Arrivals::Glob> globs;
  for (const auto& [name, live] : triggers_) {
    if (live.info.kind != TriggerKind::kFile) continue;
    globs.push_back({live.info.subject, live.info.settle});
  }
  arrivals_->watch(std::move(globs),
                   [this](const std::string& glob, const std::vector<SeenFile>& files) {
                     files_seen(glob, files);
                   });
}

void TriggerKeeper::files_seen(const std::string& glob, const std::vector<SeenFile>& files) {
  TriggerInfo info;
  info.subject = glob;
  const std::string name = info.name();
  const auto found = triggers_.find(name);
  if (stopped_ || found == triggers_.end()) return;
  Live& live = found->second;
  if (!std::exchange(live.knows_files, true)) {
    for (const SeenFile& file : files) live.files[file.path] = file.stamp;
    return store_.write({TriggerKept{name, live.position, live.files}}, {});
  }
  std::map<std::string, std::string> gone = live.files;
  for (const SeenFile& file : files) {
    gone.erase(file.path);
    const auto known = live.files.find(file.path);
    if (!file.whole || (known != live.files.end() && known->second == file.stamp)) continue;
    live.files[file.path] = file.stamp;
    TriggerFired fired;
    fired.cause = file.path;
    fired.stamp = file.stamp;
    fire(name, std::move(fired));
  }
  if (gone.empty()) return;
  ArrivalsGone record{name, {}};
  for (const auto& [path, stamp] : gone) {
    live.files.erase(path);
    record.paths.push_back(path);
  }
  store_.write({std::move(record)}, {});
}

void TriggerKeeper::succeeded(const std::string& task_name) {
  if (triggers_.empty() || stopped_) return;
  TriggerInfo info;
  info.kind = TriggerKind::kDone;
  info.subject = task_name;
  const auto found = triggers_.find(info.name());
  if (found == triggers_.end() || std::exchange(found->second.is_due, true)) return;
  loop_.defer([this] { look_for_successes(); });
}

void TriggerKeeper::look_for_successes() {
  if (stopped_) return;
  for (auto& [name, live] : triggers_) {
    if (!std::exchange(live.is_due, false)) continue;
    const auto successes = store_.successes_after(live.info.subject, live.position);
    if (!successes.ok()) {
      actions_.tell(name + ": " + successes.error().message);
      continue;
    }
    for (const SuccessRow& success : *successes) {
      live.position = success.position;
      TriggerFired fired;
      fired.cause = cause_of(success);
      fired.position = success.position;
      fire(name, std::move(fired));
    }
  }
}

void TriggerKeeper::call(const std::string& webhook, std::string body,
                         std::function<void(Status)> done) {
  TriggerInfo info;
  info.kind = TriggerKind::kWebhook;
  info.subject = webhook;
  const std::string name = info.name();
  if (stopped_) {
    return loop_.post([done = std::move(done)] {
      done(Status(Code::kUnavailable, "the engine is shutting down"));
    });
  }
  if (!triggers_.contains(name)) {
    std::vector<std::string> names;
    for (const auto& [known, live] : triggers_) {
      if (live.info.kind == TriggerKind::kWebhook) names.push_back(live.info.subject);
    }
    const std::string near = nearest(webhook, names);
    const std::string why = "there is no on.webhook \"" + webhook + "\"" +
                            (near.empty() ? "" : "; did you mean \"" + near + "\"?");
    return loop_.post([done = std::move(done), why] { done(Status(Code::kNotFound, why)); });
  }
  TriggerFired fired;
  fired.cause = std::move(body);
  fire(name, std::move(fired), [done = std::move(done)] { done(Status()); });
}

// --- Firing ---

void TriggerKeeper::fire(const std::string& trigger, TriggerFired fired,
                         std::function<void()> recorded) {
  last_instant_ = std::max(loop_.utc(), last_instant_ + Duration(1));
  fired.trigger = trigger;
  fired.instant = last_instant_;
  Waiting waiting{{trigger, fired.instant}, fired.cause};
  store_.write({std::move(fired)},
               [this, waiting = std::move(waiting), recorded = std::move(recorded)]() mutable {
                 if (recorded) recorded();
                 waiting_.push_back(std::move(waiting));
                 start_waiting();
               });
}

void TriggerKeeper::start_waiting() {
  while (!stopped_ && starting_ < kMostStarting && !waiting_.empty()) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!triggers_.contains(next.firing.schedule)) {
      settle(next.firing, FiringState::kDropped, "it is not declared any more");
      continue;
    }
    ++starting_;
    actions_.start(next.firing, next.cause, [this, firing = next.firing](const Result<RunId>& run) {
      started(firing, run);
    });
  }
}

void TriggerKeeper::started(const Firing& firing, const Result<RunId>& run) {
  --starting_;
  if (stopped_ && !run.ok()) return;  // the next engine starts it
  if (!run.ok()) {
    settle(firing, FiringState::kFailed, run.error().message);
  } else if (!*run) {
    settle(firing, FiringState::kDropped, "start() answered nothing");
  } else if (actions_.settled) {
    FiringRow row;
    row.schedule = firing.schedule;
    row.instant = firing.instant;
    row.state = FiringState::kStarted;
    row.run = *run;
    actions_.settled(row);
  }
  start_waiting();
}

void TriggerKeeper::settle(const Firing& firing, FiringState state, const std::string& why) {
  if (state == FiringState::kFailed) actions_.tell(firing.schedule + ": " + why);
  FiringRow row;
  row.schedule = firing.schedule;
  row.instant = firing.instant;
  row.state = state;
  row.note = why;
  store_.write({FiringSettled{firing.schedule, firing.instant, state, RunId(), why}},
               [this, row = std::move(row)] {
                 if (actions_.settled) actions_.settled(row);
               });
}

Result<std::vector<TriggerView>> TriggerKeeper::views() const {
  std::vector<TriggerView> out;
  for (const auto& [name, live] : triggers_) {
    TriggerView& view = out.emplace_back();
    view.info = live.info;
    auto last = store_.firings(name, 1);
    if (!last.ok()) return last.error();
    if (!last->empty()) view.last = std::move(last->front());
    const auto is_its = [&trigger = name](const Waiting& one) {
      return one.firing.schedule == trigger;
    };
    view.waiting = static_cast<size_t>(std::ranges::count_if(waiting_, is_its));
  }
  return out;
}

}  // namespace moondial
