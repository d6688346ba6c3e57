#include "http/metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace moondial {
namespace {

/// A label's value: backslash, quote and line end are escaped.
std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

double unix_seconds(UtcTime time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1e6;
}

class MetricsText {
 public:
  /// Begins a family; its samples follow. `type` is counter, gauge or histogram.
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    out_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void sample(double value, std::string_view label = {}, std::string_view label_text = {}) {
    out_ += name_;
    if (!label.empty()) {
      out_.append("{").append(label).append("=\"").append(label_value(label_text)).append("\"}");
    }
    out_ += " " + format_number(value) + "\n";
  }
  /// Of a histogram: a sample beside the family's name.
  void part(const char* suffix, double value, std::string_view bound = {}) {
    const std::string family = name_;
    name_ += suffix;
    sample(value, bound.empty() ? "" : "le", bound);
    name_ = family;
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string name_;
  std::string out_;
};

constexpr std::array kRunEnds = {RunState::kDone, RunState::kFailed, RunState::kCancelled,
                                 RunState::kBlocked, RunState::kLost};
constexpr std::array kAttemptEnds = {TaskState::kDone, TaskState::kSkipped, TaskState::kFailed,
                                     TaskState::kCancelled, TaskState::kLost};
constexpr std::array kLiveStates = {TaskState::kPending, TaskState::kWaiting, TaskState::kReady,
                                    TaskState::kRunning, TaskState::kRetrying};

template <typename States, typename State>
void each_state(MetricsText& out, const States& states, const std::map<State, uint64_t>& counts) {
  for (const State state : states) {
    const auto found = counts.find(state);
    out.sample(found == counts.end() ? 0 : static_cast<double>(found->second), "state",
               to_string(state));
  }
}

void add_work(MetricsText& out, const EngineActivity& activity) {
  out.family("moondial_runs_ended_total", "counter", "Runs that ended since the daemon began.");
  each_state(out, kRunEnds, activity.runs_ended);
  out.family("moondial_attempts_ended_total", "counter",
             "Attempts that ended since the daemon began.");
  each_state(out, kAttemptEnds, activity.attempts_ended);
  out.family("moondial_runs_open", "gauge", "Runs that have not ended.");
  out.sample(static_cast<double>(activity.runs_open));
  out.family("moondial_attempts_open", "gauge", "Attempts under way.");
  out.sample(static_cast<double>(activity.attempts_open));
  out.family("moondial_tasks", "gauge", "Tasks of open runs that have not ended.");
  each_state(out, kLiveStates, activity.tasks);
}

void add_pools(MetricsText& out, const EngineActivity& activity) {
  const auto each = [&](const char* name, const char* help, int64_t PoolView::*field) {
    out.family(name, "gauge", help);
    for (const PoolView& pool : activity.pools) {
      out.sample(static_cast<double>(pool.*field), "pool", pool.name);
    }
  };
  each("moondial_pool_size", "Units of a pool.", &PoolView::size);
  each("moondial_pool_used", "Units of a pool that are taken.", &PoolView::used);
  each("moondial_pool_waiting", "Tasks that wait for units of a pool.", &PoolView::waiting);
}

void add_schedules(MetricsText& out, const EngineActivity& activity) {
  out.family("moondial_schedule_next_timestamp_seconds", "gauge", "When a schedule fires next.");
  for (const ScheduleView& schedule : activity.schedules) {
    if (schedule.next.empty() || schedule.paused) continue;
    out.sample(unix_seconds(schedule.next.front()), "schedule", schedule.info.name);
  }
  out.family("moondial_schedule_last_timestamp_seconds", "gauge",
             "The instant that a schedule fired for last.");
  for (const ScheduleView& schedule : activity.schedules) {
    if (!schedule.last) continue;
    out.sample(unix_seconds(schedule.last->instant), "schedule", schedule.info.name);
  }
  out.family("moondial_schedule_paused", "gauge", "Whether a schedule is paused.");
  for (const ScheduleView& schedule : activity.schedules) {
    out.sample(schedule.paused ? 1 : 0, "schedule", schedule.info.name);
  }
}

double seconds_of(Duration time) { return static_cast<double>(time.count()) / 1e6; }

void add_writer(MetricsText& out, const WriterActivity& writer) {
  out.family("moondial_writer_queue", "gauge", "Writes to the record that wait for a commit.");
  out.sample(static_cast<double>(writer.queued));
  out.family("moondial_commit_seconds", "histogram", "How long commits of the record took.");
  for (size_t i = 0; i < writer.within.size(); ++i) {
    out.part("_bucket", static_cast<double>(writer.within[i]),
             format_number(seconds_of(WriterActivity::kBounds[i])));
  }
  out.part("_bucket", static_cast<double>(writer.commits), "+Inf");
  out.part("_sum", seconds_of(writer.taken));
  out.part("_count", static_cast<double>(writer.commits));
}

void add_process(MetricsText& out, const EngineInfo& info, const ProcessUsage& process,
                 const ServerUsage& server) {
  out.family("moondial_event_listeners", "gauge", "Listeners of the project's events.");
  out.sample(static_cast<double>(server.listeners));
  out.family("moondial_browser_sessions", "gauge", "Browsers that are signed in.");
  out.sample(static_cast<double>(server.sessions));
  out.family("moondial_build_info", "gauge", "1, with the version.");
  out.sample(1, "version", info.version);
  out.family("process_start_time_seconds", "gauge", "When the daemon began.");
  out.sample(unix_seconds(info.started));
  out.family("process_cpu_seconds_total", "counter", "CPU time that the daemon took.");
  out.sample(process.cpu_seconds);
  out.family("process_resident_memory_bytes", "gauge", "Memory that the daemon takes.");
  out.sample(static_cast<double>(process.resident_bytes));
  out.family("process_open_fds", "gauge", "Descriptors that are open.");
  out.sample(static_cast<double>(process.descriptors));
}

}  // namespace

ProcessUsage ProcessUsage::now() {
  ProcessUsage out;
  int64_t total = 0, resident = 0;
  if (std::ifstream("/proc/self/statm") >> total >> resident) {
    out.resident_bytes = resident * ::sysconf(_SC_PAGESIZE);
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds_in = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  out.cpu_seconds = seconds_in(usage.ru_utime) + seconds_in(usage.ru_stime);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  // Two are no descriptors, and one is the folder's own.
  for (out.descriptors = -3; folder && ::readdir(folder.get()) != nullptr;) ++out.descriptors;
  return out;
}

std::string metrics_text(const EngineInfo& info, const EngineActivity& activity,
                         const ProcessUsage& process, const ServerUsage& server) {
  MetricsText out;
  add_work(out, activity);
  add_pools(out, activity);
  add_schedules(out, activity);
  add_writer(out, activity.writer);
  add_process(out, info, process, server);
  return out.take();
}

}  // namespace moondial
