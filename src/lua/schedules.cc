// Schedules: what they declare, and the question what one of them starts.
#include "lua/schedules.h"

#include <algorithm>

#include "base/hash.h"
#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/declared_text.h"
#include "lua/state.h"

namespace moondial::script {
namespace {

std::optional<std::string> text_field(lua_State* L, const char* name) {
  const std::string text = string_field(L, 1, name);
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<Duration> duration_field(lua_State* L, const char* name) {
  const int64_t micros = int_field(L, 1, name, -1);
  return micros < 0 ? std::nullopt : std::optional(Duration(micros));
}

TimetableSpec read_times(lua_State* L, const ProjectConfig& config) {
  TimetableSpec times;
  times.cron = string_field(L, 1, "cron");
  times.every = duration_field(L, "every");
  times.timezone = text_field(L, "tz").value_or(config.timezone);
  times.from = text_field(L, "from");
  times.to = text_field(L, "to");
  return times;
}

CatchUp catch_up_of(const std::string& word) {
  if (word == "none") return CatchUp::kNone;
  return word == "all" ? CatchUp::kAll : CatchUp::kLast;
}

Overlap overlap_of(const std::string& word) {
  if (word == "queue") return Overlap::kQueue;
  if (word == "parallel") return Overlap::kParallel;
  return word == "cancel" ? Overlap::kCancel : Overlap::kSkip;
}

}  // namespace

std::optional<Sla> sla_field(lua_State* L, int index) {
  std::optional<Sla> sla;
  if (lua_getfield(L, index, "sla") == LUA_TTABLE) {
    sla.emplace();
    const int64_t second = int_field(L, -1, "second", -1);
    const int64_t within = int_field(L, -1, "within", -1);
    if (second >= 0) sla->second_of_day = static_cast<int>(second);
    if (within >= 0) sla->within = Duration(within);
  }
  lua_pop(L, 1);
  return sla;
}

namespace {

/// The words and kinds of the table at 1 have been checked.
ScheduleInfo read_schedule(lua_State* L, const ProjectConfig& config) {
  ScheduleInfo info;
  info.name = string_field(L, 1, "name");
  info.doc = string_field(L, 1, "doc");
  info.file = string_field(L, 1, "file");
  info.line = static_cast<int>(int_field(L, 1, "line"));
  info.times = read_times(L, config);
  info.catch_up = catch_up_of(string_field(L, 1, "catchup"));
  info.catch_up_limit = int_field(L, 1, "catchup_limit", info.catch_up_limit);
  info.overlap = overlap_of(string_field(L, 1, "overlap"));
  info.jitter = duration_field(L, "jitter").value_or(Duration(0));
  info.paused = bool_field(L, 1, "paused");
  info.sla = sla_field(L, 1);
  return info;
}

/// The field that an error of the times is about.
const char* blamed_field(const ScheduleInfo& info) {
  if (!date_in_zone(UtcTime{}, info.times.timezone).ok()) return "tz";
  TimetableSpec bare = info.times;
  bare.from = bare.to = std::nullopt;
  if (!Timetable::make(bare).ok()) return bare.cron.empty() ? "every" : "cron";
  bare.from = info.times.from;
  return Timetable::make(bare).ok() ? "to" : "from";
}

// core.schedule{name =, cron =, start =, …}
int declare_schedule(lua_State* L) {
  State& state = state_of(L);
  ScheduleInfo info = read_schedule(L, state.declarations.config);
  const auto wrong = [&](const char* field, const std::string& message) {
    state.add_error(info.file, field_line(state.sources[info.file], info.line, field),
                    "schedule \"" + info.name + "\": " + message);
  };
  auto& all = state.declarations.schedules;
  if (state.starts.contains(info.name)) {
    const auto same = std::ranges::find(all, info.name, &ScheduleInfo::name);
    wrong("", "it is declared twice, also at " + same->file + ":" + std::to_string(same->line));
    return 0;
  }
  if (const auto made = Timetable::make(info.times); !made.ok()) {
    const char* field = blamed_field(info);
    wrong(field, std::string(field) + ": " + made.error().message);
    return 0;
  }
  info.fingerprint = sha256_hex(declared_text(state.sources[info.file], info.line)).substr(0, 15);
  lua_getfield(L, 1, "start");
  state.starts[info.name] = keep(L);
  all.push_back(std::move(info));
  return 0;
}

}  // namespace

void open_schedules(lua_State* L) {
  static const luaL_Reg kFunctions[] = {{"schedule", bound<declare_schedule>}, {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
}

void push_start_call(lua_State* L, const StartCall& call) {
  const State& state = state_of(L);
  const auto found = state.starts.find(call.schedule);
  if (found == state.starts.end()) {
    throw ScriptError("there is no schedule \"" + call.schedule + "\"");
  }
  push_kept(L, found->second);
  push_kept(L, state.make_at);
  lua_newtable(L);
  push_date(L, call.at.date());
  lua_setfield(L, -2, "date");
  push_hour(L, call.at.hour());
  lua_setfield(L, -2, "hour");
  push_civil_time(L, call.at);
  lua_setfield(L, -2, "time");
  lua_call(L, 1, 1);
}

}  // namespace moondial::script
