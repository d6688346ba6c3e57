#include "core/retry.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

namespace moondial {
namespace {

constexpr double kLongestWaitUs = 10 * 366 * 86400e6;

/// Evenly from [0, 1), the same on every system: the standard's distributions are not.
double draw(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

}  // namespace

Duration retry_wait(const RetryPolicy& policy, int retry, std::mt19937_64& random) {
  // In floating point, so that a power of the factor may be infinite and is then cut.
  double us = static_cast<double>(policy.delay.count());
  if (retry > 1) us *= std::pow(policy.backoff, retry - 1);
  if (policy.max > Duration(0)) us = std::min(us, static_cast<double>(policy.max.count()));
  if (policy.jitter > 0) {
    const double jitter = std::min(policy.jitter, 1.0);
    us *= 1 - jitter + 2 * jitter * draw(random);
  }
  if (!(us > 0)) return Duration(0);
  return Duration(static_cast<Duration::rep>(std::min(us, kLongestWaitUs)));
}

bool RetryPolicies::Before::operator()(const RetryPolicy& a, const RetryPolicy& b) const {
  const auto key = [](const RetryPolicy& p) {
    return std::tuple(p.times, p.delay, std::bit_cast<uint64_t>(p.backoff), p.max,
                      std::bit_cast<uint64_t>(p.jitter));
  };
  return key(a) < key(b);
}

Index RetryPolicies::acquire(const RetryPolicy& policy) {
  const auto [found, is_new] = by_policy_.try_emplace(policy, kNone);
  if (is_new) found->second = entries_.add({policy, 0});
  ++entries_[found->second].users;
  return found->second;
}

void RetryPolicies::release(Index index) {
  if (--entries_[index].users > 0) return;
  by_policy_.erase(entries_[index].policy);
  entries_.remove(index);
}

Index RetryTimers::take_due(MonoTime now) {
  if (timers_.empty() || timers_.begin()->first.first > now) return kNone;
  const Index job = timers_.begin()->second;
  timers_.erase(timers_.begin());
  return job;
}

}  // namespace moondial
