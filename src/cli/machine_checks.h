#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/finding.h"

namespace moondial {

// What `doctor` says of the machine. Those that take values are pure; the others look.

/// `newest`: the latest time that the project's own files bear; `in_step`: the kernel knows the
/// clock to be kept right.
[[nodiscard]] Finding clock_finding(UtcTime now, std::optional<UtcTime> newest, bool in_step);
/// What the kernel says of its clock (adjtimex).
[[nodiscard]] bool clock_in_step();

/// `zone` as the configuration has it.
[[nodiscard]] Finding zone_finding(const std::string& zone, UtcTime now);

/// The locale that the environment asks for; `codeset` of it, nullopt if the machine lacks it.
[[nodiscard]] Finding locale_finding(const std::string& name,
                                     const std::optional<std::string>& codeset);
[[nodiscard]] Finding look_at_locale();

/// Limits of open files; `soft` is in force, `hard` what it can be raised to.
[[nodiscard]] Finding descriptors_finding(uint64_t soft, uint64_t hard);
[[nodiscard]] Finding look_at_descriptors();

/// Room at `place`: free bytes, and free inodes if the file system counts them.
[[nodiscard]] Finding disk_finding(const std::string& place, uint64_t bytes,
                                   std::optional<uint64_t> inodes);
/// One for each file system that the folders lie on.
[[nodiscard]] std::vector<Finding> look_at_disks(const std::vector<std::string>& folders);

}  // namespace moondial
