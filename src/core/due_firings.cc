#include "core/due_firings.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>

namespace moondial {
namespace {

/// The instants in (after, last], or of too many the newest `most`, oldest first; and how many were
/// seen.
struct Stretch {
  std::deque<UtcTime> newest;
  int64_t seen = 0;
  bool whole = true;  ///< all of them were seen
};

Stretch walk(const Timetable& times, UtcTime after, UtcTime last, size_t most,
             int64_t most_seen = INT64_MAX) {
  Stretch out;
  for (auto next = times.next(after); next && *next <= last; next = times.next(*next)) {
    if (out.seen == most_seen) {
      out.whole = false;
      break;
    }
    ++out.seen;
    out.newest.push_back(*next);
    if (out.newest.size() > most) out.newest.pop_front();
  }
  return out;
}

/// Of a stretch that is too long to be walked, the newest ones: found in ever longer pieces of its
/// end, each of which has at most some four times as many as are wanted, or 3600.
std::deque<UtcTime> newest(const Timetable& times, UtcTime after, UtcTime last, size_t most) {
  for (Duration piece = std::chrono::hours(1);; piece *= 4) {
    const UtcTime from = std::max(after, last - piece);
    Stretch stretch = walk(times, from, last, most);
    if (stretch.newest.size() == most || from == after) return std::move(stretch.newest);
  }
}

}  // namespace

DueFirings due_firings(const Timetable& times, UtcTime position, UtcTime now, UtcTime late_before,
                       CatchUp catch_up, int64_t limit) {
  DueFirings out;
  const UtcTime late_end = std::min(now, late_before);
  if (position < late_end) {
    // One more than fires is kept, so that the last that does not is known.
    const size_t fires = catch_up == CatchUp::kNone   ? 0
                         : catch_up == CatchUp::kLast ? 1
                                                      : static_cast<size_t>(limit);
    Stretch late = walk(times, position, late_end, fires + 1, DueFirings::kMostCounted);
    if (!late.whole) late.newest = newest(times, position, late_end, fires + 1);
    const size_t dropped = late.newest.size() > fires ? late.newest.size() - fires : 0;
    if (dropped > 0) out.last_dropped = late.newest[dropped - 1];
    out.late.assign(late.newest.begin() + static_cast<std::ptrdiff_t>(dropped), late.newest.end());
    out.dropped = std::max<int64_t>(late.seen - static_cast<int64_t>(out.late.size()), 0);
    if (dropped > 0) out.dropped = std::max<int64_t>(out.dropped, 1);
  }
  const UtcTime from = std::max(position, late_end);
  for (auto next = times.next(from); next && *next <= now; next = times.next(*next)) {
    out.on_time.push_back(*next);
  }
  // What is on time is newer than the newest that is late.
  if (catch_up == CatchUp::kLast && !out.on_time.empty() && !out.late.empty()) {
    out.last_dropped = out.late.back();
    out.late.clear();
    ++out.dropped;
  }
  return out;
}

}  // namespace moondial
