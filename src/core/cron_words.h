#pragma once

#include <chrono>
#include <string>

#include "core/cron.h"

namespace moondial {

/// "at 01:30 on weekdays", "every 15 minutes", "at 06:00 on the last Friday of the month".
[[nodiscard]] std::string cron_in_words(const CronExpression& cron);

/// "every 90 minutes"; of a period as Timetable takes it.
[[nodiscard]] std::string period_in_words(std::chrono::seconds period);

}  // namespace moondial
