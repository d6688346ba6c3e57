// Civil time in a zone: what needs the system's time zone database.
#include "base/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/civil_time.h"
#include "base/date.h"
#include "base/text.h"

namespace moondial {
namespace {

/// The zone of that name, or null. The database lives as long as the process.
const date::time_zone* find_zone(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

/// What the system is set to, else UTC. It is looked at once a second at most: times are made into
/// text by the thousand, and each look follows a handful of links.
const date::time_zone* system_zone() {
  using Clock = std::chrono::steady_clock;
  thread_local const date::time_zone* zone = nullptr;
  thread_local Clock::time_point until;
  if (const auto now = Clock::now(); zone == nullptr || now >= until) {
    try {
      zone = date::current_zone();
    } catch (const std::exception&) {
      zone = find_zone("UTC");
    }
    until = now + std::chrono::seconds(1);
  }
  return zone;
}

/// What TZ names, else what the system is set to, else UTC.
const date::time_zone* local_zone() {
  if (const char* tz = std::getenv("TZ"); tz != nullptr && *tz != '\0') {
    if (const date::time_zone* named = find_zone(*tz == ':' ? tz + 1 : tz)) return named;
  }
  return system_zone();
}

// What a calendar of the years 0001 to 9999 shows, in any zone: UTC times a day beyond it.
constexpr UtcTime kFirst = date::sys_days{date::year(1) / 1 / 1} - date::days(1);
constexpr UtcTime kLast = date::sys_days{date::year(9999) / 12 / 31} + date::days(2);

// The span of UTC: as far as those of the database reach.
constexpr date::sys_seconds kDawn = date::sys_days{date::year::min() / 1 / 1};
constexpr date::sys_seconds kDusk = date::sys_days{date::year::max() / 12 / 31};

/// Seconds east of UTC at `time`; UTC where there is no database.
Result<std::chrono::seconds> offset_at(UtcTime time, std::string_view zone) {
  const auto found = Zone::find(zone);
  if (!found.ok()) return found.error();
  return found->span_at(std::chrono::floor<std::chrono::seconds>(time)).offset;
}

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  if (name.empty() || name == "UTC") return Zone();
  if (name == "local") return Zone(local_zone());
  const date::time_zone* found = find_zone(std::string(name));
  if (found == nullptr) {
    return Error{Code::kInvalid,
                 "\"" + printable(name) + "\" is no time zone (like Asia/Shanghai or UTC)",
                 {}};
  }
  return Zone(found);
}

std::string Zone::name() const { return zone_ == nullptr ? "UTC" : zone_->name(); }

Zone::Span Zone::span_at(std::chrono::sys_seconds time) const {
  if (zone_ == nullptr) return {kDawn, kDusk, std::chrono::seconds(0)};
  const date::sys_info info = zone_->get_info(time);
  return {info.begin, info.end, info.offset};
}

std::chrono::sys_seconds Zone::first_instant(std::chrono::local_seconds local) const {
  const date::local_seconds shown(local.time_since_epoch());
  if (zone_ == nullptr) return date::sys_seconds(shown.time_since_epoch());
  const date::local_info info = zone_->get_info(shown);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return date::sys_seconds(shown.time_since_epoch() - info.first.offset);
}

std::chrono::sys_seconds Zone::last_instant(std::chrono::local_seconds local) const {
  const date::local_seconds shown(local.time_since_epoch());
  if (zone_ == nullptr) return date::sys_seconds(shown.time_since_epoch());
  const date::local_info info = zone_->get_info(shown);
  if (info.result != date::local_info::ambiguous) return first_instant(local);
  return date::sys_seconds(shown.time_since_epoch() - info.second.offset);
}

std::chrono::local_seconds Zone::local_time(std::chrono::sys_seconds time) const {
  return std::chrono::local_seconds((time + span_at(time).offset).time_since_epoch());
}

Result<Date> date_in_zone(UtcTime time, std::string_view zone) {
  // Far from it not even sums fit.
  const auto offset = offset_at(std::clamp(time, kFirst, kLast), zone);
  if (!offset.ok()) return offset.error();
  const auto day = std::chrono::floor<std::chrono::days>(std::clamp(time, kFirst, kLast) + *offset);
  const date::year year = date::year_month_day(day).year();
  if (year < date::year(1) || year > date::year(9999)) {
    return Error{Code::kInvalid, "the time is outside the years 0001 to 9999", {}};
  }
  return Date(day);
}

Result<CivilTime> civil_time_in_zone(UtcTime time, std::string_view zone) {
  const auto day = date_in_zone(time, zone);
  if (!day.ok()) return day.error();
  const auto offset = offset_at(time, zone);
  const auto local = std::chrono::floor<std::chrono::seconds>(time) + *offset;
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  return CivilTime::of(*day, static_cast<int>((local - midnight).count()));
}

std::string format_rfc3339(UtcTime any_time, std::string_view zone) {
  // Beyond the years that it has digits for, the nearest day in any zone.
  const UtcTime time = std::clamp(any_time, kFirst + date::days(2), kLast - date::days(3));
  const auto known = offset_at(time, zone);
  // RFC 3339 has no seconds in an offset; local mean times of long ago lose theirs.
  const auto offset =
      std::chrono::floor<std::chrono::minutes>(known.ok() ? *known : std::chrono::seconds(0));
  const auto local = std::chrono::floor<std::chrono::milliseconds>(time) + offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss<std::chrono::milliseconds> clock(local - day);
  const int64_t east = offset.count();
  const int64_t size = east < 0 ? -east : east;
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d%c%02d:%02d",
                static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                static_cast<unsigned>(ymd.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()), east < 0 ? '-' : '+',
                static_cast<int>(size / 60), static_cast<int>(size % 60));
  return buffer.data();
}

}  // namespace moondial
