#include "cli/machine_checks.h"

#include <langinfo.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "base/date.h"
#include "base/text.h"
#include "base/zone.h"

namespace moondial {
namespace {

using Grade = Finding::Grade;
using std::chrono::minutes;
using std::chrono::seconds;

/// No clock that is right shows less: 2024-01-01.
constexpr UtcTime kPast{seconds(1'704'067'200)};
/// How far the future may begin early, between two clocks.
constexpr Duration kTolerance = minutes(1);

constexpr uint64_t kFewDescriptors = 256;
constexpr uint64_t kEnoughDescriptors = 1024;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kLittleSpace = 100 * kMiB;
constexpr uint64_t kEnoughSpace = 1024 * kMiB;
constexpr uint64_t kFewInodes = 1000;

/// Whether the database tells of clock changes in the year after `now`: at least one of these zones
/// has some. Files that are made "slim" tell of the past alone.
bool knows_clock_changes(UtcTime now) {
  const auto second = std::chrono::floor<seconds>(now);
  return std::ranges::any_of(
      std::array{"America/New_York", "Europe/Berlin", "Australia/Sydney"}, [&](const char* name) {
        const auto zone = Zone::find(name);
        return zone.ok() && zone->span_at(second).end < second + std::chrono::days(366);
      });
}

}  // namespace

Finding clock_finding(UtcTime now, std::optional<UtcTime> newest, bool in_step) {
  const std::string time = format_rfc3339(now, "UTC");
  const std::string hint = "set it, and have it kept by a time service (timedatectl set-ntp true)";
  if (now < kPast) return {"clock", Grade::kProblem, "it says " + time + ", which is past", hint};
  if (newest && *newest > now + kTolerance) {
    return {"clock", Grade::kProblem,
            "it says " + time + ", but .moondial was written at " + format_rfc3339(*newest, "UTC") +
                ": it went backward",
            hint};
  }
  if (!in_step) {
    return {"clock", Grade::kWarning,
            "it says " + time + ", and the kernel does not know it to be kept by a time service",
            "timedatectl set-ntp true, or chrony; schedules and recorded times depend on it"};
  }
  return {"clock", Grade::kOk, "it says " + time + ", and is kept by a time service", ""};
}

bool clock_in_step() {
  timex info{};
  const int state = ::adjtimex(&info);
  return state >= 0 && state != TIME_ERROR;
}

Finding zone_finding(const std::string& zone, UtcTime now) {
  if (const auto date = date_in_zone(now, zone); !date.ok()) {
    return {"time zone", Grade::kProblem, date.error().message,
            "write a name of the IANA's into moondial.lua: timezone = \"Asia/Shanghai\""};
  }
  const std::string time = format_rfc3339(now, zone);
  if (!date_in_zone(now, "Asia/Shanghai").ok()) {
    return {"time zone", Grade::kWarning, "this machine has no database of time zones",
            "install tzdata"};
  }
  if (!knows_clock_changes(now)) {
    return {"time zone", Grade::kWarning,
            "this machine's database of time zones tells of no clock changes to come, so that "
            "schedules may fire an hour early or late",
            "install the current tzdata; its files must be made with zic -b fat"};
  }
  if (zone == "local") {
    return {"time zone", Grade::kOk, "this machine's own: now it is " + time, ""};
  }
  return {"time zone", Grade::kOk, zone + ": now it is " + time, ""};
}

Finding locale_finding(const std::string& name, const std::optional<std::string>& codeset) {
  if (!codeset) {
    return {"locale", Grade::kWarning, "the environment asks for " + name + ", which is not there",
            "choose one of `locale -a` for LANG, such as C.UTF-8"};
  }
  if (*codeset != "UTF-8") {
    return {"locale", Grade::kWarning,
            (name.empty() ? "none is set" : name) + " (" + *codeset +
                "): commands may garble text that is not ASCII",
            "set LANG=C.UTF-8, or env = { LC_ALL = \"C.UTF-8\" } in moondial.lua"};
  }
  return {"locale", Grade::kOk, name + " (" + *codeset + ")", ""};
}

Finding look_at_locale() {
  std::string name;
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (name.empty() && value != nullptr) name = value;
  }
  locale_t locale = ::newlocale(LC_ALL_MASK, "", nullptr);
  if (locale == nullptr) return locale_finding(name, std::nullopt);
  const std::string codeset = ::nl_langinfo_l(CODESET, locale);
  ::freelocale(locale);
  return locale_finding(name, codeset);
}

Finding descriptors_finding(uint64_t soft, uint64_t hard) {
  if (soft == RLIM_INFINITY) return {"open files", Grade::kOk, "unlimited", ""};
  const std::string message = "at most " + std::to_string(soft) + " at a time";
  if (soft >= kEnoughDescriptors) return {"open files", Grade::kOk, message, ""};
  const std::string hint = hard >= kEnoughDescriptors
                               ? "ulimit -n " + std::to_string(std::min<uint64_t>(hard, 4096))
                               : "raise the hard limit too (/etc/security/limits.conf, or "
                                 "LimitNOFILE= of a systemd unit)";
  if (soft >= kFewDescriptors) {
    return {"open files", Grade::kWarning, message + ": too few for many tasks at a time", hint};
  }
  return {"open files", Grade::kProblem, message + ": each running task needs some", hint};
}

Finding look_at_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return {"open files", Grade::kSkipped, std::strerror(errno), ""};
  }
  return descriptors_finding(limit.rlim_cur, limit.rlim_max);
}

Finding disk_finding(const std::string& place, uint64_t bytes, std::optional<uint64_t> inodes) {
  const std::string message = bytes_text(bytes) + " free at " + place;
  const std::string hint = "make room: when it is full, outputs cannot be published";
  if (bytes < kLittleSpace) return {"disk", Grade::kProblem, "only " + message, hint};
  if (inodes && *inodes < kFewInodes) {
    return {"disk", Grade::kProblem,
            message + ", but room for only " + std::to_string(*inodes) + " more files",
            "remove small files: outputs cannot be published without"};
  }
  if (bytes < kEnoughSpace) return {"disk", Grade::kWarning, message, hint};
  return {"disk", Grade::kOk, message, ""};
}

std::vector<Finding> look_at_disks(const std::vector<std::string>& folders) {
  std::vector<Finding> out;
  std::set<dev_t> seen;
  for (const std::string& folder : folders) {
    struct stat info {};
    struct statvfs room {};
    if (::stat(folder.c_str(), &info) != 0) {
      // An output root is made when something is put there; the state likewise.
      if (errno != ENOENT) {
        out.push_back({"disk", Grade::kProblem, folder + ": " + std::strerror(errno), ""});
      }
      continue;
    }
    if (!seen.insert(info.st_dev).second) continue;
    if (::statvfs(folder.c_str(), &room) != 0) {
      out.push_back({"disk", Grade::kSkipped, folder + ": " + std::strerror(errno), ""});
      continue;
    }
    std::optional<uint64_t> inodes;
    if (room.f_files > 0) inodes = room.f_favail;
    out.push_back(disk_finding(folder, uint64_t{room.f_bavail} * room.f_frsize, inodes));
  }
  return out;
}

}  // namespace moondial
