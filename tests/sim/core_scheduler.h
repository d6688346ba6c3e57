#pragma once

#include "core/scheduler.h"

namespace moondial {

/// The scheduler itself, also where watched_scheduler.h gives its name to another class.
using CoreScheduler = Scheduler;

}  // namespace moondial
